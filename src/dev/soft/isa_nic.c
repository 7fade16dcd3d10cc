/* SPDX-License-Identifier: MIT */
/* soft:isanic: registers, interrupt line, wire, life. */
#include "isa_nic.h"

#include "seam/seam.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct dd_isanic *of(struct dd_dev *dev)
{
    return DD_CONTAINER(dev, struct dd_isanic, dev);
}

/* --- the line --- */

static uint16_t events_locked(const struct dd_isanic *d)
{
    bool ready = d->count > 0 && !d->rx.active && (d->control & (CT_RX | CT_STREAM)) == CT_RX;

    return (uint16_t)((d->status & ST_EVENTS) | (ready ? ST_RX_READY : 0));
}

/* the lock is not held */
static void tell_line(struct dd_isanic *d)
{
    bool level;

    dd_mutex_lock(&d->irq_lock);
    dd_mutex_lock(&d->lock);
    level = !d->removed && (events_locked(d) & d->imask) != 0;
    dd_mutex_unlock(&d->lock);
    if (level != d->line_told) {
        d->line_told = level;
        d->dev.host->interrupt(d->dev.host->arg, 0, level);
    }
    dd_mutex_unlock(&d->irq_lock);
}

/* --- registers --- */

static void power_on_locked(struct dd_isanic *d)
{
    d->status = d->imask = d->control = d->txlen = d->burst = 0;
    d->credit = 0;
    d->tx.active = d->rx.active = false;
    d->tx.paused = d->rx.paused = false;
    d->tx_whole = false;
    d->rx_room = d->rx_room || d->rx_blocked;
    d->rx_blocked = false;
    d->head = d->count = 0;
    memcpy(d->mac, d->dev.info.mac, sizeof(d->mac));
}

static void command_locked(struct dd_isanic *d, uint16_t bits)
{
    if ((bits & CMD_RESET) != 0) {
        power_on_locked(d);
    }
    if ((bits & CMD_TX_STOP) != 0) {
        d->tx.active = d->tx_whole = false;
    }
    if ((bits & CMD_RX_STOP) != 0) {
        d->rx.active = false;
    }
    if ((bits & CMD_RX_DROP) != 0 && d->count > 0 && !d->rx.active) {
        dd_nic_pop_locked(d);
    }
    if ((bits & CMD_RESUME) != 0) {
        d->tx.paused = d->rx.paused = false;
    }
    if ((bits & CMD_TX) != 0 && !d->tx.active && !d->tx_whole && d->txlen >= NIC_MIN_FRAME &&
        d->txlen <= NIC_MAX_FRAME) {
        dd_nic_start_locked(d, &d->tx, d->txlen);
    }
    if ((bits & CMD_RX) != 0 && !d->rx.active && d->count > 0 && (d->control & CT_STREAM) == 0) {
        dd_nic_start_locked(d, &d->rx, (uint32_t)dd_align_up(d->fifo[d->head].len, 2));
    }
}

static uint16_t read_locked(const struct dd_isanic *d, unsigned reg)
{
    switch (reg) {
    case NIC_COMMAND:
    case NIC_CREDIT:
        return 0;
    case NIC_STATUS:
        return (uint16_t)(events_locked(d) | (d->link ? ST_LINK : 0) |
                          (d->tx.active || d->tx_whole ? ST_TX_BUSY : 0) |
                          (d->rx.active ? ST_RX_BUSY : 0));
    case NIC_IMASK:
        return d->imask;
    case NIC_CONTROL:
        return d->control;
    case NIC_TXLEN:
        return d->txlen;
    case NIC_RXLEN:
        return d->count > 0 ? d->fifo[d->head].len : 0;
    case NIC_BURST:
        return d->burst;
    case NIC_MAC:
    case NIC_MAC + 2:
    case NIC_MAC + 4:
        return (uint16_t)(d->mac[reg - NIC_MAC] | d->mac[reg - NIC_MAC + 1] << 8);
    case NIC_VERSION_REG:
        return NIC_VERSION;
    default:
        return 0xFFFF;
    }
}

static void write_locked(struct dd_isanic *d, unsigned reg, uint16_t value)
{
    switch (reg) {
    case NIC_COMMAND:
        command_locked(d, value);
        break;
    case NIC_STATUS:
        d->status = (uint16_t)(d->status & ~value);
        break;
    case NIC_IMASK:
        d->imask = value;
        break;
    case NIC_CONTROL:
        d->control = value;
        break;
    case NIC_TXLEN:
        d->txlen = value;
        break;
    case NIC_BURST:
        d->burst = value;
        break;
    case NIC_CREDIT:
        d->credit += value;
        break;
    case NIC_MAC:
    case NIC_MAC + 2:
    case NIC_MAC + 4:
        d->mac[reg - NIC_MAC] = (uint8_t)value;
        d->mac[reg - NIC_MAC + 1] = (uint8_t)(value >> 8);
        break;
    default:
        break;
    }
}

