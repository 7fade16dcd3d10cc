/* SPDX-License-Identifier: MIT */
/*
 * The adapter: what the driver keeps for one card, and who may touch what.
 *
 * Locks, in the order in which they may nest (none is held across a call into NDIS that can call
 * back into the driver: NdisMAllocateNetBufferSGList, NdisMIndicateReceiveNetBufferLists,
 * NdisMSendNetBufferListsComplete, NdisMIndicateStatusEx):
 *
 *   Tx.Lock    the send queues, slots, transmit ring, transmit counters
 *   Rx.Lock    receive buffers, receive ring, packet filter, multicast list, receive counters
 *   HwLock     HwReady, RCTL and TCTL, interrupt mask, link state, error counters
 */
#ifndef E1000_E1000E_H
#define E1000_E1000E_H

#include <ndis.h>

#include "hw.h"
#include "offload.h"
#include "rss.h"

#define E1000_TAG          0x30314545u /* "EE10" in a dump */
#define E1000_DRIVER_MAJOR 1u
#define E1000_DRIVER_MINOR 0u

#define E1000_HEADER_LENGTH  14u
#define E1000_TAG_LENGTH     4u
#define E1000_MIN_FRAME      60u /* without the FCS, which the card appends */
#define E1000_STANDARD_FRAME 1514u
#define E1000_JUMBO_FRAME    9014u
#define E1000_MAX_MULTICAST  128u
#define E1000_PACKET_FILTERS                                                                       \
    (NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_MULTICAST | NDIS_PACKET_TYPE_ALL_MULTICAST |     \
     NDIS_PACKET_TYPE_BROADCAST | NDIS_PACKET_TYPE_PROMISCUOUS)

#define E1000_DMA_CHUNK       0x10000u /* shared memory is asked for in pieces of this size */
#define E1000_IOVA_PAGE       4096u
#define E1000_RING_FACTOR     4u /* descriptors for each frame the keywords ask for */
#define E1000_MAX_DESCRIPTORS 4096u

/* 8000 interrupts a second: 488 * 256 ns (DS 10, EITR). */
#define E1000_ITR_DEFAULT 488u
#define E1000_TICK_MS     500u

/* Transmit slots handled for each time the lock is taken. */
#define E1000_TX_BATCH 16u
/* Descriptors that may wait for their doorbell while more sends are being prepared. */
#define E1000_TX_QUIET_DESCRIPTORS 32u
#define E1000_TX_MAX_MDLS          16u /* a frame in more pieces than this is copied */
#define E1000_TX_MAX_FRAGMENTS     60u /* some cards lose a frame of more than 64 */

#define E1000_RX_BATCH       64u
#define E1000_RX_DPC_ROUNDS  4u /* one DPC handles all buffers at most so many times */
#define E1000_RX_GROW_LIMIT  8u /* the set may grow to this multiple of *ReceiveBuffers */
#define E1000_RX_MAX_BUFFERS 4096u

/* A block of memory shared with the card. */
typedef struct _E1000_DMA_BLOCK {
    PVOID Va;
    NDIS_PHYSICAL_ADDRESS Pa;
    ULONG Length;
} E1000_DMA_BLOCK, *PE1000_DMA_BLOCK;

typedef enum _E1000_FRAME_CLASS {
    E1000FrameDirected,
    E1000FrameMulticast,
    E1000FrameBroadcast,
    E1000FrameClasses
} E1000_FRAME_CLASS;

typedef struct _E1000_COUNTERS {
    ULONG64 Frames[E1000FrameClasses];
    ULONG64 Octets[E1000FrameClasses];
    ULONG64 Errors;
    ULONG64 Discards;
} E1000_COUNTERS, *PE1000_COUNTERS;

