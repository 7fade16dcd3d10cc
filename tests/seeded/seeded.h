/* SPDX-License-Identifier: MIT */
/*
 * A small miniport for the 82574L that does one thing wrong on request.
 *
 * The keyword Bug names a rule of the verifier (src/verify/rules.def). Without it the driver is
 * correct. Each place where a mistake is made asks SeededBug(adapter, "rule"), beside the line that
 * does it right.
 *
 *   seeded.c       driver, initialize, halt, hardware
 *   seeded_life.c  pause, restart, reset, shutdown, removal
 *   seeded_dma.c   registration, shared memory, the scratch NET_BUFFER
 *   seeded_tx.c    legacy transmit ring over scatter/gather lists
 *   seeded_rx.c    legacy receive ring in shared memory
 *   seeded_offload.c  checksums and large sends
 *   seeded_int.c   line and message interrupts
 *   seeded_oid.c   OID requests
 *   seeded_misc.c  mistakes that belong to no path: IRQL, locks, pool, assertions, crashes
 */
#ifndef SEEDED_H
#define SEEDED_H

#include <ndis.h>

#define SEEDED_TAG       0x64656553u /* "Seed" */
#define SEEDED_BAR_BYTES 0x20000u
#define SEEDED_MAX_FRAME 1518u
#define SEEDED_BUG_BYTES 48u

#define TX_SLOTS     31u
#define TX_FRAGMENTS 32u
#define TX_RING                                                                                    \
    (TX_SLOTS * TX_FRAGMENTS +                                                                     \
     TX_FRAGMENTS) /* one slot's worth is never used: it cannot overflow */
#define RX_RING       64u
#define RX_BUFFER     2048u
#define SCRATCH_BYTES 256u

/* registers and bits of the 82574L data sheet */
#define REG_CTRL   0x0000u
#define REG_STATUS 0x0008u
#define REG_ICR    0x00c0u
#define REG_IMS    0x00d0u
#define REG_IMC    0x00d8u
#define REG_EIAC   0x00dcu
#define REG_IVAR   0x00e4u
#define REG_RCTL   0x0100u
#define REG_TCTL   0x0400u
#define REG_RDBAL  0x2800u
#define REG_RDBAH  0x2804u
#define REG_RDLEN  0x2808u
#define REG_RDH    0x2810u
#define REG_RDT    0x2818u
#define REG_TDBAL  0x3800u
#define REG_TDBAH  0x3804u
#define REG_TDLEN  0x3808u
#define REG_TDH    0x3810u
#define REG_TDT    0x3818u
#define REG_TXDCTL 0x3828u
#define REG_TARC   0x3840u
#define REG_RXCSUM 0x5000u
#define REG_RFCTL  0x5008u
#define REG_RAL0   0x5400u
#define REG_RAH0   0x5404u

#define CTRL_SLU      0x40u
#define CTRL_RST      0x04000000u
#define RCTL_EN_ALL   0x0400801au /* EN, UPE, MPE, BAM, SECRC, buffers of 2048 */
#define TCTL_ON       0x100400fau /* EN, PSP, collision defaults, MULR */
#define TXDCTL_PROMPT 0x01410000u
#define TARC_ENABLE   0x403u
#define RFCTL_ACK_DIS 0x1000u
#define IVAR_ALL_TO_0 0x80088888u
#define INT_MASK      0x01f000c5u /* TXDW, LSC, RXO, RXT0, the five of MSI-X */
#define TX_CMD_LAST   0x0bu       /* EOP, IFCS, RS */
#define TX_CMD_MORE   0x02u
#define DESC_DONE     0x01u

typedef struct _SEEDED_TX_DESC {
    ULONG64 Address;
    USHORT Length;
    UCHAR ChecksumOffset;
    UCHAR Command;
    UCHAR Status;
    UCHAR ChecksumStart;
    USHORT Special;
} SEEDED_TX_DESC;

typedef struct _SEEDED_RX_DESC {
    ULONG64 Address;
    USHORT Length;
    USHORT Checksum;
    UCHAR Status;
    UCHAR Errors;
    USHORT Special;
} SEEDED_RX_DESC;

