/* SPDX-License-Identifier: MIT */
/*
 * A network card of QEMU, inside: device.c answers the driver's side, device_open.c hears the
 * machine, makes and unmakes.
 *
 * Gone - removed, or QEMU ended - the card reads all ones and takes nothing. An access counts
 * itself in `users` first and then looks, so that remove() can wait until the card has no user.
 */
#ifndef DD_DEV_QEMU_DEVICE_H
#define DD_DEV_QEMU_DEVICE_H

#include "base/check.h"
#include "base/thread.h"
#include "dev/qemu/i8255x.h"
#include "dev/qemu/kinds.h"
#include "dev/qemu/machine.h"
#include "dev/qemu/pci_regs.h"
#include "dev/qemu/vtd.h"

#include <stdatomic.h>

struct qnic {
    struct dd_dev dev;
    struct dd_qemu_traits traits;
    const char *model;
    struct dd_qemu *q;
    struct dd_vtd *vtd;
    uint64_t bell;      /* where the card sends its messages */
    atomic_bool gone;   /* removed or dead: nobody uses the card any more */
    atomic_bool opened; /* the host has it: it can be told of a death */
    atomic_uint users;
    atomic_bool cable_in;
    _Atomic(uint64_t) deaf_until_ns; /* 0: it hears */
    struct dd_i8255x i8255x;         /* a quirk that the run may ask for */
    struct dd_mutex config;          /* guards the view of q->nic, and the two below */
    bool msix_on, msix_used;
    struct dd_mutex irq; /* guards the two below; held over host->interrupt() */
    enum dd_irq_mode mode;
    bool line;
};

static inline struct qnic *of(struct dd_dev *dev)
{
    return DD_CONTAINER(dev, struct qnic, dev);
}

/* the card may be accessed until leave(). False: it is gone */
static inline bool enter(struct qnic *d)
{
    atomic_fetch_add(&d->users, 1);
    if (atomic_load(&d->gone)) {
        atomic_fetch_sub(&d->users, 1);
        return false;
    }
    return true;
}

static inline void leave(struct qnic *d)
{
    atomic_fetch_sub(&d->users, 1);
}

/* device_open.c: parts of struct dd_dev_ops */
void dd_qnic_remove(struct dd_dev *dev);
int dd_qnic_insert(struct dd_dev *dev);
void dd_qnic_reset(struct dd_dev *dev);
void dd_qnic_close(struct dd_dev *dev);
/* dd_qnic_move_cable - tell QEMU, and wait until it is so */
void dd_qnic_move_cable(struct qnic *d, bool in);
/* device.c */
extern const struct dd_dev_ops dd_qnic_ops;

#endif
