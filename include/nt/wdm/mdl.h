/* SPDX-License-Identifier: MIT */
/*
 * wdm/mdl.h - MDLs, mapping, physical memory
 *
 *   MDL (48 bytes on x64) | frame number | frame number | ...     one for each page spanned
 *
 * An MDL describes ByteCount bytes of a virtually contiguous buffer that begins at StartVa +
 * ByteOffset; the frame numbers behind it say where the pages are. MDLs chain through Next.
 */
#ifndef DRYDOCK_WDM_MDL_H
#define DRYDOCK_WDM_MDL_H

#include "../ntdef.h"
#include "dispatch.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PAGE_SIZE            0x1000
#define PAGE_SHIFT           12
#define PAGE_ALIGN(Va)       ((PVOID)((ULONG_PTR)(Va) & ~((ULONG_PTR)PAGE_SIZE - 1)))
#define BYTE_OFFSET(Va)      ((ULONG)((ULONG_PTR)(Va) & (PAGE_SIZE - 1)))
#define BYTES_TO_PAGES(Size) (((Size) >> PAGE_SHIFT) + (((Size) & (PAGE_SIZE - 1)) != 0))
#define ROUND_TO_PAGES(Size) (((ULONG_PTR)(Size) + PAGE_SIZE - 1) & ~((ULONG_PTR)PAGE_SIZE - 1))
/* Pages touched by [Va, Va + Size). */
#define ADDRESS_AND_SIZE_TO_SPAN_PAGES(Va, Size)                                                   \
    ((ULONG)((((ULONG_PTR)(Size)) + BYTE_OFFSET(Va) + (PAGE_SIZE - 1)) >> PAGE_SHIFT))
#define COMPUTE_PAGES_SPANNED(Va, Size) ADDRESS_AND_SIZE_TO_SPAN_PAGES(Va, Size)

typedef struct _MDL {
    struct _MDL *Next;
    CSHORT Size;
    CSHORT MdlFlags;
    struct _EPROCESS *Process;
    PVOID MappedSystemVa;
    PVOID StartVa;
    ULONG ByteCount;
    ULONG ByteOffset;
} MDL, *PMDL;
typedef const MDL *PCMDL;

#define MDL_MAPPED_TO_SYSTEM_VA     0x0001
#define MDL_PAGES_LOCKED            0x0002
#define MDL_SOURCE_IS_NONPAGED_POOL 0x0004
#define MDL_ALLOCATED_FIXED_SIZE    0x0008
#define MDL_PARTIAL                 0x0010
#define MDL_PARTIAL_HAS_BEEN_MAPPED 0x0020
#define MDL_IO_PAGE_READ            0x0040
#define MDL_WRITE_OPERATION         0x0080
#define MDL_LOCKED_PAGE_TABLES      0x0100
#define MDL_PARENT_MAPPED_SYSTEM_VA 0x0100
#define MDL_FREE_EXTRA_PTES         0x0200
#define MDL_DESCRIBES_AWE           0x0400
#define MDL_IO_SPACE                0x0800
#define MDL_NETWORK_HEADER          0x1000
#define MDL_MAPPING_CAN_FAIL        0x2000
#define MDL_ALLOCATED_MUST_SUCCEED  0x4000
#define MDL_PAGE_CONTENTS_INVARIANT 0x4000
#define MDL_INTERNAL                0x8000

typedef enum _MEMORY_CACHING_TYPE DD_NT_ENUM_BASE {
    MmNonCached = 0,
    MmCached = 1,
    MmWriteCombined = 2,
    MmHardwareCoherentCached = 3,
    MmNonCachedUnordered = 4,
    MmUSWCCached = 5,
    MmMaximumCacheType = 6,
    MmNotMapped = -1
} MEMORY_CACHING_TYPE;

typedef enum _MM_PAGE_PRIORITY DD_NT_ENUM_BASE {
    LowPagePriority = 0,
    NormalPagePriority = 16,
    HighPagePriority = 32
} MM_PAGE_PRIORITY;

#define MdlMappingNoWrite       0x80000000
#define MdlMappingNoExecute     0x40000000
#define MdlMappingWithGuardPtes 0x20000000

typedef enum _LOCK_OPERATION DD_NT_ENUM_BASE {
    IoReadAccess = 0,
    IoWriteAccess = 1,
    IoModifyAccess = 2
} LOCK_OPERATION;

