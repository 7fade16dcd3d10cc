/* SPDX-License-Identifier: MIT */
/*
 * Ethernet frames with IPv4 or IPv6 and TCP or UDP in them: where the headers are, and whether the
 * checksums hold (RFC 791, 768, 793, 1071, 8200). Sums are of 16-bit big-endian words.
 */
#ifndef DD_BASE_INET_H
#define DD_BASE_INET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dd_inet {
    uint32_t l3, l4, data, end; /* from the start of the frame: IP header, what it carries, the
                                   transport's data, the end of the datagram */
    bool tagged;                /* an 802.1Q tag in the frame */
    bool ipv4, ipv6, tcp, udp;  /* tcp, udp: whole ones only, never of a fragment */
    bool fragment, ip_options, tcp_options;
    bool ip_good; /* the IPv4 header's sum holds */
    bool l4_none; /* UDP over IPv4 without a checksum */
    bool l4_good; /* TCP's or UDP's sum holds */
};

/* dd_inet_parse - false: no well-formed IP datagram. IPv6 extension headers are not followed: what
 * has some is neither tcp nor udp */
bool dd_inet_parse(const uint8_t *frame, size_t len_bytes, struct dd_inet *ret_inet);
/* dd_inet_sum - one's complement sum on top of @start, folded to 16 bits, not inverted */
uint16_t dd_inet_sum(const uint8_t *p, size_t len_bytes, uint32_t start);
/* dd_inet_pseudo - the sum of the pseudo header, not inverted; @l4_bytes 0: without a length, as
 * large sends have it */
uint16_t dd_inet_pseudo(const uint8_t *frame, const struct dd_inet *i, uint32_t l4_bytes);
/* dd_inet_sum_at - where TCP's or UDP's checksum is in the frame */
uint32_t dd_inet_sum_at(const struct dd_inet *i);

static inline uint16_t dd_be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline void dd_put_be16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline uint32_t dd_be32(const uint8_t *p)
{
    return (uint32_t)dd_be16(p) << 16 | dd_be16(p + 2);
}

#endif
