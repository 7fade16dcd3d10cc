/* SPDX-License-Identifier: MIT */
/* What received lists say about their hash, against the frame; and what miniports announce. */
#include "ndis/rss.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/inet.h"
#include "ndis/adapter_priv.h"
#include "ndis/nbl.h"

#include <string.h>

#define HEADER_BYTES 512u /* of a frame: enough for the headers that count */
#define TYPE_AT      12u
#define TCP          6u
#define UDP          17u
#define IP6_BYTES    40u
/* Frames may come on the old CPU for a while after the table has changed; nothing says how long */
#define CHANGE_NS (5 * DD_NS_PER_S)

/* --- capabilities --- */

enum dd_rss_caps_defect dd_rss_caps_check(const NDIS_RECEIVE_SCALE_CAPABILITIES *caps,
                                          unsigned ndis_version)
{
    unsigned revision = ndis_version >= (6u << 16 | 30) ? 2 : 1;
    USHORT size = revision == 1 ? NDIS_SIZEOF_RECEIVE_SCALE_CAPABILITIES_REVISION_1
                                : NDIS_SIZEOF_RECEIVE_SCALE_CAPABILITIES_REVISION_2;
    unsigned entries = caps->NumberOfIndirectionTableEntries;

    if (caps->Header.Type != NDIS_OBJECT_TYPE_RSS_CAPABILITIES || caps->Header.Revision < 1 ||
        caps->Header.Size < NDIS_SIZEOF_RECEIVE_SCALE_CAPABILITIES_REVISION_1 ||
        (caps->Header.Revision >= 2 && (revision < 2 || caps->Header.Size < size))) {
        return DD_RSS_CAPS_HEADER;
    }
    if ((caps->CapabilitiesFlags & NdisHashFunctionToeplitz) == 0) {
        return DD_RSS_CAPS_FUNCTION;
    }
    if ((caps->CapabilitiesFlags & NDIS_RSS_CAPS_HASH_TYPE_TCP_IPV4) == 0) {
        return DD_RSS_CAPS_NO_IPV4;
    }
    if (caps->NumberOfReceiveQueues == 0 || caps->NumberOfInterruptMessages == 0) {
        return DD_RSS_CAPS_NO_QUEUES;
    }
    if (caps->Header.Revision >= 2 &&
        (entries == 0 || entries > DD_RSS_ENTRIES_MAX || (entries & (entries - 1)) != 0)) {
        return DD_RSS_CAPS_ENTRIES;
    }
    return DD_RSS_CAPS_OK;
}

void dd_rss_caps_look(struct dd_adapter *a, const void *site)
{
    enum dd_rss_caps_defect d = DD_RSS_CAPS_OK;

    if (a->priv->attr.rss != NULL) {
        d = dd_rss_caps_check(a->priv->attr.rss, a->driver->ndis_version);
    }
    if (d != DD_RSS_CAPS_OK) {
        DD_SEAM(.kind = DD_EV_RSS_CAPS, .site = site, .adapter = a, .a = d);
    }
}

/* --- frames --- */

struct packet {
    const uint8_t *ip, *ports; /* ports NULL: none, or behind a fragment's end */
    unsigned protocol;
    bool ipv4, ipv6, fragment;
};

static void find_ip4(struct packet *p, size_t left)
{
    size_t header = (size_t)(p->ip[0] & 15) * 4;

    p->ipv4 = left >= 20 && header >= 20;
    if (!p->ipv4) {
        return;
    }
    p->protocol = p->ip[9];
    p->fragment = (dd_be16(p->ip + 6) & 0x3fff) != 0;
    if (!p->fragment && left >= header + 4) {
        p->ports = p->ip + header;
    }
}

static void find_ip6(struct packet *p, size_t left)
{
    size_t at = IP6_BYTES;

    p->ipv6 = left >= at;
    if (!p->ipv6) {
        return;
    }
    p->protocol = p->ip[6];
    /* hop by hop, routing, fragment, destination options */
    while ((p->protocol == 0 || p->protocol == 43 || p->protocol == 44 || p->protocol == 60) &&
           left >= at + 8) {
        size_t bytes = p->protocol == 44 ? 8 : ((size_t)p->ip[at + 1] + 1) * 8;

        p->fragment |= p->protocol == 44;
        p->protocol = p->ip[at];
        at += bytes;
    }
    if (!p->fragment && left >= at + 4) {
        p->ports = p->ip + at;
    }
}

static struct packet find(const uint8_t *frame, size_t len)
{
    struct packet p = {0};
    size_t at = TYPE_AT;

    if (len >= at + 6 && dd_be16(frame + at) == 0x8100) {
        at += 4;
    }
    if (len < at + 3) {
        return p;
    }
    p.ip = frame + at + 2;
    if (dd_be16(frame + at) == 0x0800 && p.ip[0] >> 4 == 4) {
        find_ip4(&p, len - at - 2);
    } else if (dd_be16(frame + at) == 0x86dd && p.ip[0] >> 4 == 6) {
        find_ip6(&p, len - at - 2);
    }
    return p;
}

/* --- hashes --- */

