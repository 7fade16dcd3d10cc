/* SPDX-License-Identifier: MIT */
/* ndis/memory.h - memory, lookaside lists, MDLs, strings under their NDIS names */
#ifndef DRYDOCK_NDIS_MEMORY_H
#define DRYDOCK_NDIS_MEMORY_H

#include "../wdm/pool.h"
#include "../wdm/rtl.h"
#include "dmachannel.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- blocks ---------------------------------------------------------------------------------- */

#define NdisZeroMemory(Destination, Length)         RtlZeroMemory(Destination, Length)
#define NdisMoveMemory(Destination, Source, Length) RtlCopyMemory(Destination, Source, Length)
#define NdisFillMemory(Destination, Length, Fill)   RtlFillMemory(Destination, Length, Fill)
#define NdisEqualMemory(Source1, Source2, Length)   RtlEqualMemory(Source1, Source2, Length)
#define NdisCopyMemory                              NdisMoveMemory
#define NdisRetrieveUlong(Dest, Src)                RtlRetrieveUlong(Dest, Src)
#define NdisStoreUlong(Dest, Value)                 RtlStoreUlong(Dest, Value)

/* Zero device memory, by ascending addresses. IRQL: any. */
DD_NT_IMPORT VOID NdisZeroMappedMemory(PVOID Destination, ULONG Length);
/* Copy from device memory, by ascending addresses. IRQL: any. */
DD_NT_IMPORT VOID NdisMoveMappedMemory(PVOID Destination, const VOID *Source, ULONG Length);
/* Copy to device memory, by ascending addresses. IRQL: any. */
DD_NT_IMPORT VOID NdisMoveToMappedMemory(PVOID Destination, const VOID *Source, ULONG Length);
#define NdisMoveFromMappedMemory(Destination, Source, Length)                                      \
    NdisMoveMappedMemory(Destination, Source, Length)

/* ---- allocation ------------------------------------------------------------------------------ */

#define NDIS_MEMORY_CONTIGUOUS 0x00000001
#define NDIS_MEMORY_NONCACHED  0x00000002

/* Nonpaged, contents unspecified; NULL on failure. IRQL: <= DISPATCH. */
DD_NT_IMPORT PVOID NdisAllocateMemoryWithTagPriority(NDIS_HANDLE NdisHandle, UINT Length, ULONG Tag,
                                                     EX_POOL_PRIORITY Priority);
/* Length counts only with MemoryFlags; 0 for everything of NDIS 6. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisFreeMemory(PVOID VirtualAddress, UINT Length, UINT MemoryFlags);
#if DD_NT_NDIS_LEVEL >= 620
/* Same handle and tag as at allocation. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisFreeMemoryWithTagPriority(NDIS_HANDLE NdisHandle, PVOID VirtualAddress,
                                                ULONG Tag);
#endif
/* NDIS 5: the pointer comes through the first parameter. IRQL: <= DISPATCH. */
DD_NT_IMPORT NDIS_STATUS NdisAllocateMemoryWithTag(PVOID *VirtualAddress, UINT Length, ULONG Tag);
/* NDIS 5: free with the tag. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisFreeMemoryWithTag(PVOID VirtualAddress, ULONG Tag);

#define NdisInitializeNPagedLookasideList(Lookaside, Allocate, Free, Flags, Size, Tag, Depth)      \
    ExInitializeNPagedLookasideList(Lookaside, Allocate, Free, Flags, Size, Tag, Depth)
#define NdisDeleteNPagedLookasideList(Lookaside)       ExDeleteNPagedLookasideList(Lookaside)
#define NdisAllocateFromNPagedLookasideList(Lookaside) ExAllocateFromNPagedLookasideList(Lookaside)
#define NdisFreeToNPagedLookasideList(Lookaside, Entry)                                            \
    ExFreeToNPagedLookasideList(Lookaside, Entry)

/* ---- MDLs ------------------------------------------------------------------------------------ */

