/* SPDX-License-Identifier: MIT */
/*
 * ndis/rss.h - receive side scaling: capabilities, parameters, receive hash, processors
 *
 * Hash types have one number in CapabilitiesFlags (NDIS_RSS_CAPS_...) and another in
 * HashInformation and in lists (NDIS_HASH_...): the two must not be mixed.
 */
#ifndef DRYDOCK_NDIS_RSS_H
#define DRYDOCK_NDIS_RSS_H

#include "types.h"

#define NdisHashFunctionToeplitz  0x00000001
#define NdisHashFunctionReserved1 0x00000002
#define NdisHashFunctionReserved2 0x00000004
#define NdisHashFunctionReserved3 0x00000008

#define NDIS_HASH_IPV4        0x00000100
#define NDIS_HASH_TCP_IPV4    0x00000200
#define NDIS_HASH_IPV6        0x00000400
#define NDIS_HASH_IPV6_EX     0x00000800
#define NDIS_HASH_TCP_IPV6    0x00001000
#define NDIS_HASH_TCP_IPV6_EX 0x00002000
#define NDIS_HASH_UDP_IPV4    0x00004000
#define NDIS_HASH_UDP_IPV6    0x00008000
#define NDIS_HASH_UDP_IPV6_EX 0x00010000

#define NDIS_RSS_CAPS_HASH_TYPE_TCP_IPV4              0x00000100
#define NDIS_RSS_CAPS_HASH_TYPE_TCP_IPV6              0x00000200
#define NDIS_RSS_CAPS_HASH_TYPE_TCP_IPV6_EX           0x00000400
#define NDIS_RSS_CAPS_HASH_TYPE_UDP_IPV4              0x00000800
#define NDIS_RSS_CAPS_HASH_TYPE_UDP_IPV6              0x00001000
#define NDIS_RSS_CAPS_HASH_TYPE_UDP_IPV6_EX           0x00002000
#define NDIS_RSS_CAPS_MESSAGE_SIGNALED_INTERRUPTS     0x01000000
#define NDIS_RSS_CAPS_CLASSIFICATION_AT_ISR           0x02000000
#define NDIS_RSS_CAPS_CLASSIFICATION_AT_DPC           0x04000000
#define NDIS_RSS_CAPS_USING_MSI_X                     0x08000000
#define NDIS_RSS_CAPS_RSS_AVAILABLE_ON_PORTS          0x10000000
#define NDIS_RSS_CAPS_SUPPORTS_MSI_X                  0x20000000
#define NDIS_RSS_CAPS_SUPPORTS_INDEPENDENT_ENTRY_MOVE 0x40000000

typedef struct _NDIS_RECEIVE_SCALE_CAPABILITIES {
    NDIS_OBJECT_HEADER Header;
    ULONG CapabilitiesFlags;
    ULONG NumberOfInterruptMessages;
    ULONG NumberOfReceiveQueues;
#if DD_NT_NDIS_LEVEL >= 630
    USHORT NumberOfIndirectionTableEntries;
#endif
} NDIS_RECEIVE_SCALE_CAPABILITIES, *PNDIS_RECEIVE_SCALE_CAPABILITIES;

#define NDIS_SIZEOF_RECEIVE_SCALE_CAPABILITIES_REVISION_1                                          \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_RECEIVE_SCALE_CAPABILITIES, NumberOfReceiveQueues)
#if DD_NT_NDIS_LEVEL >= 630
#define NDIS_SIZEOF_RECEIVE_SCALE_CAPABILITIES_REVISION_2                                          \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_RECEIVE_SCALE_CAPABILITIES, NumberOfIndirectionTableEntries)
#endif
#if DD_NT_NDIS_LEVEL >= 660
#define NDIS_SIZEOF_RECEIVE_SCALE_CAPABILITIES_REVISION_3                                          \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_RECEIVE_SCALE_CAPABILITIES, NumberOfIndirectionTableEntries)
#endif

#define NDIS_RSS_PARAM_FLAG_BASE_CPU_UNCHANGED          0x0001
#define NDIS_RSS_PARAM_FLAG_HASH_INFO_UNCHANGED         0x0002
#define NDIS_RSS_PARAM_FLAG_ITABLE_UNCHANGED            0x0004
#define NDIS_RSS_PARAM_FLAG_HASH_KEY_UNCHANGED          0x0008
#define NDIS_RSS_PARAM_FLAG_DISABLE_RSS                 0x0010
#define NDIS_RSS_PARAM_FLAG_DEFAULT_PROCESSOR_UNCHANGED 0x0020

