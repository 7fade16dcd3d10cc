/* SPDX-License-Identifier: MIT */
/* An NDIS 6 driver: names that survive are no findings here. */
#include <ndis.h>

VOID N6Free(NDIS_HANDLE h, PVOID va, NDIS_PHYSICAL_ADDRESS pa, PMDL m)
{
    NdisMFreeSharedMemory(h, 64, FALSE, va, pa);
    NdisFlushBuffer(m, TRUE);
    NdisFreeBuffer(m);
}
