/* SPDX-License-Identifier: MIT */
/*
 * Receive by a channel that starts over by itself. The card writes records; the channel's counter
 * says how far it is:
 *
 *   RingVa |.....|len ~len data|len ~len data|len ~l..............|
 *          0     RingTail                        ^ RING_BYTES - NdisMReadDmaCounter()
 *
 * The card may write as many bytes as it was given credit for: never so many that full looks like
 * empty.
 */
#include "sysdma.h"

#define RECORD_HEAD 4u

/* Received data are in the ring while the transfer goes on: it is completed when the adapter pauses
 */
NDIS_STATUS SysDmaRingStart(PSYSDMA Adapter)
{
    NDIS_STATUS status;

    NdisAcquireSpinLock(&Adapter->Lock);
    Adapter->RingTail = 0;
    status = SysDmaStartLocked(Adapter, &Adapter->Rx, Adapter->RingMdl, 0, RING_BYTES, FALSE);
    NdisReleaseSpinLock(&Adapter->Lock);
    if (status == NDIS_STATUS_SUCCESS) {
        CardWrite(Adapter, REG_CREDIT, RING_BYTES - 2);
    }
    return status;
}

VOID SysDmaRingStop(PSYSDMA Adapter)
{
    NdisAcquireSpinLock(&Adapter->Lock);
    if (Adapter->Rx.Busy) {
        (VOID) SysDmaEndLocked(Adapter, &Adapter->Rx);
    }
    NdisReleaseSpinLock(&Adapter->Lock);
}

static UCHAR ByteAt(const SYSDMA *Adapter, ULONG At)
{
    return *(volatile UCHAR *)(Adapter->RingVa + At % RING_BYTES);
}

static USHORT WordAt(const SYSDMA *Adapter, ULONG At)
{
    return (USHORT)(ByteAt(Adapter, At) | ByteAt(Adapter, At + 1) << 8);
}

/* a whole record from the ring into a buffer; NULL: none there, or no buffer */
static SYSDMA_RX *TakeRecordLocked(PSYSDMA Adapter, PULONG Length)
{
    ULONG counter = NdisMReadDmaCounter(Adapter->Rx.Channel),
          head = (RING_BYTES - counter) % RING_BYTES;
    ULONG there = (head + RING_BYTES - Adapter->RingTail) % RING_BYTES, record, i;
    SYSDMA_RX *buffer;

    Adapter->CounterReads++;
    Adapter->MidReads += (CardRead(Adapter, REG_STATUS) & 0x0400u) != 0;
    if (there < RECORD_HEAD) {
        return NULL;
    }
    *Length = WordAt(Adapter, Adapter->RingTail);
    if (*Length != (USHORT)~WordAt(Adapter, Adapter->RingTail + 2) || *Length > FRAME_MAX) {
        DbgPrint("sysdma: FAILED: no record at %u of the ring\n", Adapter->RingTail);
        Adapter->State = SysDmaPausing;
        return NULL;
    }
    record = (RECORD_HEAD + *Length + 1) & ~1u;
    buffer = there < record ? NULL : SysDmaTakeLocked(Adapter);
    if (buffer == NULL) {
        return NULL;
    }
    for (i = 0; i < *Length; i++) {
        buffer->Va[i] = ByteAt(Adapter, Adapter->RingTail + RECORD_HEAD + i);
    }
    Adapter->Wraps += Adapter->RingTail + record >= RING_BYTES;
    Adapter->RingTail = (Adapter->RingTail + record) % RING_BYTES;
    CardWrite(Adapter, REG_CREDIT, record);
    Adapter->Received++;
    Adapter->Held++;
    return buffer;
}

VOID SysDmaRingDrain(PSYSDMA Adapter)
{
    SYSDMA_RX *buffer;
    ULONG length = 0;

    do {
        NdisAcquireSpinLock(&Adapter->Lock);
        buffer = Adapter->State == SysDmaRunning && Adapter->Rx.Busy
                     ? TakeRecordLocked(Adapter, &length)
                     : NULL;
        NdisReleaseSpinLock(&Adapter->Lock);
        if (buffer != NULL) {
            SysDmaIndicate(Adapter, buffer, length);
        }
    } while (buffer != NULL);
}
