/* SPDX-License-Identifier: MIT */
/*
 * What NDIS answers itself, from the attributes and the last status indications, and never asks the
 * driver; what it refuses before the driver sees it; and what it remembers of successful sets
 * (oids-and-offloads.md 1.4-1.7).
 */
#include "ndis/adapter_priv.h"

#include <stdlib.h>
#include <string.h>

#define MULTICAST_ADDRESS_BYTES 6u
#define SPEED_UNIT              100u /* OID_GEN_LINK_SPEED counts 100 bit/s */

static NDIS_STATUS give(struct dd_oid_args *args, const void *data, size_t bytes)
{
    args->ret_bytes = 0;
    args->ret_needed = (ULONG)bytes;
    if (data == NULL && bytes != 0) {
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    if (args->out_bytes < bytes) {
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    }
    if (bytes != 0) {
        memcpy(args->buf, data, bytes);
    }
    args->ret_bytes = (ULONG)bytes;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS give_u32(struct dd_oid_args *args, uint32_t value)
{
    return give(args, &value, sizeof(value));
}

static bool is_statistic(NDIS_OID oid)
{
    return (oid & 0xFEFF0000u) == 0x00020000u;
}

/* the list without the statistics, as protocols get it */
static NDIS_STATUS give_list(const struct dd_adapter *a, struct dd_oid_args *args)
{
    const NDIS_OID *list = a->priv->attr.oids;
    ULONG n = a->general.SupportedOidListLength / (ULONG)sizeof(NDIS_OID);
    NDIS_OID *out = calloc(n + 1, sizeof(NDIS_OID));
    ULONG kept = 0;
    NDIS_STATUS status;

    if (out == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    for (ULONG i = 0; i < n; i++) {
        if (!is_statistic(list[i])) {
            out[kept++] = list[i];
        }
    }
    status = give(args, out, kept * sizeof(NDIS_OID));
    free(out);
    return status;
}

/* a structure with a header, as long as its header says but not longer than our copy of it */
static NDIS_STATUS give_sized(struct dd_oid_args *args, const void *data, size_t whole)
{
    const NDIS_OBJECT_HEADER *h = data;

    return give(args, data, h != NULL && h->Size < whole ? h->Size : whole);
}

static uint32_t link_speed(const struct dd_adapter *a)
{
    uint64_t units = a->link.XmitLinkSpeed / SPEED_UNIT;

    if (a->link.XmitLinkSpeed == NDIS_LINK_SPEED_UNKNOWN) {
        return UINT32_MAX;
    }
    return units > UINT32_MAX ? UINT32_MAX : (uint32_t)units;
}

/* general OIDs; false: not NDIS' */
static bool answer_general(const struct dd_adapter *a, struct dd_oid_args *args, NDIS_STATUS *ret)
{
    const NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES *g = &a->general;
    uint64_t speeds[2] = {g->MaxXmitLinkSpeed, g->MaxRcvLinkSpeed};
    uint16_t version =
        (uint16_t)((a->driver->ndis_version >> 16) << 8 | (a->driver->ndis_version & 0xFF));

    switch (args->oid) {
    case OID_GEN_SUPPORTED_LIST:
        *ret = give_list(a, args);
        break;
    case OID_GEN_MEDIA_SUPPORTED:
    case OID_GEN_MEDIA_IN_USE:
        *ret = give_u32(args, (uint32_t)g->MediaType);
        break;
    case OID_GEN_MAXIMUM_LOOKAHEAD:
        *ret = give_u32(args, g->LookaheadSize);
        break;
    case OID_GEN_MAXIMUM_FRAME_SIZE:
        *ret = give_u32(args, g->MtuSize);
        break;
    case OID_GEN_LINK_SPEED:
        *ret = give_u32(args, link_speed(a));
        break;
    case OID_GEN_CURRENT_PACKET_FILTER:
        *ret = give_u32(args, a->priv->oid.packet_filter);
        break;
    case OID_GEN_CURRENT_LOOKAHEAD:
        *ret =
            give_u32(args, a->priv->oid.lookahead != 0 ? a->priv->oid.lookahead : g->LookaheadSize);
        break;
    case OID_GEN_DRIVER_VERSION:
        *ret = give(args, &version, sizeof(version));
        break;
    case OID_GEN_MAC_OPTIONS:
        *ret = give_u32(args, g->MacOptions);
        break;
    case OID_GEN_MEDIA_CONNECT_STATUS:
        *ret = give_u32(args, a->link.MediaConnectState == MediaConnectStateConnected
                                  ? NdisMediaStateConnected
                                  : NdisMediaStateDisconnected);
        break;
    case OID_GEN_PHYSICAL_MEDIUM:
        *ret = give_u32(args, g->PhysicalMediumType == NdisPhysicalMedium802_3
                                  ? NdisPhysicalMediumUnspecified
                                  : (uint32_t)g->PhysicalMediumType);
        break;
    case OID_GEN_PHYSICAL_MEDIUM_EX:
        *ret = give_u32(args, (uint32_t)g->PhysicalMediumType);
        break;
    case OID_GEN_MAX_LINK_SPEED:
        *ret = give(args, speeds, sizeof(speeds));
        break;
    case OID_GEN_LINK_STATE:
        *ret = give(args, &a->link, sizeof(a->link));
        break;
    default:
        return false;
    }
    return true;
}

/* Ethernet, RSS, offload and power; false: not NDIS' */
static bool answer_more(const struct dd_adapter *a, struct dd_oid_args *args, NDIS_STATUS *ret)
{
    const NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES *g = &a->general;
    const struct dd_attr_copies *c = &a->priv->attr;
    const struct dd_oid_state *o = &a->priv->oid;

    switch (args->oid) {
    case OID_802_3_PERMANENT_ADDRESS:
        *ret = give(args, g->PermanentMacAddress, g->MacAddressLength);
        break;
    case OID_802_3_CURRENT_ADDRESS:
        *ret = give(args, g->CurrentMacAddress, g->MacAddressLength);
        break;
    case OID_802_3_MULTICAST_LIST:
        *ret = give(args, o->multicast, o->multicast_bytes);
        break;
    case OID_802_3_MAXIMUM_LIST_SIZE:
        *ret = give_u32(args, g->MaxMulticastListSize);
        break;
    case OID_GEN_RECEIVE_SCALE_CAPABILITIES:
        *ret = give_sized(args, c->rss, sizeof(*c->rss));
        break;
    case OID_TCP_OFFLOAD_CURRENT_CONFIG:
        *ret = give_sized(args, c->offload_current, sizeof(NDIS_OFFLOAD));
        break;
    case OID_TCP_OFFLOAD_HARDWARE_CAPABILITIES:
        *ret = give_sized(args, c->offload_hardware, sizeof(NDIS_OFFLOAD));
        break;
    case OID_OFFLOAD_ENCAPSULATION:
        *ret =
            give(args, o->have_encapsulation ? &o->encapsulation : NULL, sizeof(o->encapsulation));
        break;
    case OID_PNP_CAPABILITIES:
        *ret = give(args, c->pnp, sizeof(*c->pnp));
        break;
    case OID_PM_CURRENT_CAPABILITIES:
    case OID_PM_HARDWARE_CAPABILITIES:
        *ret = give_sized(args, c->pm, sizeof(*c->pm));
        break;
    default:
        return false;
    }
    return true;
}

/* sets that are wrong whatever the driver would say */
static bool refuse(const struct dd_adapter *a, const struct dd_oid_args *args, NDIS_STATUS *ret)
{
    uint32_t value = 0;

    if (args->in_bytes >= sizeof(value)) {
        memcpy(&value, args->buf, sizeof(value));
    }
    switch (args->oid) {
    case OID_GEN_CURRENT_PACKET_FILTER:
        *ret =
            args->in_bytes < sizeof(value) ? NDIS_STATUS_INVALID_LENGTH : NDIS_STATUS_NOT_SUPPORTED;
        return args->in_bytes < sizeof(value) || (value & ~a->general.SupportedPacketFilters) != 0;
    case OID_GEN_CURRENT_LOOKAHEAD:
        *ret =
            args->in_bytes < sizeof(value) ? NDIS_STATUS_INVALID_LENGTH : NDIS_STATUS_INVALID_DATA;
        return args->in_bytes < sizeof(value) ||
               (value > a->general.LookaheadSize && a->general.LookaheadSize != 0);
    case OID_802_3_MULTICAST_LIST:
        *ret = args->in_bytes % MULTICAST_ADDRESS_BYTES != 0 ? NDIS_STATUS_INVALID_LENGTH
                                                             : NDIS_STATUS_MULTICAST_FULL;
        return args->in_bytes % MULTICAST_ADDRESS_BYTES != 0 ||
               args->in_bytes / MULTICAST_ADDRESS_BYTES > a->general.MaxMulticastListSize;
    default:
        return false;
    }
}

bool dd_oid_answer(struct dd_adapter *a, struct dd_oid_args *args, NDIS_STATUS *ret_status)
{
    if (!a->have_general) {
        return false;
    }
    if (args->mode == DD_OID_SET) {
        return refuse(a, args, ret_status);
    }
    return args->mode == DD_OID_QUERY &&
           (answer_general(a, args, ret_status) || answer_more(a, args, ret_status));
}

bool dd_oid_listed(const struct dd_adapter *a, NDIS_OID oid)
{
    const NDIS_OID *list = a->priv->attr.oids;
    ULONG n = list != NULL ? a->general.SupportedOidListLength / (ULONG)sizeof(NDIS_OID) : 0;

    for (ULONG i = 0; i < n; i++) {
        if (list[i] == oid) {
            return true;
        }
    }
    return false;
}

static void remember_multicast(struct dd_oid_state *o, const struct dd_oid_args *args)
{
    uint8_t *copy = NULL;

    if (args->in_bytes > 0) {
        copy = malloc(args->in_bytes);
        if (copy == NULL) {
            return;
        }
        memcpy(copy, args->buf, args->in_bytes);
    }
    free(o->multicast);
    o->multicast = copy;
    o->multicast_bytes = args->in_bytes;
}

static bool remember_u32(const struct dd_oid_args *args, uint32_t *value)
{
    if (args->in_bytes < sizeof(*value)) {
        return false;
    }
    memcpy(value, args->buf, sizeof(*value));
    return true;
}

void dd_oid_remember(struct dd_adapter *a, const struct dd_oid_args *args)
{
    struct dd_oid_state *o = &a->priv->oid;

    switch (args->oid) {
    case OID_GEN_CURRENT_PACKET_FILTER:
        o->have_filter = remember_u32(args, &o->packet_filter);
        /* raised by NDIS, not by the driver */
        dd_status_raise(a, NDIS_STATUS_PACKET_FILTER, &o->packet_filter, sizeof(o->packet_filter));
        break;
    case OID_GEN_CURRENT_LOOKAHEAD:
        (void)remember_u32(args, &o->lookahead);
        break;
    case OID_802_3_MULTICAST_LIST:
        remember_multicast(o, args);
        break;
    case OID_OFFLOAD_ENCAPSULATION:
        if (args->in_bytes >= sizeof(o->encapsulation)) {
            memcpy(&o->encapsulation, args->buf, sizeof(o->encapsulation));
            o->have_encapsulation = true;
            atomic_store(&a->priv->verdicts_allowed, true);
        }
        break;
    default:
        break;
    }
}

void dd_oid_forget(struct dd_adapter *a)
{
    struct dd_oid_state *o = &a->priv->oid;

    free(o->multicast);
    o->multicast = NULL;
    o->multicast_bytes = 0;
    o->packet_filter = 0;
    o->lookahead = 0;
    o->have_filter = false;
    o->have_encapsulation = false;
    atomic_store(&a->priv->verdicts_allowed, false);
    atomic_store(&a->priv->rss.on, false);
}

static void set_again(struct dd_adapter *a, NDIS_OID oid, void *buf, uint32_t bytes)
{
    struct dd_oid_args args = {.mode = DD_OID_SET, .oid = oid, .buf = buf, .in_bytes = bytes};

    (void)dd_oid_send(a, &args);
}

void dd_oid_restore(struct dd_adapter *a)
{
    struct dd_oid_state *o = &a->priv->oid;
    NDIS_OFFLOAD_ENCAPSULATION encapsulation = o->encapsulation;
    uint32_t filter = o->packet_filter;
    uint32_t bytes = o->multicast_bytes;
    uint8_t *list = bytes != 0 ? malloc(bytes) : NULL;

    if (list != NULL) {
        memcpy(list, o->multicast, bytes);
        set_again(a, OID_802_3_MULTICAST_LIST, list, bytes);
        free(list);
    }
    if (o->have_encapsulation) {
        set_again(a, OID_OFFLOAD_ENCAPSULATION, &encapsulation, sizeof(encapsulation));
    }
    if (o->have_filter) {
        set_again(a, OID_GEN_CURRENT_PACKET_FILTER, &filter, sizeof(filter));
    }
}
