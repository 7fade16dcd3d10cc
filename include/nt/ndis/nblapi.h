/* SPDX-License-Identifier: MIT */
/* ndis/nblapi.h - pools of NET_BUFFERs and NET_BUFFER_LISTs, and helpers on their data */
#ifndef DRYDOCK_NDIS_NBLAPI_H
#define DRYDOCK_NDIS_NBLAPI_H

#include "nbl.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NDIS_PROTOCOL_ID_DEFAULT 0x00
#define NDIS_PROTOCOL_ID_TCP_IP  0x02
#define NDIS_PROTOCOL_ID_IPX     0x06
#define NDIS_PROTOCOL_ID_NBF     0x07
#define NDIS_PROTOCOL_ID_MAX     0x0F
#define NDIS_PROTOCOL_ID_MASK    0x0F

/* DataSize not 0: each NET_BUFFER comes with an MDL and that many bytes. */
typedef struct _NET_BUFFER_POOL_PARAMETERS {
    NDIS_OBJECT_HEADER Header;
    ULONG PoolTag;
    ULONG DataSize;
#if DD_NT_NDIS_LEVEL >= 687
    ULONG Flags;
#endif
} NET_BUFFER_POOL_PARAMETERS, *PNET_BUFFER_POOL_PARAMETERS;

#define NDIS_SIZEOF_NET_BUFFER_POOL_PARAMETERS_REVISION_1                                          \
    RTL_SIZEOF_THROUGH_FIELD(NET_BUFFER_POOL_PARAMETERS, DataSize)
#if DD_NT_NDIS_LEVEL >= 687
#define NDIS_SIZEOF_NET_BUFFER_POOL_PARAMETERS_REVISION_2                                          \
    RTL_SIZEOF_THROUGH_FIELD(NET_BUFFER_POOL_PARAMETERS, Flags)
#endif

/* ContextSize is a multiple of MEMORY_ALLOCATION_ALIGNMENT; DataSize needs fAllocateNetBuffer. */
typedef struct _NET_BUFFER_LIST_POOL_PARAMETERS {
    NDIS_OBJECT_HEADER Header;
    UCHAR ProtocolId;
    BOOLEAN fAllocateNetBuffer;
    USHORT ContextSize;
    ULONG PoolTag;
    ULONG DataSize;
#if DD_NT_NDIS_LEVEL >= 687
    ULONG Flags;
#endif
} NET_BUFFER_LIST_POOL_PARAMETERS, *PNET_BUFFER_LIST_POOL_PARAMETERS;

#define NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1                                     \
    RTL_SIZEOF_THROUGH_FIELD(NET_BUFFER_LIST_POOL_PARAMETERS, DataSize)
#if DD_NT_NDIS_LEVEL >= 687
#define NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_2                                     \
    RTL_SIZEOF_THROUGH_FIELD(NET_BUFFER_LIST_POOL_PARAMETERS, Flags)
#endif

/* Role [<= DISPATCH]: make an MDL with at least *BufferSize bytes for a retreat. */
typedef PMDL NTAPI NET_BUFFER_ALLOCATE_MDL(PULONG BufferSize);
typedef NET_BUFFER_ALLOCATE_MDL *NET_BUFFER_ALLOCATE_MDL_HANDLER;
/* Role [<= DISPATCH]: free such an MDL. */
typedef VOID NTAPI NET_BUFFER_FREE_MDL(PMDL Mdl);
typedef NET_BUFFER_FREE_MDL *NET_BUFFER_FREE_MDL_HANDLER;

/* ---- pools ----------------------------------------------------------------------------------- */

/* A pool of lists, NULL on failure. IRQL: <= DISPATCH. */
DD_NT_IMPORT NDIS_HANDLE NdisAllocateNetBufferListPool(
    NDIS_HANDLE NdisHandle, NET_BUFFER_LIST_POOL_PARAMETERS const *Parameters);
/* All lists must be free. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisFreeNetBufferListPool(NDIS_HANDLE PoolHandle);
/* A pool of NET_BUFFERs, NULL on failure. IRQL: <= DISPATCH. */
DD_NT_IMPORT NDIS_HANDLE NdisAllocateNetBufferPool(NDIS_HANDLE NdisHandle,
                                                   NET_BUFFER_POOL_PARAMETERS const *Parameters);
/* All NET_BUFFERs must be free. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisFreeNetBufferPool(NDIS_HANDLE PoolHandle);

/* ---- allocation ------------------------------------------------------------------------------ */

/* A list without data of its own; sizes are multiples of 16. NULL on failure. IRQL: <= DISPATCH. */
DD_NT_IMPORT PNET_BUFFER_LIST NdisAllocateNetBufferList(NDIS_HANDLE PoolHandle, USHORT ContextSize,
                                                        USHORT ContextBackFill);
/* Free the list with its pre-allocated NET_BUFFER; others stay. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisFreeNetBufferList(PNET_BUFFER_LIST NetBufferList);
/* A NET_BUFFER over MdlChain, NULL on failure. IRQL: <= DISPATCH. */
DD_NT_IMPORT PNET_BUFFER NdisAllocateNetBuffer(NDIS_HANDLE PoolHandle, PMDL MdlChain,
                                               ULONG DataOffset, SIZE_T DataLength);