/* Counters that only the card has, added up because reading clears them (stats.c). */
typedef struct _E1000_HW_COUNTERS {
    ULONG64 RxErrors;
    ULONG64 RxMissed;
    ULONG64 RxNoBuffer;
    ULONG64 RxCrcErrors;
    ULONG64 RxAlignmentErrors;
    ULONG64 TxErrors;
    ULONG64 TxDeferred;
    ULONG64 TxOneCollision;
    ULONG64 TxMoreCollisions;
    ULONG64 TxMaxCollisions;
    ULONG64 TxLateCollisions;
    ULONG64 TxCarrierLost;
} E1000_HW_COUNTERS;

typedef enum _E1000_SLOT_STATE {
    E1000SlotFree,
    E1000SlotPreparing, /* being copied, or its scatter/gather list is on its way */
    E1000SlotReady,     /* may be given to the card as soon as it heads the order queue */
    E1000SlotFailed,    /* could be neither mapped nor copied */
    E1000SlotPosted     /* descriptors Last - n + 1 ... Last belong to the card */
} E1000_SLOT_STATE;

struct _E1000_ADAPTER;

/* One NET_BUFFER on its way through the driver. Fixed in number; tx.c has the drawing. */
typedef struct _E1000_TX_SLOT {
    LIST_ENTRY Link;
    struct _E1000_ADAPTER *Adapter;
    PNET_BUFFER_LIST Nbl;
    PNET_BUFFER Nb;
    PSCATTER_GATHER_LIST Sgl; /* what the callback brought; not necessarily SglBuffer */
    PVOID SglBuffer;          /* ScatterGatherListSize bytes for NDIS to build the list in */
    PUCHAR Copy;              /* one frame of shared memory */
    ULONG64 CopyPa;
    ULONG FrameLength; /* bytes the card is to send, without a tag that it inserts */
    ULONG Fragments;
    ULONG Last;
    E1000_SLOT_STATE State;
    E1000_FRAME_CLASS Class;
    E1000_TX_OFFLOAD Offload;
    USHORT Tag;
    BOOLEAN Tagged;
    BOOLEAN Copied;
    BOOLEAN Aborted; /* complete it as soon as its list has arrived, do not send it */
} E1000_TX_SLOT, *PE1000_TX_SLOT;

typedef struct _E1000_NBL_QUEUE {
    PNET_BUFFER_LIST Head;
    PNET_BUFFER_LIST Tail;
    LONG Count;
} E1000_NBL_QUEUE, *PE1000_NBL_QUEUE;

typedef struct _E1000_TX {
    NDIS_SPIN_LOCK Lock;
    NDIS_STATUS Gate;        /* SUCCESS: sends are accepted; else the status they get */
    NDIS_STATUS AbortStatus; /* SUCCESS: slots go to the card; else they end with this status */

    E1000_NBL_QUEUE Waiting; /* lists whose NET_BUFFERs have no slot yet */
    LIST_ENTRY Order;        /* slots in send order, not yet given to the card */
    LIST_ENTRY Busy;         /* slots the card works on, in ring order */
    LIST_ENTRY Free;
    BOOLEAN Pumping;    /* a CPU is preparing slots; it posts what becomes ready */
    volatile LONG Held; /* lists accepted and not yet completed */

    volatile E1000_TX_DESC *Ring;
    ULONG64 RingPa;
    ULONG RingSize;
    ULONG Next;   /* next descriptor to fill */
    ULONG Unused; /* descriptors that may be filled: at most RingSize - 1 */
    ULONG Quiet;  /* descriptors filled since the last doorbell */

    ULONG Reaped; /* slots the card has finished; the watchdogs compare it */
    ULONG MaxFrame;
    ULONG MaxMapping;
    ULONG SlotCount;
    ULONG SglSize;
    ULONG CopySize;
    ULONG CopyBlockCount;
    PE1000_TX_SLOT Slots;
    PUCHAR SglBuffers;
    PE1000_DMA_BLOCK CopyBlocks;
    E1000_DMA_BLOCK RingBlock;
    E1000_COUNTERS Counters;
} E1000_TX, *PE1000_TX;

