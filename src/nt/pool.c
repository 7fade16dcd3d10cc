/* SPDX-License-Identifier: MIT */
/*
 * Pool memory. A block is memory of the emulated RAM; what is known about it is in the table of
 * blocks.h, so a driver's overrun damages red zones and neighbours, never our books.
 */
#include <stdio.h>

#include "nt/pool.h"

#include "nt/blocks.h"
#include "nt/kernel.h"
#include "nt/machine.h"
#include "nt/sched.h"
#include "seam/api.h"

#include <errno.h>
#include <stdlib.h>

/* what an allocation asks for beside its size */
struct request {
    uint32_t tag;
    bool zero, paged, cache_aligned;
    const void *owner;
    enum dd_leak kind;
    const void *site;
};

static void *allocate(size_t size_bytes, const struct request *rq)
{
    struct dd_block b = {
        .size_bytes = size_bytes,
        .owner = rq->owner,
        .site = rq->site,
        .tag = rq->tag,
        .source = DD_BLOCK_POOL,
        .kind = (uint8_t)rq->kind,
        .paged = rq->paged,
    };
    struct dd_ram *ram = dd_machine()->ram;

    if (dd_seam_may_fail(DD_FAIL_POOL, rq->site)) {
        return NULL;
    }
    b.ptr = dd_ram_alloc(ram, size_bytes == 0 ? 1 : size_bytes, rq->cache_aligned ? 64 : 16,
                         rq->zero ? DD_RAM_ZERO : 0, UINT64_MAX);
    if (b.ptr == NULL) {
        return NULL;
    }
    if (dd_blocks_add(&b) < 0) {
        (void)dd_ram_free_block(ram, b.ptr, NULL);
        return NULL;
    }
    return b.ptr;
}

void *dd_pool_alloc(size_t size_bytes, uint32_t tag, const void *owner, enum dd_leak kind,
                    const void *site)
{
    return allocate(size_bytes, &(const struct request){
                                    .tag = tag, .owner = owner, .kind = kind, .site = site});
}

/* nothing is freed: say why */
static void report_bad_free(void *ptr, uint32_t tag, const void *site)
{
    struct dd_block b = {0};
    enum dd_pool_defect defect = DD_POOL_UNKNOWN;
    void *start = ptr == NULL ? NULL : dd_ram_block(dd_machine()->ram, ptr, NULL);

    if (ptr == NULL) {
        defect = DD_POOL_NULL;
    } else if (start != NULL && start != ptr && dd_blocks_find(DD_BLOCK_POOL, start, &b)) {
        defect = DD_POOL_INSIDE;
    } else if (dd_blocks_was_freed(DD_BLOCK_POOL, ptr, &b)) {
        defect = DD_POOL_DOUBLE_FREE;
    }
    DD_SEAM(.kind = DD_EV_POOL_BAD_FREE, .site = site, .obj = ptr, .a = defect, .b = tag,
            .c = b.tag, .data = b.site);
}

/* the block is out of the table already */
static void release(const struct dd_block *b, const void *site)
{
    int64_t bad_offset = 0;

    if (dd_ram_free_block(dd_machine()->ram, b->ptr, &bad_offset) == -EFAULT) {
        DD_SEAM(.kind = DD_EV_POOL_CORRUPT, .site = site, .obj = b->ptr, .a = (uint64_t)bad_offset,
                .b = b->size_bytes, .data = b->site);
    }
}

/* A block in which the kernel still uses something is reported and never used again, so that the
 * kernel reads no memory of others. Looked at only when somebody listens. */
static bool is_in_use(const struct dd_block *b, const void *site)
{
    const char *what = dd_seam_listening() ? dd_object_in_use(b->ptr, b->size_bytes) : NULL;
    char words[96];

    if (what == NULL) {
        return false;
    }
    (void)snprintf(words, sizeof(words), "pool memory was freed while in it a %s", what);
    DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = site, .obj = b->ptr, .data = words);
    return true;
}

