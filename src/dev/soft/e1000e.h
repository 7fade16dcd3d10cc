/* SPDX-License-Identifier: MIT */
/*
 * soft:e1000e, an Intel 82574L in the process. What each file does:
 *
 *   e1000e.c          life: open, accesses, reset, removal, close
 *   e1000e_host.c     service, timers; the only file that calls the host
 *   e1000e_mmio.c     BARs: widths, I/O window, MSI-X table; which register does what
 *   e1000e_regs.c     registers that only keep a value: masks, values at reset, aliases
 *   e1000e_tx.c       transmit rings: fetch, gather, write-back, interrupt delay
 *   e1000e_offload.c  checksum insertion, segmentation, VLAN insertion, FCS of one gathered frame
 *   e1000e_rx.c       receive rings, room for a frame
 *   e1000e_store.c    receive: writing a frame
 *   e1000e_filter.c   which frames are wanted
 *   e1000e_parse.c    receive: headers, checksum status, RSS
 *   e1000e_irq.c      causes, masks, throttle; line, MSI, MSI-X
 *   e1000e_phy.c      PHY, link, NVM
 *   e1000e_pci.c      config space
 *   e1000e_stats.c    statistics
 *
 * It follows the data sheet where it and common emulators differ, and is strict where silicon is:
 * descriptors are read in bursts and kept, CTRL.RST resets, the link and the PHY take time,
 * GIO_MASTER_DISABLE stops DMA, reading ICR clears only when an interrupt was asserted or all are
 * masked.
 *
 *   bar_write -> marks work -> host->kick ... service: timers -> transmit -> interrupts
 *   receive   -> filter -> store by IOVA -> interrupts
 *
 * One lock, dd_e1k.lock, guards all fields. It is never held in a call of the host. _locked
 * functions want it.
 */
#ifndef DD_DEV_SOFT_E1000E_H
#define DD_DEV_SOFT_E1000E_H

#include "base/check.h"
#include "base/inet.h"
#include "base/thread.h"
#include "dev/dev.h"
#include "e1000e_regs.h"

#include <string.h>

#define E1K_QUEUES     2u
#define E1K_VECTORS    5u
#define E1K_NEVER      UINT64_MAX
#define E1K_DESC_BYTES 16u
#define E1K_TX_CACHE   32u    /* descriptors fetched ahead, one queue */
#define E1K_RX_BURST   32u    /* descriptors fetched ahead in one go */
#define E1K_RX_CACHE   256u   /* and the most that are kept, for frames over many buffers */
#define E1K_TX_HELD    64u    /* write-backs WTHRESH can hold */
#define E1K_FRAME_MAX  16288u /* without segmentation, section 3.1 */
#define E1K_SEND_MAX   ((1u << 20) + 256u)
#define E1K_MIN_FRAME  60u
#define E1K_FCS_BYTES  4u
#define E1K_PHY_REGS   32u

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "descriptors are copied as they are");

enum e1k_timer {
    E1K_T_LINK, /* autonegotiation ends */
    E1K_T_MDIC, /* MDIO access ends */
    E1K_T_RDTR,
    E1K_T_RADV,
    E1K_T_RAID,
    E1K_T_TIDV,
    E1K_T_TADV,
    E1K_T_IRQ, /* a throttled interrupt may go */
    E1K_T_COUNT
};

struct e1k_desc {
    uint64_t lo, hi;
};

struct e1k_ctx {
    unsigned ipcss, ipcso, ipcse, tucss, tucso, tucse;
    unsigned paylen, hdrlen, mss, tucmd;
};

struct e1k_held {
    uint64_t iova; /* of the descriptor's third dword */
    uint32_t dword;
};

