/* SPDX-License-Identifier: MIT */
/* What a miniport says it can and does: NDIS_OFFLOAD in attributes and in indications. */
#include "verify/offload_send.h"

#include <string.h>

#define ETHERNET NDIS_ENCAPSULATION_IEEE_802_3
#define V1_MOST  65536u
#define ON       1u /* SUPPORTED and SET_ON */

static const char set_api[] = "NdisMSetMiniportAttributes", say_api[] = "NdisMIndicateStatusEx";

/* revision, the level it came with, NDIS_SIZEOF and sizeof (oids-and-offloads.md 3.2) */
static const struct revision {
    unsigned level, size, whole;
} revisions[] = {
    {0, 0, 0},      {0, 112, 112},  {1, 144, 144},  {30, 156, 156}, {50, 177, 180},
    {70, 188, 188}, {83, 216, 216}, {85, 216, 216}, {89, 217, 220},
};

/* one part of an NDIS_OFFLOAD: whether it can be seen at all, and its features */
struct part {
    const char *name;
    ULONG encapsulation;
    unsigned features[5];
};

#define PARTS 7u
#define LARGE 4u /* the first of the three parts about large sends */

static void take_apart(const NDIS_OFFLOAD *o, struct part ret_parts[PARTS])
{
    const NDIS_TCP_IP_CHECKSUM_OFFLOAD *c = &o->Checksum;
    const struct part parts[PARTS] = {
        {"Checksum.IPv4Transmit",
         c->IPv4Transmit.Encapsulation,
         {c->IPv4Transmit.IpOptionsSupported, c->IPv4Transmit.TcpOptionsSupported,
          c->IPv4Transmit.TcpChecksum, c->IPv4Transmit.UdpChecksum, c->IPv4Transmit.IpChecksum}},
        {"Checksum.IPv4Receive",
         c->IPv4Receive.Encapsulation,
         {c->IPv4Receive.IpOptionsSupported, c->IPv4Receive.TcpOptionsSupported,
          c->IPv4Receive.TcpChecksum, c->IPv4Receive.UdpChecksum, c->IPv4Receive.IpChecksum}},
        {"Checksum.IPv6Transmit",
         c->IPv6Transmit.Encapsulation,
         {c->IPv6Transmit.IpExtensionHeadersSupported, c->IPv6Transmit.TcpOptionsSupported,
          c->IPv6Transmit.TcpChecksum, c->IPv6Transmit.UdpChecksum}},
        {"Checksum.IPv6Receive",
         c->IPv6Receive.Encapsulation,
         {c->IPv6Receive.IpExtensionHeadersSupported, c->IPv6Receive.TcpOptionsSupported,
          c->IPv6Receive.TcpChecksum, c->IPv6Receive.UdpChecksum}},
        {"LsoV1.IPv4",
         o->LsoV1.IPv4.Encapsulation,
         {o->LsoV1.IPv4.TcpOptions, o->LsoV1.IPv4.IpOptions}},
        {"LsoV2.IPv4", o->LsoV2.IPv4.Encapsulation, {0}},
        {"LsoV2.IPv6",
         o->LsoV2.IPv6.Encapsulation,
         {o->LsoV2.IPv6.IpExtensionHeadersSupported, o->LsoV2.IPv6.TcpOptionsSupported}},
    };

    memcpy(ret_parts, parts, sizeof(parts));
}

/* --- one structure --- */

static void check_header(const struct dd_verify *v, const NDIS_OFFLOAD *o, const char *what,
                         struct dd_vsaid *said)
{
    const NDIS_OBJECT_HEADER *h = &o->Header;
    unsigned level = v->ndis_version & 0xffff;
    const struct revision *r =
        h->Revision < DD_ARRAY_LEN(revisions) ? &revisions[h->Revision] : &revisions[0];

    if (h->Type != NDIS_OBJECT_TYPE_OFFLOAD || r->size == 0 ||
        (h->Size != r->size && h->Size != r->whole)) {
        dd_vsay(said, "off-header", "%s: Header is Type 0x%02x, Revision %u, Size %u", what,
                h->Type, h->Revision, h->Size);
    } else if (r->level > level) {
        dd_vsay(said, "off-header", "%s: Revision %u is of NDIS 6.%u, the driver declares 6.%u",
                what, h->Revision, r->level, level);
    }
}

static void check_values(const NDIS_OFFLOAD *o, bool attributes, const char *what,
                         struct dd_vsaid *said)
{
    struct part parts[PARTS];

