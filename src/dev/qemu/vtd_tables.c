/* SPDX-License-Identifier: MIT */
#include "dev/qemu/vtd_tables.h"

#include "base/check.h"

#include <errno.h>
#include <stdlib.h>

#define PRESENT          1ull /* of a root or context entry */
#define AGAW_39          1ull /* context entry, high word: three levels */
#define DOMAIN_ID_SHIFT  8
#define ADDRESS          0x000FFFFFFFFFF000ull
#define LEAF_SHIFT       21
#define LEAF_INDEX(iova) ((size_t)((iova) >> LEAF_SHIFT))
#define PAGE_INDEX(iova) ((size_t)((iova) >> DD_PAGE_SHIFT) % DD_VTD_ENTRIES)

/* a page of zeros: seen by us as the device sees it, which sanitizers leave alone */
static dd_vtd_entry *page_new(struct dd_vtd_tables *t, dd_phys *ret_phys)
{
    void *p = dd_ram_alloc(t->ram, DD_PAGE_BYTES, DD_PAGE_BYTES,
                           DD_RAM_CONTIG | DD_RAM_PAGES | DD_RAM_ZERO, UINT64_MAX);

    if (!p) {
        return NULL;
    }
    atomic_fetch_add_explicit(&t->pages, 1, memory_order_relaxed);
    *ret_phys = dd_ram_phys(t->ram, p);
    return dd_ram_at(t->ram, *ret_phys, DD_PAGE_BYTES);
}

static void page_free(struct dd_vtd_tables *t, dd_phys phys)
{
    if (!dd_phys_is_none(phys)) {
        (void)dd_ram_free_block(t->ram, dd_ram_host(t->ram, phys), NULL);
    }
}

static dd_vtd_entry *table_of(struct dd_vtd_tables *t, uint64_t entry)
{
    return dd_ram_at(t->ram, (dd_phys){entry & ADDRESS}, DD_PAGE_BYTES);
}

static void store(dd_vtd_entry *entry, uint64_t value)
{
    atomic_store_explicit(entry, value, memory_order_release);
}

int dd_vtd_tables_init(struct dd_vtd_tables *t, struct dd_ram *ram, unsigned bdf)
{
    dd_vtd_entry *root, *context;

    dd_assert(bdf < 65536);
    *t = (struct dd_vtd_tables){.ram = ram,
                                .root = DD_PHYS_NONE,
                                .context = DD_PHYS_NONE,
                                .top = DD_PHYS_NONE};
    dd_mutex_init(&t->lock);
    /* untouched pages of this array cost address space only */
    t->leaves = calloc(DD_VTD_LEAVES, sizeof(*t->leaves));
    root = t->leaves ? page_new(t, &t->root) : NULL;
    context = root ? page_new(t, &t->context) : NULL;
    t->l3 = context ? page_new(t, &t->top) : NULL;
    if (!t->l3) {
        dd_vtd_tables_done(t);
        return -ENOMEM;
    }
    store(&context[bdf % 256 * 2 + 1], (uint64_t)DD_VTD_DOMAIN_ID << DOMAIN_ID_SHIFT | AGAW_39);
    store(&context[bdf % 256 * 2], t->top.v | PRESENT);
    store(&root[bdf / 256 * 2], t->context.v | PRESENT);
    return 0;
}

static void level_done(struct dd_vtd_tables *t, dd_vtd_entry *table, unsigned levels)
{
    for (unsigned i = 0; i < DD_VTD_ENTRIES; i++) {
        uint64_t e = atomic_load_explicit(&table[i], memory_order_relaxed);

        if (e != 0) {
            if (levels > 1) {
                level_done(t, table_of(t, e), levels - 1);
            }
            page_free(t, (dd_phys){e & ADDRESS});
        }
    }
}

void dd_vtd_tables_done(struct dd_vtd_tables *t)
{
    if (t->l3) {
        level_done(t, t->l3, 2);
    }
    page_free(t, t->top);
    page_free(t, t->context);
    page_free(t, t->root);
    free(t->leaves);
    dd_mutex_done(&t->lock);
    *t = (struct dd_vtd_tables){0};
}

/* the table that @entry leads to, made if it is not there */
static dd_vtd_entry *step_locked(struct dd_vtd_tables *t, dd_vtd_entry *entry)
{
    uint64_t e = atomic_load_explicit(entry, memory_order_relaxed);
    dd_vtd_entry *table;
    dd_phys phys;

    if (e != 0) {
        return table_of(t, e);
    }
    table = page_new(t, &phys);
    if (table) {
        store(entry, phys.v | DD_VTD_READ | DD_VTD_WRITE);
    }
    return table;
}

static int leaf_make(struct dd_vtd_tables *t, size_t leaf)
{
    dd_vtd_entry *l2, *l1 = NULL;

    dd_mutex_lock(&t->lock);
    l2 = step_locked(t, &t->l3[leaf / DD_VTD_ENTRIES]);
    if (l2) {
        l1 = step_locked(t, &l2[leaf % DD_VTD_ENTRIES]);
    }
    if (l1) {
        atomic_store_explicit(&t->leaves[leaf], l1, memory_order_release);
    }
    dd_mutex_unlock(&t->lock);
    return l1 ? 0 : -ENOMEM;
}

static dd_vtd_entry *leaf_at(struct dd_vtd_tables *t, size_t leaf)
{
    return atomic_load_explicit(&t->leaves[leaf], memory_order_acquire);
}

static bool in_reach(uint64_t iova, uint64_t pages)
{
    uint64_t most = 1ull << (DD_VTD_ADDRESS_BITS - DD_PAGE_SHIFT), first = iova >> DD_PAGE_SHIFT;

    return pages > 0 && pages <= most && first <= most - pages;
}

int dd_vtd_tables_map(struct dd_vtd_tables *t, uint64_t iova, uint64_t phys, uint64_t pages,
                      uint64_t access)
{
    if (!in_reach(iova, pages)) {
        return -EINVAL;
    }
    for (size_t leaf = LEAF_INDEX(iova); leaf <= LEAF_INDEX(iova + ((pages - 1) << DD_PAGE_SHIFT));
         leaf++) {
        int r = leaf_at(t, leaf) ? 0 : leaf_make(t, leaf);

        if (r < 0) {
            return r;
        }
    }
    for (; pages > 0; pages--, iova += DD_PAGE_BYTES, phys += DD_PAGE_BYTES) {
        store(&leaf_at(t, LEAF_INDEX(iova))[PAGE_INDEX(iova)], (phys & ADDRESS) | access);
    }
    return 0;
}

void dd_vtd_tables_unmap(struct dd_vtd_tables *t, uint64_t iova, uint64_t pages)
{
    dd_assert(in_reach(iova, pages));
    for (; pages > 0; pages--, iova += DD_PAGE_BYTES) {
        dd_vtd_entry *leaf = leaf_at(t, LEAF_INDEX(iova));

        if (leaf) {
            store(&leaf[PAGE_INDEX(iova)], 0);
        }
    }
}

uint64_t dd_vtd_tables_entry(struct dd_vtd_tables *t, uint64_t iova)
{
    dd_vtd_entry *leaf = in_reach(iova, 1) ? leaf_at(t, LEAF_INDEX(iova)) : NULL;

    return leaf ? atomic_load_explicit(&leaf[PAGE_INDEX(iova)], memory_order_relaxed) : 0;
}
