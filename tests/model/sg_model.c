/* SPDX-License-Identifier: MIT */
/*
 * The scatter/gather builder against a naive twin.
 *
 * The twin walks one byte at a time and knows nothing of runs, maps or bounce pages: for each byte
 * of the spans it says where it lies, and starts a new element whenever the shape's rule says so.
 * The builder's list must have the twin's lengths (shapes that are not random), and for every shape
 * and policy: lengths that sum up, a device that reads exactly the data, or writes exactly where
 * the driver will look, and nothing left mapped or charged.
 */
#include "sg_model.h"

#include "dma/core.h"
#include "dma/identity.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define NOT_RAM          (1ull << 50) /* DD_PFN_NOT_RAM */
#define BUFFERS          24u
#define BUFFER_PAGES_MAX 5u
#define SPANS_MAX        12u
#define BYTES_MAX        (SPANS_MAX * BUFFER_PAGES_MAX * DD_PAGE_BYTES)

/* The builder, or the twin, is wrong: the program that shows it stays where a fuzzer finds it. */
static _Noreturn void disagree(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
    abort();
}

#define NEED(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            disagree(__FILE__, __LINE__, #condition);                                              \
        }                                                                                          \
    } while (0)
#define NEED_EQUAL(a, b) NEED((uint64_t)(a) == (uint64_t)(b))

/* one machine with one set of policies, and the program it is made from */
struct world {
    const uint8_t *program;
    size_t left;
    struct dd_ram *ram;
    struct dd_domain *domain;
    struct dd_dma_policy policy;
    struct dd_dma_device dev;
    struct dd_dma dma;
    unsigned driver_bits;
    struct buffer {
        uint8_t *bytes;
        uint64_t pages;
        bool in_ram;
        dd_frame frames[BUFFER_PAGES_MAX];
    } buffers[BUFFERS];
};

/* one list: spans, and the same bytes one by one */
struct job {
    struct dd_span spans[SPANS_MAX];
    unsigned span_count;
    uint64_t bytes;
    enum dd_dir dir;
};

/* the next choice in [0, n): one byte of the program, or two for many; 0 when it is over */
static uint64_t below(struct world *w, uint64_t n)
{
    unsigned bytes = n <= 256 ? 1 : n <= 65536 ? 2 : 4;
    uint64_t v = 0;

    for (; bytes > 0 && w->left > 0; bytes--) {
        v = v << 8 | *w->program++;
        w->left--;
    }
    return v % n;
}

static uint64_t any_number(struct world *w)
{
    return below(w, 1ull << 32);
}

/* --- the world --- */

static void buffer_make(struct world *w, struct buffer *b)
{
    size_t size;

    b->pages = 1 + below(w, BUFFER_PAGES_MAX);
    b->in_ram = below(w, 12) != 0;
    size = (size_t)b->pages * DD_PAGE_BYTES;
    if (b->in_ram) {
        unsigned flags = below(w, 2) != 0 ? DD_RAM_HIGH : 0;

        if (below(w, 3) == 0) {
            flags = DD_RAM_CONTIG;
        }
        b->bytes = dd_ram_alloc(w->ram, size, DD_PAGE_BYTES, flags | DD_RAM_PAGES, UINT64_MAX);
    } else {
        b->bytes = aligned_alloc(DD_PAGE_BYTES, size);
    }
    NEED(b->bytes != NULL);
    for (uint64_t i = 0; i < b->pages; i++) {
        uint8_t *page = b->bytes + i * DD_PAGE_BYTES;

        b->frames[i] = b->in_ram ? dd_ram_phys(w->ram, page).v >> DD_PAGE_SHIFT
                                 : NOT_RAM + ((uintptr_t)page >> DD_PAGE_SHIFT);
    }
}

