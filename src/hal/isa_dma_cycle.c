/* SPDX-License-Identifier: MIT */
/*
 * The DMA controllers: requests, priority, bus cycles.
 *
 *   second controller:   4 (cascade) > 5 > 6 > 7
 *   first, through 4:    0 > 1 > 2 > 3       with rotating priority: the one served last is last
 *
 * Demand and block mode keep the bus: their cycles are one stretch under the lock, so nothing comes
 * between.
 */
#include "hal/isa_dma_int.h"

#define NO_CHANNEL DD_ISA_CHANNELS

/* --- who may run --- */

static unsigned service_of(const struct dd_8237 *chip, unsigned i)
{
    return chip->ch[i].mode & DD_8237_SERVICE;
}

/* pins asked for, and not masked; software requests cannot be masked */
static unsigned requests_of(const struct dd_8237 *chip)
{
    unsigned pins =
        (chip->command & DD_8237_COMMAND_DREQ_LOW) != 0 ? ~(unsigned)chip->dreq : chip->dreq;

    if ((chip->command & DD_8237_COMMAND_DISABLE) != 0) {
        return 0;
    }
    return ((pins & ~(unsigned)chip->mask) | chip->request) & 0xF;
}

/* the channel of highest priority among @requests, or 4 */
static unsigned first_of(const struct dd_8237 *chip, unsigned requests)
{
    for (unsigned n = 0; n < 4; n++) {
        unsigned i = (chip->first + n) % 4;

        if ((requests >> i & 1) != 0) {
            return i;
        }
    }
    return 4;
}

/* cascade on another channel than 4 is a bus master: it drives its cycles itself */
unsigned dd_isa_turn_locked(const struct dd_isa_dma *dma)
{
    const struct dd_8237 *one = &dma->chip[0], *two = &dma->chip[1];
    unsigned below = requests_of(one), requests = requests_of(two) & ~1u, i;

    for (i = 0; i < 4; i++) {
        below &= service_of(one, i) == DD_8237_CASCADE ? ~(1u << i) : ~0u;
        requests &= i > 0 && service_of(two, i) == DD_8237_CASCADE ? ~(1u << i) : ~0u;
    }
    if (below != 0 && service_of(two, 0) == DD_8237_CASCADE && (two->mask & 1) == 0 &&
        (two->command & DD_8237_COMMAND_DISABLE) == 0) {
        requests |= 1;
    }
    i = first_of(two, requests);
    if (i == 0) {
        return first_of(one, below);
    }
    return i < 4 ? DD_ISA_CASCADE + i : NO_CHANNEL;
}

void dd_isa_wake_unlock(struct dd_isa_dma *dma, unsigned before)
{
    unsigned channel = dd_isa_turn_locked(dma);
    struct dd_isa_pins *pins =
        channel < NO_CHANNEL && channel != before ? &dma->pins[channel] : NULL;
    void (*wake)(void *arg) = pins ? pins->wake : NULL;
    void *arg = pins ? pins->arg : NULL;

    if (!wake) {
        dd_mutex_unlock(&dma->lock);
        return;
    }
    pins->waking++;
    dd_mutex_unlock(&dma->lock);
    wake(arg);
    dd_mutex_lock(&dma->lock);
    pins->waking--;
    dd_cond_broadcast(&dma->idle);
    dd_mutex_unlock(&dma->lock);
}

static void set_dreq_locked(struct dd_isa_dma *dma, unsigned channel, bool level)
{
    struct dd_8237 *chip = dd_isa_chip(dma, channel);
    uint8_t bit = (uint8_t)(1u << channel % 4);

    chip->dreq = (uint8_t)(level ? chip->dreq | bit : chip->dreq & ~bit);
}

void dd_isa_dma_request(struct dd_isa_dma *dma, unsigned channel, bool level)
{
    unsigned turn;

    dd_mutex_lock(&dma->lock);
    turn = dd_isa_turn_locked(dma);
    set_dreq_locked(dma, channel, level);
    dd_isa_wake_unlock(dma, turn);
}

/* --- cycles --- */

static dd_phys address_locked(const struct dd_isa_dma *dma, unsigned channel)
{
    uint64_t page = dma->page[dd_isa_page_port(channel) & 0xF];
    uint64_t address = dma->chip[dd_isa_wide(channel)].ch[channel % 4].address;

    return (dd_phys){dd_isa_wide(channel) ? (page & 0xFE) << 16 | address << 1
                                          : page << 16 | address};
}

