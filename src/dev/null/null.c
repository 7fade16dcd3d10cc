/* SPDX-License-Identifier: MIT */
/* A slot with nothing in it: every read gives ones, writes go nowhere, no frame is taken. */
#include "dev/dev.h"

#include <errno.h>
#include <stdlib.h>

static uint32_t null_config_read(struct dd_dev *d, unsigned offset, unsigned width)
{
    (void)d;
    (void)offset;
    return UINT32_MAX >> (32 - 8 * width);
}

static void null_config_write(struct dd_dev *d, unsigned offset, unsigned width, uint32_t value)
{
    (void)d;
    (void)offset;
    (void)width;
    (void)value;
}

static uint64_t null_bar_read(struct dd_dev *d, unsigned bar, uint64_t offset, unsigned width)
{
    (void)d;
    (void)bar;
    (void)offset;
    return UINT64_MAX >> (64 - 8 * width);
}

static void null_bar_write(struct dd_dev *d, unsigned bar, uint64_t offset, unsigned width,
                           uint64_t value)
{
    (void)d;
    (void)bar;
    (void)offset;
    (void)width;
    (void)value;
}

static uint64_t null_service(struct dd_dev *d)
{
    (void)d;
    return UINT64_MAX;
}

static int null_receive(struct dd_dev *d, const void *frame, size_t len_bytes)
{
    (void)d;
    (void)frame;
    (void)len_bytes;
    return -ENODEV;
}

static uint64_t null_waiting(struct dd_dev *d)
{
    (void)d;
    return 0;
}

static void null_set_link(struct dd_dev *d, bool up)
{
    (void)d;
    (void)up;
}

static void null_set_irq_mode(struct dd_dev *d, enum dd_irq_mode mode, unsigned vectors)
{
    (void)d;
    (void)mode;
    (void)vectors;
}

static void null_nothing(struct dd_dev *d)
{
    (void)d;
}

static int null_insert(struct dd_dev *d)
{
    (void)d;
    return -ENOTSUP;
}

static void null_freeze(struct dd_dev *d, bool frozen)
{
    (void)d;
    (void)frozen;
}

static void null_close(struct dd_dev *d)
{
    free(d);
}

static const struct dd_dev_ops null_ops = {
    .config_read = null_config_read,
    .config_write = null_config_write,
    .bar_read = null_bar_read,
    .bar_write = null_bar_write,
    .service = null_service,
    .receive = null_receive,
    .waiting = null_waiting,
    .set_link = null_set_link,
    .set_irq_mode = null_set_irq_mode,
    .reset = null_nothing,
    .remove = null_nothing,
    .insert = null_insert,
    .freeze = null_freeze,
    .close = null_close,
};

static int null_open(const struct dd_dev_options *options, struct dd_dev_host *host,
                     struct dd_dev **ret_dev)
{
    struct dd_dev *d = calloc(1, sizeof(*d));

    if (!d) {
        return -ENOMEM;
    }
    d->ops = &null_ops;
    d->info = (struct dd_dev_info){
        .name = "null",
        .vendor_id = 0xffff,
        .device_id = 0xffff,
        .address_bits = options->address_bits ? options->address_bits : 64,
    };
    d->host = host;
    *ret_dev = d;
    return 0;
}

static const char *null_unavailable(void)
{
    return NULL;
}

const struct dd_dev_kind dd_dev_null = {
    .spec = "null",
    .what = "an empty slot: reads give ones, nothing is sent or received",
    .unavailable = null_unavailable,
    .open = null_open,
};
