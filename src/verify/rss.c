/* SPDX-License-Identifier: MIT */
/* Receive side scaling: what a miniport announces, and what its received lists say.
 * ndis/rss_check.c has looked. */
#include "verify/verify_int.h"

static const char api[] = "NdisMIndicateReceiveNetBufferLists";

static void on_caps(struct dd_verify *v, const struct dd_ev *ev)
{
    static const char *const texts[] = {
        [DD_RSS_CAPS_HEADER] = "Header.Type, Revision or Size is not that of the miniport's NDIS "
                               "version",
        [DD_RSS_CAPS_FUNCTION] = "CapabilitiesFlags has no NdisHashFunctionToeplitz",
        [DD_RSS_CAPS_NO_IPV4] = "CapabilitiesFlags has no NDIS_RSS_CAPS_HASH_TYPE_TCP_IPV4",
        [DD_RSS_CAPS_NO_QUEUES] = "NumberOfReceiveQueues or NumberOfInterruptMessages is 0",
        [DD_RSS_CAPS_ENTRIES] = "NumberOfIndirectionTableEntries is no power of two up to 128",
    };

    if (ev->a < DD_ARRAY_LEN(texts) && texts[ev->a]) {
        dd_finding_one(v, "rss-caps", "announced at", ev->site, "NdisMSetMiniportAttributes",
                       "NDIS_RECEIVE_SCALE_CAPABILITIES: %s", texts[ev->a]);
    }
}

/* b: what the list says, c: what is right, d: the hash */
static void on_wrong(struct dd_verify *v, const struct dd_ev *ev)
{
    unsigned long long b = ev->b, c = ev->c, hash = ev->d;

    switch (ev->a) {
    case DD_RSS_NO_INFO:
        dd_finding_one(v, "rss-hash-missing-info", "indicated at", ev->site, api,
                       "NET_BUFFER_LIST %p: its hash is 0x%08llx, its hash information 0x%llx",
                       ev->obj, hash, b);
        break;
    case DD_RSS_NOT_SET:
        dd_finding_one(v, "rss-hash-value", "indicated at", ev->site, api,
                       "NET_BUFFER_LIST %p: its hash information is 0x%llx, and that was not set",
                       ev->obj, b);
        break;
    case DD_RSS_TYPE:
        dd_finding_one(v, "rss-hash-value", "indicated at", ev->site, api,
                       "NET_BUFFER_LIST %p: its hash type is 0x%llx, and that is not this frame's",
                       ev->obj, b & ~0xffull);
        break;
    case DD_RSS_FRAGMENT:
        dd_finding_one(v, "rss-hash-fragment", "indicated at", ev->site, api,
                       "NET_BUFFER_LIST %p: its hash type is 0x%llx, and the frame is a fragment",
                       ev->obj, b & ~0xffull);
        break;
    case DD_RSS_VALUE:
        dd_finding_one(v, "rss-hash-value", "indicated at", ev->site, api,
                       "NET_BUFFER_LIST %p: its hash is 0x%08llx, and it should be 0x%08llx",
                       ev->obj, b, c);
        break;
    case DD_RSS_CPU:
        dd_finding_one(v, "rss-wrong-cpu", "indicated at", ev->site, api,
                       "NET_BUFFER_LIST %p with hash 0x%08llx came on CPU %llu; the table says "
                       "CPU %llu",
                       ev->obj, hash, b, c);
        break;
    default:
        break;
    }
}

void dd_verify_rss(struct dd_verify *v, const struct dd_ev *ev)
{
    if (ev->kind == DD_EV_RSS_CAPS) {
        on_caps(v, ev);
    } else if (ev->kind == DD_EV_RSS_WRONG) {
        on_wrong(v, ev);
    }
}