/* Allocate and build over nonpaged memory; NULL on failure. IRQL: <= DISPATCH. */
DD_NT_IMPORT PMDL NdisAllocateMdl(NDIS_HANDLE NdisHandle, PVOID VirtualAddress, ULONG Length);
/* Only for NdisAllocateMdl; ByteCount must be the original. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisFreeMdl(PMDL Mdl);

#define NDIS_MDL_LINKAGE(Mdl)               ((Mdl)->Next)
#define NdisGetNextMdl(CurrentMdl, NextMdl) (*(NextMdl) = (CurrentMdl)->Next)
#define NdisAdjustMdlLength(Mdl, Length)    ((Mdl)->ByteCount = (Length))
#define NdisQueryMdlOffset(Mdl, Offset, Length)                                                    \
    do {                                                                                           \
        *(Offset) = MmGetMdlByteOffset(Mdl);                                                       \
        *(Length) = MmGetMdlByteCount(Mdl);                                                        \
    } while (0)
#define NdisGetMdlPhysicalArraySize(Mdl, ArraySize)                                                \
    (*(ArraySize) =                                                                                \
         ADDRESS_AND_SIZE_TO_SPAN_PAGES(MmGetMdlVirtualAddress(Mdl), MmGetMdlByteCount(Mdl)))

/*
 * The address (VirtualAddress may be NULL: only the length is wanted) and length.
 * IRQL: <= DISPATCH.
 */
DD_NT_INLINE VOID DrydockQueryMdl(PMDL Mdl, PVOID *VirtualAddress, PUINT Length, ULONG Priority)
{
    if (VirtualAddress != NULL) {
        *VirtualAddress = MmGetSystemAddressForMdlSafe(Mdl, Priority | MdlMappingNoExecute);
    }
    *Length = MmGetMdlByteCount(Mdl);
}

#define NdisQueryMdl(Mdl, VirtualAddress, Length, Priority)                                        \
    DrydockQueryMdl((Mdl), (PVOID *)(VirtualAddress), (PUINT)(Length), (ULONG)(Priority))
#define NdisBufferVirtualAddressSafe(Buffer, Priority)                                             \
    MmGetSystemAddressForMdlSafe((Buffer), (ULONG)(Priority))
#define NdisQueryBufferSafe(Buffer, VirtualAddress, Length, Priority)                              \
    DrydockQueryMdl((Buffer), (PVOID *)(VirtualAddress), (PUINT)(Length), (ULONG)(Priority))
#define NdisQueryBuffer(Buffer, VirtualAddress, Length)                                            \
    DrydockQueryMdl((Buffer), (PVOID *)(VirtualAddress), (PUINT)(Length), HighPagePriority)
#define NdisBufferLength(Buffer)                     MmGetMdlByteCount(Buffer)
#define NDIS_BUFFER_LINKAGE(Buffer)                  ((Buffer)->Next)
#define NdisGetNextBuffer(CurrentBuffer, NextBuffer) (*(NextBuffer) = (CurrentBuffer)->Next)
#define NdisAdjustBufferLength(Buffer, Length)       ((Buffer)->ByteCount = (Length))

/* ---- strings --------------------------------------------------------------------------------- */

#define NdisInitUnicodeString(Destination, Source) RtlInitUnicodeString(Destination, Source)
#define NdisInitAnsiString(Destination, Source)    RtlInitAnsiString(Destination, Source)
#define NdisEqualString(String1, String2, CaseInsensitive)                                         \
    RtlEqualUnicodeString(String1, String2, CaseInsensitive)
#define NdisEqualUnicodeString(String1, String2, CaseInsensitive)                                  \
    RtlEqualUnicodeString(String1, String2, CaseInsensitive)
#define NdisUnicodeStringToAnsiString(Destination, Source)                                         \
    RtlUnicodeStringToAnsiString(Destination, Source, FALSE)
#define NdisAnsiStringToUnicodeString(Destination, Source)                                         \
    RtlAnsiStringToUnicodeString(Destination, Source, FALSE)
#define NdisUpcaseUnicodeString(Destination, Source)                                               \
    RtlUpcaseUnicodeString(Destination, Source, FALSE)

/* A counted copy of a narrow string; free with NdisFreeString. IRQL: = PASSIVE. */
DD_NT_IMPORT VOID NdisInitializeString(PNDIS_STRING Destination, PUCHAR Source);
#define NdisFreeString(String) NdisFreeMemory((String).Buffer, (String).MaximumLength, 0)

#ifdef __cplusplus
}
#endif

#endif
