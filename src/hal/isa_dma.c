/* SPDX-License-Identifier: MIT */
/* The DMA controllers: life and ports. */
#include "hal/isa_dma_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_PORTS   0x80u
#define SECOND_PORTS 0xC0u
#define MODE_CHANNEL 0x03u

static struct dd_mutex machines_lock = DD_MUTEX_INIT; /* guards machines and refs */
static struct dd_list machines = DD_LIST_INIT(machines);

uint16_t dd_isa_page_port(unsigned channel)
{
    static const uint8_t ports[DD_ISA_CHANNELS] = {0x87, 0x83, 0x81, 0x82, 0x8F, 0x8B, 0x89, 0x8A};

    return ports[channel % DD_ISA_CHANNELS];
}

/* --- life --- */

/* what reset and the master clear command do: addresses, counts, modes and pins stay */
static void chip_clear(struct dd_8237 *chip)
{
    chip->command = chip->status = chip->request = 0;
    chip->mask = 0xF;
    chip->high_byte = false;
    chip->first = 0;
}

static struct dd_isa_dma *machine_new(struct dd_ram *ram)
{
    struct dd_isa_dma *dma = calloc(1, sizeof(*dma));

    if (!dma) {
        return NULL;
    }
    dma->refs = 1;
    dma->ram = ram;
    dd_mutex_init(&dma->lock);
    dd_mutex_init(&dma->program);
    dd_cond_init(&dma->idle);
    chip_clear(&dma->chip[0]);
    chip_clear(&dma->chip[1]);
    dd_isa_dma_out(dma, dd_isa_port(DD_ISA_CASCADE, DD_8237_MODE), DD_8237_CASCADE);
    dd_isa_dma_out(dma, dd_isa_port(DD_ISA_CASCADE, DD_8237_MASK), 0);
    return dma;
}

int dd_isa_dma_open(struct dd_ram *ram, struct dd_isa_dma **ret_dma)
{
    struct dd_isa_dma *dma = NULL;
    struct dd_list *pos;

    dd_mutex_lock(&machines_lock);
    DD_LIST_EACH(pos, &machines) {
        struct dd_isa_dma *m = DD_LIST_ENTRY(pos, struct dd_isa_dma, node);

        if (m->ram == ram) {
            m->refs++;
            dma = m;
        }
    }
    if (!dma) {
        dma = machine_new(ram);
        if (dma) {
            dd_list_append(&machines, &dma->node);
        }
    }
    dd_mutex_unlock(&machines_lock);
    if (!dma) {
        return -ENOMEM;
    }
    *ret_dma = dma;
    return 0;
}

void dd_isa_dma_close(struct dd_isa_dma *dma)
{
    bool last;

    if (!dma) {
        return;
    }
    dd_mutex_lock(&machines_lock);
    last = --dma->refs == 0;
    if (last) {
        dd_list_remove(&dma->node);
    }
    dd_mutex_unlock(&machines_lock);
    if (last) {
        dd_cond_done(&dma->idle);
        dd_mutex_done(&dma->program);
        dd_mutex_done(&dma->lock);
        free(dma);
    }
}

/* --- registers of one controller --- */

static void write_half(struct dd_8237 *chip, uint16_t *reg, uint8_t value)
{
    unsigned other = chip->high_byte ? *reg & 0x00FFu : *reg & 0xFF00u;

    *reg = (uint16_t)(other | (chip->high_byte ? (unsigned)value << 8 : value));
}

/* base and current are written together; reading shows the current */
static void write_word(struct dd_8237 *chip, unsigned reg, uint8_t value)
{
    struct dd_8237_channel *ch = &chip->ch[reg / 2];

    write_half(chip, reg % 2 == 0 ? &ch->base_address : &ch->base_count, value);
    write_half(chip, reg % 2 == 0 ? &ch->address : &ch->count, value);
    chip->high_byte = !chip->high_byte;
}

static uint8_t read_word(struct dd_8237 *chip, unsigned reg)
{
    const struct dd_8237_channel *ch = &chip->ch[reg / 2];
    uint16_t word = reg % 2 == 0 ? ch->address : ch->count;
    uint8_t value = (uint8_t)(chip->high_byte ? word >> 8 : word);

    chip->high_byte = !chip->high_byte;
    return value;
}

