/* SPDX-License-Identifier: MIT */
/*
 * Lookaside lists without the list: each allocation and free goes to pool memory (or the driver's
 * own pair of functions), so that every use after free and every second free is seen, which a cache
 * of freed blocks would hide. The counters of the list head run as on Windows.
 *
 * Source: windows-driver-docs-ddi, wdm/nf-wdm-exinitializenpagedlookasidelist and its kin
 * (nt-services 2.9). Unspecified there: contents of a block. Drydock: poison.
 */
#include <ntddk.h>

#include "nt/machine.h"
#include "nt/pool.h"
#include "seam/api.h"

#define DEPTH_MINIMUM 4
#define DEPTH_MAXIMUM 256

VOID ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside, PALLOCATE_FUNCTION Allocate,
                                     PFREE_FUNCTION Free, ULONG Flags, SIZE_T Size, ULONG Tag,
                                     USHORT Depth)
{
    PGENERAL_LOOKASIDE l = &Lookaside->L;

    DD_API(ExInitializeNPagedLookasideList);
    if (Depth != 0 ||
        (Flags & ~(ULONG)(POOL_NX_ALLOCATION | POOL_RAISE_IF_ALLOCATION_FAILURE)) != 0) {
        DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = DD_SITE(), .obj = Lookaside,
                .data = "lookaside list with a Depth that is not 0, or unknown Flags");
    }
    *l = (GENERAL_LOOKASIDE){
        .Depth = DEPTH_MINIMUM,
        .MaximumDepth = DEPTH_MAXIMUM,
        .Type = (POOL_TYPE)(0 /* NonPagedPool */ | Flags),
        .Tag = Tag,
        .Size = (ULONG)Size,
        .Allocate = Allocate,
        .Free = Free,
    };
    l->ListEntry.Flink = l->ListEntry.Blink =
        &l->ListEntry; /* says: initialised, and not moved since */
}

/* false and an event when the list was never initialised, or deleted */
static bool is_list(PGENERAL_LOOKASIDE l, const void *site)
{
    if (l->ListEntry.Flink == &l->ListEntry) {
        return true;
    }
    DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = site, .obj = l,
            .data = "lookaside list that is not initialised");
    return false;
}

VOID ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside)
{
    PGENERAL_LOOKASIDE l = &Lookaside->L;

    DD_API(ExDeleteNPagedLookasideList);
    if (is_list(l, DD_SITE())) {
        l->ListEntry.Flink = l->ListEntry.Blink = NULL;
    }
}

PVOID ExAllocateFromNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside)
{
    PGENERAL_LOOKASIDE l = &Lookaside->L;
    void *entry;

    DD_API(ExAllocateFromNPagedLookasideList);
    if (!is_list(l, DD_SITE())) {
        return NULL;
    }
    (void)__atomic_add_fetch(&l->TotalAllocates, 1, __ATOMIC_RELAXED);
    (void)__atomic_add_fetch(&l->AllocateMisses, 1, __ATOMIC_RELAXED);
    if (l->Allocate != NULL) {
        entry = l->Allocate(l->Type, l->Size, l->Tag);
    } else {
        entry = dd_pool_alloc(l->Size, l->Tag, NULL, DD_LEAK_LOOKASIDE, DD_SITE());
    }
    if (entry == NULL && (l->Type & POOL_RAISE_IF_ALLOCATION_FAILURE) != 0) {
        dd_machine_bugcheck("lookaside allocation of %u bytes failed and was to raise "
                            "STATUS_INSUFFICIENT_RESOURCES",
                            l->Size);
    }
    return entry;
}

VOID ExFreeToNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside, PVOID Entry)
{
    PGENERAL_LOOKASIDE l = &Lookaside->L;

    DD_API(ExFreeToNPagedLookasideList);
    if (!is_list(l, DD_SITE())) {
        return;
    }
    (void)__atomic_add_fetch(&l->TotalFrees, 1, __ATOMIC_RELAXED);
    (void)__atomic_add_fetch(&l->FreeMisses, 1, __ATOMIC_RELAXED);
    if (l->Free != NULL) {
        l->Free(Entry);
    } else {
        dd_pool_free(Entry, l->Tag, DD_SITE());
    }
}
