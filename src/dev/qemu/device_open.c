/* SPDX-License-Identifier: MIT */
/* A network card of QEMU: what comes from the machine, opening, removal, insertion. */
#include "dev/qemu/device.h"

#include "base/clock.h"
#include "base/log.h"
#include "dev/qemu/probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USERS_NS (DD_NS_PER_MS / 10)

/* --- from the machine --- */

static void on_line(void *arg, bool level)
{
    struct qnic *d = arg;

    dd_mutex_lock(&d->irq);
    d->line = level;
    if (d->mode == DD_IRQ_LINE && !atomic_load(&d->gone)) {
        d->dev.host->interrupt(d->dev.host->arg, 0, level);
    }
    dd_mutex_unlock(&d->irq);
}

static void on_message(void *arg, unsigned vector)
{
    struct qnic *d = arg;
    const struct dd_dev_info *info = &d->dev.info;

    dd_mutex_lock(&d->irq);
    if (!atomic_load(&d->gone) && d->mode != DD_IRQ_LINE &&
        vector < (d->mode == DD_IRQ_MSI ? info->msi_vectors : info->msix_vectors)) {
        d->dev.host->interrupt(d->dev.host->arg, vector, true);
    }
    dd_mutex_unlock(&d->irq);
}

static void on_dead(void *arg, const char *why)
{
    struct qnic *d = arg;
    char line[400];

    if (!atomic_exchange(&d->gone, true) && atomic_load(&d->opened)) {
        snprintf(line, sizeof(line), "the device %s is gone: %s", d->dev.info.name, why);
        d->dev.host->gone(d->dev.host->arg, line);
    }
}

static void on_frame(void *arg, const void *frame, size_t len_bytes)
{
    struct qnic *d = arg;

    d->dev.host->transmit(d->dev.host->arg, frame, len_bytes);
}

static void on_room(void *arg)
{
    struct qnic *d = arg;

    d->dev.host->receive_ready(d->dev.host->arg);
}

/* --- making and unmaking --- */

void dd_qnic_move_cable(struct qnic *d, bool in)
{
    if (dd_qmp_run(d->q->qmp, "set_link",
                   in ? "{\"name\":\"nic0\",\"up\":true}" : "{\"name\":\"nic0\",\"up\":false}") <
            0 &&
        !dd_qemu_dead(d->q)) {
        dd_log(DD_LOG_WARN, "%s: the cable could not be moved", d->dev.info.name);
    }
}

/* behind a VT-d the doorbell has a device address of its own */
static int find_bell(struct qnic *d)
{
    uint64_t bell = DD_QEMU_BELL(d->q);

    d->bell = bell;
    if (!d->vtd) {
        return 0;
    }
    d->bell = DD_VTD_DOORBELL_IOVA + (bell & DD_PAGE_MASK);
    return dd_vtd_map_page(d->vtd, (dd_iova){DD_VTD_DOORBELL_IOVA},
                           dd_align_down(bell, DD_PAGE_BYTES));
}

/* a card that has just got power */
static void set_up_card(struct qnic *d)
{
    dd_qpci_point_messages(&d->q->nic, d->bell, 0, DD_DOORBELL_VECTORS);
    dd_qemu_flush(d->q);
    if (!atomic_load(&d->cable_in)) {
        dd_qnic_move_cable(d, false);
    }
}

static int open_machine(struct qnic *d, char *why, size_t why_bytes)
{
    struct dd_domain *domain = d->dev.host->domain;
    struct dd_qemu_config config = {
        .program = dd_qemu_probe()->program,
        .model = d->model,
        .ram = d->dev.host->ram,
        .iommu = dd_domain_get_mode(domain) != DD_DOMAIN_OFF,
        .arg = d,
        .line = on_line,
        .message = on_message,
        .dead = on_dead,
        .frame = on_frame,
        .room = on_room,
    };
    int r;

    memcpy(config.mac, d->dev.info.mac, sizeof(config.mac));
    r = dd_qemu_open(&config, &d->q, why, why_bytes);
    if (r < 0) {
        return r;
    }
    if (config.iommu) {
        r = dd_vtd_new(d->q, d->dev.host->ram, domain, DD_QEMU_NIC_BDF, &d->vtd);
        if (r < 0) {
            snprintf(why, why_bytes, "QEMU's VT-d cannot be used (%s)", strerror(-r));
        }
    }
    r = r == 0 ? find_bell(d) : r;
    if (r < 0) {
        dd_qemu_explain(d->q, why, why_bytes);
        return r;
    }
    set_up_card(d);
    return 0;
}

static void wait_for_users(struct qnic *d)
{
    while (atomic_load(&d->users) != 0) {
        dd_thread_sleep_until(dd_clock_ns() + USERS_NS);
    }
}

