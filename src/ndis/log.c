/* SPDX-License-Identifier: MIT */
/* Error log and event log. */
#include "ndis/adapter_priv.h"

#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#define VALUES_SHOWN 8u

/* The variable arguments are ULONGs; a driver that passes a ULONG_PTR has its low 32 bits fetched.
 */
VOID NdisWriteErrorLogEntry(NDIS_HANDLE NdisAdapterHandle, NDIS_ERROR_CODE ErrorCode,
                            ULONG NumberOfErrorValues, ...)
{
    struct dd_adapter *a;
    char text[VALUES_SHOWN * 12 + 1] = "";
    size_t used = 0;
    va_list ap;

    DD_API(NdisWriteErrorLogEntry);
    a = dd_adapter_of(NdisAdapterHandle, DD_SITE());
    va_start(ap, NumberOfErrorValues);
    for (ULONG i = 0; i < NumberOfErrorValues && i < VALUES_SHOWN; i++) {
        int n = snprintf(text + used, sizeof(text) - used, " 0x%x", va_arg(ap, ULONG));

        used += n > 0 ? (size_t)n : 0;
    }
    va_end(ap);
    DD_SEAM(.kind = DD_EV_ERROR_LOG, .site = DD_SITE(), .adapter = a, .a = ErrorCode);
    dd_log(DD_LOG_INFO, "error log: code 0x%08x%s%s", ErrorCode, used != 0 ? ", values" : "", text);
}

NDIS_STATUS NdisWriteEventLogEntry(PVOID LogHandle, NDIS_STATUS EventCode, ULONG UniqueEventValue,
                                   USHORT NumStrings, PVOID StringsList, ULONG DataSize, PVOID Data)
{
    DD_API(NdisWriteEventLogEntry);
    (void)LogHandle;
    (void)StringsList;
    (void)Data;
    DD_SEAM(.kind = DD_EV_ERROR_LOG, .site = DD_SITE(), .a = (uint32_t)EventCode);
    dd_log(DD_LOG_INFO, "event log: code 0x%08x, value %u, %u strings, %u bytes of data",
           (unsigned)EventCode, UniqueEventValue, NumStrings, DataSize);
    return NDIS_STATUS_SUCCESS;
}
