/* SPDX-License-Identifier: MIT */
/* A device that remembers its last accesses: BAR 0 memory, BAR 2 memory of 256 bytes off a page,
 * BAR 4 ports. */
#ifndef DD_TESTS_FAKE_DEV_H
#define DD_TESTS_FAKE_DEV_H

#include "dev/dev.h"

#define FAKE_BAR0       0xf0000000ull
#define FAKE_BAR0_BYTES 0x20000u
#define FAKE_BAR2       0xf0020100ull
#define FAKE_PORTS      0xc040u

struct fake_dev {
    struct dd_dev dev;
    unsigned reads, writes;
    unsigned bar, width; /* of the last access */
    uint64_t offset, value;
    uint64_t answer; /* of reads */
    uint8_t config[256];
};

static uint64_t fake_read(struct dd_dev *d, unsigned bar, uint64_t offset, unsigned width)
{
    struct fake_dev *f = (struct fake_dev *)d;

    f->reads++;
    f->bar = bar;
    f->offset = offset;
    f->width = width;
    return f->answer;
}

static void fake_write(struct dd_dev *d, unsigned bar, uint64_t offset, unsigned width,
                       uint64_t value)
{
    struct fake_dev *f = (struct fake_dev *)d;

    f->writes++;
    f->bar = bar;
    f->offset = offset;
    f->width = width;
    f->value = value;
}

static uint32_t fake_config_read(struct dd_dev *d, unsigned offset, unsigned width)
{
    struct fake_dev *f = (struct fake_dev *)d;
    uint32_t v = 0;

    if (offset % width != 0 || offset + width > sizeof(f->config)) {
        return UINT32_MAX;
    }
    f->reads++;
    for (unsigned i = 0; i < width; i++) {
        v |= (uint32_t)f->config[offset + i] << 8 * i;
    }
    return v;
}

static void fake_config_write(struct dd_dev *d, unsigned offset, unsigned width, uint32_t value)
{
    struct fake_dev *f = (struct fake_dev *)d;

    for (unsigned i = 0; i < width && offset + width <= sizeof(f->config); i++) {
        f->config[offset + i] = (uint8_t)(value >> 8 * i);
    }
    f->writes++;
}

static const struct dd_dev_ops fake_ops = {
    .config_read = fake_config_read,
    .config_write = fake_config_write,
    .bar_read = fake_read,
    .bar_write = fake_write,
};

static inline void fake_dev_init(struct fake_dev *f)
{
    *f = (struct fake_dev){.dev = {.ops = &fake_ops,
                                   .info = {.name = "fake",
                                            .vendor_id = 0x8086,
                                            .device_id = 0x10d3,
                                            .bars = {[0] = {FAKE_BAR0_BYTES, false, FAKE_BAR0},
                                                     [2] = {256, false, FAKE_BAR2},
                                                     [4] = {32, true, FAKE_PORTS}}}}};
}

#endif
