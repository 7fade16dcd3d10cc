/* SPDX-License-Identifier: MIT */
/*
 * Large sends: every segment that leaves, against the one big frame that was handed over.
 *
 * A segment is found by its addresses, ports and sequence number. The template counts: what a card
 * has no business with must be in every segment as it is there.
 */
#include "verify/offload_send.h"

#include <stdlib.h>
#include <string.h>

#define REMEMBERED 1024u
#define TCP_FIN    0x01u
#define TCP_PSH    0x08u
#define TCP_CWR    0x80u

/* --- handed over --- */

static void drop(struct dd_voffload *o, struct dd_vlarge *l)
{
    dd_list_remove(&l->node);
    o->large_count--;
    free(l);
}

/* dd_inet_parse() wants a length that is right, and a template has none */
static bool parse_template(uint8_t *frame, size_t len, struct dd_inet *ret_i)
{
    uint32_t l3 = dd_be16(frame + 12) == 0x8100 ? 18 : 14;
    bool v4 = len > l3 && frame[l3] >> 4 == 4;
    uint32_t at = l3 + (v4 ? 2 : 4), old, room = (uint32_t)len - l3 - (v4 ? 0 : 40);
    bool ok;

    if (len < l3 + 60) {
        return false;
    }
    old = dd_be16(frame + at);
    dd_put_be16(frame + at, room < 0xffff ? room : 0xffff);
    ok = dd_inet_parse(frame, len, ret_i) && ret_i->tcp && ret_i->data <= DD_VERIFY_HEADERS;
    dd_put_be16(frame + at, old);
    return ok;
}

void dd_verify_large_sent(struct dd_voffload *o, const void *nbl, const uint8_t *frame, size_t len,
                          uint32_t value)
{
    NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO ask = {.Value = (PVOID)(uintptr_t)value};
    uint32_t mss = ask.LsoV2Transmit.MSS, payload, count;
    struct dd_vlarge *l;
    struct dd_inet i;

    if (!parse_template((uint8_t *)(uintptr_t)frame, len, &i) || mss == 0 || len <= i.data) {
        return;
    }
    payload = (uint32_t)len - i.data;
    count = (payload + mss - 1) / mss;
    if (count > DD_VERIFY_SEGMENTS) {
        return;
    }
    l = calloc(1, sizeof(*l) + count * sizeof(l->hashes[0]));
    if (!l) {
        return;
    }
    *l = (struct dd_vlarge){.nbl = nbl, .i = i, .payload = payload, .mss = mss, .count = count};
    l->v1 = ask.Transmit.Type == NDIS_TCP_LARGE_SEND_OFFLOAD_V1_TYPE;
    memcpy(l->head, frame, i.data);
    for (uint32_t n = 0; n < count; n++) {
        uint32_t left = payload - n * mss;

        l->hashes[n] = dd_verify_hash(n, frame + i.data + n * mss, left < mss ? left : mss);
    }
    dd_list_append(&o->larges, &l->node);
    if (++o->large_count > REMEMBERED) {
        drop(o, DD_LIST_ENTRY(o->larges.next, struct dd_vlarge, node));
    }
}

/* --- a segment --- */

/* where in the payload the segment begins; false: it is of another flow, or of another send */
static bool place_of(const struct dd_vlarge *l, const uint8_t *p, const struct dd_inet *i,
                     uint32_t *ret_at)
{
    uint32_t address = l->i.ipv4 ? 12 : 8, bytes = l->i.ipv4 ? 8 : 32;

    if (!i->tcp || i->ipv4 != l->i.ipv4 ||
        memcmp(p + i->l3 + address, l->head + l->i.l3 + address, bytes) != 0 ||
        memcmp(p + i->l4, l->head + l->i.l4, 4) != 0) {
        return false;
    }
    *ret_at = dd_be32(p + i->l4 + 4) - dd_be32(l->head + l->i.l4 + 4);
    return *ret_at < l->payload;
}

static uint8_t flags_due(const struct dd_vlarge *l, uint32_t n)
{
    uint8_t flags = l->head[l->i.l4 + 13];

    if (n + 1 < l->count) {
        flags &= (uint8_t) ~(TCP_FIN | TCP_PSH);
    }
    return n > 0 ? flags & (uint8_t)~TCP_CWR : flags;
}

/* CWR in the last is tolerated */
static bool flags_ok(const struct dd_vlarge *l, uint32_t n, uint8_t flags)
{
    uint8_t cwr = n + 1 == l->count ? l->head[l->i.l4 + 13] & TCP_CWR : 0;

    return flags == flags_due(l, n) || (flags == (flags_due(l, n) | cwr));
}

