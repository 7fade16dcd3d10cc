/* SPDX-License-Identifier: MIT */
/* What is left of an adapter or a driver: named, reported, taken away. */
#include "ndis/adapter_priv.h"

#include "nt/pool.h"

struct leak_kind {
    enum dd_slot_kind slot;
    enum dd_leak leak;
    const char *text;
    void (*destroy)(void *obj);
};

/* interrupts first, memory last: what could still run goes before what it would use */
static const struct leak_kind kinds[] = {
    {DD_SLOT_INTERRUPT, DD_LEAK_INTERRUPT, "interrupt", dd_interrupt_destroy},
    {DD_SLOT_POLL, DD_LEAK_OTHER, "poll object", dd_poll_destroy},
    {DD_SLOT_TIMER, DD_LEAK_TIMER, "timer object", dd_timer_destroy},
    {DD_SLOT_WORK_ITEM, DD_LEAK_WORK_ITEM, "work item", dd_work_item_destroy},
    {DD_SLOT_DEVICE, DD_LEAK_OTHER, "control device", dd_device_destroy},
    {DD_SLOT_NBL_POOL, DD_LEAK_NBL_POOL, "NET_BUFFER_LIST pool", dd_nbl_pool_destroy},
    {DD_SLOT_NB_POOL, DD_LEAK_NBL_POOL, "NET_BUFFER pool", dd_nbl_pool_destroy},
    {DD_SLOT_RWLOCK, DD_LEAK_RWLOCK, "read/write lock", dd_rwlock_destroy},
    {DD_SLOT_CONFIG, DD_LEAK_CONFIG, "configuration handle", dd_config_destroy},
    {DD_SLOT_SHARED_MEMORY, DD_LEAK_SHMEM, "shared memory", dd_shared_memory_destroy},
    {DD_SLOT_DMA_CHANNEL, DD_LEAK_OTHER, "DMA channel", dd_dma_channel_destroy},
    {DD_SLOT_IO_MAP, DD_LEAK_IO_MAP, "register window", dd_io_map_destroy},
    {DD_SLOT_PORT_RANGE, DD_LEAK_PORT_RANGE, "I/O port range", dd_port_range_destroy},
    {DD_SLOT_GENERIC, DD_LEAK_OTHER, "generic object", dd_generic_destroy},
};

static unsigned report_kind(const struct leak_kind *k, const void *owner,
                            const struct dd_adapter *a, bool failed_init)
{
    struct dd_nobj *obj;
    unsigned leaks = 0;

    while ((obj = dd_nobj_find(k->slot, owner)) != NULL) {
        if (k->slot == DD_SLOT_NBL_POOL || k->slot == DD_SLOT_NB_POOL) {
            leaks += dd_nbl_pool_report_leaks(obj, a, failed_init);
        }
        DD_SEAM(.kind = DD_EV_LEAK, .site = obj->site, .adapter = a, .obj = obj, .data = k->text,
                .a = k->leak, .b = 1, .c = failed_init);
        leaks++;
        k->destroy(obj);
    }
    return leaks;
}

unsigned dd_ndis_report_leaks(const void *owner, const struct dd_adapter *a, bool failed_init)
{
    unsigned leaks = 0;

    for (size_t i = 0; i < DD_ARRAY_LEN(kinds); i++) {
        leaks += report_kind(&kinds[i], owner, a, failed_init);
    }
    leaks += dd_mdl_report_leaks(owner, failed_init);
    leaks += dd_pool_report_leaks(owner, failed_init);
    return leaks;
}

void dd_ndis_drop_quietly(const void *owner)
{
    for (size_t i = 0; i < DD_ARRAY_LEN(kinds); i++) {
        struct dd_nobj *obj;

        while ((obj = dd_nobj_find(kinds[i].slot, owner)) != NULL) {
            kinds[i].destroy(obj);
        }
    }
}
