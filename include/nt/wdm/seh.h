/* SPDX-License-Identifier: MIT */
/*
 * wdm/seh.h - structured exceptions
 *
 * `drydock build` turns __try, __except and __finally into the functions here. An exception is what
 * a driver raises itself, or what ProbeForRead and its kin raise in this header. A fault of the
 * processor is none: it stays a crash with the driver's stack. Nobody continues where an exception
 * was raised: EXCEPTION_CONTINUE_EXECUTION ends the run.
 *
 * Differs from Windows: a filter runs after the __finally blocks within have run.
 *
 * The chain of frames is one per thread and driver. Without DRYDOCK_SEH, which `drydock build`
 * defines, only the types are here.
 */
#ifndef DRYDOCK_WDM_SEH_H
#define DRYDOCK_WDM_SEH_H

#include "../ntdef.h"
#include "../ntstatus.h"
#include "debug.h"

#define EXCEPTION_EXECUTE_HANDLER    1
#define EXCEPTION_CONTINUE_SEARCH    0
#define EXCEPTION_CONTINUE_EXECUTION (-1)

#define EXCEPTION_NONCONTINUABLE     0x1
#define EXCEPTION_MAXIMUM_PARAMETERS 15

typedef struct _EXCEPTION_RECORD {
    NTSTATUS ExceptionCode;
    ULONG ExceptionFlags;
    struct _EXCEPTION_RECORD *ExceptionRecord;
    PVOID ExceptionAddress;
    ULONG NumberParameters;
    ULONG_PTR ExceptionInformation[EXCEPTION_MAXIMUM_PARAMETERS];
} EXCEPTION_RECORD, *PEXCEPTION_RECORD;

typedef struct _CONTEXT CONTEXT, *PCONTEXT;

typedef struct _EXCEPTION_POINTERS {
    PEXCEPTION_RECORD ExceptionRecord;
    PCONTEXT ContextRecord; /* NULL here */
} EXCEPTION_POINTERS, *PEXCEPTION_POINTERS;

struct DrydockSehFrame {
    void *Jump[5];
    struct DrydockSehFrame *Outer;
    int Armed, Raised;
    int Left; /* by return, goto, break or continue */
    EXCEPTION_RECORD Record;
    EXCEPTION_POINTERS Pointers;
};

#ifdef DRYDOCK_SEH

#ifdef __cplusplus
extern "C" {
#endif

#define DD_NT_SEH __attribute__((weak, visibility("hidden"), unused))

DD_NT_SEH __thread struct DrydockSehFrame *DrydockSehTop;

/* Raise Status: the innermost frame takes it; without one the run ends as by a bug check. */
DD_NT_SEH __attribute__((noinline, noreturn)) VOID ExRaiseStatus(NTSTATUS Status);
DD_NT_SEH VOID ExRaiseStatus(NTSTATUS Status)
{
    struct DrydockSehFrame *f = DrydockSehTop;

    if (!f) {
        KeBugCheckEx(0x1e, (ULONG_PTR)(ULONG)Status, (ULONG_PTR)__builtin_return_address(0), 0, 0);
    }
    DrydockSehTop = f->Outer;
    f->Armed = 0;
    f->Raised = 1;
    f->Record.ExceptionCode = Status;
    f->Record.ExceptionFlags = EXCEPTION_NONCONTINUABLE;
    f->Record.ExceptionAddress = __builtin_return_address(0);
    f->Pointers.ExceptionRecord = &f->Record;
    __builtin_longjmp(f->Jump, 1);
}

DD_NT_INLINE VOID DrydockSehPush(struct DrydockSehFrame *Frame)
{
    Frame->Armed = 1;
    Frame->Outer = DrydockSehTop;
    DrydockSehTop = Frame;
}

/* At the end of the frame's scope, and sooner: may be called again. */
DD_NT_INLINE VOID DrydockSehExit(struct DrydockSehFrame *Frame)
{
    if (Frame->Armed) {
        Frame->Armed = 0;
        DrydockSehTop = Frame->Outer;
    }
}

/* After a __finally: an exception goes on to the next frame. */
DD_NT_INLINE VOID DrydockSehContinue(struct DrydockSehFrame *Frame)
{
    if (Frame->Raised) {
        ExRaiseStatus(Frame->Record.ExceptionCode);
    }
}

/* What an __except filter said. Returns when its block is to run; else the exception goes on, or
 * the run ends. */
DD_NT_INLINE VOID DrydockSehTake(struct DrydockSehFrame *Frame, LONG Disposition)
{
    if (Disposition < 0) {
        KeBugCheckEx(0x1e, (ULONG_PTR)(ULONG)Frame->Record.ExceptionCode,
                     (ULONG_PTR)Frame->Record.ExceptionAddress, 1, 0);
    }
    if (Disposition == EXCEPTION_CONTINUE_SEARCH) {
        DrydockSehContinue(Frame);
    }
}

DD_NT_INLINE BOOLEAN DrydockSehAbnormal(struct DrydockSehFrame *Frame)
{
    return (BOOLEAN)(Frame->Raised != 0 || Frame->Left != 0);
}

DD_NT_INLINE NTSTATUS DrydockSehCode(struct DrydockSehFrame *Frame)
{
    return Frame->Record.ExceptionCode;
}

DD_NT_INLINE PEXCEPTION_POINTERS DrydockSehInformation(struct DrydockSehFrame *Frame)
{
    return &Frame->Pointers;
}

/* IRQL: <= APC. */
DD_NT_INLINE DECLSPEC_NORETURN VOID ExRaiseAccessViolation(VOID)
{
    ExRaiseStatus(STATUS_ACCESS_VIOLATION);
}

/* IRQL: <= APC. */
DD_NT_INLINE DECLSPEC_NORETURN VOID ExRaiseDatatypeMisalignment(VOID)
{
    ExRaiseStatus(STATUS_DATATYPE_MISALIGNMENT);
}

/* Raise if the buffer is not aligned, or wraps around. There is no user mode here, so no address is
 * refused for its place. IRQL: <= APC. */
DD_NT_INLINE VOID ProbeForRead(const volatile VOID *Address, SIZE_T Length, ULONG Alignment)
{
    if (Length != 0) {
        if (((ULONG_PTR)Address & (Alignment - 1)) != 0) {
            ExRaiseDatatypeMisalignment();
        }
        if ((ULONG_PTR)Address + Length < (ULONG_PTR)Address || Address == NULL) {
            ExRaiseAccessViolation();
        }
    }
}

/* ProbeForRead, for a buffer that will be written. IRQL: <= APC. */
DD_NT_INLINE VOID ProbeForWrite(volatile VOID *Address, SIZE_T Length, ULONG Alignment)
{
    ProbeForRead(Address, Length, Alignment);
}

#ifdef __cplusplus
}
#endif

#endif /* DRYDOCK_SEH */

#endif
