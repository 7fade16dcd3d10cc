/* SPDX-License-Identifier: MIT */
/* What the old service routine and its enable and disable did. */
#include "ndis6.h"

BOOLEAN BmHwClaim(BM_ADAPTER *Adapter)
{
    ULONG Causes = BmRead(&Adapter->Hw, BM_ICR);

    if ((Causes & BM_INT_CAUSES) == 0 || Causes == 0xFFFFFFFFu) {
        return FALSE;
    }
    BmWrite(&Adapter->Hw, BM_IMC, 0xFFFFFFFFu);
    return TRUE;
}

VOID BmHwMask(BM_ADAPTER *Adapter, BOOLEAN Enable)
{
    if (Adapter->Hw.Registers != NULL) {
        BmWrite(&Adapter->Hw, Enable ? BM_IMS : BM_IMC, Enable ? BM_INT_CAUSES : 0xFFFFFFFFu);
    }
}
