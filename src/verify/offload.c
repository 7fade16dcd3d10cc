/* SPDX-License-Identifier: MIT */
/* What a received list says about its frame's checksums, against the frame. */
#include "base/inet.h"
#include "verify/offload_send.h"
#include "verify/verify_int.h"

#include <ndis.h>

#define FRAME_BYTES  16384u
#define VERDICT_BITS 0x3fu /* Failed and Succeeded, of TCP, UDP and IP */
#define TYPE_AT      12u

static const char api[] = "NdisMIndicateReceiveNetBufferLists";

static bool both(const NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO *i)
{
    bool tcp = i->Receive.TcpChecksumFailed || i->Receive.TcpChecksumSucceeded;
    bool udp = i->Receive.UdpChecksumFailed || i->Receive.UdpChecksumSucceeded;

    return (i->Receive.TcpChecksumFailed && i->Receive.TcpChecksumSucceeded) ||
           (i->Receive.UdpChecksumFailed && i->Receive.UdpChecksumSucceeded) ||
           (i->Receive.IpChecksumFailed && i->Receive.IpChecksumSucceeded) || (tcp && udp);
}

static const char *ip_lie(const NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO *i,
                          const struct dd_inet *f)
{
    if ((i->Receive.IpChecksumFailed || i->Receive.IpChecksumSucceeded) && !f->ipv4) {
        return "it speaks of an IPv4 header's checksum, and there is no such header";
    }
    if (i->Receive.IpChecksumSucceeded && !f->ip_good) {
        return "IpChecksumSucceeded is set, and the IPv4 header's checksum is wrong";
    }
    return i->Receive.IpChecksumFailed && f->ip_good
               ? "IpChecksumFailed is set, and the IPv4 header's checksum is right"
               : NULL;
}

/* only where there is no doubt which transport it is */
static const char *transport_lie(const NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO *i,
                                 const struct dd_inet *f)
{
    bool tcp = i->Receive.TcpChecksumFailed || i->Receive.TcpChecksumSucceeded;
    bool udp = i->Receive.UdpChecksumFailed || i->Receive.UdpChecksumSucceeded;
    bool good = i->Receive.TcpChecksumSucceeded || i->Receive.UdpChecksumSucceeded;

    if ((!tcp && !udp) || (!f->tcp && !f->udp)) {
        return NULL;
    }
    if (tcp != f->tcp) {
        return f->tcp ? "it speaks of UDP's checksum, and the frame is TCP"
                      : "it speaks of TCP's checksum, and the frame is UDP";
    }
    if (good && !f->l4_good && !f->l4_none) {
        return "it says that TCP's or UDP's checksum is right, and it is wrong";
    }
    return !good && (f->l4_good || f->l4_none)
               ? "it says that TCP's or UDP's checksum is wrong, and it is right"
               : NULL;
}

static const char *lie_of(const NET_BUFFER_LIST *nbl,
                          const NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO *i)
{
    uint8_t frame[FRAME_BYTES];
    size_t len = dd_verify_gather(nbl->FirstNetBuffer, frame, sizeof(frame));
    struct dd_inet f;
    const char *lie;

    if (len < TYPE_AT + 2) {
        return NULL;
    }
    if (!dd_inet_parse(frame, len, &f)) {
        uint16_t type = dd_be16(frame + TYPE_AT);

        return type != 0x0800 && type != 0x86dd && type != 0x8100
                   ? "it speaks of checksums, and the frame is not IP"
                   : NULL;
    }
    lie = ip_lie(i, &f);
    return lie ? lie : transport_lie(i, &f);
}

/* a sound list; d: 1 verdicts may be given */
void dd_verify_checksum(struct dd_verify *v, const struct dd_ev *ev)
{
    const NET_BUFFER_LIST *nbl = ev->obj;
    NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO i = {
        .Value = nbl->NetBufferListInfo[TcpIpChecksumNetBufferListInfo]};
    uint32_t value = (uint32_t)(uintptr_t)i.Value;
    const char *lie;

    if (value == 0) {
        return;
    }
    if ((value & ~VERDICT_BITS) != 0) {
        dd_finding_one(v, "csum-rx-reserved", "indicated at", ev->site, api,
                       "NET_BUFFER_LIST %p: its checksum information is 0x%x", ev->obj, value);
    }
    if ((value & VERDICT_BITS) == 0) {
        return;
    }
    if (ev->d == 0) {
        dd_finding_one(v, "csum-rx-before-encap", "indicated at", ev->site, api,
                       "NET_BUFFER_LIST %p: its checksum information is 0x%x, and "
                       "OID_OFFLOAD_ENCAPSULATION was not set",
                       ev->obj, value);
    }
    if (both(&i)) {
        dd_finding_one(v, "csum-rx-both", "indicated at", ev->site, api,
                       "NET_BUFFER_LIST %p: its checksum information is 0x%x", ev->obj, value);
        return;
    }
    lie = lie_of(nbl, &i);
    if (lie) {
        dd_finding_one(v, "csum-rx-lie", "indicated at", ev->site, api, "NET_BUFFER_LIST %p: %s",
                       ev->obj, lie);
    }
}
