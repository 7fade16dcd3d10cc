/* SPDX-License-Identifier: MIT */
/* The frames of the test vectors (spec section 6), and what is needed to make more. */
#ifndef DD_TESTS_CONTRACT_FRAMES_H
#define DD_TESTS_CONTRACT_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_BYTES 8192u

/* all return the length; @f has room for FRAME_BYTES */
size_t frame_a(uint8_t *f);                      /* broadcast, 100 bytes */
size_t frame_r(uint8_t *f);                      /* to the station, 100 bytes */
size_t frame_r_sized(uint8_t *f, size_t len);    /* as R, any length */
size_t frame_r_tagged(uint8_t *f, uint16_t tag); /* R with an 802.1Q tag */
size_t frame_c4(uint8_t *f);                     /* to send: TCP/IPv4, sums for insertion */
size_t frame_c6(uint8_t *f);                     /* the same over IPv6 */
size_t frame_t(uint8_t *f);                      /* to segment: 4000 bytes of TCP data */
/* received ones, sums right, 100 bytes (7i) of data */
size_t frame_tcp4(uint8_t *f);
size_t frame_udp6(uint8_t *f);
size_t frame_udp4_no_sum(uint8_t *f);
/* TCP without data, for RSS; addresses and ports in network order numbers */
size_t frame_rss(uint8_t *f, uint32_t from, uint16_t from_port, uint32_t to, uint16_t to_port);

uint16_t frame_be16(const uint8_t *p);
void frame_put_be16(uint8_t *p, unsigned v);
/* one's complement sum, folded */
unsigned frame_sum(const uint8_t *p, size_t len, unsigned start);

#endif