struct _E1000_RX_BLOCK;

/* One receive buffer: always in exactly one of free list, ring, stack (indicated). */
typedef struct _E1000_RX_BUFFER {
    LIST_ENTRY Link;
    PNET_BUFFER_LIST Nbl;
    PMDL Mdl;
    PUCHAR Va;
    ULONG64 Pa;
} E1000_RX_BUFFER, *PE1000_RX_BUFFER;

/* A piece of shared memory cut into receive buffers. */
typedef struct _E1000_RX_BLOCK {
    LIST_ENTRY Link;
    E1000_DMA_BLOCK Memory;
    ULONG Count;
    E1000_RX_BUFFER Buffers[1];
} E1000_RX_BLOCK, *PE1000_RX_BLOCK;

/* A receive ring. There is a second one when the card may spread frames over two CPUs (rss.c). */
typedef struct _E1000_RX_QUEUE {
    BOOLEAN Processing; /* some CPU empties the ring; others leave a note in Again */
    BOOLEAN Again;
    BOOLEAN Discarding; /* in the middle of a frame too long for one buffer */
    BOOLEAN Moved;      /* Fill is not written to the card yet */
    PE1000_RX_BUFFER *RingBuffers;
    volatile E1000_RX_DESC *Ring;
    ULONG64 RingPa;
    ULONG Clean;  /* next descriptor the card will have filled */
    ULONG Fill;   /* next descriptor to give to the card */
    ULONG Posted; /* descriptors the card owns or has filled */
    E1000_DMA_BLOCK RingBlock;
} E1000_RX_QUEUE, *PE1000_RX_QUEUE;

typedef struct _E1000_RX {
    NDIS_SPIN_LOCK Lock;
    BOOLEAN Enabled;   /* frames may be taken from the rings and indicated */
    BOOLEAN Listening; /* RCTL.EN is set: the tails may be written */

    E1000_RX_QUEUE Queues[E1000_RX_QUEUES];
    ULONG QueueCount; /* rings in use */
    ULONG RingSize;   /* descriptors of each */

    LIST_ENTRY Free; /* buffers that are in no ring; for all queues */
    LIST_ENTRY Blocks;
    ULONG FreeCount;
    ULONG Total;

    ULONG LowWater; /* keep this many buffers of each queue out of the stack's hands */
    ULONG Maximum;
    BOOLEAN GrowWanted;
    BOOLEAN GrowBlocked; /* the last attempt failed; the timer lifts this */
    LONG Growing;        /* asynchronous allocations under way */
    BOOLEAN Closing;     /* no growth any more */
    NDIS_EVENT GrowIdle;
    ULONG Seen; /* frames taken since the last tick, for the watchdog */

    ULONG BufferSize; /* what RCTL says */
    ULONG BufferStride;
    ULONG Control;       /* RCTL as it was written last */
    ULONG BufferControl; /* the BSIZE, BSEX, FLXBUF and LPE bits of RCTL for it */
    NDIS_HANDLE NblPool;

    ULONG PacketFilter;
    ULONG MulticastCount;
    UCHAR Multicast[E1000_MAX_MULTICAST][E1000_MAC_LENGTH];
    E1000_COUNTERS Counters;
} E1000_RX, *PE1000_RX;

/* Keywords of the INF, range checked (config.c). */
typedef struct _E1000_CONFIG {
    ULONG ReceiveBuffers;
    ULONG TransmitBuffers;
    ULONG InterruptModeration;
    ULONG PriorityVlanTag;
    ULONG JumboPacket;
    ULONG SpeedDuplex;
    ULONG CopyThreshold;
    ULONG VlanId;
    ULONG Offload[E1000OffloadKinds];
    ULONG Rss;
    ULONG RssQueues;
} E1000_CONFIG;

