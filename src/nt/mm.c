/* SPDX-License-Identifier: MIT */
#include "nt/mm.h"

#include "base/check.h"
#include "nt/blocks.h"
#include "nt/config.h"
#include "nt/io.h"
#include "nt/machine.h"
#include "nt/pool.h"
#include "seam/api.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

void *(*dd_routine_lookup)(const char *name);

/* one byte, by a system call that does not fault; where that is forbidden: is anything mapped there
 */
static bool byte_readable(uintptr_t addr)
{
    char byte;
    struct iovec local = {&byte, 1}, remote = {(void *)addr, 1};
    ssize_t n = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);

    if (n < 0 && (errno == ENOSYS || errno == EPERM)) {
        return msync((void *)dd_align_down(addr, DD_PAGE_BYTES), 1, MS_ASYNC) == 0;
    }
    return n == 1;
}

bool dd_address_readable(const void *ptr, size_t len_bytes)
{
    uintptr_t first = (uintptr_t)ptr, last;

    if (dd_add_overflows(first, len_bytes == 0 ? 0 : len_bytes - 1, &last)) {
        return false;
    }
    for (uintptr_t page = dd_align_down(first, DD_PAGE_BYTES);; page += DD_PAGE_BYTES) {
        if (!byte_readable(page < first ? first : page)) {
            return false;
        }
        if (page + (DD_PAGE_BYTES - 1) >= last) {
            return true;
        }
    }
}

/* --- contiguous memory --- */

struct span {
    uint64_t lowest, highest; /* inclusive */
    uint64_t boundary;        /* 0: none */
};

static bool inside(const struct span *span, dd_phys at, size_t len_bytes)
{
    uint64_t last = at.v + len_bytes - 1;

    if (at.v < span->lowest || last > span->highest) {
        return false;
    }
    return span->boundary == 0 || at.v / span->boundary == last / span->boundary;
}

#define CONTIGUOUS_TRIES 16

/* blocks that do not fit are held until one does, so that the allocator comes up with another */
static void *allocate_inside(struct dd_ram *ram, const struct span *span, size_t len_bytes)
{
    unsigned flags = DD_RAM_CONTIG | DD_RAM_PAGES | (span->lowest >= DD_PHYS_4G ? DD_RAM_HIGH : 0u);
    void *held[CONTIGUOUS_TRIES], *found = NULL;
    unsigned n = 0;

    while (n < CONTIGUOUS_TRIES && found == NULL) {
        void *ptr = dd_ram_alloc(ram, len_bytes, DD_PAGE_BYTES, flags, span->highest);

        if (ptr == NULL) {
            break;
        }
        if (inside(span, dd_ram_phys(ram, ptr), len_bytes)) {
            found = ptr;
        } else {
            held[n++] = ptr;
        }
    }
    while (n > 0) {
        (void)dd_ram_free_block(ram, held[--n], NULL);
    }
    return found;
}

static void *allocate_contiguous(size_t len_bytes, const struct span *span, const void *site)
{
    struct dd_ram *ram = dd_machine()->ram;
    struct dd_block b = {.size_bytes = len_bytes,
                         .site = site,
                         .source = DD_BLOCK_CONTIGUOUS,
                         .kind = DD_LEAK_POOL};

    if (len_bytes == 0 || (span->boundary & (span->boundary - 1)) != 0) {
        DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = site,
                .data = len_bytes == 0 ? "contiguous memory of zero bytes"
                                       : "BoundaryAddressMultiple is not a power of two");
        return NULL;
    }
    if (dd_seam_may_fail(DD_FAIL_POOL, site)) {
        return NULL;
    }
    b.ptr = allocate_inside(ram, span, len_bytes);
    if (b.ptr != NULL && dd_blocks_add(&b) < 0) {
        (void)dd_ram_free_block(ram, b.ptr, NULL);
        return NULL;
    }
    return b.ptr;
}

static void free_contiguous(void *ptr, size_t len_bytes, bool check_length, const void *site)
{
    struct dd_block b = {0};

    if (!dd_blocks_take(DD_BLOCK_CONTIGUOUS, ptr, &b)) {
        enum dd_pool_defect defect = ptr == NULL ? DD_POOL_NULL : DD_POOL_UNKNOWN;

        if (dd_blocks_was_freed(DD_BLOCK_CONTIGUOUS, ptr, &b)) {
            defect = DD_POOL_DOUBLE_FREE;
        }
        DD_SEAM(.kind = DD_EV_POOL_BAD_FREE, .site = site, .obj = ptr, .a = defect, .data = b.site);
        return;
    }
    if (check_length && len_bytes != b.size_bytes) {
        DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = site, .obj = ptr,
                .data = "contiguous memory freed with another length than it was allocated with");
    }
    (void)dd_ram_free_block(dd_machine()->ram, ptr, NULL);
}

PVOID MmAllocateContiguousMemory(SIZE_T NumberOfBytes, PHYSICAL_ADDRESS HighestAcceptableAddress)
{
    struct span span = {0, (uint64_t)HighestAcceptableAddress.QuadPart, 0};

    DD_API(MmAllocateContiguousMemory);
    return allocate_contiguous(NumberOfBytes, &span, DD_SITE());
}

