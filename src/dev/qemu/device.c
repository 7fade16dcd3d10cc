/* SPDX-License-Identifier: MIT */
/*
 * A network card of QEMU behind the device contract.
 *
 *   ops (any thread) --> registers, config space --> machine.h
 *   machine.h (its threads) --> host: interrupts, frames, the end
 *
 * Interrupt messages reach us through the doorbell whatever the platform writes as their address:
 * the config space and MSI-X table it sees are a view (pci.h).
 */
#include "dev/qemu/device.h"

#include "base/clock.h"

#include <errno.h>

#define RCTL           0x100u
#define AT_ONCE_END    12u /* behind command, general pointer and PORT of the 8255x */
#define DEAF_NS        (1050 * DD_NS_PER_MS)
#define SWITCH_WAIT_NS (20 * DD_NS_PER_MS) /* a throttle timer runs 16.8 ms at most */
#define POLL_FAULTS_NS (100 * DD_NS_PER_MS)
#define POLL_RU_NS     (DD_NS_PER_MS / 5)

static uint64_t ones(unsigned width)
{
    return UINT64_MAX >> (64 - 8 * width);
}

/* --- config space --- */

static uint32_t nic_config_read(struct dd_dev *dev, unsigned offset, unsigned width)
{
    struct qnic *d = of(dev);
    uint32_t v = (uint32_t)ones(width);

    if (enter(d)) {
        dd_mutex_lock(&d->config);
        v = dd_qpci_config_read(&d->q->nic, offset, width);
        dd_mutex_unlock(&d->config);
        leave(d);
    }
    return v;
}

/* does this write switch MSI-X? With a timer of the card still running it has to wait */
static void before_switch(struct qnic *d, unsigned offset, unsigned width, uint32_t value)
{
    unsigned at = d->q->nic.msix + 3; /* the byte with the enable bit */
    bool on;

    if (d->q->nic.msix == 0 || at < offset || at >= offset + width) {
        return;
    }
    on = (value >> (8 * (at - offset)) & (PCI_MSIX_ENABLE >> 8)) != 0;
    if (on == d->msix_on) {
        return;
    }
    if (d->traits.slow_msix_switch && d->msix_used) {
        dd_qemu_flush(d->q);
        dd_thread_sleep_until(dd_clock_ns() + SWITCH_WAIT_NS);
    }
    d->msix_on = on;
    d->msix_used = true;
}

static void nic_config_write(struct dd_dev *dev, unsigned offset, unsigned width, uint32_t value)
{
    struct qnic *d = of(dev);

    if (enter(d)) {
        dd_mutex_lock(&d->config);
        before_switch(d, offset, width, value);
        dd_qpci_config_write(&d->q->nic, offset, width, value);
        dd_mutex_unlock(&d->config);
        leave(d);
    }
}

/* --- registers --- */

static bool inside(const struct qnic *d, unsigned bar, uint64_t offset, unsigned width)
{
    return bar < 6 && offset < d->q->nic.bars[bar].size_bytes &&
           width <= d->q->nic.bars[bar].size_bytes - offset;
}

static uint64_t port_read(struct dd_qemu *q, uint16_t port, unsigned width)
{
    if (width <= 4) {
        return dd_qemu_port_read(q, port, width);
    }
    return dd_qemu_port_read(q, port, 4) | (uint64_t)dd_qemu_port_read(q, (uint16_t)(port + 4), 4)
                                               << 32;
}

static void port_write(struct dd_qemu *q, uint16_t port, unsigned width, uint64_t value)
{
    dd_qemu_port_write(q, port, width <= 4 ? width : 4, (uint32_t)value);
    if (width > 4) {
        dd_qemu_port_write(q, (uint16_t)(port + 4), 4, (uint32_t)(value >> 32));
    }
}

static uint64_t read_entered(struct qnic *d, unsigned bar, uint64_t offset, unsigned width)
{
    struct dd_qpci *p = &d->q->nic;
    const struct dd_bar *b;
    uint64_t v;

    if (!inside(d, bar, offset, width)) {
        return ones(width);
    }
    b = &p->bars[bar];
    if (dd_qpci_in_table(p, bar, offset, width)) {
        dd_mutex_lock(&d->config);
        v = dd_qpci_table_read(p, offset, width);
        dd_mutex_unlock(&d->config);
        return v;
    }
    return b->io ? port_read(d->q, (uint16_t)(b->base + offset), width)
                 : dd_qemu_read(d->q, b->base + offset, width);
}

static uint64_t nic_bar_read(struct dd_dev *dev, unsigned bar, uint64_t offset, unsigned width)
{
    struct qnic *d = of(dev);
    uint64_t v = ones(width);

    if (enter(d)) {
        /* offset 0 and 1: the status word of the 8255x, in both BARs */
        bool look = d->i8255x.on && offset < 2;
        unsigned n = look ? dd_i8255x_find(&d->i8255x, d->dev.host->domain) : 0;

        v = read_entered(d, bar, offset, width);
        if (n > 0) {
            dd_i8255x_mark(&d->i8255x, d->dev.host->domain, n);
        }
        leave(d);
    }
    return v;
}

