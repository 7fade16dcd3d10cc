/* SPDX-License-Identifier: MIT */
/*
 * NdisMSetMiniportAttributes: registration first, then general, then the rest. Everything is
 * copied, also what the structures point at.
 */
#include "ndis/adapter_priv.h"

#include "base/log.h"

#include <stdlib.h>
#include <string.h>

/* a copy of @h, @whole bytes long, zero beyond what its header says it has; NULL: none given, or no
 * memory */
static void *copy_sized(const NDIS_OBJECT_HEADER *h, size_t whole)
{
    size_t bytes;
    void *copy;

    if (h == NULL) {
        return NULL;
    }
    bytes = h->Size < whole ? h->Size : whole;
    copy = calloc(1, whole);
    if (copy != NULL) {
        memcpy(copy, h, bytes);
    }
    return copy;
}

static void *copy_bytes(const void *from, size_t bytes)
{
    void *copy = from != NULL && bytes > 0 ? malloc(bytes) : NULL;

    if (copy != NULL) {
        memcpy(copy, from, bytes);
    }
    return copy;
}

static void copies_free(struct dd_attr_copies *c)
{
    free(c->oids);
    free(c->pnp);
    free(c->pm);
    free(c->rss);
    c->oids = NULL;
    c->pnp = NULL;
    c->pm = NULL;
    c->rss = NULL;
}

static void offloads_free(struct dd_attr_copies *c)
{
    free(c->offload_default);
    free(c->offload_hardware);
    free(c->offload_current);
    c->offload_default = c->offload_hardware = c->offload_current = NULL;
}

void dd_attributes_drop(struct dd_adapter *a)
{
    copies_free(&a->priv->attr);
    offloads_free(&a->priv->attr);
    a->have_registration = false;
    a->have_general = false;
    a->bus_master = false;
    memset(&a->registration, 0, sizeof(a->registration));
    memset(&a->general, 0, sizeof(a->general));
    memset(&a->link, 0, sizeof(a->link));
}

static bool revision_ok(const NDIS_OBJECT_HEADER *h, unsigned max_revision, size_t min_bytes)
{
    return h->Revision >= 1 && h->Revision <= max_revision && h->Size >= min_bytes;
}

static NDIS_STATUS set_registration(struct dd_adapter *a, const NDIS_OBJECT_HEADER *h)
{
    if (!revision_ok(h, 2, NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1)) {
        return NDIS_STATUS_BAD_VERSION;
    }
    memset(&a->registration, 0, sizeof(a->registration));
    memcpy(&a->registration, h,
           h->Size < sizeof(a->registration) ? h->Size : sizeof(a->registration));
    a->context = a->registration.MiniportAdapterContext;
    a->bus_master = (a->registration.AttributeFlags & NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER) != 0;
    a->have_registration = true;
    return NDIS_STATUS_SUCCESS;
}

static void link_from_general(struct dd_adapter *a)
{
    a->link.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    a->link.Header.Revision = NDIS_LINK_STATE_REVISION_1;
    a->link.Header.Size = NDIS_SIZEOF_LINK_STATE_REVISION_1;
    a->link.MediaConnectState = a->general.MediaConnectState;
    a->link.MediaDuplexState = a->general.MediaDuplexState;
    a->link.XmitLinkSpeed = a->general.XmitLinkSpeed;
    a->link.RcvLinkSpeed = a->general.RcvLinkSpeed;
    a->link.PauseFunctions = (NDIS_SUPPORTED_PAUSE_FUNCTIONS)a->general.SupportedPauseFunctions;
    a->link.AutoNegotiationFlags = a->general.AutoNegotiationFlags;
}