typedef struct _SEEDED_BLOCK {
    PVOID Va;
    NDIS_PHYSICAL_ADDRESS Pa;
    ULONG Length;
} SEEDED_BLOCK;

struct _SEEDED;

/* one NET_BUFFER on its way; slots are reused in the order in which the card finishes them */
typedef struct _SEEDED_SLOT {
    struct _SEEDED *Adapter;
    PNET_BUFFER_LIST Nbl;
    PNET_BUFFER Nb;
    PSCATTER_GATHER_LIST Sgl;
    ULONG Last; /* its last descriptor */
    struct _SEEDED_SLOT *Next;
} SEEDED_SLOT;

typedef struct _SEEDED_RX {
    PNET_BUFFER_LIST Nbl;
    PMDL Mdl;
    CSHORT MdlFlags;
    PUCHAR Va;
    ULONG64 Pa;
    struct _SEEDED_RX *Next;
} SEEDED_RX;

typedef enum _SEEDED_STATE {
    SeededPaused,
    SeededRunning,
    SeededPausing
} SEEDED_STATE;

/* what is on, sending */
typedef struct _SEEDED_OFFLOAD {
    ULONG Ip, Tcp, Large;
} SEEDED_OFFLOAD;

typedef struct _SEEDED {
    NDIS_HANDLE Handle;
    CHAR Bug[SEEDED_BUG_BYTES];
    LONG Done; /* the mistake was made: most are made once */
    PUCHAR Registers;
    UCHAR Mac[6];
    BOOLEAN Gone; /* removed by surprise */
    ULONG Filter;
    ULONG64 Sent, Received;

    NDIS_HANDLE Dma, Dma2; /* Dma2: only for mistakes about handles */
    SEEDED_BLOCK TxBlock, RxBlock, BufferBlock, OffloadBlock, ExtraBlock, AsyncBlock;
    SEEDED_OFFLOAD Offload;
    BOOLEAN AsyncAsked; /* AsyncBlock is there, or on its way */
    NDIS_HANDLE Interrupt, NblPool, Timer;
    PVOID Leak;

    NDIS_SPIN_LOCK Lock; /* guards what follows */
    SEEDED_STATE State;
    LONG Held; /* sends accepted, receives indicated: not back yet */
    BOOLEAN PausePending;
    PNET_BUFFER_LIST Waiting, *WaitingEnd;
    PNET_BUFFER Cursor; /* next NET_BUFFER of Waiting */
    SEEDED_SLOT Slots[TX_SLOTS], *FreeSlots, *Posted, **PostedEnd;
    volatile SEEDED_TX_DESC *TxRing;
    ULONG TxNext;

    volatile SEEDED_RX_DESC *RxRing;
    SEEDED_RX Buffers[RX_RING], *FreeBuffers, *InRing[RX_RING];
    ULONG RxClean, RxFill;

    /* a NET_BUFFER_LIST of the driver's own */
    PNET_BUFFER_LIST ScratchNbl;
    PMDL ScratchMdl;
    PUCHAR ScratchMemory;
    PSCATTER_GATHER_LIST ScratchSgl;
    SEEDED_SLOT ScratchSlot;
    PNDIS_OID_REQUEST PendedOid;
} SEEDED, *PSEEDED;

/* is this the mistake to make? */
static inline BOOLEAN SeededBug(const SEEDED *Adapter, const char *Rule)
{
    const char *a = Adapter->Bug;

    while (*a != '\0' && *a == *Rule) {
        a++;
        Rule++;
    }
    return (BOOLEAN)(*a == *Rule);
}

/* the same, true only the first time */
static inline BOOLEAN SeededBugOnce(SEEDED *Adapter, const char *Rule)
{
    return (BOOLEAN)(SeededBug(Adapter, Rule) && InterlockedExchange(&Adapter->Done, 1) == 0);
}

static inline ULONG SeededRead(const SEEDED *Adapter, ULONG Register)
{
    ULONG value;

    NdisReadRegisterUlong((PULONG)(PVOID)(Adapter->Registers + Register), &value);
    return value;
}

static inline VOID SeededWrite(const SEEDED *Adapter, ULONG Register, ULONG Value)
{
    NdisWriteRegisterUlong((PULONG)(PVOID)(Adapter->Registers + Register), Value);
}

