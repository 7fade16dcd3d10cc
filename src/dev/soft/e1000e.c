/* SPDX-License-Identifier: MIT */
/* soft:e1000e: life of the device: open, accesses, reset, removal, close. */
#include "e1000e.h"

#include "base/self.h"
#include "seam/seam.h"

#include <errno.h>
#include <stdlib.h>

static struct dd_e1k *of(struct dd_dev *dev)
{
    return DD_CONTAINER(dev, struct dd_e1k, dev);
}

bool dd_e1k_dma_on_locked(const struct dd_e1k *d)
{
    return !d->removed && !d->asleep && dd_e1k_pci_master_on_locked(d) &&
           (e1k_reg(d, E1K_CTRL) & CTRL_GIO_MASTER_DISABLE) == 0;
}

void dd_e1k_arm_locked(struct dd_e1k *d, enum e1k_timer t, uint64_t at_ns)
{
    d->at_ns[t] = at_ns;
    d->work |= at_ns != E1K_NEVER;
}

/* CTRL.RST: all of the MAC; not the PHY, config space, MSI-X table, packet buffer sizes */
void dd_e1k_mac_reset_locked(struct dd_e1k *d)
{
    dd_e1k_regs_reset(d, false);
    for (int t = 0; t < E1K_T_COUNT; t++) {
        d->at_ns[t] = E1K_NEVER;
    }
    dd_e1k_tx_reset_locked(d);
    dd_e1k_rx_reset_locked(d);
    dd_e1k_irq_reset_locked(d);
    dd_e1k_nvm_load_locked(d);
    dd_e1k_link_restart_locked(d);
    d->icr = 0; /* nobody is told of this loss of link */
    dd_e1k_irq_eval_locked(d);
    d->rx_ready = d->rx_blocked;
}

static void power_on_locked(struct dd_e1k *d)
{
    for (unsigned v = 0; v < E1K_VECTORS; v++) {
        memset(d->msix.table[v], 0, sizeof(d->msix.table[v]));
        d->msix.table[v][3] = 1;
    }
    d->irq_mode = DD_IRQ_LINE;
    d->asleep = false;
    d->io_addr = 0;
    dd_e1k_pci_reset_locked(d);
    dd_e1k_regs_reset(d, true);
    dd_e1k_nvm_init(d);
    dd_e1k_phy_power_on_locked(d);
    dd_e1k_mac_reset_locked(d);
}

/* --- accesses --- */

static uint32_t e1k_config_read(struct dd_dev *dev, unsigned offset, unsigned width)
{
    struct dd_e1k *d = of(dev);
    uint32_t v;

    dd_mutex_lock(&d->lock);
    v = dd_e1k_pci_read_locked(d, offset, width);
    dd_mutex_unlock(&d->lock);
    return v;
}

static void e1k_config_write(struct dd_dev *dev, unsigned offset, unsigned width, uint32_t value)
{
    struct dd_e1k *d = of(dev);
    uint64_t now = dd_e1k_host_now(d);

    dd_mutex_lock(&d->lock);
    dd_e1k_see_time_locked(d, now);
    dd_e1k_pci_write_locked(d, offset, width, value);
    dd_e1k_finish_access(d);
}

/* registers that start or end something timed; the others save the look at the clock */
static bool wants_time(unsigned bar, uint64_t off)
{
    return bar != 0 || off == E1K_MDIC || off == E1K_CTRL || off == E1K_CTRL_DUP;
}

static uint64_t e1k_bar_read(struct dd_dev *dev, unsigned bar, uint64_t offset, unsigned width)
{
    struct dd_e1k *d = of(dev);
    uint64_t v, now = wants_time(bar, offset) ? dd_e1k_host_now(d) : 0;

    dd_mutex_lock(&d->lock);
    dd_e1k_see_time_locked(d, now);
    v = dd_e1k_bar_read_locked(d, bar, offset, width == 8 ? 4 : width);
    if (width == 8) {
        v |= (uint64_t)dd_e1k_bar_read_locked(d, bar, offset + 4, 4) << 32;
    } else if (width < 4) {
        v &= UINT32_MAX >> (32 - 8 * width);
    }
    dd_e1k_finish_access(d);
    return v;
}

static void e1k_bar_write(struct dd_dev *dev, unsigned bar, uint64_t offset, unsigned width,
                          uint64_t value)
{
    struct dd_e1k *d = of(dev);
    uint64_t now = wants_time(bar, offset) ? dd_e1k_host_now(d) : 0;

    dd_mutex_lock(&d->lock);
    dd_e1k_see_time_locked(d, now);
    dd_e1k_bar_write_locked(d, bar, offset, width == 8 ? 4 : width, (uint32_t)value);
    if (width == 8) {
        dd_e1k_bar_write_locked(d, bar, offset + 4, 4, (uint32_t)(value >> 32));
    }
    dd_e1k_finish_access(d);
}

/* frames are stored, and interrupts told, in the wire's context */
static uint64_t e1k_waiting(struct dd_dev *dev)
{
    (void)dev;
    return 0;
}

static int e1k_receive(struct dd_dev *dev, const void *frame, size_t len_bytes)
{
    struct dd_e1k *d = of(dev);
    uint64_t now = dd_e1k_host_now(d);
    int r;

    dd_mutex_lock(&d->lock);
    dd_e1k_see_time_locked(d, now);
    r = dd_e1k_receive_locked(d, frame, len_bytes, false);
    dd_e1k_irq_fire_locked(d);
    d->users++;
    dd_e1k_irq_tell_locked(d, true);
    dd_e1k_user_done_locked(d);
    dd_e1k_finish_access(d);
    return r;
}