void dd_pool_free(void *ptr, uint32_t tag, const void *site)
{
    struct dd_block b;

    if (!dd_blocks_take(DD_BLOCK_POOL, ptr, &b)) {
        report_bad_free(ptr, tag, site);
        return;
    }
    if (tag != 0 && tag != b.tag) {
        DD_SEAM(.kind = DD_EV_POOL_BAD_FREE, .site = site, .obj = ptr, .a = DD_POOL_WRONG_TAG,
                .b = tag, .c = b.tag, .data = b.site);
    }
    if (b.paged && dd_irql_get() > APC_LEVEL) {
        DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = site, .obj = ptr,
                .data = "paged pool freed above APC_LEVEL");
    }
    if (!is_in_use(&b, site)) {
        release(&b, site);
    }
}

const char *dd_leak_name(enum dd_leak kind)
{
    static const char *const names[DD_LEAK_COUNT] = {
        [DD_LEAK_SGL] = "scatter/gather list",
        [DD_LEAK_SG_REGISTRATION] = "scatter/gather DMA registration",
        [DD_LEAK_SHMEM] = "shared memory",
        [DD_LEAK_INTERRUPT] = "interrupt",
        [DD_LEAK_TIMER] = "timer",
        [DD_LEAK_WORK_ITEM] = "work item",
        [DD_LEAK_POOL] = "pool memory",
        [DD_LEAK_NBL] = "NET_BUFFER_LIST",
        [DD_LEAK_NBL_POOL] = "NET_BUFFER_LIST pool",
        [DD_LEAK_MDL] = "MDL",
        [DD_LEAK_CONFIG] = "configuration handle",
        [DD_LEAK_IO_MAP] = "register mapping",
        [DD_LEAK_PORT_RANGE] = "port range",
        [DD_LEAK_RWLOCK] = "reader/writer lock",
        [DD_LEAK_DMA_ADAPTER] = "DMA adapter",
        [DD_LEAK_COMMON_BUFFER] = "common buffer",
        [DD_LEAK_LOOKASIDE] = "lookaside block",
        [DD_LEAK_OTHER] = "object",
    };

    return kind < DD_LEAK_COUNT && names[kind] != NULL ? names[kind] : "object";
}

static unsigned report_leaks(enum dd_block_source source, const void *owner, bool failed_init)
{
    size_t count;
    struct dd_block *blocks = dd_blocks_take_all(source, owner, &count);

    for (size_t i = 0; i < count; i++) {
        const struct dd_block *b = &blocks[i];

        DD_SEAM(.kind = DD_EV_LEAK, .site = b->site, .obj = b->ptr,
                .data = source == DD_BLOCK_CONTIGUOUS ? "contiguous memory" : dd_leak_name(b->kind),
                .a = b->kind, .b = b->size_bytes, .c = failed_init);
        release(b, b->site);
    }
    free(blocks);
    return (unsigned)count;
}

unsigned dd_pool_report_leaks(const void *owner, bool failed_init)
{
    return report_leaks(DD_BLOCK_POOL, owner, failed_init) +
           report_leaks(DD_BLOCK_CONTIGUOUS, owner, failed_init);
}

uint64_t dd_pool_live_bytes(void)
{
    return dd_blocks_bytes(DD_BLOCK_POOL) + dd_blocks_bytes(DD_BLOCK_CONTIGUOUS);
}

/* --- Windows names --- */

/* a driver's own request, with the checks that concern it */
static void *allocate_for_driver(size_t size_bytes, struct request *rq, bool raise)
{
    void *ptr;

    if (rq->paged && dd_irql_get() > APC_LEVEL) {
        DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = rq->site,
                .data = "paged pool allocated above APC_LEVEL");
    }
    rq->kind = DD_LEAK_POOL;
    ptr = allocate(size_bytes, rq);
    if (size_bytes == 0) {
        DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = rq->site, .obj = ptr,
                .data = "pool allocation of zero bytes");
    }
    if (ptr == NULL && raise) {
        dd_machine_bugcheck(
            "pool allocation of %zu bytes failed and was to raise STATUS_INSUFFICIENT_RESOURCES",
            size_bytes);
    }
    return ptr;
}

static void *allocate_type(unsigned type, size_t size_bytes, ULONG tag, bool raise,
                           const void *site)
{
    struct request rq = {
        .tag = tag,
        .zero = (type & POOL_ZERO_ALLOCATION) != 0,
        .paged = (type & 1) != 0,
        .cache_aligned = (type & 4) != 0,
        .site = site,
    };

    return allocate_for_driver(size_bytes, &rq, raise);
}

