/* SPDX-License-Identifier: MIT */
/* Checks the language, then is the NIC's driver. The project's DriverEntry is the NIC's. */
#undef DriverEntry
#include <NDIS.H>
#include "words.H"

#include "main.tmh"

DRIVER_INITIALIZE NicDriverEntry;

#ifdef ALLOC_PRAGMA
#pragma alloc_text(INIT, DriverEntry)
#endif
#pragma NDIS_INIT_FUNCTION(DriverEntry)

NTSTATUS DriverEntry(IN PDRIVER_OBJECT DriverObject, IN PUNICODE_STRING RegistryPath)
{
    int wrong = 0;

    WPP_INIT_TRACING(DriverObject, RegistryPath);
    TraceEvents(TRACE_LEVEL_NOBODY_DEFINES, DBG_INIT, "%!FUNC! begins, %!STATUS!", 0);
    TraceNoPrefix("no prefix");
    EXPECT(WORDS_ANSWER == 42);
    EXPECT(strcmp(WORDS_TEXT, "forty_two") == 0);
    wrong += CheckWords() + CheckExceptions() + CheckForgiven();
    DbgPrint("words: %d wrong\n", wrong);
    WPP_CLEANUP(DriverObject);
    return wrong ? STATUS_UNSUCCESSFUL : NicDriverEntry(DriverObject, RegistryPath);
}
