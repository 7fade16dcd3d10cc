/* SPDX-License-Identifier: MIT */
/* PCI: who are we, is bus mastering on, and where is BAR0. */
#include "e1000e.h"

#define E1000_PCI_COMMAND      4u
#define E1000_PCI_BAR_MASK     0xFFFFFFF0u
#define E1000_MSIX_ENABLE      0x8000u /* in message control, the word after the header */
#define E1000_MAX_CAPABILITIES 48u     /* as many as fit between 40 and ff: ends a looped chain */

static ULONG E1000ReadPci(PE1000_ADAPTER Adapter, ULONG Offset, PVOID Buffer, ULONG Length)
{
    return NdisMGetBusData(Adapter->Handle, PCI_WHICHSPACE_CONFIG, Offset, Buffer, Length);
}

/* Switches memory decoding and bus mastering on, if the system has not. Any IRQL. */
VOID E1000EnableBusMaster(PE1000_ADAPTER Adapter)
{
    USHORT command = 0;
    const USHORT wanted = PCI_ENABLE_MEMORY_SPACE | PCI_ENABLE_BUS_MASTER;

    if (E1000ReadPci(Adapter, E1000_PCI_COMMAND, &command, sizeof(command)) != sizeof(command)) {
        return;
    }
    if ((command & wanted) != wanted) {
        command |= wanted;
        (VOID) NdisMSetBusData(Adapter->Handle, PCI_WHICHSPACE_CONFIG, E1000_PCI_COMMAND, &command,
                               sizeof(command));
    }
}

/*
 * Has the system enabled MSI-X? A single message may be MSI or MSI-X, and the card wants to be
 * programmed differently for each; NDIS tells only "message based", so ask the card. Any IRQL.
 */
BOOLEAN E1000MsixIsEnabled(PE1000_ADAPTER Adapter)
{
    PCI_CAPABILITIES_HEADER header;
    USHORT control = 0;
    UCHAR offset = 0;
    ULONG i;

    if (Adapter->Hw.Type->Vectors == 0 ||
        E1000ReadPci(Adapter, (ULONG)FIELD_OFFSET(PCI_COMMON_CONFIG, u.type0.CapabilitiesPtr),
                     &offset, sizeof(offset)) != sizeof(offset)) {
        return FALSE;
    }
    for (i = 0; i < E1000_MAX_CAPABILITIES && offset >= PCI_COMMON_HDR_LENGTH; i++) {
        if (E1000ReadPci(Adapter, offset, &header, sizeof(header)) != sizeof(header)) {
            return FALSE;
        }
        if (header.CapabilityID == PCI_CAPABILITY_ID_MSIX) {
            (VOID) E1000ReadPci(Adapter, offset + (ULONG)sizeof(header), &control, sizeof(control));
            return (BOOLEAN)((control & E1000_MSIX_ENABLE) != 0);
        }
        offset = header.Next;
    }
    return FALSE;
}

/*
 * Finds BAR0 among the translated resources. PCI lists memory in BAR order, but no document
 * promises it and BAR1 is as large as BAR0, so match the address the card itself decodes; if none
 * matches (a bridge that translates), the first one that is large enough.
 */
static const CM_PARTIAL_RESOURCE_DESCRIPTOR *E1000FindRegisters(PNDIS_RESOURCE_LIST Resources,
                                                                ULONG Bar0)
{
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *first = NULL;
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *entry;
    ULONG i;

    for (i = 0; i < Resources->Count; i++) {
        entry = &Resources->PartialDescriptors[i];
        if (entry->Type != CmResourceTypeMemory || entry->u.Memory.Length < E1000_REGISTER_SPACE) {
            continue;
        }
        if (entry->u.Memory.Start.QuadPart == (LONGLONG)(Bar0 & E1000_PCI_BAR_MASK)) {
            return entry;
        }
        if (first == NULL) {
            first = entry;
        }
    }
    return first;
}

/* Checks vendor and device id; sets Hw.Type. */
static NDIS_STATUS E1000Identify(PE1000_ADAPTER Adapter, PPCI_COMMON_CONFIG Config)
{
    if (E1000ReadPci(Adapter, 0, Config, PCI_COMMON_HDR_LENGTH) != PCI_COMMON_HDR_LENGTH ||
        Config->VendorID != 0x8086u) {
        NdisWriteErrorLogEntry(Adapter->Handle, NDIS_ERROR_CODE_ADAPTER_NOT_FOUND, 1,
                               (ULONG)Config->VendorID);
        return NDIS_STATUS_ADAPTER_NOT_FOUND;
    }
    Adapter->Hw.Type = E1000HwFindType(Config->DeviceID);
    if (Adapter->Hw.Type == NULL) {
        NdisWriteErrorLogEntry(Adapter->Handle, NDIS_ERROR_CODE_ADAPTER_NOT_FOUND, 1,
                               (ULONG)Config->DeviceID);
        return NDIS_STATUS_ADAPTER_NOT_FOUND;
    }
    return NDIS_STATUS_SUCCESS;
}

/*
 * Identifies the card and maps its registers. PASSIVE_LEVEL, from MiniportInitializeEx.
 * Return: SUCCESS; ADAPTER_NOT_FOUND (not our card, or it does not answer); RESOURCE_CONFLICT (no
 * memory was assigned); what NdisMMapIoSpace returned. All failures are in the event log.
 */
NDIS_STATUS E1000MapHardware(PE1000_ADAPTER Adapter, PNDIS_RESOURCE_LIST Resources)
{
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *registers = NULL;
    PCI_COMMON_CONFIG config;
    NDIS_STATUS status;
    PVOID va = NULL;

    NdisZeroMemory(&config, sizeof(config));
    status = E1000Identify(Adapter, &config);
    if (status != NDIS_STATUS_SUCCESS) {
        return status;
    }
    if (Resources != NULL) {
        registers = E1000FindRegisters(Resources, config.u.type0.BaseAddresses[0]);
    }
    if (registers == NULL) {
        NdisWriteErrorLogEntry(Adapter->Handle, NDIS_ERROR_CODE_RESOURCE_CONFLICT, 0);
        return NDIS_STATUS_RESOURCE_CONFLICT;
    }
    E1000EnableBusMaster(Adapter);
    status = NdisMMapIoSpace(&va, Adapter->Handle, registers->u.Memory.Start, E1000_REGISTER_SPACE);
    if (status != NDIS_STATUS_SUCCESS) {
        NdisWriteErrorLogEntry(Adapter->Handle, NDIS_ERROR_CODE_RESOURCE_CONFLICT, 1,
                               (ULONG)status);
        return status;
    }
    Adapter->Hw.Registers = va;
    if (E1000HwCheckGone(&Adapter->Hw)) {
        NdisWriteErrorLogEntry(Adapter->Handle, NDIS_ERROR_CODE_ADAPTER_NOT_FOUND, 0);
        E1000UnmapHardware(Adapter);
        return NDIS_STATUS_ADAPTER_NOT_FOUND;
    }
    return NDIS_STATUS_SUCCESS;
}

/* Undoes E1000MapHardware. PASSIVE_LEVEL. */
VOID E1000UnmapHardware(PE1000_ADAPTER Adapter)
{
    NdisMUnmapIoSpace(Adapter->Handle, Adapter->Hw.Registers, E1000_REGISTER_SPACE);
    Adapter->Hw.Registers = NULL;
}
