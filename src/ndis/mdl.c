/* SPDX-License-Identifier: MIT */
/* NdisAllocateMdl and NdisFreeMdl: an MDL allocated and built in one step. The rest are macros in
 * the headers. */
#include "ndis/adapter_priv.h"

#include "nt/pool.h"

PMDL NdisAllocateMdl(NDIS_HANDLE NdisHandle, PVOID VirtualAddress, ULONG Length)
{
    DD_API(NdisAllocateMdl);
    return dd_mdl_new(VirtualAddress, Length, dd_ndis_owner(NdisHandle), DD_SITE());
}

VOID NdisFreeMdl(PMDL Mdl)
{
    DD_API(NdisFreeMdl);
    dd_mdl_free(Mdl, DD_SITE());
}