static NDIS_STATUS set_general(struct dd_adapter *a, const NDIS_OBJECT_HEADER *h)
{
    NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES *g = &a->general;
    struct dd_attr_copies *c = &a->priv->attr;
    size_t bytes = NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_1;

    if (!revision_ok(h, 2, bytes)) {
        return NDIS_STATUS_BAD_VERSION;
    }
    if (h->Revision >= 2) {
        bytes = sizeof(*g);
    }
    copies_free(c);
    memset(g, 0, sizeof(*g));
    memcpy(g, h, h->Size < bytes ? h->Size : bytes);
    c->oids = copy_bytes(g->SupportedOidList, g->SupportedOidListLength);
    c->pnp = copy_bytes(g->PowerManagementCapabilities, sizeof(*c->pnp));
    c->pm = copy_sized((const NDIS_OBJECT_HEADER *)(const void *)g->PowerManagementCapabilitiesEx,
                       sizeof(*c->pm));
    c->rss = copy_sized((const NDIS_OBJECT_HEADER *)(const void *)g->RecvScaleCapabilities,
                        sizeof(*c->rss));
    if (c->oids == NULL) {
        g->SupportedOidListLength = 0;
    }
    if (g->MacAddressLength > sizeof(g->CurrentMacAddress)) {
        g->MacAddressLength = sizeof(g->CurrentMacAddress);
    }
    g->SupportedOidList = c->oids;
    g->PowerManagementCapabilities = c->pnp;
    g->PowerManagementCapabilitiesEx = c->pm;
    g->RecvScaleCapabilities = c->rss;
    link_from_general(a);
    a->have_general = true;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS set_offload(struct dd_adapter *a, const NDIS_OBJECT_HEADER *h)
{
    const NDIS_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES *o = (const void *)h;
    struct dd_attr_copies *c = &a->priv->attr;

    if (!revision_ok(h, 1, NDIS_SIZEOF_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES_REVISION_1)) {
        return NDIS_STATUS_BAD_VERSION;
    }
    offloads_free(c);
    c->offload_default =
        copy_sized((const void *)o->DefaultOffloadConfiguration, sizeof(NDIS_OFFLOAD));
    c->offload_hardware =
        copy_sized((const void *)o->HardwareOffloadCapabilities, sizeof(NDIS_OFFLOAD));
    c->offload_current =
        copy_sized((const void *)o->DefaultOffloadConfiguration, sizeof(NDIS_OFFLOAD));
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS set_add_device(struct dd_adapter *a, const NDIS_OBJECT_HEADER *h)
{
    const NDIS_MINIPORT_ADD_DEVICE_REGISTRATION_ATTRIBUTES *r = (const void *)h;

    if (!revision_ok(h, 1, NDIS_SIZEOF_MINIPORT_ADD_DEVICE_REGISTRATION_ATTRIBUTES_REVISION_1)) {
        return NDIS_STATUS_BAD_VERSION;
    }
    if (!dd_call_inside(DD_ROLE_ADD_DEVICE)) {
        return NDIS_STATUS_FAILURE;
    }
    a->priv->add_device_context = r->MiniportAddDeviceContext;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS set_one(struct dd_adapter *a, const NDIS_OBJECT_HEADER *h)
{
    switch (h->Type) {
    case NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES:
        return set_registration(a, h);
    case NDIS_OBJECT_TYPE_MINIPORT_ADD_DEVICE_REGISTRATION_ATTRIBUTES:
        return set_add_device(a, h);
    default:
        break;
    }
    if (!a->have_registration) {
        return NDIS_STATUS_FAILURE;
    }
    switch (h->Type) {
    case NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES:
        return set_general(a, h);
    case NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES:
        return set_offload(a, h);
    case NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_HARDWARE_ASSIST_ATTRIBUTES:
        /* accepted; the features behind it (VMQ, SR-IOV, header split) are never switched on */
        return NDIS_STATUS_SUCCESS;
    case NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_NATIVE_802_11_ATTRIBUTES:
    case NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_NDK_ATTRIBUTES:
    case NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_PACKET_DIRECT_ATTRIBUTES:
        return NDIS_STATUS_NOT_SUPPORTED;
    default:
        return NDIS_STATUS_BAD_VERSION;
    }
}

NDIS_STATUS dd_attributes_set(struct dd_adapter *a, const NDIS_OBJECT_HEADER *h, const void *site)
{
    NDIS_STATUS status;

    if (dd_seam_may_fail(DD_FAIL_ATTRIBUTES, site)) {
        status = NDIS_STATUS_RESOURCES;
    } else {
        status = set_one(a, h);
    }
    DD_SEAM(.kind = DD_EV_ATTRIBUTES_SET, .site = site, .adapter = a, .a = h->Type,
            .b = (uint32_t)status, .data = h);
    if (h->Type == NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES &&
        status == NDIS_STATUS_SUCCESS) {
        dd_rss_caps_look(a, site);
    }
    return status;
}

NDIS_STATUS NdisMSetMiniportAttributes(NDIS_HANDLE NdisMiniportHandle,
                                       PNDIS_MINIPORT_ADAPTER_ATTRIBUTES MiniportAttributes)
{
    struct dd_adapter *a;

    DD_API(NdisMSetMiniportAttributes);
    a = dd_adapter_of(NdisMiniportHandle, DD_SITE());
    if (a == NULL || MiniportAttributes == NULL) {
        return NDIS_STATUS_FAILURE;
    }
    return dd_attributes_set(a, (const NDIS_OBJECT_HEADER *)(const void *)MiniportAttributes,
                             DD_SITE());
}