typedef enum _E1000_INTERRUPT_MODE {
    E1000InterruptLine,
    E1000InterruptMsi,
    E1000InterruptMsix
} E1000_INTERRUPT_MODE;

typedef enum _E1000_STATE {
    E1000StatePaused,
    E1000StateRunning,
    E1000StatePausing
} E1000_STATE;

typedef struct _E1000_ADAPTER {
    NDIS_HANDLE Handle;
    E1000_HW Hw;
    E1000_CONFIG Config;
    E1000_OFFLOAD Offload;
    E1000_RSS Rss;
    UCHAR PermanentAddress[E1000_MAC_LENGTH];
    UCHAR CurrentAddress[E1000_MAC_LENGTH];
    ULONG MaxFrame; /* header and data, no tag, no FCS */
    ULONG Lookahead;

    NDIS_HANDLE DmaHandle;
    ULONG DmaAlignment;
    ULONG SglSize;

    /* Runs while the adapter does: one for Running, one for each list NDIS or the card still has
       and one for each call that must not outlive a pause. Zero completes the pause. */
    LONG ActiveRefs;
    volatile LONG State; /* E1000_STATE */
    BOOLEAN LowPower;    /* between OID_PNP_SET_POWER (D1 to D3) and D0 */

    NDIS_SPIN_LOCK HwLock;
    volatile LONG HwReady; /* registers are programmed and may be used */
    E1000_LINK Link;
    BOOLEAN LinkTold; /* NDIS knows Link */
    E1000_HW_COUNTERS HwCounters;

    NDIS_HANDLE Interrupt;
    E1000_INTERRUPT_MODE InterruptMode;
    ULONG MessageCount;
    ULONG MessageMask[E1000_EITR_COUNT]; /* IMS bits of each message */
    ULONG InterruptMask;                 /* all of them */
    LONG Causes;                         /* line and single message: what the ISR read from ICR */

    NDIS_HANDLE Timer;
    NDIS_HANDLE RecoverWork;
    volatile LONG Recovering;  /* the work item resets the card */
    BOOLEAN ResetRequested;    /* NDIS asked and waits for NdisMResetComplete */
    NDIS_STATUS RecoverStatus; /* what sends get meanwhile */
    NDIS_EVENT RecoverIdle;
    volatile LONG PauseStall; /* ticks without progress while pausing */
    ULONG TickReaped;
    ULONG TickSeen;
    ULONG HangReaped;
    ULONG HangChecks;

    E1000_TX Tx;
    E1000_RX Rx;
} E1000_ADAPTER, *PE1000_ADAPTER;

/* What a destination address says about a frame. */
static FORCEINLINE E1000_FRAME_CLASS E1000ClassOf(const UCHAR *Destination)
{
    if (!ETH_IS_MULTICAST(Destination)) {
        return E1000FrameDirected;
    }
    return ETH_IS_BROADCAST(Destination) ? E1000FrameBroadcast : E1000FrameMulticast;
}

/* Flags that several contexts look at; each is written with an interlocked operation. */
static FORCEINLINE BOOLEAN E1000IsReady(PE1000_ADAPTER Adapter)
{
    return (BOOLEAN)(ReadAcquire(&Adapter->HwReady) != 0);
}

static FORCEINLINE BOOLEAN E1000IsRecovering(PE1000_ADAPTER Adapter)
{
    return (BOOLEAN)(ReadAcquire(&Adapter->Recovering) != 0);
}

static FORCEINLINE E1000_STATE E1000GetState(PE1000_ADAPTER Adapter)
{
    return (E1000_STATE)ReadAcquire(&Adapter->State);
}

static FORCEINLINE VOID E1000SetState(PE1000_ADAPTER Adapter, E1000_STATE State)
{
    InterlockedExchange(&Adapter->State, (LONG)State);
}

/* How many NET_BUFFERs of a list being sent are not finished (txqueue.c). */
static FORCEINLINE ULONG E1000NblPending(PNET_BUFFER_LIST Nbl)
{
    return (ULONG)(ULONG_PTR)NET_BUFFER_LIST_MINIPORT_RESERVED(Nbl)[0];
}

