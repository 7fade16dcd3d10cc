/* SPDX-License-Identifier: MIT */
/*
 * Members of DMA_OPERATIONS for scatter/gather lists.
 *
 * What the pages leave open, and what Drydock does:
 *
 *   the lists              come from the same core, policies and callback settings as NDIS lists
 *   the callback's Irp     DeviceObject->CurrentIrp, as for other execution routines
 *   a subordinate device   STATUS_INVALID_PARAMETER: it has no lists
 *   *ScatterGatherList of the Ex calls
 *                          written when DMA_SYNCHRONOUS_CALLBACK is set; else NULL: the routine
 *                          gets the list
 *   end of a synchronous list without a routine
 *                          PutScatterGatherList, as of any other; FreeAdapterObject leaves it alone
 *   another direction at PutScatterGatherList
 *                          told; the list remembers its own
 */
#include "hal/hal_int.h"

#include "seam/api.h"

static void list_ready(const struct dd_hal_request *rq, SCATTER_GATHER_LIST *list)
{
    PDRIVER_LIST_CONTROL fn = (PDRIVER_LIST_CONTROL)rq->driver_fn;
    PDEVICE_OBJECT device = rq->ready_arg;
    const struct dd_hal_adapter *ha = rq->handle;

    if (rq->ticket && rq->sync && rq->ticket->out) {
        *rq->ticket->out = list;
    }
    if (fn) {
        DD_CALL(DD_ROLE_ADAPTER_CONTROL, "AdapterListControl", ha->dev->core.adapter,
                fn(device, device ? device->CurrentIrp : NULL, list, rq->context));
    }
}

static NTSTATUS get_list(PDMA_ADAPTER dma, struct dd_hal_request *rq)
{
    struct dd_hal_adapter *ha = dd_hal_adapter_of(dma);
    enum dd_sgl_refuse why;
    bool called, queued;
    KIRQL irql;

    if (!ha || !rq->mdl || (ha->io && ha->io->isa)) {
        return STATUS_INVALID_PARAMETER;
    }
    rq->handle = ha;
    rq->ready = list_ready;
    irql = dd_hal_raise();
    why = dd_seam_may_fail(DD_FAIL_HAL_LIST, rq->site) ? DD_SGL_INJECTED
                                                       : dd_hal_list_get(ha, rq, &called, &queued);
    dd_hal_lower(irql);
    return dd_hal_status(why);
}

static enum dd_dir dir_of(BOOLEAN write_to_device)
{
    return write_to_device ? DD_DIR_TO_DEVICE : DD_DIR_FROM_DEVICE;
}

/* by address, as the calls of V1 and V2 want it */
static NTSTATUS get_list_at(PDMA_ADAPTER dma, struct dd_hal_request *rq, PVOID current_va,
                            const char *member)
{
    uintptr_t start = rq->mdl ? (uintptr_t)MmGetMdlVirtualAddress(rq->mdl) : 0;

    dd_hal_irql(dd_hal_adapter_of(dma), member, DISPATCH_LEVEL, DISPATCH_LEVEL, rq->site);
    if (!rq->mdl || !rq->driver_fn || (uintptr_t)current_va < start) {
        return STATUS_INVALID_PARAMETER;
    }
    rq->offset_bytes = (uintptr_t)current_va - start;
    return get_list(dma, rq);
}

static NTSTATUS NTAPI get_scatter_gather_list(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,
                                              PMDL Mdl, PVOID CurrentVa, ULONG Length,
                                              PDRIVER_LIST_CONTROL ExecutionRoutine, PVOID Context,
                                              BOOLEAN WriteToDevice)
{
    struct dd_hal_request rq = {
        .mdl = Mdl,
        .len_bytes = Length,
        .dir = dir_of(WriteToDevice),
        .site = DD_SITE(),
        .ready_arg = DeviceObject,
        .driver_fn = (void *)ExecutionRoutine,
        .context = Context,
    };

    return get_list_at(DmaAdapter, &rq, CurrentVa, "GetScatterGatherList");
}

static NTSTATUS NTAPI build_scatter_gather_list(
    PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject, PMDL Mdl, PVOID CurrentVa, ULONG Length,
    PDRIVER_LIST_CONTROL ExecutionRoutine, PVOID Context, BOOLEAN WriteToDevice,
    PVOID ScatterGatherBuffer, ULONG ScatterGatherLength)
{
    struct dd_hal_request rq = {
        .mdl = Mdl,
        .len_bytes = Length,
        .dir = dir_of(WriteToDevice),
        .buffer = ScatterGatherBuffer,
        .buffer_bytes = ScatterGatherLength,
        .buffer_only = true,
        .site = DD_SITE(),
        .ready_arg = DeviceObject,
        .driver_fn = (void *)ExecutionRoutine,
        .context = Context,
    };

    if (!ScatterGatherBuffer) {
        return STATUS_INVALID_PARAMETER;
    }
    return get_list_at(DmaAdapter, &rq, CurrentVa, "BuildScatterGatherList");
}

/* --- V3 --- */

