/* SPDX-License-Identifier: MIT */
/*
 * ndis/config.h - configuration (the adapter's registry key)
 *
 * Many calls return their status through the first parameter. What a handle returned (values,
 * addresses, names) dies when the handle is closed.
 */
#ifndef DRYDOCK_NDIS_CONFIG_H
#define DRYDOCK_NDIS_CONFIG_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NDIS_CONFIG_FLAG_FILTER_INSTANCE_CONFIGURATION 0x00000001

/* NdisHandle: of an adapter (its software key) or of the driver (its Parameters key). */
typedef struct _NDIS_CONFIGURATION_OBJECT {
    NDIS_OBJECT_HEADER Header;
    NDIS_HANDLE NdisHandle;
    ULONG Flags;
} NDIS_CONFIGURATION_OBJECT, *PNDIS_CONFIGURATION_OBJECT;

#define NDIS_SIZEOF_CONFIGURATION_OBJECT_REVISION_1                                                \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_CONFIGURATION_OBJECT, Flags)

typedef struct {
    USHORT Length;
    PVOID Buffer;
} BINARY_DATA;

typedef struct _NDIS_CONFIGURATION_PARAMETER {
    NDIS_PARAMETER_TYPE ParameterType;
    union {
        ULONG IntegerData;
        NDIS_STRING StringData;
        BINARY_DATA BinaryData;
    } ParameterData;
} NDIS_CONFIGURATION_PARAMETER, *PNDIS_CONFIGURATION_PARAMETER;

/* SUCCESS, RESOURCES, FAILURE. IRQL: = PASSIVE. */
DD_NT_IMPORT NDIS_STATUS NdisOpenConfigurationEx(PNDIS_CONFIGURATION_OBJECT ConfigObject,
                                                 PNDIS_HANDLE ConfigurationHandle);
/* Frees everything the handle returned. IRQL: = PASSIVE. */
DD_NT_IMPORT VOID NdisCloseConfiguration(NDIS_HANDLE ConfigurationHandle);
/*
 * *Status: SUCCESS, RESOURCES, FAILURE (no such value). Decimal text asked for as
 * NdisParameterInteger, or hexadecimal as NdisParameterHexInteger, comes as a number. Names compare
 * without case.
 * IRQL: = PASSIVE.
 */
DD_NT_IMPORT VOID NdisReadConfiguration(PNDIS_STATUS Status,
                                        PNDIS_CONFIGURATION_PARAMETER *ParameterValue,
                                        NDIS_HANDLE ConfigurationHandle, PNDIS_STRING Keyword,
                                        NDIS_PARAMETER_TYPE ParameterType);
/* *Status: SUCCESS, NOT_SUPPORTED, RESOURCES, FAILURE. Creates or replaces. IRQL: = PASSIVE. */
DD_NT_IMPORT VOID NdisWriteConfiguration(PNDIS_STATUS Status, NDIS_HANDLE ConfigurationHandle,
                                         PNDIS_STRING Keyword,
                                         PNDIS_CONFIGURATION_PARAMETER ParameterValue);
/*
 * *Status: SUCCESS, FAILURE. The bytes of NetworkAddress; length is not checked. IRQL: = PASSIVE.
 */
DD_NT_IMPORT VOID NdisReadNetworkAddress(PNDIS_STATUS Status, PVOID *NetworkAddress,
                                         PUINT NetworkAddressLength,
                                         NDIS_HANDLE ConfigurationHandle);
/* *Status: SUCCESS, FAILURE. Close the sub-key as any handle. IRQL: < DISPATCH. */
DD_NT_IMPORT VOID NdisOpenConfigurationKeyByName(PNDIS_STATUS Status,
                                                 NDIS_HANDLE ConfigurationHandle,
                                                 PNDIS_STRING SubKeyName,
                                                 PNDIS_HANDLE SubKeyHandle);
/* *Status: SUCCESS, FAILURE at the end. Also the name. IRQL: < DISPATCH. */
DD_NT_IMPORT VOID NdisOpenConfigurationKeyByIndex(PNDIS_STATUS Status,
                                                  NDIS_HANDLE ConfigurationHandle, ULONG Index,
                                                  PNDIS_STRING KeyName, PNDIS_HANDLE KeyHandle);

#ifdef __cplusplus
}
#endif

#endif