static void fill_info(struct qnic *d)
{
    const struct dd_qpci *p = &d->q->nic;
    struct dd_dev_info *info = &d->dev.info;

    info->vendor_id = p->vendor_id;
    info->device_id = p->device_id;
    info->msi_vectors = p->msi_vectors;
    info->msix_vectors =
        p->msix_vectors < DD_DOORBELL_VECTORS ? p->msix_vectors : DD_DOORBELL_VECTORS;
    memcpy(info->bars, p->bars, sizeof(info->bars));
}

void dd_qnic_remove(struct dd_dev *dev)
{
    struct qnic *d = of(dev);

    if (atomic_exchange(&d->gone, true)) {
        return;
    }
    dd_mutex_lock(&d->irq);
    if (d->mode == DD_IRQ_LINE && d->line) {
        d->dev.host->interrupt(d->dev.host->arg, 0, false); /* the pin goes with the card */
    }
    dd_mutex_unlock(&d->irq);
    wait_for_users(d);
    dd_qemu_pull_nic(d->q);
}

/* another card of the same kind, into the same slot */
int dd_qnic_insert(struct dd_dev *dev)
{
    struct qnic *d = of(dev);
    char why[320];
    int r;

    if (!atomic_load(&d->gone)) {
        return 0;
    }
    dd_mutex_lock(&d->irq);
    d->mode = DD_IRQ_LINE;
    dd_mutex_unlock(&d->irq);
    d->msix_on = d->msix_used = false;
    d->i8255x.running = false;
    atomic_store(&d->deaf_until_ns, 0);
    r = dd_qemu_push_nic(d->q);
    if (r == 0) {
        set_up_card(d);
        atomic_store(&d->gone, false);
    }
    if (dd_qemu_dead(d->q)) { /* perhaps while it still counted as gone */
        atomic_store(&d->gone, true);
        r = -ENODEV;
    }
    if (r < 0) {
        snprintf(why, sizeof(why), "%s", strerror(-r));
        dd_qemu_explain(d->q, why, sizeof(why));
        dd_log(DD_LOG_ERROR, "%s cannot be put in again: %s", d->dev.info.name, why);
    }
    return r;
}

void dd_qnic_reset(struct dd_dev *dev)
{
    struct qnic *d = of(dev);

    if (atomic_load(&d->gone)) {
        return;
    }
    dd_qnic_remove(dev);
    (void)dd_qnic_insert(dev);
}

void dd_qnic_close(struct dd_dev *dev)
{
    struct qnic *d = of(dev);

    dd_vtd_free(d->vtd);
    dd_qemu_close(d->q);
    dd_mutex_done(&d->config);
    dd_mutex_done(&d->irq);
    dd_mutex_done(&d->i8255x.lock);
    free(d);
}

/* from the moment it is open on the host is told of its death; before, this fails */
static int open_for_host(struct qnic *d, char *why, size_t why_bytes)
{
    int r = open_machine(d, why, why_bytes);

    if (r < 0) {
        return r;
    }
    fill_info(d);
    atomic_store(&d->opened, true);
    if (dd_qemu_dead(d->q)) {
        dd_qemu_explain(d->q, why, why_bytes);
        return -ENODEV;
    }
    return 0;
}

int dd_qemu_nic_open(const struct dd_dev_options *options, struct dd_dev_host *host,
                     struct dd_dev **ret_dev)
{
    static const uint8_t mac[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
    const char *model = dd_qemu_model_of(options->spec);
    struct qnic *d = model ? calloc(1, sizeof(*d)) : NULL;
    char why[320] = "";
    int r;

    if (!d) {
        return model ? -ENOMEM : -ENODEV;
    }
    d->model = model;
    d->traits = dd_qemu_traits(model);
    d->dev = (struct dd_dev){.ops = &dd_qnic_ops, .host = host};
    d->dev.info.name = dd_qemu_kind(options->spec)->spec;
    d->dev.info.address_bits =
        options->address_bits ? options->address_bits : d->traits.address_bits;
    memcpy(d->dev.info.mac, mac, sizeof(mac));
    atomic_store(&d->cable_in, !options->link_down);
    dd_mutex_init(&d->config);
    dd_mutex_init(&d->irq);
    dd_mutex_init(&d->i8255x.lock);
    d->i8255x.on = dd_qemu_quirk_of(options->spec) != NULL;
    r = open_for_host(d, why, sizeof(why));
    if (r < 0) {
        if (options->why && why[0]) {
            snprintf(options->why, options->why_bytes, "%s", why);
        }
        dd_qnic_close(&d->dev);
        return r;
    }
    *ret_dev = &d->dev;
    return 0;
}