static uint32_t id_due(const struct dd_vlarge *l, uint32_t n)
{
    uint32_t id = dd_be16(l->head + l->i.l3 + 4);

    /* only LSOv2 keeps to half of the numbers */
    return l->v1 ? (id + n) & 0xffff : (id & 0x8000) | ((id + n) & 0x7fff);
}

/* what must be as in the template: link addresses, IP but its length, identification and sum; TCP
 * but its number, flags and sum */
static const char *changed(const struct dd_vlarge *l, const uint8_t *p, const struct dd_inet *i)
{
    const uint8_t *a = l->head;
    uint32_t t3 = l->i.l3, t4 = l->i.l4, head = l->i.data - t4;

    if (i->l4 - i->l3 != t4 - t3 || i->data - i->l4 != head) {
        return "its headers have another length than those handed over";
    }
    if (memcmp(p, a, 12) != 0) {
        return "its link addresses are not those handed over";
    }
    if (l->i.ipv4
            ? memcmp(p + i->l3, a + t3, 2) != 0 || memcmp(p + i->l3 + 6, a + t3 + 6, 4) != 0 ||
                  memcmp(p + i->l3 + 20, a + t3 + 20, t4 - t3 - 20) != 0
            : memcmp(p + i->l3, a + t3, 4) != 0 || memcmp(p + i->l3 + 6, a + t3 + 6, 2) != 0) {
        return "its IP header is not the one handed over";
    }
    if (memcmp(p + i->l4 + 8, a + t4 + 8, 5) != 0 || memcmp(p + i->l4 + 14, a + t4 + 14, 2) != 0 ||
        memcmp(p + i->l4 + 18, a + t4 + 18, head - 18) != 0) {
        return "its TCP header is not the one handed over";
    }
    return NULL;
}

static bool check_cut(const struct dd_vlarge *l, const uint8_t *p, const struct dd_inet *i,
                      uint32_t at, struct dd_vsaid *said)
{
    uint32_t n = l->seen, bytes = i->end - i->data, left = l->payload - n * l->mss;
    uint32_t due = left < l->mss ? left : l->mss;

    if (n >= l->count || at != n * l->mss) {
        dd_vsay(said, n < l->count ? "lso-headers" : "lso-bad-segments",
                "large send of NET_BUFFER_LIST %p: segment %u begins at byte %u of the data, due "
                "is %u (sequence number 0x%08x)",
                l->nbl, n, at, n < l->count ? n * l->mss : l->payload, dd_be32(p + i->l4 + 4));
        return false;
    }
    if (bytes != due) {
        dd_vsay(said, "lso-bad-segments",
                "large send of NET_BUFFER_LIST %p: segment %u has %u bytes of data, due are %u "
                "(MSS %u, %u bytes in all)",
                l->nbl, n, bytes, due, l->mss, l->payload);
        return false;
    }
    if (dd_verify_hash(n, p + i->data, bytes) != l->hashes[n]) {
        dd_vsay(said, "lso-bad-segments",
                "large send of NET_BUFFER_LIST %p: the data of segment %u are not those handed "
                "over",
                l->nbl, n);
        return false;
    }
    return true;
}

static bool check_headers(const struct dd_vlarge *l, const uint8_t *p, const struct dd_inet *i,
                          struct dd_vsaid *said)
{
    uint32_t n = l->seen, id = l->i.ipv4 ? dd_be16(p + i->l3 + 4) : 0;
    const char *other = changed(l, p, i);

    if (!other && !flags_ok(l, n, p[i->l4 + 13])) {
        dd_vsay(said, "lso-headers",
                "large send of NET_BUFFER_LIST %p: segment %u of %u has the TCP flags 0x%02x, due "
                "are 0x%02x",
                l->nbl, n, l->count, p[i->l4 + 13], flags_due(l, n));
        return false;
    }
    if (!other && l->i.ipv4 && id != id_due(l, n)) {
        bool half = !l->v1 && (id & 0x8000) != 0 && (id_due(l, n) & 0x8000) == 0;

        dd_vsay(said, half ? "lso-ipid-range" : "lso-headers",
                "large send of NET_BUFFER_LIST %p: segment %u has the IP identification 0x%04x, "
                "due is 0x%04x",
                l->nbl, n, id, id_due(l, n));
        return false;
    }
    if (!other && i->ipv4 && !i->ip_good) {
        other = "its IPv4 header's checksum is wrong";
    }
    if (!other && !i->l4_good) {
        other = "its TCP checksum is wrong";
    }
    if (other) {
        dd_vsay(said, "lso-headers", "large send of NET_BUFFER_LIST %p: segment %u: %s", l->nbl, n,
                other);
    }
    return !other;
}