static void set_bit(uint8_t *bits, uint8_t value)
{
    uint8_t bit = (uint8_t)(1u << (value & MODE_CHANNEL));

    *bits = (uint8_t)((value & DD_8237_SET) != 0 ? *bits | bit : *bits & ~bit);
}

static void chip_write(struct dd_8237 *chip, unsigned reg, uint8_t value)
{
    switch (reg) {
    case DD_8237_COMMAND:
        chip->command = value;
        break;
    case DD_8237_REQUEST:
        set_bit(&chip->request, value);
        break;
    case DD_8237_MASK:
        set_bit(&chip->mask, value);
        break;
    case DD_8237_MODE:
        chip->ch[value & MODE_CHANNEL].mode = (uint8_t)(value & ~MODE_CHANNEL);
        break;
    case DD_8237_CLEAR_FLIP_FLOP:
        chip->high_byte = false;
        break;
    case DD_8237_MASTER_CLEAR:
        chip_clear(chip);
        break;
    case DD_8237_CLEAR_MASKS:
        chip->mask = 0;
        break;
    case DD_8237_ALL_MASKS:
        chip->mask = value & 0xF;
        break;
    default:
        write_word(chip, reg, value);
        break;
    }
}

/* reading the status forgets the terminal counts */
static uint8_t chip_read(struct dd_8237 *chip, unsigned reg)
{
    uint8_t value = 0xFF;

    if (reg < DD_8237_STATUS) {
        value = read_word(chip, reg);
    } else if (reg == DD_8237_STATUS) {
        uint8_t pins =
            (chip->command & DD_8237_COMMAND_DREQ_LOW) != 0 ? (uint8_t)~chip->dreq : chip->dreq;

        value = (uint8_t)((chip->status & 0xF) | (pins & 0xF) << 4);
        chip->status = 0;
    } else if (reg == DD_8237_TEMPORARY) {
        value = 0;
    }
    return value;
}

/* --- ports --- */

/* the controller a port belongs to, or NULL */
static struct dd_8237 *decode(struct dd_isa_dma *dma, uint16_t port, unsigned *ret_reg)
{
    if (port < 0x10) {
        *ret_reg = port;
        return &dma->chip[0];
    }
    if (port >= SECOND_PORTS && port < SECOND_PORTS + 0x20) {
        *ret_reg = (port - SECOND_PORTS) / 2u;
        return &dma->chip[1];
    }
    return NULL;
}

void dd_isa_dma_out(struct dd_isa_dma *dma, uint16_t port, uint8_t value)
{
    struct dd_8237 *chip;
    unsigned reg, turn;

    dd_mutex_lock(&dma->lock);
    turn = dd_isa_turn_locked(dma);
    chip = decode(dma, port, &reg);
    if (chip) {
        chip_write(chip, reg, value);
    } else if ((port & 0xFFF0) == PAGE_PORTS) {
        dma->page[port & 0xF] = value;
    }
    dd_isa_wake_unlock(dma, turn);
}

uint8_t dd_isa_dma_in(struct dd_isa_dma *dma, uint16_t port)
{
    struct dd_8237 *chip;
    uint8_t value = 0xFF;
    unsigned reg;

    dd_mutex_lock(&dma->lock);
    chip = decode(dma, port, &reg);
    if (chip) {
        value = chip_read(chip, reg);
    } else if ((port & 0xFFF0) == PAGE_PORTS) {
        value = dma->page[port & 0xF];
    }
    dd_mutex_unlock(&dma->lock);
    return value;
}

/* --- pins --- */

int dd_isa_dma_attach(struct dd_isa_dma *dma, unsigned channel, void (*wake)(void *arg), void *arg)
{
    int r = -EBUSY;

    dd_mutex_lock(&dma->lock);
    if (!dma->pins[channel].wake) {
        dma->pins[channel].wake = wake;
        dma->pins[channel].arg = arg;
        r = 0;
    }
    dd_mutex_unlock(&dma->lock);
    return r;
}

void dd_isa_dma_detach(struct dd_isa_dma *dma, unsigned channel)
{
    dd_isa_dma_request(dma, channel, false);
    dd_mutex_lock(&dma->lock);
    dma->pins[channel].wake = NULL;
    while (dma->pins[channel].waking > 0) {
        dd_cond_wait(&dma->idle, &dma->lock);
    }
    dd_mutex_unlock(&dma->lock);
}
