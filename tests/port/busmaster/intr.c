/* SPDX-License-Identifier: MIT */
/* Interrupt service and its deferred half. */
#include "adapter.h"

VOID BmIsr(OUT PBOOLEAN InterruptRecognized, OUT PBOOLEAN QueueDpc,
           IN NDIS_HANDLE MiniportAdapterContext)
{
    PBM_ADAPTER Adapter = (PBM_ADAPTER)MiniportAdapterContext;
    ULONG Causes = BmRead(&Adapter->Hw, BM_ICR);

    *InterruptRecognized = (BOOLEAN)((Causes & BM_INT_CAUSES) != 0);
    *QueueDpc = *InterruptRecognized;
    if (*QueueDpc) {
        BmWrite(&Adapter->Hw, BM_IMC, 0xFFFFFFFFu);
    }
}

VOID BmHandleInterrupt(IN NDIS_HANDLE MiniportAdapterContext)
{
    PBM_ADAPTER Adapter = (PBM_ADAPTER)MiniportAdapterContext;

    BmReapSends(Adapter);
    BmReceive(Adapter);
}

VOID BmEnableInterrupt(IN NDIS_HANDLE MiniportAdapterContext)
{
    PBM_ADAPTER Adapter = (PBM_ADAPTER)MiniportAdapterContext;

    BmWrite(&Adapter->Hw, BM_IMS, BM_INT_CAUSES);
}

VOID BmDisableInterrupt(IN NDIS_HANDLE MiniportAdapterContext)
{
    PBM_ADAPTER Adapter = (PBM_ADAPTER)MiniportAdapterContext;

    BmWrite(&Adapter->Hw, BM_IMC, 0xFFFFFFFFu);
}
