/* SPDX-License-Identifier: MIT */
/* Lists of the unchecked middle way: hal/quick.h. */
#include "hal/quick_int.h"

#include <stdlib.h>

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

/* --- both --- */

bool dd_quick_build(struct dd_quick *q, unsigned cpu, PMDL mdl, uint64_t len_bytes, enum dd_dir dir,
                    SCATTER_GATHER_LIST *list, uint32_t size_bytes)
{
    struct cpu_part *c = &q->cpu[cpu];
    struct dd_hal_cpu *counters = &q->counters[cpu];
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
        if (!dd_quick_build_mapped(q, c, r, mdl, len_bytes, dir, elements_of(list), limit)) {
            return false;
        }
        elements = r->count;
    } else if (!dd_quick_build_bounced(q, c, r, mdl, len_bytes, elements_of(list), limit,
                                       &elements)) {
        return false;
    }
    c->free = r->next;
    c->free_count--;
    r->live = true;
    list->NumberOfElements = (ULONG)elements;
    list->Reserved = (ULONG_PTR)r | DD_QUICK_MARK;
    dd_quick_count(counters, elements, r->to_device);
    if (r->to_device) {
        counters->s.bounced_bytes += r->bounced;
    }
    return true;
}

static void copy_back(struct record *r)
{
    for (uint32_t i = 0; i < r->count; i++) {
        memcpy(r->pieces[i].orig, r->pieces[i].copy, r->pieces[i].len_bytes);
    }
}

static __attribute__((noinline)) void bounced_end(struct record *r, unsigned cpu, bool copy)
{
    struct dd_quick *q = r->q;

    if (copy && !r->to_device) {
        copy_back(r);
        q->counters[cpu].s.bounced_bytes += r->bounced;
    }
    dd_quick_pieces_put(q, &q->cpu[cpu], r);
    dd_mapreg_discharge(&q->ha->dev->core.regs, r->count);
}

static inline void record_end(struct record *r, unsigned cpu, bool copy)
{
    struct dd_quick *q = r->q;

    if (LIKELY(q->translated)) {
        dd_quick_unmap_spans(r);
        dd_quick_chunk_drop(q, r->chunk, 1);
    } else {
        bounced_end(r, cpu, copy);
    }
    q->counters[cpu].s.sg_lists_freed++;
    q->counters[cpu].live_sends -= r->to_device;
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
               !dd_domain_has_mmu(ha->dev->core.domain) && p->bounce != DD_BOUNCE_ALWAYS &&
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
    dd_mutex_init(&q->chunk_lock);
    q->low_bytes = dd_ram_low_end(ha->dev->core.ram) - DD_PHYS_BASE;
    q->low = dd_ram_at(ha->dev->core.ram, (dd_phys){DD_PHYS_BASE}, q->low_bytes);
    q->counters = ha->dev->cpu;
    q->cpu = aligned_alloc(_Alignof(struct cpu_part), q->cpus * sizeof(*q->cpu));
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
        dd_quick_chunk_retire(q, &q->cpu[i]);
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
        dd_quick_chunks_free(q);
        dd_mutex_done(&q->chunk_lock);
        free(q->cpu);
        free(q);
    }
}