#define NDIS_RSS_INDIRECTION_TABLE_SIZE_REVISION_1     128
#define NDIS_RSS_INDIRECTION_TABLE_MAX_SIZE_REVISION_1 128
#define NDIS_RSS_HASH_SECRET_KEY_SIZE_REVISION_1       40
#define NDIS_RSS_HASH_SECRET_KEY_MAX_SIZE_REVISION_1   40
#if DD_NT_NDIS_LEVEL >= 620
#define NDIS_RSS_INDIRECTION_TABLE_MAX_SIZE_REVISION_2 (128 * sizeof(PROCESSOR_NUMBER))
#define NDIS_RSS_HASH_SECRET_KEY_MAX_SIZE_REVISION_2   40
#endif
#if DD_NT_NDIS_LEVEL >= 660
#define NDIS_RSS_INDIRECTION_TABLE_MAX_SIZE_REVISION_3 (128 * sizeof(PROCESSOR_NUMBER))
#define NDIS_RSS_HASH_SECRET_KEY_MAX_SIZE_REVISION_3   40
#endif

/*
 * Table, key and processor masks follow at the offsets, which count from the start. Sizes are
 * bytes.
 */
typedef struct _NDIS_RECEIVE_SCALE_PARAMETERS {
    NDIS_OBJECT_HEADER Header;
    USHORT Flags;
    USHORT BaseCpuNumber;
    ULONG HashInformation;
    USHORT IndirectionTableSize;
    ULONG IndirectionTableOffset;
    USHORT HashSecretKeySize;
    ULONG HashSecretKeyOffset;
#if DD_NT_NDIS_LEVEL >= 620
    ULONG ProcessorMasksOffset;
    ULONG NumberOfProcessorMasks;
    ULONG ProcessorMasksEntrySize;
#endif
#if DD_NT_NDIS_LEVEL >= 660
    PROCESSOR_NUMBER DefaultProcessorNumber;
#endif
} NDIS_RECEIVE_SCALE_PARAMETERS, *PNDIS_RECEIVE_SCALE_PARAMETERS;

#define NDIS_SIZEOF_RECEIVE_SCALE_PARAMETERS_REVISION_1                                            \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_RECEIVE_SCALE_PARAMETERS, HashSecretKeyOffset)
#if DD_NT_NDIS_LEVEL >= 620
#define NDIS_SIZEOF_RECEIVE_SCALE_PARAMETERS_REVISION_2                                            \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_RECEIVE_SCALE_PARAMETERS, ProcessorMasksEntrySize)
#endif
#if DD_NT_NDIS_LEVEL >= 660
#define NDIS_SIZEOF_RECEIVE_SCALE_PARAMETERS_REVISION_3                                            \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_RECEIVE_SCALE_PARAMETERS, DefaultProcessorNumber)
#endif

/* ---- receive hash without scaling ------------------------------------------------------------ */

#define NDIS_RECEIVE_HASH_FLAG_ENABLE_HASH         0x00000001
#define NDIS_RECEIVE_HASH_FLAG_HASH_INFO_UNCHANGED 0x00000002
#define NDIS_RECEIVE_HASH_FLAG_HASH_KEY_UNCHANGED  0x00000004

typedef struct _NDIS_RECEIVE_HASH_PARAMETERS {
    NDIS_OBJECT_HEADER Header;
    ULONG Flags;
    ULONG HashInformation;
    USHORT HashSecretKeySize;
    ULONG HashSecretKeyOffset;
} NDIS_RECEIVE_HASH_PARAMETERS, *PNDIS_RECEIVE_HASH_PARAMETERS;

#define NDIS_SIZEOF_RECEIVE_HASH_PARAMETERS_REVISION_1                                             \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_RECEIVE_HASH_PARAMETERS, HashSecretKeyOffset)

/* ---- RSS version 2 --------------------------------------------------------------------------- */

#if DD_NT_NDIS_LEVEL >= 680
#define NDIS_RECEIVE_SCALE_PARAM_ENABLE_RSS                0x00000001
#define NDIS_RECEIVE_SCALE_PARAM_HASH_INFO_CHANGED         0x00000002
#define NDIS_RECEIVE_SCALE_PARAM_HASH_KEY_CHANGED          0x00000004
#define NDIS_RECEIVE_SCALE_PARAM_NUMBER_OF_QUEUES_CHANGED  0x00000008
#define NDIS_RECEIVE_SCALE_PARAM_NUMBER_OF_ENTRIES_CHANGED 0x00000010

