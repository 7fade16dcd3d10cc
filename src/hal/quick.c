/* SPDX-License-Identifier: MIT */
/* Lists of the unchecked middle way: hal/quick.h. */
#include "hal/quick.h"

#include "dev/domain_ready.h"

#include <stdlib.h>

#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#define SPANS_MAX    4u  /* of a mapped list */
#define PIECES_MAX   20u /* of a bounced one: 64 KiB in two MDLs */
#define SLAB_RECORDS 32u
#define KEEP_RECORDS 128u
#define KEEP_PAGES   32u
#define CHUNK_PAGES  512u
#define RANGE_PAGES  8u /* a longer MDL takes the long way */
/* what a stretch's count holds for the CPU that cuts it */
#define HOLD      (1 << 20)
#define NUMBERS   64u

/* a stretch of device pages */
struct chunk {
    dd_iova iova;
    struct slot *slots; /* by page, up to end; the rest lies in the next leaf and is not used */
    uint32_t next, end, lists;
    _Atomic int32_t out; /* lists that are out, and HOLD */
};

struct span {
    struct slot *slot;
    uint32_t pages;
};

struct piece {
    uint8_t *orig, *copy;
    uint64_t len_bytes;
    struct dd_bounce_page page;
};

struct record {
    _Alignas(64) struct record *next;
    struct dd_quick *q;
    struct chunk *chunk;
    uint64_t bounced;
    uint32_t count;
    bool live, to_device;
    union {
        struct span spans[SPANS_MAX];
        struct piece pieces[PIECES_MAX];
    };
};

struct slab {
    struct dd_list node;
    struct record *records;
};

struct cpu_part {
    _Alignas(64) struct record *free;
    unsigned free_count, page_count;
    uint64_t number, number_end;
    struct chunk *chunk;
    uint32_t handed; /* lists of the last stretch */
    struct dd_bounce_page pages[KEEP_PAGES];
};

struct dd_quick {
    struct dd_hal_adapter *ha;
    bool translated;
    unsigned cpus;
    struct cpu_part *cpu;
    /* under dev->lock */
    struct dd_list slabs;
    struct record *spare;
};

/* --- records --- */

static bool records_new(struct dd_quick *q, struct cpu_part *c)
{
    struct slab *s = malloc(sizeof(*s));

    if (!s) {
        return false;
    }
    s->records = aligned_alloc(64, SLAB_RECORDS * sizeof(*s->records));
    if (!s->records) {
        free(s);
        return false;
    }
    for (unsigned i = 0; i < SLAB_RECORDS; i++) {
        s->records[i].q = q;
        s->records[i].live = false;
        s->records[i].next = c->free;
        c->free = &s->records[i];
    }
    c->free_count += SLAB_RECORDS;
    dd_list_append(&q->slabs, &s->node);
    return true;
}

/* from what other CPUs had too many of, or new ones */
static __attribute__((noinline)) bool records_more(struct dd_quick *q, struct cpu_part *c)
{
    bool ok = true;

    dd_mutex_lock(&q->ha->dev->lock);
    for (unsigned i = 0; i < SLAB_RECORDS && q->spare; i++) {
        struct record *r = q->spare;

        q->spare = r->next;
        r->next = c->free;
        c->free = r;
        c->free_count++;
    }
    if (!c->free) {
        ok = records_new(q, c);
    }
    dd_mutex_unlock(&q->ha->dev->lock);
    return ok;
}

static __attribute__((noinline)) void records_spare(struct dd_quick *q, struct cpu_part *c)
{
    dd_mutex_lock(&q->ha->dev->lock);
    while (c->free_count > KEEP_RECORDS / 2) {
        struct record *r = c->free;

        c->free = r->next;
        r->next = q->spare;
        q->spare = r;
        c->free_count--;
    }
    dd_mutex_unlock(&q->ha->dev->lock);
}

static void record_free(struct dd_quick *q, struct cpu_part *c, struct record *r)
{
    r->live = false;
    r->next = c->free;
    c->free = r;
    if (UNLIKELY(++c->free_count > KEEP_RECORDS)) {
        records_spare(q, c);
    }
}

