/* SPDX-License-Identifier: MIT */
/* DriverEntry and unload: registers the miniport driver with NDIS 6.30. */
#include "e1000e.h"

DRIVER_INITIALIZE DriverEntry;
static MINIPORT_UNLOAD E1000Unload;
static SET_OPTIONS E1000SetOptions;

static NDIS_HANDLE E1000DriverHandle;

/* Undoes DriverEntry. Every adapter is halted by now. PASSIVE_LEVEL. */
static VOID E1000Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    NdisMDeregisterMiniportDriver(E1000DriverHandle);
    E1000DriverHandle = NULL;
}

/*
 * Called inside NdisMRegisterMiniportDriver, the only time at which optional handlers may be set
 * (selective suspend, resource filtering, CoNDIS). This driver takes the interrupt resources as
 * Windows assigns them and has none of the others.
 */
static NDIS_STATUS E1000SetOptions(NDIS_HANDLE NdisDriverHandle, NDIS_HANDLE DriverContext)
{
    UNREFERENCED_PARAMETER(NdisDriverHandle);
    UNREFERENCED_PARAMETER(DriverContext);
    return NDIS_STATUS_SUCCESS;
}

/* Everything NDIS may call. The direct OID path is for IPsec offload only and is left out. */
static VOID E1000FillCharacteristics(PNDIS_MINIPORT_DRIVER_CHARACTERISTICS Driver)
{
    NdisZeroMemory(Driver, sizeof(*Driver));
    Driver->Header.Type = NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS;
    Driver->Header.Revision = NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2;
    Driver->Header.Size = NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2;
    Driver->MajorNdisVersion = 6;
    Driver->MinorNdisVersion = 30;
    Driver->MajorDriverVersion = E1000_DRIVER_MAJOR;
    Driver->MinorDriverVersion = E1000_DRIVER_MINOR;
    Driver->SetOptionsHandler = E1000SetOptions;
    Driver->InitializeHandlerEx = E1000Initialize;
    Driver->HaltHandlerEx = E1000Halt;
    Driver->UnloadHandler = E1000Unload;
    Driver->PauseHandler = E1000Pause;
    Driver->RestartHandler = E1000Restart;
    Driver->OidRequestHandler = E1000OidRequest;
    Driver->SendNetBufferListsHandler = E1000SendNetBufferLists;
    Driver->ReturnNetBufferListsHandler = E1000ReturnNetBufferLists;
    Driver->CancelSendHandler = E1000CancelSend;
    Driver->CheckForHangHandlerEx = E1000CheckForHang;
    Driver->ResetHandlerEx = E1000Reset;
    Driver->DevicePnPEventNotifyHandler = E1000DevicePnPEventNotify;
    Driver->ShutdownHandlerEx = E1000Shutdown;
    Driver->CancelOidRequestHandler = E1000CancelOidRequest;
}

/* The driver's entry point. PASSIVE_LEVEL. */
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NDIS_MINIPORT_DRIVER_CHARACTERISTICS driver;

    E1000FillCharacteristics(&driver);
    return NdisMRegisterMiniportDriver(DriverObject, RegistryPath, NULL, &driver,
                                       &E1000DriverHandle);
}
