/* SPDX-License-Identifier: MIT */
/*
 * IoGetDmaAdapter and the tables of DMA_OPERATIONS. Source: send-path 6.1 and 6.2.
 *
 * What the pages leave open, and what Drydock does:
 *
 *   InterfaceTypeUndefined   the bus of the device: PCI, or ISA for a subordinate device
 *   neither 32 nor 64 bits   24, as on the ISA bus
 *   DmaAddressWidth          1 to 64; what so narrow a device can not be given fails later, with
 *                            STATUS_INSUFFICIENT_RESOURCES
 *   a channel that is taken  NULL
 *   members beyond a table's Size
 *                            NULL
 *   PutDmaAdapter with lists or map registers left
 *                            told as leaks, then ended
 */
#include "hal/hal_int.h"
#include "seam/api.h"

#include <stdio.h>

struct dd_hal_adapter *dd_hal_adapter_of(PDMA_ADAPTER dma)
{
    struct dd_hal_adapter *ha = (struct dd_hal_adapter *)(void *)dma;

    return ha && ha->magic == DD_MAGIC_DMA_ADAPTER ? ha : NULL;
}

struct dd_hal_io *dd_hal_io_of(PDMA_ADAPTER dma)
{
    struct dd_hal_adapter *ha = dd_hal_adapter_of(dma);

    return ha ? ha->io : NULL;
}

void dd_hal_tell(const struct dd_hal_adapter *ha, const void *obj, const char *what,
                 const void *site)
{
    DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = site, .adapter = ha ? ha->dev->core.adapter : NULL,
            .obj = obj, .data = what);
}

void dd_hal_irql(const struct dd_hal_adapter *ha, const char *member, KIRQL low, KIRQL high,
                 const void *site)
{
    KIRQL now = dd_irql_get();
    char what[96];

    if (__builtin_expect(now >= low && now <= high, 1) || !dd_seam_listening()) {
        return;
    }
    snprintf(what, sizeof(what), "%s called at IRQL %u, allowed is %u to %u", member, now, low,
             high);
    dd_hal_tell(ha, ha, what, site);
}

NTSTATUS dd_hal_status(enum dd_sgl_refuse why)
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

static VOID NTAPI put_dma_adapter(PDMA_ADAPTER DmaAdapter)
{
    struct dd_hal_adapter *ha = dd_hal_adapter_of(DmaAdapter);

    if (!ha || !ha->from_driver) {
        dd_hal_tell(NULL, DmaAdapter, "PutDmaAdapter of what is no DMA adapter", DD_SITE());
        return;
    }
    dd_hal_irql(ha, "PutDmaAdapter", PASSIVE_LEVEL, DISPATCH_LEVEL, DD_SITE());
    (void)dd_hal_adapter_report(ha, false);
    ha->magic = 0;
    dd_hal_adapter_close(ha);
}

/* --- tables --- */

/* a version's table ends before members that came later: Size says how much there is */
static void cut(DMA_OPERATIONS *ops, ULONG size)
{
    memset((char *)ops + size, 0, sizeof(*ops) - size);
    ops->Size = size;
}

static void fill(DMA_OPERATIONS *ops)
{
    ops->PutDmaAdapter = put_dma_adapter;
    dd_info_fill(ops);
    dd_list_ops_fill(ops);
    dd_packet_fill(ops);
    dd_packet_end_fill(ops);
    dd_packet_map_fill(ops);
    dd_common_fill(ops);
    dd_common_more_fill(ops);
}

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
        fill(&tables[i]);
        cut(&tables[i], sizes[i]);
    }
    dd_mutex_unlock(&lock);
    return &tables[i];
}

/* --- IoGetDmaAdapter --- */

/* what a bus master says it can reach. 64 wins over 32; a PCI device with scatter/gather reaches 32
 * at least */
static unsigned bits_of(const DEVICE_DESCRIPTION *d)
{
    bool pci = d->InterfaceType == PCIBus || d->InterfaceType == InterfaceTypeUndefined;

    if (!d->Master) {
        return 24;
    }
    if (d->Version == DEVICE_DESCRIPTION_VERSION3) {
        return d->DmaAddressWidth;
    }
    if (d->Dma64BitAddresses) {
        return 64;
    }
    return d->Dma32BitAddresses || (d->ScatterGather && pci) ? 32 : 24;
}

static int claim_channel(struct dd_hal_adapter *ha, const DEVICE_DESCRIPTION *d,
                         struct dd_isa_channel **ret_isa)
{
    const struct dd_dma_device *core = &ha->dev->core;
    struct dd_isa_channel_config config = {
        .ram = core->ram,
        .channel = d->DmaChannel,
        .demand = d->Version == DEVICE_DESCRIPTION_VERSION2 && d->DemandMode,
        .auto_init = d->AutoInitialize,
        .checked = core->policy->checked,
        .max_bytes = d->MaximumLength,
        .bounce = core->policy->bounce,
        .adapter = core->adapter,
    };
    DMA_WIDTH width = dd_isa_wide(d->DmaChannel) ? Width16Bits : Width8Bits;

    if (dd_isa_channel_usable(d->DmaChannel) < 0 || d->DmaWidth != width) {
        return -1;
    }
    return dd_isa_channel_claim(&config, ret_isa);
}

static struct dd_hal_adapter *adapter_new(struct dd_hal_device *dev, const DEVICE_DESCRIPTION *d,
                                          const void *site)
{
    struct dd_hal_adapter *ha;

    if (dd_hal_adapter_open(dev, bits_of(d), d->MaximumLength, &ha) < 0) {
        return NULL;
    }
    ha->io = dd_io_new(ha);
    if (!ha->io || (!d->Master && claim_channel(ha, d, &ha->io->isa) < 0)) {
        dd_hal_adapter_close(ha);
        return NULL;
    }
    ha->io->version = d->Version;
    ha->io->bits = bits_of(d);
    ha->io->scatter_gather = d->Master && d->ScatterGather;
    ha->object.DmaOperations = dd_hal_operations(d->Version);
    ha->from_driver = true;
    ha->site = site;
    return ha;
}

PDMA_ADAPTER IoGetDmaAdapter(PDEVICE_OBJECT PhysicalDeviceObject,
                             PDEVICE_DESCRIPTION DeviceDescription, PULONG NumberOfMapRegisters)
{
    struct dd_hal_device *dev;
    struct dd_hal_adapter *ha;

    DD_API(IoGetDmaAdapter);
    dev = dd_hal_device_find(PhysicalDeviceObject);
    if (!dev || DeviceDescription->Version > DEVICE_DESCRIPTION_VERSION3 ||
        bits_of(DeviceDescription) < 1 || bits_of(DeviceDescription) > 64 ||
        dd_seam_may_fail(DD_FAIL_DMA_ADAPTER, DD_SITE())) {
        return NULL;
    }
    ha = adapter_new(dev, DeviceDescription, DD_SITE());
    if (!ha) {
        return NULL;
    }
    if (NumberOfMapRegisters) {
        *NumberOfMapRegisters = (ULONG)dd_min_u64(ha->dma.max_regs, UINT32_MAX);
    }
    return &ha->object;
}