static FORCEINLINE VOID E1000NblSetPending(PNET_BUFFER_LIST Nbl, ULONG Pending)
{
    NET_BUFFER_LIST_MINIPORT_RESERVED(Nbl)[0] = (PVOID)(ULONG_PTR)Pending;
}

/* The first NET_BUFFER of a list being sent that has no slot yet. */
static FORCEINLINE PNET_BUFFER E1000NblCursor(PNET_BUFFER_LIST Nbl)
{
    return (PNET_BUFFER)NET_BUFFER_LIST_MINIPORT_RESERVED(Nbl)[1];
}

static FORCEINLINE VOID E1000NblSetCursor(PNET_BUFFER_LIST Nbl, PNET_BUFFER Nb)
{
    NET_BUFFER_LIST_MINIPORT_RESERVED(Nbl)[1] = Nb;
}

/* adapter.c */
MINIPORT_INITIALIZE E1000Initialize;
MINIPORT_HALT E1000Halt;

/* resources.c, config.c, attributes.c */
NDIS_STATUS E1000MapHardware(PE1000_ADAPTER Adapter, PNDIS_RESOURCE_LIST Resources);
VOID E1000UnmapHardware(PE1000_ADAPTER Adapter);
VOID E1000EnableBusMaster(PE1000_ADAPTER Adapter);
BOOLEAN E1000MsixIsEnabled(PE1000_ADAPTER Adapter);
NDIS_STATUS E1000ReadConfiguration(PE1000_ADAPTER Adapter);
NDIS_STATUS E1000ReadAddresses(PE1000_ADAPTER Adapter);
NDIS_STATUS E1000SetRegistrationAttributes(PE1000_ADAPTER Adapter);
NDIS_STATUS E1000SetGeneralAttributes(PE1000_ADAPTER Adapter);

/* dma.c */
NDIS_STATUS E1000RegisterDma(PE1000_ADAPTER Adapter);
VOID E1000DeregisterDma(PE1000_ADAPTER Adapter);
NDIS_STATUS E1000DmaAllocate(PE1000_ADAPTER Adapter, ULONG Length, PE1000_DMA_BLOCK Block);
NDIS_STATUS E1000DmaAllocateRing(PE1000_ADAPTER Adapter, ULONG Length, PE1000_DMA_BLOCK Block,
                                 PVOID *Ring, PULONG64 RingPa);
VOID E1000DmaFree(PE1000_ADAPTER Adapter, PE1000_DMA_BLOCK Block);
PVOID E1000AllocateMemory(PE1000_ADAPTER Adapter, SIZE_T Length);
VOID E1000FreeMemory(PE1000_ADAPTER Adapter, PVOID Memory);

/* offload.c, offloadset.c */
BOOLEAN E1000OffloadIsThere(PE1000_ADAPTER Adapter);
ULONG E1000OffloadLimit(PE1000_ADAPTER Adapter, PNET_BUFFER_LIST Nbl);
BOOLEAN E1000OffloadDescribe(PE1000_TX_SLOT Slot);
VOID E1000OffloadPatch(PE1000_TX_SLOT Slot);
BOOLEAN E1000OffloadInCard(PE1000_TX_SLOT Slot);
VOID E1000OffloadWriteContext(PE1000_TX_SLOT Slot, volatile E1000_TX_DESC *Desc);
ULONG E1000OffloadCommand(PE1000_TX_SLOT Slot);
ULONG E1000OffloadOptions(PE1000_TX_SLOT Slot);
VOID E1000OffloadComplete(PNET_BUFFER_LIST Nbl);
PVOID E1000OffloadVerdict(PE1000_ADAPTER Adapter, ULONG Status);
VOID E1000OffloadProgram(PE1000_ADAPTER Adapter);
NDIS_STATUS E1000SetOffloadAttributes(PE1000_ADAPTER Adapter);
NDIS_STATUS E1000SetOffloadParameters(PE1000_ADAPTER Adapter, const VOID *Buffer, ULONG Length);
NDIS_STATUS E1000SetOffloadEncapsulation(PE1000_ADAPTER Adapter, const VOID *Buffer, ULONG Length);

