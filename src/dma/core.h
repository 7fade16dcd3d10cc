/* SPDX-License-Identifier: MIT */
/*
 * Between src/dma and src/hal.
 *
 *   dd_dma_device   one per device: its address space and map registers
 *   dd_dma          one per registration: what the driver declared, and the operations its
 *                   policies choose
 *   dd_span         memory of one MDL, as frames
 *   dd_sg_build     a list being written: dd_sg_begin, dd_sg_add per MDL, dd_sg_finish
 *   dd_xfer         what a finished list holds on to: device pages, bounce pages, map registers
 *   dd_common       memory shared with the device for long (common buffers, NDIS shared memory)
 *
 * What the policies mean here:
 *
 *   iommu off       the device uses dd_phys; a page out of its reach, or no RAM at all, needs a
 *                   bounce page
 *   iommu on        each span gets device pages of its own and keeps its page offset; RAM is
 *                   always in reach
 *   bounce          auto: pages that need it; always: every page; never: a page that needs it
 *                   fails the build
 *   map registers   auto: bounced pages are charged as they are found, and only the maximum of one
 *                   transfer can refuse them; a number: every page of every span is charged, before
 *                   the build, and the request may have to wait (dd_mapreg_take)
 *   sgl             how runs of memory become elements, see shape.c
 *
 * The fast path (iommu off, bounce auto, sgl merge, registers auto, unchecked) does not come here:
 * identity.h.
 */
#ifndef DD_DMA_CORE_H
#define DD_DMA_CORE_H

#include "dma/bounce.h"
#include "dma/dma.h"
#include "dma/iova.h"
#include "dma/mapreg.h"

#include <stdatomic.h>
#include <string.h>

/* a page frame number; MDLs hold them as PFN_NUMBER */
typedef uint64_t __attribute__((may_alias)) dd_frame;

/* part of one MDL */
struct dd_span {
    const dd_frame *frames; /* of the MDL's first page and those that follow */
    uint64_t offset_bytes;  /* first byte, from the start of frames[0]; may lie pages further */
    uint64_t len_bytes;     /* may be 0 */
    uint8_t *host; /* the driver's pointer to the first byte: used for pages that are no RAM */
    bool run;      /* the frames are adjacent */
};

static inline uint64_t dd_span_pages(uint64_t offset_bytes, uint64_t len_bytes)
{
    return len_bytes == 0
               ? 0
               : ((offset_bytes & DD_PAGE_MASK) + len_bytes + DD_PAGE_MASK) >> DD_PAGE_SHIFT;
}

struct dd_dma_device {
    struct dd_ram *ram;
    struct dd_domain *domain;
    const struct dd_dma_policy *policy;
    const void *adapter; /* for events */
    unsigned address_bits;
    bool translated; /* the domain translates */
    struct dd_iova_space space;
    struct dd_mapreg regs;
    _Atomic(uint64_t) common_bytes, common_peak;
};

struct dd_dma_device_config {
    struct dd_ram *ram;
    struct dd_domain *domain;
    const struct dd_dma_policy *policy; /* outlives the device */
    const void *adapter;
    unsigned address_bits; /* of the device: 24..64 */
};

/* dd_dma_device_init - 0 or -ENOMEM */
int dd_dma_device_init(struct dd_dma_device *dev, const struct dd_dma_device_config *config);
/* dd_dma_device_done - everything mapped is unmapped */
void dd_dma_device_done(struct dd_dma_device *dev);

struct dd_xfer;
struct dd_sg_build;

/* one set per kind of build; chosen when the driver registers, so that a build asks nothing it need
 * not */
struct dd_dma_ops {
    const char *name;
    /* describe one span: 0, -ENOMEM, -ENOBUFS, -ERANGE (see dd_sg_add) */
    int (*add)(struct dd_sg_build *b, const struct dd_span *span);
};

struct dd_dma {
    const struct dd_dma_ops *ops;
    struct dd_dma_device *dev;
    uint64_t reach; /* highest device address the driver and the device can use */
    uint64_t
        identity_max;   /* highest RAM byte that needs no bounce page when nothing is translated */
    uint64_t max_bytes; /* of one transfer, as registered */
    uint64_t max_regs;  /* one transfer may need */
    enum dd_sgl_shape shape;
    bool checked, charge_all;
    struct dd_bounce_pool bounce;
    struct dd_mutex rng_lock; /* guards rng */
    struct dd_rng rng;
};

/* dd_dma_init - @driver_bits: address width the driver declared, 24..64; @max_bytes: its largest
 * transfer */
void dd_dma_init(struct dd_dma *dma, struct dd_dma_device *dev, unsigned driver_bits,
                 uint64_t max_bytes);
