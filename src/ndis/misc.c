/* SPDX-License-Identifier: MIT */
/* Version, names of routines, time since boot, device memory blocks, ports, cancel ids. */
#include "ndis/adapter_priv.h"

#include "base/clock.h"
#include "nt/io.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#define NAME_BYTES 128
#define PORTS_MAX  64u

UINT NdisGetVersion(VOID)
{
    DD_API(NdisGetVersion);
    return dd_ndis_runtime_version();
}

/* "6.20" -> 0x60014; names of the kernel (wdm) exist at every level */
static unsigned level_of(const char *since)
{
    unsigned major = 0, minor = 0;

    return sscanf(since, "%u.%u", &major, &minor) == 2 ? major << 16 | minor : 0;
}

static bool offered(const char *name)
{
    for (unsigned i = 0; i < DD_API_COUNT; i++) {
        const struct dd_api_info *info = &dd_api_table[i];

        if (strcmp(info->name, name) == 0) {
            return info->done && level_of(info->since) <= dd_ndis_runtime_version();
        }
    }
    return false;
}

PVOID NdisGetRoutineAddress(PNDIS_STRING NdisRoutineName)
{
    char name[NAME_BYTES];

    DD_API(NdisGetRoutineAddress);
    if (dd_utf16_to_utf8(NdisRoutineName->Buffer, NdisRoutineName->Length / sizeof(WCHAR), name,
                         sizeof(name)) >= sizeof(name) ||
        strncmp(name, "Ndis", 4) != 0 || !offered(name)) {
        return NULL;
    }
    return dlsym(RTLD_DEFAULT, name);
}

VOID NdisGetSystemUpTimeEx(PLARGE_INTEGER pSystemUpTime)
{
    DD_API(NdisGetSystemUpTimeEx);
    pSystemUpTime->QuadPart = (LONGLONG)(dd_sched_now() / DD_NS_PER_MS);
}

UCHAR NdisGeneratePartialCancelId(VOID)
{
    static _Atomic(UCHAR) next;

    DD_API(NdisGeneratePartialCancelId);
    return (UCHAR)(atomic_fetch_add(&next, 1) + 1);
}

/* --- blocks of device memory: bytes by ascending addresses, as accesses of the device --- */

VOID NdisZeroMappedMemory(PVOID Destination, ULONG Length)
{
    DD_API(NdisZeroMappedMemory);
    if (!dd_io_is_window(Destination)) {
        memset(Destination, 0, Length);
        return;
    }
    for (ULONG i = 0; i < Length; i++) {
        dd_io_write((char *)Destination + i, 1, 0);
    }
}

VOID NdisMoveMappedMemory(PVOID Destination, const VOID *Source, ULONG Length)
{
    DD_API(NdisMoveMappedMemory);
    if (!dd_io_is_window(Source)) {
        memmove(Destination, Source, Length);
        return;
    }
    for (ULONG i = 0; i < Length; i++) {
        ((UCHAR *)Destination)[i] = (UCHAR)dd_io_read((const char *)Source + i, 1);
    }
}

VOID NdisMoveToMappedMemory(PVOID Destination, const VOID *Source, ULONG Length)
{
    DD_API(NdisMoveToMappedMemory);
    if (!dd_io_is_window(Destination)) {
        memmove(Destination, Source, Length);
        return;
    }
    for (ULONG i = 0; i < Length; i++) {
        dd_io_write((char *)Destination + i, 1, ((const UCHAR *)Source)[i]);
    }
}

/* --- ports: numbers only; no traffic goes through any but port 0 --- */

NDIS_STATUS NdisMAllocatePort(NDIS_HANDLE NdisMiniportHandle,
                              PNDIS_PORT_CHARACTERISTICS PortCharacteristics)
{
    struct dd_adapter *a;
    NDIS_STATUS status = NDIS_STATUS_RESOURCES;

    DD_API(NdisMAllocatePort);
    a = dd_adapter_of(NdisMiniportHandle, DD_SITE());
    if (a == NULL ||
        PortCharacteristics->Header.Size < NDIS_SIZEOF_PORT_CHARACTERISTICS_REVISION_1) {
        return NDIS_STATUS_INVALID_DATA;
    }
    dd_mutex_lock(&a->lock);
    for (unsigned i = 1; i < PORTS_MAX; i++) {
        if ((a->priv->ports >> i & 1) == 0) {
            a->priv->ports |= 1ull << i;
            PortCharacteristics->PortNumber = i;
            status = NDIS_STATUS_SUCCESS;
            break;
        }
    }
    dd_mutex_unlock(&a->lock);
    return status;
}

NDIS_STATUS NdisMFreePort(NDIS_HANDLE NdisMiniportHandle, NDIS_PORT_NUMBER PortNumber)
{
    struct dd_adapter *a;
    NDIS_STATUS status = NDIS_STATUS_INVALID_PORT;

    DD_API(NdisMFreePort);
    a = dd_adapter_of(NdisMiniportHandle, DD_SITE());
    if (a == NULL || PortNumber == 0 || PortNumber >= PORTS_MAX) {
        return status;
    }
    dd_mutex_lock(&a->lock);
    if ((a->priv->ports >> PortNumber & 1) != 0) {
        a->priv->ports &= ~(1ull << PortNumber);
        status = NDIS_STATUS_SUCCESS;
    }
    dd_mutex_unlock(&a->lock);
    return status;
}

/* A miniport reports activation and deactivation of ports only; with nobody bound to them nothing
 * follows. */
NDIS_STATUS NdisMNetPnPEvent(NDIS_HANDLE MiniportAdapterHandle,
                             PNET_PNP_EVENT_NOTIFICATION NetPnPEventNotification)
{
    struct dd_adapter *a;

    DD_API(NdisMNetPnPEvent);
    a = dd_adapter_of(MiniportAdapterHandle, DD_SITE());
    if (dd_call_inside(DD_ROLE_OID)) {
        dd_bad_object(a, "NdisMNetPnPEvent inside an OID request", DD_SITE());
    }
    return a != NULL && NetPnPEventNotification != NULL ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE;
}
