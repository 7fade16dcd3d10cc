/* SPDX-License-Identifier: MIT */
/* The same miniport at NDIS 6. */
#ifndef BM_ADAPTER_H
#define BM_ADAPTER_H

#include <ndis.h>

#include "hw.h"
#include "ndis6_state.h"

/* the hooks of the skeletons are filled in: card.c, send.c, recv.c, intr.c */
#define PORT_HW_START
#define PORT_HW_SEND
#define PORT_HW_RECEIVE
#define PORT_HW_INTERRUPT
#define PORT_HW_ADDRESS

#define BM_FLAGS (NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER | NDIS_MINIPORT_ATTRIBUTES_SURPRISE_REMOVE_OK)

typedef struct _BM_ADAPTER {
	NDIS_HANDLE            AdapterHandle;	/* from MiniportInitializeEx */
	NDIS_HANDLE NdisMiniportDmaHandle2; /* from NdisMRegisterScatterGatherDma() */
	ULONG                  NdisMiniportDmaHandle;	/* a clash: the driver's own use of the name */
	BM_NDIS6               Ndis6;
	BM_HW                  Hw;
	PNET_BUFFER            TxOwner[BM_RING];
	PNET_BUFFER_LIST       RxNbl[BM_RING];	/* all there are, for freeing */
	PNET_BUFFER_LIST       RxSlot[BM_RING];	/* what the card has */
	PNET_BUFFER_LIST       RxSpare;	/* what it does not have yet */
	ULONG                  RxPosted;
	PUCHAR                 RxData[2];	/* the second half comes later */
	NDIS_PHYSICAL_ADDRESS  RxDataPa[2];
	PUCHAR                 TxCopy;	/* a buffer for each descriptor */
	NDIS_PHYSICAL_ADDRESS  TxCopyPa;
	ULONG                  TxDone, TxCopied, RxDone;
	BOOLEAN                Dac;	/* 64-bit addresses */
} BM_ADAPTER, *PBM_ADAPTER;

NDIS_STATUS BmSetupDma(IN PBM_ADAPTER Adapter, IN NDIS_HANDLE Handle);
NDIS_STATUS BmAllocateMemory(IN PBM_ADAPTER Adapter);
VOID BmFreeMemory(IN PBM_ADAPTER Adapter);
NDIS_STATUS BmCopyAllocate(PBM_ADAPTER Adapter);
VOID BmCopyFree(PBM_ADAPTER Adapter);
VOID BmPostReceive(IN PBM_ADAPTER Adapter, IN ULONG Half);
VOID BmRefill(PBM_ADAPTER Adapter);
VOID BmRewind(PBM_ADAPTER Adapter);
PNET_BUFFER BmTakeRing(PBM_ADAPTER Adapter);

MINIPORT_ALLOCATE_SHARED_MEM_COMPLETE BmAllocateComplete;

#endif
