/* SPDX-License-Identifier: MIT */
/*
 * Task offload (oids-and-offloads.md 3). The parameters come first, as an administrator's choice
 * does; the encapsulation then makes all that is configured operational at once.
 */
#include "ndis/offload.h"

#include "ndis/adapter_priv.h"

#include <string.h>

/* any sub-offload that names an Ethernet encapsulation */
static bool offers_offload(const NDIS_OFFLOAD *o)
{
    const ULONG ethernet = NDIS_ENCAPSULATION_IEEE_802_3;

    return o != NULL &&
           ((o->Checksum.IPv4Transmit.Encapsulation | o->Checksum.IPv4Receive.Encapsulation |
             o->Checksum.IPv6Transmit.Encapsulation | o->Checksum.IPv6Receive.Encapsulation |
             o->LsoV1.IPv4.Encapsulation | o->LsoV2.IPv4.Encapsulation |
             o->LsoV2.IPv6.Encapsulation) &
            ethernet) != 0;
}

/* the parameter for one kind of checksum: what the card can, in the directions wanted */
static UCHAR directions(bool tx, bool rx)
{
    if (tx && rx) {
        return NDIS_OFFLOAD_PARAMETERS_TX_RX_ENABLED;
    }
    if (tx) {
        return NDIS_OFFLOAD_PARAMETERS_TX_ENABLED_RX_DISABLED;
    }
    return rx ? NDIS_OFFLOAD_PARAMETERS_RX_ENABLED_TX_DISABLED
              : NDIS_OFFLOAD_PARAMETERS_TX_RX_DISABLED;
}

static void wanted(const NDIS_OFFLOAD *hw, uint32_t offload, NDIS_OFFLOAD_PARAMETERS *p)
{
    const NDIS_TCP_IP_CHECKSUM_OFFLOAD *c = &hw->Checksum;
    bool tx4 = c->IPv4Transmit.Encapsulation != 0, tx6 = c->IPv6Transmit.Encapsulation != 0;
    /* a large send needs the checksums it does the work of */
    bool rx4 = c->IPv4Receive.Encapsulation != 0 && (offload & DD_NDIS_OFFLOAD_CHECKSUM) != 0;
    bool rx6 = c->IPv6Receive.Encapsulation != 0 && (offload & DD_NDIS_OFFLOAD_CHECKSUM) != 0;

    p->IPv4Checksum =
        directions(tx4 && c->IPv4Transmit.IpChecksum, rx4 && c->IPv4Receive.IpChecksum);
    p->TCPIPv4Checksum =
        directions(tx4 && c->IPv4Transmit.TcpChecksum, rx4 && c->IPv4Receive.TcpChecksum);
    p->UDPIPv4Checksum =
        directions(tx4 && c->IPv4Transmit.UdpChecksum, rx4 && c->IPv4Receive.UdpChecksum);
    p->TCPIPv6Checksum =
        directions(tx6 && c->IPv6Transmit.TcpChecksum, rx6 && c->IPv6Receive.TcpChecksum);
    p->UDPIPv6Checksum =
        directions(tx6 && c->IPv6Transmit.UdpChecksum, rx6 && c->IPv6Receive.UdpChecksum);
    /* version 2 wins where both are there */
    p->LsoV1 = (offload & DD_NDIS_OFFLOAD_LARGE) != 0 && hw->LsoV1.IPv4.Encapsulation != 0 &&
                       hw->LsoV2.IPv4.Encapsulation == 0
                   ? NDIS_OFFLOAD_PARAMETERS_LSOV1_ENABLED
                   : NDIS_OFFLOAD_PARAMETERS_LSOV1_DISABLED;
    p->LsoV2IPv4 = (offload & DD_NDIS_OFFLOAD_LARGE) != 0 && hw->LsoV2.IPv4.Encapsulation != 0
                       ? NDIS_OFFLOAD_PARAMETERS_LSOV2_ENABLED
                       : NDIS_OFFLOAD_PARAMETERS_LSOV2_DISABLED;
    p->LsoV2IPv6 = (offload & DD_NDIS_OFFLOAD_LARGE) != 0 && hw->LsoV2.IPv6.Encapsulation != 0
                       ? NDIS_OFFLOAD_PARAMETERS_LSOV2_ENABLED
                       : NDIS_OFFLOAD_PARAMETERS_LSOV2_DISABLED;
}

