/* SPDX-License-Identifier: MIT */
/*
 * Page tables of the VT-d: memory only, no registers. Entries change by single 64-bit stores, since
 * the hardware may walk at any moment. A table is made when its first page is mapped, and kept.
 *
 *   iova  38 ... 30 | 29 ... 21 | 20 ... 12 | 11 .. 0
 *            L3         L2          L1         byte
 */
#ifndef DD_DEV_QEMU_VTD_TABLES_H
#define DD_DEV_QEMU_VTD_TABLES_H

#include "base/thread.h"
#include "dev/domain.h"

#include <stdatomic.h>

#define DD_VTD_ADDRESS_BITS 39
#define DD_VTD_ENTRIES      512u
#define DD_VTD_LEAVES       (1u << (DD_VTD_ADDRESS_BITS - 21))
#define DD_VTD_DOMAIN_ID    1u /* 0 is reserved where entries that are not present are cached */
#define DD_VTD_READ         1ull
#define DD_VTD_WRITE        2ull

typedef _Atomic(uint64_t) dd_vtd_entry;

struct dd_vtd_tables {
    struct dd_ram *ram;
    struct dd_mutex lock; /* guards growth */
    dd_phys root, context, top;
    dd_vtd_entry *l3;
    _Atomic(dd_vtd_entry *) *leaves; /* by iova >> 21: the L1 table, NULL: none yet */
    _Atomic(uint64_t) pages;         /* of RAM, all tables together */
};

/* dd_vtd_tables_init - root and context entry of @bdf, nothing mapped. 0 or -ENOMEM */
int dd_vtd_tables_init(struct dd_vtd_tables *t, struct dd_ram *ram, unsigned bdf);
void dd_vtd_tables_done(struct dd_vtd_tables *t);

/**
 * dd_vtd_tables_map - @pages from @iova on lead to @phys and on
 * @access: DD_VTD_READ, DD_VTD_WRITE or both
 *
 * IRQL: up to DISPATCH_LEVEL. Thread safe where the pages are not the same.
 * Return: 0; -ENOMEM, no page for a table; -EINVAL, beyond 39 bits. Then nothing is mapped.
 */
int dd_vtd_tables_map(struct dd_vtd_tables *t, uint64_t iova, uint64_t phys, uint64_t pages,
                      uint64_t access);
/* dd_vtd_tables_unmap - pages that dd_vtd_tables_map() mapped, or some of them; twice is fine */
void dd_vtd_tables_unmap(struct dd_vtd_tables *t, uint64_t iova, uint64_t pages);
/* dd_vtd_tables_entry - of a page; 0: not mapped */
uint64_t dd_vtd_tables_entry(struct dd_vtd_tables *t, uint64_t iova);

#endif