static void e1k_set_link(struct dd_dev *dev, bool up)
{
    struct dd_e1k *d = of(dev);
    uint64_t now = dd_e1k_host_now(d);

    dd_mutex_lock(&d->lock);
    dd_e1k_see_time_locked(d, now);
    if (!d->removed) {
        dd_e1k_cable_locked(d, up);
    }
    dd_e1k_finish_access(d);
}

static void e1k_set_irq_mode(struct dd_dev *dev, enum dd_irq_mode mode, unsigned vectors)
{
    struct dd_e1k *d = of(dev);

    dd_mutex_lock(&d->lock);
    if (!d->removed) {
        dd_e1k_irq_mode_locked(d, mode, vectors);
    }
    dd_e1k_finish_access(d);
}

static void e1k_reset(struct dd_dev *dev)
{
    struct dd_e1k *d = of(dev);
    uint64_t now = dd_e1k_host_now(d);

    dd_mutex_lock(&d->lock);
    dd_e1k_see_time_locked(d, now);
    if (!d->removed) {
        power_on_locked(d);
    }
    dd_e1k_finish_access(d);
}

/* --- end --- */

/* wait until no interrupt call is under way, unless it is the caller's own */
static void wait_irq_locked(struct dd_e1k *d)
{
    while (d->irq_busy && d->irq_tid != dd_self()->tid) {
        dd_cond_wait(&d->idle, &d->lock);
    }
}

static void e1k_remove(struct dd_dev *dev)
{
    struct dd_e1k *d = of(dev);

    dd_mutex_lock(&d->lock);
    if (!d->removed) {
        d->removed = true;
        d->msg_out = 0;
        d->line_want = false;
        wait_irq_locked(d);
        dd_e1k_irq_tell_locked(d, false);
        d->work = false;
        DD_SEAM(.kind = DD_EV_DEV_REMOVED, .obj = dev);
    }
    dd_e1k_finish_access(d);
}

static int e1k_insert(struct dd_dev *dev)
{
    struct dd_e1k *d = of(dev);
    uint64_t now = dd_e1k_host_now(d);

    dd_mutex_lock(&d->lock);
    dd_e1k_see_time_locked(d, now);
    if (d->removed && !d->closing) {
        d->removed = false;
        d->kick_told = false; /* nobody served that one */
        power_on_locked(d);
    }
    dd_e1k_finish_access(d);
    return 0;
}

/* all it does is done in service() and receive() */
static void e1k_freeze(struct dd_dev *dev, bool frozen)
{
    (void)dev;
    (void)frozen;
}

static void e1k_close(struct dd_dev *dev)
{
    struct dd_e1k *d = of(dev);

    dd_mutex_lock(&d->lock);
    d->closing = true;
    d->removed = true;
    while (d->users > 0) {
        dd_cond_wait(&d->idle, &d->lock);
    }
    dd_mutex_unlock(&d->lock);
    for (unsigned i = 0; i < E1K_QUEUES; i++) {
        free(d->tx[i].data);
    }
    free(d->rx_copy);
    free(d->out);
    free(d->out_lens);
    dd_cond_done(&d->idle);
    dd_mutex_done(&d->lock);
    free(d);
}

static const struct dd_dev_ops e1k_ops = {
    .config_read = e1k_config_read,
    .config_write = e1k_config_write,
    .bar_read = e1k_bar_read,
    .bar_write = e1k_bar_write,
    .service = dd_e1k_service,
    .receive = e1k_receive,
    .waiting = e1k_waiting,
    .set_link = e1k_set_link,
    .set_irq_mode = e1k_set_irq_mode,
    .reset = e1k_reset,
    .remove = e1k_remove,
    .insert = e1k_insert,
    .freeze = e1k_freeze,
    .close = e1k_close,
};

static const struct dd_dev_info e1k_info = {
    .name = "soft:e1000e",
    .vendor_id = 0x8086,
    .device_id = 0x10d3,
    .address_bits = 64,
    .msi_vectors = 1,
    .msix_vectors = E1K_VECTORS,
    .bars =
        {
            {.size_bytes = E1K_BAR_BYTES, .base = 0xe0000000u},
            {.size_bytes = E1K_BAR_BYTES, .base = 0xe0020000u},
            {.size_bytes = 32, .io = true, .base = 0xc000u},
            {.size_bytes = 0x4000, .base = 0xe0040000u},
        },
    .mac = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56},
};

static int e1k_open(const struct dd_dev_options *options, struct dd_dev_host *host,
                    struct dd_dev **ret_dev)
{
    struct dd_e1k *d = calloc(1, sizeof(*d));

    if (!d) {
        return -ENOMEM;
    }
    d->dev = (struct dd_dev){.ops = &e1k_ops, .info = e1k_info, .host = host};
    d->options = *options;
    if (options->address_bits != 0) {
        d->dev.info.address_bits = options->address_bits;
    }
    dd_mutex_init(&d->lock);
    dd_cond_init(&d->idle);
    d->now_ns = dd_e1k_host_now(d);
    power_on_locked(d);
    *ret_dev = &d->dev;
    return 0;
}

static const char *e1k_unavailable(void)
{
    return NULL;
}

const struct dd_dev_kind dd_dev_soft_e1000e = {
    .spec = "soft:e1000e",
    .what = "Intel 82574L (gigabit, MSI-X), a model in this process",
    .unavailable = e1k_unavailable,
    .open = e1k_open,
    .hot_plug = true,
};
