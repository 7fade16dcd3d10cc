/* SPDX-License-Identifier: MIT */
/*
 * ndis/nbl.h - NET_BUFFER and NET_BUFFER_LIST: layouts and access macros
 *
 *   NET_BUFFER_LIST --Next--> NET_BUFFER_LIST --> ...
 *      | FirstNetBuffer
 *   NET_BUFFER --Next--> NET_BUFFER --> ...          each is one frame
 *      | MdlChain
 *   MDL --Next--> MDL --Next--> MDL
 *    |<-- DataOffset -->|<----- DataLength ----->|    bytes, counted over the whole chain
 *              ^CurrentMdl, CurrentMdlOffset          the same first byte, kept ready
 *
 * The macros are plain lvalues. A miniport owns lists and everything below them from the send call
 * until it completes them.
 */
#ifndef DRYDOCK_NDIS_NBL_H
#define DRYDOCK_NDIS_NBL_H

#include "../wdm/mdl.h"
#include "../wdm/sglist.h"
#include "flags.h"
#include "nblslots.h"
#include "types.h"

typedef struct _NET_BUFFER NET_BUFFER, *PNET_BUFFER;
typedef struct _NET_BUFFER_LIST NET_BUFFER_LIST, *PNET_BUFFER_LIST;
typedef struct _NET_BUFFER_LIST_CONTEXT NET_BUFFER_LIST_CONTEXT, *PNET_BUFFER_LIST_CONTEXT;

/* ---- NET_BUFFER ------------------------------------------------------------------------------ */

#define DD_NT_NET_BUFFER_DATA                                                                      \
    NET_BUFFER *Next;                                                                              \
    MDL *CurrentMdl;                                                                               \
    ULONG CurrentMdlOffset;                                                                        \
    __extension__ union {                                                                          \
        ULONG DataLength;                                                                          \
        SIZE_T stDataLength;                                                                       \
    };                                                                                             \
    MDL *MdlChain;                                                                                 \
    ULONG DataOffset

typedef struct _NET_BUFFER_DATA {
    DD_NT_NET_BUFFER_DATA;
} NET_BUFFER_DATA, *PNET_BUFFER_DATA;

typedef union _NET_BUFFER_HEADER {
    NET_BUFFER_DATA NetBufferData;
    SLIST_HEADER Link;
} NET_BUFFER_HEADER, *PNET_BUFFER_HEADER;

#if DD_NT_NDIS_LEVEL >= 620
/* Where a piece of received data lies in memory from NdisAllocateSharedMemory(). */
typedef struct _NET_BUFFER_SHARED_MEMORY NET_BUFFER_SHARED_MEMORY, *PNET_BUFFER_SHARED_MEMORY;
struct _NET_BUFFER_SHARED_MEMORY {
    PNET_BUFFER_SHARED_MEMORY NextSharedMemorySegment;
    ULONG SharedMemoryFlags;
    NDIS_HANDLE SharedMemoryHandle;
    ULONG SharedMemoryOffset;
    ULONG SharedMemoryLength;
};
#endif

struct _NET_BUFFER {
    __extension__ union {
        __extension__ struct {
            DD_NT_NET_BUFFER_DATA;
        };
        SLIST_HEADER Link;
        NET_BUFFER_HEADER NetBufferHeader;
    };
    USHORT ChecksumBias;
    USHORT Reserved;
    NDIS_HANDLE NdisPoolHandle;
    DECLSPEC_ALIGN(MEMORY_ALLOCATION_ALIGNMENT) PVOID NdisReserved[2];
    DECLSPEC_ALIGN(MEMORY_ALLOCATION_ALIGNMENT) PVOID ProtocolReserved[6];
    DECLSPEC_ALIGN(MEMORY_ALLOCATION_ALIGNMENT) PVOID MiniportReserved[4];
    NDIS_PHYSICAL_ADDRESS DataPhysicalAddress;
#if DD_NT_NDIS_LEVEL >= 620
    __extension__ union {
        NET_BUFFER_SHARED_MEMORY *SharedMemoryInfo;
        SCATTER_GATHER_LIST *ScatterGatherList;
    };
#endif
};

/* ---- NET_BUFFER_LIST ------------------------------------------------------------------------- */

typedef struct _NET_BUFFER_LIST_DATA {
    NET_BUFFER_LIST *Next;
    NET_BUFFER *FirstNetBuffer;
} NET_BUFFER_LIST_DATA, *PNET_BUFFER_LIST_DATA;

