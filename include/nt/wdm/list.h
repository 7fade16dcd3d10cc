/* SPDX-License-Identifier: MIT */
/*
 * wdm/list.h - doubly linked, singly linked and lock-free lists
 *
 *   head <-> entry <-> entry <-> (head)        LIST_ENTRY: circular, an empty head points at itself
 *   head -> entry -> NULL                      SINGLE_LIST_ENTRY, SLIST_HEADER
 *
 * The inline functions take no lock. Each insertion and removal looks whether the neighbours point
 * back; if not, DrydockListCorrupt() reports the entry with the driver's line, as Windows stops
 * there.
 */
#ifndef DRYDOCK_WDM_LIST_H
#define DRYDOCK_WDM_LIST_H

#include "../ntdef.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Where a list that does not hang together is reported; returns only if the run goes on. IRQL: any.
 */
DD_NT_IMPORT VOID DrydockListCorrupt(PVOID Entry);

#define InitializeListHead32(head) InitializeListHead(head)

DD_NT_INLINE VOID InitializeListHead(PLIST_ENTRY ListHead)
{
    ListHead->Flink = ListHead;
    ListHead->Blink = ListHead;
}

DD_NT_INLINE BOOLEAN IsListEmpty(const LIST_ENTRY *ListHead)
{
    return (BOOLEAN)(ListHead->Flink == ListHead);
}

DD_NT_INLINE VOID DrydockListCheck(PLIST_ENTRY Before, PLIST_ENTRY After)
{
    if (Before->Flink != After || After->Blink != Before) {
        DrydockListCorrupt(Before);
    }
}

DD_NT_INLINE VOID DrydockListInsert(PLIST_ENTRY Before, PLIST_ENTRY Entry, PLIST_ENTRY After)
{
    DrydockListCheck(Before, After);
    Entry->Flink = After;
    Entry->Blink = Before;
    Before->Flink = Entry;
    After->Blink = Entry;
}

DD_NT_INLINE VOID InsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY Entry)
{
    DrydockListInsert(ListHead, Entry, ListHead->Flink);
}

DD_NT_INLINE VOID InsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY Entry)
{
    DrydockListInsert(ListHead->Blink, Entry, ListHead);
}

/* TRUE when the list is empty afterwards. The entry keeps its own links. */
DD_NT_INLINE BOOLEAN RemoveEntryList(PLIST_ENTRY Entry)
{
    PLIST_ENTRY After = Entry->Flink;
    PLIST_ENTRY Before = Entry->Blink;

    if (After->Blink != Entry || Before->Flink != Entry) {
        DrydockListCorrupt(Entry);
    }
    Before->Flink = After;
    After->Blink = Before;
    return (BOOLEAN)(After == Before);
}

/* The head itself, not NULL, when the list is empty. */
DD_NT_INLINE PLIST_ENTRY RemoveHeadList(PLIST_ENTRY ListHead)
{
    PLIST_ENTRY Entry = ListHead->Flink;

    (void)RemoveEntryList(Entry);
    return Entry;
}

/* The head itself, not NULL, when the list is empty. */
DD_NT_INLINE PLIST_ENTRY RemoveTailList(PLIST_ENTRY ListHead)
{
    PLIST_ENTRY Entry = ListHead->Blink;

    (void)RemoveEntryList(Entry);
    return Entry;
}

/* Move the ring ListToAppend, which has no head of its own, to the end of the list. */
DD_NT_INLINE VOID AppendTailList(PLIST_ENTRY ListHead, PLIST_ENTRY ListToAppend)
{
    PLIST_ENTRY Last = ListHead->Blink;
    PLIST_ENTRY AppendLast = ListToAppend->Blink;

    DrydockListCheck(Last, ListHead);
    DrydockListCheck(AppendLast, ListToAppend);
    Last->Flink = ListToAppend;
    ListToAppend->Blink = Last;
    AppendLast->Flink = ListHead;
    ListHead->Blink = AppendLast;
}

DD_NT_INLINE VOID PushEntryList(PSINGLE_LIST_ENTRY ListHead, PSINGLE_LIST_ENTRY Entry)
{
    Entry->Next = ListHead->Next;
    ListHead->Next = Entry;
}

