/* SPDX-License-Identifier: MIT */
/* System DMA channels: the software on top of the controllers. */
#include "hal/isa_dma_channel.h"

#include "base/check.h"
#include "hal/isa_dma_int.h"
#include "seam/seam.h"

#include <errno.h>
#include <stdlib.h>

/* what bytes of a receive bounce buffer hold that the device never wrote (checked runs) */
#define UNWRITTEN 0xBF

/* pages that the longest transfer touches */
#define FRAMES_MAX (0x20000u / DD_PAGE_BYTES + 1)

struct dd_isa_channel {
    struct dd_isa_channel_config config;
    struct dd_isa_dma *dma;
    uint8_t *block;  /* of RAM, or NULL */
    uint8_t *bounce; /* device-side pointer to the part of it that lies in one page */
    dd_phys bounce_phys;

    struct dd_mutex lock; /* guards what follows */
    bool busy, bounced;
    struct dd_span span;
    enum dd_dir dir;
    dd_frame frames[FRAMES_MAX];
};

static uint16_t port_of(const struct dd_isa_channel *c, unsigned reg)
{
    return dd_isa_port(c->config.channel, reg);
}

static bool in_one_page(unsigned channel, uint64_t phys, uint64_t len_bytes)
{
    return ((phys ^ (phys + len_bytes - 1)) & ~(uint64_t)(dd_isa_page_bytes(channel) - 1)) == 0;
}

/* --- the hardware --- */

/* terminal counts, before the status register forgets them. Holds dma->program */
static void keep_terminal(struct dd_isa_channel *c)
{
    c->dma->terminal[dd_isa_wide(c->config.channel)] |=
        dd_isa_dma_in(c->dma, port_of(c, DD_8237_STATUS)) & 0xF;
}

static bool take_terminal(struct dd_isa_channel *c, bool forget)
{
    uint8_t *bits = &c->dma->terminal[dd_isa_wide(c->config.channel)],
            bit = (uint8_t)(1u << c->config.channel % 4);
    bool reached;

    keep_terminal(c);
    reached = (*bits & bit) != 0;
    if (forget) {
        *bits = (uint8_t)(*bits & ~bit);
    }
    return reached;
}

static void set_mask(struct dd_isa_channel *c, bool masked)
{
    dd_isa_dma_out(c->dma, port_of(c, DD_8237_MASK),
                   (uint8_t)(c->config.channel % 4 | (masked ? DD_8237_SET : 0)));
}

static void out_word(struct dd_isa_channel *c, unsigned reg, uint16_t word)
{
    dd_isa_dma_out(c->dma, port_of(c, DD_8237_CLEAR_FLIP_FLOP), 0);
    dd_isa_dma_out(c->dma, port_of(c, reg), (uint8_t)word);
    dd_isa_dma_out(c->dma, port_of(c, reg), (uint8_t)(word >> 8));
}

static uint16_t in_word(struct dd_isa_channel *c, unsigned reg)
{
    uint16_t word;

    dd_isa_dma_out(c->dma, port_of(c, DD_8237_CLEAR_FLIP_FLOP), 0);
    word = dd_isa_dma_in(c->dma, port_of(c, reg));
    return (uint16_t)(word | dd_isa_dma_in(c->dma, port_of(c, reg)) << 8);
}

static uint8_t mode_of(const struct dd_isa_channel *c, enum dd_dir dir)
{
    unsigned mode = c->config.channel % 4;

    if (c->config.master) {
        return (uint8_t)(mode | DD_8237_CASCADE);
    }
    mode |= dir == DD_DIR_TO_DEVICE ? DD_8237_READ : DD_8237_WRITE;
    mode |= c->config.auto_init ? DD_8237_AUTO : 0;
    return (uint8_t)(mode | (c->config.demand ? DD_8237_DEMAND : DD_8237_SINGLE));
}

