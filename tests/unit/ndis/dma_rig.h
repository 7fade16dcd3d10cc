/* SPDX-License-Identifier: MIT */
/*
 * An adapter without a driver: the test calls the DMA entry points itself, with its own callbacks.
 * A machine, RAM, a domain, a device nobody talks to; events are remembered.
 */
#ifndef DMA_RIG_H
#define DMA_RIG_H

#include "base/clock.h"
#include "ndis/adapter_priv.h"
#include "ndis/sgdma.h"
#include "nt/machine.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RIG_EVENTS   4096u
#define RIG_SG_BYTES 4096u
#ifndef RIG_RAM_MIB
#define RIG_RAM_MIB 64u
#endif

struct rig {
    struct dd_ram *ram;
    struct dd_domain *domain;
    struct dd_dma_policy policy;
    struct dd_dev dev;
    struct dd_driver driver;
    struct dd_adapter adapter;
    DEVICE_OBJECT pdo;
    struct dd_ctx *ctx;
    NDIS_HANDLE dma;
    NDIS_SG_DMA_DESCRIPTION description;
    bool listening;
    struct dd_mutex lock; /* guards what follows */
    struct dd_ev events[RIG_EVENTS];
    unsigned event_count;
    int fail_point; /* DD_FAIL_ + 1: fails once */
};

static struct rig rig;

static void rig_event(void *arg, const struct dd_ev *ev)
{
    (void)arg;
    if (ev->kind == DD_EV_API || ev->kind == DD_EV_DEV_MAP || ev->kind == DD_EV_DEV_UNMAP ||
        ev->kind == DD_EV_DPC) {
        return;
    }
    dd_mutex_lock(&rig.lock);
    if (rig.event_count < RIG_EVENTS) {
        rig.events[rig.event_count++] = *ev;
    }
    dd_mutex_unlock(&rig.lock);
}

static bool rig_may_fail(void *arg, enum dd_fail_point point, const void *site)
{
    bool fail = rig.fail_point == (int)point + 1;

    (void)arg;
    (void)site;
    if (fail) {
        rig.fail_point = 0;
    }
    return fail;
}

/* the last event of a kind, or NULL */
static inline const struct dd_ev *rig_last(enum dd_ev_kind kind)
{
    for (unsigned i = rig.event_count; i > 0; i--) {
        if (rig.events[i - 1].kind == kind) {
            return &rig.events[i - 1];
        }
    }
    return NULL;
}

static inline unsigned rig_count(enum dd_ev_kind kind)
{
    unsigned n = 0;

    for (unsigned i = 0; i < rig.event_count; i++) {
        n += rig.events[i].kind == kind;
    }
    return n;
}