/* Free it, not its MDLs. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisFreeNetBuffer(PNET_BUFFER NetBuffer);
/* A NET_BUFFER with an MDL and DataSize bytes of its pool, NULL on failure. IRQL: <= DISPATCH. */
DD_NT_IMPORT PNET_BUFFER NdisAllocateNetBufferMdlAndData(NDIS_HANDLE PoolHandle);
/* A list with one NET_BUFFER over MdlChain, NULL on failure. IRQL: <= DISPATCH. */
DD_NT_IMPORT PNET_BUFFER_LIST NdisAllocateNetBufferAndNetBufferList(NDIS_HANDLE PoolHandle,
                                                                    USHORT ContextSize,
                                                                    USHORT ContextBackFill,
                                                                    PMDL MdlChain, ULONG DataOffset,
                                                                    SIZE_T DataLength);
/* Make context room on top of the list's context. SUCCESS, RESOURCES. IRQL: <= DISPATCH. */
DD_NT_IMPORT NDIS_STATUS NdisAllocateNetBufferListContext(PNET_BUFFER_LIST NetBufferList,
                                                          USHORT ContextSize,
                                                          USHORT ContextBackFill, ULONG PoolTag);
/* Give context room back, last first. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisFreeNetBufferListContext(PNET_BUFFER_LIST NetBufferList, USHORT ContextSize);

#define NDIS_CLONE_FLAGS_RESERVED          0x00000001
#define NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS 0x00000002

/* A list over the same data, NULL on failure. IRQL: <= DISPATCH. */
DD_NT_IMPORT PNET_BUFFER_LIST NdisAllocateCloneNetBufferList(PNET_BUFFER_LIST OriginalNetBufferList,
                                                             NDIS_HANDLE NetBufferListPoolHandle,
                                                             NDIS_HANDLE NetBufferPoolHandle,
                                                             ULONG AllocateCloneFlags);
/* Free a clone; flags as at its making. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisFreeCloneNetBufferList(PNET_BUFFER_LIST CloneNetBufferList,
                                             ULONG FreeCloneFlags);

/* ---- data ------------------------------------------------------------------------------------ */

/*
 * Grow the window to the front by DataOffsetDelta, with a new MDL (and DataBackFill bytes more) if
 * there is no room. SUCCESS, RESOURCES, FAILURE. IRQL: <= DISPATCH.
 */
DD_NT_IMPORT NDIS_STATUS
NdisRetreatNetBufferDataStart(PNET_BUFFER NetBuffer, ULONG DataOffsetDelta, ULONG DataBackFill,
                              NET_BUFFER_ALLOCATE_MDL_HANDLER AllocateMdlHandler);
/* Shrink it from the front; FreeMdl TRUE frees MDLs of a retreat. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisAdvanceNetBufferDataStart(PNET_BUFFER NetBuffer, ULONG DataOffsetDelta,
                                                BOOLEAN FreeMdl,
                                                NET_BUFFER_FREE_MDL_HANDLER FreeMdlHandler);
/* Retreat every NET_BUFFER of the list. IRQL: <= DISPATCH. */
DD_NT_IMPORT NDIS_STATUS NdisRetreatNetBufferListDataStart(
    PNET_BUFFER_LIST NetBufferList, ULONG DataOffsetDelta, ULONG DataBackFill,
    NET_BUFFER_ALLOCATE_MDL_HANDLER AllocateMdlHandler, NET_BUFFER_FREE_MDL_HANDLER FreeMdlHandler);
/* Advance every NET_BUFFER of the list. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisAdvanceNetBufferListDataStart(PNET_BUFFER_LIST NetBufferList,
                                                    ULONG DataOffsetDelta, BOOLEAN FreeMdl,
                                                    NET_BUFFER_FREE_MDL_HANDLER FreeMdlHandler);
/* Compute CurrentMdl and CurrentMdlOffset anew from DataOffset. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisAdjustNetBufferCurrentMdl(PNET_BUFFER NetBuffer);
/*
 * BytesNeeded contiguous bytes from the start of the data: in place, or copied to Storage. NULL:
 * too short, not contiguous without Storage, or no mapping. IRQL: <= DISPATCH.
 */
DD_NT_IMPORT PVOID NdisGetDataBuffer(PNET_BUFFER NetBuffer, ULONG BytesNeeded, PVOID Storage,
                                     ULONG AlignMultiple, ULONG AlignOffset);
/* Copy between NET_BUFFERs; *BytesCopied. SUCCESS, INVALID_OFFSET class. IRQL: <= DISPATCH. */
DD_NT_IMPORT NDIS_STATUS NdisCopyFromNetBufferToNetBuffer(PNET_BUFFER Destination,
                                                          ULONG DestinationOffset,
                                                          ULONG BytesToCopy,
                                                          PNET_BUFFER const Source,
                                                          ULONG SourceOffset, PULONG BytesCopied);
/* Copy the info slots that matter on receive. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisCopyReceiveNetBufferListInfo(PNET_BUFFER_LIST DestNetBufferList,
                                                   PNET_BUFFER_LIST SrcNetBufferList);
/* Copy the info slots that matter on send. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisCopySendNetBufferListInfo(PNET_BUFFER_LIST DestNetBufferList,
                                                PNET_BUFFER_LIST SrcNetBufferList);
/* Pages that the data spans, each MDL counted by itself. IRQL: <= DISPATCH. */
DD_NT_IMPORT ULONG NdisQueryNetBufferPhysicalCount(PNET_BUFFER NetBuffer);

#ifdef __cplusplus
}
#endif

#endif
