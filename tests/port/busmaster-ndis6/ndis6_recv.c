/* SPDX-License-Identifier: MIT */
/* Receiving. The old indication: recv.c:59; return handler recv.c:66 BmReturnPacket. */
#include "ndis6.h"

#define BM_TAG 'troP'

/* Takes the place of init.c:62, init.c:124 */
NDIS_STATUS BmReceivePool(BM_ADAPTER *Adapter)
{
    NET_BUFFER_LIST_POOL_PARAMETERS Parameters;

    NdisZeroMemory(&Parameters, sizeof(Parameters));
    Parameters.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    Parameters.Header.Revision = NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
    Parameters.Header.Size = NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
    Parameters.ProtocolId = NDIS_PROTOCOL_ID_DEFAULT;
    Parameters.fAllocateNetBuffer = TRUE;
    Parameters.PoolTag = BM_TAG;
    Adapter->Ndis6.ReceivePool = NdisAllocateNetBufferListPool(Adapter->AdapterHandle, &Parameters);
    return Adapter->Ndis6.ReceivePool != NULL ? NDIS_STATUS_SUCCESS : NDIS_STATUS_RESOURCES;
}

/* A NET_BUFFER_LIST around one receive buffer. Takes the place of recv.c:26, recv.c:32 and
 * recv.c:30 */
PNET_BUFFER_LIST BmReceiveAllocate(BM_ADAPTER *Adapter, PVOID Va, ULONG LengthBytes)
{
    PMDL Mdl = NdisAllocateMdl(Adapter->AdapterHandle, Va, LengthBytes);
    PNET_BUFFER_LIST Nbl;

    if (Mdl == NULL) {
        return NULL;
    }
    Nbl = NdisAllocateNetBufferAndNetBufferList(Adapter->Ndis6.ReceivePool, 0, 0, Mdl, 0,
                                                LengthBytes);
    if (Nbl == NULL) {
        NdisFreeMdl(Mdl);
        return NULL;
    }
    Nbl->SourceHandle = Adapter->AdapterHandle;
    return Nbl;
}

VOID BmReceiveFree(PNET_BUFFER_LIST Nbl)
{
    PMDL Mdl = NET_BUFFER_FIRST_MDL(NET_BUFFER_LIST_FIRST_NB(Nbl));

    NdisFreeNetBufferList(Nbl);
    NdisFreeMdl(Mdl);
}

/*
 * A chain of Keep: they are wanted back at once, what was
 * NDIS_STATUS_RESOURCES in each packet: recv.c:58, send.c:38, send.c:41. DISPATCH_LEVEL, no lock held; each
 * list is counted in Outstanding by the caller unless @Keep.
 */
VOID BmIndicate(BM_ADAPTER *Adapter, PNET_BUFFER_LIST Chain, ULONG Count, BOOLEAN Keep)
{
    NdisMIndicateReceiveNetBufferLists(
        Adapter->AdapterHandle, Chain, NDIS_DEFAULT_PORT_NUMBER, Count,
        NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL | (Keep ? NDIS_RECEIVE_FLAGS_RESOURCES : 0));
}

/* <= DISPATCH_LEVEL. A chain from any mix of indications. */
VOID BmReturnNetBufferLists(NDIS_HANDLE MiniportAdapterContext, PNET_BUFFER_LIST NetBufferLists,
                             ULONG ReturnFlags)
{
    BM_ADAPTER *Adapter = MiniportAdapterContext;
    PNET_BUFFER_LIST Nbl, Next;

    UNREFERENCED_PARAMETER(ReturnFlags);
    for (Nbl = NetBufferLists; Nbl != NULL; Nbl = Next) {
        Next = NET_BUFFER_LIST_NEXT_NBL(Nbl);
        NET_BUFFER_LIST_NEXT_NBL(Nbl) = NULL;
        BmHwGive(Adapter, Nbl);
        BmLeave(Adapter);
    }
}
