/* SPDX-License-Identifier: MIT */
/*
 * A miniport for soft:isanic, an ISA card without a DMA engine: frames are moved by the machine's
 * DMA controller (NdisMRegisterDmaChannel and what belongs to it). One transfer at a time in each
 * direction.
 *
 *   sysdma.c        driver, initialize, halt
 *   sysdma_setup.c  configuration, attributes, resources, channels, memory
 *   sysdma_tx.c     send
 *   sysdma_rx.c     receive, frame by frame
 *   sysdma_ring.c   receive by an auto-initialize channel, memory being a ring
 *   sysdma_int.c    interrupt, pause, restart, reset
 *   sysdma_oid.c    OID requests
 *   sysdma_check.c  calls that fail on purpose, and what came of them
 *
 * Keywords: Mode = single | demand; Ring = 1: an auto-initialize channel receives; Memory = pool |
 * shared | cross; Burst = units after which the card pauses, and the counter is read; Check = a
 * name of sysdma_check.c.
 *
 * What it finds out it prints, in lines that begin "sysdma: ".
 */
#ifndef SYSDMA_H
#define SYSDMA_H

#include <ndis.h>

#define SYSDMA_TAG 0x616d4453u /* "SDma" */
#define FRAME_MAX  1518u
#define RX_BUFFERS 16u
#define RX_BYTES   1520u
#define RING_BYTES 8192u
#define NAME_BYTES 16u

/* the card: src/dev/soft/isa_nic.h */
#define REG_COMMAND    0x00u
#define REG_STATUS     0x02u
#define REG_IMASK      0x04u
#define REG_CONTROL    0x06u
#define REG_TXLEN      0x08u
#define REG_RXLEN      0x0Au
#define REG_BURST      0x0Cu
#define REG_CREDIT     0x0Eu
#define REG_MAC        0x10u
#define REG_VERSION    0x16u
#define CARD_VERSION   0x1A01u
#define CMD_RESET      0x0001u
#define CMD_TX         0x0002u
#define CMD_RX         0x0004u
#define CMD_RESUME     0x0010u
#define CMD_TX_STOP    0x0020u
#define CMD_RX_STOP    0x0040u
#define ST_TX_DONE     0x0001u
#define ST_TX_ERROR    0x0002u
#define ST_RX_READY    0x0004u
#define ST_RX_DONE     0x0008u
#define ST_RX_ERROR    0x0010u
#define ST_PAUSED      0x0020u
#define ST_LINK_CHANGE 0x0040u
#define ST_RING        0x0080u
#define ST_LINK        0x0100u
#define CT_RX          0x0001u
#define CT_PROMISCUOUS 0x0002u
#define CT_PAUSE       0x0010u
#define CT_STREAM      0x0020u

typedef struct _SYSDMA_RX {
    PNET_BUFFER_LIST Nbl;
    PMDL Mdl;
    PUCHAR Va;
    struct _SYSDMA_RX *Next;
} SYSDMA_RX;

/* what was set up, for the completion to repeat */
typedef struct _SYSDMA_TRANSFER {
    NDIS_HANDLE Channel;
    ULONG Number; /* of the channel */
    DMA_WIDTH Width;
    PMDL Mdl;
    ULONG Offset, Length;
    BOOLEAN ToDevice;
    BOOLEAN Busy;
    ULONG Left; /* what the counter must say at the next pause of the card */
} SYSDMA_TRANSFER;

typedef enum _SYSDMA_STATE {
    SysDmaPaused,
    SysDmaRunning,
    SysDmaPausing
} SYSDMA_STATE;

typedef struct _SYSDMA {
    NDIS_HANDLE Handle;
    CHAR Mode[NAME_BYTES], Memory[NAME_BYTES], Check[NAME_BYTES];
    ULONG Ring, Burst;
    PVOID Ports;
    ULONG FirstPort;
    UCHAR Mac[6];
    BOOLEAN Gone;
    NDIS_HANDLE Interrupt, NblPool, SgDma;

    /* memory: from the pool, or shared with the controller */
    PUCHAR Block;
    NDIS_PHYSICAL_ADDRESS BlockPa;
    ULONG BlockBytes;
    BOOLEAN BlockIsShared;
    PUCHAR TxBuffer;
    PMDL TxMdl;
    SYSDMA_RX Buffers[RX_BUFFERS];
    PUCHAR RingVa;
    NDIS_PHYSICAL_ADDRESS RingPa;
    PMDL RingMdl;
    ULONG RingTail;
    PVOID AsyncVa;
    NDIS_PHYSICAL_ADDRESS AsyncPa;

    NDIS_SPIN_LOCK Lock; /* guards what follows */
    SYSDMA_STATE State;
    LONG Held; /* sends accepted and receives indicated that are not back yet */
    BOOLEAN PausePending;
    PNET_BUFFER_LIST Waiting, *WaitingEnd;
    PNET_BUFFER Cursor; /* next NET_BUFFER of Waiting */
    SYSDMA_TRANSFER Tx, Rx;
    PNET_BUFFER_LIST TxNbl;
    SYSDMA_RX *FreeBuffers, *RxBuffer;
    ULONG RxLength;
    ULONG64 Sent, Received;
    ULONG Errors, CounterReads, MidReads, Direct, Copied, Wraps;
} SYSDMA, *PSYSDMA;