/* masked before and after */
static void program(struct dd_isa_channel *c, dd_phys at, uint64_t len_bytes)
{
    unsigned i = c->config.channel % 4, shift = dd_isa_wide(c->config.channel);

    dd_mutex_lock(&c->dma->program);
    set_mask(c, true);
    (void)take_terminal(c, true);
    dd_isa_dma_out(c->dma, port_of(c, DD_8237_MODE), mode_of(c, c->dir));
    out_word(c, 2 * i, (uint16_t)(at.v >> shift));
    dd_isa_dma_out(c->dma, dd_isa_page_port(c->config.channel), (uint8_t)(at.v >> 16));
    out_word(c, 2 * i + 1, (uint16_t)((len_bytes >> shift) - 1));
    dd_mutex_unlock(&c->dma->program);
}

/* the two bytes are read one after the other, and the controller may count between: until two
 * readings agree in the high one */
static uint32_t read_left(struct dd_isa_channel *c)
{
    unsigned reg = 2 * (c->config.channel % 4) + 1;
    uint16_t count, again;
    bool reached;

    dd_mutex_lock(&c->dma->program);
    again = in_word(c, reg);
    do {
        count = again;
        again = in_word(c, reg);
    } while ((count ^ again) >> 8 != 0);
    reached =
        take_terminal(c,
                      false); /* after the count: at the end that reads as if nothing were moved */
    dd_mutex_unlock(&c->dma->program);
    if (reached && !c->config.auto_init) {
        return 0;
    }
    return (again + 1u) << dd_isa_wide(c->config.channel);
}

/* --- claiming --- */

int dd_isa_channel_usable(unsigned channel)
{
    return channel >= DD_ISA_CHANNELS || channel == DD_ISA_CASCADE ? -EINVAL : 0;
}

static uint8_t *contiguous(struct dd_ram *ram, uint64_t size_bytes)
{
    return dd_ram_alloc(ram, size_bytes, DD_PAGE_BYTES, DD_RAM_CONTIG | DD_RAM_PAGES, DD_ISA_REACH);
}

/* memory in one page of the address register; twice the size always has such a part */
static int bounce_new(struct dd_isa_channel *c)
{
    const struct dd_isa_channel_config *k = &c->config;
    uint64_t page = dd_isa_page_bytes(k->channel);
    uint64_t size = dd_align_up(dd_min_u64(k->max_bytes, page), DD_PAGE_BYTES), phys;

    if (k->master || k->auto_init || k->bounce == DD_BOUNCE_NEVER || size == 0) {
        return 0;
    }
    c->block = contiguous(k->ram, size);
    if (c->block && !in_one_page(k->channel, dd_ram_phys(k->ram, c->block).v, size)) {
        dd_ram_free_block(k->ram, c->block, NULL);
        c->block = contiguous(k->ram, 2 * size);
    }
    if (!c->block) {
        return -ENOMEM;
    }
    phys = dd_ram_phys(k->ram, c->block).v;
    if (!in_one_page(k->channel, phys, size)) {
        phys = dd_align_up(phys, page);
    }
    c->bounce_phys.v = phys;
    c->bounce = dd_ram_at(k->ram, c->bounce_phys, size);
    return 0;
}

static int enter(struct dd_isa_channel *c)
{
    int r = -EBUSY;

    dd_mutex_lock(&c->dma->program);
    if (!c->dma->claimed[c->config.channel]) {
        c->dma->claimed[c->config.channel] = c;
        r = 0;
    }
    dd_mutex_unlock(&c->dma->program);
    return r;
}

static void leave(struct dd_isa_channel *c)
{
    dd_mutex_lock(&c->dma->program);
    c->dma->claimed[c->config.channel] = NULL;
    dd_mutex_unlock(&c->dma->program);
}

int dd_isa_channel_claim(const struct dd_isa_channel_config *config,
                         struct dd_isa_channel **ret_channel)
{
    struct dd_isa_channel *c;
    int r = dd_isa_channel_usable(config->channel);