static void policy_make(struct world *w)
{
    static const unsigned bits[] = {0, 0, 0, 24, 25, 31, 32, 33, 36, 64};
    struct dd_dma_policy *p = &w->policy;

    *p = (struct dd_dma_policy){
        .iommu = (enum dd_domain_mode)below(w, 3),
        .bounce = below(w, 3) == 0 ? DD_BOUNCE_ALWAYS : DD_BOUNCE_AUTO,
        .map_registers = below(w, 4) == 0 ? 200 : 0,
        .map_registers_per_transfer = 200,
        .sgl = (enum dd_sgl_shape)below(w, 4),
        .address_bits = bits[below(w, DD_ARRAY_LEN(bits))],
        .checked = below(w, 2) != 0,
        .seed = any_number(w),
    };
    if (below(w, 5) == 0) { /* what the fast path is for */
        p->iommu = DD_DOMAIN_OFF;
        p->bounce = DD_BOUNCE_AUTO;
        p->map_registers = 0;
        p->sgl = DD_SGL_MERGE;
        p->checked = false;
    }
    w->driver_bits = below(w, 2) != 0 ? 64 : 32;
}

static void world_init(struct world *w, const uint8_t *program, size_t len_bytes)
{
    struct dd_ram_config ram = {.low_bytes = 16ull << 20,
                                .high_bytes = 4ull << 20,
                                .shuffle = true};
    struct dd_dma_device_config dev = {.address_bits = 64};

    w->program = program;
    w->left = len_bytes;
    ram.seed = any_number(w);
    policy_make(w);
    NEED_EQUAL(dd_ram_new(&ram, &w->ram), 0);
    NEED_EQUAL(dd_domain_new(w->ram, w->policy.iommu, 64, &w->domain), 0);
    dev.ram = w->ram;
    dev.domain = w->domain;
    dev.policy = &w->policy;
    NEED_EQUAL(dd_dma_device_init(&w->dev, &dev), 0);
    dd_dma_init(&w->dma, &w->dev, w->driver_bits, 65536);
    for (unsigned i = 0; i < BUFFERS; i++) {
        buffer_make(w, &w->buffers[i]);
    }
}

static void world_done(struct world *w)
{
    uint64_t used, peak;

    dd_mapreg_stats(&w->dev.regs, &used, &peak);
    NEED_EQUAL(used, 0);
    NEED_EQUAL(dd_domain_live(w->domain), 0);
    NEED_EQUAL(dd_domain_faults(w->domain), 0);
    dd_dma_done(&w->dma);
    dd_dma_device_done(&w->dev);
    for (unsigned i = 0; i < BUFFERS; i++) {
        if (w->buffers[i].in_ram) {
            NEED_EQUAL(dd_ram_free_block(w->ram, w->buffers[i].bytes, NULL), 0);
        } else {
            free(w->buffers[i].bytes);
        }
    }
    NEED_EQUAL(dd_ram_live_bytes(w->ram), 0);
    dd_domain_free(w->domain);
    dd_ram_free(w->ram);
}

/* --- a job --- */

/* each buffer at most once, or bytes written by the device would have to be in two places */
static void job_make(struct world *w, struct job *j)
{
    bool used[BUFFERS] = {false};

    j->span_count = (unsigned)below(w, SPANS_MAX + 1);
    j->bytes = 0;
    j->dir = below(w, 2) != 0 ? DD_DIR_TO_DEVICE : DD_DIR_FROM_DEVICE;
    for (unsigned i = 0; i < j->span_count; i++) {
        struct dd_span *s = &j->spans[i];
        unsigned n = (unsigned)below(w, BUFFERS);
        struct buffer *b;
        uint64_t size;

        while (used[n]) {
            n = (n + 1) % BUFFERS;
        }
        used[n] = true;
        b = &w->buffers[n];
        size = b->pages * DD_PAGE_BYTES;
        s->offset_bytes = below(w, 3) == 0 ? 0 : below(w, size);
        s->len_bytes = below(w, 8) == 0 ? 0 : below(w, size - s->offset_bytes + 1);
        if (below(w, 3) != 0 && s->len_bytes > 600) {
            s->len_bytes = below(w, 600); /* small ones are the rule */
        }
        s->frames = b->frames;
        s->host = b->bytes + s->offset_bytes;
        s->run = true;
        for (uint64_t k = 1; k < b->pages; k++) {
            s->run = s->run && b->frames[k] == b->frames[0] + k;
        }
        s->run = s->run && below(w, 4) != 0; /* the mark may be missing, never wrong */
        j->bytes += s->len_bytes;
    }
}

