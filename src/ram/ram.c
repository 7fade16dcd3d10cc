/* SPDX-License-Identifier: MIT */
#include "ram/ram_int.h"

#include "base/random.h"
#include "ram/asan.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define LOW_MIN  (16ull << 20)
#define LOW_MAX  (3ull << 30)
#define HIGH_MAX (1ull << 40)
/* the memfd is a whole number of these: machines outside the process want it so */
#define FD_GRANULE (2ull << 20)
/* a process may have about 65,000 mappings, and each costs some 10 us to make and drop */
#define RUNS_MAX 1024u
/* telling the sanitizer costs an eighth of the size in memory: not for larger arenas */
#define POISON_MAX (1ull << 30)

/* --- shuffle: arena pages are cut into runs of seeded lengths, whose frames lie in seeded order --- */

/*
 * The first half of the runs is short (1 to 3 pages): the allocator fills an arena from its
 * beginning, so that is where most blocks lie. The other half shares what is left.
 */
static uint32_t cut_runs(struct dd_rng *rng, uint32_t pages, uint32_t runs_max, uint32_t *lens)
{
    uint32_t count = 0;

    while (pages > 0) {
        uint32_t mean = count < runs_max / 2 ? 2 : pages / (runs_max - count) + 1;
        uint32_t len = 1 + (uint32_t)dd_rng_below(rng, 2 * (uint64_t)mean - 1);

        if (len > pages || count == runs_max - 1) {
            len = pages;
        }
        lens[count++] = len;
        pages -= len;
    }
    return count;
}

static int map_run(struct dd_ram *ram, uint32_t page, uint32_t frame, uint32_t count)
{
    void *at = ram->host + (uint64_t)page * DD_PAGE_BYTES;

    for (uint32_t i = 0; i < count; i++) {
        ram->frame_of[page + i] = frame + i;
        ram->page_of[frame + i] = page + i;
    }
    if (mmap(at, (size_t)count * DD_PAGE_BYTES, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_FIXED | MAP_NORESERVE, ram->fd,
             (off_t)(DD_PHYS_BASE + (uint64_t)frame * DD_PAGE_BYTES)) == MAP_FAILED) {
        return -ENOMEM;
    }
    return 0;
}

/* map arena pages [first, first + pages) onto the frames of the same numbers, in another order */
static int map_shuffled(struct dd_ram *ram, struct dd_rng *rng, uint32_t first, uint32_t pages,
                        uint32_t runs_max)
{
    uint32_t *lens = calloc(3 * (size_t)runs_max, sizeof(*lens));
    uint32_t *order, *frames, count, page = first, frame = first;
    int r = 0;

    if (lens == NULL) {
        return -ENOMEM;
    }
    order = lens + runs_max;
    frames = order + runs_max;
    count = cut_runs(rng, pages, runs_max, lens);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t j = (uint32_t)dd_rng_below(rng, i + 1);

        order[i] = order[j];
        order[j] = i;
    }
    for (uint32_t i = 0; i < count; i++) {
        frames[order[i]] = frame;
        frame += lens[order[i]];
    }
    for (uint32_t i = 0; i < count && r == 0; i++) {
        r = map_run(ram, page, frames[i], lens[i]);
        page += lens[i];
    }
    free(lens);
    return r;
}

/* --- making --- */

static int map_arenas(struct dd_ram *ram, const struct dd_ram_config *config)
{
    uint32_t low = (uint32_t)(ram->low_bytes / DD_PAGE_BYTES), straight = low / 4;
    uint32_t high = ram->pages - low, high_runs = high > 0 ? RUNS_MAX / 4 : 0;
    struct dd_rng rng;
    int r;

    dd_rng_seed(&rng, config->seed, 1);
    if (!config->shuffle) {
        return map_run(ram, 0, 0, ram->pages);
    }
    r = map_run(ram, 0, 0, straight);
    if (r == 0) {
        r = map_shuffled(ram, &rng, straight, low - straight, RUNS_MAX - 1 - high_runs);
    }
    if (r == 0 && high > 0) {
        r = map_shuffled(ram, &rng, low, high, high_runs);
    }
    return r;
}