static inline USHORT CardRead(const SYSDMA *Adapter, ULONG Register)
{
    USHORT value;

    NdisRawReadPortUshort((ULONG_PTR)Adapter->Ports + Register, &value);
    return value;
}

static inline VOID CardWrite(const SYSDMA *Adapter, ULONG Register, ULONG Value)
{
    NdisRawWritePortUshort((ULONG_PTR)Adapter->Ports + Register, (USHORT)Value);
}

static inline BOOLEAN NameIs(const CHAR *Name, const CHAR *Other)
{
    while (*Name != '\0' && *Name == *Other) {
        Name++;
        Other++;
    }
    return (BOOLEAN)(*Name == *Other);
}

/* sysdma_setup.c */
VOID SysDmaReadConfiguration(PSYSDMA Adapter);
NDIS_STATUS SysDmaSetRegistration(PSYSDMA Adapter, NDIS_INTERFACE_TYPE Bus, ULONG Flags);
NDIS_STATUS SysDmaSetGeneral(PSYSDMA Adapter);
NDIS_STATUS SysDmaClaimPorts(PSYSDMA Adapter, PNDIS_RESOURCE_LIST Resources);
VOID SysDmaDescribe(const SYSDMA *Adapter, const SYSDMA_TRANSFER *Transfer,
                    PNDIS_DMA_DESCRIPTION Dma);
NDIS_STATUS SysDmaRegisterChannels(PSYSDMA Adapter);
VOID SysDmaDeregisterChannels(PSYSDMA Adapter);
NDIS_STATUS SysDmaCreateMemory(PSYSDMA Adapter);
VOID SysDmaDestroyMemory(PSYSDMA Adapter);

/* transfers: sysdma_tx.c; both at <= DISPATCH_LEVEL, lock held */
NDIS_STATUS SysDmaStartLocked(PSYSDMA Adapter, SYSDMA_TRANSFER *Transfer, PMDL Mdl, ULONG Offset,
                              ULONG Length, BOOLEAN ToDevice);
NDIS_STATUS SysDmaEndLocked(PSYSDMA Adapter, SYSDMA_TRANSFER *Transfer);

/* sysdma_tx.c */
MINIPORT_SEND_NET_BUFFER_LISTS SysDmaSend;
MINIPORT_CANCEL_SEND SysDmaCancelSend;
VOID SysDmaTxPump(PSYSDMA Adapter);
VOID SysDmaTxDone(PSYSDMA Adapter, BOOLEAN Good, NDIS_STATUS Status);
VOID SysDmaTxAbort(PSYSDMA Adapter, NDIS_STATUS Status, BOOLEAN Running);

/* sysdma_rx.c */
MINIPORT_RETURN_NET_BUFFER_LISTS SysDmaReturn;
VOID SysDmaRxStart(PSYSDMA Adapter);
VOID SysDmaRxDone(PSYSDMA Adapter, BOOLEAN Good);
VOID SysDmaRxStop(PSYSDMA Adapter);
SYSDMA_RX *SysDmaTakeLocked(PSYSDMA Adapter);
VOID SysDmaGiveLocked(PSYSDMA Adapter, SYSDMA_RX *Buffer);
VOID SysDmaIndicate(PSYSDMA Adapter, SYSDMA_RX *Buffer, ULONG Length);

/* sysdma_ring.c */
NDIS_STATUS SysDmaRingStart(PSYSDMA Adapter);
VOID SysDmaRingStop(PSYSDMA Adapter);
VOID SysDmaRingDrain(PSYSDMA Adapter);

/* sysdma_int.c */
MINIPORT_PAUSE SysDmaPause;
MINIPORT_RESTART SysDmaRestart;
MINIPORT_RESET SysDmaReset;
MINIPORT_CHECK_FOR_HANG SysDmaCheckForHang;
MINIPORT_SHUTDOWN SysDmaShutdown;
MINIPORT_DEVICE_PNP_EVENT_NOTIFY SysDmaPnPEvent;
NDIS_STATUS SysDmaInterruptCreate(PSYSDMA Adapter);
VOID SysDmaInterruptsOn(PSYSDMA Adapter);
VOID SysDmaRelease(PSYSDMA Adapter, LONG Count);

/* sysdma_oid.c */
MINIPORT_OID_REQUEST SysDmaOidRequest;
MINIPORT_CANCEL_OID_REQUEST SysDmaCancelOid;
extern NDIS_OID SysDmaOids[];
extern const ULONG SysDmaOidsLength;

/* sysdma_check.c */
MINIPORT_PROCESS_SG_LIST SysDmaProcessSGList;
MINIPORT_ALLOCATE_SHARED_MEM_COMPLETE SysDmaAsyncComplete;
/* before the channels are registered, and after; not NDIS_STATUS_SUCCESS: initialization ends there
 */
NDIS_STATUS SysDmaCheckEarly(PSYSDMA Adapter);
NDIS_STATUS SysDmaCheckLate(PSYSDMA Adapter);
VOID SysDmaCheckHalt(PSYSDMA Adapter);

#endif