/* rss.c */
ULONG E1000RssMessages(PNDIS_RESOURCE_LIST Resources);
VOID E1000RssChooseQueues(PE1000_ADAPTER Adapter, ULONG Messages);
BOOLEAN E1000RssIsThere(PE1000_ADAPTER Adapter);
VOID E1000RssFillCapabilities(PE1000_ADAPTER Adapter, PNDIS_RECEIVE_SCALE_CAPABILITIES Caps);
NDIS_STATUS E1000SetRssParameters(PE1000_ADAPTER Adapter, const VOID *Buffer, ULONG Length);
VOID E1000RssProgram(PE1000_ADAPTER Adapter);
BOOLEAN E1000RssQueueDpc(PE1000_ADAPTER Adapter, ULONG MessageId, ULONG Causes);
VOID E1000RssDress(PE1000_ADAPTER Adapter, PNET_BUFFER_LIST Nbl, ULONG Type, ULONG Hash);

/* setup.c */
NDIS_STATUS E1000HardwareStart(PE1000_ADAPTER Adapter);
VOID E1000HardwareStop(PE1000_ADAPTER Adapter);
VOID E1000ApplyPacketFilter(PE1000_ADAPTER Adapter);
VOID E1000ApplyMulticast(PE1000_ADAPTER Adapter);

/* interrupt.c */
NDIS_STATUS E1000RegisterInterrupt(PE1000_ADAPTER Adapter);
VOID E1000DeregisterInterrupt(PE1000_ADAPTER Adapter);
VOID E1000InterruptProgram(PE1000_ADAPTER Adapter);
VOID E1000InterruptEnable(PE1000_ADAPTER Adapter, ULONG Mask);
VOID E1000InterruptProvoke(PE1000_ADAPTER Adapter, ULONG MsixCause, ULONG LineCause);

/* tx.c, txqueue.c, txprepare.c */
NDIS_STATUS E1000TxCreate(PE1000_ADAPTER Adapter);
VOID E1000TxDestroy(PE1000_ADAPTER Adapter);
VOID E1000TxRun(PE1000_ADAPTER Adapter, BOOLEAN Reap);
VOID E1000TxUpdateGate(PE1000_ADAPTER Adapter);
VOID E1000TxAbort(PE1000_ADAPTER Adapter, NDIS_STATUS Status, BOOLEAN DmaStopped);
VOID E1000TxResetRing(PE1000_ADAPTER Adapter);
VOID E1000TxPrepare(PE1000_ADAPTER Adapter, PE1000_TX_SLOT Slot);
VOID E1000TxPrepared(PE1000_ADAPTER Adapter, PE1000_TX_SLOT Slot, E1000_SLOT_STATE State);
VOID E1000TxReapLocked(PE1000_ADAPTER Adapter, PLIST_ENTRY Done);
VOID E1000TxWriteSlot(PE1000_TX Tx, PE1000_TX_SLOT Slot);
VOID E1000TxFailList(PNET_BUFFER_LIST Nbl, NDIS_STATUS Status);
VOID E1000TxFinishSlots(PE1000_ADAPTER Adapter, PLIST_ENTRY Slots, PE1000_NBL_QUEUE Done);
VOID E1000TxCompleteLists(PE1000_ADAPTER Adapter, PE1000_NBL_QUEUE Done);
VOID E1000NblAppend(PE1000_NBL_QUEUE Queue, PNET_BUFFER_LIST Nbl);
VOID E1000NblRemoveHead(PE1000_NBL_QUEUE Queue);
MINIPORT_SEND_NET_BUFFER_LISTS E1000SendNetBufferLists;
MINIPORT_CANCEL_SEND E1000CancelSend;
MINIPORT_PROCESS_SG_LIST E1000ProcessSGList;

