/* SPDX-License-Identifier: MIT */
/* A device and its DMA adapters, without a driver: the test calls DMA_OPERATIONS itself. */
#ifndef HAL_RIG_H
#define HAL_RIG_H

#include "hal/hal.h"
#include "nt/machine.h"
#include "seam/api.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define RIG_BLOCK (40u * 4096u)

static struct rig {
    struct dd_ram *ram;
    struct dd_domain *domain;
    struct dd_dma_policy policy;
    struct dd_hal_device *dev;
    struct dd_ctx *ctx;
    DEVICE_OBJECT pdo;
    uint8_t *blocks[2]; /* 40 pages and 1 page */
    PMDL chain;         /* block 0 from byte 100 on, then block 1 from byte 7 on */
    ULONG chain_bytes;
    _Atomic(int) fail_point; /* DD_FAIL_ + 1: fails once */
    _Atomic(unsigned) told, leaks;
} rig;

static void rig_event(void *arg, const struct dd_ev *ev)
{
    (void)arg;
    if (ev->kind == DD_EV_OBJECT_BAD) {
        atomic_fetch_add(&rig.told, 1);
    } else if (ev->kind == DD_EV_LEAK) {
        atomic_fetch_add(&rig.leaks, 1);
    }
}

static bool rig_may_fail(void *arg, enum dd_fail_point point, const void *site)
{
    int wanted = (int)point + 1;

    (void)arg;
    (void)site;
    return atomic_compare_exchange_strong(&rig.fail_point, &wanted, 0);
}

/* rig.policy first */
static void rig_start(void)
{
    static const struct dd_listener listener = {.event = rig_event, .may_fail = rig_may_fail};
    struct dd_ram_config config = {.low_bytes = 32ull << 20, .seed = 9, .shuffle = true};
    struct dd_machine_config machine = {.cpus = 2, .ndis_version = 6u << 16 | 30};
    struct dd_hal_device_config dc = {.pdo = &rig.pdo,
                                      .adapter = &rig.pdo,
                                      .policy = &rig.policy,
                                      .address_bits = 64};

    rig.fail_point = 0;
    atomic_store(&rig.told, 0);
    atomic_store(&rig.leaks, 0);
    assert_int_equal(dd_ram_new(&config, &rig.ram), 0);
    assert_int_equal(dd_domain_new(rig.ram, rig.policy.iommu, 64, &rig.domain), 0);
    machine.ram = rig.ram;
    assert_int_equal(dd_machine_start(&machine), 0);
    assert_int_equal(dd_ctx_adopt("test", 0, &rig.ctx), 0);
    assert_int_equal(dd_seam_listen(&listener), 0);
    dc.ram = rig.ram;
    dc.domain = rig.domain;
    assert_int_equal(dd_hal_device_open(&dc, &rig.dev), 0);
    rig.blocks[0] = dd_ram_alloc(rig.ram, RIG_BLOCK, 4096, 0, UINT64_MAX);
    rig.blocks[1] = dd_ram_alloc(rig.ram, 4096, 4096, 0, UINT64_MAX);
    for (unsigned i = 0; i < RIG_BLOCK; i++) {
        rig.blocks[0][i] = (uint8_t)(i * 3 + (i >> 8));
    }
    memset(rig.blocks[1], 0x77, 4096);
    rig.chain = dd_mdl_new(rig.blocks[0] + 100, RIG_BLOCK - 100, NULL, NULL);
    rig.chain->Next = dd_mdl_new(rig.blocks[1] + 7, 1000, NULL, NULL);
    rig.chain_bytes = RIG_BLOCK - 100 + 1000;
}

static void rig_stop(void)
{
    dd_mdl_free(rig.chain->Next, NULL);
    dd_mdl_free(rig.chain, NULL);
    assert_int_equal(dd_ram_free_block(rig.ram, rig.blocks[0], NULL), 0);
    assert_int_equal(dd_ram_free_block(rig.ram, rig.blocks[1], NULL), 0);
    assert_int_equal(dd_hal_device_report(rig.dev, false), 0);
    dd_hal_device_close(rig.dev);
    assert_int_equal(dd_domain_live(rig.domain), 0);
    dd_ctx_release(rig.ctx);
    dd_machine_stop();
    dd_seam_reset();
    assert_int_equal(dd_ram_live_bytes(rig.ram), 0);
    dd_domain_free(rig.domain);
    dd_ram_free(rig.ram);
}

static inline int rig_setup(void **state)
{
    (void)state;
    memset(&rig.policy, 0, sizeof(rig.policy));
    rig.policy.checked = true;
    rig_start();
    return 0;
}

static inline int rig_teardown(void **state)
{
    (void)state;
    rig_stop();
    return 0;
}

/* another policy: the rig is stopped first */
static inline void rig_again(struct dd_dma_policy policy)
{
    rig_stop();
    rig.policy = policy;
    rig.policy.checked = true;
    rig_start();
}

static inline DEVICE_DESCRIPTION rig_description(ULONG version)
{
    return (DEVICE_DESCRIPTION){
        .Version = version,
        .Master = TRUE,
        .ScatterGather = TRUE,
        .Dma64BitAddresses = TRUE,
        .DmaAddressWidth = 64,
        .InterfaceType = PCIBus,
        .MaximumLength = 256 * 1024,
    };
}

static inline PDMA_ADAPTER rig_adapter(void)
{
    DEVICE_DESCRIPTION d = rig_description(3);
    PDMA_ADAPTER a = IoGetDmaAdapter(&rig.pdo, &d, NULL);

    assert_non_null(a);
    return a;
}

/* what the device finds at @address; write: it writes @bytes there */
static inline int rig_device(uint64_t address, void *bytes, size_t len, bool write)
{
    return dd_domain_access(rig.domain, (dd_iova){address}, bytes, len, write);
}

/* byte @offset of the chain */
static inline uint8_t rig_byte(uint64_t offset)
{
    return offset < RIG_BLOCK - 100 ? rig.blocks[0][100 + offset]
                                    : rig.blocks[1][7 + offset - (RIG_BLOCK - 100)];
}

/* the device reads exactly chain bytes [offset, offset + len) through the list */
static inline void rig_check(const SCATTER_GATHER_LIST *list, uint64_t offset, uint64_t len)
{
    uint64_t done = 0;

    for (ULONG i = 0; i < list->NumberOfElements; i++) {
        uint32_t n = list->Elements[i].Length;
        uint8_t *got = malloc(n);

        assert_non_null(got);
        assert_int_equal(rig_device((uint64_t)list->Elements[i].Address.QuadPart, got, n, false),
                         0);
        for (uint32_t k = 0; k < n; k++) {
            if (got[k] != rig_byte(offset + done + k)) {
                fail_msg("byte %llu differs", (unsigned long long)(offset + done + k));
            }
        }
        free(got);
        done += n;
    }
    assert_int_equal(done, len);
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

#endif