bool dd_verify_large_fits(struct dd_voffload *o, const uint8_t *frame, const struct dd_inet *i)
{
    struct dd_vsaid said = {.rule = NULL};
    struct dd_list *pos, *tmp;
    uint32_t at = 0;

    DD_LIST_EACH_SAFE(pos, tmp, &o->larges) {
        struct dd_vlarge *l = DD_LIST_ENTRY(pos, struct dd_vlarge, node);

        if (place_of(l, frame, i, &at) && check_cut(l, frame, i, at, &said) &&
            check_headers(l, frame, i, &said)) {
            l->seen++;
            if (l->seen == l->count && l->completed) {
                drop(o, l);
            }
            return true;
        }
    }
    return false;
}

/* a piece of the big frame that IP cut, as some emulations do */
static bool is_piece(const struct dd_vlarge *l, const uint8_t *p, const struct dd_inet *i)
{
    return i->fragment && l->i.ipv4 && memcmp(p + i->l3 + 12, l->head + l->i.l3 + 12, 8) == 0 &&
           dd_be16(p + i->l3 + 4) == dd_be16(l->head + l->i.l3 + 4);
}

bool dd_verify_large_wrong(struct dd_voffload *o, const uint8_t *frame, const struct dd_inet *i,
                           struct dd_vsaid *said)
{
    struct dd_list *pos;
    uint32_t at = 0;

    DD_LIST_EACH(pos, &o->larges) {
        struct dd_vlarge *l = DD_LIST_ENTRY(pos, struct dd_vlarge, node);
        struct dd_vsaid found = {.rule = NULL};

        if (is_piece(l, frame, i)) {
            dd_vsay(&found, "lso-bad-segments",
                    "large send of NET_BUFFER_LIST %p: it left as IP fragments", l->nbl);
        } else if (place_of(l, frame, i, &at) && check_cut(l, frame, i, at, &found)) {
            (void)check_headers(l, frame, i, &found);
        }
        if (found.rule) {
            /* one wrong segment makes those after it wrong: one finding is enough */
            if (!l->told) {
                *said = found;
            }
            l->told = true;
            l->seen++;
            return true;
        }
    }
    return false;
}

/* --- completed --- */

static void check_completion(const struct dd_vlarge *l, const NET_BUFFER_LIST *nbl,
                             struct dd_vsaid *said)
{
    NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO info = {
        .Value = nbl->NetBufferListInfo[TcpLargeSendNetBufferListInfo]};
    uint32_t value = (uint32_t)(uintptr_t)info.Value;
    bool v1 = info.Transmit.Type == NDIS_TCP_LARGE_SEND_OFFLOAD_V1_TYPE;

    if (l->v1 && (!v1 || info.LsoV1TransmitComplete.TcpPayload != l->payload)) {
        dd_vsay(said, "lso-complete-v1",
                "NET_BUFFER_LIST %p, an LSOv1 send of %u bytes, is completed with 0x%08x in "
                "TcpLargeSendNetBufferListInfo",
                l->nbl, l->payload, value);
    } else if (!l->v1 && (v1 || info.LsoV2TransmitComplete.Reserved != 0)) {
        dd_vsay(said, "lso-complete-v2",
                "NET_BUFFER_LIST %p, an LSOv2 send, is completed with 0x%08x in "
                "TcpLargeSendNetBufferListInfo",
                l->nbl, value);
    }
}

void dd_verify_large_completed(struct dd_voffload *o, const struct dd_ev *ev, struct dd_vsaid *said)
{
    struct dd_list *pos, *tmp;

    DD_LIST_EACH_SAFE(pos, tmp, &o->larges) {
        struct dd_vlarge *l = DD_LIST_ENTRY(pos, struct dd_vlarge, node);

        if (l->nbl == ev->obj && !l->completed) {
            bool good = (NDIS_STATUS)(uint32_t)ev->a == NDIS_STATUS_SUCCESS;

            l->completed = true;
            if (good) {
                check_completion(l, ev->obj, said);
            }
            if (!good || l->seen >= l->count) {
                drop(o, l);
            }
            return;
        }
    }
}

void dd_verify_large_lost(struct dd_voffload *o, struct dd_vsaid *said)
{
    struct dd_list *node;

    while (!said->rule && (node = o->larges.next) != &o->larges) {
        struct dd_vlarge *l = DD_LIST_ENTRY(node, struct dd_vlarge, node);

        if (l->completed && l->seen > 0 && l->seen < l->count && !l->told && !o->disturbed) {
            dd_vsay(said, "lso-bad-segments",
                    "large send of NET_BUFFER_LIST %p: %u of %u segments left, and it was "
                    "completed with success",
                    l->nbl, l->seen, l->count);
        }
        drop(o, l);
    }
}
