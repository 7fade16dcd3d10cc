/* SPDX-License-Identifier: MIT */
/*
 * Takes the place of drivers/e1000e/txprepare.c: the same, with one mistake. The last descriptor of
 * a frame that was mapped says a page more than there is.
 */
#include "e1000e.h"

static VOID E1000TxWriteSlotRight(PE1000_TX Tx, PE1000_TX_SLOT Slot);
#define E1000TxWriteSlot E1000TxWriteSlotRight
#include "../../../drivers/e1000e/txprepare.c"
#undef E1000TxWriteSlot

VOID E1000TxWriteSlot(PE1000_TX Tx, PE1000_TX_SLOT Slot)
{
    E1000TxWriteSlotRight(Tx, Slot);
    if (!Slot->Copied) {
        Tx->Ring[Slot->Last].Command += E1000_IOVA_PAGE;
    }
}
