/* SPDX-License-Identifier: MIT */
/*
 * The device contract: one header, several implementations (null, soft, qemu, vfio). Callers never
 * test for a missing operation: null/ refuses.
 *
 * A device does its work in its own context: a register write only marks work and calls
 * host->kick(); the host then calls ops->service() there (setting device-latency: at once, later,
 * or random). Registers may be accessed from any thread at any IRQL, also while service() runs: the
 * device locks for itself, and calls host functions without holding that lock.
 */
#ifndef DD_DEV_DEV_H
#define DD_DEV_DEV_H

#include "dev/domain.h"

struct dd_dev;

enum dd_bus {
    DD_BUS_PCI,
    DD_BUS_ISA
};

/* what the DMA controller does in one cycle that acknowledges a device */
enum dd_dma_cycle {
    DD_DMA_SENSE,     /* no cycle: it looks at the request pin before the first one */
    DD_DMA_VERIFY,    /* addresses and counts only: no data */
    DD_DMA_TO_MEMORY, /* the device drives the bus */
    DD_DMA_TO_DEVICE, /* memory does */
};

/**
 * dd_dma_cycle_fn - the device's side of one cycle
 * @terminal: the controller's terminal count pin is active: the last of its count
 * @unit: 8 or 16 bits, as wide as the channel; NULL with DD_DMA_SENSE
 *
 * Called from within run(); no register access and no call of the host is allowed inside. What the
 * cycle does is the controller's to say, not the device's.
 *
 * Return: the level of the device's request pin, after the cycle.
 */
typedef bool dd_dma_cycle_fn(void *arg, enum dd_dma_cycle cycle, bool terminal, uint16_t *unit);

/* The pins between a device on the ISA bus and the machine's DMA controller; src/hal/isa_dma.h is
 * what is behind them. A device moves data in run() alone, and only as many units, and in that
 * direction, as the controller's registers say. */
struct dd_dma_line {
    void *arg;
    /* level of the device's request pin (DREQ) of @channel. A channel that is, or gets, unmasked is
     * told by kick() */
    void (*request)(void *arg, unsigned channel, bool level);
    /* the cycles that the controller grants @channel now; called in service(), whether or not the
     * request is up. Single mode: one; demand mode: until the device lowers its request; block
     * mode: until terminal count. Returns how many */
    size_t (*run)(void *arg, unsigned channel, dd_dma_cycle_fn *cycle, void *cycle_arg);
};

/* what the platform gives a device; filled in by src/run, outlives the device */
struct dd_dev_host {
    void *arg;
    struct dd_domain *domain;
    struct dd_ram *ram;            /* what the domain leads to; for devices outside the process */
    const struct dd_dma_line *dma; /* ISA devices only */
    /* service() is wanted soon */
    void (*kick)(void *arg);
    /* @vector: message number, or 0 for the line. Line: @level is the level of the pin; each change
     * is reported. Message: called once per message with level true. Any thread; never blocks */
    void (*interrupt)(void *arg, unsigned vector, bool level);
    /* a frame goes out on the wire, without FCS */
    void (*transmit)(void *arg, const void *frame, size_t len_bytes);
    /* the device can take frames again after receive() said -EAGAIN */
    void (*receive_ready)(void *arg);
    uint64_t (*now_ns)(void *arg);
    /* the device has left the bus by itself (its process ended), and is from now on as after
     * remove(). @why: one line. Once, any thread; never blocks */
    void (*gone)(void *arg, const char *why);
};

enum dd_irq_mode {
    DD_IRQ_LINE,
    DD_IRQ_MSI,
    DD_IRQ_MSIX
};

struct dd_bar {
    uint64_t size_bytes; /* 0: not there */
    bool io;             /* I/O ports */
    uint64_t base;       /* bus address, assigned by the device at open; what config space shows */
};

