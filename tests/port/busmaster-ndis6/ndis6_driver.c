/* SPDX-License-Identifier: MIT */
/* DriverEntry and unload. The old registration: init.c:154, init.c:176. */
#include "ndis6.h"

DRIVER_INITIALIZE DriverEntry;
static MINIPORT_UNLOAD BmUnload;

static NDIS_HANDLE BmDriverHandle;

static VOID BmUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    NdisMDeregisterMiniportDriver(BmDriverHandle);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NDIS_MINIPORT_DRIVER_CHARACTERISTICS Driver;

    NdisZeroMemory(&Driver, sizeof(Driver));
    Driver.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS;
    Driver.Header.Revision = NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1;
    Driver.Header.Size = NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1;
    Driver.MajorNdisVersion = NDIS_MINIPORT_MAJOR_VERSION;
    Driver.MinorNdisVersion = NDIS_MINIPORT_MINOR_VERSION;
    Driver.InitializeHandlerEx = BmInitializeEx; /* was init.c:69 BmInitialize */
    Driver.HaltHandlerEx = BmHaltEx;             /* was init.c:116 BmHalt */
    Driver.UnloadHandler = BmUnload;
    Driver.PauseHandler = BmPause;
    Driver.RestartHandler = BmRestart;
    Driver.OidRequestHandler = BmOidRequest; /* was request.c:5 BmQueryInformation, request.c:41 BmSetInformation */
    Driver.CancelOidRequestHandler = BmCancelOidRequest;
    Driver.SendNetBufferListsHandler = BmSendNetBufferLists;     /* was send.c:31 BmSendPackets */
    Driver.ReturnNetBufferListsHandler = BmReturnNetBufferLists; /* was recv.c:66 BmReturnPacket */
    Driver.CancelSendHandler = BmCancelSend;                     /* was (the old driver has none) */
    Driver.CheckForHangHandlerEx = BmCheckForHangEx;             /* was init.c:138 BmCheckForHang */
    Driver.ResetHandlerEx = BmResetEx;                           /* was init.c:129 BmReset */
    Driver.DevicePnPEventNotifyHandler = BmDevicePnPEventNotify; /* was (the old driver has none) */
    Driver.ShutdownHandlerEx = BmShutdownEx;
    return NdisMRegisterMiniportDriver(DriverObject, RegistryPath, NULL, &Driver,
                                       &BmDriverHandle);
}
