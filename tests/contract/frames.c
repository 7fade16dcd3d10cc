/* SPDX-License-Identifier: MIT */
#include "frames.h"

#include <string.h>

static const uint8_t station[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
static const uint8_t stranger[6] = {0x02, 0xaa, 0xbb, 0xcc, 0xdd, 0xee};

uint16_t frame_be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

void frame_put_be16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void put_be32(uint8_t *p, uint32_t v)
{
    frame_put_be16(p, v >> 16);
    frame_put_be16(p + 2, v & 0xffff);
}

unsigned frame_sum(const uint8_t *p, size_t len, unsigned start)
{
    unsigned long sum = start;

    for (size_t i = 0; i < len; i++) {
        sum += (i & 1) != 0 ? p[i] : (unsigned long)p[i] << 8;
    }
    while (sum >> 16) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (unsigned)sum;
}

static void ethernet(uint8_t *f, const uint8_t *to, const uint8_t *from, unsigned type)
{
    memcpy(f, to, 6);
    memcpy(f + 6, from, 6);
    frame_put_be16(f + 12, type);
}

static void counting(uint8_t *p, size_t len, unsigned step)
{
    for (size_t i = 0; i < len; i++) {
        p[i] = (uint8_t)(i * step);
    }
}

size_t frame_a(uint8_t *f)
{
    static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

    ethernet(f, all, station, 0x88b5);
    counting(f + 14, 86, 1);
    return 100;
}

size_t frame_r_sized(uint8_t *f, size_t len)
{
    ethernet(f, station, stranger, 0x88b5);
    counting(f + 14, len - 14, 1);
    return len;
}

size_t frame_r(uint8_t *f)
{
    return frame_r_sized(f, 100);
}

size_t frame_r_tagged(uint8_t *f, uint16_t tag)
{
    size_t len = frame_r(f);

    memmove(f + 16, f + 12, len - 12);
    frame_put_be16(f + 12, 0x8100);
    frame_put_be16(f + 14, tag);
    return len + 4;
}

static void ip4(uint8_t *h, unsigned total, unsigned proto, uint32_t from, uint32_t to)
{
    memset(h, 0, 20);
    h[0] = 0x45;
    frame_put_be16(h + 2, total);
    frame_put_be16(h + 4, 0x1234);
    h[8] = 64;
    h[9] = (uint8_t)proto;
    put_be32(h + 12, from);
    put_be32(h + 16, to);
}

static void tcp(uint8_t *h, unsigned from, unsigned to, uint32_t seq, uint32_t ack, unsigned flags)
{
    memset(h, 0, 20);
    frame_put_be16(h, from);
    frame_put_be16(h + 2, to);
    put_be32(h + 4, seq);
    put_be32(h + 8, ack);
    h[12] = 0x50;
    h[13] = (uint8_t)flags;
    frame_put_be16(h + 14, 8192);
}

static size_t send4(uint8_t *f, size_t data, unsigned step, unsigned flags, unsigned total,
                    unsigned pseudo_len)
{
    frame_a(f);
    frame_put_be16(f + 12, 0x0800);
    ip4(f + 14, total, 6, 0x0a000001, 0x0a000002);
    tcp(f + 34, 1000, 2000, 1000, 2000, flags);
    frame_put_be16(f + 50, frame_sum(f + 26, 8, 6 + pseudo_len));
    counting(f + 54, data, step);
    return 54 + data;
}

size_t frame_c4(uint8_t *f)
{
    return send4(f, 301, 7, 0x18, 341, 321);
}

size_t frame_t(uint8_t *f)
{
    return send4(f, 4000, 13, 0x19, 0, 0);
}

static void ip6(uint8_t *h, unsigned payload, unsigned next)
{
    static const uint8_t net[8] = {0x20, 0x01, 0x0d, 0xb8};

    memset(h, 0, 40);
    h[0] = 0x60;
    frame_put_be16(h + 4, payload);
    h[6] = (uint8_t)next;
    h[7] = 64;
    memcpy(h + 8, net, sizeof(net));
    memcpy(h + 24, net, sizeof(net));
    h[23] = 1;
    h[39] = 2;
}

size_t frame_c6(uint8_t *f)
{
    frame_a(f);
    frame_put_be16(f + 12, 0x86dd);
    ip6(f + 14, 321, 6);
    tcp(f + 54, 1000, 2000, 1000, 2000, 0x18);
    frame_put_be16(f + 70, frame_sum(f + 22, 32, 6 + 321));
    counting(f + 74, 301, 7);
    return 375;
}

static void finish_ip4(uint8_t *f)
{
    frame_put_be16(f + 24, ~frame_sum(f + 14, 20, 0) & 0xffff);
}

size_t frame_tcp4(uint8_t *f)
{
    ethernet(f, station, stranger, 0x0800);
    ip4(f + 14, 140, 6, 0x0a000001, 0x0a000002);
    finish_ip4(f);
    tcp(f + 34, 10, 20, 1, 2, 0x10);
    counting(f + 54, 100, 7);
    frame_put_be16(f + 50, ~frame_sum(f + 34, 120, frame_sum(f + 26, 8, 6 + 120)) & 0xffff);
    return 154;
}

static void udp(uint8_t *h, unsigned len)
{
    frame_put_be16(h, 10);
    frame_put_be16(h + 2, 20);
    frame_put_be16(h + 4, len);
    frame_put_be16(h + 6, 0);
}

size_t frame_udp6(uint8_t *f)
{
    ethernet(f, station, stranger, 0x86dd);
    ip6(f + 14, 108, 17);
    udp(f + 54, 108);
    counting(f + 62, 100, 7);
    frame_put_be16(f + 60, ~frame_sum(f + 54, 108, frame_sum(f + 22, 32, 17 + 108)) & 0xffff);
    return 162;
}

size_t frame_udp4_no_sum(uint8_t *f)
{
    ethernet(f, station, stranger, 0x0800);
    ip4(f + 14, 128, 17, 0x0a000001, 0x0a000002);
    finish_ip4(f);
    udp(f + 34, 108);
    counting(f + 42, 100, 7);
    return 142;
}

size_t frame_rss(uint8_t *f, uint32_t from, uint16_t from_port, uint32_t to, uint16_t to_port)
{
    memset(f, 0, 60);
    ethernet(f, station, stranger, 0x0800);
    ip4(f + 14, 40, 6, from, to);
    finish_ip4(f);
    tcp(f + 34, from_port, to_port, 1, 2, 0x10);
    frame_put_be16(f + 50, ~frame_sum(f + 34, 20, frame_sum(f + 26, 8, 6 + 20)) & 0xffff);
    return 60;
}