#define PAGE_NOACCESS          0x01
#define PAGE_READONLY          0x02
#define PAGE_READWRITE         0x04
#define PAGE_EXECUTE_READWRITE 0x40
#define PAGE_NOCACHE           0x200
#define PAGE_WRITECOMBINE      0x400

#define MM_ANY_NODE_OK             0x80000000
#define MM_DONT_ZERO_ALLOCATION    0x00000001
#define MM_ALLOCATE_FULLY_REQUIRED 0x00000004

struct _IRP;

/* ---- fields ---------------------------------------------------------------------------------- */

/* IRQL of the macros here: any. */
#define MmGetMdlByteCount(Mdl)  ((Mdl)->ByteCount)
#define MmGetMdlByteOffset(Mdl) ((Mdl)->ByteOffset)
#define MmGetMdlBaseVa(Mdl)     ((Mdl)->StartVa)
/* An index into the buffer, perhaps not an address that can be read. */
#define MmGetMdlVirtualAddress(Mdl) ((PVOID)((PCHAR)((Mdl)->StartVa) + (Mdl)->ByteOffset))
/* The frames, to read or to write: where they were one run, that is not relied on any more. */
#define MmGetMdlPfnArray(Mdl) DrydockMdlFrames(Mdl)

#define DD_MDL_RUN MDL_INTERNAL /* Drydock's own: the frames are adjacent, and RAM */

DD_NT_INLINE PPFN_NUMBER DrydockMdlFrames(PMDL Mdl)
{
    if ((Mdl->MdlFlags & DD_MDL_RUN) != 0) {
        Mdl->MdlFlags = (CSHORT)(Mdl->MdlFlags & ~DD_MDL_RUN);
    }
    return (PPFN_NUMBER)(PVOID)(Mdl + 1);
}

/* Make Length bytes at BaseVa the MDL's buffer; the frames are not filled in. */
#define MmInitializeMdl(Mdl, BaseVa, Length)                                                       \
    do {                                                                                           \
        (Mdl)->Next = NULL;                                                                        \
        (Mdl)->Size =                                                                              \
            (CSHORT)(sizeof(MDL) +                                                                 \
                     sizeof(PFN_NUMBER) * (SIZE_T)ADDRESS_AND_SIZE_TO_SPAN_PAGES(BaseVa, Length)); \
        (Mdl)->MdlFlags = 0;                                                                       \
        (Mdl)->StartVa = PAGE_ALIGN(BaseVa);                                                       \
        (Mdl)->ByteOffset = BYTE_OFFSET(BaseVa);                                                   \
        (Mdl)->ByteCount = (ULONG)(Length);                                                        \
    } while (0)

/* ---- making MDLs ----------------------------------------------------------------------------- */

/* Bytes an MDL for this buffer takes: 48 + 8 per page spanned. IRQL: any. */
DD_NT_IMPORT SIZE_T MmSizeOfMdl(PVOID Base, SIZE_T Length);
/* Reserve an MDL; frames undefined until it is built. NULL on failure. IRQL: <= DISPATCH. */
DD_NT_IMPORT PMDL IoAllocateMdl(PVOID VirtualAddress, ULONG Length, BOOLEAN SecondaryBuffer,
                                BOOLEAN ChargeQuota, struct _IRP *Irp);
/* Free one MDL, not its chain; pages must be unlocked. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID IoFreeMdl(PMDL Mdl);
/* Describe part of SourceMdl's buffer. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID IoBuildPartialMdl(PMDL SourceMdl, PMDL TargetMdl, PVOID VirtualAddress,
                                    ULONG Length);
/* Fill in frames of nonpaged memory; neither lock nor unmap such an MDL. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID MmBuildMdlForNonPagedPool(PMDL MemoryDescriptorList);
/* Lock the pages; raises on a bad range. IRQL: <= DISPATCH (<= APC for pageable memory). */
DD_NT_IMPORT VOID MmProbeAndLockPages(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode,
                                      LOCK_OPERATION Operation);
/* Unlock and unmap. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID MmUnlockPages(PMDL MemoryDescriptorList);
/* Map; NULL on failure with BugCheckOnFailure FALSE. IRQL: <= DISPATCH. */
DD_NT_IMPORT PVOID MmMapLockedPagesSpecifyCache(PMDL MemoryDescriptorList,
                                                KPROCESSOR_MODE AccessMode,
                                                MEMORY_CACHING_TYPE CacheType,
                                                PVOID RequestedAddress, ULONG BugCheckOnFailure,
                                                ULONG Priority);