/* --- device pages --- */

static void chunk_drop(struct dd_quick *q, struct chunk *ch, int32_t count)
{
    if (atomic_fetch_sub_explicit(&ch->out, count, memory_order_acq_rel) == count) {
        dd_iova_free_stretch(&q->ha->dev->core.space, ch->iova, CHUNK_PAGES);
        free(ch);
    }
}

static void chunk_retire(struct dd_quick *q, struct cpu_part *c)
{
    struct chunk *ch = c->chunk;

    if (ch) {
        c->chunk = NULL;
        c->handed = ch->lists;
        chunk_drop(q, ch, HOLD - (int32_t)ch->lists);
    }
}

static __attribute__((noinline)) bool chunk_more(struct dd_quick *q, struct cpu_part *c)
{
    struct dd_dma_device *dev = &q->ha->dev->core;
    struct chunk *ch = malloc(sizeof(*ch));

    chunk_retire(q, c);
    if (!ch || dd_iova_stretch(&dev->space, CHUNK_PAGES, q->ha->dma.reach, c->handed, &ch->iova) < 0) {
        free(ch);
        return false;
    }
    c->handed = 0;
    if (dd_domain_prepare(dev->domain, ch->iova, CHUNK_PAGES) < 0) {
        dd_iova_free_stretch(&dev->space, ch->iova, CHUNK_PAGES);
        free(ch);
        return false;
    }
    ch->next = ch->lists = 0;
    ch->end = dd_ready_leaf(ch->iova.v) < CHUNK_PAGES ? dd_ready_leaf(ch->iova.v) : CHUNK_PAGES;
    if (ch->end < CHUNK_PAGES / 2) { /* the larger part */
        ch->next = ch->end;
        ch->end = CHUNK_PAGES;
    }
    ch->slots = dd_ready_slot(dev->domain, ch->iova.v + ((uint64_t)ch->next << DD_PAGE_SHIFT)) - ch->next;
    atomic_init(&ch->out, HOLD);
    c->chunk = ch;
    return true;
}

static uint64_t number_next(struct dd_quick *q, struct cpu_part *c)
{
    if (UNLIKELY(c->number == c->number_end)) {
        c->number = atomic_fetch_add_explicit(&q->ha->dev->numbers, NUMBERS, memory_order_relaxed);
        c->number_end = c->number + NUMBERS;
    }
    return ++c->number;
}

/* --- mapped lists --- */

static inline struct dd_sg_elem *elements_of(SCATTER_GATHER_LIST *list)
{
    return (struct dd_sg_elem *)(void *)((uint8_t *)list + DD_LIST_HEADER_BYTES);
}

static inline void element_set(struct dd_sg_elem *e, uint64_t address, uint64_t len_bytes)
{
    e->address = address;
    e->length = (uint32_t)len_bytes;
    e->reserved = 0;
}

/* one MDL, a run of RAM, at the next pages of the stretch; false: not for us */
static inline __attribute__((always_inline)) bool map_span(struct dd_ram *ram, struct chunk *ch,
                                                           PMDL mdl, uint64_t n, enum dd_dir dir,
                                                           uint64_t owner, struct span *span,
                                                           struct dd_sg_elem *e)
{
    uint64_t phys = (*(const dd_frame *)dd_mdl_frames(mdl) << DD_PAGE_SHIFT) + mdl->ByteOffset;
    uint64_t offset = phys & DD_PAGE_MASK, pages = (offset + n + DD_PAGE_MASK) >> DD_PAGE_SHIFT;
    uint8_t *host;

    if (UNLIKELY((mdl->MdlFlags & DD_MDL_RUN) == 0 || pages > RANGE_PAGES)) {
        return false;
    }
    host = dd_ram_at(ram, (dd_phys){phys}, n);
    if (UNLIKELY(!host)) {
        return false;
    }
    element_set(e, ch->iova.v + ((uint64_t)ch->next << DD_PAGE_SHIFT) + offset, n);
    span->slot = ch->slots + ch->next;
    span->pages = (uint32_t)pages;
    ch->next += (uint32_t)pages + 1; /* also when the list fails: a page that was mapped rests */
    dd_ready_map(span->slot, host, n, dir, owner);
    return true;
}