typedef union _NET_BUFFER_LIST_HEADER {
    NET_BUFFER_LIST_DATA NetBufferListData;
    SLIST_HEADER Link;
} NET_BUFFER_LIST_HEADER, *PNET_BUFFER_LIST_HEADER;

/*
 * Usable bytes are ContextData[Offset] to ContextData[Size - 1]; Offset moves like a stack pointer.
 */
DD_NT_FLEXIBLE_BEGIN
struct _NET_BUFFER_LIST_CONTEXT {
    NET_BUFFER_LIST_CONTEXT *Next;
    USHORT Size;
    USHORT Offset;
    __extension__ DECLSPEC_ALIGN(MEMORY_ALLOCATION_ALIGNMENT) UCHAR ContextData[];
};
DD_NT_FLEXIBLE_END

struct _NET_BUFFER_LIST {
    __extension__ union {
        __extension__ struct {
            NET_BUFFER_LIST *Next;
            NET_BUFFER *FirstNetBuffer;
        };
        SLIST_HEADER Link;
        NET_BUFFER_LIST_HEADER NetBufferListHeader;
    };
    NET_BUFFER_LIST_CONTEXT *Context;
    NET_BUFFER_LIST *ParentNetBufferList;
    NDIS_HANDLE NdisPoolHandle;
    DECLSPEC_ALIGN(MEMORY_ALLOCATION_ALIGNMENT) PVOID NdisReserved[2];
    DECLSPEC_ALIGN(MEMORY_ALLOCATION_ALIGNMENT) PVOID ProtocolReserved[4];
    DECLSPEC_ALIGN(MEMORY_ALLOCATION_ALIGNMENT) PVOID MiniportReserved[2];
    PVOID Scratch;
    NDIS_HANDLE SourceHandle;
    ULONG NblFlags;
    LONG ChildRefCount;
    ULONG Flags;
    __extension__ union {
        NDIS_STATUS Status;
        ULONG NdisReserved2;
    };
    PVOID NetBufferListInfo[MaxNetBufferListInfo];
};

/* ---- access ---------------------------------------------------------------------------------- */

#define NET_BUFFER_NEXT_NB(nb)               ((nb)->Next)
#define NET_BUFFER_FIRST_MDL(nb)             ((nb)->MdlChain)
#define NET_BUFFER_CURRENT_MDL(nb)           ((nb)->CurrentMdl)
#define NET_BUFFER_CURRENT_MDL_OFFSET(nb)    ((nb)->CurrentMdlOffset)
#define NET_BUFFER_DATA_LENGTH(nb)           ((nb)->DataLength)
#define NET_BUFFER_DATA_OFFSET(nb)           ((nb)->DataOffset)
#define NET_BUFFER_CHECKSUM_BIAS(nb)         ((nb)->ChecksumBias)
#define NET_BUFFER_MINIPORT_RESERVED(nb)     ((nb)->MiniportReserved)
#define NET_BUFFER_PROTOCOL_RESERVED(nb)     ((nb)->ProtocolReserved)
#define NET_BUFFER_DATA_PHYSICAL_ADDRESS(nb) ((nb)->DataPhysicalAddress)

#if DD_NT_NDIS_LEVEL >= 620
#define NET_BUFFER_FIRST_SHARED_MEM_INFO(nb)     ((nb)->SharedMemoryInfo)
#define NET_BUFFER_SHARED_MEM_NEXT_SEGMENT(info) ((info)->NextSharedMemorySegment)
#define NET_BUFFER_SHARED_MEM_FLAGS(info)        ((info)->SharedMemoryFlags)
#define NET_BUFFER_SHARED_MEM_HANDLE(info)       ((info)->SharedMemoryHandle)
#define NET_BUFFER_SHARED_MEM_OFFSET(info)       ((info)->SharedMemoryOffset)
#define NET_BUFFER_SHARED_MEM_LENGTH(info)       ((info)->SharedMemoryLength)
#define NET_BUFFER_SCATTER_GATHER_LIST(nb)       ((nb)->ScatterGatherList)
#endif

