/* SPDX-License-Identifier: MIT */
/* Packet DMA, between packet_map.c and packet_build.c: what is mapped with map registers. */
#ifndef DD_HAL_PACKET_MAP_H
#define DD_HAL_PACKET_MAP_H

#include "hal/hal_int.h"

/* what one call mapped */
struct dd_mapping {
    struct dd_list node;
    PMDL mdl;
    uint64_t offset, len_bytes, pages;
    enum dd_dir dir;
    struct dd_common *copy; /* no scatter/gather, and not one run */
    struct dd_isa_channel *isa;
    struct dd_xfer x;
};

/* dd_mapping_fit - bytes of the chain that so many pages can hold, at most @len_bytes */
uint64_t dd_mapping_fit(PMDL mdl, uint64_t offset, uint64_t len_bytes, uint64_t pages);

/**
 * dd_mapping_build - map it
 * @m: mdl, offset, len_bytes and dir are set; len_bytes gets less when not all of it fits
 * @elems, @cap: where the elements go, and how many fit
 *
 * IRQL: DISPATCH_LEVEL.
 * Return: elements written; -ENOMEM, -ENOBUFS, -ERANGE as dd_sg_add(), or what
 * dd_isa_channel_start() says: nothing is mapped. Ownership: ends with dd_mapping_end().
 */
int64_t dd_mapping_build(struct dd_hal_io *io, struct dd_mapping *m, struct dd_sg_elem *elems,
                         uint64_t cap);
/* dd_mapping_end - the device loses it; @copy_back: received data that were copied come back. Frees
 * @m */
void dd_mapping_end(struct dd_mapping *m, bool copy_back);

#endif
