/* SPDX-License-Identifier: MIT */
/*
 * MDLs. The frame array behind an MDL says where the data are; memory that is not RAM gets frames
 * beyond all RAM, one for each page of virtual memory, so that no device reaches it and the DMA
 * core has to bounce.
 */
#include "nt/pool.h"

#include "nt/blocks.h"
#include "nt/io.h"
#include "nt/machine.h"
#include "nt/mm.h"
#include "nt/sched.h"
#include "seam/api.h"

#include <stdlib.h>
#include <string.h>

/* dd_block.tag of an MDL: which call made it, and so which call frees it */
enum maker {
    MADE_BY_IO_ALLOCATE,
    MADE_BY_DD_MDL_NEW
};

#define MDL_LENGTH_MAX 0xfffff000u /* 4 GiB less a page */
#define MDL_SIZE_MAX   0x7ff8      /* Size is a signed 16-bit field; beyond, it says nothing */

static void object_bad(const void *mdl, const char *words, const void *site)
{
    DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = site, .obj = mdl, .data = words);
}

static PFN_NUMBER frame_of(struct dd_ram *ram, const void *va)
{
    dd_phys phys = dd_ram_phys(ram, va);

    if (dd_phys_is_none(phys)) {
        return DD_PFN_NOT_RAM + ((uintptr_t)va >> DD_PAGE_SHIFT);
    }
    return phys.v >> DD_PAGE_SHIFT;
}

/* the frames of the MDL's buffer, and whether they are one run */
static void fill_frames(PMDL mdl)
{
    struct dd_ram *ram = dd_machine()->ram;
    PFN_NUMBER *frames = dd_mdl_frames(mdl);
    ULONG n = ADDRESS_AND_SIZE_TO_SPAN_PAGES(MmGetMdlVirtualAddress(mdl), mdl->ByteCount);
    bool run = n > 0; /* an empty MDL has no first frame to begin with */

    for (ULONG i = 0; i < n; i++) {
        frames[i] = frame_of(ram, (char *)mdl->StartVa + (size_t)i * DD_PAGE_BYTES);
        run = run && frames[i] == frames[0] + i && frames[i] < DD_PFN_NOT_RAM;
    }
    mdl->MdlFlags = (CSHORT)((mdl->MdlFlags & ~DD_MDL_RUN) | (run ? DD_MDL_RUN : 0));
}

static PMDL allocate(void *va, ULONG length, const void *owner, enum maker maker, const void *site)
{
    struct dd_block b = {
        .size_bytes = length,
        .owner = owner,
        .site = site,
        .tag = maker,
        .source = DD_BLOCK_MDL,
        .kind = DD_LEAK_MDL,
    };
    size_t pages = ADDRESS_AND_SIZE_TO_SPAN_PAGES(va, length);
    size_t size_bytes = sizeof(MDL) + (pages == 0 ? 1 : pages) * sizeof(PFN_NUMBER);
    PMDL mdl;

    if (length > MDL_LENGTH_MAX || dd_seam_may_fail(DD_FAIL_MDL, site)) {
        return NULL;
    }
    mdl = malloc(size_bytes);
    if (mdl == NULL) {
        return NULL;
    }
    memset(mdl, 0, sizeof(*mdl));
    MmInitializeMdl(mdl, va, length);
    mdl->Size = (CSHORT)(size_bytes > MDL_SIZE_MAX ? MDL_SIZE_MAX : size_bytes);
    b.ptr = mdl;
    if (dd_blocks_add(&b) < 0) {
        free(mdl);
        return NULL;
    }
    return mdl;
}

void dd_mdl_build(PMDL mdl)
{
    fill_frames(mdl);
    mdl->MappedSystemVa = MmGetMdlVirtualAddress(mdl);
    mdl->MdlFlags |= MDL_SOURCE_IS_NONPAGED_POOL;
}

PMDL dd_mdl_new(void *va, ULONG length, const void *owner, const void *site)
{
    PMDL mdl = allocate(va, length, owner, MADE_BY_DD_MDL_NEW, site);

    if (mdl != NULL) {
        dd_mdl_build(mdl);
    }
    return mdl;
}

