/* SPDX-License-Identifier: MIT */
#include "base/inet.h"

#include <string.h>

#define ETH_BYTES  14u
#define TAG_BYTES  4u
#define IPV6_BYTES 40u
#define TCP_BYTES  20u
#define UDP_BYTES  8u
#define IP_TCP     6u
#define IP_UDP     17u

static uint16_t fold(uint64_t sum)
{
    while (sum >> 16) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)sum;
}

/* Summed four bytes at a time as they lie in memory: swapping the folded sum's bytes swaps those of
 * every word (RFC 1071). */
uint16_t dd_inet_sum(const uint8_t *p, size_t len_bytes, uint32_t start)
{
    uint64_t sum = 0;
    uint32_t four;
    size_t i = 0;

    for (; i + sizeof(four) <= len_bytes; i += sizeof(four)) {
        memcpy(&four, p + i, sizeof(four));
        sum += four;
    }
    if (i < len_bytes) {
        four = 0;
        memcpy(&four, p + i, len_bytes - i);
        sum += four;
    }
    sum = fold(sum);
    return fold((sum >> 8 | (sum & 0xff) << 8) + start);
}

uint16_t dd_inet_pseudo(const uint8_t *frame, const struct dd_inet *i, uint32_t l4_bytes)
{
    uint32_t start = (i->tcp ? IP_TCP : IP_UDP) + (l4_bytes & 0xffff) + (l4_bytes >> 16);
    const uint8_t *ip = frame + i->l3;

    return i->ipv4 ? dd_inet_sum(ip + 12, 8, start) : dd_inet_sum(ip + 8, 32, start);
}

uint32_t dd_inet_sum_at(const struct dd_inet *i)
{
    return i->l4 + (i->tcp ? 16 : 6);
}

/* fills in what the IP header says; the protocol, or -1: not well-formed */
static int parse_v4(const uint8_t *ip, size_t room, struct dd_inet *i)
{
    uint32_t head, total;

    if (room < 20 || ip[0] >> 4 != 4) {
        return -1;
    }
    head = (ip[0] & 15u) * 4;
    total = dd_be16(ip + 2);
    if (head < 20 || total < head || total > room) {
        return -1;
    }
    i->ipv4 = true;
    i->ip_options = head > 20;
    i->fragment = (dd_be16(ip + 6) & 0x3fff) != 0;
    i->l4 = i->l3 + head;
    i->end = i->l3 + total;
    i->ip_good = dd_inet_sum(ip, head, 0) == 0xffff;
    return i->fragment ? 0 : ip[9];
}

static int parse_v6(const uint8_t *ip, size_t room, struct dd_inet *i)
{
    uint32_t total;

    if (room < IPV6_BYTES || ip[0] >> 4 != 6) {
        return -1;
    }
    total = IPV6_BYTES + dd_be16(ip + 4);
    if (total > room) {
        return -1;
    }
    i->ipv6 = true;
    i->l4 = i->l3 + IPV6_BYTES;
    i->end = i->l3 + total;
    return ip[6];
}

static void parse_l4(const uint8_t *frame, int protocol, struct dd_inet *i)
{
    const uint8_t *l4 = frame + i->l4;
    uint32_t bytes = i->end - i->l4;

    if (protocol == (int)IP_TCP && bytes >= TCP_BYTES) {
        uint32_t head = (l4[12] >> 4) * 4u;

        if (head < TCP_BYTES || head > bytes) {
            return;
        }
        i->tcp = true;
        i->tcp_options = head > TCP_BYTES;
        i->data = i->l4 + head;
    } else if (protocol == (int)IP_UDP && bytes >= UDP_BYTES && dd_be16(l4 + 4) == bytes) {
        i->udp = true;
        i->l4_none = i->ipv4 && dd_be16(l4 + 6) == 0;
        i->data = i->l4 + UDP_BYTES;
    } else {
        return;
    }
    i->l4_good = !i->l4_none && !(i->udp && dd_be16(l4 + 6) == 0) &&
                 dd_inet_sum(l4, bytes, dd_inet_pseudo(frame, i, bytes)) == 0xffff;
}

bool dd_inet_parse(const uint8_t *frame, size_t len_bytes, struct dd_inet *ret_inet)
{
    struct dd_inet i = {.l3 = ETH_BYTES};
    int protocol = -1;
    uint16_t type;

    if (len_bytes < ETH_BYTES + TAG_BYTES) {
        return false;
    }
    type = dd_be16(frame + 12);
    if (type == 0x8100) {
        type = dd_be16(frame + 16);
        i.tagged = true;
        i.l3 += TAG_BYTES;
    }
    if (type == 0x0800) {
        protocol = parse_v4(frame + i.l3, len_bytes - i.l3, &i);
    } else if (type == 0x86dd) {
        protocol = parse_v6(frame + i.l3, len_bytes - i.l3, &i);
    }
    if (protocol < 0) {
        return false;
    }
    i.data = i.l4;
    parse_l4(frame, protocol, &i);
    *ret_inet = i;
    return true;
}