static inline void unmap_spans(const struct record *r)
{
    for (uint32_t i = 0; i < r->count; i++) {
        dd_ready_unmap(r->spans[i].slot, r->spans[i].pages);
    }
}

static __attribute__((noinline)) bool build_mapped(struct dd_quick *q, struct cpu_part *c,
                                                   struct record *r, PMDL mdl,
                         uint64_t left, enum dd_dir dir, struct dd_sg_elem *e,
                         const struct dd_sg_elem *limit)
{
    struct chunk *ch = c->chunk;
    struct span *span = r->spans;
    uint64_t owner;

    if (UNLIKELY(!ch || ch->next + SPANS_MAX * (RANGE_PAGES + 1) > ch->end)) {
        if (!chunk_more(q, c)) {
            return false;
        }
        ch = c->chunk;
    }
    owner = number_next(q, c);
    for (; left > 0 && mdl; mdl = mdl->Next) {
        uint64_t n = dd_min_u64(mdl->ByteCount, left);

        if (n == 0) {
            continue;
        }
        if (UNLIKELY(span == r->spans + SPANS_MAX || e + 1 > limit ||
                     !map_span(q->ha->dev->core.ram, ch, mdl, n, dir, owner, span, e))) {
            break;
        }
        span++;
        e++;
        left -= n;
    }
    r->count = (uint32_t)(span - r->spans);
    if (UNLIKELY(left > 0 || r->count == 0)) {
        unmap_spans(r);
        return false;
    }
    r->chunk = ch;
    ch->lists++;
    return true;
}

/* --- bounced lists --- */

static __attribute__((noinline)) bool pages_more(struct dd_quick *q, struct cpu_part *c)
{
    struct dd_bounce_page got[KEEP_PAGES / 2];
    unsigned n = 0;

    while (n < KEEP_PAGES / 2 && dd_bounce_take(&q->ha->dma.bounce, &got[n]) == 0) {
        n++;
    }
    /* adjacent pages in their order, so that a list may join them */
    for (unsigned i = n; i > 0; i--) {
        c->pages[c->page_count++] = got[i - 1];
    }
    return n > 0;
}

static void page_put(struct dd_quick *q, struct cpu_part *c, const struct dd_bounce_page *page)
{
    if (UNLIKELY(c->page_count == KEEP_PAGES)) {
        while (c->page_count > KEEP_PAGES / 2) {
            dd_bounce_put(&q->ha->dma.bounce, &c->pages[--c->page_count]);
        }
    }
    c->pages[c->page_count++] = *page;
}

static void pieces_put(struct dd_quick *q, struct cpu_part *c, const struct record *r)
{
    for (uint32_t i = r->count; i > 0; i--) {
        page_put(q, c, &r->pieces[i - 1].page);
    }
}

/* bytes of one page; false: no page for them, or they are no RAM */
static bool bounce_piece(struct dd_quick *q, struct cpu_part *c, struct record *r, uint64_t phys,
                         uint64_t n)
{
    struct piece *p = &r->pieces[r->count];

    p->orig = dd_ram_at(q->ha->dev->core.ram, (dd_phys){phys}, n);
    if (UNLIKELY(!p->orig || (c->page_count == 0 && !pages_more(q, c)))) {
        return false;
    }
    p->page = c->pages[--c->page_count];
    p->copy = p->page.bytes + (phys & DD_PAGE_MASK);
    p->len_bytes = n;
    r->count++;
    if (r->to_device) {
        memcpy(p->copy, p->orig, n);
    }
    return true;
}

/* elements so far; @last, @end: the last of them and the byte after it */
struct shape {
    struct dd_sg_elem *last;
    const struct dd_sg_elem *limit;
    uint64_t end;
};

