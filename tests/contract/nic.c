/* SPDX-License-Identifier: MIT */
#include "nic.h"

static const uint32_t zeroed[] = {RFCTL, MRQC, EIAC, IAM,  CTRL_EXT, IVAR,
                                  ITR,   RDTR, RADV, TIDV, TADV};

void nic_map(struct rig *r)
{
    rig_mem(r, TX_RING, 128 * 16);
    rig_mem(r, RX_RING, RING * 16);
    rig_mem(r, RX_RING1, RING * 16);
    rig_mem(r, DATA, 0x10000);
    rig_mem(r, RX_BUFFERS, RING * RX_BUFFER_BYTES);
    rig_mem(r, RX_BUFFERS1, RING * RX_BUFFER_BYTES);
}

static void program(struct rig *r)
{
    rig_write(r, IMC, 0xffffffff);
    rig_write(r, CTRL, 0x00140241);
    rig_write(r, RXCSUM, 0x300);
    for (size_t i = 0; i < DD_ARRAY_LEN(zeroed); i++) {
        rig_write(r, zeroed[i], 0);
    }
    rig_write(r, RAL, 0x12005452);
    rig_write(r, RAH, 0x80005634);
    rig_write(r, TDBAL, TX_RING);
    rig_write(r, TDLEN, RING * 16);
    rig_write(r, TCTL, TCTL_USUAL);
    rig_write(r, RDBAL, RX_RING);
    rig_write(r, RDLEN, RING * 16);
    for (unsigned i = 0; i < RING; i++) {
        nic_rx_desc(r, i, RX_BUFFERS + i * RX_BUFFER_BYTES, 0);
    }
    rig_write(r, ICR, 0xffffffff);
    (void)rig_read(r, ICR);
}

int nic_open(void **state)
{
    struct rig *r;

    if (rig_open(state) != 0) {
        return -1;
    }
    r = *state;
    nic_map(r);
    nic_link(r);
    program(r);
    return 0;
}

void nic_link(struct rig *r)
{
    for (unsigned i = 0; i < 10 && (rig_read(r, STATUS) & 2) == 0; i++) {
        rig_advance(r, rig_exact(r) ? RIG_LINK_NS : RIG_LINK_REAL_NS);
    }
    assert_true((rig_read(r, STATUS) & 2) != 0);
}

uint32_t nic_mdic(struct rig *r, uint32_t value)
{
    rig_write(r, MDIC, value);
    for (unsigned i = 0; i < 20 && (rig_read(r, MDIC) & 0x10000000u) == 0; i++) {
        rig_advance(r, 100000);
    }
    return rig_read(r, MDIC);
}

uint32_t nic_phy_read(struct rig *r, unsigned reg)
{
    uint32_t v = nic_mdic(r, 0x08200000u | reg << 16);

    assert_true((v & 0x50000000u) == 0x10000000u);
    return v & 0xffff;
}

void nic_phy_write(struct rig *r, unsigned reg, unsigned value)
{
    assert_true((nic_mdic(r, 0x04200000u | reg << 16 | value) & 0x50000000u) == 0x10000000u);
}

uint8_t *nic_txd(struct rig *r, unsigned i)
{
    return rig_at(r, TX_RING + 16 * i, 16);
}

uint8_t *nic_rxd(struct rig *r, unsigned i)
{
    return rig_at(r, RX_RING + 16 * i, 16);
}

uint8_t *nic_buffer(struct rig *r, unsigned i)
{
    return rig_at(r, RX_BUFFERS + i * RX_BUFFER_BYTES, RX_BUFFER_BYTES);
}

static void put_desc(uint8_t *p, uint64_t lo, uint64_t hi)
{
    memcpy(p, &lo, 8);
    memcpy(p + 8, &hi, 8);
}

void nic_tx_desc(struct rig *r, unsigned i, uint64_t lo, uint64_t hi)
{
    put_desc(nic_txd(r, i), lo, hi);
}

void nic_rx_desc(struct rig *r, unsigned i, uint64_t lo, uint64_t hi)
{
    put_desc(nic_rxd(r, i), lo, hi);
}

void nic_rx_start(struct rig *r, uint32_t rctl, uint32_t tail)
{
    rig_write(r, RCTL, rctl);
    rig_write(r, RDT, tail);
}

void nic_put(struct rig *r, uint64_t iova, const uint8_t *p, size_t len)
{
    memcpy(rig_at(r, iova, len), p, len);
}

uint64_t tx_legacy(size_t len, unsigned cmd, unsigned tag)
{
    return (uint64_t)len | (uint64_t)cmd << 24 | (uint64_t)tag << 48;
}

uint64_t tx_data(size_t len, unsigned cmd, unsigned popts)
{
    return (uint64_t)len | 1ull << 20 | (uint64_t)cmd << 24 | (uint64_t)popts << 40;
}

void nic_tx_context(struct rig *r, unsigned i, const unsigned o[6], unsigned tucmd, unsigned paylen,
                    unsigned hdrlen, unsigned mss)
{
    uint64_t lo = (uint64_t)o[0] | (uint64_t)o[1] << 8 | (uint64_t)o[2] << 16 |
                  (uint64_t)o[3] << 32 | (uint64_t)o[4] << 40 | (uint64_t)o[5] << 48;

    nic_tx_desc(r, i, lo,
                (uint64_t)paylen | (uint64_t)tucmd << 24 | (uint64_t)hdrlen << 40 |
                    (uint64_t)mss << 48);
}

void nic_send_a(struct rig *r, unsigned i, unsigned cmd)
{
    uint8_t f[FRAME_BYTES];
    size_t len = frame_a(f);

    nic_put(r, DATA, f, len);
    nic_tx_desc(r, i, DATA, tx_legacy(len, cmd, 0));
    rig_write(r, TDT, i + 1);
}

uint32_t nic_status(const struct rig *r, uint32_t of_82574)
{
    return r->device->nic_82574 ? of_82574 : 0x80080781u | (of_82574 & 2);
}

void nic_expect_stored(struct rig *r, unsigned i, const char *hex, const char *file, int line)
{
    uint8_t got[8];

    memcpy(got, nic_rxd(r, i) + 8, sizeof(got));
    if (!r->device->nic_82574 && (got[4] & 2) != 0) {
        rig_expect_u32(got[4] & 4, 4, "ignore checksum", file, line);
        got[4] &= (uint8_t)~4u;
    }
    rig_expect_hex(got, hex, file, line);
}