    if (r < 0) {
        return r;
    }
    c = calloc(1, sizeof(*c));
    if (!c) {
        return -ENOMEM;
    }
    c->config = *config;
    r = dd_isa_dma_open(config->ram, &c->dma);
    if (r < 0) {
        goto drop;
    }
    r = enter(c);
    if (r < 0) {
        goto close;
    }
    r = bounce_new(c);
    if (r < 0) {
        goto leave;
    }
    dd_mutex_init(&c->lock);
    if (config->master) {
        dd_isa_dma_out(c->dma, port_of(c, DD_8237_MODE), mode_of(c, DD_DIR_BOTH));
        set_mask(c, false);
    }
    *ret_channel = c;
    return 0;

leave:
    leave(c);
close:
    dd_isa_dma_close(c->dma);
drop:
    free(c);
    return r;
}

void dd_isa_channel_release(struct dd_isa_channel *c)
{
    if (!c) {
        return;
    }
    set_mask(c, true);
    leave(c);
    if (c->block) {
        dd_ram_free_block(c->config.ram, c->block, NULL);
    }
    dd_isa_dma_close(c->dma);
    dd_mutex_done(&c->lock);
    free(c);
}

/* --- the memory of a transfer --- */

static uint64_t frame_phys(const struct dd_span *span, uint64_t offset)
{
    uint64_t index = offset >> DD_PAGE_SHIFT;
    uint64_t frame = span->run ? span->frames[0] + index : span->frames[index];

    return (frame << DD_PAGE_SHIFT) + (offset & DD_PAGE_MASK);
}

static bool is_contiguous(const struct dd_span *span)
{
    uint64_t first = span->offset_bytes >> DD_PAGE_SHIFT;
    uint64_t pages = dd_span_pages(span->offset_bytes, span->len_bytes);

    for (uint64_t i = 1; !span->run && i < pages; i++) {
        if (span->frames[first + i] != span->frames[first] + i) {
            return false;
        }
    }
    return true;
}

/* the controller can be given its address */
static bool is_direct(const struct dd_isa_channel *c, const struct dd_span *span, uint64_t phys)
{
    return is_contiguous(span) && phys + span->len_bytes - 1 <= DD_ISA_REACH &&
           in_one_page(c->config.channel, phys, span->len_bytes) &&
           (!dd_isa_wide(c->config.channel) || phys % 2 == 0) &&
           dd_ram_at(c->config.ram, (dd_phys){phys}, span->len_bytes) != NULL;
}

/* the first @len_bytes of the span from or into the bounce buffer; frames say where they are,
 * unless it is no RAM */
static void copy(struct dd_isa_channel *c, uint64_t len_bytes, bool into_bounce, bool *ret_not_ram)
{
    uint64_t done = 0;

    while (done < len_bytes) {
        uint64_t at = c->span.offset_bytes + done;
        uint64_t n = dd_min_u64(len_bytes - done, DD_PAGE_BYTES - (at & DD_PAGE_MASK));
        uint8_t *ram = dd_ram_at(c->config.ram, (dd_phys){frame_phys(&c->span, at)}, n);
        uint8_t *data = ram ? ram : c->span.host + done;

        *ret_not_ram |= !ram;
        if (into_bounce) {
            memcpy(c->bounce + done, data, n);
        } else {
            memcpy(data, c->bounce + done, n);
        }
        done += n;
    }
}

static void copy_told(struct dd_isa_channel *c, uint64_t len_bytes, bool into_bounce)
{
    bool not_ram = false;

    copy(c, len_bytes, into_bounce, &not_ram);
    DD_SEAM(.kind = DD_EV_BOUNCE, .adapter = c->config.adapter, .a = len_bytes,
            .b = (uint64_t)c->dir, .c = into_bounce, .d = not_ram);
}