static const struct kind {
    uint32_t type, transport4, transport6; /* types that go before a plain one */
    unsigned protocol;                     /* 0: addresses alone */
    bool ipv6;
} kinds[] = {
    {NDIS_HASH_IPV4, NDIS_HASH_TCP_IPV4, NDIS_HASH_UDP_IPV4, 0, false},
    {NDIS_HASH_IPV6, NDIS_HASH_TCP_IPV6, NDIS_HASH_UDP_IPV6, 0, true},
    {NDIS_HASH_TCP_IPV4, 0, 0, TCP, false},
    {NDIS_HASH_UDP_IPV4, 0, 0, UDP, false},
    {NDIS_HASH_TCP_IPV6, 0, 0, TCP, true},
    {NDIS_HASH_UDP_IPV6, 0, 0, UDP, true},
};

static const struct kind *kind_of(uint32_t type)
{
    for (size_t i = 0; i < DD_ARRAY_LEN(kinds); i++) {
        if (kinds[i].type == type) {
            return &kinds[i];
        }
    }
    return NULL;
}

/* is @k what this frame gets when @types are set */
static enum dd_rss_defect kind_fits(const struct kind *k, uint32_t types, const struct packet *p)
{
    if (k->ipv6 ? !p->ipv6 : !p->ipv4) {
        return DD_RSS_TYPE;
    }
    if (k->protocol != 0) {
        if (p->fragment) {
            return DD_RSS_FRAGMENT;
        }
        return p->ports != NULL && p->protocol == k->protocol ? DD_RSS_OK : DD_RSS_TYPE;
    }
    if (p->ports == NULL || p->fragment || p->ipv6) {
        return DD_RSS_OK; /* behind IPv6 extension headers a card need not see the transport */
    }
    return (p->protocol == TCP && (types & k->transport4) != 0) ||
                   (p->protocol == UDP && (types & k->transport6) != 0)
               ? DD_RSS_TYPE
               : DD_RSS_OK;
}

static uint32_t hash_of(const struct dd_rss_state *s, const struct kind *k, const struct packet *p)
{
    uint8_t in[DD_TOEPLITZ_INPUT_BYTES];
    size_t len = k->ipv6 ? 32 : 8;

    memcpy(in, p->ip + (k->ipv6 ? 8 : 12), len);
    if (k->protocol != 0) {
        memcpy(in + len, p->ports, 4);
        len += 4;
    }
    return dd_toeplitz(s->key, in, len);
}

enum dd_rss_defect dd_rss_check(const struct dd_rss_state *s, const uint8_t *frame,
                                size_t len_bytes, uint32_t info, uint32_t value, int cpu,
                                uint32_t *ret_right)
{
    uint32_t type = info & NDIS_HASH_TYPE_MASK, function = info & NDIS_HASH_FUNCTION_MASK;
    const struct kind *k = kind_of(type);
    struct packet p;
    enum dd_rss_defect d;
    unsigned entry;

    if (type == 0 || function == 0) {
        return type != 0 || function != 0 || value != 0 ? DD_RSS_NO_INFO : DD_RSS_OK;
    }
    if (function != NdisHashFunctionToeplitz || (type & ~s->types) != 0) {
        return DD_RSS_NOT_SET;
    }
    if (k != NULL) { /* those with IPv6 extension headers are taken as they are */
        p = find(frame, len_bytes);
        d = kind_fits(k, s->types, &p);
        if (d != DD_RSS_OK) {
            return d;
        }
        *ret_right = hash_of(s, k, &p);
        if (*ret_right != value) {
            return DD_RSS_VALUE;
        }
    }
    entry = value & (s->entries - 1);
    *ret_right = s->cpu[entry];
    return cpu < 0 || cpu == s->cpu[entry] || (s->changing && cpu == s->before[entry]) ? DD_RSS_OK
                                                                                       : DD_RSS_CPU;
}

void dd_rss_look(struct dd_adapter *a, const NET_BUFFER_LIST *nbl, const void *site)
{
    struct dd_rss *r = &a->priv->rss;
    uint8_t frame[HEADER_BYTES];
    enum dd_rss_defect d;
    uint32_t info, value, right = 0;
    size_t len;
    int cpu;

    if (!atomic_load(&r->on)) {
        return;
    }
    info = (uint32_t)(ULONG_PTR)nbl->NetBufferListInfo[NetBufferListHashInfo];
    value = (uint32_t)(ULONG_PTR)nbl->NetBufferListInfo[NetBufferListHashValue];
    cpu = dd_irql_get() == DISPATCH_LEVEL ? (int)dd_cpu_current() : -1;
    len = dd_nb_copy_out(nbl->FirstNetBuffer, 0, frame, sizeof(frame));
    dd_mutex_lock(&r->lock);
    if (r->state.changing && r->changed_ns != 0 && dd_clock_ns() - r->changed_ns > CHANGE_NS) {
        r->state.changing = false;
    }
    d = dd_rss_check(&r->state, frame, len, info, value, cpu, &right);
    dd_mutex_unlock(&r->lock);
    if (d != DD_RSS_OK) {
        DD_SEAM(.kind = DD_EV_RSS_WRONG, .site = site, .adapter = a, .obj = nbl, .a = d,
                .b = d == DD_RSS_CPU     ? (uint64_t)cpu
                     : d == DD_RSS_VALUE ? value
                                         : info,
                .c = right, .d = value);
    }
}
