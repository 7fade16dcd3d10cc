/* SPDX-License-Identifier: MIT */
/* Receive indications. */
#include "verify/verify_int.h"

static const char api[] = "NdisMIndicateReceiveNetBufferLists";

/* MiniportShutdownEx comes without a pause: a DPC may be in the middle of its work then */
static bool may_indicate(uint64_t state)
{
    return state == DD_STATE_RUNNING || state == DD_STATE_RESTARTING || state == DD_STATE_PAUSING ||
           state == DD_STATE_SHUTDOWN;
}

/* a: count given, d: adapter state, data: the chain's true length */
static void on_call(struct dd_verify *v, const struct dd_ev *ev)
{
    uint64_t length = *(const uint64_t *)ev->data;

    if (length != ev->a) {
        dd_finding_one(v, "rx-count-mismatch", "indicated at", ev->site, api,
                       "NumberOfNetBufferLists is %llu, the chain has %llu",
                       (unsigned long long)ev->a, (unsigned long long)length);
    }
    if (!may_indicate(ev->d)) {
        dd_finding_one(v, "rx-in-paused", "indicated at", ev->site, api, "the adapter is %s",
                       ev->d == DD_STATE_PAUSED ? "paused" : "not running");
    }
}

static void on_nbl(struct dd_verify *v, const struct dd_ev *ev)
{
    static const struct {
        const char *rule, *text;
    } defects[] = {
        [DD_RX_SOURCE_HANDLE] = {"rx-sourcehandle", "SourceHandle is not the adapter's handle"},
        [DD_RX_NO_NET_BUFFER] = {"rx-nb-malformed", "it has no NET_BUFFER"},
        [DD_RX_WINDOW] =
            {"rx-nb-malformed",
             "DataOffset, DataLength, CurrentMdl or CurrentMdlOffset do not fit its MDLs"},
        [DD_RX_MDL_UNMAPPED] = {"rx-mdl-not-mapped", "an MDL has no system address"},
        [DD_RX_TOO_SHORT] = {"rx-nb-malformed", "it is shorter than an Ethernet header"},
        [DD_RX_MANY_NET_BUFFERS] = {"rx-nb-malformed", "it has more than one NET_BUFFER"},
        [DD_RX_STATUS] = {"rx-nb-malformed", "its Status is not NDIS_STATUS_SUCCESS"},
        [DD_RX_FOREIGN] = {"rx-nb-malformed", "it is no NET_BUFFER_LIST of a pool, or was freed"},
        [DD_RX_NOT_OWNED] = {"rx-nb-malformed",
                             "it is a list that was sent, not one of the miniport's own"},
    };

    if (ev->c == DD_NBL_INDICATED) {
        dd_finding_one(v, "rx-return-while-owned", "indicated at", ev->site, api,
                       "NET_BUFFER_LIST %p was indicated before and not returned", ev->obj);
    } else if (ev->a < DD_ARRAY_LEN(defects) && defects[ev->a].rule) {
        dd_finding_one(v, defects[ev->a].rule, "indicated at", ev->site, api,
                       "NET_BUFFER_LIST %p: %s", ev->obj, defects[ev->a].text);
    } else if (ev->a == DD_RX_OK && ev->obj) {
        dd_verify_checksum(v, ev);
    }
}

void dd_verify_receive(struct dd_verify *v, const struct dd_ev *ev)
{
    switch (ev->kind) {
    case DD_EV_RECEIVE_CALL:
        on_call(v, ev);
        break;
    case DD_EV_RECEIVE_NBL:
        on_nbl(v, ev);
        break;
    case DD_EV_THROTTLE_BROKEN:
        dd_finding_one(v, "rx-throttle", "indicated at", ev->site, api,
                       "%llu lists were indicated in a DPC that may indicate %llu",
                       (unsigned long long)ev->b, (unsigned long long)ev->a);
        break;
    default:
        break;
    }
}