static void write_entered(struct qnic *d, unsigned bar, uint64_t offset, unsigned width,
                          uint64_t value)
{
    struct dd_qpci *p = &d->q->nic;
    const struct dd_bar *b;

    if (!inside(d, bar, offset, width)) {
        return;
    }
    b = &p->bars[bar];
    if (dd_qpci_in_table(p, bar, offset, width)) {
        dd_mutex_lock(&d->config);
        dd_qpci_table_write(p, offset, width, value);
        dd_mutex_unlock(&d->config);
        return;
    }
    if (b->io) {
        port_write(d->q, (uint16_t)(b->base + offset), width, value);
    } else {
        dd_qemu_write(d->q, b->base + offset, width, value);
    }
    if (d->traits.deaf_after_rctl && bar == 0 && offset == RCTL) {
        atomic_store(&d->deaf_until_ns, d->dev.host->now_ns(d->dev.host->arg) + DEAF_NS);
        d->dev.host->kick(d->dev.host->arg);
    }
}

static void nic_bar_write(struct dd_dev *dev, unsigned bar, uint64_t offset, unsigned width,
                          uint64_t value)
{
    struct qnic *d = of(dev);

    if (enter(d)) {
        bool ack = d->i8255x.on && dd_i8255x_wrote(&d->i8255x, offset, width, value);

        write_entered(d, bar, offset, width, value);
        if (d->traits.command_at_once && offset < AT_ONCE_END) {
            dd_qemu_flush(d->q);
        }
        if (ack) {
            dd_i8255x_settle(&d->i8255x, d->dev.host->domain, d->q);
        }
        leave(d);
    }
}

/* --- frames, time --- */

/* the receive unit has taken every frame it was sent, and takes one more. The read of the status
 * comes back after QEMU has done with what it had taken from the socket before */
static bool unit_is_ready(struct qnic *d)
{
    return dd_qwire_waiting(d->q->wire) == 0 && dd_i8255x_ready(read_entered(d, 0, 0, 2));
}

static void look_at_unit(struct qnic *d)
{
    bool ready = false;

    if (enter(d)) {
        ready = unit_is_ready(d);
        leave(d);
    }
    if (ready) {
        atomic_store(&d->i8255x.held, false);
        d->dev.host->receive_ready(d->dev.host->arg);
    }
}

static uint64_t nic_service(struct dd_dev *dev)
{
    struct qnic *d = of(dev);
    uint64_t now = d->dev.host->now_ns(d->dev.host->arg), next = UINT64_MAX;
    uint64_t deaf = atomic_load(&d->deaf_until_ns);

    if (deaf != 0 && now < deaf) {
        next = deaf;
    } else if (deaf != 0 && atomic_compare_exchange_strong(&d->deaf_until_ns, &deaf, 0)) {
        d->dev.host->receive_ready(d->dev.host->arg);
    }
    if (atomic_load(&d->i8255x.held)) {
        look_at_unit(d);
        next = dd_min_u64(next, now + POLL_RU_NS);
    }
    if (d->vtd && enter(d)) {
        dd_vtd_poll(d->vtd);
        leave(d);
        next = dd_min_u64(next, now + POLL_FAULTS_NS);
    }
    return next;
}

static int nic_receive(struct dd_dev *dev, const void *frame, size_t len_bytes)
{
    struct qnic *d = of(dev);
    int r = -ENODEV;

    if (!enter(d)) {
        return r;
    }
    if (!atomic_load(&d->cable_in)) {
        r = -ENETDOWN;
    } else if (atomic_load(&d->deaf_until_ns) != 0) {
        r = -EAGAIN; /* service() says when it hears again */
    } else if (d->i8255x.on && !unit_is_ready(d)) {
        atomic_store(&d->i8255x.held, true);
        d->dev.host->kick(d->dev.host->arg);
        r = -EAGAIN;
    } else {
        r = dd_qwire_send(d->q->wire, frame, len_bytes);
    }
    leave(d);
    return r;
}

static uint64_t nic_waiting(struct dd_dev *dev)
{
    struct qnic *d = of(dev);
    uint64_t bytes = 0;

    if (enter(d)) {
        bytes = dd_qwire_waiting(d->q->wire);
        leave(d);
    }
    return bytes;
}

static void nic_set_link(struct dd_dev *dev, bool up)
{
    struct qnic *d = of(dev);

    if (up != atomic_load(&d->cable_in) && enter(d)) {
        if (!up) {
            atomic_store(&d->cable_in, false);
        }
        dd_qnic_move_cable(d, up);
        atomic_store(&d->cable_in, up);
        leave(d);
    }
}

static void nic_set_irq_mode(struct dd_dev *dev, enum dd_irq_mode mode, unsigned vectors)
{
    struct qnic *d = of(dev);

    (void)vectors;
    dd_mutex_lock(&d->irq);
    d->mode = mode;
    if (mode == DD_IRQ_LINE && d->line && !atomic_load(&d->gone)) {
        d->dev.host->interrupt(d->dev.host->arg, 0, true);
    }
    dd_mutex_unlock(&d->irq);
    if (d->vtd) {
        d->dev.host->kick(d->dev.host->arg); /* from now on faults are looked for */
    }
}

static void nic_freeze(struct dd_dev *dev, bool frozen)
{
    /* the machine's, card or no card */
    (void)dd_qmp_run(of(dev)->q->qmp, frozen ? "stop" : "cont", NULL);
}

const struct dd_dev_ops dd_qnic_ops = {
    .config_read = nic_config_read,
    .config_write = nic_config_write,
    .bar_read = nic_bar_read,
    .bar_write = nic_bar_write,
    .service = nic_service,
    .receive = nic_receive,
    .waiting = nic_waiting,
    .set_link = nic_set_link,
    .set_irq_mode = nic_set_irq_mode,
    .reset = dd_qnic_reset,
    .remove = dd_qnic_remove,
    .insert = dd_qnic_insert,
    .freeze = nic_freeze,
    .close = dd_qnic_close,
};