/* ports are accessed in words; a byte is half a word, and two words lie one behind the other */
static uint64_t nic_bar_read(struct dd_dev *dev, unsigned bar, uint64_t offset, unsigned width)
{
    struct dd_isanic *d = of(dev);
    uint64_t value = 0;

    (void)bar;
    dd_mutex_lock(&d->lock);
    for (unsigned i = 0; i < width; i++) {
        unsigned at = (unsigned)offset + i;
        uint16_t word = d->removed || at >= NIC_PORTS ? 0xFFFF : read_locked(d, at & ~1u);

        value |= (uint64_t)(uint8_t)(word >> 8 * (at % 2)) << 8 * i;
    }
    dd_mutex_unlock(&d->lock);
    return value;
}

/* a byte leaves the other half as it is, except where writing is an order */
static void write_part_locked(struct dd_isanic *d, unsigned at, unsigned width, uint16_t value)
{
    unsigned reg = at & ~1u;
    bool order = reg == NIC_COMMAND || reg == NIC_STATUS || reg == NIC_CREDIT;
    uint16_t old = width < 2 && !order ? read_locked(d, reg) : 0;

    if (width < 2) {
        value =
            (uint16_t)(at % 2 == 0 ? (old & 0xFF00) | (value & 0xFF) : (old & 0xFF) | value << 8);
    }
    write_locked(d, reg, value);
}

static void nic_bar_write(struct dd_dev *dev, unsigned bar, uint64_t offset, unsigned width,
                          uint64_t value)
{
    struct dd_isanic *d = of(dev);
    unsigned step = width < 2 ? 1 : 2;
    bool removed;

    (void)bar;
    dd_mutex_lock(&d->lock);
    removed = d->removed;
    for (unsigned i = 0; i < width && !removed; i += step) {
        write_part_locked(d, (unsigned)offset + i, step, (uint16_t)(value >> 8 * i));
    }
    dd_mutex_unlock(&d->lock);
    if (!removed) {
        tell_line(d);
        d->dev.host->kick(d->dev.host->arg);
    }
}

static uint32_t nic_config_read(struct dd_dev *d, unsigned offset, unsigned width)
{
    (void)d;
    (void)offset;
    return UINT32_MAX >> (32 - 8 * width);
}

static void nic_config_write(struct dd_dev *d, unsigned offset, unsigned width, uint32_t value)
{
    (void)d;
    (void)offset;
    (void)width;
    (void)value;
}

/* --- the wire --- */

static bool wanted_locked(const struct dd_isanic *d, const uint8_t *frame)
{
    static const uint8_t everyone[6] = {255, 255, 255, 255, 255, 255};

    if ((d->control & CT_PROMISCUOUS) != 0) {
        return true;
    }
    if (memcmp(frame, everyone, 6) == 0) {
        return (d->control & (CT_BROADCAST | CT_MULTICAST)) != 0;
    }
    return (frame[0] & 1) != 0 ? (d->control & CT_MULTICAST) != 0 : memcmp(frame, d->mac, 6) == 0;
}

static int store_locked(struct dd_isanic *d, const void *frame, size_t len_bytes)
{
    struct nic_frame *f = &d->fifo[(d->head + d->count) % NIC_FIFO];

    if (d->removed) {
        return -ENODEV;
    }
    if (!d->link) {
        return -ENETDOWN;
    }
    if ((d->control & CT_RX) == 0 || len_bytes < NIC_MIN_FRAME || len_bytes > NIC_MAX_FRAME ||
        !wanted_locked(d, frame)) {
        return 0;
    }
    if (d->count == NIC_FIFO) {
        d->rx_blocked = true;
        return -EAGAIN;
    }
    f->len = (uint16_t)len_bytes;
    memcpy(f->bytes, frame, len_bytes);
    d->count++;
    return 0;
}

static uint64_t nic_waiting(struct dd_dev *dev)
{
    (void)dev;
    return 0;
}

static int nic_receive(struct dd_dev *dev, const void *frame, size_t len_bytes)
{
    struct dd_isanic *d = of(dev);
    bool stream;
    int r;

    dd_mutex_lock(&d->lock);
    r = store_locked(d, frame, len_bytes);
    stream = (d->control & CT_STREAM) != 0;
    dd_mutex_unlock(&d->lock);
    if (r == 0) {
        tell_line(d);
        if (stream) {
            d->dev.host->kick(d->dev.host->arg);
        }
    }
    return r;
}

