/* SPDX-License-Identifier: MIT */
/*
 * NdisBuildScatterGatherList and NdisFreeScatterGatherList; the manual is in
 * include/nt/ndis/sgbuild.h.
 *
 * What the pages leave open, and what Drydock does (ndis6-sgdma 2.12):
 *
 *   the direction         from SharedMemoryUsage: the transmit kinds let the device only read, all
 *                         others both ways
 *   the registration      the adapter's first
 *   none                  NDIS_STATUS_FAILURE, and told
 *   bad header, handler or stretch
 *                         NDIS_STATUS_INVALID_PARAMETER
 *   no map registers      NDIS_STATUS_RESOURCES: nobody waits in a call that calls back inside
 *   size needed           of the longest list that stretch can have
 *   binding handles       there are no protocols here
 */
#include "ndis/sgdma.h"

#include "ndis/adapter_priv.h"
#include "ndis/nobj.h"

#include <string.h>

/* NDIS_SIZEOF_SCATTER_GATHER_LIST_PARAMETERS_REVISION_1 */
#define SIZE_REVISION_1 72u

static enum dd_dir dir_of(NDIS_SHARED_MEMORY_USAGE usage)
{
    return usage == NdisSharedMemoryUsageXmit || usage == NdisSharedMemoryUsageXmitHeader ||
                   usage == NdisSharedMemoryUsageXmitData
               ? DD_DIR_TO_DEVICE
               : DD_DIR_BOTH;
}

static void list_ready(const struct dd_hal_request *rq, SCATTER_GATHER_LIST *list)
{
    const struct dd_sg_handle *sg = rq->ready_arg;
    NDIS_PROCESS_SG_LIST_HANDLER fn = (NDIS_PROCESS_SG_LIST_HANDLER)rq->driver_fn;

    DD_CALL(DD_ROLE_PROCESS_SG_LIST, "NetProcessSGList", sg->adapter,
            fn(sg->pdo_argument, sg->reserved_argument, list, rq->context));
}

static bool is_good(const NDIS_SCATTER_GATHER_LIST_PARAMETERS *p)
{
    return p && p->Header.Type == NDIS_OBJECT_TYPE_DEFAULT && p->Header.Revision >= 1 &&
           p->Header.Size >= SIZE_REVISION_1 && p->Mdl && p->ProcessSGListHandler &&
           (uintptr_t)p->CurrentVa >= (uintptr_t)MmGetMdlVirtualAddress(p->Mdl) &&
           (unsigned)p->SharedMemoryUsage < NdisSharedMemoryUsageMax;
}

static NDIS_STATUS status_of(enum dd_sgl_refuse why)
{
    switch (why) {
    case DD_SGL_OK:
        return NDIS_STATUS_SUCCESS;
    case DD_SGL_BUFFER_TOO_SMALL:
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    case DD_SGL_WINDOW:
        return NDIS_STATUS_INVALID_PARAMETER;
    default:
        return NDIS_STATUS_RESOURCES;
    }
}

static enum dd_sgl_refuse build(struct dd_sg_handle *sg, struct dd_hal_request *rq)
{
    enum dd_sgl_refuse why;
    bool called, queued;
    KIRQL irql;

    if (dd_seam_may_fail(DD_FAIL_SGL_ALLOCATE, rq->site)) {
        return DD_SGL_INJECTED;
    }
    if (!rq->buffer || rq->buffer_bytes < DD_LIST_HEADER_BYTES) {
        return DD_SGL_BUFFER_TOO_SMALL;
    }
    irql = dd_hal_raise();
    why = dd_hal_list_get(sg->hal, rq, &called, &queued);
    dd_hal_lower(irql);
    return why;
}

NDIS_STATUS NdisBuildScatterGatherList(NDIS_HANDLE NdisHandle,
                                       PNDIS_SCATTER_GATHER_LIST_PARAMETERS SGListParameters)
{
    PNDIS_SCATTER_GATHER_LIST_PARAMETERS p = SGListParameters;
    struct dd_sg_handle *sg;
    struct dd_hal_request rq;
    enum dd_sgl_refuse why;
    struct dd_adapter *a;

    DD_API(NdisBuildScatterGatherList);
    a = dd_adapter_of(NdisHandle, DD_SITE());
    sg = a ? dd_sg_first(a) : NULL;
    if (!sg) {
        dd_bad_object(NdisHandle,
                      "NdisBuildScatterGatherList without a scatter/gather registration",
                      DD_SITE());
        return NDIS_STATUS_FAILURE;
    }
    if (!is_good(p)) {
        return NDIS_STATUS_INVALID_PARAMETER;
    }
    rq = (struct dd_hal_request){
        .mdl = p->Mdl,
        .offset_bytes = (uintptr_t)p->CurrentVa - (uintptr_t)MmGetMdlVirtualAddress(p->Mdl),
        .len_bytes = p->Length,
        .dir = dir_of(p->SharedMemoryUsage),
        .buffer = p->ScatterGatherListBuffer,
        .buffer_bytes = p->ScatterGatherListBufferSize,
        .buffer_only = true,
        .sync = true,
        .handle = NdisHandle,
        .site = DD_SITE(),
        .ready = list_ready,
        .ready_arg = sg,
        .driver_fn = (void *)p->ProcessSGListHandler,
        .context = p->Context,
    };
    why = build(sg, &rq);
    if (why == DD_SGL_BUFFER_TOO_SMALL) {
        uint64_t need = dd_hal_list_room(sg->hal, rq.mdl, rq.offset_bytes, rq.len_bytes);

        if (need == 0) {
            return NDIS_STATUS_INVALID_PARAMETER;
        }
        p->ScatterGatherListBufferSizeNeeded = (ULONG)need;
    }
    return status_of(why);
}

VOID NdisFreeScatterGatherList(NDIS_HANDLE NdisHandle, PSCATTER_GATHER_LIST ScatterGatherListBuffer,
                               BOOLEAN WriteToDevice)
{
    struct dd_sg_state *state;
    struct dd_hal_list *l = NULL;
    struct dd_adapter *a;
    uint64_t number = 0;
    bool changed = false;
    KIRQL irql;

    DD_API(NdisFreeScatterGatherList);
    a = dd_adapter_of(NdisHandle, DD_SITE());
    state = a ? a->sg_state : NULL;
    if (!state) {
        return;
    }
    irql = dd_hal_raise();
    l = dd_hal_list_claim(state->dev, ScatterGatherListBuffer, &number, &changed);
    DD_SEAM(.kind = DD_EV_SGL_FREE_CALL, .site = DD_SITE(), .adapter = a,
            .obj = ScatterGatherListBuffer, .obj2 = l ? l->rq.obj : NULL, .obj3 = NdisHandle,
            .a = irql, .b = number, .c = changed);
    if (l && l->rq.dir == DD_DIR_TO_DEVICE && !WriteToDevice) {
        dd_bad_object(
            ScatterGatherListBuffer,
            "NdisFreeScatterGatherList with WriteToDevice FALSE of a list the device reads",
            DD_SITE());
    }
    if (l) {
        dd_hal_list_put(l);
    }
    dd_hal_lower(irql);
}