PVOID ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    DD_API(ExAllocatePoolWithTag);
    return allocate_type(PoolType, NumberOfBytes, Tag,
                         (PoolType & POOL_RAISE_IF_ALLOCATION_FAILURE) != 0, DD_SITE());
}

PVOID ExAllocatePoolWithTagPriority(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                                    EX_POOL_PRIORITY Priority)
{
    DD_API(ExAllocatePoolWithTagPriority);
    (void)Priority; /* memory is short for all or for none */
    return allocate_type(PoolType, NumberOfBytes, Tag,
                         (PoolType & POOL_RAISE_IF_ALLOCATION_FAILURE) != 0, DD_SITE());
}

PVOID ExAllocatePoolWithQuotaTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    DD_API(ExAllocatePoolWithQuotaTag);
    return allocate_type(PoolType, NumberOfBytes, Tag,
                         (PoolType & POOL_QUOTA_FAIL_INSTEAD_OF_RAISE) == 0, DD_SITE());
}

/* what is wrong with a call of ExAllocatePool2, in words; NULL: nothing */
static const char *flags_defect(POOL_FLAGS flags, ULONG tag)
{
    const POOL_FLAGS kinds = POOL_FLAG_NON_PAGED | POOL_FLAG_NON_PAGED_EXECUTE | POOL_FLAG_PAGED;
    const POOL_FLAGS known = kinds | POOL_FLAG_USE_QUOTA | POOL_FLAG_UNINITIALIZED |
                             POOL_FLAG_SESSION | POOL_FLAG_CACHE_ALIGNED |
                             POOL_FLAG_RAISE_ON_FAILURE;

    if (tag == 0) {
        return "ExAllocatePool2 with tag 0";
    }
    if ((flags & 0xffffffffu & ~known) != 0) {
        return "ExAllocatePool2 with a required flag that is unknown";
    }
    if (__builtin_popcountll(flags & kinds) != 1) {
        return "ExAllocatePool2 without exactly one of NON_PAGED, NON_PAGED_EXECUTE and PAGED";
    }
    return NULL;
}

static void *allocate_flags(POOL_FLAGS flags, size_t size_bytes, ULONG tag, const void *site)
{
    struct request rq = {
        .tag = tag,
        .zero = (flags & POOL_FLAG_UNINITIALIZED) == 0,
        .paged = (flags & POOL_FLAG_PAGED) != 0,
        .cache_aligned = (flags & POOL_FLAG_CACHE_ALIGNED) != 0,
        .site = site,
    };
    const char *defect = flags_defect(flags, tag);

    if (defect != NULL) {
        DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = site, .data = defect);
        if ((flags & POOL_FLAG_RAISE_ON_FAILURE) != 0) {
            dd_machine_bugcheck("%s, and was to raise STATUS_INVALID_PARAMETER", defect);
        }
        return NULL;
    }
    return allocate_for_driver(size_bytes, &rq, (flags & POOL_FLAG_RAISE_ON_FAILURE) != 0);
}

PVOID ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag)
{
    DD_API(ExAllocatePool2);
    return allocate_flags(Flags, NumberOfBytes, Tag, DD_SITE());
}

PVOID ExAllocatePool3(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag,
                      PCPOOL_EXTENDED_PARAMETER ExtendedParameters, ULONG ExtendedParametersCount)
{
    DD_API(ExAllocatePool3);
    for (ULONG i = 0; i < ExtendedParametersCount; i++) {
        unsigned type = (unsigned)ExtendedParameters[i].Type;

        if (type != PoolExtendedParameterPriority && type != PoolExtendedParameterNumaNode &&
            !ExtendedParameters[i].Optional) {
            DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = DD_SITE(),
                    .data =
                        "ExAllocatePool3 with a parameter that is not optional and not supported");
            return NULL;
        }
    }
    return allocate_flags(Flags, NumberOfBytes, Tag, DD_SITE());
}

VOID ExFreePool(PVOID P)
{
    DD_API(ExFreePool);
    dd_pool_free(P, 0, DD_SITE());
}

VOID ExFreePoolWithTag(PVOID P, ULONG Tag)
{
    DD_API(ExFreePoolWithTag);
    dd_pool_free(P, Tag, DD_SITE());
}