/* what the cycles finished: a frame to send, room for frames */
static void tell_wire(struct dd_isanic *d)
{
    struct dd_dev_host *host = d->dev.host;
    struct nic_frame out = {0};
    bool room;

    dd_mutex_lock(&d->lock);
    if (d->tx_whole) {
        out.len = d->link ? d->tx_frame.len : 0;
        memcpy(out.bytes, d->tx_frame.bytes, d->tx_frame.len);
        d->tx_whole = false;
        d->status |= ST_TX_DONE;
    }
    room = d->rx_room;
    d->rx_room = false;
    dd_mutex_unlock(&d->lock);
    if (out.len > 0) {
        host->transmit(host->arg, out.bytes, out.len);
    }
    if (room) {
        host->receive_ready(host->arg);
    }
}

static uint64_t nic_service(struct dd_dev *dev)
{
    struct dd_isanic *d = of(dev);
    bool more;

    do {
        more = dd_nic_dma(d);
        tell_wire(d);
        tell_line(d);
    } while (more);
    return UINT64_MAX;
}

static void nic_set_link(struct dd_dev *dev, bool up)
{
    struct dd_isanic *d = of(dev);

    dd_mutex_lock(&d->lock);
    if (d->link != up) {
        d->link = up;
        d->status |= ST_LINK_CHANGE;
    }
    dd_mutex_unlock(&d->lock);
    tell_line(d);
}

/* --- life --- */

static void nic_set_irq_mode(struct dd_dev *d, enum dd_irq_mode mode, unsigned vectors)
{
    (void)d;
    (void)mode;
    (void)vectors;
}

static void nic_reset(struct dd_dev *dev)
{
    struct dd_isanic *d = of(dev);

    dd_mutex_lock(&d->lock);
    power_on_locked(d);
    dd_mutex_unlock(&d->lock);
    tell_line(d);
    d->dev.host->kick(d->dev.host->arg);
}

static void nic_remove(struct dd_dev *dev)
{
    struct dd_isanic *d = of(dev);

    dd_mutex_lock(&d->lock);
    power_on_locked(d);
    d->removed = true;
    dd_mutex_unlock(&d->lock);
    tell_line(d);
    DD_SEAM(.kind = DD_EV_DEV_REMOVED, .obj = dev);
    d->dev.host->kick(d->dev.host->arg); /* lowers DREQ */
}

/* nobody puts a card into a live ISA slot */
static int nic_insert(struct dd_dev *dev)
{
    (void)dev;
    return -ENOTSUP;
}

/* all it does is done in service() and receive() */
static void nic_freeze(struct dd_dev *dev, bool frozen)
{
    (void)dev;
    (void)frozen;
}

static void nic_close(struct dd_dev *dev)
{
    struct dd_isanic *d = of(dev);

    dd_mutex_done(&d->lock);
    dd_mutex_done(&d->irq_lock);
    free(d);
}

static const struct dd_dev_ops nic_ops = {
    .config_read = nic_config_read,
    .config_write = nic_config_write,
    .bar_read = nic_bar_read,
    .bar_write = nic_bar_write,
    .service = nic_service,
    .receive = nic_receive,
    .waiting = nic_waiting,
    .set_link = nic_set_link,
    .set_irq_mode = nic_set_irq_mode,
    .reset = nic_reset,
    .remove = nic_remove,
    .insert = nic_insert,
    .freeze = nic_freeze,
    .close = nic_close,
};

static const struct dd_dev_info nic_info = {
    .name = "soft:isanic",
    .vendor_id = 0xffff,
    .device_id = NIC_VERSION,
    .address_bits = 24,
    .bars = {{.size_bytes = NIC_PORTS, .io = true, .base = NIC_PORT_BASE}},
    .mac = {0x02, 0x49, 0x53, 0x41, 0x00, 0x01},
    .bus = DD_BUS_ISA,
    .isa_irq = NIC_LINE,
    .dma_channels = {NIC_TX_CHANNEL, NIC_RX_CHANNEL},
    .dma_count = 2,
};

static int nic_open(const struct dd_dev_options *options, struct dd_dev_host *host,
                    struct dd_dev **ret_dev)
{
    struct dd_isanic *d = calloc(1, sizeof(*d));

    if (!d) {
        return -ENOMEM;
    }
    d->dev = (struct dd_dev){.ops = &nic_ops, .info = nic_info, .host = host};
    dd_mutex_init(&d->irq_lock);
    dd_mutex_init(&d->lock);
    d->link = !options->link_down;
    power_on_locked(d);
    *ret_dev = &d->dev;
    return 0;
}

static const char *nic_unavailable(void)
{
    return NULL;
}

const struct dd_dev_kind dd_dev_soft_isanic = {
    .spec = "soft:isanic",
    .what = "an ISA card on two system DMA channels (8237A), a model in this process",
    .unavailable = nic_unavailable,
    .open = nic_open,
    .bus = DD_BUS_ISA,
};