typedef struct _NDIS_RECEIVE_SCALE_PARAMETERS_V2 {
    NDIS_OBJECT_HEADER Header;
    ULONG Flags;
    ULONG HashInformation;
    ULONG HashSecretKeySize;
    ULONG HashSecretKeyOffset;
    ULONG NumberOfQueues;
    ULONG NumberOfIndirectionTableEntries;
} NDIS_RECEIVE_SCALE_PARAMETERS_V2, *PNDIS_RECEIVE_SCALE_PARAMETERS_V2;

#define NDIS_SIZEOF_RECEIVE_SCALE_PARAMETERS_V2_REVISION_1                                         \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_RECEIVE_SCALE_PARAMETERS_V2, NumberOfIndirectionTableEntries)

typedef struct _NDIS_RSS_SET_INDIRECTION_ENTRY {
    NDIS_NIC_SWITCH_ID SwitchId;
    NDIS_NIC_SWITCH_VPORT_ID VPortId;
    ULONG Flags;
    USHORT IndirectionTableIndex;
    PROCESSOR_NUMBER TargetProcessorNumber;
    NDIS_STATUS EntryStatus;
} NDIS_RSS_SET_INDIRECTION_ENTRY, *PNDIS_RSS_SET_INDIRECTION_ENTRY;

typedef struct _NDIS_RSS_SET_INDIRECTION_ENTRIES {
    NDIS_OBJECT_HEADER Header;
    ULONG Flags;
    ULONG RssEntrySize;
    ULONG RssEntryTableOffset;
    ULONG NumberOfRssEntries;
} NDIS_RSS_SET_INDIRECTION_ENTRIES, *PNDIS_RSS_SET_INDIRECTION_ENTRIES;

#define NDIS_SIZEOF_RSS_SET_INDIRECTION_ENTRIES_REVISION_1                                         \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_RSS_SET_INDIRECTION_ENTRIES, NumberOfRssEntries)
#define NDIS_RSS_SET_INDIRECTION_ENTRY_FLAG_PRIMARY_PROCESSOR 0x00000001
#define NDIS_RSS_SET_INDIRECTION_ENTRY_FLAG_DEFAULT_PROCESSOR 0x00000002
#endif

/* ---- processors ------------------------------------------------------------------------------ */

#if DD_NT_NDIS_LEVEL >= 620
typedef enum _NDIS_RSS_PROFILE DD_NT_ENUM_BASE {
    NdisRssProfileClosest = 1,
    NdisRssProfileClosestStatic = 2,
    NdisRssProfileNuma = 3,
    NdisRssProfileNumaStatic = 4,
    NdisRssProfileConservative = 5,
    NdisRssProfileBalanced = 6,
    NdisRssProfileMaximum = 7
} NDIS_RSS_PROFILE, *PNDIS_RSS_PROFILE;

/* PreferenceIndex: lower is nearer. */
typedef struct _NDIS_RSS_PROCESSOR {
    PROCESSOR_NUMBER ProcNum;
    USHORT PreferenceIndex;
    USHORT Reserved;
} NDIS_RSS_PROCESSOR, *PNDIS_RSS_PROCESSOR;

typedef struct _NDIS_RSS_PROCESSOR_INFO {
    NDIS_OBJECT_HEADER Header;
    ULONG Flags;
    PROCESSOR_NUMBER RssBaseProcessor;
    ULONG MaxNumRssProcessors;
    USHORT PreferredNumaNode;
    ULONG RssProcessorArrayOffset;
    ULONG RssProcessorCount;
    ULONG RssProcessorEntrySize;
#if DD_NT_NDIS_LEVEL >= 630
    PROCESSOR_NUMBER RssMaxProcessor;
    NDIS_RSS_PROFILE RssProfile;
#endif
} NDIS_RSS_PROCESSOR_INFO, *PNDIS_RSS_PROCESSOR_INFO;

#define NDIS_SIZEOF_RSS_PROCESSOR_INFO_REVISION_1                                                  \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_RSS_PROCESSOR_INFO, RssProcessorEntrySize)
#if DD_NT_NDIS_LEVEL >= 630
#define NDIS_SIZEOF_RSS_PROCESSOR_INFO_REVISION_2                                                  \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_RSS_PROCESSOR_INFO, RssProfile)
#endif
#endif

#endif
