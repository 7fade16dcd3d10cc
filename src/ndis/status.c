/* SPDX-License-Identifier: MIT */
/* Status indications: checked, remembered, passed up. */
#include "ndis/adapter_priv.h"

#include <stdlib.h>
#include <string.h>

static bool ndis_only(NDIS_STATUS code)
{
    return code == NDIS_STATUS_RESET_START || code == NDIS_STATUS_RESET_END ||
           code == NDIS_STATUS_PACKET_FILTER || code == NDIS_STATUS_OPER_STATUS ||
           code == NDIS_STATUS_PM_CAPABILITIES_CHANGE;
}

static bool ndis5(NDIS_STATUS code)
{
    return code == NDIS_STATUS_MEDIA_CONNECT || code == NDIS_STATUS_MEDIA_DISCONNECT ||
           code == NDIS_STATUS_LINK_SPEED_CHANGE;
}

/* least bytes of the payload of a code; 0: any */
static ULONG payload_bytes(NDIS_STATUS code)
{
    switch (code) {
    case NDIS_STATUS_LINK_STATE:
        return NDIS_SIZEOF_LINK_STATE_REVISION_1;
    case NDIS_STATUS_TASK_OFFLOAD_CURRENT_CONFIG:
    case NDIS_STATUS_TASK_OFFLOAD_HARDWARE_CAPABILITIES:
        return NDIS_SIZEOF_NDIS_OFFLOAD_REVISION_1;
    case NDIS_STATUS_NETWORK_CHANGE:
        return sizeof(ULONG);
    default:
        return 0;
    }
}

static enum dd_status_defect payload_defect(const NDIS_STATUS_INDICATION *i)
{
    ULONG need = payload_bytes(i->StatusCode);
    const NDIS_OBJECT_HEADER *h = i->StatusBuffer;

    if (need == 0) {
        return i->StatusBufferSize != 0 && i->StatusBuffer == NULL ? DD_STATUS_SIZE : DD_STATUS_OK;
    }
    if (i->StatusBuffer == NULL || i->StatusBufferSize < need) {
        return DD_STATUS_SIZE;
    }
    if (i->StatusCode != NDIS_STATUS_NETWORK_CHANGE &&
        (h->Size < need || h->Size > i->StatusBufferSize)) {
        return DD_STATUS_SIZE;
    }
    return DD_STATUS_OK;
}

static enum dd_status_defect defect_of(const struct dd_adapter *a, const NDIS_STATUS_INDICATION *i)
{
    if (i->Header.Type != NDIS_OBJECT_TYPE_STATUS_INDICATION || i->Header.Revision < 1 ||
        i->Header.Size < NDIS_SIZEOF_STATUS_INDICATION_REVISION_1) {
        return DD_STATUS_HEADER;
    }
    if (dd_adapter_state_get(a) == DD_STATE_HALTED) {
        return DD_STATUS_AFTER_HALT;
    }
    if (!a->have_registration) {
        return DD_STATUS_EARLY;
    }
    if (ndis_only(i->StatusCode)) {
        return DD_STATUS_NDIS_ONLY;
    }
    if (ndis5(i->StatusCode)) {
        return DD_STATUS_NDIS5;
    }
    if (payload_defect(i) != DD_STATUS_OK) {
        return DD_STATUS_SIZE;
    }
    if (i->SourceHandle != (NDIS_HANDLE)a) {
        return DD_STATUS_SOURCE;
    }
    return i->DestinationHandle != NULL || i->RequestId != NULL ? DD_STATUS_DESTINATION
                                                                : DD_STATUS_OK;
}

static void remember(struct dd_adapter *a, const NDIS_STATUS_INDICATION *i)
{
    NDIS_OFFLOAD *offload;
    size_t bytes;

    if (i->StatusCode == NDIS_STATUS_LINK_STATE) {
        dd_mutex_lock(&a->lock);
        memcpy(&a->link, i->StatusBuffer, sizeof(a->link));
        dd_mutex_unlock(&a->lock);
        return;
    }
    if (i->StatusCode == NDIS_STATUS_TASK_OFFLOAD_CURRENT_CONFIG) {
        offload = a->priv->attr.offload_current;
        bytes = ((const NDIS_OBJECT_HEADER *)i->StatusBuffer)->Size;
        dd_mutex_lock(&a->lock);
        if (offload != NULL) {
            memset(offload, 0, sizeof(*offload));
            memcpy(offload, i->StatusBuffer, bytes < sizeof(*offload) ? bytes : sizeof(*offload));
        }
        dd_mutex_unlock(&a->lock);
    }
}

static void pass_up(struct dd_adapter *a, const NDIS_STATUS_INDICATION *i)
{
    if (a->upper.status != NULL) {
        a->upper.status(a->upper.arg, i);
    }
}

VOID NdisMIndicateStatusEx(NDIS_HANDLE MiniportAdapterHandle,
                           PNDIS_STATUS_INDICATION StatusIndication)
{
    struct dd_adapter *a;
    enum dd_status_defect defect;

    DD_API(NdisMIndicateStatusEx);
    a = dd_adapter_of(MiniportAdapterHandle, DD_SITE());
    if (a == NULL || StatusIndication == NULL) {
        return;
    }
    defect = defect_of(a, StatusIndication);
    DD_SEAM(.kind = DD_EV_STATUS, .site = DD_SITE(), .adapter = a, .data = StatusIndication,
            .a = defect == DD_STATUS_HEADER ? 0 : (uint32_t)StatusIndication->StatusCode,
            .b = dd_adapter_state_get(a), .c = defect);
    if (defect == DD_STATUS_OK || defect == DD_STATUS_SOURCE || defect == DD_STATUS_DESTINATION) {
        remember(a, StatusIndication);
        pass_up(a, StatusIndication);
    }
}

void dd_status_raise(struct dd_adapter *a, NDIS_STATUS code, const void *buf, ULONG len_bytes)
{
    NDIS_STATUS_INDICATION i;

    memset(&i, 0, sizeof(i));
    i.Header.Type = NDIS_OBJECT_TYPE_STATUS_INDICATION;
    i.Header.Revision = NDIS_STATUS_INDICATION_REVISION_1;
    i.Header.Size = NDIS_SIZEOF_STATUS_INDICATION_REVISION_1;
    i.SourceHandle = (NDIS_HANDLE)a;
    i.StatusCode = code;
    i.StatusBuffer = (PVOID)(uintptr_t)buf;
    i.StatusBufferSize = len_bytes;
    pass_up(a, &i);
}
