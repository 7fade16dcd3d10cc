/* SPDX-License-Identifier: MIT */
/*
 * An 82574L on the bench, in the state every vector starts from: link up, rings of 16 at 100000 and
 * 104000, frames at 200000, receive buffers of 2048 bytes from 400000.
 */
#ifndef DD_TESTS_CONTRACT_NIC_H
#define DD_TESTS_CONTRACT_NIC_H

#include "frames.h"
#include "rig.h"

#define TX_RING         0x100000u
#define RX_RING         0x104000u
#define RX_RING1        0x106000u
#define DATA            0x200000u
#define RX_BUFFERS      0x400000u
#define RX_BUFFERS1     0x500000u
#define RX_BUFFER_BYTES 2048u
#define RING            16u
#define RCTL_USUAL      0x04008002u /* EN, BAM, SECRC */
#define TCTL_USUAL      0x000400fau

#define CTRL     0x00000u
#define STATUS   0x00008u
#define EERD     0x00014u
#define CTRL_EXT 0x00018u
#define MDIC     0x00020u
#define ICR      0x000c0u
#define ITR      0x000c4u
#define ICS      0x000c8u
#define IMS      0x000d0u
#define IMC      0x000d8u
#define EIAC     0x000dcu
#define IAM      0x000e0u
#define IVAR     0x000e4u
#define EITR0    0x000e8u
#define RCTL     0x00100u
#define TCTL     0x00400u
#define PBACLR   0x05b68u
#define PSRCTL   0x02170u
#define RDBAL    0x02800u
#define RDLEN    0x02808u
#define RDH      0x02810u
#define RDT      0x02818u
#define RDTR     0x02820u
#define RADV     0x0282cu
#define TDBAL    0x03800u
#define TDLEN    0x03808u
#define TDH      0x03810u
#define TDT      0x03818u
#define TIDV     0x03820u
#define TXDCTL   0x03828u
#define TADV     0x0382cu
#define TARC     0x03840u
#define RXCSUM   0x05000u
#define RFCTL    0x05008u
#define MTA      0x05200u
#define RAL      0x05400u
#define RAH      0x05404u
#define VFTA     0x05600u
#define MRQC     0x05818u
#define SWSM     0x05b50u
#define RETA     0x05c00u
#define RSSRK    0x05c80u

/* quirk rows of the spec's table that vectors name, and some it has no number for */
enum {
    QUIRK_RST = 1,
    QUIRK_SECRC = 3,
    QUIRK_FRAGMENTS = 4,
    QUIRK_TX_BUFFER_WRITTEN = 6,
    QUIRK_NO_PADDING = 7,
    QUIRK_RDMT_EXACT = 14,
    QUIRK_RXO_WHILE_WAITING = 15,
    QUIRK_MASTER_DISABLE_IGNORED = 18,
    QUIRK_IAM_NOT_ON_READ = 20,
    QUIRK_TX_STATISTICS = 29,
    QUIRK_TXQE_WITHOUT_WORK = 40,
    QUIRK_TX_PARSES = 41, /* offsets and the sum already in the field are ignored */
    QUIRK_TSO_FRAGMENTS = 42,
    QUIRK_MASTER_OFF_LOSES = 43, /* a tail write without bus master loses the frames */
    QUIRK_MTA_FOR_UNICAST = 44,
    QUIRK_LINK_AT_ONCE = 45, /* the link is there at power on, without autonegotiation */
    QUIRK_READ_FAULT_IS_ZEROS = 46,
    QUIRK_D3 = 24,
    QUIRK_TAIL_BEYOND_SENDS = 30,
    QUIRK_LARGE_FRAME_DROPPED = 48,   /* larger than the free buffers: counted and lost */
    QUIRK_MEMORY_OFF_READS_ZERO = 47, /* unclaimed cycles read 0 instead of ones */
};

int nic_open(void **state);
/* the test ends as skipped on a part of the 8254x family: it has no such thing */
#define ONLY_82574(r)                                                                              \
    do {                                                                                           \
        if (!(r)->device->nic_82574) {                                                             \
            print_message("an 82540EM has no such thing\n");                                       \
            skip();                                                                                \
        }                                                                                          \
    } while (0)
/* STATUS as the 82574 shows it, for the part on the bench: the 8254x's never changes but for the
 * link
 */
uint32_t nic_status(const struct rig *r, uint32_t of_82574);
/* bytes 8..15 of a legacy receive descriptor. The 8254x model sets "ignore checksum" in each that
 * ends a frame */
void nic_expect_stored(struct rig *r, unsigned i, const char *hex, const char *file, int line);
#define expect_stored(r, i, hex) nic_expect_stored((r), (i), (hex), __FILE__, __LINE__)
#define NIC_TEST(f)              cmocka_unit_test_setup_teardown(f, nic_open, rig_close)

/* nic_map - rings, frames, buffers; nic_open has done it */
void nic_map(struct rig *r);
/* wait for what takes time on silicon: the link; an MDIO access */
void nic_link(struct rig *r);
uint32_t nic_mdic(struct rig *r, uint32_t value);
uint32_t nic_phy_read(struct rig *r, unsigned reg);
void nic_phy_write(struct rig *r, unsigned reg, unsigned value);

void nic_tx_desc(struct rig *r, unsigned i, uint64_t lo, uint64_t hi);
/* bytes of a transmit or receive descriptor */
uint8_t *nic_txd(struct rig *r, unsigned i);
uint8_t *nic_rxd(struct rig *r, unsigned i);
void nic_rx_desc(struct rig *r, unsigned i, uint64_t lo, uint64_t hi);
void nic_rx_start(struct rig *r, uint32_t rctl, uint32_t tail);
uint8_t *nic_buffer(struct rig *r, unsigned i);
/* put @len bytes at @iova */
void nic_put(struct rig *r, uint64_t iova, const uint8_t *p, size_t len);

/* QW1 of a legacy descriptor, a data descriptor, a context */
uint64_t tx_legacy(size_t len, unsigned cmd, unsigned tag);
uint64_t tx_data(size_t len, unsigned cmd, unsigned popts);
void nic_tx_context(struct rig *r, unsigned i, const unsigned offsets[6], unsigned tucmd,
                    unsigned paylen, unsigned hdrlen, unsigned mss);
/* vector T1: frame A with RS from descriptor @i */
void nic_send_a(struct rig *r, unsigned i, unsigned cmd);

/* INTx causes, without the bit that says whether they were asserted */
#define ICR_CAUSES 0x7fffffffu

#endif