static bool shape_add(struct shape *s, uint64_t address, uint64_t n)
{
    if (address == s->end) { /* below 64 KiB and some: no element becomes too long */
        s->last->length += (uint32_t)n;
    } else {
        if (UNLIKELY(s->last + 2 > s->limit)) {
            return false;
        }
        element_set(++s->last, address, n);
    }
    s->end = address + n;
    return true;
}

static bool bounce_mdl(struct dd_quick *q, struct cpu_part *c, struct record *r, PMDL mdl,
                       uint64_t n, struct shape *s)
{
    const dd_frame *f = (const dd_frame *)dd_mdl_frames(mdl);
    uint64_t offset = mdl->ByteOffset;

    if (UNLIKELY(offset > DD_PAGE_MASK)) {
        return false;
    }
    for (; n > 0; offset = 0, f++) {
        uint64_t now = dd_min_u64(n, DD_PAGE_BYTES - offset);

        if (UNLIKELY(r->count == PIECES_MAX ||
                     !bounce_piece(q, c, r, (*f << DD_PAGE_SHIFT) + offset, now) ||
                     !shape_add(s, r->pieces[r->count - 1].page.phys.v + offset, now))) {
            return false;
        }
        n -= now;
    }
    return true;
}

static __attribute__((noinline)) bool build_bounced(struct dd_quick *q, struct cpu_part *c, struct record *r, PMDL mdl,
                          uint64_t left, struct dd_sg_elem *e, const struct dd_sg_elem *limit,
                          uint32_t *ret_elements)
{
    struct shape s = {e - 1, limit, 0};

    r->count = 0;
    r->bounced = left;
    for (; left > 0 && mdl; mdl = mdl->Next) {
        uint64_t n = dd_min_u64(mdl->ByteCount, left);

        if (n > 0 && UNLIKELY(!bounce_mdl(q, c, r, mdl, n, &s))) {
            break;
        }
        left -= n;
    }
    if (UNLIKELY(left > 0 || r->count == 0 || r->count > q->ha->dma.max_regs)) {
        pieces_put(q, c, r);
        return false;
    }
    dd_mapreg_charge(&q->ha->dev->core.regs, r->count);
    *ret_elements = (uint32_t)(s.last + 1 - e);
    return true;
}

/* --- both --- */

bool dd_quick_build(struct dd_quick *q, unsigned cpu, PMDL mdl, uint64_t len_bytes,
                    enum dd_dir dir, SCATTER_GATHER_LIST *list, uint32_t size_bytes)
{
    struct cpu_part *c = &q->cpu[cpu];
    struct dd_hal_cpu *counters = &q->ha->dev->cpu[cpu];
    struct record *r = c->free;
    const struct dd_sg_elem *limit;
    uint32_t elements;

    if (UNLIKELY(size_bytes < DD_LIST_HEADER_BYTES || (!r && !records_more(q, c)))) {
        return false;
    }
    r = c->free;
    r->to_device = (dir & DD_DIR_TO_DEVICE) != 0;
    limit = (const struct dd_sg_elem *)(const void *)((const uint8_t *)list + size_bytes);
    if (q->translated) {
        r->bounced = 0;
        if (!build_mapped(q, c, r, mdl, len_bytes, dir, elements_of(list), limit)) {
            return false;
        }
        elements = r->count;
    } else if (!build_bounced(q, c, r, mdl, len_bytes, elements_of(list), limit, &elements)) {
        return false;
    }
    c->free = r->next;
    c->free_count--;
    r->live = true;
    list->NumberOfElements = (ULONG)elements;
    list->Reserved = (ULONG_PTR)r | DD_QUICK_MARK;
    counters->s.sg_lists_built++;
    counters->s.sg_elements += elements;
    if (elements > counters->s.sg_elements_max) {
        counters->s.sg_elements_max = elements;
    }
    if (r->to_device) {
        counters->s.bounced_bytes += r->bounced;
        counters->live_sends++;
    }
    return true;
}

static void copy_back(struct record *r)
{
    for (uint32_t i = 0; i < r->count; i++) {
        memcpy(r->pieces[i].orig, r->pieces[i].copy, r->pieces[i].len_bytes);
    }
}

