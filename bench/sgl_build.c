/* SPDX-License-Identifier: MIT */
/*
 * Scatter/gather lists: NdisMAllocateNetBufferSGList + MiniportProcessSGList +
 * NdisMFreeNetBufferSGList.
 *
 * Each case is measured in turns with its floor, in one process, in slices of about two
 * milliseconds; what counts is the median of the slices, and their ratio. The floor is what nobody
 * can avoid: walk the MDLs' frames, join adjacent ones, write elements into the caller's memory; no
 * checks, no counters, no callback.
 *
 * usage: sgl_build [--pairs N]    N allocate/free pairs of a frame and nothing else, for callgrind
 */
#include "base/clock.h"
#include "ndis/adapter_priv.h"
#include "ndis/sgdma.h"
#include "nt/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLICES   201
#define SLICE_NS (2 * DD_NS_PER_MS)
#define MDLS_MAX 2u

static struct {
    struct dd_ram *ram;
    struct dd_domain *domain;
    struct dd_dma_policy policy;
    struct dd_dev dev;
    struct dd_driver driver;
    struct dd_adapter adapter;
    NDIS_HANDLE dma;
    NET_BUFFER nb;
    PMDL mdls[MDLS_MAX];
    uint8_t *blocks[MDLS_MAX];
    unsigned mdl_count;
    void *room, *floor_room;
    ULONG room_bytes;
    PSCATTER_GATHER_LIST list;
} b;

static void die(const char *what)
{
    fprintf(stderr, "sgl_build: %s\n", what);
    exit(2);
}

static VOID NTAPI on_list(PDEVICE_OBJECT pDO, PVOID Reserved, PSCATTER_GATHER_LIST pSGL,
                          PVOID Context)
{
    (void)pDO;
    (void)Reserved;
    (void)Context;
    b.list = pSGL;
}

/* --- what is measured --- */

/* as a driver calls them: through its import table, never inlined */
static __typeof__(NdisMAllocateNetBufferSGList) *volatile allocate = NdisMAllocateNetBufferSGList;
static __typeof__(NdisMFreeNetBufferSGList) *volatile release = NdisMFreeNetBufferSGList;

static __attribute__((noinline)) void pair(void)
{
    if (allocate(b.dma, &b.nb, NULL, NDIS_SG_LIST_WRITE_TO_DEVICE, b.room, b.room_bytes) !=
        NDIS_STATUS_SUCCESS) {
        die("a list was refused");
    }
    release(b.dma, b.list, &b.nb);
}

static __attribute__((noinline)) void floor_walk(void)
{
    SCATTER_GATHER_LIST *list = b.floor_room;
    SCATTER_GATHER_ELEMENT *e = list->Elements - 1;
    uint64_t left = (uint64_t)b.nb.CurrentMdlOffset + b.nb.DataLength, end = 0;

    for (PMDL mdl = b.nb.CurrentMdl; left > 0; mdl = mdl->Next) {
        const PFN_NUMBER *f = dd_mdl_frames(mdl);
        uint64_t off = mdl->ByteOffset, todo = mdl->ByteCount < left ? mdl->ByteCount : left;

        left -= todo;
        for (; todo > 0; f++, off = 0) {
            uint64_t n = 4096 - off < todo ? 4096 - off : todo, at = (*f << 12) + off;

            if (at == end) {
                e->Length += (ULONG)n;
            } else {
                e++;
                e->Address.QuadPart = (LONGLONG)at;
                e->Length = (ULONG)n;
                e->Reserved = 0;
            }
            end = at + n;
            todo -= n;
        }
    }
    list->NumberOfElements = (ULONG)(e + 1 - list->Elements);
    __asm__ volatile("" ::: "memory");
}

static __attribute__((noinline)) void floor_copy(void)
{
    uint8_t *to = b.floor_room;
    uint64_t left = b.nb.DataLength;

    for (unsigned i = 0; i < b.mdl_count && left > 0; i++) {
        uint64_t n = b.mdls[i]->ByteCount < left ? b.mdls[i]->ByteCount : left;

        memcpy(to, b.blocks[i], n);
        to += n;
        left -= n;
    }
    __asm__ volatile("" ::: "memory");
}

