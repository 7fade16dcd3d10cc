/* SPDX-License-Identifier: MIT */
/*
 * wdm/pool.h - pool memory and lookaside lists
 *
 * A block smaller than a page never crosses one and is 16-byte aligned; a larger one is
 * page-aligned. Contents are poison unless the call promises zeroes. The tag of a free must be the
 * tag of the allocation (0 skips the check). Freeing NULL is reported.
 */
#ifndef DRYDOCK_WDM_POOL_H
#define DRYDOCK_WDM_POOL_H

#include "list.h"
#include "pooltype.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Not zeroed; NULL on failure. Paged types need <= APC. IRQL: <= DISPATCH. */
DD_NT_IMPORT PVOID ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag);
/* As ExAllocatePoolWithTag; a low Priority may be refused earlier. IRQL: <= DISPATCH. */
DD_NT_IMPORT PVOID ExAllocatePoolWithTagPriority(POOL_TYPE PoolType, SIZE_T NumberOfBytes,
                                                 ULONG Tag, EX_POOL_PRIORITY Priority);
/* Raises on failure unless PoolType has POOL_QUOTA_FAIL_INSTEAD_OF_RAISE. IRQL: <= DISPATCH. */
DD_NT_IMPORT PVOID ExAllocatePoolWithQuotaTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag);
/*
 * Zeroed unless POOL_FLAG_UNINITIALIZED. NULL: no memory, Tag 0, unknown flag. IRQL: <= DISPATCH.
 */
DD_NT_IMPORT PVOID ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag);

typedef enum POOL_EXTENDED_PARAMETER_TYPE DD_NT_ENUM_BASE {
    PoolExtendedParameterInvalidType = 0,
    PoolExtendedParameterPriority = 1,
    PoolExtendedParameterSecurePool = 2,
    PoolExtendedParameterNumaNode = 3,
    PoolExtendedParameterMax = 4
} POOL_EXTENDED_PARAMETER_TYPE;

typedef struct _POOL_EXTENDED_PARAMETER {
    __extension__ struct {
        ULONG64 Type : 8;
        ULONG64 Optional : 1;
        ULONG64 Reserved : 55;
    };
    __extension__ union {
        ULONG64 Reserved2;
        PVOID Reserved3;
        EX_POOL_PRIORITY Priority;
        PVOID SecurePoolParams;
        NODE_REQUIREMENT PreferredNode;
    };
} POOL_EXTENDED_PARAMETER, *PPOOL_EXTENDED_PARAMETER;
typedef const POOL_EXTENDED_PARAMETER *PCPOOL_EXTENDED_PARAMETER;

/* ExAllocatePool2 with an array of parameters. IRQL: <= DISPATCH. */
DD_NT_IMPORT PVOID ExAllocatePool3(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag,
                                   PCPOOL_EXTENDED_PARAMETER ExtendedParameters,
                                   ULONG ExtendedParametersCount);
/* Free without a tag check. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID ExFreePool(PVOID P);
/* Free; another tag than at allocation is bug check 0xC2. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID ExFreePoolWithTag(PVOID P, ULONG Tag);

#ifdef POOL_NX_OPTIN
#define NonPagedPool NonPagedPoolNx
#endif

#define DrvRtPoolNxOptIn 0x00000001
/* From DriverEntry, once: chooses the pool defaults of this driver. IRQL: = PASSIVE. */
#define ExInitializeDriverRuntime(RuntimeFlags) ((void)(RuntimeFlags))

#define ExAllocatePool(PoolType, Bytes) ExAllocatePoolWithTag(PoolType, Bytes, 0x206B6444)

/* Zeroed. IRQL: <= DISPATCH. */
DD_NT_INLINE PVOID ExAllocatePoolZero(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    PVOID p = ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag);

    if (p != NULL) {
        (void)__builtin_memset(p, 0, NumberOfBytes);
    }
    return p;
}

/* Not zeroed. IRQL: <= DISPATCH. */
DD_NT_INLINE PVOID ExAllocatePoolUninitialized(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag);
}

/* Zeroed; raises as the quota form does. IRQL: <= DISPATCH. */
DD_NT_INLINE PVOID ExAllocatePoolQuotaZero(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    PVOID p = ExAllocatePoolWithQuotaTag(PoolType, NumberOfBytes, Tag);

    if (p != NULL) {
        (void)__builtin_memset(p, 0, NumberOfBytes);
    }
    return p;
}

/* Zeroed, with priority. IRQL: <= DISPATCH. */
DD_NT_INLINE PVOID ExAllocatePoolPriorityZero(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                                              EX_POOL_PRIORITY Priority)
{
    PVOID p = ExAllocatePoolWithTagPriority(PoolType, NumberOfBytes, Tag, Priority);

    if (p != NULL) {
        (void)__builtin_memset(p, 0, NumberOfBytes);
    }
    return p;
}

/* ---- lookaside lists ------------------------------------------------------------------------- */

typedef PVOID NTAPI ALLOCATE_FUNCTION(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag);
typedef ALLOCATE_FUNCTION *PALLOCATE_FUNCTION;
typedef VOID NTAPI FREE_FUNCTION(PVOID Buffer);
typedef FREE_FUNCTION *PFREE_FUNCTION;

/*
 * 128 bytes. Windows declares it cache-line aligned; 16 here, because pool memory promises no more
 * and the compiler may use what it is promised.
 */
typedef struct DECLSPEC_ALIGN(16) _GENERAL_LOOKASIDE {
    SLIST_HEADER ListHead;
    USHORT Depth;
    USHORT MaximumDepth;
    ULONG TotalAllocates;
    ULONG AllocateMisses;
    ULONG TotalFrees;
    ULONG FreeMisses;
    POOL_TYPE Type;
    ULONG Tag;
    ULONG Size;
    PALLOCATE_FUNCTION Allocate;
    PFREE_FUNCTION Free;
    LIST_ENTRY ListEntry;
    ULONG LastTotalAllocates;
    ULONG LastAllocateMisses;
    ULONG Future[2];
#if __SIZEOF_POINTER__ == 8
    UCHAR DrydockPadding[32];
#endif
} GENERAL_LOOKASIDE, *PGENERAL_LOOKASIDE;

typedef struct _NPAGED_LOOKASIDE_LIST {
    GENERAL_LOOKASIDE L;
} NPAGED_LOOKASIDE_LIST, *PNPAGED_LOOKASIDE_LIST;

typedef struct _PAGED_LOOKASIDE_LIST {
    GENERAL_LOOKASIDE L;
} PAGED_LOOKASIDE_LIST, *PPAGED_LOOKASIDE_LIST;

/*
 * Make an empty list of blocks of Size bytes. Allocate and Free may be NULL: pool. Flags 0,
 * POOL_NX_ALLOCATION or POOL_RAISE_IF_ALLOCATION_FAILURE. Depth 0. IRQL: <= DISPATCH.
 */
DD_NT_IMPORT VOID ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside,
                                                  PALLOCATE_FUNCTION Allocate, PFREE_FUNCTION Free,
                                                  ULONG Flags, SIZE_T Size, ULONG Tag,
                                                  USHORT Depth);
/* Free the cached blocks; blocks the driver still holds are its leak. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside);
/* A block with unknown contents, or NULL. IRQL: <= DISPATCH. */
DD_NT_IMPORT PVOID ExAllocateFromNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside);
/* Give a block back. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID ExFreeToNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside, PVOID Entry);

#ifdef __cplusplus
}
#endif

#endif
