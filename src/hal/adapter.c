/* SPDX-License-Identifier: MIT */
/*
 * IoGetDmaAdapter and the functions behind DMA_OPERATIONS that bus masters use for scatter/gather
 * lists and common buffers. Source: send-path 6.1 and 6.2.
 *
 * Chosen where the pages are silent: GetScatterGatherList lists come from the same core, policies
 * and callback settings as NDIS lists. The callback's Irp is DeviceObject->CurrentIrp, as for other
 * execution routines.
 */
#include "hal/hal_int.h"
#include "seam/api.h"

#include <stdlib.h>

struct dd_hal_adapter *dd_hal_adapter_of(PDMA_ADAPTER dma)
{
    struct dd_hal_adapter *ha = (struct dd_hal_adapter *)(void *)dma;

    return ha && ha->magic == DD_MAGIC_DMA_ADAPTER ? ha : NULL;
}

static NTSTATUS status_of(enum dd_sgl_refuse why)
{
    switch (why) {
    case DD_SGL_OK:
        return STATUS_SUCCESS;
    case DD_SGL_BUFFER_TOO_SMALL:
        return STATUS_BUFFER_TOO_SMALL;
    case DD_SGL_WINDOW:
    case DD_SGL_BAD_HANDLE:
        return STATUS_INVALID_PARAMETER;
    default:
        return STATUS_INSUFFICIENT_RESOURCES;
    }
}

static void list_ready(const struct dd_hal_request *rq, SCATTER_GATHER_LIST *list)
{
    PDRIVER_LIST_CONTROL fn = (PDRIVER_LIST_CONTROL)rq->driver_fn;
    PDEVICE_OBJECT device = rq->ready_arg;
    const struct dd_hal_adapter *ha = rq->handle;

    DD_CALL(DD_ROLE_ADAPTER_CONTROL, "AdapterListControl", ha->dev->core.adapter,
            fn(device, device ? device->CurrentIrp : NULL, list, rq->context));
}

static NTSTATUS get_list(PDMA_ADAPTER dma, struct dd_hal_request *rq, PVOID current_va,
                         ULONG length)
{
    struct dd_hal_adapter *ha = dd_hal_adapter_of(dma);
    enum dd_sgl_refuse why = DD_SGL_BAD_HANDLE;
    bool called, queued;
    KIRQL irql;

    if (!ha || !rq->mdl || (uintptr_t)current_va < (uintptr_t)MmGetMdlVirtualAddress(rq->mdl)) {
        return STATUS_INVALID_PARAMETER;
    }
    rq->offset_bytes = (uintptr_t)current_va - (uintptr_t)MmGetMdlVirtualAddress(rq->mdl);
    rq->len_bytes = length;
    rq->handle = ha;
    rq->ready = list_ready;
    irql = dd_hal_raise();
    why = dd_seam_may_fail(DD_FAIL_HAL_LIST, rq->site) ? DD_SGL_INJECTED
                                                       : dd_hal_list_get(ha, rq, &called, &queued);
    dd_hal_lower(irql);
    return status_of(why);
}

static NTSTATUS NTAPI get_scatter_gather_list(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,
                                              PMDL Mdl, PVOID CurrentVa, ULONG Length,
                                              PDRIVER_LIST_CONTROL ExecutionRoutine, PVOID Context,
                                              BOOLEAN WriteToDevice)
{
    struct dd_hal_request rq = {
        .mdl = Mdl,
        .dir = WriteToDevice ? DD_DIR_TO_DEVICE : DD_DIR_FROM_DEVICE,
        .site = DD_SITE(),
        .ready_arg = DeviceObject,
        .driver_fn = (void *)ExecutionRoutine,
        .context = Context,
    };

    return get_list(DmaAdapter, &rq, CurrentVa, Length);
}

static NTSTATUS NTAPI build_scatter_gather_list(
    PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject, PMDL Mdl, PVOID CurrentVa, ULONG Length,
    PDRIVER_LIST_CONTROL ExecutionRoutine, PVOID Context, BOOLEAN WriteToDevice,
    PVOID ScatterGatherBuffer, ULONG ScatterGatherLength)
{
    struct dd_hal_request rq = {
        .mdl = Mdl,
        .dir = WriteToDevice ? DD_DIR_TO_DEVICE : DD_DIR_FROM_DEVICE,
        .buffer = ScatterGatherBuffer,
        .buffer_bytes = ScatterGatherLength,
        .buffer_only = true,
        .site = DD_SITE(),
        .ready_arg = DeviceObject,
        .driver_fn = (void *)ExecutionRoutine,
        .context = Context,
    };

    return get_list(DmaAdapter, &rq, CurrentVa, Length);
}

static VOID NTAPI put_scatter_gather_list(PDMA_ADAPTER DmaAdapter,
                                          PSCATTER_GATHER_LIST ScatterGather, BOOLEAN WriteToDevice)
{
    struct dd_hal_adapter *ha = dd_hal_adapter_of(DmaAdapter);
    struct dd_hal_list *l;
    uint64_t number;
    bool changed;
    KIRQL irql;

    (void)WriteToDevice; /* the list remembers its direction */
    if (!ha) {
        return;
    }
    irql = dd_hal_raise();
    l = dd_hal_list_claim(ha->dev, ScatterGather, &number, &changed);
    DD_SEAM(.kind = DD_EV_SGL_FREE_CALL, .site = DD_SITE(), .adapter = ha->dev->core.adapter,
            .obj = ScatterGather, .obj3 = ha, .a = irql, .b = number, .c = changed);
    if (l) {
        dd_hal_list_put(l);
    }
    dd_hal_lower(irql);
}