static void report_bad_free(PMDL mdl, const void *site)
{
    struct dd_block b = {0};
    enum dd_pool_defect defect = mdl == NULL ? DD_POOL_NULL : DD_POOL_UNKNOWN;

    if (dd_blocks_was_freed(DD_BLOCK_MDL, mdl, &b)) {
        defect = DD_POOL_DOUBLE_FREE;
    }
    DD_SEAM(.kind = DD_EV_POOL_BAD_FREE, .site = site, .obj = mdl, .a = defect, .data = b.site);
}

static void free_mdl(PMDL mdl, enum maker maker, const void *site)
{
    struct dd_block b;

    if (!dd_blocks_take(DD_BLOCK_MDL, mdl, &b)) {
        report_bad_free(mdl, site);
        return;
    }
    if (b.tag != (uint32_t)maker) {
        object_bad(mdl,
                   maker == MADE_BY_IO_ALLOCATE
                       ? "IoFreeMdl of an MDL that IoAllocateMdl did not make"
                       : "an MDL of IoAllocateMdl freed with NdisFreeMdl",
                   site);
    } else if (maker == MADE_BY_DD_MDL_NEW && mdl->ByteCount != b.size_bytes) {
        object_bad(mdl, "MDL freed with another ByteCount than it was allocated with", site);
    }
    if ((mdl->MdlFlags & MDL_PAGES_LOCKED) != 0) {
        object_bad(mdl, "MDL freed while its pages are locked", site);
    }
    free(mdl);
}

void dd_mdl_free(PMDL mdl, const void *site)
{
    free_mdl(mdl, MADE_BY_DD_MDL_NEW, site);
}

unsigned dd_mdl_report_leaks(const void *owner, bool failed_init)
{
    size_t count;
    struct dd_block *blocks = dd_blocks_take_all(DD_BLOCK_MDL, owner, &count);

    for (size_t i = 0; i < count; i++) {
        DD_SEAM(.kind = DD_EV_LEAK, .site = blocks[i].site, .obj = blocks[i].ptr,
                .data = dd_leak_name(DD_LEAK_MDL), .a = DD_LEAK_MDL, .b = blocks[i].size_bytes,
                .c = failed_init);
        free(blocks[i].ptr);
    }
    free(blocks);
    return (unsigned)count;
}

/* --- Windows names --- */

SIZE_T MmSizeOfMdl(PVOID Base, SIZE_T Length)
{
    DD_API(MmSizeOfMdl);
    return sizeof(MDL) +
           sizeof(PFN_NUMBER) * ((Length + BYTE_OFFSET(Base) + DD_PAGE_MASK) >> DD_PAGE_SHIFT);
}

/* into the IRP's chain: first, or behind the last */
static void chain_to_irp(PIRP irp, PMDL mdl, bool secondary)
{
    PMDL *link = &irp->MdlAddress;

    while (secondary && *link != NULL) {
        link = &(*link)->Next;
    }
    *link = mdl;
}

PMDL IoAllocateMdl(PVOID VirtualAddress, ULONG Length, BOOLEAN SecondaryBuffer, BOOLEAN ChargeQuota,
                   struct _IRP *Irp)
{
    PMDL mdl;

    DD_API(IoAllocateMdl);
    (void)ChargeQuota;
    mdl = allocate(VirtualAddress, Length, NULL, MADE_BY_IO_ALLOCATE, DD_SITE());
    if (mdl != NULL && Irp != NULL) {
        chain_to_irp(Irp, mdl, SecondaryBuffer);
    }
    return mdl;
}

VOID IoFreeMdl(PMDL Mdl)
{
    DD_API(IoFreeMdl);
    free_mdl(Mdl, MADE_BY_IO_ALLOCATE, DD_SITE());
}

/* frames that fit behind an MDL; its Size field has no more than 15 bits, then the table knows */
static size_t capacity(PMDL mdl)
{
    struct dd_block b;

    if (dd_blocks_find(DD_BLOCK_MDL, mdl, &b) && mdl->Size == MDL_SIZE_MAX) {
        return SIZE_MAX;
    }
    return ((size_t)(USHORT)mdl->Size - sizeof(MDL)) / sizeof(PFN_NUMBER);
}