struct dd_dev_info {
    const char *name; /* "soft:e1000e" */
    uint16_t vendor_id, device_id;
    unsigned address_bits; /* what the device can put on the bus: 24..64 */
    unsigned msi_vectors;  /* 0: none */
    unsigned msix_vectors; /* 0: none */
    struct dd_bar bars[6]; /* ISA: its port ranges */
    uint8_t mac[6];
    enum dd_bus bus;
    uint8_t isa_irq;         /* ISA: the line */
    uint8_t dma_channels[2]; /* ISA: DMA channels it is wired to */
    uint8_t dma_count;
};

struct dd_dev_ops {
    /* config space, naturally aligned @width 1, 2, 4. Beyond the space: reads all ones */
    uint32_t (*config_read)(struct dd_dev *d, unsigned offset, unsigned width);
    void (*config_write)(struct dd_dev *d, unsigned offset, unsigned width, uint32_t value);
    /* @width 1, 2, 4, 8; offset inside the BAR */
    uint64_t (*bar_read)(struct dd_dev *d, unsigned bar, uint64_t offset, unsigned width);
    void (*bar_write)(struct dd_dev *d, unsigned bar, uint64_t offset, unsigned width,
                      uint64_t value);
    /* do pending work; returns the time (now_ns clock) it wants to be called again at, UINT64_MAX:
     * none */
    uint64_t (*service)(struct dd_dev *d);
    /* a frame arrives from the wire (without FCS). 0 taken (stored, or dropped by a filter);
     * -EAGAIN no buffer: the wire keeps it and waits for receive_ready(); -ENODEV removed;
     * -ENETDOWN link down */
    int (*receive)(struct dd_dev *d, const void *frame, size_t len_bytes);
    /* frames that receive() took and that the device has still to look at: 0 inside the process; a
     * socket to another may hold some. Not exact: 0 means none, else some */
    uint64_t (*waiting)(struct dd_dev *d);
    /* cable in or out */
    void (*set_link)(struct dd_dev *d, bool up);
    /* how interrupts are delivered from now on (the platform programmed MSI or MSI-X) */
    void (*set_irq_mode)(struct dd_dev *d, enum dd_irq_mode mode, unsigned vectors);
    /* power-on reset */
    void (*reset)(struct dd_dev *d);
    /* surprise removal: registers read all ones, no more interrupts or DMA */
    void (*remove)(struct dd_dev *d);
    /* a removed device is put back into its slot: as at power on, bus addresses as before. 0;
     * -ENOTSUP, it cannot be (kind.hot_plug false); -Exxx, it did not come up */
    int (*insert)(struct dd_dev *d);
    /* stands still (or goes on): no DMA, no interrupts, no frames; registers may still answer. The
     * platform holds service() and receive() meanwhile; this is for what runs by itself */
    void (*freeze)(struct dd_dev *d, bool frozen);
    /* end: no host call after it returns. Frees the device */
    void (*close)(struct dd_dev *d);
};

struct dd_dev {
    const struct dd_dev_ops *ops;
    struct dd_dev_info info;
    struct dd_dev_host *host;
};

/* options a device kind understands, from --set (device.*) and the run's seed */
struct dd_dev_options {
    const char *spec; /* of the kind that is opened */
    uint64_t seed;
    bool link_down;            /* start with the cable out */
    uint64_t link_up_delay_ns; /* autonegotiation time; default 1 ms */
    bool prefetch;             /* fetch descriptors in bursts, as silicon does (default true) */
    unsigned address_bits;     /* 0: the device's own */
    bool hot_plug;             /* remove() and insert() will be called during the run */
    /* open() that fails for a reason an errno cannot tell writes one line here; may be NULL */
    char *why;
    size_t why_bytes;
};

/* a device kind: "soft:e1000e" */
struct dd_dev_kind {
    const char *spec;
    const char *what; /* one line for `drydock devices` */
    /* NULL when it can be opened here, else the reason and what to do */
    const char *(*unavailable)(void);
    int (*open)(const struct dd_dev_options *options, struct dd_dev_host *host,
                struct dd_dev **ret_dev);
    enum dd_bus bus;
    bool hot_plug; /* insert() works */
};

extern const struct dd_dev_kind dd_dev_null, dd_dev_soft_e1000e, dd_dev_soft_isanic;

#endif
