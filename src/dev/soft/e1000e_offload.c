/* SPDX-License-Identifier: MIT */
/*
 * What happens to a gathered frame between its descriptors and the wire:
 *
 *   segmentation -> checksums -> tag -> padding -> FCS
 *
 * Offsets come from the context and count from the first gathered byte. The field at TUCSO takes
 * part in the sum: it has to hold the pseudo header's. An offset outside the frame makes that
 * insertion do nothing.
 */
#include "e1000e.h"

#include "base/log.h"

#include <stdlib.h>

#define TAG_AT      12u
#define TAG_BYTES   4u
#define TCP_FIN_PSH 0x09u
#define SEGMENT_MAX (65535u + 256u)

/* sum [@css, @cse] (0: to the end) into the field at @cso */
static void insert_sum(uint8_t *p, size_t len, unsigned css, unsigned cso, unsigned cse,
                       uint32_t start, bool udp)
{
    size_t end = cse == 0 || (size_t)cse + 1 > len ? len : (size_t)cse + 1;
    uint16_t sum;

    if (css >= end || (size_t)cso + 2 > len) {
        return;
    }
    sum = (uint16_t)~dd_inet_sum(p + css, end - css, start);
    dd_put_be16(p + cso, udp && sum == 0 ? 0xffff : sum);
}

uint32_t dd_e1k_crc32(const uint8_t *p, size_t len_bytes)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < len_bytes; i++) {
        crc ^= p[i];
        for (int k = 0; k < 8; k++) {
            crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1)));
        }
    }
    return ~crc;
}

/* --- out --- */

static uint8_t *out_room(struct dd_e1k *d, size_t len)
{
    size_t cap = d->out_cap ? d->out_cap : 65536;
    void *p;

    while (cap < d->out_len + len) {
        cap *= 2;
    }
    if (cap != d->out_cap) {
        p = realloc(d->out, cap);
        if (!p) {
            return NULL;
        }
        d->out = p;
        d->out_cap = cap;
    }
    if (d->out_count == d->out_lens_cap) {
        size_t n = d->out_lens_cap ? d->out_lens_cap * 2 : 64;

        p = realloc(d->out_lens, n * sizeof(*d->out_lens));
        if (!p) {
            return NULL;
        }
        d->out_lens = p;
        d->out_lens_cap = n;
    }
    return d->out + d->out_len;
}

/* how a frame leaves */
struct leave {
    bool tagged, add_fcs;
    uint16_t tag;
};

/* the last four bytes are the driver's own FCS; what arrives with a wrong one is thrown away at the
 * far end */
static bool own_fcs_is_good(const uint8_t *p, size_t len)
{
    return len > E1K_FCS_BYTES &&
           dd_e1k_crc32(p, len - E1K_FCS_BYTES) == e1k_get32(p + len - E1K_FCS_BYTES);
}

static void leave_wire(struct dd_e1k *d, const uint8_t *p, size_t len, const struct leave *how)
{
    size_t tag_bytes = how->tagged && len >= TAG_AT ? TAG_BYTES : 0, n = len + tag_bytes;
    uint8_t *to = out_room(d, n + E1K_MIN_FRAME);

    if (!to || len == 0) {
        dd_log(DD_LOG_WARN, "soft:e1000e: a frame of %zu bytes is not sent", len);
        return;
    }
    if (tag_bytes != 0) {
        memcpy(to, p, TAG_AT);
        dd_put_be16(to + TAG_AT, e1k_reg(d, E1K_VET));
        dd_put_be16(to + TAG_AT + 2, how->tag);
        memcpy(to + TAG_AT + TAG_BYTES, p + TAG_AT, len - TAG_AT);
    } else {
        memcpy(to, p, len);
    }
    if (n < E1K_MIN_FRAME && (e1k_reg(d, E1K_TCTL) & TCTL_PSP) != 0) {
        memset(to + n, 0, E1K_MIN_FRAME - n);
        n = E1K_MIN_FRAME;
    }
    if (!how->add_fcs) {
        if (!own_fcs_is_good(to, n)) {
            dd_log(DD_LOG_WARN,
                   "soft:e1000e: a frame sent without IFCS has a wrong FCS and is lost");
            return;
        }
        n -= E1K_FCS_BYTES;
    }
    dd_e1k_stat_sent_locked(d, n + E1K_FCS_BYTES, to);
    if (dd_e1k_loopback_locked(d)) {
        (void)dd_e1k_receive_locked(d, to, n, true);
        return;
    }
    d->out_lens[d->out_count++] = (uint32_t)n;
    d->out_len += n;
}

/* --- segmentation --- */

