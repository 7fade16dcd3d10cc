/* SPDX-License-Identifier: MIT */
/*
 * Takes the place of drivers/e1000e/txprepare.c: the same, with one mistake. The scatter/gather
 * list of a frame is freed when its descriptors are written, before the card is told of them.
 */
#include "e1000e.h"

static VOID E1000TxWriteSlotRight(PE1000_TX Tx, PE1000_TX_SLOT Slot);
#define E1000TxWriteSlot E1000TxWriteSlotRight
#include "../../../drivers/e1000e/txprepare.c"
#undef E1000TxWriteSlot

VOID E1000TxWriteSlot(PE1000_TX Tx, PE1000_TX_SLOT Slot)
{
    E1000TxWriteSlotRight(Tx, Slot);
    if (Slot->Sgl != NULL) {
        NdisMFreeNetBufferSGList(Slot->Adapter->DmaHandle, Slot->Sgl, Slot->Nb);
        Slot->Sgl = NULL;
    }
}
