/* SPDX-License-Identifier: MIT */
/* As the driver beside it, by way of a Visual Studio project. */
#undef DriverEntry
#include <ntddk.h>
#include <wdm.h>
#include <ndis.h>
#include <netiodef.h>
#include <ntddndis.h>
#include <nettypes.h>
#include <ndis\nblaccessors.h>
#include <Ndis/NblChecksum.h>
#include <xfilter.h>
#include <ntintsafe.h>
#include <limits.h>
#include <stdint.h>
#include "Words.h"
#include "core\Core.h"
#include "TRACE.H"
#include "Main.tmh"

#if !defined(VCX_FIRST) || !defined(VCX_DEBUG) || VCX_OPTION != 3 || defined(WRONG_PLATFORM)
#error the project's definitions are not here
#endif
#if FORCED_FIRST != 1 || _WIN32_WINNT != 0x0602 || !DBG || !defined(_KERNEL_MODE)
#error the project's settings are not here
#endif

#include <packon.h>
struct Tight {
    char a;
    long b;
};
#include <packoff.h>
struct Loose {
    char a;
    long b;
};

C_ASSERT(sizeof(struct Tight) == 5 && sizeof(struct Loose) == 8);
C_ASSERT(LONG_MAX == 2147483647L && ULONG_MAX == 0xffffffffUL && sizeof(int64_t) == 8);
C_ASSERT(sizeof(uintptr_t) == 8 && INT_MAX == LONG_MAX);

DRIVER_INITIALIZE NicDriverEntry;
DRIVER_INITIALIZE DriverEntry;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    int wrong = CheckWords();

    Trace(VCX_LEVEL, "%!STATUS!", wrong);
    TraceMore("more");
    EXPECT(CoreAnswer(20) == 42);
    EXPECT(strcmp(VCX_TEXT, "vcx") == 0);
    DbgPrint("vcx: %d wrong\n", wrong);
    return wrong ? STATUS_UNSUCCESSFUL : NicDriverEntry(DriverObject, RegistryPath);
}
