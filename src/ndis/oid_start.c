/* SPDX-License-Identifier: MIT */
/*
 * The requests Windows sends after initialize and at binding (oids-and-offloads.md 1.9), and what
 * an answer has to look like.
 */
#include "ndis/adapter_priv.h"
#include "ndis/offload.h"

#include <stdlib.h>
#include <string.h>

/* --- checks --- */

/* query OIDs of fixed shape that the driver answers. A counter may be 4 or 8 bytes. */
struct shape {
    NDIS_OID oid;
    uint16_t bytes;
    bool counter, mandatory;
};

static const struct shape shapes[] = {
    {OID_GEN_TRANSMIT_BUFFER_SPACE, 4, false, true},
    {OID_GEN_RECEIVE_BUFFER_SPACE, 4, false, true},
    {OID_GEN_TRANSMIT_BLOCK_SIZE, 4, false, true},
    {OID_GEN_RECEIVE_BLOCK_SIZE, 4, false, true},
    {OID_GEN_VENDOR_ID, 4, false, true},
    {OID_GEN_VENDOR_DESCRIPTION, 1, false, true},
    {OID_GEN_VENDOR_DRIVER_VERSION, 4, false, true},
    {OID_GEN_MAXIMUM_TOTAL_SIZE, 4, false, true},
    {OID_GEN_INTERRUPT_MODERATION, NDIS_SIZEOF_INTERRUPT_MODERATION_PARAMETERS_REVISION_1, false,
     true},
    {OID_GEN_STATISTICS, NDIS_SIZEOF_STATISTICS_INFO_REVISION_1, false, true},
    {OID_GEN_XMIT_OK, 4, true, true},
    {OID_GEN_RCV_OK, 4, true, true},
    {OID_GEN_TRANSMIT_QUEUE_LENGTH, 4, false, false},
    {OID_GEN_VLAN_ID, 4, false, false},
};

static const struct shape *shape_of(NDIS_OID oid)
{
    for (size_t i = 0; i < DD_ARRAY_LEN(shapes); i++) {
        if (shapes[i].oid == oid) {
            return &shapes[i];
        }
    }
    return NULL;
}

static bool too_short(NDIS_STATUS status)
{
    return status == NDIS_STATUS_BUFFER_TOO_SHORT || status == NDIS_STATUS_INVALID_LENGTH ||
           status == NDIS_STATUS_BUFFER_OVERFLOW;
}

/* sets that must not fail, and the statuses allowed */
static bool must_succeed_broken(const struct dd_oid_args *args, NDIS_STATUS status)
{
    return args->mode == DD_OID_SET && args->oid == OID_PNP_SET_POWER &&
           status != NDIS_STATUS_SUCCESS && status != NDIS_STATUS_NOT_ACCEPTED;
}

enum dd_oid_problem dd_oid_check(const struct dd_oid_args *args, NDIS_STATUS status)
{
    const struct shape *s = args->mode == DD_OID_QUERY ? shape_of(args->oid) : NULL;

    if (must_succeed_broken(args, status)) {
        return DD_OID_MUST_SUCCEED;
    }
    if (s == NULL) {
        return DD_OID_OK;
    }
    if (status == NDIS_STATUS_SUCCESS) {
        if (args->ret_bytes < s->bytes ||
            (s->counter && args->ret_bytes != 4 && args->ret_bytes != 8)) {
            return DD_OID_WRONG_ANSWER;
        }
        return DD_OID_OK;
    }
    if (too_short(status) && args->out_bytes < s->bytes) {
        return args->ret_needed > args->out_bytes ? DD_OID_OK : DD_OID_WRONG_ANSWER;
    }
    return s->mandatory && status != NDIS_STATUS_NOT_ACCEPTED &&
                   status != NDIS_STATUS_REQUEST_ABORTED
               ? DD_OID_MANDATORY
               : DD_OID_OK;
}

/* --- the sequence --- */

