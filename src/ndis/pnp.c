/* SPDX-License-Identifier: MIT */
/*
 * MiniportAddDevice, RemoveDevice, FilterResourceRequirements, StartDevice: the handlers a driver
 * sets with NDIS_MINIPORT_PNP_CHARACTERISTICS to have a say in its message interrupts before it is
 * initialized.
 */
#include "ndis/adapter_priv.h"

#include "nt/pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LIST_TAG 0x4C534452u /* 'RDSL' in memory order */
#define TYPE_IRP 6           /* IRP.Type */

/* an IRP with the one stack location the handler looks at */
struct small_irp {
    IRP irp;
    IO_STACK_LOCATION stack[2];
};

static struct small_irp *irp_new(struct dd_adapter *a, UCHAR minor)
{
    struct small_irp *s = calloc(1, sizeof(*s));

    if (s == NULL) {
        return NULL;
    }
    s->irp.Type = TYPE_IRP;
    s->irp.Size = sizeof(*s);
    s->irp.StackCount = 2;
    s->irp.CurrentLocation = 1;
    s->irp.Tail.Overlay.CurrentStackLocation = &s->stack[0];
    s->stack[0].MajorFunction = IRP_MJ_PNP;
    s->stack[0].MinorFunction = minor;
    s->stack[0].DeviceObject = a->fdo;
    s->irp.IoStatus.Status = STATUS_SUCCESS;
    return s;
}

NDIS_STATUS dd_pnp_add_device(struct dd_adapter *a)
{
    MINIPORT_ADD_DEVICE_HANDLER add = a->driver->pnp.MiniportAddDeviceHandler;
    NDIS_STATUS status = NDIS_STATUS_SUCCESS;

    if (a->priv->device_added || add == NULL) {
        return status;
    }
    a->priv->add_device_context = NULL;
    DD_CALL(DD_ROLE_ADD_DEVICE, "MiniportAddDevice", a,
            status = add((NDIS_HANDLE)a, a->driver->context));
    a->priv->device_added = status == NDIS_STATUS_SUCCESS;
    return status;
}

void dd_pnp_remove_device(struct dd_adapter *a)
{
    MINIPORT_REMOVE_DEVICE_HANDLER remove = a->driver->pnp.MiniportRemoveDeviceHandler;

    if (!a->priv->device_added) {
        return;
    }
    a->priv->device_added = false;
    if (remove != NULL) {
        DD_CALL(DD_ROLE_REMOVE_DEVICE, "MiniportRemoveDevice", a,
                remove(a->priv->add_device_context));
    }
}

static void require_bar(IO_RESOURCE_DESCRIPTOR *d, const struct dd_bar *bar)
{
    d->Type = bar->io ? CmResourceTypePort : CmResourceTypeMemory;
    d->ShareDisposition = CmResourceShareDeviceExclusive;
    d->u.Memory.Length = (ULONG)bar->size_bytes;
    d->u.Memory.Alignment = (ULONG)bar->size_bytes;
    d->u.Memory.MinimumAddress.QuadPart = (LONGLONG)bar->base;
    d->u.Memory.MaximumAddress.QuadPart = (LONGLONG)(bar->base + bar->size_bytes - 1);
}

static void require_message(const struct dd_adapter *a, IO_RESOURCE_DESCRIPTOR *d)
{
    d->Type = CmResourceTypeInterrupt;
    d->ShareDisposition = CmResourceShareDeviceExclusive;
    d->Flags = CM_RESOURCE_INTERRUPT_LATCHED | CM_RESOURCE_INTERRUPT_MESSAGE;
    d->u.Interrupt.MaximumVector = CM_RESOURCE_INTERRUPT_MESSAGE_TOKEN;
    d->u.Interrupt.MinimumVector = CM_RESOURCE_INTERRUPT_MESSAGE_TOKEN;
    if (a->irq_mode == DD_IRQ_MSI) {
        d->u.Interrupt.MinimumVector -= a->irq_vectors - 1;
    }
    d->u.Interrupt.AffinityPolicy = IrqPolicyMachineDefault;
}

static void require_line(IO_RESOURCE_DESCRIPTOR *d)
{
    d->Type = CmResourceTypeInterrupt;
    d->ShareDisposition = CmResourceShareShared;
    d->Flags = CM_RESOURCE_INTERRUPT_LEVEL_SENSITIVE;
    d->u.Interrupt.MinimumVector = 0;
    d->u.Interrupt.MaximumVector = 0xFF;
}

/* pool memory, so that the driver may free it with NdisFreeMemory and put its own list in its place
 */
