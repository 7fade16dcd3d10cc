/* SPDX-License-Identifier: MIT */
/* A miniport in C++17 that drives no card: every frame it is given is sent at once. */
#include "adapter.hpp"

namespace
{
NDIS_HANDLE DriverHandle;

Adapter *From(NDIS_HANDLE context)
{
    return static_cast<Adapter *>(context);
}

NDIS_STATUS Initialize(NDIS_HANDLE handle, NDIS_HANDLE, PNDIS_MINIPORT_INIT_PARAMETERS)
{
    auto adapter = new (NonPagedPool, PoolTag) Adapter(handle);

    if (adapter == nullptr) {
        return NDIS_STATUS_RESOURCES;
    }
    auto status = adapter->Start();
    if (status != NDIS_STATUS_SUCCESS) {
        delete adapter;
    }
    return status;
}

void Halt(NDIS_HANDLE context, NDIS_HALT_ACTION)
{
    delete From(context);
}

NDIS_STATUS Pause(NDIS_HANDLE context, PNDIS_MINIPORT_PAUSE_PARAMETERS)
{
    From(context)->Become(State::Paused);
    return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS Restart(NDIS_HANDLE context, PNDIS_MINIPORT_RESTART_PARAMETERS)
{
    From(context)->Become(State::Running);
    return NDIS_STATUS_SUCCESS;
}

void Send(NDIS_HANDLE context, PNET_BUFFER_LIST lists, NDIS_PORT_NUMBER, ULONG flags)
{
    From(context)->Send(lists, flags);
}

/* nothing is received, so nothing comes back; every send is over when Send returns */
void Return(NDIS_HANDLE, PNET_BUFFER_LIST, ULONG)
{
}

void Cancel(NDIS_HANDLE, PVOID)
{
}

NDIS_STATUS Oid(NDIS_HANDLE context, PNDIS_OID_REQUEST request)
{
    return From(context)->Answer(request);
}

void CancelOid(NDIS_HANDLE, PVOID)
{
}

BOOLEAN CheckForHang(NDIS_HANDLE)
{
    return FALSE;
}

NDIS_STATUS Reset(NDIS_HANDLE, PBOOLEAN addressing)
{
    *addressing = FALSE;
    return NDIS_STATUS_SUCCESS;
}

void PnPEvent(NDIS_HANDLE, PNET_DEVICE_PNP_EVENT)
{
}

void Shutdown(NDIS_HANDLE, NDIS_SHUTDOWN_ACTION)
{
}

void Unload(PDRIVER_OBJECT)
{
    NdisMDeregisterMiniportDriver(DriverHandle);
}
} /* namespace */

extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    auto c = Described<NDIS_MINIPORT_DRIVER_CHARACTERISTICS>(
        NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS,
        NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2,
        NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2);

    c.MajorNdisVersion = NDIS_MINIPORT_MAJOR_VERSION;
    c.MinorNdisVersion = NDIS_MINIPORT_MINOR_VERSION;
    c.MajorDriverVersion = 1;
    c.InitializeHandlerEx = Initialize;
    c.HaltHandlerEx = Halt;
    c.UnloadHandler = Unload;
    c.PauseHandler = Pause;
    c.RestartHandler = Restart;
    c.OidRequestHandler = Oid;
    c.SendNetBufferListsHandler = Send;
    c.ReturnNetBufferListsHandler = Return;
    c.CancelSendHandler = Cancel;
    c.CheckForHangHandlerEx = CheckForHang;
    c.ResetHandlerEx = Reset;
    c.DevicePnPEventNotifyHandler = PnPEvent;
    c.ShutdownHandlerEx = Shutdown;
    c.CancelOidRequestHandler = CancelOid;
    return NdisMRegisterMiniportDriver(driver, path, nullptr, &c, &DriverHandle);
}