static int check_length(const struct dd_isa_channel *c, uint64_t len_bytes)
{
    const struct dd_isa_channel_config *k = &c->config;

    if (len_bytes == 0 || len_bytes > k->max_bytes || len_bytes > dd_isa_page_bytes(k->channel) ||
        (dd_isa_wide(k->channel) && len_bytes % 2 != 0)) {
        return -EMSGSIZE;
    }
    return 0;
}

/* the frames are copied: an MDL that is freed too early must not take Drydock with it */
static void take_span_locked(struct dd_isa_channel *c, const struct dd_span *span)
{
    uint64_t pages = dd_span_pages(span->offset_bytes, span->len_bytes);

    for (uint64_t i = 0; i < pages; i++) {
        c->frames[i] = frame_phys(span, (span->offset_bytes & ~DD_PAGE_MASK) + i * DD_PAGE_BYTES) >>
                       DD_PAGE_SHIFT;
    }
    c->span = *span;
    c->span.frames = c->frames;
    c->span.offset_bytes &= DD_PAGE_MASK;
    c->span.run = false;
}

/* where the controller is to be sent. A channel that starts over is given the memory itself or
 * nothing */
static int choose_locked(struct dd_isa_channel *c, dd_phys *ret_at)
{
    uint64_t phys = frame_phys(&c->span, c->span.offset_bytes);
    bool direct = is_direct(c, &c->span, phys);

    c->bounced = !direct || (c->config.bounce == DD_BOUNCE_ALWAYS && !c->config.auto_init);
    if (c->bounced && !c->bounce) {
        return -ERANGE;
    }
    *ret_at = c->bounced ? c->bounce_phys : (dd_phys){phys};
    return 0;
}

static void fill_bounce(struct dd_isa_channel *c)
{
    if (c->dir == DD_DIR_TO_DEVICE) {
        copy_told(c, c->span.len_bytes, true);
    } else if (c->config.checked) {
        memset(c->bounce, UNWRITTEN, c->span.len_bytes);
    }
}

int dd_isa_channel_start(struct dd_isa_channel *c, const struct dd_span *span, enum dd_dir dir,
                         uint64_t *ret_bounced)
{
    int r = c->config.master ? -EINVAL : check_length(c, span->len_bytes);
    dd_phys at = {0};

    if (r < 0) {
        return r;
    }
    dd_mutex_lock(&c->lock);
    if (c->busy) {
        r = -EBUSY;
    } else {
        take_span_locked(c, span);
        c->dir = dir;
        r = choose_locked(c, &at);
    }
    if (r < 0) {
        dd_mutex_unlock(&c->lock);
        return r;
    }
    c->busy = true;
    if (c->bounced) {
        fill_bounce(c);
    }
    program(c, at, span->len_bytes);
    *ret_bounced = c->bounced ? span->len_bytes : 0;
    set_mask(c, false); /* the device may run, and be done, inside */
    dd_mutex_unlock(&c->lock);
    return 0;
}

int dd_isa_channel_finish(struct dd_isa_channel *c, bool copy_back, uint32_t *ret_left)
{
    uint64_t moved;
    int r = 0;

    dd_mutex_lock(&c->lock);
    if (!c->busy) {
        r = -ENOENT;
    } else {
        set_mask(c, true);
        *ret_left = read_left(c);
        moved = c->span.len_bytes - dd_min_u64(*ret_left, c->span.len_bytes);
        if (copy_back && c->bounced && c->dir == DD_DIR_FROM_DEVICE && moved > 0) {
            copy_told(c, moved, false);
        }
        c->busy = false;
    }
    dd_mutex_unlock(&c->lock);
    return r;
}

uint32_t dd_isa_channel_left(struct dd_isa_channel *c)
{
    uint32_t left;

    dd_mutex_lock(&c->lock);
    left = c->busy ? read_left(c) : 0;
    dd_mutex_unlock(&c->lock);
    return left;
}

bool dd_isa_channel_busy(struct dd_isa_channel *c)
{
    bool busy;

    dd_mutex_lock(&c->lock);
    busy = c->busy;
    dd_mutex_unlock(&c->lock);
    return busy;
}