/* little endian, as the bus is */
static uint16_t memory_read(struct dd_ram *ram, dd_phys at, bool wide)
{
    const uint8_t *p = dd_ram_at(ram, at, wide ? 2 : 1);

    if (!p) {
        return wide ? 0xFFFF : 0xFF;
    }
    return (uint16_t)(wide ? p[0] | p[1] << 8 : p[0]);
}

static void memory_write(struct dd_ram *ram, dd_phys at, bool wide, uint16_t unit)
{
    uint8_t *p = dd_ram_at(ram, at, wide ? 2 : 1);

    if (p) {
        p[0] = (uint8_t)unit;
        if (wide) {
            p[1] = (uint8_t)(unit >> 8);
        }
    }
}

static enum dd_dma_cycle cycle_of(uint8_t mode)
{
    switch (mode & DD_8237_TYPE) {
    case DD_8237_WRITE:
        return DD_DMA_TO_MEMORY;
    case DD_8237_READ:
        return DD_DMA_TO_DEVICE;
    default: /* the fourth value is illegal, and moves nothing either */
        return DD_DMA_VERIFY;
    }
}

/* address and count go on; true: that was the last */
static bool advance_locked(struct dd_8237 *chip, unsigned i)
{
    struct dd_8237_channel *ch = &chip->ch[i];
    uint8_t bit = (uint8_t)(1u << i);

    ch->address = (uint16_t)(ch->address + ((ch->mode & DD_8237_DOWN) != 0 ? -1 : 1));
    if (ch->count-- != 0) {
        return false;
    }
    chip->status |= bit;
    chip->request = (uint8_t)(chip->request & ~bit);
    if ((ch->mode & DD_8237_AUTO) != 0) {
        ch->address = ch->base_address;
        ch->count = ch->base_count;
    } else {
        chip->mask |= bit;
    }
    return true;
}

/* one cycle; true: terminal count */
static bool cycle_locked(struct dd_isa_dma *dma, unsigned channel, dd_dma_cycle_fn *cycle,
                         void *cycle_arg)
{
    struct dd_8237 *chip = dd_isa_chip(dma, channel);
    unsigned i = channel % 4;
    enum dd_dma_cycle what = cycle_of(chip->ch[i].mode);
    dd_phys at = address_locked(dma, channel);
    bool wide = dd_isa_wide(channel), terminal = chip->ch[i].count == 0, level;
    uint16_t unit = wide ? 0xFFFF : 0xFF;

    if (what == DD_DMA_TO_DEVICE) {
        unit = memory_read(dma->ram, at, wide);
    }
    level = cycle(cycle_arg, what, terminal, &unit);
    if (what == DD_DMA_TO_MEMORY) {
        memory_write(dma->ram, at, wide, unit);
    }
    set_dreq_locked(dma, channel, level);
    return advance_locked(chip, i);
}

/* one turn of @channel, which is acknowledged */
static size_t serve_locked(struct dd_isa_dma *dma, unsigned channel, dd_dma_cycle_fn *cycle,
                           void *cycle_arg)
{
    struct dd_8237 *chip = dd_isa_chip(dma, channel);
    unsigned i = channel % 4, service = service_of(chip, i);
    size_t n = 0;
    bool more;

    do {
        more = !cycle_locked(dma, channel, cycle, cycle_arg);
        n++;
        if (service == DD_8237_SINGLE ||
            (service == DD_8237_DEMAND && (requests_of(chip) >> i & 1) == 0)) {
            more = false;
        }
    } while (more);
    if ((chip->command & DD_8237_COMMAND_ROTATE) != 0) {
        chip->first = (i + 1) % 4;
        if (!dd_isa_wide(channel) && (dma->chip[1].command & DD_8237_COMMAND_ROTATE) != 0) {
            dma->chip[1].first = 1;
        }
    }
    return n;
}

size_t dd_isa_dma_run(struct dd_isa_dma *dma, unsigned channel, dd_dma_cycle_fn *cycle,
                      void *cycle_arg)
{
    size_t n = 0;

    dd_mutex_lock(&dma->lock);
    /* what the pin was told to be may be of before a reset of the device */
    set_dreq_locked(dma, channel, cycle(cycle_arg, DD_DMA_SENSE, false, NULL));
    if (dd_isa_turn_locked(dma) == channel) {
        n = serve_locked(dma, channel, cycle, cycle_arg);
    }
    dd_isa_wake_unlock(dma, channel); /* who runs it comes again by itself */
    return n;
}