/* the part's frames, and whether they are one run */
static void copy_frames(PMDL target, PMDL source, size_t skip_pages, size_t pages)
{
    PFN_NUMBER *to = dd_mdl_frames(target);
    const PFN_NUMBER *from = dd_mdl_frames(source) + skip_pages;
    bool run = pages > 0;

    for (size_t i = 0; i < pages; i++) {
        to[i] = from[i];
        run = run && to[i] == to[0] + i && to[i] < DD_PFN_NOT_RAM;
    }
    target->MdlFlags = (CSHORT)(MDL_PARTIAL | (run ? DD_MDL_RUN : 0));
}

VOID IoBuildPartialMdl(PMDL SourceMdl, PMDL TargetMdl, PVOID VirtualAddress, ULONG Length)
{
    uintptr_t base = (uintptr_t)MmGetMdlVirtualAddress(SourceMdl), at = (uintptr_t)VirtualAddress;
    size_t offset = at - base, pages;

    DD_API(IoBuildPartialMdl);
    if (at < base || offset > SourceMdl->ByteCount || Length > SourceMdl->ByteCount - offset) {
        object_bad(SourceMdl, "IoBuildPartialMdl of a range that is not inside the source MDL",
                   DD_SITE());
        return;
    }
    if (Length == 0) {
        Length = SourceMdl->ByteCount - (ULONG)offset;
    }
    pages = ADDRESS_AND_SIZE_TO_SPAN_PAGES(VirtualAddress, Length);
    if (pages > capacity(TargetMdl)) {
        object_bad(TargetMdl, "IoBuildPartialMdl into an MDL that is too small", DD_SITE());
        return;
    }
    TargetMdl->StartVa = PAGE_ALIGN(VirtualAddress);
    TargetMdl->ByteOffset = BYTE_OFFSET(VirtualAddress);
    TargetMdl->ByteCount = Length;
    copy_frames(TargetMdl, SourceMdl,
                ((uintptr_t)PAGE_ALIGN(VirtualAddress) - (uintptr_t)SourceMdl->StartVa) >> 12,
                pages);
    if ((SourceMdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL)) != 0) {
        TargetMdl->MappedSystemVa = (char *)SourceMdl->MappedSystemVa + offset;
        TargetMdl->MdlFlags |= MDL_SOURCE_IS_NONPAGED_POOL | MDL_PARENT_MAPPED_SYSTEM_VA;
    }
}

VOID MmBuildMdlForNonPagedPool(PMDL MemoryDescriptorList)
{
    DD_API(MmBuildMdlForNonPagedPool);
    if ((MemoryDescriptorList->MdlFlags &
         (MDL_PAGES_LOCKED | MDL_MAPPED_TO_SYSTEM_VA | MDL_PARTIAL)) != 0) {
        object_bad(MemoryDescriptorList,
                   "MmBuildMdlForNonPagedPool of an MDL that is locked, mapped or partial",
                   DD_SITE());
    }
    dd_mdl_build(MemoryDescriptorList);
}

VOID MmProbeAndLockPages(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode,
                         LOCK_OPERATION Operation)
{
    PMDL mdl = MemoryDescriptorList;

    DD_API(MmProbeAndLockPages);
    (void)AccessMode; /* one address space */
    if ((mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_SOURCE_IS_NONPAGED_POOL | MDL_PARTIAL)) != 0) {
        object_bad(mdl, "MmProbeAndLockPages of an MDL that is locked, partial or of nonpaged pool",
                   DD_SITE());
    }
    if (!dd_address_readable(MmGetMdlVirtualAddress(mdl), mdl->ByteCount)) {
        dd_machine_bugcheck(
            "MmProbeAndLockPages of %u bytes at %p, which are not all mapped: raises "
            "STATUS_ACCESS_VIOLATION",
            mdl->ByteCount, MmGetMdlVirtualAddress(mdl));
    }
    fill_frames(mdl);
    mdl->MdlFlags |= MDL_PAGES_LOCKED;
    if (Operation != IoReadAccess) {
        mdl->MdlFlags |= MDL_WRITE_OPERATION;
    }
}

