/* SPDX-License-Identifier: MIT */
/* Memory, strings in memory, generic objects. Contents are poison: nothing promises zeroes. */
#include "ndis/adapter_priv.h"

#include "nt/pool.h"

#include <string.h>

#define STRING_TAG 0x7274534Eu

/* --- memory --- */

PVOID NdisAllocateMemoryWithTagPriority(NDIS_HANDLE NdisHandle, UINT Length, ULONG Tag,
                                        EX_POOL_PRIORITY Priority)
{
    DD_API(NdisAllocateMemoryWithTagPriority);
    (void)Priority;
    if (Tag == 0) {
        dd_bad_object(NULL, "NdisAllocateMemoryWithTagPriority without a tag", DD_SITE());
    }
    return dd_pool_alloc(Length, Tag, dd_ndis_owner(NdisHandle), DD_LEAK_POOL, DD_SITE());
}

VOID NdisFreeMemory(PVOID VirtualAddress, UINT Length, UINT MemoryFlags)
{
    DD_API(NdisFreeMemory);
    (void)Length;
    (void)MemoryFlags;
    dd_pool_free(VirtualAddress, 0, DD_SITE());
}

VOID NdisFreeMemoryWithTagPriority(NDIS_HANDLE NdisHandle, PVOID VirtualAddress, ULONG Tag)
{
    DD_API(NdisFreeMemoryWithTagPriority);
    (void)NdisHandle;
    dd_pool_free(VirtualAddress, Tag, DD_SITE());
}

NDIS_STATUS NdisAllocateMemoryWithTag(PVOID *VirtualAddress, UINT Length, ULONG Tag)
{
    DD_API(NdisAllocateMemoryWithTag);
    *VirtualAddress = dd_pool_alloc(Length, Tag, NULL, DD_LEAK_POOL, DD_SITE());
    return *VirtualAddress != NULL ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE;
}

VOID NdisFreeMemoryWithTag(PVOID VirtualAddress, ULONG Tag)
{
    DD_API(NdisFreeMemoryWithTag);
    dd_pool_free(VirtualAddress, Tag, DD_SITE());
}

/* --- strings --- */

static NDIS_STATUS string_new(NDIS_STRING *ret, const char *text, const void *owner,
                              const void *site)
{
    size_t units = dd_utf8_to_utf16(text, NULL, 0);
    WCHAR *buf;

    if (units > UINT16_MAX / sizeof(WCHAR) - 1) {
        return NDIS_STATUS_FAILURE;
    }
    buf = dd_pool_alloc((units + 1) * sizeof(WCHAR), STRING_TAG, owner, DD_LEAK_POOL, site);
    if (buf == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    (void)dd_utf8_to_utf16(text, buf, units + 1);
    ret->Buffer = buf;
    ret->Length = (USHORT)(units * sizeof(WCHAR));
    ret->MaximumLength = (USHORT)(ret->Length + sizeof(WCHAR));
    return NDIS_STATUS_SUCCESS;
}

VOID NdisInitializeString(PNDIS_STRING Destination, PUCHAR Source)
{
    DD_API(NdisInitializeString);
    memset(Destination, 0, sizeof(*Destination));
    (void)string_new(Destination, (const char *)Source, NULL, DD_SITE());
}

NDIS_STATUS NdisMQueryAdapterInstanceName(PNDIS_STRING pAdapterInstanceName,
                                          NDIS_HANDLE MiniportHandle)
{
    struct dd_adapter *a;

    DD_API(NdisMQueryAdapterInstanceName);
    a = dd_adapter_of(MiniportHandle, DD_SITE());
    return a != NULL ? string_new(pAdapterInstanceName, a->name, a, DD_SITE())
                     : NDIS_STATUS_FAILURE;
}

/* --- generic objects --- */

/* what a driver uses as a handle when it has no adapter: the object Windows shows, behind our
 * header */
struct dd_generic {
    struct dd_nobj obj;
    NDIS_GENERIC_OBJECT object;
};

void dd_generic_destroy(void *obj)
{
    dd_nobj_free(obj);
}

PNDIS_GENERIC_OBJECT NdisAllocateGenericObject(PDRIVER_OBJECT DriverObject, ULONG Tag, USHORT Size)
{
    struct dd_generic *g;

    DD_API(NdisAllocateGenericObject);
    (void)Tag;
    g = dd_nobj_new(DD_SLOT_GENERIC, sizeof(*g) + Size, dd_driver_of_object(DriverObject),
                    DD_SITE());
    if (g == NULL) {
        return NULL;
    }
    g->object.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    g->object.Header.Revision = NDIS_GENERIC_OBJECT_REVISION_1;
    g->object.Header.Size = sizeof(g->object);
    g->object.DriverObject = DriverObject;
    return &g->object;
}

/* the object around the part a driver holds; NULL: it is none */
static struct dd_generic *generic_of(const void *object)
{
    struct dd_slot *slot = dd_slab_find(object);
    struct dd_generic *g = (struct dd_generic *)(void *)slot;

    return slot != NULL && slot->kind == DD_SLOT_GENERIC && (const void *)&g->object == object
               ? g
               : NULL;
}

const void *dd_generic_owner(const void *handle)
{
    const struct dd_generic *g = generic_of(handle);

    return g != NULL ? g->obj.owner : NULL;
}

VOID NdisFreeGenericObject(PNDIS_GENERIC_OBJECT NdisGenericObject)
{
    struct dd_generic *g = generic_of(NdisGenericObject);

    DD_API(NdisFreeGenericObject);
    if (g == NULL) {
        dd_bad_object(NdisGenericObject, "not a generic object", DD_SITE());
        return;
    }
    dd_generic_destroy(g);
}
