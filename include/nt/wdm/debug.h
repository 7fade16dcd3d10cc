/* SPDX-License-Identifier: MIT */
/*
 * wdm/debug.h - debug print, assertions, bug checks
 *
 * Formats are Windows' own: %I64, %wZ, %ws, 32-bit %l. One call prints at most 512 bytes. DBG is 1
 * unless the driver's build says otherwise, so assertions are live.
 */
#ifndef DRYDOCK_WDM_DEBUG_H
#define DRYDOCK_WDM_DEBUG_H

#include "../ntdef.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef DBG
#define DBG 1
#endif

#define DPFLTR_SYSTEM_ID       0
#define DPFLTR_IHVDRIVER_ID    77
#define DPFLTR_IHVVIDEO_ID     78
#define DPFLTR_IHVAUDIO_ID     79
#define DPFLTR_IHVNETWORK_ID   80
#define DPFLTR_IHVSTREAMING_ID 81
#define DPFLTR_IHVBUS_ID       82
#define DPFLTR_DEFAULT_ID      101

#define DPFLTR_ERROR_LEVEL   0
#define DPFLTR_WARNING_LEVEL 1
#define DPFLTR_TRACE_LEVEL   2
#define DPFLTR_INFO_LEVEL    3
#define DPFLTR_MASK          0x80000000

/* Print. Wide conversions only at PASSIVE_LEVEL. IRQL: any (<= DIRQL). */
DD_NT_IMPORT ULONG DbgPrint(PCSTR Format, ...);
/*
 * Print if Level is on for the component. Level 0-31 is a bit number, above it a mask. IRQL: any.
 */
DD_NT_IMPORT ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...);
/* DbgPrintEx with a va_list. IRQL: any. */
DD_NT_IMPORT ULONG vDbgPrintEx(ULONG ComponentId, ULONG Level, PCCH Format, va_list arglist);
/* vDbgPrintEx with text put before. IRQL: any. */
DD_NT_IMPORT ULONG vDbgPrintExWithPrefix(PCCH Prefix, ULONG ComponentId, ULONG Level, PCCH Format,
                                         va_list arglist);
/* A finding; stops only under a debugger. IRQL: any. */
DD_NT_IMPORT VOID DbgBreakPoint(VOID);
/* Report a failed assertion with the driver's file and line. IRQL: any. */
DD_NT_IMPORT VOID RtlAssert(PVOID FailedAssertion, PVOID FileName, ULONG LineNumber, PSTR Message);
/* Return addresses of the caller and of its caller. IRQL: any. */
DD_NT_IMPORT VOID RtlGetCallersAddress(PVOID *CallersAddress, PVOID *CallersCaller);

#if DBG
#define KdPrint(args)   DbgPrint args
#define KdPrintEx(args) DbgPrintEx args
#define KdBreakPoint()  DbgBreakPoint()
#else
#define KdPrint(args)
#define KdPrintEx(args)
#define KdBreakPoint()
#endif

#define DD_NT_ASSERT_FAIL(text, message)                                                           \
    (RtlAssert((PVOID)(ULONG_PTR)(text), (PVOID)(ULONG_PTR)__FILE__, __LINE__,                     \
               (PSTR)(ULONG_PTR)(message)),                                                        \
     0)

#if DBG
#ifndef ASSERT
#define ASSERT(exp) ((void)((!(exp)) ? DD_NT_ASSERT_FAIL(#exp, 0) : 1))
#endif
#ifndef ASSERTMSG
#define ASSERTMSG(msg, exp) ((void)((!(exp)) ? DD_NT_ASSERT_FAIL(#exp, msg) : 1))
#endif
#ifndef NT_ASSERT
#define NT_ASSERT(exp) ((!(exp)) ? DD_NT_ASSERT_FAIL(#exp, 0) : 1)
#endif
#ifndef NT_VERIFY
#define NT_VERIFY(exp) NT_ASSERT(exp)
#endif
#else
#ifndef ASSERT
#define ASSERT(exp) ((void)0)
#endif
#ifndef ASSERTMSG
#define ASSERTMSG(msg, exp) ((void)0)
#endif
#ifndef NT_ASSERT
#define NT_ASSERT(exp) ((void)0)
#endif
#ifndef NT_VERIFY
#define NT_VERIFY(exp) ((exp) ? 1 : 0)
#endif
#endif
#define NT_ASSERT_ASSUME(exp) NT_ASSERT(exp)
/* in every build */
#define NT_FRE_ASSERT(exp)         ((!(exp)) ? DD_NT_ASSERT_FAIL(#exp, 0) : 1)
#define DbgRaiseAssertionFailure() ((void)DD_NT_ASSERT_FAIL("DbgRaiseAssertionFailure", 0))
#define RTL_ASSERT(exp)            ASSERT(exp)
#define NT_ASSERTMSG(msg, exp)     ASSERTMSG(msg, exp)

