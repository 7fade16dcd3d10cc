/* SPDX-License-Identifier: MIT */
/*
 * A QEMU machine with one NIC in it: a processor that halts, our RAM, a doorbell for interrupt
 * messages, perhaps a VT-d. The NIC is in a slot of its own, behind a PCI Express port, and can be
 * taken out of there and put in while the machine runs:
 *
 *   bus 0 -+- port --- bus 1 --- NIC
 *          +- doorbell
 *
 *   thread qemu-bus    starts the process (and so is what it dies with); takes in register replies,
 *                      interrupt lines, doorbells, the monitor's words, standard error
 *   thread qemu-wire   frames from the card
 *
 * Physical addresses are those of struct dd_ram. When the process ends, however it does, dead() is
 * called once, and everything here goes on answering: see bus.h.
 */
#ifndef DD_DEV_QEMU_MACHINE_H
#define DD_DEV_QEMU_MACHINE_H

#include "dev/qemu/bus.h"
#include "dev/qemu/doorbell.h"
#include "dev/qemu/pci.h"
#include "dev/qemu/process.h"
#include "dev/qemu/qmp.h"
#include "dev/qemu/qtest.h"
#include "dev/qemu/wire.h"
#include "ram/ram.h"

#include "base/thread.h"

#include <stdatomic.h>

#define DD_QEMU_PORT_SLOT 3u
#define DD_QEMU_BELL_SLOT 4u
#define DD_QEMU_PORT_BDF  (DD_QEMU_PORT_SLOT << 3)
#define DD_QEMU_BELL_BDF  (DD_QEMU_BELL_SLOT << 3)
#define DD_QEMU_NIC_BDF   (1u << 8) /* the only slot that a port has */
/* the address of interrupt messages, as a bus address of the machine */
#define DD_QEMU_BELL(q) ((q)->bell.bars[0].base + DD_DOORBELL_REGISTER)

struct dd_qemu_config {
    const char *program; /* must outlive the machine */
    const char *model;   /* as QEMU lists it; must outlive the machine */
    uint8_t mac[6];
    struct dd_ram *ram;
    bool iommu; /* with a VT-d */
    void *arg;
    /* bus thread; none of them may access a register or block */
    void (*line)(void *arg, bool level);         /* the card's interrupt pin, each change */
    void (*message)(void *arg, unsigned vector); /* once for each message */
    void (*dead)(void *arg, const char *why);    /* one line: how QEMU ended */
    /* wire thread */
    void (*frame)(void *arg, const void *frame, size_t len_bytes);
    void (*room)(void *arg);
};

struct dd_qemu {
    struct dd_qemu_config config;
    struct dd_process process; /* bus thread */
    struct dd_doorbell doorbell;
    struct dd_qtest *qtest;
    struct dd_qmp *qmp;
    struct dd_qwire *wire;
    struct dd_qpci_bus pci, behind; /* bus 0; bus 1 */
    struct dd_qpci nic, bell;
    unsigned slot; /* the port's registers for its slot, in config space */
    struct dd_thread *thread;
    int epoll_fd, wake_fd, qtest_fd, qmp_fd, bell_fd; /* our ends; -1: not open */
    int rom_fd;
    int their_fds[4]; /* QEMU's ends, until it has them: qtest, qmp, wire, doorbell */
    uint64_t lines;   /* bus thread: interrupt inputs that are high */
    atomic_bool stop, closing, rung;
    struct dd_mutex lock; /* guards the three below */
    struct dd_cond moved;
    bool started;
    int start_result;
    char why[320]; /* how it ended, once it has */
};

/* dd_qemu_open - start, wait until it answers, set PCI up. 0; -Exxx and a line in @why */
int dd_qemu_open(const struct dd_qemu_config *config, struct dd_qemu **ret_qemu, char *why,
                 size_t why_bytes);
/* dd_qemu_explain - a dead machine's end goes into @why, one line, in place of what is there; waits
 * until it is known */
void dd_qemu_explain(struct dd_qemu *q, char *why, size_t why_bytes);
/* dd_qemu_close - no callback runs when it returns, but for frames that were on the way, which are
 * given out in it. NULL is fine */
void dd_qemu_close(struct dd_qemu *q);
/* dd_qemu_port_read, _write - as dd_qemu_read and _write, for an I/O port; @width up to 4 */
uint32_t dd_qemu_port_read(struct dd_qemu *q, uint16_t port, unsigned width);
void dd_qemu_port_write(struct dd_qemu *q, uint16_t port, unsigned width, uint32_t value);
/* dd_qemu_pull_nic - when it returns the card is out: no access to memory, no interrupt, no config
 * space. Nobody uses its registers at this time; they would read 0 from now on */
void dd_qemu_pull_nic(struct dd_qemu *q);
/* dd_qemu_push_nic - another card of the same kind, as at power on, at the same addresses. The
 * caller points its messages. 0; -EIO, QEMU refused or it does not show; -ENODEV, dead; -ENOMEM */
int dd_qemu_push_nic(struct dd_qemu *q);

/* --- between the files of the machine --- */

/* command.c: the command line; dd_qemu_args_done() frees it. NULL: no memory, or RAM that this
 * machine cannot have (a line in @why) */
struct dd_qemu_args {
    char *argv[64];
    unsigned count;
};
int dd_qemu_args_make(const struct dd_qemu *q, struct dd_qemu_args *ret_args, char *why,
                      size_t why_bytes);
void dd_qemu_args_done(struct dd_qemu_args *args);
/* a file with a processor's first instructions: stop, for ever. A descriptor, or -Exxx */
int dd_qemu_make_rom(void);
/* board.c: chipset, bridge, NIC and doorbell by registers. 0 or -Exxx and a line in @why */
int dd_qemu_set_up_board(struct dd_qemu *q, char *why, size_t why_bytes);
/* slot.c: the port and the card in its slot. 0 or -Exxx as of dd_qpci_init() */
int dd_qemu_set_up_slot(struct dd_qemu *q);

#endif