    take_apart(o, parts);
    for (unsigned i = 0; i < PARTS && !said->rule; i++) {
        if (parts[i].encapsulation != 0 && (parts[i].encapsulation & ETHERNET) == 0) {
            dd_vsay(said, "off-no-8023",
                    "%s: %s.Encapsulation is 0x%x, without NDIS_ENCAPSULATION_IEEE_802_3", what,
                    parts[i].name, parts[i].encapsulation);
        }
        for (unsigned k = 0; k < DD_ARRAY_LEN(parts[i].features) && !said->rule; k++) {
            if (parts[i].features[k] > (attributes ? 1u : 2u)) {
                dd_vsay(said, "off-value-context", "%s: a field of %s is %u", what, parts[i].name,
                        parts[i].features[k]);
            }
        }
    }
}

static void check_large(const NDIS_OFFLOAD *o, const char *what, struct dd_vsaid *said)
{
    const struct {
        const char *name;
        ULONG encapsulation, most, least;
    } parts[] = {
        {"LsoV1.IPv4", o->LsoV1.IPv4.Encapsulation, o->LsoV1.IPv4.MaxOffLoadSize,
         o->LsoV1.IPv4.MinSegmentCount},
        {"LsoV2.IPv4", o->LsoV2.IPv4.Encapsulation, o->LsoV2.IPv4.MaxOffLoadSize,
         o->LsoV2.IPv4.MinSegmentCount},
        {"LsoV2.IPv6", o->LsoV2.IPv6.Encapsulation, o->LsoV2.IPv6.MaxOffLoadSize,
         o->LsoV2.IPv6.MinSegmentCount},
    };

    for (unsigned i = 0; i < DD_ARRAY_LEN(parts) && !said->rule; i++) {
        if (parts[i].encapsulation != 0 &&
            (parts[i].most == 0 || parts[i].least == 0 || (i == 0 && parts[i].most > V1_MOST))) {
            dd_vsay(said, "off-lso-v1-size", "%s: %s has MaxOffLoadSize %u, MinSegmentCount %u",
                    what, parts[i].name, parts[i].most, parts[i].least);
        }
    }
}

/* what a large send needs, of the card's capabilities */
static void check_sums(const NDIS_OFFLOAD *o, const char *what, struct dd_vsaid *said)
{
    struct part p[PARTS];
    bool v4, v6;

    take_apart(o, p);
    v4 = p[0].encapsulation != 0 && p[0].features[2] == ON && p[0].features[4] == ON;
    v6 = p[2].encapsulation != 0 && p[2].features[2] == ON;
    for (unsigned i = LARGE; i < PARTS && !said->rule; i++) {
        if (p[i].encapsulation != 0 && !(i == PARTS - 1 ? v6 : v4)) {
            dd_vsay(said, "off-lso-no-csum",
                    "%s: %s is offered without the transmit checksums of %s", what, p[i].name,
                    i == PARTS - 1 ? "TCP over IPv6" : "IPv4 and TCP");
        }
    }
}

static void check_subset(const NDIS_OFFLOAD *o, const NDIS_OFFLOAD *hardware, const char *what,
                         struct dd_vsaid *said)
{
    struct part now[PARTS], can[PARTS];

    take_apart(o, now);
    take_apart(hardware, can);
    for (unsigned i = 0; i < PARTS && !said->rule; i++) {
        bool more = (now[i].encapsulation & ~can[i].encapsulation) != 0;

        for (unsigned k = 0; k < DD_ARRAY_LEN(now[i].features); k++) {
            more |=
                now[i].encapsulation != 0 && now[i].features[k] == ON && can[i].features[k] != ON;
        }
        if (more) {
            dd_vsay(said, "off-config-over-hw",
                    "%s: %s is more than HardwareOffloadCapabilities has", what, now[i].name);
        }
    }
}

static void check_one(struct dd_verify *v, const NDIS_OFFLOAD *o, bool attributes, const char *what,
                      const void *site)
{
    struct dd_vsaid said = {.rule = NULL};

    check_header(v, o, what, &said);
    if (!said.rule) {
        check_values(o, attributes, what, &said);
    }
    if (!said.rule) {
        check_large(o, what, &said);
    }
    if (said.rule) {
        dd_finding_one(v, said.rule, attributes ? "set at" : "indicated at", site,
                       attributes ? set_api : say_api, "%s", said.text);
    }
}

/* --- attributes --- */

/* as far as its header says there is something */
static void copy_of(const NDIS_OFFLOAD *from, NDIS_OFFLOAD *to)
{
    memset(to, 0, sizeof(*to));
    memcpy(to, from, from->Header.Size < sizeof(*to) ? from->Header.Size : sizeof(*to));
}

