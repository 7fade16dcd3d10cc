/* SPDX-License-Identifier: MIT */
/*
 * Takes the place of drivers/e1000e/rxbuffers.c: the same, with one mistake. A pause frees the
 * memory of the receive buffers and forgets to switch the receiver off.
 */
#include "e1000e.h"

#define E1000_HOME_POLL_US 1000u

static VOID E1000RxUpdateRight(PE1000_ADAPTER Adapter);
#define E1000RxUpdate E1000RxUpdateRight
#include "../../../drivers/e1000e/rxbuffers.c"
#undef E1000RxUpdate

/* No DPC is at work and the stack has no buffer: nobody but the card looks at them. */
static BOOLEAN E1000RxIsHome(PE1000_RX Rx)
{
    BOOLEAN home;

    NdisAcquireSpinLock(&Rx->Lock);
    Rx->Enabled = FALSE;
    home =
        (BOOLEAN)(!Rx->Queues[0].Processing && Rx->FreeCount + Rx->Queues[0].Posted == Rx->Total);
    NdisReleaseSpinLock(&Rx->Lock);
    return home;
}

static VOID E1000RxFreeMemory(PE1000_ADAPTER Adapter)
{
    PE1000_RX rx = &Adapter->Rx;
    PLIST_ENTRY entry;

    while (!E1000RxIsHome(rx)) {
        NdisMSleep(E1000_HOME_POLL_US);
    }
    for (entry = rx->Blocks.Flink; entry != &rx->Blocks; entry = entry->Flink) {
        E1000DmaFree(Adapter, &CONTAINING_RECORD(entry, E1000_RX_BLOCK, Link)->Memory);
    }
}

VOID E1000RxUpdate(PE1000_ADAPTER Adapter)
{
    if (E1000GetState(Adapter) == E1000StatePausing) {
        E1000RxFreeMemory(Adapter);
    } else {
        E1000RxUpdateRight(Adapter);
    }
}