/* NULL when the list is empty. */
DD_NT_INLINE PSINGLE_LIST_ENTRY PopEntryList(PSINGLE_LIST_ENTRY ListHead)
{
    PSINGLE_LIST_ENTRY Entry = ListHead->Next;

    if (Entry != NULL) {
        ListHead->Next = Entry->Next;
    }
    return Entry;
}

/*
 * Put Entry at the head under the lock; returns the old first entry, NULL if it was empty.
 * IRQL: any.
 */
DD_NT_IMPORT PLIST_ENTRY ExInterlockedInsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                                     PKSPIN_LOCK Lock);
/*
 * Put Entry at the tail under the lock; returns the old last entry, NULL if it was empty.
 * IRQL: any.
 */
DD_NT_IMPORT PLIST_ENTRY ExInterlockedInsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                                     PKSPIN_LOCK Lock);
/* Take the first entry under the lock; NULL when the list is empty. IRQL: any. */
DD_NT_IMPORT PLIST_ENTRY ExInterlockedRemoveHeadList(PLIST_ENTRY ListHead, PKSPIN_LOCK Lock);

/* ---- lock-free list -------------------------------------------------------------------------- */

#if __SIZEOF_POINTER__ == 8
#define MEMORY_ALLOCATION_ALIGNMENT 16

/* Entries, as the header, must be 16-byte aligned; a popped entry's memory must stay mapped. */
typedef struct DECLSPEC_ALIGN(16) _SLIST_ENTRY {
    struct _SLIST_ENTRY *Next;
} SLIST_ENTRY, *PSLIST_ENTRY;

/* Only for InitializeSListHead and the calls below. NET_BUFFER and NET_BUFFER_LIST overlay it. */
typedef union DECLSPEC_ALIGN(16) _SLIST_HEADER {
    __extension__ struct {
        ULONGLONG Alignment;
        ULONGLONG Region;
    };
    struct {
        ULONGLONG Depth : 16;
        ULONGLONG Sequence : 48;
        ULONGLONG Reserved : 4;
        ULONGLONG NextEntry : 60;
    } HeaderX64;
} SLIST_HEADER, *PSLIST_HEADER;
#else
#define MEMORY_ALLOCATION_ALIGNMENT 8

typedef struct _SINGLE_LIST_ENTRY SLIST_ENTRY, *PSLIST_ENTRY;

typedef union DECLSPEC_ALIGN(8) _SLIST_HEADER {
    ULONGLONG Alignment;
    __extension__ struct {
        SINGLE_LIST_ENTRY Next;
        USHORT Depth;
        USHORT CpuId;
    };
} SLIST_HEADER, *PSLIST_HEADER;
#endif

/* Make the header an empty list. IRQL: any. */
DD_NT_IMPORT VOID InitializeSListHead(PSLIST_HEADER SListHead);
/* Push; returns the old first entry or NULL. IRQL: any. */
DD_NT_IMPORT PSLIST_ENTRY ExpInterlockedPushEntrySList(PSLIST_HEADER ListHead,
                                                       PSLIST_ENTRY ListEntry);
/* Pop the first entry or NULL. IRQL: any. */
DD_NT_IMPORT PSLIST_ENTRY ExpInterlockedPopEntrySList(PSLIST_HEADER ListHead);
/* Take all entries as one NULL-terminated chain. IRQL: any. */
DD_NT_IMPORT PSLIST_ENTRY ExpInterlockedFlushSList(PSLIST_HEADER ListHead);
/* The number of entries, modulo 65536. IRQL: <= DISPATCH. */
DD_NT_IMPORT USHORT ExQueryDepthSList(PSLIST_HEADER SListHead);

#define ExInitializeSListHead                          InitializeSListHead
#define InterlockedPushEntrySList(Head, Entry)         ExpInterlockedPushEntrySList(Head, Entry)
#define InterlockedPopEntrySList(Head)                 ExpInterlockedPopEntrySList(Head)
#define InterlockedFlushSList(Head)                    ExpInterlockedFlushSList(Head)
#define ExInterlockedPushEntrySList(Head, Entry, Lock) ExpInterlockedPushEntrySList(Head, Entry)
#define ExInterlockedPopEntrySList(Head, Lock)         ExpInterlockedPopEntrySList(Head)
#define ExInterlockedFlushSList(Head)                  ExpInterlockedFlushSList(Head)
#define QueryDepthSList(Head)                          ExQueryDepthSList(Head)

#ifdef __cplusplus
}
#endif

#endif