static IO_RESOURCE_REQUIREMENTS_LIST *requirements_new(struct dd_adapter *a)
{
    unsigned messages = a->irq_mode == DD_IRQ_MSIX  ? a->irq_vectors
                        : a->irq_mode == DD_IRQ_MSI ? 1
                                                    : 0;
    size_t bytes =
        sizeof(IO_RESOURCE_REQUIREMENTS_LIST) + (7 + messages) * sizeof(IO_RESOURCE_DESCRIPTOR);
    IO_RESOURCE_REQUIREMENTS_LIST *list =
        dd_pool_alloc(bytes, LIST_TAG, dd_ndis_host_owner, DD_LEAK_POOL, NULL);
    IO_RESOURCE_LIST *l;
    IO_RESOURCE_DESCRIPTOR
    *d; /* not l->Descriptors[n]: the compiler would believe in one element */
    ULONG n = 0;

    if (list == NULL) {
        return NULL;
    }
    memset(list, 0, bytes);
    list->ListSize = (ULONG)bytes;
    list->InterfaceType = a->dev->info.bus == DD_BUS_ISA ? Isa : PCIBus;
    list->AlternativeLists = 1;
    l = &list->List[0];
    l->Version = 1;
    l->Revision = 1;
    d = l->Descriptors;
    for (unsigned i = 0; i < 6; i++) {
        if (a->dev->info.bars[i].size_bytes != 0) {
            require_bar(&d[n++], &a->dev->info.bars[i]);
        }
    }
    for (unsigned i = 0; i < messages; i++) {
        require_message(a, &d[n++]);
    }
    require_line(&d[n++]);
    d[n - 1].Option = messages != 0 ? IO_RESOURCE_ALTERNATIVE : 0;
    l->Count = n;
    return list;
}

static bool wants_messages(const IO_RESOURCE_REQUIREMENTS_LIST *list)
{
    const IO_RESOURCE_LIST *l = &list->List[0];
    const IO_RESOURCE_DESCRIPTOR *d = l->Descriptors;

    if (list->AlternativeLists == 0) {
        return false;
    }
    for (ULONG i = 0; i < l->Count; i++) {
        if (d[i].Type == CmResourceTypeInterrupt &&
            (d[i].Flags & CM_RESOURCE_INTERRUPT_MESSAGE) != 0) {
            return true;
        }
    }
    return false;
}

int dd_pnp_filter_resources(struct dd_adapter *a)
{
    MINIPORT_PNP_IRP_HANDLER filter = a->driver->pnp.MiniportFilterResourceRequirementsHandler;
    IO_RESOURCE_REQUIREMENTS_LIST *list;
    struct small_irp *s;
    NDIS_STATUS status = NDIS_STATUS_SUCCESS;

    a->priv->messages_removed = false;
    if (filter == NULL || !a->priv->device_added) {
        return 0;
    }
    s = irp_new(a, IRP_MN_FILTER_RESOURCE_REQUIREMENTS);
    list = s != NULL ? requirements_new(a) : NULL;
    if (list == NULL) {
        free(s);
        return -ENOMEM;
    }
    s->stack[0].Parameters.FilterResourceRequirements.IoResourceRequirementList = list;
    s->irp.IoStatus.Information = (ULONG_PTR)list;
    DD_CALL(DD_ROLE_FILTER_RESOURCES, "MiniportFilterResourceRequirements", a,
            status = filter(a->priv->add_device_context, &s->irp));
    list = (IO_RESOURCE_REQUIREMENTS_LIST *)s->irp.IoStatus.Information;
    if (list != NULL) {
        a->priv->messages_removed = !wants_messages(list);
        dd_pool_free(list, 0, NULL);
    }
    free(s);
    return status == NDIS_STATUS_SUCCESS ? 0 : -EIO;
}

int dd_pnp_start_device(struct dd_adapter *a)
{
    MINIPORT_PNP_IRP_HANDLER start = a->driver->pnp.MiniportStartDeviceHandler;
    struct small_irp *s;
    NDIS_STATUS status = NDIS_STATUS_SUCCESS;

    if (start == NULL || !a->priv->device_added) {
        return 0;
    }
    s = irp_new(a, IRP_MN_START_DEVICE);
    if (s == NULL) {
        return -ENOMEM;
    }
    s->stack[0].Parameters.StartDevice.AllocatedResources = a->priv->raw;
    s->stack[0].Parameters.StartDevice.AllocatedResourcesTranslated = a->priv->translated;
    DD_CALL(DD_ROLE_START_DEVICE, "MiniportStartDevice", a,
            status = start(a->priv->add_device_context, &s->irp));
    free(s);
    return status == NDIS_STATUS_SUCCESS ? 0 : -EIO;
}