/* the code of int 29h: a bug check that nothing can catch */
#define __fastfail(code)                  KeBugCheckEx(0x139, (code), 0, 0, 0)
#define FAST_FAIL_CORRUPT_LIST_ENTRY      3
#define FAST_FAIL_INVALID_ARG             5
#define FAST_FAIL_FATAL_APP_EXIT          7
#define FAST_FAIL_RANGE_CHECK_FAILURE     8
#define FAST_FAIL_INVALID_REFERENCE_COUNT 14

/* ---- bug checks ------------------------------------------------------------------------------ */

/* End the driver's run with a finding that shows code and parameters. IRQL: any. */
DD_NT_IMPORT DECLSPEC_NORETURN VOID KeBugCheckEx(ULONG BugCheckCode, ULONG_PTR BugCheckParameter1,
                                                 ULONG_PTR BugCheckParameter2,
                                                 ULONG_PTR BugCheckParameter3,
                                                 ULONG_PTR BugCheckParameter4);
/* KeBugCheckEx with parameters 0. IRQL: any. */
DD_NT_IMPORT DECLSPEC_NORETURN VOID KeBugCheck(ULONG BugCheckCode);

typedef enum _KBUGCHECK_CALLBACK_REASON DD_NT_ENUM_BASE {
    KbCallbackInvalid = 0,
    KbCallbackReserved1 = 1,
    KbCallbackSecondaryDumpData = 2,
    KbCallbackDumpIo = 3,
    KbCallbackAddPages = 4,
    KbCallbackSecondaryMultiPartDumpData = 5,
    KbCallbackRemovePages = 6,
    KbCallbackTriageDumpData = 7
} KBUGCHECK_CALLBACK_REASON;

struct _KBUGCHECK_REASON_CALLBACK_RECORD;
typedef VOID NTAPI KBUGCHECK_REASON_CALLBACK_ROUTINE(
    KBUGCHECK_CALLBACK_REASON Reason, struct _KBUGCHECK_REASON_CALLBACK_RECORD *Record,
    PVOID ReasonSpecificData, ULONG ReasonSpecificDataLength);
typedef KBUGCHECK_REASON_CALLBACK_ROUTINE *PKBUGCHECK_REASON_CALLBACK_ROUTINE;

typedef struct _KBUGCHECK_REASON_CALLBACK_RECORD {
    LIST_ENTRY Entry;
    PKBUGCHECK_REASON_CALLBACK_ROUTINE CallbackRoutine;
    PUCHAR Component;
    ULONG_PTR Checksum;
    KBUGCHECK_CALLBACK_REASON Reason;
    UCHAR State;
} KBUGCHECK_REASON_CALLBACK_RECORD, *PKBUGCHECK_REASON_CALLBACK_RECORD;

typedef struct _KBUGCHECK_SECONDARY_DUMP_DATA {
    PVOID InBuffer;
    ULONG InBufferLength;
    ULONG MaximumAllowed;
    GUID Guid;
    PVOID OutBuffer;
    ULONG OutBufferLength;
} KBUGCHECK_SECONDARY_DUMP_DATA, *PKBUGCHECK_SECONDARY_DUMP_DATA;

/* BufferEmpty: registered nowhere. IRQL: any. */
#define KeInitializeCallbackRecord(record) ((void)((record)->State = 0))

/* Call CallbackRoutine (at HIGH_LEVEL) when a bug check happens. IRQL: any. */
DD_NT_IMPORT BOOLEAN
KeRegisterBugCheckReasonCallback(PKBUGCHECK_REASON_CALLBACK_RECORD CallbackRecord,
                                 PKBUGCHECK_REASON_CALLBACK_ROUTINE CallbackRoutine,
                                 KBUGCHECK_CALLBACK_REASON Reason, PUCHAR Component);
/* Undo it, before unload; FALSE if it was not registered. IRQL: any. */
DD_NT_IMPORT BOOLEAN
KeDeregisterBugCheckReasonCallback(PKBUGCHECK_REASON_CALLBACK_RECORD CallbackRecord);

#ifdef __cplusplus
}
#endif

#endif
