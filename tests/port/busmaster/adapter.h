/* SPDX-License-Identifier: MIT */
/* An NDIS 5.1 miniport for the 82574L, serialized, as such drivers were written. */
#ifndef BM_ADAPTER_H
#define BM_ADAPTER_H

#include <ndis.h>

#include "hw.h"

#define BM_TAG 'tsmB'

typedef struct _BM_ADAPTER {
	NDIS_HANDLE            AdapterHandle;	/* from MiniportInitialize */
	NDIS_HANDLE            WrapperContext;
	ULONG                  NdisMiniportDmaHandle;	/* a clash: the driver's own use of the name */
	NDIS_MINIPORT_INTERRUPT Interrupt;
	NDIS_HANDLE            PacketPool;
	NDIS_HANDLE            BufferPool;
	BM_HW                  Hw;
	PNDIS_PACKET           TxOwner[BM_RING];
	PNDIS_PACKET           RxPacket[BM_RING];
	PUCHAR                 RxData[2];	/* the second half comes later */
	NDIS_PHYSICAL_ADDRESS  RxDataPa[2];
	ULONG                  RxCount;
	ULONG                  PacketFilter;
	ULONG                  TxDone, RxDone;
	BOOLEAN                Dac;	/* 64-bit addresses */
} BM_ADAPTER, *PBM_ADAPTER;

typedef struct _BM_LOOKALIKE {
    VOID (*SendHandler)(VOID);
    PVOID AllocateCompleteHandler;
    ULONG MiniportReserved;
} BM_LOOKALIKE;

NDIS_STATUS BmSetupDma(IN PBM_ADAPTER Adapter, IN NDIS_HANDLE Handle);
NDIS_STATUS BmAllocateMemory(IN PBM_ADAPTER Adapter);
VOID BmFreeMemory(IN PBM_ADAPTER Adapter);
VOID BmPostReceive(IN PBM_ADAPTER Adapter, IN ULONG Half);

VOID BmSendPackets(IN NDIS_HANDLE MiniportAdapterContext, IN PPNDIS_PACKET PacketArray,
                   IN UINT NumberOfPackets);
VOID BmReapSends(IN PBM_ADAPTER Adapter);
VOID BmReceive(IN PBM_ADAPTER Adapter);
VOID BmReturnPacket(IN NDIS_HANDLE MiniportAdapterContext, IN PNDIS_PACKET Packet);
VOID BmIsr(OUT PBOOLEAN InterruptRecognized, OUT PBOOLEAN QueueDpc,
           IN NDIS_HANDLE MiniportAdapterContext);
VOID BmHandleInterrupt(IN NDIS_HANDLE MiniportAdapterContext);
VOID BmEnableInterrupt(IN NDIS_HANDLE MiniportAdapterContext);
VOID BmDisableInterrupt(IN NDIS_HANDLE MiniportAdapterContext);
VOID BmAllocateComplete(IN NDIS_HANDLE MiniportAdapterContext, IN PVOID VirtualAddress,
                        IN PNDIS_PHYSICAL_ADDRESS PhysicalAddress, IN ULONG Length,
                        IN PVOID Context);
NDIS_STATUS BmQueryInformation(IN NDIS_HANDLE MiniportAdapterContext, IN NDIS_OID Oid,
                               IN PVOID InformationBuffer, IN ULONG InformationBufferLength,
                               OUT PULONG BytesWritten, OUT PULONG BytesNeeded);
NDIS_STATUS BmSetInformation(IN NDIS_HANDLE MiniportAdapterContext, IN NDIS_OID Oid,
                             IN PVOID InformationBuffer, IN ULONG InformationBufferLength,
                             OUT PULONG BytesRead, OUT PULONG BytesNeeded);

#endif