/* --- the machine --- */

static void machine_up(bool shuffle)
{
    struct dd_ram_config ram = {.low_bytes = 1024ull << 20, .seed = 1, .shuffle = shuffle};
    struct dd_machine_config machine = {.cpus = 1, .ndis_version = 6u << 16 | 30};
    NDIS_SG_DMA_DESCRIPTION d = {
        .Header = {.Type = NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION, .Revision = 1, .Size = 36},
        .Flags = NDIS_SG_DMA_64_BIT_ADDRESS,
        .MaximumPhysicalMapping = 512u << 20,
        .ProcessSGListHandler = on_list,
    };
    struct dd_adapter *a = &b.adapter;
    struct dd_ctx *ctx;

    if (dd_ram_new(&ram, &b.ram) < 0 || dd_domain_new(b.ram, b.policy.iommu, 64, &b.domain) < 0) {
        die("no memory");
    }
    machine.ram = b.ram;
    if (dd_machine_start(&machine) < 0 || dd_ctx_adopt("bench", 0, &ctx) < 0) {
        die("the machine does not start");
    }
    b.driver = (struct dd_driver){.magic = DD_MAGIC_DRIVER, .ndis_version = 6u << 16 | 30};
    b.dev.info.address_bits = 64;
    *a = (struct dd_adapter){.magic = DD_MAGIC_ADAPTER,
                             .driver = &b.driver,
                             .dev = &b.dev,
                             .domain = b.domain,
                             .ram = b.ram,
                             .have_registration = true,
                             .bus_master = true,
                             .dma_policy = &b.policy};
    atomic_store(&a->state, DD_STATE_INITIALIZING);
    if (dd_adapter_publish(a) < 0 || dd_sgdma_adapter_init(a) < 0 ||
        NdisMRegisterScatterGatherDma(a, &d, &b.dma) != NDIS_STATUS_SUCCESS) {
        die("the registration failed");
    }
    b.room_bytes = d.ScatterGatherListSize;
    b.room = malloc(b.room_bytes);
    b.floor_room = malloc(b.room_bytes);
    if (!b.room || !b.floor_room) {
        die("no memory");
    }
    memset(b.room, 0, b.room_bytes);
    memset(b.floor_room, 0, b.room_bytes);
    dd_irql_raise(DISPATCH_LEVEL);
}

static void machine_down(void)
{
    struct dd_ctx *ctx = dd_ctx_self();

    dd_irql_lower(PASSIVE_LEVEL);
    NdisMDeregisterScatterGatherDma(b.dma);
    if (dd_sgdma_adapter_done(&b.adapter, false) != 0) {
        die("lists are left");
    }
    dd_adapter_withdraw(&b.adapter);
    dd_ctx_release(ctx);
    dd_machine_stop();
    dd_domain_free(b.domain);
    dd_ram_free(b.ram);
    free(b.room);
    free(b.floor_room);
}

static void frame_make(const size_t *lens, unsigned count)
{
    b.mdl_count = count;
    b.nb = (NET_BUFFER){0};
    for (unsigned i = 0; i < count; i++) {
        b.blocks[i] = dd_ram_alloc(b.ram, lens[i], 16, 0, UINT64_MAX);
        b.mdls[i] = b.blocks[i] ? dd_mdl_new(b.blocks[i], (ULONG)lens[i], NULL, NULL) : NULL;
        if (!b.mdls[i]) {
            die("no memory for the frame");
        }
        memset(b.blocks[i], 1, lens[i] < 65536 ? lens[i] : 65536);
        if (i > 0) {
            b.mdls[i - 1]->Next = b.mdls[i];
        }
        b.nb.DataLength += (ULONG)lens[i];
    }
    b.nb.CurrentMdl = b.nb.MdlChain = b.mdls[0];
}

static void frame_drop(void)
{
    for (unsigned i = 0; i < b.mdl_count; i++) {
        dd_mdl_free(b.mdls[i], NULL);
        dd_ram_free_block(b.ram, b.blocks[i], NULL);
    }
}

/* --- measuring --- */

static int by_value(const void *x, const void *y)
{
    double a = *(const double *)x, c = *(const double *)y;

    return (a > c) - (a < c);
}