struct e1k_txq {
    unsigned n;
    bool kicked; /* the tail moved, or the unit was switched on */
    bool halted; /* a descriptor could not be fetched */
    unsigned cache_pos, cached;
    struct e1k_desc cache[E1K_TX_CACHE];
    struct e1k_ctx ctx;
    /* the frame being gathered */
    uint8_t *data;
    size_t len, cap;
    bool open, bad;
    uint8_t cmd, popts; /* of its first descriptor */
    uint16_t vlan_tag;
    unsigned held_count;
    uint32_t held_causes; /* raised when they are written */
    struct e1k_held held[E1K_TX_HELD];
    bool low_told; /* TXD_LOW */
};

struct e1k_rxq {
    unsigned n;
    bool halted;
    unsigned cache_pos, cached; /* in 16-byte units */
    uint8_t cache[E1K_RX_CACHE * E1K_DESC_BYTES];
};

struct e1k_msix {
    uint32_t table[E1K_VECTORS][4];
    uint32_t pba;
};

struct dd_e1k {
    struct dd_dev dev; /* first */
    struct dd_mutex lock;
    struct dd_cond idle; /* users fell to 0, or an interrupt call ended */
    struct dd_dev_options options;
    uint64_t now_ns; /* when the time was last asked for */

    bool removed, closing, asleep; /* asleep: D3hot */
    unsigned users;                /* threads that are or will be in a host call */
    bool serving, again;           /* a thread is in service(); another wanted to be */
    bool work, kick_told;

    uint32_t regs[E1K_BAR_BYTES / 4];
    uint32_t io_addr;
    uint64_t at_ns[E1K_T_COUNT];

    struct e1k_txq tx[E1K_QUEUES];
    struct e1k_rxq rx[E1K_QUEUES];
    uint32_t tx_fire, tx_wait; /* causes to raise now; and when TIDV or TADV ends */
    bool rx_blocked, rx_ready; /* receive() said -EAGAIN; the reason may be gone */
    uint8_t *rx_copy;          /* a frame with tag stripped or FCS added */
    size_t rx_copy_cap;

    /* frames on their way to host->transmit; only the serving thread touches these */
    uint8_t *out;
    size_t out_len, out_cap;
    uint32_t *out_lens;
    size_t out_count, out_lens_cap;

    enum dd_irq_mode irq_mode;
    uint32_t icr, ims;
    uint32_t seen;       /* unmasked causes already turned into messages */
    uint32_t other_seen; /* of the group behind OTHER */
    bool line_want, line_told;
    bool msi_pending;
    uint32_t vec_pending, vec_causes[E1K_VECTORS], msg_out;
    uint64_t fired_ns[E1K_VECTORS]; /* last message, or line up ([0]) */
    bool irq_busy;                  /* a thread is telling the host */
    int irq_tid;
    struct e1k_msix msix;

    bool cable, phy_link, phy_done, phy_latched;
    bool phyra; /* STATUS.PHYRA */
    uint16_t phy[E1K_PHY_REGS], phy2[E1K_PHY_REGS];
    uint32_t mdic_result;
    uint16_t nvm[64];

    uint8_t config[4096], config_wmask[4096];
};

static inline uint32_t e1k_reg(const struct dd_e1k *d, uint32_t addr)
{
    return d->regs[addr / 4];
}

