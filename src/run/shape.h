/* SPDX-License-Identifier: MIT */
/* Lays a frame out in memory the way the setting mdl asks for. */
#ifndef DD_RUN_SHAPE_H
#define DD_RUN_SHAPE_H

#include "base/random.h"
#include "ram/ram.h"
#include "run/settings.h"

#include <ndis.h>

struct dd_shaped {
    PMDL chain;
    ULONG data_offset; /* from the start of the chain */
    SIZE_T data_bytes;
};

/* dd_shape_frame - buffers and MDLs for one frame. 0 or -ENOMEM (nothing is left) */
int dd_shape_frame(struct dd_ram *ram, const struct dd_settings *s, struct dd_rng *rng,
                   const void *frame, size_t len_bytes, struct dd_shaped *ret_shaped);
/* dd_shape_flat - a frame in one MDL over a buffer of @room bytes, at least as long as the frame,
 * at its beginning: it crosses the end of a page only when it is longer than one */
int dd_shape_flat(struct dd_ram *ram, const struct dd_settings *s, const void *frame,
                  size_t len_bytes, size_t room_bytes, struct dd_shaped *ret_shaped);
/* dd_shape_again - another frame into the MDL of a frame that dd_shape_flat made */
void dd_shape_again(PMDL mdl, const void *frame, size_t len_bytes, struct dd_shaped *ret_shaped);
/* dd_shape_free - the chain and its buffers */
void dd_shape_free(struct dd_ram *ram, PMDL chain);

#endif