/* sizeof at the miniport's level, and NDIS_SIZEOF in the header */
struct level {
    unsigned version;
    UCHAR revision;
    USHORT size, length;
};

static const struct level *level_of(unsigned ndis_version)
{
    static const struct level levels[] = {
        {6u << 16 | 83, NDIS_OFFLOAD_PARAMETERS_REVISION_5,
         NDIS_SIZEOF_OFFLOAD_PARAMETERS_REVISION_5, 36},
        {6u << 16 | 50, NDIS_OFFLOAD_PARAMETERS_REVISION_4,
         NDIS_SIZEOF_OFFLOAD_PARAMETERS_REVISION_4, 32},
        {6u << 16 | 30, NDIS_OFFLOAD_PARAMETERS_REVISION_3,
         NDIS_SIZEOF_OFFLOAD_PARAMETERS_REVISION_3, 28},
        {6u << 16 | 1, NDIS_OFFLOAD_PARAMETERS_REVISION_2,
         NDIS_SIZEOF_OFFLOAD_PARAMETERS_REVISION_2, 24},
        {0, NDIS_OFFLOAD_PARAMETERS_REVISION_1, NDIS_SIZEOF_OFFLOAD_PARAMETERS_REVISION_1, 20},
    };
    const struct level *l = levels;

    while (ndis_version < l->version) {
        l++;
    }
    return l;
}

static NDIS_STATUS set_parameters(struct dd_adapter *a)
{
    const struct level *l = level_of(a->driver->ndis_version);
    NDIS_OFFLOAD_PARAMETERS p;

    memset(&p, 0, sizeof(p));
    p.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    p.Header.Revision = l->revision;
    p.Header.Size = l->size;
    wanted(a->priv->attr.offload_hardware, a->priv->config.offload, &p);
    return dd_ndis_set(a, OID_TCP_OFFLOAD_PARAMETERS, &p, l->length);
}

static void set_encapsulation(struct dd_adapter *a)
{
    NDIS_OFFLOAD_ENCAPSULATION e;

    memset(&e, 0, sizeof(e));
    e.Header.Type = NDIS_OBJECT_TYPE_OFFLOAD_ENCAPSULATION;
    e.Header.Revision = NDIS_OFFLOAD_ENCAPSULATION_REVISION_1;
    e.Header.Size = NDIS_SIZEOF_OFFLOAD_ENCAPSULATION_REVISION_1;
    e.IPv4.Enabled = NDIS_OFFLOAD_SET_ON;
    e.IPv4.EncapsulationType = NDIS_ENCAPSULATION_IEEE_802_3;
    e.IPv4.HeaderSize = 14;
    e.IPv6.Enabled = NDIS_OFFLOAD_SET_ON;
    e.IPv6.EncapsulationType = NDIS_ENCAPSULATION_IEEE_802_3;
    e.IPv6.HeaderSize = 14;
    /* the miniport may go by it before its handler has returned */
    atomic_store(&a->priv->verdicts_allowed, true);
    if (dd_ndis_set(a, OID_OFFLOAD_ENCAPSULATION, &e, sizeof(e)) != NDIS_STATUS_SUCCESS) {
        atomic_store(&a->priv->verdicts_allowed, false);
    }
}

void dd_ndis_offload_start(struct dd_adapter *a)
{
    if (a->priv->config.offload == 0 || !offers_offload(a->priv->attr.offload_hardware)) {
        return;
    }
    (void)set_parameters(a);
    if (offers_offload(a->priv->attr.offload_default)) {
        set_encapsulation(a);
    }
}

bool dd_ndis_offload_set(struct dd_adapter *a, uint32_t offload)
{
    if (!offers_offload(a->priv->attr.offload_hardware) || !a->priv->oid.have_encapsulation) {
        return false;
    }
    a->priv->config.offload = offload;
    return set_parameters(a) == NDIS_STATUS_SUCCESS;
}

void dd_ndis_offload_now(struct dd_adapter *a, NDIS_OFFLOAD *ret_offload)
{
    memset(ret_offload, 0, sizeof(*ret_offload));
    dd_mutex_lock(&a->lock);
    if (a->priv->oid.have_encapsulation && a->priv->attr.offload_current != NULL) {
        *ret_offload = *a->priv->attr.offload_current;
    }
    dd_mutex_unlock(&a->lock);
}