static inline uint16_t e1k_get16(const uint8_t *p)
{
    uint16_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

static inline uint32_t e1k_get32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

static inline void e1k_put16(uint8_t *p, uint32_t v)
{
    uint16_t w = (uint16_t)v;

    memcpy(p, &w, sizeof(w));
}

static inline void e1k_put32(uint8_t *p, uint32_t v)
{
    memcpy(p, &v, sizeof(v));
}

/* what the headers of a received frame say */
struct e1k_packet {
    size_t len;
    uint16_t tag, type;
    bool tagged, ip4, ip6, fragment, tcp, udp, tcp_ack, truncated, first_fragment, ip6_ext;
    size_t l3, l4, l4_end, payload; /* offsets; payload: after the last header known */
    uint32_t status;                /* RXS_ and RXE_ bits */
    uint16_t ip_id;
    uint32_t rss_type, rss_hash;
    unsigned queue;
};
/* e1000e.c */
void dd_e1k_mac_reset_locked(struct dd_e1k *d);
/* may the device start DMA now: power, bus master, GIO_MASTER_DISABLE */
bool dd_e1k_dma_on_locked(const struct dd_e1k *d);
void dd_e1k_arm_locked(struct dd_e1k *d, enum e1k_timer t, uint64_t at_ns);

/* e1000e_host.c */
uint64_t dd_e1k_host_now(const struct dd_e1k *d);
void dd_e1k_see_time_locked(struct dd_e1k *d, uint64_t now_ns);
/* tell the host what the line does and, with @raise, what asks for attention; unlocks meanwhile */
void dd_e1k_irq_tell_locked(struct dd_e1k *d, bool raise);
void dd_e1k_user_done_locked(struct dd_e1k *d);
/* end of an access: lowers the line at once, asks for service; unlocks */
void dd_e1k_finish_access(struct dd_e1k *d);
uint64_t dd_e1k_service(struct dd_dev *dev);

/* e1000e_mmio.c; addresses inside the register BAR, 32 bits */
uint32_t dd_e1k_bar_read_locked(struct dd_e1k *d, unsigned bar, uint64_t off, unsigned width);
void dd_e1k_bar_write_locked(struct dd_e1k *d, unsigned bar, uint64_t off, unsigned width,
                             uint32_t value);

/* e1000e_regs.c */
void dd_e1k_regs_reset(struct dd_e1k *d, bool power_on);
void dd_e1k_regs_store(struct dd_e1k *d, uint32_t addr, uint32_t value);
uint32_t dd_e1k_regs_alias(uint32_t addr);

/* e1000e_tx.c */
/* dd_e1k_tx_run_locked - work through the rings, at most a batch; true when there is more */
bool dd_e1k_tx_run_locked(struct dd_e1k *d);
void dd_e1k_tx_tail_locked(struct dd_e1k *d, unsigned queue, uint32_t value);
void dd_e1k_tx_enable_locked(struct dd_e1k *d);
/* DMA, link or loopback may have come: try again what was stuck */
void dd_e1k_tx_wake_locked(struct dd_e1k *d);
/* TIDV or TADV ended, or FPD */
void dd_e1k_tx_flush_locked(struct dd_e1k *d);
void dd_e1k_tx_reset_locked(struct dd_e1k *d);
void dd_e1k_tx_forget_locked(struct dd_e1k *d, unsigned queue);

/* e1000e_offload.c */
/* dd_e1k_send_locked - a frame is gathered in @q; @hi: second half of its last descriptor */
void dd_e1k_send_locked(struct dd_e1k *d, struct e1k_txq *q, uint64_t hi);
uint32_t dd_e1k_crc32(const uint8_t *p, size_t len_bytes);

/* e1000e_rx.c */
/* dd_e1k_receive_locked - as dd_dev_ops.receive */
int dd_e1k_receive_locked(struct dd_e1k *d, const uint8_t *frame, size_t len_bytes, bool looped);
void dd_e1k_rx_tail_locked(struct dd_e1k *d, unsigned queue, uint32_t value);
void dd_e1k_rx_reset_locked(struct dd_e1k *d);
void dd_e1k_rx_forget_locked(struct dd_e1k *d, unsigned queue);
void dd_e1k_rx_wake_locked(struct dd_e1k *d);
/* service: fetch descriptors ahead; true when host->receive_ready is due */
bool dd_e1k_rx_run_locked(struct dd_e1k *d);

/* e1000e_filter.c */
bool dd_e1k_wanted_locked(struct dd_e1k *d, const uint8_t *frame, const struct e1k_packet *pk);

/* e1000e_parse.c */
void dd_e1k_parse(const struct dd_e1k *d, const uint8_t *frame, size_t len_bytes,
                  struct e1k_packet *ret_packet);

/* e1000e_irq.c */
void dd_e1k_irq_raise_locked(struct dd_e1k *d, uint32_t causes);
uint32_t dd_e1k_irq_read_icr_locked(struct dd_e1k *d);
uint32_t dd_e1k_irq_peek_icr_locked(const struct dd_e1k *d);
void dd_e1k_irq_write_icr_locked(struct dd_e1k *d, uint32_t value);
void dd_e1k_irq_mask_locked(struct dd_e1k *d, uint32_t set, uint32_t clear);
/* recompute what is asserted after causes, masks or mode changed */
void dd_e1k_irq_eval_locked(struct dd_e1k *d);
/* let go what throttle and masks allow */
void dd_e1k_irq_fire_locked(struct dd_e1k *d);
void dd_e1k_irq_mode_locked(struct dd_e1k *d, enum dd_irq_mode mode, unsigned vectors);
void dd_e1k_irq_reset_locked(struct dd_e1k *d);
uint32_t dd_e1k_msix_read_locked(const struct dd_e1k *d, uint64_t off);
void dd_e1k_msix_write_locked(struct dd_e1k *d, uint64_t off, uint32_t value);
void dd_e1k_msix_pba_clear_locked(struct dd_e1k *d, uint32_t vectors);

/* e1000e_phy.c */
void dd_e1k_phy_power_on_locked(struct dd_e1k *d);
/* PHY registers to their defaults; autonegotiation starts */
void dd_e1k_phy_reset_locked(struct dd_e1k *d);
/* link drops, autonegotiation starts when there is a cable */
void dd_e1k_link_restart_locked(struct dd_e1k *d);
void dd_e1k_link_timer_locked(struct dd_e1k *d);
void dd_e1k_cable_locked(struct dd_e1k *d, bool in);
bool dd_e1k_link_is_up_locked(const struct dd_e1k *d);
bool dd_e1k_loopback_locked(const struct dd_e1k *d);
void dd_e1k_mdic_write_locked(struct dd_e1k *d, uint32_t value);
uint32_t dd_e1k_mdic_read_locked(struct dd_e1k *d);
void dd_e1k_nvm_init(struct dd_e1k *d);
/* RAL0, RAH0 from the NVM */
void dd_e1k_nvm_load_locked(struct dd_e1k *d);
void dd_e1k_nvm_access_locked(struct dd_e1k *d, uint32_t addr, uint32_t value);

/* e1000e_pci.c */
void dd_e1k_pci_reset_locked(struct dd_e1k *d);
uint32_t dd_e1k_pci_read_locked(struct dd_e1k *d, unsigned off, unsigned width);
void dd_e1k_pci_write_locked(struct dd_e1k *d, unsigned off, unsigned width, uint32_t value);
bool dd_e1k_pci_memory_on_locked(const struct dd_e1k *d);
bool dd_e1k_pci_io_on_locked(const struct dd_e1k *d);
bool dd_e1k_pci_master_on_locked(const struct dd_e1k *d);
bool dd_e1k_pci_intx_off_locked(const struct dd_e1k *d);
bool dd_e1k_pci_msix_masked_locked(const struct dd_e1k *d);
/* the enable bits of MSI and MSI-X follow the mode the platform chose */
void dd_e1k_pci_show_mode_locked(struct dd_e1k *d);

/* e1000e_stats.c */
void dd_e1k_stat_add_locked(struct dd_e1k *d, uint32_t addr, uint32_t n);
uint32_t dd_e1k_stat_read_locked(struct dd_e1k *d, uint32_t addr);
/* @wire_bytes: with FCS; @dest: destination address */
void dd_e1k_stat_sent_locked(struct dd_e1k *d, size_t wire_bytes, const uint8_t *dest);
void dd_e1k_stat_received_locked(struct dd_e1k *d, size_t wire_bytes, const uint8_t *dest);
/* a good frame that no filter wanted */
void dd_e1k_stat_passed_by_locked(struct dd_e1k *d, size_t wire_bytes);

#endif
