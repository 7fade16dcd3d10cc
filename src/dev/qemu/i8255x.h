/* SPDX-License-Identifier: MIT */
/*
 * The quirk "i8255x-rx-status": what QEMU's 8255x leaves out of a receive frame descriptor.
 *
 * A real part sets EOF and F, bits 15 and 14 of the actual count, when a frame is complete; the
 * model sets neither. With the quirk the back end puts them there. It follows the receive unit by
 * the driver's own register writes (load base, start, abort, reset) and the descriptors' links, and
 * looks after each read and each acknowledgement of the status word, so a driver that waits for an
 * interrupt, or polls the status, finds them set. One that polls memory alone does not.
 *
 * And a frame waits, as on any other card here, until the receive unit is ready and has taken the
 * last one: the model throws away what comes while it is not.
 */
#ifndef DD_DEV_QEMU_I8255X_H
#define DD_DEV_QEMU_I8255X_H

#include "base/thread.h"
#include "dev/domain.h"
#include "dev/qemu/machine.h"

#include <stdatomic.h>
#include <stdbool.h>

#define DD_I8255X_QUIRK "i8255x-rx-status"

struct dd_i8255x {
    bool on;
    struct dd_mutex lock; /* guards the rest */
    bool running;
    uint32_t base, pointer, next;
    atomic_bool held; /* a frame was refused: the host waits to be told */
};

/* dd_i8255x_ready - is the receive unit, by the status word */
static inline bool dd_i8255x_ready(uint64_t status)
{
    return (status >> 2 & 15u) == 4u;
}

/* dd_i8255x_find - how many descriptors are complete and lack the bits */
unsigned dd_i8255x_find(struct dd_i8255x *x, struct dd_domain *domain);
/* dd_i8255x_mark - set the bits of so many, and go on behind them */
void dd_i8255x_mark(struct dd_i8255x *x, struct dd_domain *domain, unsigned count);
/* dd_i8255x_wrote - the driver wrote registers. True: it may have acknowledged an interrupt */
bool dd_i8255x_wrote(struct dd_i8255x *x, uint64_t offset, unsigned width, uint64_t value);
/* dd_i8255x_settle - after an acknowledgement: mark all that the card had completed by then */
void dd_i8255x_settle(struct dd_i8255x *x, struct dd_domain *domain, struct dd_qemu *q);

#endif
