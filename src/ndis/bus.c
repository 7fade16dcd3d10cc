/* SPDX-License-Identifier: MIT */
/* PCI configuration space and device objects of an adapter. */
#include "ndis/adapter_priv.h"

#include <string.h>

#define CONFIG_BYTES      4096u
#define BAR_FIRST         0x10u
#define BAR_END           0x28u
#define WHICHSPACE_CONFIG 0u

/* the widest naturally aligned piece that starts at @offset and fits into @left bytes */
static unsigned piece(unsigned offset, ULONG left)
{
    if (offset % 4 == 0 && left >= 4) {
        return 4;
    }
    return offset % 2 == 0 && left >= 2 ? 2 : 1;
}

/* bytes of [offset, offset + len) that lie in the space */
static ULONG clip(ULONG offset, ULONG len)
{
    if (offset >= CONFIG_BYTES) {
        return 0;
    }
    return len < CONFIG_BYTES - offset ? len : CONFIG_BYTES - offset;
}

ULONG NdisMGetBusData(NDIS_HANDLE NdisMiniportHandle, ULONG WhichSpace, ULONG Offset, PVOID Buffer,
                      ULONG Length)
{
    struct dd_adapter *a;
    ULONG done = 0;

    DD_API(NdisMGetBusData);
    a = dd_adapter_of(NdisMiniportHandle, DD_SITE());
    if (a == NULL || WhichSpace != WHICHSPACE_CONFIG ||
        dd_seam_may_fail(DD_FAIL_BUS_DATA, DD_SITE())) {
        return 0;
    }
    Length = clip(Offset, Length);
    while (done < Length) {
        unsigned n = piece(Offset + done, Length - done);
        uint32_t value = a->dev->ops->config_read(a->dev, Offset + done, n);

        memcpy((char *)Buffer + done, &value, n);
        done += n;
    }
    return done;
}

ULONG NdisMSetBusData(NDIS_HANDLE NdisMiniportHandle, ULONG WhichSpace, ULONG Offset, PVOID Buffer,
                      ULONG Length)
{
    struct dd_adapter *a;
    ULONG done = 0;

    DD_API(NdisMSetBusData);
    a = dd_adapter_of(NdisMiniportHandle, DD_SITE());
    if (a == NULL || WhichSpace != WHICHSPACE_CONFIG ||
        dd_seam_may_fail(DD_FAIL_BUS_DATA, DD_SITE())) {
        return 0;
    }
    Length = clip(Offset, Length);
    if (Offset < BAR_END && Offset + Length > BAR_FIRST) {
        dd_bad_object(a, "NdisMSetBusData over the base address registers", DD_SITE());
    }
    while (done < Length) {
        unsigned n = piece(Offset + done, Length - done);
        uint32_t value = 0;

        memcpy(&value, (const char *)Buffer + done, n);
        a->dev->ops->config_write(a->dev, Offset + done, n, value);
        done += n;
    }
    return done;
}

VOID NdisMGetDeviceProperty(NDIS_HANDLE MiniportAdapterHandle, PDEVICE_OBJECT *PhysicalDeviceObject,
                            PDEVICE_OBJECT *FunctionalDeviceObject,
                            PDEVICE_OBJECT *NextDeviceObject, PCM_RESOURCE_LIST *AllocatedResources,
                            PCM_RESOURCE_LIST *AllocatedResourcesTranslated)
{
    struct dd_adapter *a;

    DD_API(NdisMGetDeviceProperty);
    a = dd_adapter_of(MiniportAdapterHandle, DD_SITE());
    if (PhysicalDeviceObject != NULL) {
        *PhysicalDeviceObject = a != NULL ? a->pdo : NULL;
    }
    if (FunctionalDeviceObject != NULL) {
        *FunctionalDeviceObject = a != NULL ? a->fdo : NULL;
    }
    if (NextDeviceObject != NULL) {
        *NextDeviceObject = a != NULL ? a->next_do : NULL;
    }
    if (AllocatedResources != NULL) {
        *AllocatedResources = a != NULL ? a->priv->raw : NULL;
    }
    if (AllocatedResourcesTranslated != NULL) {
        *AllocatedResourcesTranslated = a != NULL ? a->priv->translated : NULL;
    }
}