/* rx.c, rxbuffers.c */
NDIS_STATUS E1000RxCreate(PE1000_ADAPTER Adapter);
VOID E1000RxDestroy(PE1000_ADAPTER Adapter);
VOID E1000RxUpdate(PE1000_ADAPTER Adapter);
VOID E1000RxResetRing(PE1000_ADAPTER Adapter);
VOID E1000RxListenLocked(PE1000_ADAPTER Adapter);
BOOLEAN E1000RxProcess(PE1000_ADAPTER Adapter, ULONG QueueIndex, ULONG Budget);
BOOLEAN E1000RxIsFilled(PE1000_ADAPTER Adapter, ULONG QueueIndex);
VOID E1000RxProvoke(PE1000_ADAPTER Adapter);
VOID E1000RxRefillLocked(PE1000_ADAPTER Adapter);
VOID E1000RxPutFreeLocked(PE1000_RX Rx, PE1000_RX_BUFFER Buffer);
VOID E1000RxGrow(PE1000_ADAPTER Adapter);
VOID E1000RxStopGrowing(PE1000_ADAPTER Adapter);
MINIPORT_RETURN_NET_BUFFER_LISTS E1000ReturnNetBufferLists;
MINIPORT_ALLOCATE_SHARED_MEM_COMPLETE E1000SharedMemoryAllocateComplete;

/* state.c */
VOID E1000Reference(PE1000_ADAPTER Adapter, LONG Count);
VOID E1000Dereference(PE1000_ADAPTER Adapter, LONG Count);
VOID E1000HandleRemoval(PE1000_ADAPTER Adapter);
NDIS_STATUS E1000SetPower(PE1000_ADAPTER Adapter, NDIS_DEVICE_POWER_STATE State);
MINIPORT_PAUSE E1000Pause;
MINIPORT_RESTART E1000Restart;
MINIPORT_SHUTDOWN E1000Shutdown;
MINIPORT_DEVICE_PNP_EVENT_NOTIFY E1000DevicePnPEventNotify;

/* recover.c */
NDIS_STATUS E1000CreateRecovery(PE1000_ADAPTER Adapter);
VOID E1000DestroyRecovery(PE1000_ADAPTER Adapter);
VOID E1000StartTimer(PE1000_ADAPTER Adapter);
VOID E1000StopTimer(PE1000_ADAPTER Adapter);
VOID E1000WaitForRecovery(PE1000_ADAPTER Adapter);
MINIPORT_RESET E1000Reset;
MINIPORT_CHECK_FOR_HANG E1000CheckForHang;

/* link.c, stats.c */
VOID E1000LinkCheck(PE1000_ADAPTER Adapter);
VOID E1000LinkForget(PE1000_ADAPTER Adapter);
VOID E1000UpdateHwCounters(PE1000_ADAPTER Adapter);
VOID E1000ReadCounters(PE1000_ADAPTER Adapter, PE1000_COUNTERS Tx, PE1000_COUNTERS Rx,
                       E1000_HW_COUNTERS *Hw);
VOID E1000FillStatistics(PE1000_ADAPTER Adapter, PNDIS_STATISTICS_INFO Info);
ULONG64 E1000FramesOf(const E1000_COUNTERS *Counters);

/* oid.c, oidset.c */
NDIS_STATUS E1000SetInformation(PE1000_ADAPTER Adapter, PNDIS_OID_REQUEST Request);
MINIPORT_OID_REQUEST E1000OidRequest;
MINIPORT_CANCEL_OID_REQUEST E1000CancelOidRequest;
extern NDIS_OID E1000SupportedOids[];
extern const ULONG E1000SupportedOidsLength;

#endif