/* dd_dma_done - all its transfers are over */
void dd_dma_done(struct dd_dma *dma);
/* dd_dma_is_plain - true when a build is nothing but the addresses of the frames */
bool dd_dma_is_plain(const struct dd_dma *dma);
/* dd_dma_random_below - seeded choice in [0, n) */
uint64_t dd_dma_random_below(struct dd_dma *dma, uint64_t n);

/* a stretch that was mapped by one call, or one bounced page, or (len_bytes 0) the device pages of
 * a span */
struct dd_piece {
    dd_iova iova; /* first byte; meaningless when not translated */
    uint32_t len_bytes;
    uint32_t iova_pages; /* device pages to give back; else 0 */
    uint8_t *orig;       /* the driver's bytes when bounced, else NULL */
    struct dd_bounce_page page;
};

#define DD_XFER_INLINE 6u

struct dd_xfer {
    struct dd_dma *dma;
    const void *obj; /* NET_BUFFER, for events */
    uint64_t owner;  /* number of the list */
    enum dd_dir dir;
    uint64_t regs;     /* charged */
    uint64_t bounced;  /* bytes in bounce pages */
    bool not_ram;      /* some of the memory is no RAM */
    bool data_changed; /* checked: send data differed from what was mapped, when it ended */
    uint32_t count, cap;
    struct dd_piece *pieces; /* inl, or on the heap */
    struct dd_piece inl[DD_XFER_INLINE];
};

struct dd_sg_build {
    struct dd_xfer *x;
    struct dd_sg_elem *elems;
    uint64_t count, cap;
    uint64_t phys_end;   /* byte after the last element, where it really lies */
    size_t header_bytes; /* room kept before elems in own memory */
    uint8_t *own; /* allocated because elems did not suffice; starts with the header's room */
};

/**
 * dd_sg_begin - start a list
 * @x: zero but for obj, owner, dir and regs (registers already charged with dd_mapreg_take, policy
 * with a number); must live until dd_xfer_end()
 * @elems, @cap: where to write, and how many fit; NULL, 0: own memory from the start
 * @header_bytes: room for a list header to keep before the elements in own memory
 */
void dd_sg_begin(struct dd_sg_build *b, struct dd_dma *dma, struct dd_xfer *x,
                 struct dd_sg_elem *elems, uint64_t cap, size_t header_bytes);

/**
 * dd_sg_add - describe the next span
 *
 * IRQL: up to DISPATCH_LEVEL.
 * Return: 0; -ENOMEM, no memory, bounce page or device page; -ENOBUFS, more map registers than one
 * transfer may use; -ERANGE, out of the device's reach and policy bounce=never. After a failure:
 * dd_sg_abort().
 */
int dd_sg_add(struct dd_sg_build *b, const struct dd_span *span);
/* dd_sg_finish - the list is complete; own memory, if any, is the caller's (free) */
void dd_sg_finish(struct dd_sg_build *b);
/* dd_sg_abort - undo what was added; registers charged before dd_sg_begin stay charged */
void dd_sg_abort(struct dd_sg_build *b);

/* dd_xfer_end - the driver is done: unmap, copy back. Does not give registers back:
 * dd_xfer_regs_put */
void dd_xfer_end(struct dd_xfer *x, bool copy_back);
/* dd_xfer_regs_put - give back the registers; requests that can now run are moved to @ret_ready */
void dd_xfer_regs_put(struct dd_xfer *x, struct dd_list *ret_ready);

/* memory shared with the device */
struct dd_common {
    struct dd_dma_device *dev;
    uint8_t *va;
    size_t len_bytes;
    dd_iova iova; /* device address of va */
    uint64_t owner;
    /* private */
    uint8_t *block;
    size_t block_bytes;
    uint32_t iova_pages;
    bool mapped;
};

/**
 * dd_common_alloc - one range that is contiguous for the device, page aligned
 * @len_bytes: > 0
 * @owner: number for fault reports (DD_OWNER_SHMEM or DD_OWNER_COMMON and a count)
 *
 * In checked runs guard bytes lie right before and right after it. Where the domain translates, the
 * device reaches exactly @len_bytes.
 *
 * IRQL: up to DISPATCH_LEVEL.
 * Return: 0 or -ENOMEM.
 */
int dd_common_alloc(struct dd_dma *dma, uint64_t len_bytes, uint64_t owner,
                    struct dd_common **ret_common);
/* dd_common_unmap - the device loses it; twice is fine */
void dd_common_unmap(struct dd_common *c);
/* dd_common_free - also unmaps. 0, or -EFAULT: guard bytes changed, the first at *ret_bad_offset
 * relative to va */
int dd_common_free(struct dd_common *c, int64_t *ret_bad_offset);

#endif