static double slice(void (*fn)(void), unsigned n)
{
    uint64_t start = dd_clock_ns();

    for (unsigned i = 0; i < n; i++) {
        fn();
    }
    return (double)(dd_clock_ns() - start) / n;
}

static unsigned calibrate(void (*fn)(void))
{
    unsigned n = 1;

    while (slice(fn, n) * n < (double)SLICE_NS / 2) {
        n *= 2;
    }
    return n;
}

static void measure(const char *name, void (*floor)(void), unsigned slices)
{
    static double ours[SLICES], theirs[SLICES], ratio[SLICES];
    unsigned n = calibrate(pair), m = calibrate(floor);

    for (unsigned i = 0; i < slices; i++) {
        ours[i] = slice(pair, n);
        theirs[i] = slice(floor, m);
        ratio[i] = ours[i] / theirs[i];
    }
    qsort(ours, slices, sizeof(double), by_value);
    qsort(theirs, slices, sizeof(double), by_value);
    qsort(ratio, slices, sizeof(double), by_value);
    printf("%-44s %9.1f ns  floor %9.1f ns  ratio %5.2f (%.2f .. %.2f)  %u elements\n", name,
           ours[slices / 2], theirs[slices / 2], ratio[slices / 2], ratio[slices / 10],
           ratio[slices * 9 / 10], b.list->NumberOfElements);
}

static void run_case(const char *name, struct dd_dma_policy policy, bool shuffle,
                     const size_t *lens, unsigned count, void (*floor)(void), unsigned slices)
{
    b.policy = policy;
    machine_up(shuffle);
    frame_make(lens, count);
    measure(name, floor, slices);
    frame_drop();
    machine_down();
}

/* instructions of one pair, counted by callgrind if it is there */
static void count_instructions(const char *self)
{
    char line[512];
    FILE *p;

    snprintf(
        line, sizeof(line),
        "valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=pair %s --pairs 1000 2>&1",
        self);
    p = popen(line, "r");
    while (p && fgets(line, sizeof(line), p)) {
        const char *at = strstr(line, "Collected :");

        if (at) {
            printf("%-44s %9.1f instructions, both calls, callback and the call of them\n",
                   "2 MDLs, 1514 bytes, counted by callgrind",
                   (double)strtoull(at + 11, NULL, 10) / 1000.0);
        }
    }
    if (p) {
        pclose(p);
    }
}

int main(int argc, char **argv)
{
    static const size_t frame[] = {54, 1460}, lso[] = {65536}, huge[] = {256u << 20},
                        page[] = {1024 * 4096};
    struct dd_dma_policy off = {.iommu = DD_DOMAIN_OFF}, strict = {.iommu = DD_DOMAIN_STRICT};
    struct dd_dma_policy bounce = {.iommu = DD_DOMAIN_OFF, .bounce = DD_BOUNCE_ALWAYS};

    if (argc > 100) { /* never; but the optimizer must not know that nobody listens */
        dd_seam_listen((const struct dd_listener *)(const void *)argv);
    }
    if (argc == 3 && strcmp(argv[1], "--pairs") == 0) {
        b.policy = off;
        machine_up(true);
        frame_make(frame, 2);
        for (unsigned long i = strtoul(argv[2], NULL, 0); i > 0; i--) {
            pair();
        }
        return 0;
    }
    run_case("2 MDLs, 1514 bytes, caller's list", off, true, frame, 2, floor_walk, SLICES);
    run_case("64 KiB in one run", off, false, lso, 1, floor_walk, SLICES);
    run_case("64 KiB in shuffled pages", off, true, lso, 1, floor_walk, SLICES);
    run_case("4 MiB in shuffled pages", off, true, page, 1, floor_walk, SLICES / 3);
    run_case("256 MiB in shuffled pages", off, true, huge, 1, floor_walk, 21);
    run_case("2 MDLs, 1514 bytes, iommu strict", strict, true, frame, 2, floor_walk, SLICES);
    run_case("2 MDLs, 1514 bytes, bounced (floor: memcpy)", bounce, true, frame, 2, floor_copy,
             SLICES);
    count_instructions(argv[0]);
    return 0;
}
