/* SPDX-License-Identifier: MIT */
/*
 * A VT-d to test against: registers, an invalidation queue, a cache of translations that really
 * keeps old ones, fault records. It knows the formats from the manual and shares no code with
 * src/dev/qemu; it stands in for dd_qemu_read() and dd_qemu_write().
 */
#ifndef VTD_MODEL_H
#define VTD_MODEL_H

#include "ram/ram.h"

#include <stdbool.h>
#include <stdint.h>

struct vtd_model {
    struct dd_ram *ram;
    uint64_t cap, ecap;
    bool dead;
    bool refuse_translate; /* the enable bit never shows */
    bool slow;             /* looks at its queue only when a register is read */
    bool stuck;            /* never looks at its queue */
    bool queue_error;      /* stops at the next descriptor */
    /* state */
    uint32_t gsts, fsts;
    uint64_t rtaddr, iqa, iqt, iqh, root;
    uint64_t fault_low, fault_high;
    /* what happened */
    unsigned reads, tails, page_invals, domain_invals, global_invals, waits, hidden_faults;
};

/* vtd_model_init - as QEMU's: 39 bits, one fault record, queued invalidation, no caching mode */
void vtd_model_init(struct vtd_model *m, struct dd_ram *ram);
/* the machine the dd_qemu_* functions speak to; NULL: none (all ones) */
void vtd_model_use(struct vtd_model *m);

/* vtd_model_walk - the physical address and rights (1 read, 2 write) @iova leads to by the tables
 * alone. False: nowhere */
bool vtd_model_walk(struct vtd_model *m, unsigned bdf, uint64_t iova, uint64_t *ret_phys,
                    unsigned *ret_rights);

/* vtd_model_dma - one access of the device inside one page, through the cache. False: refused, and
 * recorded */
bool vtd_model_dma(struct vtd_model *m, unsigned bdf, uint64_t iova, bool write,
                   uint64_t *ret_phys);

#endif
