/* SPDX-License-Identifier: MIT */
/* What the receiver learns from a frame's headers: type, checksums, RSS hash. */
#include "e1000e.h"

#include "base/toeplitz.h"

#define ETH_BYTES    14u
#define TYPE_IP4     0x0800u
#define TYPE_IP6     0x86ddu
#define PROTO_TCP    6u
#define PROTO_UDP    17u
#define IP6_BYTES    40u
#define IP6_HOP      0u
#define IP6_ROUTING  43u
#define IP6_FRAGMENT 44u
#define IP6_DEST     60u
#define TCP_FLAG_ACK 0x10u

#define MRQC_ON     1u
#define MRQC_TCP4   (1u << 16)
#define MRQC_IP4    (1u << 17)
#define MRQC_TCP6   (1u << 18)
#define MRQC_IP6_EX (1u << 19)
#define MRQC_IP6    (1u << 20)

/* the work of dd_e1k_parse() */
struct parse {
    const struct dd_e1k *d;
    const uint8_t *p;
    struct e1k_packet *pk;
    unsigned proto;
};

static void parse_l4(struct parse *s)
{
    struct e1k_packet *pk = s->pk;
    const uint8_t *h = s->p + pk->l4;
    size_t room = pk->l4_end - pk->l4;

    pk->payload = pk->l4;
    if (pk->fragment) {
        pk->udp = s->proto == PROTO_UDP && pk->first_fragment && room >= 8;
        return;
    }
    if (s->proto == PROTO_TCP && room >= 20) {
        size_t bytes = (size_t)(h[12] >> 4) * 4;

        pk->tcp = bytes >= 20 && bytes <= room;
        pk->payload = pk->tcp ? pk->l4 + bytes : pk->l4;
        pk->tcp_ack = pk->tcp && (h[13] & TCP_FLAG_ACK) != 0;
    } else if (s->proto == PROTO_UDP && room >= 8) {
        pk->udp = true;
        pk->payload = pk->l4 + 8;
    }
}

static void parse_ip4(struct parse *s)
{
    struct e1k_packet *pk = s->pk;
    const uint8_t *h = s->p + pk->l3;
    size_t header, total;
    unsigned frag;

    if (pk->len < pk->l3 + 20 || h[0] >> 4 != 4) {
        return;
    }
    header = (size_t)(h[0] & 15) * 4;
    total = dd_be16(h + 2);
    if (header < 20 || total < header || pk->l3 + total > pk->len) {
        return;
    }
    pk->ip4 = true;
    pk->ip_id = dd_be16(h + 4);
    frag = dd_be16(h + 6);
    pk->fragment = (frag & 0x3fff) != 0;
    pk->first_fragment = (frag & 0x1fff) == 0;
    pk->l4 = pk->l3 + header;
    pk->l4_end = pk->l3 + total;
    s->proto = h[9];
    parse_l4(s);
}

static void parse_ip6(struct parse *s)
{
    struct e1k_packet *pk = s->pk;
    const uint8_t *h = s->p + pk->l3;
    size_t at = pk->l3 + IP6_BYTES, end;
    unsigned next;

    if (pk->len < at || h[0] >> 4 != 6) {
        return;
    }
    end = at + dd_be16(h + 4);
    if (end > pk->len) {
        return;
    }
    pk->ip6 = true;
    next = h[6];
    while ((next == IP6_HOP || next == IP6_ROUTING || next == IP6_DEST || next == IP6_FRAGMENT) &&
           at + 8 <= end) {
        size_t bytes = next == IP6_FRAGMENT ? 8 : ((size_t)s->p[at + 1] + 1) * 8;

        pk->fragment |= next == IP6_FRAGMENT;
        pk->ip6_ext = true;
        next = s->p[at];
        at += bytes;
    }
    if (at > end) {
        at = end;
        next = IP6_HOP;
    }
    pk->l4 = at;
    pk->l4_end = end;
    s->proto = next;
    parse_l4(s);
}

/* --- checksums --- */

static uint32_t l4_sum(const struct parse *s)
{
    const struct e1k_packet *pk = s->pk;
    size_t len = pk->l4_end - pk->l4;
    size_t addresses = pk->ip4 ? pk->l3 + 12 : pk->l3 + 8;
    uint32_t sum = dd_inet_sum(s->p + addresses, pk->ip4 ? 8 : 32, s->proto + (uint32_t)len);

    return dd_inet_sum(s->p + pk->l4, len, sum);
}

static void check_l4(struct parse *s)
{
    struct e1k_packet *pk = s->pk;

    if (!(pk->tcp || pk->udp) ||
        (pk->ip6 && (e1k_reg(s->d, E1K_RFCTL) & RFCTL_IPV6_XSUM_DIS) != 0)) {
        return;
    }
    if (pk->udp && dd_be16(s->p + pk->l4 + 6) == 0) {
        return; /* none was sent */
    }
    if (pk->fragment) {
        pk->status |= pk->udp ? RXS_UDPV : 0;
        return;
    }
    pk->status |= RXS_TCPCS | (pk->udp ? RXS_UDPCS : 0);
    if (l4_sum(s) != 0xffff) {
        pk->status |= RXE_TCPE;
    }
}