/* what both Ex calls ask of their arguments */
static NTSTATUS get_list_ex(PDMA_ADAPTER dma, struct dd_hal_request *rq, PVOID transfer,
                            ULONG flags, PSCATTER_GATHER_LIST *out)
{
    NTSTATUS status;

    rq->sync = (flags & DMA_SYNCHRONOUS_CALLBACK) != 0;
    if (!dd_hal_io_of(dma) || (flags & ~(ULONG)DMA_SYNCHRONOUS_CALLBACK) != 0 ||
        rq->len_bytes == 0 || (!rq->driver_fn && (!rq->sync || !out))) {
        return STATUS_INVALID_PARAMETER;
    }
    status = dd_ticket_use(transfer, &rq->ticket);
    if (status != STATUS_SUCCESS) {
        return status;
    }
    rq->ticket->out = rq->sync ? out : NULL;
    if (out) {
        *out = NULL;
    }
    return get_list(dma, rq);
}

static NTSTATUS NTAPI get_scatter_gather_list_ex(
    PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject, PVOID DmaTransferContext, PMDL Mdl,
    ULONGLONG Offset, ULONG Length, ULONG Flags, PDRIVER_LIST_CONTROL ExecutionRoutine,
    PVOID Context, BOOLEAN WriteToDevice, PDMA_COMPLETION_ROUTINE DmaCompletionRoutine,
    PVOID CompletionContext, PSCATTER_GATHER_LIST *ScatterGatherList)
{
    struct dd_hal_request rq = {
        .mdl = Mdl,
        .offset_bytes = Offset,
        .len_bytes = Length,
        .dir = dir_of(WriteToDevice),
        .site = DD_SITE(),
        .ready_arg = DeviceObject,
        .driver_fn = (void *)ExecutionRoutine,
        .context = Context,
    };

    (void)DmaCompletionRoutine; /* not used for bus masters */
    (void)CompletionContext;
    dd_hal_irql(dd_hal_adapter_of(DmaAdapter), "GetScatterGatherListEx", PASSIVE_LEVEL,
                DISPATCH_LEVEL, DD_SITE());
    return get_list_ex(DmaAdapter, &rq, DmaTransferContext, Flags, ScatterGatherList);
}

static NTSTATUS NTAPI build_scatter_gather_list_ex(
    PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject, PVOID DmaTransferContext, PMDL Mdl,
    ULONGLONG Offset, ULONG Length, ULONG Flags, PDRIVER_LIST_CONTROL ExecutionRoutine,
    PVOID Context, BOOLEAN WriteToDevice, PVOID ScatterGatherBuffer, ULONG ScatterGatherLength,
    PDMA_COMPLETION_ROUTINE DmaCompletionRoutine, PVOID CompletionContext, PVOID ScatterGatherList)
{
    struct dd_hal_request rq = {
        .mdl = Mdl,
        .offset_bytes = Offset,
        .len_bytes = Length,
        .dir = dir_of(WriteToDevice),
        .buffer = ScatterGatherBuffer,
        .buffer_bytes = ScatterGatherLength,
        .buffer_only = true,
        .site = DD_SITE(),
        .ready_arg = DeviceObject,
        .driver_fn = (void *)ExecutionRoutine,
        .context = Context,
    };

    (void)DmaCompletionRoutine;
    (void)CompletionContext;
    dd_hal_irql(dd_hal_adapter_of(DmaAdapter), "BuildScatterGatherListEx", DISPATCH_LEVEL,
                DISPATCH_LEVEL, DD_SITE());
    if (!ScatterGatherBuffer) {
        return STATUS_INVALID_PARAMETER;
    }
    return get_list_ex(DmaAdapter, &rq, DmaTransferContext, Flags, ScatterGatherList);
}

/* --- the end of a list --- */

static void put_list(struct dd_hal_adapter *ha, PSCATTER_GATHER_LIST list, BOOLEAN write_to_device,
                     KIRQL before, const void *site)
{
    struct dd_hal_list *l;
    uint64_t number;
    bool changed;

    l = dd_hal_list_claim(ha->dev, list, &number, &changed);
    DD_SEAM(.kind = DD_EV_SGL_FREE_CALL, .site = site, .adapter = ha->dev->core.adapter,
            .obj = list, .obj3 = ha, .a = before, .b = number, .c = changed);
    if (!l) {
        return;
    }
    if (l->rq.dir != dir_of(write_to_device)) {
        dd_hal_tell(ha, list, "PutScatterGatherList with the other direction than at the request",
                    site);
    }
    dd_hal_list_put(l);
}

static VOID NTAPI put_scatter_gather_list(PDMA_ADAPTER DmaAdapter,
                                          PSCATTER_GATHER_LIST ScatterGather, BOOLEAN WriteToDevice)
{
    struct dd_hal_adapter *ha = dd_hal_adapter_of(DmaAdapter);
    KIRQL irql;

    if (!ha) {
        return;
    }
    dd_hal_irql(ha, "PutScatterGatherList", DISPATCH_LEVEL, DISPATCH_LEVEL, DD_SITE());
    irql = dd_hal_raise();
    put_list(ha, ScatterGather, WriteToDevice, irql, DD_SITE());
    dd_hal_lower(irql);
}

void dd_list_ops_fill(DMA_OPERATIONS *ops)
{
    ops->GetScatterGatherList = get_scatter_gather_list;
    ops->BuildScatterGatherList = build_scatter_gather_list;
    ops->PutScatterGatherList = put_scatter_gather_list;
    ops->GetScatterGatherListEx = get_scatter_gather_list_ex;
    ops->BuildScatterGatherListEx = build_scatter_gather_list_ex;
    ops->BuildMdlFromScatterGatherList = dd_build_mdl_from_list;
}