static int init_arenas(struct dd_ram *ram)
{
    uint32_t low = (uint32_t)(ram->low_bytes / DD_PAGE_BYTES), straight = low / 4;
    int r = dd_arena_init(&ram->arenas[DD_ARENA_STRAIGHT], 0, straight);

    if (r == 0) {
        r = dd_arena_init(&ram->arenas[DD_ARENA_SHUFFLED], straight, low - straight);
    }
    if (r == 0) {
        r = dd_arena_init(&ram->arenas[DD_ARENA_HIGH], low, ram->pages - low);
    }
    return r;
}

static int open_memory(struct dd_ram *ram)
{
    uint64_t bytes = (uint64_t)ram->pages * DD_PAGE_BYTES;

    ram->fd = memfd_create("drydock-ram", MFD_CLOEXEC);
    if (ram->fd < 0 ||
        ftruncate(ram->fd, (off_t)dd_align_up(DD_PHYS_BASE + bytes, FD_GRANULE)) < 0) {
        return -ENOMEM;
    }
    /* the page before and the page after stay inaccessible */
    ram->host = mmap(NULL, bytes + 2 * DD_PAGE_BYTES, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (ram->host == MAP_FAILED) {
        ram->host = NULL;
        return -ENOMEM;
    }
    ram->host += DD_PAGE_BYTES;
    ram->dev = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, ram->fd,
                    (off_t)DD_PHYS_BASE);
    if (ram->dev == MAP_FAILED) {
        ram->dev = NULL;
        return -ENOMEM;
    }
    return 0;
}

/* high bit set in each byte: an address made of any of them is not canonical, so using one as a
 * pointer faults */
static void choose_patterns(struct dd_ram *ram, uint64_t seed)
{
    static const uint8_t fills[] = {0xA5, 0xB6, 0xC7, 0xD8, 0xE9, 0xAB, 0xCD, 0xDA};
    struct dd_rng rng;
    uint64_t pick;

    dd_rng_seed(&rng, seed, 2);
    pick = dd_rng_below(&rng, DD_ARRAY_LEN(fills));
    ram->fresh = fills[pick];
    ram->freed = fills[(pick + 3) % DD_ARRAY_LEN(fills)];
    ram->red = dd_rng_u64(&rng) | 0x8080808080808080ull;
}

int dd_ram_new(const struct dd_ram_config *config, struct dd_ram **ret_ram)
{
    struct dd_ram *ram;
    int r;

    if (config->low_bytes < LOW_MIN || config->low_bytes > LOW_MAX ||
        config->high_bytes > HIGH_MAX ||
        ((config->low_bytes | config->high_bytes) & DD_PAGE_MASK) != 0) {
        return -EINVAL;
    }
    ram = calloc(1, sizeof(*ram));
    if (ram == NULL) {
        return -ENOMEM;
    }
    ram->fd = -1;
    ram->low_bytes = config->low_bytes;
    ram->high_bytes = config->high_bytes;
    ram->pages = (uint32_t)((config->low_bytes + config->high_bytes) / DD_PAGE_BYTES);
    dd_mutex_init(&ram->lock);
    choose_patterns(ram, config->seed);
    ram->frame_of = malloc(ram->pages * sizeof(*ram->frame_of));
    ram->page_of = malloc(ram->pages * sizeof(*ram->page_of));
    ram->region_of = calloc(ram->pages, sizeof(*ram->region_of));
    r = ram->frame_of != NULL && ram->page_of != NULL && ram->region_of != NULL ? 0 : -ENOMEM;
    r = r < 0 ? r : open_memory(ram);
    r = r < 0 ? r : init_arenas(ram);
    r = r < 0 ? r : map_arenas(ram, config);
    if (r < 0) {
        dd_ram_free(ram);
        return r;
    }
    dd_asan_poison(ram->host, (size_t)dd_min_u64((uint64_t)ram->pages * DD_PAGE_BYTES, POISON_MAX));
    *ret_ram = ram;
    return 0;
}

