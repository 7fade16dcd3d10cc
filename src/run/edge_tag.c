/* SPDX-License-Identifier: MIT */
/*
 * What a frame's length and 802.1Q tag mean to a miniport:
 *
 *   it announces    8021P_PRIORITY: it takes a priority, 8021Q_VLAN as well: a VLAN too. Such a tag
 *                   goes down beside the frame, in Ieee8021QNetBufferListInfo, as NDIS does it;
 *                   not when the frame alone is so short that a card would fill it up before it
 *                   inserts the tag: what comes out shall be the capture's frame
 *   it does not     the tag stays where it is, part of the data
 *
 * NDIS gives a miniport no frame that is longer than its MtuSize and the Ethernet header. One that
 * takes VLANs gets a tag in the data on top of that, where the tag cannot go beside it: a tag of
 * nothing, or a frame with a checksum to insert.
 */
#include "run/edge_int.h"

#include "base/inet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_BYTES 14u
#define TAG_BYTES    4u
#define TAG_AT       12u
#define DEFAULT_MTU  1500u
#define LEAST_BYTES  60u /* of a frame; shorter ones are filled up */
#define CFI          0x1000u
#define VID          0xfffu

struct dd_edge_tag {
    _Atomic(uint64_t) too_long;
    size_t room_bytes;
    uint8_t scratch[];
};

int dd_edge_tag_new(size_t longest_bytes, struct dd_edge_tag **ret_tag)
{
    struct dd_edge_tag *t = calloc(1, sizeof(*t) + longest_bytes);

    if (!t) {
        return -ENOMEM;
    }
    t->room_bytes = longest_bytes;
    *ret_tag = t;
    return 0;
}

void dd_edge_tag_free(struct dd_edge_tag *t)
{
    free(t);
}

static bool is_tagged(const struct dd_edge_request *r)
{
    return r->len_bytes >= TAG_AT + TAG_BYTES + 2 &&
           dd_be16(r->bytes + TAG_AT) == NDIS_ETH_TYPE_802_1Q;
}

/* a value of 0 asks for no tag, and the canonical format bit is not ours to ask for */
static bool goes_beside(ULONG options, unsigned tci)
{
    bool priority = (options & NDIS_MAC_OPTION_8021P_PRIORITY) != 0;
    bool vlan = priority && (options & NDIS_MAC_OPTION_8021Q_VLAN) != 0;

    return tci != 0 && (tci & CFI) == 0 && ((tci & VID) != 0 ? vlan : priority);
}

static void move_tag(struct dd_edge_tag *t, struct dd_edge_request *r, unsigned tci)
{
    NDIS_NET_BUFFER_LIST_8021Q_INFO info = {.Value = NULL};

    info.TagHeader.UserPriority = tci >> 13 & 7u;
    info.TagHeader.VlanId = tci & VID;
    memcpy(t->scratch, r->bytes, TAG_AT);
    memcpy(t->scratch + TAG_AT, r->bytes + TAG_AT + TAG_BYTES, r->len_bytes - TAG_AT - TAG_BYTES);
    r->bytes = t->scratch;
    r->len_bytes -= TAG_BYTES;
    r->tag = (uint32_t)(ULONG_PTR)info.Value;
}

bool dd_edge_tag_fit(struct dd_edge *e, struct dd_edge_request *r)
{
    const struct dd_adapter *a = e->adapter;
    ULONG options = a->have_general ? a->general.MacOptions : 0;
    ULONG mtu = a->have_general && a->general.MtuSize ? a->general.MtuSize : DEFAULT_MTU;
    size_t most = (size_t)mtu + HEADER_BYTES;

    if (r->large) {
        return true; /* its segments were frames */
    }
    if (is_tagged(r)) {
        unsigned tci = dd_be16(r->bytes + TAG_AT + 2);

        if (r->checksum == 0 && r->len_bytes >= LEAST_BYTES + TAG_BYTES &&
            r->len_bytes <= e->tag->room_bytes && goes_beside(options, tci)) {
            move_tag(e->tag, r, tci);
        } else if (options & NDIS_MAC_OPTION_8021Q_VLAN) {
            most += TAG_BYTES;
        }
    }
    return r->len_bytes <= most;
}

void dd_edge_tag_drop(struct dd_edge *e)
{
    atomic_fetch_add(&e->tag->too_long, 1);
}

uint64_t dd_edge_too_long(struct dd_edge *e)
{
    return e->tag ? atomic_load(&e->tag->too_long) : 0;
}