/* a: header type, b: status, data: the attributes */
void dd_verify_attributes(struct dd_verify *v, const struct dd_ev *ev)
{
    const NDIS_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES *a = ev->data;
    struct dd_vsaid said = {.rule = NULL};
    struct dd_voffload *o;
    NDIS_OFFLOAD now;

    if (ev->a != NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES || ev->b != 0) {
        return;
    }
    o = dd_verify_offload_of(v, ev->adapter, true);
    if (!o) {
        return;
    }
    o->have_hardware = false;
    if (a->HardwareOffloadCapabilities) {
        copy_of(a->HardwareOffloadCapabilities, &o->hardware);
        o->have_hardware = true;
        check_one(v, &o->hardware, true, "HardwareOffloadCapabilities", ev->site);
        check_sums(&o->hardware, "HardwareOffloadCapabilities", &said);
    }
    if (a->DefaultOffloadConfiguration) {
        copy_of(a->DefaultOffloadConfiguration, &now);
        check_one(v, &now, true, "DefaultOffloadConfiguration", ev->site);
        if (!said.rule && o->have_hardware) {
            check_subset(&now, &o->hardware, "DefaultOffloadConfiguration", &said);
        }
    }
    if (said.rule) {
        dd_finding_one(v, said.rule, "set at", ev->site, set_api, "%s", said.text);
    }
}

/* --- requests and the indication that follows --- */

static bool is_on(const struct part *p, unsigned feature)
{
    return p->encapsulation != 0 && p->features[feature] == ON;
}

static bool sums_as_wanted(UCHAR wanted, bool tx, bool rx)
{
    switch (wanted) {
    case NDIS_OFFLOAD_PARAMETERS_TX_RX_DISABLED:
        return !tx && !rx;
    case NDIS_OFFLOAD_PARAMETERS_TX_ENABLED_RX_DISABLED:
        return tx && !rx;
    case NDIS_OFFLOAD_PARAMETERS_RX_ENABLED_TX_DISABLED:
        return !tx && rx;
    case NDIS_OFFLOAD_PARAMETERS_TX_RX_ENABLED:
        return tx && rx;
    default:
        return true;
    }
}

static bool large_as_wanted(UCHAR wanted, bool on)
{
    return wanted == NDIS_OFFLOAD_PARAMETERS_NO_CHANGE ||
           on == (wanted == NDIS_OFFLOAD_PARAMETERS_LSOV2_ENABLED);
}

/* the first field of @w that @o contradicts; NULL: none */
static const char *contradiction(const NDIS_OFFLOAD_PARAMETERS *w, const NDIS_OFFLOAD *o)
{
    struct part p[PARTS];

    take_apart(o, p);
    const struct {
        const char *name;
        bool ok;
    } fields[] = {
        {"IPv4Checksum", sums_as_wanted(w->IPv4Checksum, is_on(&p[0], 4), is_on(&p[1], 4))},
        {"TCPIPv4Checksum", sums_as_wanted(w->TCPIPv4Checksum, is_on(&p[0], 2), is_on(&p[1], 2))},
        {"UDPIPv4Checksum", sums_as_wanted(w->UDPIPv4Checksum, is_on(&p[0], 3), is_on(&p[1], 3))},
        {"TCPIPv6Checksum", sums_as_wanted(w->TCPIPv6Checksum, is_on(&p[2], 2), is_on(&p[3], 2))},
        {"UDPIPv6Checksum", sums_as_wanted(w->UDPIPv6Checksum, is_on(&p[2], 3), is_on(&p[3], 3))},
        {"LsoV1", large_as_wanted(w->LsoV1, p[4].encapsulation != 0)},
        {"LsoV2IPv4", large_as_wanted(w->LsoV2IPv4, p[5].encapsulation != 0)},
        {"LsoV2IPv6", large_as_wanted(w->LsoV2IPv6, p[6].encapsulation != 0)},
    };

    for (unsigned i = 0; i < DD_ARRAY_LEN(fields); i++) {
        if (!fields[i].ok) {
            return fields[i].name;
        }
    }
    return NULL;
}

/* the request was answered and the indication is there: do they agree */
static void check_wanted_locked(struct dd_voffload *o, struct dd_vsaid *said)
{
    const char *field;

    if (!o->have_wanted || !o->have_current) {
        return;
    }
    o->have_wanted = false;
    field = contradiction(&o->wanted, &o->current);
    if (field) {
        dd_vsay(said, "off-indication-mismatch",
                "OID_TCP_OFFLOAD_PARAMETERS was set and the configuration indicated contradicts "
                "its %s",
                field);
    }
}

static void tell(struct dd_verify *v, const struct dd_vsaid *said, const void *site)
{
    if (said->rule) {
        dd_finding_one(v, said->rule, "indicated at", site, say_api, "%s", said->text);
    }
}