void dd_ram_free(struct dd_ram *ram)
{
    uint64_t bytes;

    if (ram == NULL) {
        return;
    }
    bytes = (uint64_t)ram->pages * DD_PAGE_BYTES;
    dd_region_free_all(ram);
    for (unsigned i = 0; i < DD_ARENA_COUNT; i++) {
        dd_arena_done(&ram->arenas[i]);
    }
    if (ram->host != NULL) {
        dd_asan_unpoison(ram->host, bytes);
        munmap(ram->host - DD_PAGE_BYTES, bytes + 2 * DD_PAGE_BYTES);
    }
    if (ram->dev != NULL) {
        munmap(ram->dev, bytes);
    }
    if (ram->fd >= 0) {
        close(ram->fd);
    }
    free(ram->frame_of);
    free(ram->page_of);
    free(ram->region_of);
    dd_mutex_done(&ram->lock);
    free(ram);
}

/* --- addresses --- */

static dd_phys phys_of_offset(const struct dd_ram *ram, uint64_t offset)
{
    return (dd_phys){offset < ram->low_bytes ? DD_PHYS_BASE + offset
                                             : DD_PHYS_4G + (offset - ram->low_bytes)};
}

/* offset in RAM of @len bytes at @phys that are all low or all high RAM, or UINT64_MAX */
static uint64_t offset_of_phys(const struct dd_ram *ram, dd_phys phys, uint64_t len)
{
    uint64_t offset = phys.v - DD_PHYS_BASE;

    if (phys.v >= DD_PHYS_BASE && offset < ram->low_bytes) {
        return len <= ram->low_bytes - offset ? offset : UINT64_MAX;
    }
    offset = phys.v - DD_PHYS_4G;
    if (phys.v >= DD_PHYS_4G && offset < ram->high_bytes) {
        return len <= ram->high_bytes - offset ? ram->low_bytes + offset : UINT64_MAX;
    }
    return UINT64_MAX;
}

uint32_t dd_ram_page_of_ptr(const struct dd_ram *ram, const void *ptr)
{
    uint64_t offset = (uint64_t)((uintptr_t)ptr - (uintptr_t)ram->host);

    return offset < (uint64_t)ram->pages * DD_PAGE_BYTES ? (uint32_t)(offset / DD_PAGE_BYTES)
                                                         : UINT32_MAX;
}

dd_phys dd_ram_phys(struct dd_ram *ram, const void *ptr)
{
    uint32_t page = dd_ram_page_of_ptr(ram, ptr);

    if (page == UINT32_MAX) {
        return DD_PHYS_NONE;
    }
    return phys_of_offset(ram, (uint64_t)ram->frame_of[page] * DD_PAGE_BYTES +
                                   ((uintptr_t)ptr & DD_PAGE_MASK));
}

void *dd_ram_at(struct dd_ram *ram, dd_phys phys, size_t len_bytes)
{
    uint64_t offset = offset_of_phys(ram, phys, len_bytes);

    return offset != UINT64_MAX ? ram->dev + offset : NULL;
}

void *dd_ram_host(struct dd_ram *ram, dd_phys phys)
{
    uint64_t offset = offset_of_phys(ram, phys, 1);

    if (offset == UINT64_MAX) {
        return NULL;
    }
    return ram->host + (uint64_t)ram->page_of[offset / DD_PAGE_BYTES] * DD_PAGE_BYTES +
           (offset & DD_PAGE_MASK);
}

int dd_ram_fd(const struct dd_ram *ram)
{
    return ram->fd;
}

uint64_t dd_ram_fd_offset(const struct dd_ram *ram, dd_phys phys)
{
    uint64_t offset = offset_of_phys(ram, phys, 1);

    return offset == UINT64_MAX ? UINT64_MAX : DD_PHYS_BASE + offset;
}

uint64_t dd_ram_low_end(const struct dd_ram *ram)
{
    return DD_PHYS_BASE + ram->low_bytes;
}

uint64_t dd_ram_phys_end(const struct dd_ram *ram)
{
    return ram->high_bytes > 0 ? DD_PHYS_4G + ram->high_bytes : dd_ram_low_end(ram);
}

uint64_t dd_ram_live_bytes(const struct dd_ram *ram)
{
    struct dd_ram *r = (struct dd_ram *)(uintptr_t)ram;
    uint64_t bytes;

    dd_mutex_lock(&r->lock);
    bytes = r->live_bytes;
    dd_mutex_unlock(&r->lock);
    return bytes;
}