/* Undo a mapping. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID MmUnmapLockedPages(PVOID BaseAddress, PMDL MemoryDescriptorList);

/*
 * A kernel address of the buffer: the one it has, else a new mapping that lasts until unlock or
 * free. NULL when there is no room to map, which drivers must check. IRQL: <= DISPATCH.
 */
DD_NT_INLINE PVOID MmGetSystemAddressForMdlSafe(PMDL Mdl, ULONG Priority)
{
    if ((Mdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL)) != 0) {
        return Mdl->MappedSystemVa;
    }
    return MmMapLockedPagesSpecifyCache(Mdl, 0 /* KernelMode */, MmCached, NULL, FALSE, Priority);
}

#define MmGetSystemAddressForMdl(Mdl) MmGetSystemAddressForMdlSafe(Mdl, HighPagePriority)
#define MmPrepareMdlForReuse(Mdl)     ((void)(Mdl))

/* Make the caches agree before DMA; nothing to do on coherent hardware. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID KeFlushIoBuffers(PMDL Mdl, BOOLEAN ReadOperation, BOOLEAN DmaOperation);

/* ---- physical memory ------------------------------------------------------------------------- */

/* Where RAM at BaseAddress is. Not for DMA: a device given this address faults. IRQL: any. */
DD_NT_IMPORT PHYSICAL_ADDRESS MmGetPhysicalAddress(PVOID BaseAddress);
/* Map device registers; the result keeps the page offset. NULL on failure. IRQL: <= DISPATCH. */
DD_NT_IMPORT PVOID MmMapIoSpace(PHYSICAL_ADDRESS PhysicalAddress, SIZE_T NumberOfBytes,
                                MEMORY_CACHING_TYPE CacheType);
/* As MmMapIoSpace with a PAGE_ protection. IRQL: <= DISPATCH. */
DD_NT_IMPORT PVOID MmMapIoSpaceEx(PHYSICAL_ADDRESS PhysicalAddress, SIZE_T NumberOfBytes,
                                  ULONG Protect);
/* Same base and size as mapped. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID MmUnmapIoSpace(PVOID BaseAddress, SIZE_T NumberOfBytes);
/* Physically contiguous, page-aligned, not zeroed; NULL on failure. IRQL: <= DISPATCH. */
DD_NT_IMPORT PVOID MmAllocateContiguousMemory(SIZE_T NumberOfBytes,
                                              PHYSICAL_ADDRESS HighestAcceptableAddress);
/*
 * The same within [Lowest, Highest] and no multiple of Boundary inside (0: any). IRQL: <= DISPATCH.
 */
DD_NT_IMPORT PVOID MmAllocateContiguousMemorySpecifyCache(SIZE_T NumberOfBytes,
                                                          PHYSICAL_ADDRESS LowestAcceptableAddress,
                                                          PHYSICAL_ADDRESS HighestAcceptableAddress,
                                                          PHYSICAL_ADDRESS BoundaryAddressMultiple,
                                                          MEMORY_CACHING_TYPE CacheType);
/* The same with protection flags and a node. IRQL: <= DISPATCH. */
DD_NT_IMPORT PVOID MmAllocateContiguousNodeMemory(SIZE_T NumberOfBytes,
                                                  PHYSICAL_ADDRESS LowestAcceptableAddress,
                                                  PHYSICAL_ADDRESS HighestAcceptableAddress,
                                                  PHYSICAL_ADDRESS BoundaryAddressMultiple,
                                                  ULONG Protect, NODE_REQUIREMENT PreferredNode);
/* Free contiguous memory. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID MmFreeContiguousMemory(PVOID BaseAddress);
/* Free it, repeating size and cache type. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID MmFreeContiguousMemorySpecifyCache(PVOID BaseAddress, SIZE_T NumberOfBytes,
                                                     MEMORY_CACHING_TYPE CacheType);
/* TRUE promises nothing for later; discouraged. IRQL: <= DISPATCH. */
DD_NT_IMPORT BOOLEAN MmIsAddressValid(PVOID VirtualAddress);
/* Address of a kernel export by name, NULL if there is none. IRQL: = PASSIVE. */
DD_NT_IMPORT PVOID MmGetSystemRoutineAddress(PUNICODE_STRING SystemRoutineName);

#ifdef __cplusplus
}
#endif

#endif