static uint8_t *job_byte(const struct job *j, uint64_t at)
{
    for (unsigned i = 0; i < j->span_count; i++) {
        if (at < j->spans[i].len_bytes) {
            return j->spans[i].host + at;
        }
        at -= j->spans[i].len_bytes;
    }
    return NULL;
}

static void job_copy(const struct job *j, uint8_t *out)
{
    for (unsigned i = 0; i < j->span_count; i++) {
        memcpy(out, j->spans[i].host, j->spans[i].len_bytes);
        out += j->spans[i].len_bytes;
    }
}

static void job_fill(struct world *w, const struct job *j)
{
    uint64_t x = any_number(w);

    for (unsigned i = 0; i < j->span_count; i++) {
        for (uint64_t k = 0; k < j->spans[i].len_bytes; k++) {
            x = x * 6364136223846793005ull + 1442695040888963407ull;
            j->spans[i].host[k] = (uint8_t)(x >> 33);
        }
    }
}

/* --- the twin --- */

/* where the byte is in memory, when it needs no bounce page; else 0 */
static uint64_t twin_phys(struct world *w, const struct dd_span *s, uint64_t k)
{
    uint64_t at = s->offset_bytes + k;
    uint64_t frame = s->frames[at / DD_PAGE_BYTES];
    uint64_t phys = frame * DD_PAGE_BYTES + at % DD_PAGE_BYTES, page_end, last;

    if (w->policy.bounce == DD_BOUNCE_ALWAYS || frame >= NOT_RAM) {
        return 0;
    }
    /* a page is bounced when any used byte of it is out of reach: reach ends at a page's end, so
     * this byte will do */
    page_end = phys | DD_PAGE_MASK;
    last = w->dma.reach;
    return w->policy.iommu == DD_DOMAIN_OFF && page_end > last ? 0 : phys;
}

/* the lengths depend on where the bytes are, not only on page borders and spans */
static bool by_place(const struct world *w)
{
    return w->policy.sgl == DD_SGL_MERGE ||
           (w->policy.sgl == DD_SGL_MERGE_IOVA && w->policy.iommu == DD_DOMAIN_OFF);
}

/* lengths of the elements; returns how many, or -1: they depend on where bounce pages are */
static int twin_lengths(struct world *w, const struct job *j, uint32_t *lens)
{
    bool iommu = w->policy.iommu != DD_DOMAIN_OFF;
    uint64_t prev = 0;
    int n = 0;

    for (unsigned i = 0; i < j->span_count; i++) {
        const struct dd_span *s = &j->spans[i];

        for (uint64_t k = 0; k < s->len_bytes; k++) {
            uint64_t phys = twin_phys(w, s, k);
            bool page_start = (s->offset_bytes + k) % DD_PAGE_BYTES == 0, join;

            if (phys == 0 && by_place(w)) {
                return -1;
            }
            switch (w->policy.sgl) {
            case DD_SGL_MERGE:
                join = n > 0 && phys == prev + 1 && (k > 0 || !iommu);
                break;
            case DD_SGL_MERGE_IOVA:
                join = n > 0 && (iommu ? k > 0 : phys == prev + 1);
                break;
            default:
                join = k > 0 && !page_start;
                break;
            }
            if (join) {
                lens[n - 1]++;
            } else {
                lens[n++] = 1;
            }
            prev = phys;
        }
    }
    return n;
}