/* seeded.c */
VOID SeededHardwareStart(PSEEDED Adapter);
VOID SeededHardwareStop(PSEEDED Adapter);

/* seeded_life.c */
MINIPORT_PAUSE SeededPause;
MINIPORT_RESTART SeededRestart;
MINIPORT_RESET SeededReset;
MINIPORT_CHECK_FOR_HANG SeededCheckForHang;
MINIPORT_SHUTDOWN SeededShutdown;
MINIPORT_DEVICE_PNP_EVENT_NOTIFY SeededPnPEvent;
VOID SeededRelease(PSEEDED Adapter, LONG Count);

/* seeded_dma.c */
NDIS_STATUS SeededDmaCreate(PSEEDED Adapter);
VOID SeededDmaDestroy(PSEEDED Adapter);
NDIS_STATUS SeededAllocate(PSEEDED Adapter, ULONG Length, SEEDED_BLOCK *Block);
VOID SeededFree(PSEEDED Adapter, SEEDED_BLOCK *Block);
VOID SeededScratchMap(PSEEDED Adapter, ULONG Flags);
VOID SeededScratchUnmap(PSEEDED Adapter);
VOID SeededDmaLate(PSEEDED Adapter);
VOID SeededUseChannel(PSEEDED Adapter);
MINIPORT_PROCESS_SG_LIST SeededProcessSGList;
MINIPORT_ALLOCATE_SHARED_MEM_COMPLETE SeededSharedMemoryComplete;

/* seeded_tx.c */
MINIPORT_SEND_NET_BUFFER_LISTS SeededSend;
MINIPORT_CANCEL_SEND SeededCancelSend;
VOID SeededTxReset(PSEEDED Adapter);
VOID SeededTxPump(PSEEDED Adapter);
VOID SeededTxReap(PSEEDED Adapter);
VOID SeededTxAbort(PSEEDED Adapter, NDIS_STATUS Status, BOOLEAN Posted);
VOID SeededTxPost(PSEEDED Adapter, SEEDED_SLOT *Slot);

/* seeded_rx.c */
MINIPORT_RETURN_NET_BUFFER_LISTS SeededReturn;
NDIS_STATUS SeededRxCreate(PSEEDED Adapter);
VOID SeededRxDestroy(PSEEDED Adapter);
VOID SeededRxReset(PSEEDED Adapter);
BOOLEAN SeededRxProcess(PSEEDED Adapter, ULONG Most);
VOID SeededIndicateOne(PSEEDED Adapter);

/* seeded_rss.c */
PNDIS_RECEIVE_SCALE_CAPABILITIES SeededRssCapabilities(PSEEDED Adapter,
                                                       PNDIS_RECEIVE_SCALE_CAPABILITIES Caps);
VOID SeededRssDress(PSEEDED Adapter, PNET_BUFFER_LIST Nbl, PUCHAR Frame);
BOOLEAN SeededRssElsewhere(PSEEDED Adapter, PULONG TargetProcessors);

/* seeded_offload.c */
#define SEEDED_OFFLOAD_ROOM 2048u /* of a slot: all that a send becomes */
NDIS_STATUS SeededOffloadAttributes(PSEEDED Adapter);
NDIS_STATUS SeededOffloadSet(PSEEDED Adapter, PNDIS_OID_REQUEST Request);
ULONG SeededOffloadMake(PSEEDED Adapter, const SEEDED_SLOT *Slot, PULONG64 Pa, PULONG Lengths);
VOID SeededOffloadComplete(PSEEDED Adapter, PNET_BUFFER_LIST Nbl);

/* seeded_int.c */
NDIS_STATUS SeededInterruptCreate(PSEEDED Adapter);

/* seeded_oid.c */
MINIPORT_OID_REQUEST SeededOidRequest;
MINIPORT_CANCEL_OID_REQUEST SeededCancelOid;
extern NDIS_OID SeededOids[];
extern const ULONG SeededOidsLength;

/* seeded_misc.c: mistakes to make in MiniportInitializeEx, in MiniportRestart, in MiniportHaltEx */
VOID SeededMiscInitialize(PSEEDED Adapter);
VOID SeededMiscRestart(PSEEDED Adapter);
VOID SeededMiscHalt(PSEEDED Adapter);

#endif
