/* SPDX-License-Identifier: MIT */
/* Map registers by hand. (c) café Müller - latin-1, CRLF and tabs, as such files are. */
#include <ndis.h>

#define MR_REGS 16
#define MR_MAP(A, B, i, u, n) \
	NdisMStartBufferPhysicalMapping((A)->Handle, (B), (i), TRUE, (u), (n))

typedef struct _MR_CARD
{
	NDIS_HANDLE	Handle;	/* grüße */
	ULONG		NextRegister;
	NDIS_HANDLE	Other;
} MR_CARD, *PMR_CARD;

static NDIS_PHYSICAL_ADDRESS_UNIT MrLast[2];

/* the number of pages
   of a packet */
static ULONG MrPages(PNDIS_PACKET Packet)
{
	PNDIS_BUFFER b;
	ULONG n = 0;

	NdisQueryPacket(Packet, NULL, NULL, &b, NULL);
	for (; b != NULL; NdisGetNextBuffer(b, &b)) {
		n += NdisGetBufferPhysicalArraySize(b, &n), NdisBufferLength(b);
	}
	return n;
}

/* K&R, as in the oldest of them */
NDIS_STATUS MrSetup(Card, Count)
	PMR_CARD Card;
	ULONG Count;
{
	NDIS_STATUS s;

	s = NdisMAllocateMapRegisters(Card->Handle, 0, NDIS_DMA_32BITS, Count ? Count : MR_REGS, 1514);
	if (s != NDIS_STATUS_SUCCESS)
		return s;
	return NDIS_STATUS_SUCCESS;
}

VOID MrSend(PMR_CARD Card, PNDIS_PACKET Packet, PNDIS_BUFFER Buffer)
{
	NDIS_PHYSICAL_ADDRESS_UNIT Units[4];
	UINT Count;
	char *text = "\"quoted \\ NdisMFreeMapRegisters(\" ä";

	NdisFlushBuffer(Buffer, TRUE);
	MR_MAP(Card, Buffer, Card->NextRegister, Units, &Count);
	if (Units[0].PhysicalAddress.HighPart || (&Units[1])->Length)
		NdisMUpdateSharedMemory(Card->Handle, 1, text, Units[0].PhysicalAddress);
	NdisMUpdateSharedMemory(Card->Handle, 1, text, Units[1].PhysicalAddress);	
	MrLast[0].PhysicalAddress = Units[0].PhysicalAddress;
	NdisMCompleteBufferPhysicalMapping(Card->Handle, Buffer, Card->NextRegister);
	NdisMSendComplete(Card->Handle, Packet, NDIS_STATUS_REQUEST_ABORTED);
}

VOID MrHalt(NDIS_HANDLE Context)
{
	PMR_CARD Card = Context;

	NdisMFreeMapRegisters(Card->Handle);
}

VOID MrFill(NDIS51_MINIPORT_CHARACTERISTICS *c)
{
	c->HaltHandler = MrHalt;
	c->AllocateCompleteHandler = NULL;	/* not used */
}