static void check_lengths(struct world *w, const struct job *j, const struct dd_sg_elem *e,
                          uint64_t count)
{
    static uint32_t lens[BYTES_MAX];
    int n;

    if (w->policy.sgl == DD_SGL_SPLIT) {
        return;
    }
    /* no page lies between the ranges of a narrow device: two spans may happen to be adjacent */
    if (w->policy.iommu != DD_DOMAIN_OFF && w->dma.reach < DD_IOVA_BASE &&
        w->policy.sgl != DD_SGL_PER_PAGE) {
        return;
    }
    n = twin_lengths(w, j, lens);
    if (n < 0) {
        return;
    }
    NEED_EQUAL(count, n);
    for (int i = 0; i < n; i++) {
        NEED_EQUAL(e[i].length, lens[i]);
    }
}

static void check_elements(struct world *w, const struct job *j, const struct dd_sg_elem *e,
                           uint64_t count)
{
    uint64_t sum = 0;

    for (uint64_t i = 0; i < count; i++) {
        NEED(e[i].length > 0);
        NEED(e[i].address + e[i].length - 1 <= w->dma.reach);
        NEED_EQUAL(e[i].reserved, 0);
        if (w->policy.sgl == DD_SGL_PER_PAGE) {
            NEED((e[i].address & DD_PAGE_MASK) + e[i].length <= DD_PAGE_BYTES);
        }
        if (w->policy.iommu != DD_DOMAIN_OFF && w->dma.reach > DD_IOVA_BASE + (1u << 30)) {
            NEED(e[i].address >= DD_IOVA_BASE && e[i].address < DD_IOVA_TOP);
        }
        sum += e[i].length;
    }
    NEED_EQUAL(sum, j->bytes);
    check_lengths(w, j, e, count);
}

/* --- the device --- */

static void device_access(struct world *w, const struct dd_sg_elem *e, uint64_t count, uint8_t *buf,
                          bool write)
{
    for (uint64_t i = 0; i < count; i++) {
        NEED_EQUAL(dd_domain_access(w->domain, (dd_iova){e[i].address}, buf, e[i].length, write),
                   0);
        buf += e[i].length;
    }
}

static void device_reads(struct world *w, const struct job *j, const struct dd_sg_elem *e,
                         uint64_t count)
{
    static uint8_t want[BYTES_MAX], got[BYTES_MAX];

    job_copy(j, want);
    memset(got, 0x5A, sizeof(got[0]) * (j->bytes + 1));
    device_access(w, e, count, got, false);
    NEED(memcmp(got, want, j->bytes + 1 > BYTES_MAX ? BYTES_MAX : j->bytes) == 0);
}

static void device_writes(struct world *w, const struct job *j, const struct dd_sg_elem *e,
                          uint64_t count, struct dd_xfer *x)
{
    static uint8_t sent[BYTES_MAX], got[BYTES_MAX];

    for (uint64_t i = 0; i < j->bytes; i++) {
        sent[i] = (uint8_t)(i * 7 + (i >> 8) + count);
    }
    device_access(w, e, count, sent, true);
    dd_xfer_end(x, true);
    job_copy(j, got);
    NEED(memcmp(got, sent, j->bytes) == 0);
}

/* --- the fast path, when the policies are its own --- */

/* elements written, or -1 */
static int fast_build(const struct dd_ident *i, const struct job *j, struct dd_sg_elem *elems)
{
    struct dd_sg_elem *last = elems - 1;
    uint64_t end = 0;

    for (unsigned k = 0; last && k < j->span_count; k++) {
        const struct dd_span *s = &j->spans[k];

        if (s->len_bytes > 0 && s->run) {
            uint64_t addr = (s->frames[0] << DD_PAGE_SHIFT) + s->offset_bytes;

            last = dd_ident_run(i, last, end, addr, (uint32_t)s->len_bytes);
            end = addr + s->len_bytes;
        } else if (s->len_bytes > 0) {
            last = dd_ident_frames(i, last, end, s->frames, s->offset_bytes, (uint32_t)s->len_bytes,
                                   &end);
        }
    }
    return last ? (int)(last + 1 - elems) : -1;
}

