/* SPDX-License-Identifier: MIT */
/*
 * Debug print, assertions and breakpoints. A print is an event and a line for the run's debug
 * output; nothing is filtered by component and level, which a debugger would set.
 *
 * Source: windows-driver-docs-ddi, wdm/nf-wdm-dbgprint and its kin (nt-services 2.7).
 */
#include <stdio.h>

#include <ntddk.h>

#include "base/check.h"
#include "nt/format.h"
#include "nt/machine.h"
#include "nt/sched.h"
#include "seam/api.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PRINT_MAX 512 /* bytes one call transmits */

static const struct {
    unsigned note;
    const char *words;
} note_words[] = {
    {DD_FORMAT_FLOAT,
     "debug print of a floating-point number, which the kernel's formatter cannot do"},
    {DD_FORMAT_COUNT, "debug print with %n"},
    {DD_FORMAT_UNKNOWN, "debug print with an unknown conversion"},
};

static void check_notes(unsigned notes, const char *format, const void *site)
{
    if ((notes & DD_FORMAT_WIDE) != 0 && dd_irql_get() > PASSIVE_LEVEL) {
        DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = site, .obj = format,
                .data = "debug print of wide characters above PASSIVE_LEVEL");
    }
    for (size_t i = 0; i < DD_ARRAY_LEN(note_words); i++) {
        if ((notes & note_words[i].note) != 0) {
            DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = site, .obj = format,
                    .data = note_words[i].words);
        }
    }
}

static ULONG print(const char *prefix, const char *format, va_list ap, const void *site)
{
    const struct dd_machine_config *m = dd_machine();
    char text[PRINT_MAX + 1];
    size_t prefix_len = strnlen(prefix, PRINT_MAX), len;
    unsigned notes;

    memcpy(text, prefix, prefix_len);
    len = prefix_len +
          dd_format_notes(text + prefix_len, sizeof(text) - prefix_len, format, ap, &notes);
    len = len > PRINT_MAX ? PRINT_MAX : len;
    check_notes(notes, format, site);
    DD_SEAM(.kind = DD_EV_DBGPRINT, .site = site, .data = text, .b = len);
    if (m != NULL && m->debug_print != NULL) {
        m->debug_print(m->arg, text, len);
    }
    return STATUS_SUCCESS;
}

ULONG DbgPrint(PCSTR Format, ...)
{
    va_list ap;
    ULONG status;

    DD_API(DbgPrint);
    va_start(ap, Format);
    status = print("", Format, ap, DD_SITE());
    va_end(ap);
    return status;
}

ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...)
{
    va_list ap;
    ULONG status;

    DD_API(DbgPrintEx);
    (void)ComponentId;
    (void)Level;
    va_start(ap, Format);
    status = print("", Format, ap, DD_SITE());
    va_end(ap);
    return status;
}

ULONG vDbgPrintEx(ULONG ComponentId, ULONG Level, PCCH Format, va_list arglist)
{
    DD_API(vDbgPrintEx);
    (void)ComponentId;
    (void)Level;
    return print("", Format, arglist, DD_SITE());
}

ULONG vDbgPrintExWithPrefix(PCCH Prefix, ULONG ComponentId, ULONG Level, PCCH Format,
                            va_list arglist)
{
    DD_API(vDbgPrintExWithPrefix);
    (void)ComponentId;
    (void)Level;
    return print(Prefix, Format, arglist, DD_SITE());
}

/* does a debugger hold this process */
static bool being_debugged(void)
{
    char buf[2048];
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);
    const char *line;

    if (fd >= 0) {
        close(fd);
    }
    if (n <= 0) {
        return false;
    }
    buf[n] = '\0';
    line = strstr(buf, "TracerPid:");
    return line != NULL && strtol(line + strlen("TracerPid:"), NULL, 10) != 0;
}

static void break_into_debugger(void)
{
    if (being_debugged()) {
        (void)raise(SIGTRAP);
    }
}

VOID DbgBreakPoint(VOID)
{
    DD_API(DbgBreakPoint);
    DD_SEAM(.kind = DD_EV_ASSERT, .site = DD_SITE(), .data = "DbgBreakPoint was called");
    break_into_debugger();
}

VOID RtlAssert(PVOID FailedAssertion, PVOID FileName, ULONG LineNumber, PSTR Message)
{
    char text[PRINT_MAX];

    DD_API(RtlAssert);
    (void)snprintf(text, sizeof(text), "assertion failed: %s, %s:%u%s%s",
                   FailedAssertion != NULL ? (const char *)FailedAssertion : "?",
                   FileName != NULL ? (const char *)FileName : "?", LineNumber,
                   Message != NULL ? ": " : "", Message != NULL ? Message : "");
    DD_SEAM(.kind = DD_EV_ASSERT, .site = DD_SITE(), .data = text);
    break_into_debugger();
}

#define FRAME_BYTES_MAX 0x100000u /* a frame larger than this is no frame */

/* One frame up the chain of frame pointers; NULL when it does not look like one. Drivers are
 * compiled with frame pointers. */
static void *const *frame_above(void *const *frame)
{
    void *const *up = frame == NULL ? NULL : frame[0];

    if ((uintptr_t)up <= (uintptr_t)frame || (uintptr_t)up - (uintptr_t)frame > FRAME_BYTES_MAX ||
        ((uintptr_t)up & (sizeof(void *) - 1)) != 0) {
        return NULL;
    }
    return up;
}

/* Counted from the function that calls this one: who called it, and who called that. */
VOID RtlGetCallersAddress(PVOID *CallersAddress, PVOID *CallersCaller)
{
    void *const *frame = __builtin_frame_address(0), *const * up;

    DD_API(RtlGetCallersAddress);
    frame = frame_above(frame); /* of the function that called */
    up = frame_above(frame);
    *CallersAddress = frame == NULL ? NULL : frame[1];
    *CallersCaller = up == NULL ? NULL : up[1];
}

/* PAGED_CODE. @File and @Line: where it stands in the driver. */
VOID DrydockPagedCode(PCSTR File, ULONG Line)
{
    char text[PRINT_MAX];

    if (dd_irql_get() <= APC_LEVEL) {
        return;
    }
    (void)snprintf(text, sizeof(text), "PAGED_CODE above APC_LEVEL, %s:%u", File, Line);
    DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = DD_SITE(), .data = text);
}

VOID DrydockListCorrupt(PVOID Entry)
{
    DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = DD_SITE(), .obj = Entry,
            .data = "LIST_ENTRY whose neighbours do not point back at it");
    dd_machine_bugcheck("corrupt LIST_ENTRY at %p: its neighbours do not point back at it", Entry);
}