static void check_sums(struct parse *s)
{
    struct e1k_packet *pk = s->pk;
    uint32_t rxcsum = e1k_reg(s->d, E1K_RXCSUM);

    if (pk->ip4 && (rxcsum & RXCSUM_IPOFL) != 0) {
        pk->status |= RXS_IPCS;
        if (dd_inet_sum(s->p + pk->l3, pk->l4 - pk->l3, 0) != 0xffff) {
            pk->status |= RXE_IPE;
        }
    }
    if ((rxcsum & RXCSUM_TUOFL) != 0) {
        check_l4(s);
    }
}

static void set_type(struct parse *s)
{
    struct e1k_packet *pk = s->pk;
    bool l4 = (pk->tcp || pk->udp) && !pk->fragment;
    uint32_t type = pk->ip4 ? (l4 ? 2 : 1) : pk->ip6 ? (l4 ? 6 : 5) : 0;

    pk->status |= type << RXS_TYPE_SHIFT;
    if (pk->ip4 && (e1k_reg(s->d, E1K_RXCSUM) & RXCSUM_PCSD) == 0) {
        pk->status |= RXS_IPIDV;
    }
    if (pk->tcp_ack && (e1k_reg(s->d, E1K_RFCTL) & RFCTL_ACK_DIS) == 0 &&
        !((e1k_reg(s->d, E1K_RFCTL) & RFCTL_ACKD_DIS) != 0 && pk->payload < pk->l4_end)) {
        pk->status |= RXS_ACK;
    }
}

/* --- RSS --- */

static uint32_t hash_type(const struct e1k_packet *pk, uint32_t mrqc)
{
    if (pk->ip4) {
        return pk->tcp && (mrqc & MRQC_TCP4) != 0 ? 1 : (mrqc & MRQC_IP4) != 0 ? 2 : 0;
    }
    if (!pk->ip6) {
        return 0;
    }
    if (pk->tcp && (mrqc & MRQC_TCP6) != 0) {
        return 3;
    }
    return (mrqc & MRQC_IP6_EX) != 0 ? 4 : (mrqc & MRQC_IP6) != 0 ? 5 : 0;
}

static void hash_packet(struct parse *s)
{
    const uint8_t *key = (const uint8_t *)&s->d->regs[E1K_RSSRK / 4];
    const uint8_t *reta = (const uint8_t *)&s->d->regs[E1K_RETA / 4];
    struct e1k_packet *pk = s->pk;
    uint32_t mrqc = e1k_reg(s->d, E1K_MRQC);
    uint8_t in[36];
    size_t len = pk->ip4 ? 8 : 32;

    if ((mrqc & 3) != MRQC_ON || (e1k_reg(s->d, E1K_RXCSUM) & RXCSUM_PCSD) == 0 ||
        (e1k_reg(s->d, E1K_RFCTL) & RFCTL_EXTEN) == 0) {
        return;
    }
    pk->rss_type = hash_type(pk, mrqc);
    if (pk->rss_type == 0) {
        return;
    }
    memcpy(in, s->p + pk->l3 + (pk->ip4 ? 12 : 8), len);
    if (pk->rss_type == 1 || pk->rss_type == 3) {
        memcpy(in + len, s->p + pk->l4, 4);
        len += 4;
    }
    pk->rss_hash = dd_toeplitz(key, in, len);
    pk->queue = reta[pk->rss_hash & 0x7f] >> 7;
}

/* where a packet-split descriptor parts header and data: after TCP or UDP, else after IP; 0: not IP
 */
static void set_split(struct e1k_packet *pk)
{
    if (!pk->ip4 && !pk->ip6) {
        pk->payload = 0;
    } else if (pk->fragment || !(pk->tcp || pk->udp)) {
        pk->payload = pk->l4;
    }
}

void dd_e1k_parse(const struct dd_e1k *d, const uint8_t *frame, size_t len_bytes,
                  struct e1k_packet *ret_packet)
{
    struct parse s = {.d = d, .p = frame, .pk = ret_packet};

    *ret_packet = (struct e1k_packet){.len = len_bytes, .l3 = ETH_BYTES};
    ret_packet->type = dd_be16(frame + 12);
    if (ret_packet->type == e1k_reg(d, E1K_VET)) {
        ret_packet->tagged = true;
        ret_packet->tag = dd_be16(frame + 14);
        ret_packet->l3 += 4;
        ret_packet->type = dd_be16(frame + 16);
    }
    if (ret_packet->type == TYPE_IP4) {
        parse_ip4(&s);
    } else if (ret_packet->type == TYPE_IP6 && (e1k_reg(d, E1K_RFCTL) & RFCTL_IPV6_DIS) == 0) {
        parse_ip6(&s);
    }
    set_type(&s);
    check_sums(&s);
    hash_packet(&s);
    set_split(ret_packet);
}