static void record_end(struct record *r, unsigned cpu, bool copy)
{
    struct dd_quick *q = r->q;
    struct cpu_part *c = &q->cpu[cpu];
    struct dd_hal_cpu *counters = &q->ha->dev->cpu[cpu];

    if (q->translated) {
        unmap_spans(r);
        chunk_drop(q, r->chunk, 1);
    } else {
        if (copy && !r->to_device) {
            copy_back(r);
            counters->s.bounced_bytes += r->bounced;
        }
        pieces_put(q, c, r);
        dd_mapreg_discharge(&q->ha->dev->core.regs, r->count);
    }
    counters->s.sg_lists_freed++;
    counters->live_sends -= r->to_device;
}

void dd_quick_put(ULONG_PTR word, unsigned cpu)
{
    struct record *r = (struct record *)(word & ~(ULONG_PTR)7);

    if (LIKELY(r->live)) { /* else freed twice */
        record_end(r, cpu, true);
        record_free(r->q, &r->q->cpu[cpu], r);
    }
}

/* --- the whole --- */

static bool allowed(const struct dd_hal_adapter *ha)
{
    const struct dd_dma_policy *p = ha->dev->core.policy;
    bool merges = p->sgl == DD_SGL_MERGE || p->sgl == DD_SGL_MERGE_IOVA;

    if (p->checked || p->relocate || p->map_registers != 0 || !merges ||
        p->callback != DD_CALLBACK_INLINE) {
        return false;
    }
    if (ha->dev->core.translated) {
        return dd_domain_get_mode(ha->dev->core.domain) == DD_DOMAIN_STRICT &&
               p->bounce != DD_BOUNCE_ALWAYS &&
               ha->dma.reach >= DD_IOVA_BASE + (64ull << 20);
    }
    return p->bounce == DD_BOUNCE_ALWAYS;
}

struct dd_quick *dd_quick_new(struct dd_hal_adapter *ha)
{
    struct dd_quick *q = allowed(ha) ? calloc(1, sizeof(*q)) : NULL;

    if (!q) {
        return NULL;
    }
    q->ha = ha;
    q->translated = ha->dev->core.translated;
    q->cpus = ha->dev->cpus;
    q->cpu = aligned_alloc(64, q->cpus * sizeof(*q->cpu));
    if (!q->cpu) {
        free(q);
        return NULL;
    }
    memset(q->cpu, 0, q->cpus * sizeof(*q->cpu));
    dd_list_init(&q->slabs);
    return q;
}

unsigned dd_quick_live_locked(struct dd_quick *q)
{
    struct dd_list *pos;
    unsigned n = 0;

    DD_LIST_EACH(pos, &q->slabs) {
        const struct slab *s = DD_LIST_ENTRY(pos, struct slab, node);

        for (unsigned i = 0; i < SLAB_RECORDS; i++) {
            n += s->records[i].live;
        }
    }
    return n;
}

/* the records are kept, not live: nothing uses them again */
void dd_quick_close_locked(struct dd_quick *q)
{
    unsigned cpu = dd_cpu_current() % q->cpus;
    struct dd_list *pos;

    DD_LIST_EACH(pos, &q->slabs) {
        struct slab *s = DD_LIST_ENTRY(pos, struct slab, node);

        for (unsigned i = 0; i < SLAB_RECORDS; i++) {
            if (s->records[i].live) {
                s->records[i].live = false;
                record_end(&s->records[i], cpu, false);
            }
        }
    }
    for (unsigned i = 0; i < q->cpus; i++) {
        chunk_retire(q, &q->cpu[i]);
        while (q->cpu[i].page_count > 0) {
            dd_bounce_put(&q->ha->dma.bounce, &q->cpu[i].pages[--q->cpu[i].page_count]);
        }
    }
}

void dd_quick_free(struct dd_quick *q)
{
    struct dd_list *pos;

    while (q && (pos = dd_list_pop(&q->slabs))) {
        struct slab *s = DD_LIST_ENTRY(pos, struct slab, node);

        free(s->records);
        free(s);
    }
    if (q) {
        free(q->cpu);
        free(q);
    }
}