/* bytes and registers of a chain; without an MDL the worst case of that address and length */
static void measure(PMDL mdl, uint64_t offset, uint64_t length, PVOID va, uint64_t *ret_pages)
{
    uint64_t pages = 0;

    if (!mdl) {
        *ret_pages = dd_span_pages((uintptr_t)va & DD_PAGE_MASK, length);
        return;
    }
    for (; mdl && length > 0; mdl = mdl->Next) {
        uint64_t n;

        if (offset >= mdl->ByteCount) {
            offset -= mdl->ByteCount;
            continue;
        }
        n = dd_min_u64(mdl->ByteCount - offset, length);
        pages += dd_span_pages(mdl->ByteOffset + offset, n);
        length -= n;
        offset = 0;
    }
    *ret_pages = pages;
}

static NTSTATUS NTAPI calculate_scatter_gather_list(PDMA_ADAPTER DmaAdapter, PMDL Mdl,
                                                    PVOID CurrentVa, ULONG Length,
                                                    PULONG ScatterGatherListSize,
                                                    PULONG pNumberOfMapRegisters)
{
    struct dd_hal_adapter *ha = dd_hal_adapter_of(DmaAdapter);
    uint64_t offset = Mdl ? (uintptr_t)CurrentVa - (uintptr_t)MmGetMdlVirtualAddress(Mdl) : 0,
             pages;

    if (!ha || !ScatterGatherListSize) {
        return STATUS_INVALID_PARAMETER;
    }
    measure(Mdl, offset, Length, CurrentVa, &pages);
    if (pages > ha->dma.max_regs) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *ScatterGatherListSize = (ULONG)dd_hal_list_bytes(pages);
    if (pNumberOfMapRegisters) {
        *pNumberOfMapRegisters = (ULONG)pages;
    }
    return STATUS_SUCCESS;
}

static ULONG NTAPI get_dma_alignment(PDMA_ADAPTER DmaAdapter)
{
    (void)DmaAdapter;
    return DD_DMA_ALIGNMENT;
}

static VOID NTAPI put_dma_adapter(PDMA_ADAPTER DmaAdapter)
{
    struct dd_hal_adapter *ha = dd_hal_adapter_of(DmaAdapter);

    if (ha && ha->from_driver) {
        ha->magic = 0;
        dd_hal_adapter_close(ha);
    }
}

/* V1 ends before CalculateScatterGatherList, V2 before GetDmaAdapterInfo: Size says how much there
 * is */
DMA_OPERATIONS *dd_hal_operations(ULONG version)
{
    static DMA_OPERATIONS tables[3];
    static const ULONG sizes[3] = {
        offsetof(DMA_OPERATIONS, CalculateScatterGatherList),
        offsetof(DMA_OPERATIONS, GetDmaAdapterInfo),
        sizeof(DMA_OPERATIONS),
    };
    static struct dd_mutex lock = DD_MUTEX_INIT; /* guards the filling of the tables */
    unsigned i = version < 2 ? 0 : version - 1;

    if (version > 3) {
        return NULL;
    }
    dd_mutex_lock(&lock);
    if (tables[i].Size == 0) {
        DMA_OPERATIONS *ops = &tables[i];

        dd_hal_fill_missing(ops);
        ops->PutDmaAdapter = put_dma_adapter;
        ops->AllocateCommonBuffer = dd_hal_allocate_common;
        ops->FreeCommonBuffer = dd_hal_free_common;
        ops->GetDmaAlignment = get_dma_alignment;
        ops->GetScatterGatherList = get_scatter_gather_list;
        ops->PutScatterGatherList = put_scatter_gather_list;
        ops->CalculateScatterGatherList = calculate_scatter_gather_list;
        ops->BuildScatterGatherList = build_scatter_gather_list;
        ops->Size = sizes[i];
    }
    dd_mutex_unlock(&lock);
    return &tables[i];
}

/* what a bus master says it can reach. 64 wins over 32; a PCI device with scatter/gather reaches 32
 * at least */
static unsigned bits_of(const DEVICE_DESCRIPTION *d)
{
    if (d->Version == DEVICE_DESCRIPTION_VERSION3) {
        return d->DmaAddressWidth;
    }
    if (d->Dma64BitAddresses) {
        return 64;
    }
    return d->Dma32BitAddresses || (d->ScatterGather && d->InterfaceType == PCIBus) ? 32 : 24;
}

PDMA_ADAPTER IoGetDmaAdapter(PDEVICE_OBJECT PhysicalDeviceObject,
                             PDEVICE_DESCRIPTION DeviceDescription, PULONG NumberOfMapRegisters)
{
    struct dd_hal_device *dev;
    struct dd_hal_adapter *ha;
    unsigned bits;

    DD_API(IoGetDmaAdapter);
    dev = dd_hal_device_find(PhysicalDeviceObject);
    if (!dev || DeviceDescription->Version > DEVICE_DESCRIPTION_VERSION3 ||
        dd_seam_may_fail(DD_FAIL_DMA_ADAPTER, DD_SITE())) {
        return NULL;
    }
    if (!DeviceDescription->Master) {
        dd_api_missing("IoGetDmaAdapter of a system (subordinate) DMA channel");
    }
    bits = bits_of(DeviceDescription);
    if (bits < 24 || bits > 64 ||
        dd_hal_adapter_open(dev, bits, DeviceDescription->MaximumLength, &ha) < 0) {
        return NULL;
    }
    ha->object.DmaOperations = dd_hal_operations(DeviceDescription->Version);
    ha->from_driver = true;
    ha->site = DD_SITE();
    if (NumberOfMapRegisters) {
        *NumberOfMapRegisters = (ULONG)dd_min_u64(ha->dma.max_regs, UINT32_MAX);
    }
    return &ha->object;
}