static void query_identity(struct dd_adapter *a)
{
    unsigned char buf[512];

    for (size_t i = 0; i < DD_ARRAY_LEN(shapes); i++) {
        ULONG len = shapes[i].oid == OID_GEN_VENDOR_DESCRIPTION ? (ULONG)sizeof(buf)
                    : shapes[i].counter                         ? (ULONG)sizeof(uint64_t)
                                                                : shapes[i].bytes;

        if (shapes[i].mandatory) {
            (void)dd_ndis_query(a, shapes[i].oid, buf, len, NULL);
        }
    }
}

static void query_guids(struct dd_adapter *a)
{
    unsigned char *buf;
    ULONG needed = 0;

    if (!dd_oid_listed(a, OID_GEN_SUPPORTED_GUIDS) ||
        dd_ndis_query(a, OID_GEN_SUPPORTED_GUIDS, NULL, 0, &needed) == NDIS_STATUS_SUCCESS ||
        needed == 0 || needed > 65536) {
        return;
    }
    buf = malloc(needed);
    if (buf != NULL) {
        (void)dd_ndis_query(a, OID_GEN_SUPPORTED_GUIDS, buf, needed, NULL);
        free(buf);
    }
}

/* what an IPv4 and IPv6 host joins first */
static void set_multicast(struct dd_adapter *a)
{
    static const uint8_t groups[][6] = {
        {0x01, 0x00, 0x5E, 0x00, 0x00, 0x01},
        {0x33, 0x33, 0x00, 0x00, 0x00, 0x01},
        {0x01, 0x00, 0x5E, 0x00, 0x00, 0xFB},
        {0x33, 0x33, 0x00, 0x00, 0x00, 0xFB},
    };

    /* the list grows and is sent whole each time */
    for (ULONG n = 1; n <= DD_ARRAY_LEN(groups) && n <= a->general.MaxMulticastListSize; n++) {
        (void)dd_ndis_set(a, OID_802_3_MULTICAST_LIST, groups, n * 6);
    }
}

static void set_u32(struct dd_adapter *a, NDIS_OID oid, uint32_t value)
{
    (void)dd_ndis_set(a, oid, &value, sizeof(value));
}

static void set_network_address(struct dd_adapter *a)
{
    /* NETWORK_ADDRESS_LIST with one IPv4 address: count, type (IP), length, type, 16 bytes of
     * address */
    static const uint8_t list[] = {1,   0, 0, 0, 2, 0, 14, 0, 2, 0, 0, 0,
                                   192, 0, 2, 1, 0, 0, 0,  0, 0, 0, 0, 0};

    if (dd_oid_listed(a, OID_GEN_NETWORK_LAYER_ADDRESSES)) {
        (void)dd_ndis_set(a, OID_GEN_NETWORK_LAYER_ADDRESSES, list, sizeof(list));
    }
}

/* as much as the miniport can; whoever wants all frames gets at least all groups */
static uint32_t possible_filter(uint32_t wanted, uint32_t can)
{
    if ((wanted & ~can & NDIS_PACKET_TYPE_PROMISCUOUS) != 0) {
        wanted |= NDIS_PACKET_TYPE_ALL_MULTICAST;
    }
    return wanted & can;
}

void dd_ndis_start_sequence(struct dd_adapter *a)
{
    static const WCHAR machine[] = L"DRYDOCK";
    uint32_t filter = a->priv->config.packet_filter;

    (void)dd_ndis_set(a, OID_GEN_MACHINE_NAME, machine, sizeof(machine) - sizeof(WCHAR));
    query_guids(a);
    query_identity(a);
    set_u32(a, OID_GEN_CURRENT_LOOKAHEAD, a->general.LookaheadSize);
    dd_ndis_offload_start(a);
    dd_ndis_rss_start(a);
    set_multicast(a);
    set_network_address(a);
    if (a->have_general) {
        filter = possible_filter(filter, a->general.SupportedPacketFilters);
    }
    set_u32(a, OID_GEN_CURRENT_PACKET_FILTER, filter);
}