/* data: NDIS_STATUS_INDICATION, whose payload was found sound */
void dd_verify_offload_status(struct dd_verify *v, const struct dd_ev *ev)
{
    const NDIS_STATUS_INDICATION *i = ev->data;
    struct dd_voffload *o = dd_verify_offload_of(v, ev->adapter, false);
    struct dd_vsaid said = {.rule = NULL};
    NDIS_OFFLOAD now;

    if (o && ev->a == (uint32_t)NDIS_STATUS_LINK_STATE) {
        const NDIS_LINK_STATE *link = i->StatusBuffer;

        if (link->MediaConnectState != MediaConnectStateConnected) {
            atomic_store(&o->disturbed, true);
        }
    }
    if (!o || ev->a != (uint32_t)NDIS_STATUS_TASK_OFFLOAD_CURRENT_CONFIG) {
        return;
    }
    copy_of(i->StatusBuffer, &now);
    check_one(v, &now, false, "NDIS_STATUS_TASK_OFFLOAD_CURRENT_CONFIG", ev->site);
    dd_mutex_lock(&o->lock);
    o->current = now;
    o->have_current = true;
    o->indications++;
    o->indicated_at = ev->site;
    if (o->waiting_oid != 0) {
        o->waiting_oid = 0;
        check_wanted_locked(o, &said);
    }
    if (!said.rule && o->have_hardware) {
        check_subset(&now, &o->hardware, "NDIS_STATUS_TASK_OFFLOAD_CURRENT_CONFIG", &said);
    }
    dd_mutex_unlock(&o->lock);
    tell(v, &said, ev->site);
}

static void say_no_indication(const struct dd_voffload *o, struct dd_vsaid *said)
{
    dd_vsay(said, "off-no-indication",
            "%s was set, and NDIS_STATUS_TASK_OFFLOAD_CURRENT_CONFIG did not follow",
            o->waiting_oid == OID_OFFLOAD_ENCAPSULATION ? "OID_OFFLOAD_ENCAPSULATION"
                                                        : "OID_TCP_OFFLOAD_PARAMETERS");
}

static void on_set_locked(struct dd_voffload *o, const struct dd_ev *ev, struct dd_vsaid *said)
{
    size_t bytes = ev->c < sizeof(o->wanted) ? (size_t)ev->c : sizeof(o->wanted);

    if (o->waiting_oid != 0) {
        say_no_indication(o, said);
    }
    o->waiting_oid = (uint32_t)ev->a;
    if (ev->a == OID_TCP_OFFLOAD_PARAMETERS) {
        memset(&o->wanted, 0, sizeof(o->wanted));
        memcpy(&o->wanted, ev->data, bytes);
        o->have_wanted = true;
    } else {
        atomic_store(&o->active, true);
    }
    if (o->indications != o->indications_at_call) {
        o->waiting_oid = 0;
        if (!said->rule) {
            check_wanted_locked(o, said);
        }
    }
}

/* OID_SET_CALL and OID_SET. a: oid, b: status, c: bytes, data: the buffer */
void dd_verify_oid_set(struct dd_verify *v, const struct dd_ev *ev)
{
    struct dd_voffload *o = dd_verify_offload_of(v, ev->adapter, false);
    struct dd_vsaid said = {.rule = NULL};
    uint32_t status = (uint32_t)ev->b;
    const void *at;

    if (!o || (ev->a != OID_TCP_OFFLOAD_PARAMETERS && ev->a != OID_OFFLOAD_ENCAPSULATION)) {
        return;
    }
    dd_mutex_lock(&o->lock);
    if (ev->kind == DD_EV_OID_SET_CALL) {
        o->indications_at_call = o->indications;
    } else if (status == (uint32_t)NDIS_STATUS_SUCCESS) {
        on_set_locked(o, ev, &said);
    } else if (ev->a == OID_OFFLOAD_ENCAPSULATION &&
               (status == (uint32_t)NDIS_STATUS_INVALID_PARAMETER ||
                status == (uint32_t)NDIS_STATUS_NOT_SUPPORTED)) {
        dd_vsay(&said, "off-encap-status",
                "OID_OFFLOAD_ENCAPSULATION with NDIS_ENCAPSULATION_IEEE_802_3, which the adapter "
                "offers, was refused with status 0x%08x",
                status);
    }
    at = o->indicated_at;
    dd_mutex_unlock(&o->lock);
    tell(v, &said, said.rule && strcmp(said.rule, "off-indication-mismatch") == 0 ? at : NULL);
}

/* the adapter is halted: what was due will not come */
void dd_verify_offload_config_halted(struct dd_verify *v, const void *adapter)
{
    struct dd_voffload *o = dd_verify_offload_of(v, adapter, false);
    struct dd_vsaid said = {.rule = NULL};

    if (!o) {
        return;
    }
    dd_mutex_lock(&o->lock);
    if (o->waiting_oid != 0) {
        say_no_indication(o, &said);
    }
    o->waiting_oid = 0;
    o->have_wanted = o->have_current = o->have_hardware = false;
    atomic_store(&o->active, false);
    dd_mutex_unlock(&o->lock);
    tell(v, &said, NULL);
}