VOID MmUnlockPages(PMDL MemoryDescriptorList)
{
    DD_API(MmUnlockPages);
    if ((MemoryDescriptorList->MdlFlags & MDL_PAGES_LOCKED) == 0) {
        object_bad(MemoryDescriptorList, "MmUnlockPages of an MDL that is not locked", DD_SITE());
        return;
    }
    MemoryDescriptorList->MdlFlags &=
        (CSHORT) ~(MDL_PAGES_LOCKED | MDL_MAPPED_TO_SYSTEM_VA | MDL_WRITE_OPERATION);
    MemoryDescriptorList->MappedSystemVa = NULL;
}

/* an address at which all of the MDL's frames stand in order: the buffer's own, else where RAM has
 * them */
static void *address_of_frames(PMDL mdl)
{
    struct dd_ram *ram = dd_machine()->ram;
    const PFN_NUMBER *frames = dd_mdl_frames(mdl);
    ULONG n = ADDRESS_AND_SIZE_TO_SPAN_PAGES(MmGetMdlVirtualAddress(mdl), mdl->ByteCount);
    char *first;

    if (n == 0 || frame_of(ram, mdl->StartVa) == frames[0]) {
        return MmGetMdlVirtualAddress(mdl);
    }
    first = dd_ram_host(ram, (dd_phys){frames[0] << DD_PAGE_SHIFT});
    for (ULONG i = 0; i < n && first != NULL; i++) {
        if (dd_ram_host(ram, (dd_phys){frames[i] << DD_PAGE_SHIFT}) !=
            first + (size_t)i * DD_PAGE_BYTES) {
            return NULL;
        }
    }
    return first == NULL ? NULL : first + mdl->ByteOffset;
}

static void *map_locked(PMDL mdl, const void *site)
{
    void *va;

    if ((mdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL)) != 0) {
        return mdl->MappedSystemVa;
    }
    if ((mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_PARTIAL)) == 0) {
        object_bad(mdl, "mapping an MDL whose pages are not locked", site);
        return NULL;
    }
    if (dd_seam_may_fail(DD_FAIL_MDL_MAP, site)) {
        return NULL;
    }
    va = address_of_frames(mdl);
    if (va != NULL) {
        mdl->MappedSystemVa = va;
        mdl->MdlFlags |= MDL_MAPPED_TO_SYSTEM_VA;
    }
    return va;
}

PVOID MmMapLockedPagesSpecifyCache(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode,
                                   MEMORY_CACHING_TYPE CacheType, PVOID RequestedAddress,
                                   ULONG BugCheckOnFailure, ULONG Priority)
{
    void *va;

    DD_API(MmMapLockedPagesSpecifyCache);
    (void)CacheType;
    (void)RequestedAddress;
    (void)Priority;
    if (AccessMode != 0) {
        dd_machine_bugcheck(
            "MmMapLockedPagesSpecifyCache for UserMode: there is no user process, raises "
            "STATUS_ACCESS_VIOLATION");
    }
    va = map_locked(MemoryDescriptorList, DD_SITE());
    if (va == NULL && BugCheckOnFailure) {
        dd_machine_bugcheck("MmMapLockedPagesSpecifyCache failed, and BugCheckOnFailure was TRUE");
    }
    return va;
}

VOID MmUnmapLockedPages(PVOID BaseAddress, PMDL MemoryDescriptorList)
{
    DD_API(MmUnmapLockedPages);
    if ((MemoryDescriptorList->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) == 0 ||
        MemoryDescriptorList->MappedSystemVa != BaseAddress) {
        object_bad(MemoryDescriptorList,
                   "MmUnmapLockedPages of an MDL that is not mapped at this address", DD_SITE());
        return;
    }
    MemoryDescriptorList->MdlFlags &= (CSHORT)~MDL_MAPPED_TO_SYSTEM_VA;
    MemoryDescriptorList->MappedSystemVa = NULL;
}

/* The emulated machine is coherent. Source: ndis6-sgdma 2.13. */
VOID KeFlushIoBuffers(PMDL Mdl, BOOLEAN ReadOperation, BOOLEAN DmaOperation)
{
    DD_API(KeFlushIoBuffers);
    (void)Mdl;
    (void)ReadOperation;
    (void)DmaOperation;
}
