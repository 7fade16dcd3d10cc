/* SPDX-License-Identifier: MIT */
/* A card on a system DMA channel. */
#include <ndis.h>

typedef struct _SL_CARD {
    NDIS_HANDLE Handle, Dma;
    PNDIS_BUFFER Buffer;
} SL_CARD;

NDIS_STATUS SlSetup(SL_CARD *Card)
{
    NDIS_DMA_DESCRIPTION d;

    NdisZeroMemory(&d, sizeof(d));
    d.DmaChannel = 3;
    return NdisMRegisterDmaChannel(&Card->Dma, Card->Handle, 3, FALSE, &d, 1514);
}

VOID SlSend(SL_CARD *Card)
{
    NDIS_STATUS s;
    ULONG left;

    NdisMSetupDmaTransfer(&s, Card->Dma, Card->Buffer, 0, 64, TRUE);
    left = NdisMReadDmaCounter(Card->Dma);
    NdisMCompleteDmaTransfer(&s, Card->Dma, Card->Buffer, left, 64, TRUE);
}

VOID SlAttributes(NDIS_HANDLE h, SL_CARD *Card)
{
    NdisMSetAttributes(h, Card, FALSE, NdisInterfaceIsa);
    NdisMSetAttributesEx(h, Card, 0, 0x28, NdisInterfaceIsa);
}

VOID SlHalt(SL_CARD *Card)
{
    NdisMDeregisterDmaChannel(Card->Dma);
}