static void check_fast(struct world *w, const struct job *j, const struct dd_sg_elem *e,
                       uint64_t count)
{
    static struct dd_sg_elem room[4097], *const fast = room + 1;
    static uint32_t lens[BYTES_MAX];
    struct dd_ident i = {fast + count - 1, w->dma.identity_max + 1};
    int n;

    if (!dd_dma_is_plain(&w->dma) || count == 0) {
        return;
    }
    n = fast_build(&i, j, fast);
    NEED_EQUAL(n >= 0, twin_lengths(w, j, lens) >= 0);
    if (n < 0) { /* something needs a bounce page */
        return;
    }
    NEED_EQUAL(n, count);
    for (uint64_t k = 0; k < count; k++) {
        NEED_EQUAL(fast[k].address, e[k].address);
        NEED_EQUAL(fast[k].length, e[k].length);
    }
    /* one byte less: it must say so, not write beyond */
    i.room_last = dd_ident_room(fast, count * sizeof(*fast) - 1);
    fast[count - 1].address = 0xFEED;
    NEED_EQUAL(fast_build(&i, j, fast), -1);
    NEED_EQUAL(fast[count - 1].address, 0xFEED);
}

/* --- one case --- */

static uint64_t registers_of(const struct world *w, const struct job *j)
{
    uint64_t regs = 0;

    for (unsigned i = 0; w->dma.charge_all && i < j->span_count; i++) {
        regs += dd_span_pages(j->spans[i].offset_bytes, j->spans[i].len_bytes);
    }
    return regs;
}

static void run_case(struct world *w)
{
    static struct dd_sg_elem room[64];
    struct dd_list ready = DD_LIST_INIT(ready);
    struct dd_sg_build b;
    struct dd_xfer x = {.owner = 1 + below(w, 1000)};
    struct job j;
    uint64_t cap = below(w, 2) != 0 ? below(w, DD_ARRAY_LEN(room)) : 0;

    job_make(w, &j);
    job_fill(w, &j);
    x.dir = j.dir;
    x.regs = registers_of(w, &j);
    NEED_EQUAL(x.regs > 0 ? dd_mapreg_take(&w->dev.regs, x.regs, NULL) : 0, 0);
    dd_sg_begin(&b, &w->dma, &x, cap > 0 ? room : NULL, cap, 16);
    for (unsigned i = 0; i < j.span_count; i++) {
        int r = dd_sg_add(&b, &j.spans[i]);

        NEED_EQUAL(r, 0);
    }
    dd_sg_finish(&b);
    NEED(b.own || b.count <= cap);
    check_elements(w, &j, b.elems, b.count);
    check_fast(w, &j, b.elems, b.count);
    if (j.dir == DD_DIR_TO_DEVICE) {
        bool change = j.bytes > 0 && below(w, 4) == 0;

        device_reads(w, &j, b.elems, b.count);
        if (change) { /* only a bounce page can tell */
            *job_byte(&j, below(w, j.bytes)) ^= 0x10;
        }
        dd_xfer_end(&x, true);
        NEED(!x.data_changed || (change && w->policy.checked));
        NEED(x.data_changed ||
             !(change && w->policy.checked && w->policy.bounce == DD_BOUNCE_ALWAYS));
    } else {
        device_writes(w, &j, b.elems, b.count, &x);
    }
    dd_xfer_regs_put(&x, &ready);
    NEED(dd_list_empty(&ready));
    free(b.own);
}

uint64_t sg_model_run(const uint8_t *program, size_t len_bytes)
{
    static struct world w;
    uint64_t cases = 0;

    world_init(&w, program, len_bytes);
    while (w.left > 0) {
        run_case(&w);
        cases++;
    }
    world_done(&w);
    return cases;
}