#define NET_BUFFER_LIST_NEXT_NBL(nbl)          ((nbl)->Next)
#define NET_BUFFER_LIST_FIRST_NB(nbl)          ((nbl)->FirstNetBuffer)
#define NET_BUFFER_LIST_FLAGS(nbl)             ((nbl)->Flags)
#define NET_BUFFER_LIST_NBL_FLAGS(nbl)         ((nbl)->NblFlags)
#define NET_BUFFER_LIST_STATUS(nbl)            ((nbl)->Status)
#define NET_BUFFER_LIST_INFO(nbl, id)          ((nbl)->NetBufferListInfo[(id)])
#define NET_BUFFER_LIST_MINIPORT_RESERVED(nbl) ((nbl)->MiniportReserved)
#define NET_BUFFER_LIST_PROTOCOL_RESERVED(nbl) ((nbl)->ProtocolReserved)
#define NET_BUFFER_LIST_SCRATCH(nbl)           ((nbl)->Scratch)

#define NET_BUFFER_LIST_CONTEXT_DATA_START(nbl)                                                    \
    (((PUCHAR)((nbl)->Context)) + sizeof(NET_BUFFER_LIST_CONTEXT) + (nbl)->Context->Offset)
#define NET_BUFFER_LIST_CONTEXT_DATA_SIZE(nbl) ((nbl)->Context->Size - (nbl)->Context->Offset)

#define NDIS_TEST_NBL_FLAG(nbl, flag)   (((nbl)->Flags & (flag)) != 0)
#define NDIS_TEST_NBL_FLAGS(nbl, flags) (((nbl)->Flags & (flags)) == (flags))
#define NDIS_SET_NBL_FLAG(nbl, flag)    ((nbl)->Flags |= (flag))
#define NDIS_CLEAR_NBL_FLAG(nbl, flag)  ((nbl)->Flags &= ~(flag))

/* ---- flags of the data path calls ------------------------------------------------------------ */

#define NDIS_TEST_SEND_FLAG(flags, bit)           (((flags) & (bit)) == (bit))
#define NDIS_SET_SEND_FLAG(flags, bit)            ((flags) |= (bit))
#define NDIS_CLEAR_SEND_FLAG(flags, bit)          ((flags) &= ~(bit))
#define NDIS_TEST_SEND_COMPLETE_FLAG(flags, bit)  (((flags) & (bit)) == (bit))
#define NDIS_SET_SEND_COMPLETE_FLAG(flags, bit)   ((flags) |= (bit))
#define NDIS_CLEAR_SEND_COMPLETE_FLAG(flags, bit) ((flags) &= ~(bit))
#define NDIS_TEST_RECEIVE_FLAG(flags, bit)        (((flags) & (bit)) == (bit))
#define NDIS_SET_RECEIVE_FLAG(flags, bit)         ((flags) |= (bit))
#define NDIS_CLEAR_RECEIVE_FLAG(flags, bit)       ((flags) &= ~(bit))
#define NDIS_TEST_RETURN_FLAG(flags, bit)         (((flags) & (bit)) == (bit))
#define NDIS_SET_RETURN_FLAG(flags, bit)          ((flags) |= (bit))
#define NDIS_CLEAR_RETURN_FLAG(flags, bit)        ((flags) &= ~(bit))

#define NDIS_TEST_SEND_AT_DISPATCH_LEVEL(flags)                                                    \
    NDIS_TEST_SEND_FLAG(flags, NDIS_SEND_FLAGS_DISPATCH_LEVEL)
#define NDIS_TEST_SEND_COMPLETE_AT_DISPATCH_LEVEL(flags)                                           \
    NDIS_TEST_SEND_COMPLETE_FLAG(flags, NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL)
#define NDIS_TEST_RECEIVE_AT_DISPATCH_LEVEL(flags)                                                 \
    NDIS_TEST_RECEIVE_FLAG(flags, NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL)
#define NDIS_TEST_RETURN_AT_DISPATCH_LEVEL(flags)                                                  \
    NDIS_TEST_RETURN_FLAG(flags, NDIS_RETURN_FLAGS_DISPATCH_LEVEL)
#define NDIS_TEST_RECEIVE_CANNOT_PEND(flags)                                                       \
    NDIS_TEST_RECEIVE_FLAG(flags, NDIS_RECEIVE_FLAGS_RESOURCES)
#define NDIS_TEST_RECEIVE_CAN_PEND(flags) (((flags)&NDIS_RECEIVE_FLAGS_RESOURCES) == 0)

#endif
