/* SPDX-License-Identifier: MIT */
/* Inside src/dma: the operations a dd_dma can have. */
#ifndef DD_DMA_BUILD_H
#define DD_DMA_BUILD_H

#include "dma/core.h"

const struct dd_dma_ops *dd_build_ops(const struct dd_dma_policy *policy, bool translated);

/* shape.c - one run of memory becomes elements. @phys: where the bytes lie (their bounce page if
 * bounced). 0 or -ENOMEM */
int dd_shape_emit(struct dd_sg_build *b, uint64_t address, uint64_t phys, uint32_t len_bytes);

/* xfer.c */
void dd_xfer_init(struct dd_xfer *x, struct dd_dma *dma);
/* dd_xfer_piece - a new zeroed piece, or NULL */
struct dd_piece *dd_xfer_piece(struct dd_xfer *x);
void dd_xfer_undo(struct dd_xfer *x, bool copy_back);

#endif
