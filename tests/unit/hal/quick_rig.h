/* SPDX-License-Identifier: MIT */
/* Lists of hal/quick.h over the rig of the HAL's tests, seen with the device's eyes. */
#ifndef QUICK_RIG_H
#define QUICK_RIG_H

#include "hal/quick_int.h"
#include "hal_rig.h"

#include "base/thread.h"

#define ROOM_ELEMENTS 64u
#define TO            DD_DIR_TO_DEVICE
#define FROM          DD_DIR_FROM_DEVICE

static struct dd_hal_adapter *ha;
static struct dd_quick *quick;

/* a list and where it lies */
union quick_list {
    SCATTER_GATHER_LIST list;
    uint8_t bytes[DD_LIST_HEADER_BYTES + ROOM_ELEMENTS * sizeof(struct dd_sg_elem)];
};

static int quick_setup_with(struct dd_dma_policy policy)
{
    rig.policy = policy;
    rig_start();
    assert_int_equal(dd_hal_adapter_open(rig.dev, 64, 256 * 1024, &ha), 0);
    quick = ha->quick;
    assert_non_null(quick);
    dd_irql_raise(DISPATCH_LEVEL);
    return 0;
}

static inline int quick_setup_mapped(void **state)
{
    (void)state;
    return quick_setup_with((struct dd_dma_policy){.iommu = DD_DOMAIN_STRICT});
}

static inline int quick_setup_bounced(void **state)
{
    (void)state;
    return quick_setup_with(
        (struct dd_dma_policy){.iommu = DD_DOMAIN_OFF, .bounce = DD_BOUNCE_ALWAYS});
}

/* @ha NULL: a test closed it */
static int quick_teardown(void **state)
{
    struct dd_dma_stats s;

    (void)state;
    if (ha) {
        assert_int_equal(dd_quick_live_locked(quick), 0);
        dd_hal_adapter_close(ha);
    }
    ha = NULL;
    dd_irql_lower(PASSIVE_LEVEL);
    dd_hal_device_stats(rig.dev, &s);
    assert_int_equal(s.sg_lists_built, s.sg_lists_freed);
    assert_int_equal(s.map_registers_now, 0);
    assert_int_equal(dd_hal_live_sends(rig.dev), 0);
    assert_int_equal(rig.dev->core.space.busy_pages, 0);
    rig_stop();
    return 0;
}

#define Q(name) cmocka_unit_test_setup_teardown(name, quick_setup_mapped, quick_teardown)
#define B(name) cmocka_unit_test_setup_teardown(name, quick_setup_bounced, quick_teardown)

static inline struct dd_dma_stats quick_stats(void)
{
    struct dd_dma_stats s;

    dd_hal_device_stats(rig.dev, &s);
    return s;
}

/* --- memory --- */

/* @bytes that lie in one piece, from @offset of a page on; the block to free: quick_block_free() */
static inline PMDL quick_run(size_t offset, size_t bytes)
{
    uint8_t *block = dd_ram_alloc(rig.ram, offset + bytes < 4096 ? 4096 : offset + bytes, 4096,
                                  DD_RAM_CONTIG, UINT64_MAX);
    PMDL mdl;

    assert_non_null(block);
    for (size_t i = 0; i < offset + bytes; i++) {
        block[i] = (uint8_t)(i * 5 + (i >> 8) + bytes);
    }
    mdl = dd_mdl_new(block + offset, (ULONG)bytes, NULL, NULL);
    assert_non_null(mdl);
    assert_true(bytes == 0 || (mdl->MdlFlags & DD_MDL_RUN) != 0);
    return mdl;
}

static inline void quick_run_free(PMDL mdl)
{
    while (mdl) {
        PMDL next = mdl->Next;
        void *block = mdl->StartVa;

        dd_mdl_free(mdl, NULL);
        assert_int_equal(dd_ram_free_block(rig.ram, block, NULL), 0);
        mdl = next;
    }
}

static inline PMDL quick_chain(PMDL first, PMDL second)
{
    first->Next = second;
    return first;
}

static inline uint8_t *va_of(PMDL mdl)
{
    return (uint8_t *)MmGetMdlVirtualAddress(mdl);
}

/* byte @n of a chain, where the driver has it */
static inline uint8_t *quick_byte(PMDL mdl, uint64_t n)
{
    while (n >= mdl->ByteCount) {
        n -= mdl->ByteCount;
        mdl = mdl->Next;
    }
    return va_of(mdl) + n;
}

/* --- lists --- */

static inline bool quick_build(PMDL mdl, uint64_t len, enum dd_dir dir, union quick_list *l)
{
    memset(l, 0xa5, sizeof(*l));
    return dd_quick_build(quick, dd_cpu_current(), mdl, len, dir, &l->list, sizeof(*l));
}

static inline void quick_put(const union quick_list *l)
{
    dd_quick_put(l->list.Reserved, dd_cpu_current());
}

static inline uint64_t address_of(const union quick_list *l, ULONG i)
{
    return (uint64_t)l->list.Elements[i].Address.QuadPart;
}

/* the device reads exactly the first @len bytes of the chain through the list */
static inline bool quick_same(const union quick_list *l, PMDL mdl, uint64_t len)
{
    uint64_t done = 0;
    bool same = true;

    for (ULONG i = 0; i < l->list.NumberOfElements; i++) {
        uint32_t n = l->list.Elements[i].Length;
        uint8_t *got = malloc(n);

        assert_non_null(got);
        same = same && rig_device(address_of(l, i), got, n, false) == 0;
        for (uint32_t k = 0; k < n && same; k++) {
            same = got[k] == *quick_byte(mdl, done + k);
        }
        free(got);
        done += n;
    }
    return same && done == len;
}

static inline int reads(uint64_t address)
{
    uint8_t byte;

    return rig_device(address, &byte, 1, false);
}

static inline int writes(uint64_t address)
{
    uint8_t byte = 0x5a;

    return rig_device(address, &byte, 1, true);
}

#endif