/* the call is expected to report exactly this kind with this .d */
#define RIG_LAST(kind, field)                                                                      \
    (assert_non_null(rig_last(DD_EV_##kind)), rig_last(DD_EV_##kind)->field)

static inline void rig_adapter_up(void)
{
    struct dd_adapter *a = &rig.adapter;

    rig.driver = (struct dd_driver){.magic = DD_MAGIC_DRIVER,
                                    .ndis_version = 6u << 16 | 30,
                                    .registered = true};
    rig.dev.info = (struct dd_dev_info){.name = "none", .address_bits = 64};
    *a = (struct dd_adapter){
        .magic = DD_MAGIC_ADAPTER,
        .driver = &rig.driver,
        .name = "rig",
        .context = &rig,
        .dev = &rig.dev,
        .domain = rig.domain,
        .ram = rig.ram,
        .pdo = &rig.pdo,
        .have_registration = true,
        .bus_master = true,
        .dma_policy = &rig.policy,
    };
    atomic_store(&a->state, DD_STATE_INITIALIZING);
    assert_int_equal(dd_adapter_publish(a), 0);
    dd_domain_set_adapter(rig.domain, a);
    assert_int_equal(dd_sgdma_adapter_init(a), 0);
    assert_int_equal(dd_shmem_adapter_init(a), 0);
}

/* rig.policy first */
static inline void rig_start(unsigned cpus)
{
    static const struct dd_listener listener = {.event = rig_event, .may_fail = rig_may_fail};
    struct dd_ram_config ram = {.low_bytes = (uint64_t)RIG_RAM_MIB << 20,
                                .high_bytes = 4ull << 20,
                                .seed = 5,
                                .shuffle = true};
    struct dd_machine_config machine = {.cpus = cpus, .ndis_version = 6u << 16 | 85, .seed = 1};

    rig.event_count = 0;
    rig.fail_point = 0;
    dd_mutex_init(&rig.lock);
    assert_int_equal(dd_ram_new(&ram, &rig.ram), 0);
    assert_int_equal(dd_domain_new(rig.ram, rig.policy.iommu, 64, &rig.domain), 0);
    machine.ram = rig.ram;
    assert_int_equal(dd_machine_start(&machine), 0);
    assert_int_equal(dd_ctx_adopt("test", 0, &rig.ctx), 0);
    if (rig.listening) {
        assert_int_equal(dd_seam_listen(&listener), 0);
    }
    rig_adapter_up();
}

/* returns leaks */
static inline unsigned rig_stop(void)
{
    unsigned leaks;

    dd_shmem_finish_async(&rig.adapter);
    atomic_store(&rig.adapter.state, DD_STATE_HALTED);
    leaks = dd_sgdma_adapter_done(&rig.adapter, false);
    leaks += dd_shmem_adapter_done(&rig.adapter, false);
    dd_adapter_withdraw(&rig.adapter);
    assert_int_equal(dd_domain_live(rig.domain), 0);
    dd_ctx_release(rig.ctx);
    dd_machine_stop();
    dd_seam_reset();
    assert_int_equal(dd_ram_live_bytes(rig.ram), 0);
    dd_domain_free(rig.domain);
    dd_ram_free(rig.ram);
    dd_mutex_done(&rig.lock);
    return leaks;
}

/* --- one NET_BUFFER and its callback --- */

#define TX_MDLS 4u

struct tx {
    NET_BUFFER nb;
    PMDL mdls[TX_MDLS];
    uint8_t *blocks[TX_MDLS];
    unsigned count;
    uint8_t room[RIG_SG_BYTES] __attribute__((aligned(16)));
    /* what the callback saw */
    _Atomic(unsigned) calls;
    PSCATTER_GATHER_LIST list;
    PDEVICE_OBJECT pdo;
    PVOID reserved;
    unsigned cpu;
    KIRQL irql;
    bool free_inside;
};

static inline VOID NTAPI rig_process(PDEVICE_OBJECT pDO, PVOID Reserved, PSCATTER_GATHER_LIST pSGL,
                                     PVOID Context)
{
    struct tx *t = Context;

    t->list = pSGL;
    t->pdo = pDO;
    t->reserved = Reserved;
    t->cpu = dd_cpu_current();
    t->irql = dd_irql_get();
    if (t->free_inside) {
        NdisMFreeNetBufferSGList(rig.dma, pSGL, &t->nb);
    }
    atomic_fetch_add(&t->calls, 1); /* last: whoever waits for it may use *t again */
}

/* MDLs of these lengths over blocks of their own (0: an MDL of no bytes); the window as given */
static inline struct tx *tx_new(const ULONG *lens, unsigned count, ULONG offset, ULONG length)
{
    struct tx *t = calloc(1, sizeof(*t));

    assert_non_null(t);
    t->count = count;
    for (unsigned i = 0; i < count; i++) {
        t->blocks[i] = dd_ram_alloc(rig.ram, lens[i] > 0 ? lens[i] : 1, 16, 0, UINT64_MAX);
        assert_non_null(t->blocks[i]);
        for (ULONG k = 0; k < lens[i]; k++) {
            t->blocks[i][k] = (uint8_t)(k * 13 + i * 31 + (k >> 8));
        }
        t->mdls[i] = dd_mdl_new(t->blocks[i], lens[i], NULL, NULL);
        assert_non_null(t->mdls[i]);
        if (i > 0) {
            t->mdls[i - 1]->Next = t->mdls[i];
        }
    }
    t->nb.MdlChain = t->nb.CurrentMdl = t->mdls[0];
    t->nb.CurrentMdlOffset = t->nb.DataOffset = offset;
    t->nb.DataLength = length;
    return t;
}

static inline struct tx *tx_frame(void)
{
    static const ULONG lens[] = {54, 1460};

    return tx_new(lens, 2, 0, 1514);
}

static inline void tx_free(struct tx *t)
{
    for (unsigned i = 0; i < t->count; i++) {
        dd_mdl_free(t->mdls[i], NULL);
        assert_int_equal(dd_ram_free_block(rig.ram, t->blocks[i], NULL), 0);
    }
    free(t);
}

static inline NDIS_STATUS tx_map_with(struct tx *t, ULONG flags, PVOID buffer, ULONG size)
{
    return NdisMAllocateNetBufferSGList(rig.dma, &t->nb, t, flags, buffer, size);
}

static inline NDIS_STATUS tx_map(struct tx *t)
{
    return tx_map_with(t, NDIS_SG_LIST_WRITE_TO_DEVICE, t->room, sizeof(t->room));
}

static inline void tx_unmap(struct tx *t)
{
    NdisMFreeNetBufferSGList(rig.dma, t->list, &t->nb);
}

/* bytes the window covers, from byte 0 of CurrentMdl */
static inline size_t tx_bytes(const struct tx *t, uint8_t *out)
{
    size_t left = (size_t)t->nb.CurrentMdlOffset + t->nb.DataLength, n = 0;

    for (unsigned i = 0; i < t->count && left > 0; i++) {
        size_t k = t->mdls[i]->ByteCount < left ? t->mdls[i]->ByteCount : left;

        memcpy(out + n, t->blocks[i], k);
        n += k;
        left -= k;
    }
    return n;
}

/* what a device sees through the list; false: a fault */
static inline bool tx_read(const struct tx *t, uint8_t *out, size_t *ret_len)
{
    size_t n = 0;

    for (ULONG i = 0; i < t->list->NumberOfElements; i++) {
        const SCATTER_GATHER_ELEMENT *e = &t->list->Elements[i];

        if (dd_domain_access(rig.domain, (dd_iova){(uint64_t)e->Address.QuadPart}, out + n,
                             e->Length, false) < 0) {
            return false;
        }
        n += e->Length;
    }
    *ret_len = n;
    return true;
}

static inline void tx_check(const struct tx *t)
{
    static uint8_t want[1 << 17], got[1 << 17];
    size_t n = tx_bytes(t, want), len = 0;

    assert_true(tx_read(t, got, &len));
    assert_int_equal(len, n);
    assert_memory_equal(want, got, n);
}

/* wait until the callback has run @calls times */
static inline void tx_wait(struct tx *t, unsigned calls)
{
    uint64_t end = dd_clock_ns() + 20 * DD_NS_PER_S;

    while (atomic_load(&t->calls) < calls) {
        assert_true(dd_clock_ns() < end);
        dd_thread_sleep_until(dd_clock_ns() + 50 * DD_NS_PER_US);
    }
}

/* --- registration --- */

static inline NDIS_SG_DMA_DESCRIPTION rig_description(ULONG max)
{
    return (NDIS_SG_DMA_DESCRIPTION){
        .Header = {.Type = NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION, .Revision = 1, .Size = 36},
        .Flags = NDIS_SG_DMA_64_BIT_ADDRESS,
        .MaximumPhysicalMapping = max,
        .ProcessSGListHandler = rig_process,
    };
}

static inline void rig_register(ULONG max)
{
    rig.description = rig_description(max);
    assert_int_equal(NdisMRegisterScatterGatherDma(&rig.adapter, &rig.description, &rig.dma),
                     NDIS_STATUS_SUCCESS);
}

/* register, initialized, running, at DISPATCH_LEVEL */
static inline void rig_run(ULONG max)
{
    rig_register(max);
    atomic_store(&rig.adapter.state, DD_STATE_RUNNING);
    dd_irql_raise(DISPATCH_LEVEL);
}

/* deregister; everything was freed */
static inline void rig_end(void)
{
    dd_irql_lower(PASSIVE_LEVEL);
    assert_int_equal(dd_sgdma_live_sends(&rig.adapter), 0);
    NdisMDeregisterScatterGatherDma(rig.dma);
    assert_int_equal(rig_stop(), 0);
}

static inline struct dd_dma_stats rig_stats(void)
{
    struct dd_dma_stats s;

    dd_ndis_dma_stats(&rig.adapter, &s);
    return s;
}

static inline int rig_setup(void **state)
{
    (void)state;
    memset(&rig.policy, 0, sizeof(rig.policy));
    rig.policy.checked = true;
    rig.policy.seed = 1;
    rig.listening = true;
    return 0;
}

#define RIG(name) cmocka_unit_test_setup(name, rig_setup)

#endif