PVOID MmAllocateContiguousMemorySpecifyCache(SIZE_T NumberOfBytes,
                                             PHYSICAL_ADDRESS LowestAcceptableAddress,
                                             PHYSICAL_ADDRESS HighestAcceptableAddress,
                                             PHYSICAL_ADDRESS BoundaryAddressMultiple,
                                             MEMORY_CACHING_TYPE CacheType)
{
    struct span span = {(uint64_t)LowestAcceptableAddress.QuadPart,
                        (uint64_t)HighestAcceptableAddress.QuadPart,
                        (uint64_t)BoundaryAddressMultiple.QuadPart};

    DD_API(MmAllocateContiguousMemorySpecifyCache);
    (void)CacheType; /* every cache here is coherent */
    return allocate_contiguous(NumberOfBytes, &span, DD_SITE());
}

PVOID MmAllocateContiguousNodeMemory(SIZE_T NumberOfBytes, PHYSICAL_ADDRESS LowestAcceptableAddress,
                                     PHYSICAL_ADDRESS HighestAcceptableAddress,
                                     PHYSICAL_ADDRESS BoundaryAddressMultiple, ULONG Protect,
                                     NODE_REQUIREMENT PreferredNode)
{
    struct span span = {(uint64_t)LowestAcceptableAddress.QuadPart,
                        (uint64_t)HighestAcceptableAddress.QuadPart,
                        (uint64_t)BoundaryAddressMultiple.QuadPart};

    DD_API(MmAllocateContiguousNodeMemory);
    (void)Protect;
    (void)PreferredNode; /* one node */
    return allocate_contiguous(NumberOfBytes, &span, DD_SITE());
}

VOID MmFreeContiguousMemory(PVOID BaseAddress)
{
    DD_API(MmFreeContiguousMemory);
    free_contiguous(BaseAddress, 0, false, DD_SITE());
}

VOID MmFreeContiguousMemorySpecifyCache(PVOID BaseAddress, SIZE_T NumberOfBytes,
                                        MEMORY_CACHING_TYPE CacheType)
{
    DD_API(MmFreeContiguousMemorySpecifyCache);
    (void)CacheType;
    free_contiguous(BaseAddress, NumberOfBytes, true, DD_SITE());
}

/* --- addresses and device memory --- */

/* Unspecified there: the result for an address that is not RAM. Drydock: 0, which is no RAM either.
 */
PHYSICAL_ADDRESS MmGetPhysicalAddress(PVOID BaseAddress)
{
    dd_phys phys = dd_ram_phys(dd_machine()->ram, BaseAddress);
    PHYSICAL_ADDRESS ret = {.QuadPart = dd_phys_is_none(phys) ? 0 : (LONGLONG)phys.v};

    DD_API(MmGetPhysicalAddress);
    return ret;
}

static void *map_io(uint64_t base, size_t len_bytes, const void *site)
{
    if (dd_seam_may_fail(DD_FAIL_MAP_IO, site)) {
        return NULL;
    }
    if (dd_ram_at(dd_machine()->ram, (dd_phys){base}, 1) != NULL) {
        DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = site, .data = "RAM mapped as device registers");
        return NULL;
    }
    return dd_io_map_any(base, len_bytes);
}

PVOID MmMapIoSpace(PHYSICAL_ADDRESS PhysicalAddress, SIZE_T NumberOfBytes,
                   MEMORY_CACHING_TYPE CacheType)
{
    DD_API(MmMapIoSpace);
    (void)CacheType;
    return map_io((uint64_t)PhysicalAddress.QuadPart, NumberOfBytes, DD_SITE());
}

PVOID MmMapIoSpaceEx(PHYSICAL_ADDRESS PhysicalAddress, SIZE_T NumberOfBytes, ULONG Protect)
{
    ULONG caching = Protect & (PAGE_NOCACHE | PAGE_WRITECOMBINE), access = Protect & ~caching;

    DD_API(MmMapIoSpaceEx);
    if ((access != PAGE_READWRITE && access != PAGE_READONLY && access != PAGE_EXECUTE_READWRITE) ||
        caching == (PAGE_NOCACHE | PAGE_WRITECOMBINE)) {
        DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = DD_SITE(),
                .data = "MmMapIoSpaceEx with an invalid protection");
        return NULL;
    }
    return map_io((uint64_t)PhysicalAddress.QuadPart, NumberOfBytes, DD_SITE());
}

VOID MmUnmapIoSpace(PVOID BaseAddress, SIZE_T NumberOfBytes)
{
    DD_API(MmUnmapIoSpace);
    if (dd_io_unmap(BaseAddress, NumberOfBytes) < 0) {
        DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = DD_SITE(), .obj = BaseAddress,
                .data = "MmUnmapIoSpace of registers that are not mapped, or with another length");
    }
}

BOOLEAN MmIsAddressValid(PVOID VirtualAddress)
{
    DD_API(MmIsAddressValid);
    return dd_io_is_window(VirtualAddress) || dd_address_readable(VirtualAddress, 1) ? TRUE : FALSE;
}

/* --- exports --- */

void *dd_kernel_routine(const char *name)
{
    if (dd_routine_lookup == NULL) {
        return NULL;
    }
    for (unsigned i = 0; i < DD_API_COUNT; i++) {
        const struct dd_api_info *info = &dd_api_table[i];

        if (info->done && (strcmp(info->since, "wdm") == 0 || strcmp(info->since, "crt") == 0) &&
            strcmp(info->name, name) == 0) {
            return dd_routine_lookup(name);
        }
    }
    return NULL;
}

PVOID MmGetSystemRoutineAddress(PUNICODE_STRING SystemRoutineName)
{
    char name[128];

    DD_API(MmGetSystemRoutineAddress);
    if (dd_utf16_to_utf8(SystemRoutineName->Buffer, SystemRoutineName->Length / sizeof(WCHAR), name,
                         sizeof(name)) >= sizeof(name)) {
        return NULL;
    }
    return dd_kernel_routine(name);
}