/* patch the headers of the segment at [@at, @at + @chunk) of the payload */
static void segment_headers(const struct e1k_ctx *c, uint8_t *p, unsigned index, size_t at,
                            size_t chunk, bool last)
{
    size_t len = c->hdrlen + chunk;
    uint8_t *ip = p + c->ipcss, *l4 = p + c->tucss;

    if (c->ipcss + 8 <= c->hdrlen) {
        if ((c->tucmd & TUCMD_IP) != 0) {
            dd_put_be16(ip + 2, (uint32_t)(len - c->ipcss));
            dd_put_be16(ip + 4, dd_be16(ip + 4) + index);
        } else {
            dd_put_be16(ip + 4, (uint32_t)(len - c->ipcss - 40));
        }
    }
    if ((c->tucmd & TUCMD_TCP) != 0 && c->tucss + 14 <= c->hdrlen) {
        uint32_t seq = dd_be32(l4 + 4);

        seq += (uint32_t)at;
        dd_put_be16(l4 + 4, seq >> 16);
        dd_put_be16(l4 + 6, seq);
        if (!last) {
            l4[13] &= (uint8_t)~TCP_FIN_PSH;
        }
    } else if ((c->tucmd & TUCMD_TCP) == 0 && c->tucss + 6 <= c->hdrlen) {
        dd_put_be16(l4 + 4, (uint32_t)(len - c->tucss));
    }
}

static void send_segments(struct dd_e1k *d, struct e1k_txq *q, const struct leave *how)
{
    const struct e1k_ctx *c = &q->ctx;
    uint8_t *seg;
    size_t payload = q->len - c->hdrlen;
    bool udp = (c->tucmd & TUCMD_TCP) == 0;

    if (q->len < c->hdrlen || c->hdrlen == 0 || c->mss == 0 || payload != c->paylen) {
        dd_log(DD_LOG_WARN,
               "soft:e1000e: a send of %zu bytes does not fit its context (HDRLEN %u, PAYLEN %u, "
               "MSS %u) and is dropped",
               q->len, c->hdrlen, c->paylen, c->mss);
        return;
    }
    seg = malloc(SEGMENT_MAX);
    if (!seg) {
        return;
    }
    dd_e1k_stat_add_locked(d, E1K_TSCTC, 1);
    for (size_t at = 0, i = 0; at < payload || i == 0; at += c->mss, i++) {
        size_t chunk = (size_t)dd_min_u64(c->mss, payload - at), len = c->hdrlen + chunk;

        memcpy(seg, q->data, c->hdrlen);
        memcpy(seg + c->hdrlen, q->data + c->hdrlen + at, chunk);
        segment_headers(c, seg, (unsigned)i, at, chunk, at + chunk == payload);
        if ((q->popts & POPTS_IXSM) != 0) {
            insert_sum(seg, len, c->ipcss, c->ipcso, c->ipcse, 0, false);
        }
        if ((q->popts & POPTS_TXSM) != 0) {
            /* the pseudo header's sum lacks the length, which only the segment knows */
            insert_sum(seg, len, c->tucss, c->tucso, c->tucse, (uint32_t)(len - c->tucss), udp);
        }
        leave_wire(d, seg, len, how);
    }
    free(seg);
}

static void insert_sums(struct e1k_txq *q, uint64_t hi)
{
    const struct e1k_ctx *c = &q->ctx;
    unsigned cmd = (unsigned)(hi >> 24 & 0xff);

    if ((cmd & CMD_DEXT) == 0) {
        if ((cmd & CMD_IC) != 0) {
            insert_sum(q->data, q->len, (unsigned)(hi >> 40 & 0xff), (unsigned)(hi >> 16 & 0xff), 0,
                       0, false);
        }
        return;
    }
    if ((q->popts & POPTS_IXSM) != 0) {
        insert_sum(q->data, q->len, c->ipcss, c->ipcso, c->ipcse, 0, false);
    }
    if ((q->popts & POPTS_TXSM) != 0) {
        insert_sum(q->data, q->len, c->tucss, c->tucso, c->tucse, 0, (c->tucmd & TUCMD_TCP) == 0);
    }
}

void dd_e1k_send_locked(struct dd_e1k *d, struct e1k_txq *q, uint64_t hi)
{
    unsigned cmd = (unsigned)(hi >> 24 & 0xff);
    bool tso = (cmd & CMD_DEXT) != 0 && (q->cmd & CMD_DEXT) != 0 && (q->cmd & CMD_TSE) != 0;
    unsigned vle_cmd = tso ? q->cmd : cmd;
    struct leave how = {
        .tagged = (vle_cmd & CMD_VLE) != 0 && (e1k_reg(d, E1K_CTRL) & CTRL_VME) != 0,
        .add_fcs = (cmd & CMD_IFCS) != 0 || tso,
        .tag = tso ? q->vlan_tag : (uint16_t)(hi >> 48),
    };

    if (tso) {
        send_segments(d, q, &how);
        return;
    }
    if (q->len > E1K_FRAME_MAX) {
        dd_log(DD_LOG_WARN, "soft:e1000e: a frame of %zu bytes is dropped, the most is %u", q->len,
               E1K_FRAME_MAX);
        return;
    }
    insert_sums(q, hi);
    leave_wire(d, q->data, q->len, &how);
}
