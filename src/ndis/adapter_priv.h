/* SPDX-License-Identifier: MIT */
/*
 * What src/ndis keeps of an adapter besides the public part of ndis_int.h.
 *
 * Locks, outermost first; none is held while driver code runs:
 *   gate pnp     one PnP operation at a time (initialize, restart, pause, reset, halt)
 *   gate oid     one OID request at a time
 *   pend.lock, oid.lock, intr_lock     a few instructions each
 * The data path takes no lock: ownership is a word in each NBL's slot, counters are atomic.
 */
#ifndef DD_NDIS_ADAPTER_PRIV_H
#define DD_NDIS_ADAPTER_PRIV_H

#include "ndis/host.h"
#include "ndis/nobj.h"
#include "ndis/rss.h"

#include <stdatomic.h>

/* A mutex whose holder may wait: contexts queue up at a synchronization event. PASSIVE_LEVEL only.
 */
struct dd_gate {
    KEVENT event;
};

void dd_gate_init(struct dd_gate *gate);
void dd_gate_enter(struct dd_gate *gate);
bool dd_gate_enter_within(struct dd_gate *gate, uint64_t timeout_ns);
void dd_gate_leave(struct dd_gate *gate);

/* An operation that the driver may finish later with an NdisMXxxComplete call. */
enum dd_pend_phase {
    DD_PEND_IDLE,
    DD_PEND_CALLED,
    DD_PEND_COMPLETED
};

struct dd_pend {
    struct dd_mutex lock;
    KEVENT done;
    enum dd_pend_phase phase;
    enum dd_role role;
    NDIS_STATUS status;
    bool flag; /* NdisMResetComplete: AddressingReset */
};

void dd_pend_init(struct dd_pend *pend, enum dd_role role);
/* dd_pend_begin - before the driver is called */
void dd_pend_begin(struct dd_pend *pend);
/* dd_pend_complete - from NdisMXxxComplete. A completion nobody waits for is a COMPLETE_UNEXPECTED
 * event */
void dd_pend_complete(struct dd_pend *pend, const struct dd_adapter *a, NDIS_STATUS status,
                      bool flag, const void *site);
/* dd_pend_finish - after the driver's handler @returned; waits when that is NDIS_STATUS_PENDING.
 * 0; -ETIMEDOUT, reported as a WATCHDOG event */
int dd_pend_finish(struct dd_pend *pend, const struct dd_adapter *a, NDIS_STATUS returned,
                   uint32_t timeout_ms, NDIS_STATUS *ret_status);

/* Copies of what the attributes point at, so that the driver's memory need not stay. */
struct dd_attr_copies {
    NDIS_OID *oids;
    NDIS_PNP_CAPABILITIES *pnp;
    NDIS_PM_CAPABILITIES *pm;
    NDIS_RECEIVE_SCALE_CAPABILITIES *rss;
    NDIS_OFFLOAD *offload_default, *offload_hardware, *offload_current;
};

#define DD_OID_HISTORY 32

struct dd_oid_state {
    struct dd_mutex lock; /* guards current, stuck, history */
    struct dd_oid_request *current;
    struct dd_oid_request *stuck; /* given up after its time; the driver still has it */
    struct dd_oid_request
        *history[DD_OID_HISTORY]; /* finished, kept so that late completions are told apart */
    unsigned next;
    uint64_t since_ns; /* when current was handed over; 0: none */
    /* what was set last, for AddressingReset and queries NDIS answers */
    uint32_t packet_filter, lookahead;
    uint8_t *multicast;
    uint32_t multicast_bytes;
    NDIS_OFFLOAD_ENCAPSULATION encapsulation;
    bool have_filter;
    _Atomic(bool) have_encapsulation;
};

struct dd_interrupt;

struct dd_counters {
    _Alignas(64) _Atomic(uint64_t) nbls_sent;
    _Atomic(uint64_t) nbs_sent, bytes_sent;
    _Alignas(64) _Atomic(uint64_t) nbls_completed;
    _Atomic(uint64_t) nbls_failed;
    _Alignas(64) _Atomic(uint64_t) nbls_received;
    _Atomic(uint64_t) bytes_received, indications;
    _Alignas(64) _Atomic(uint64_t) nbls_returned;
    _Alignas(64) _Atomic(uint64_t) interrupts;
    _Atomic(uint64_t) dpcs, oids, leaks;
};

#define DD_CPUS_MAX 64

struct dd_adapter_private {
    struct dd_adapter_config config;
    struct dd_gate pnp, oid_gate;
    struct dd_pend pause, restart, reset;
    _Atomic(bool) resetting;
    _Atomic(bool) halting; /* no more calls of the data path into the driver */
    _Atomic(bool) going;   /* who holds gate pnp waits for workers: they must not wait for it */
    bool device_added;
    bool surprise_removed;
    _Atomic(bool) remove_requested;
    NDIS_HANDLE add_device_context;
    struct dd_work remove_work, reset_work;
    struct dd_ctx *remove_ctx; /* halts the adapter that NdisMRemoveMiniport named; NULL: none */

    /* resources.c */
    CM_RESOURCE_LIST *raw, *translated;
    bool messages_removed; /* MiniportFilterResourceRequirements took the message interrupts away */

    struct dd_attr_copies attr;
    struct dd_oid_state oid;
    _Atomic(bool) verdicts_allowed; /* OID_OFFLOAD_ENCAPSULATION is under way or was set */
    struct dd_rss rss;

    /* interrupt.c. intr_lock guards the pointer, the line level and the message map */
    struct dd_mutex intr_lock;
    struct dd_interrupt *interrupt;
    bool line_level;
    uint16_t *message_of_entry; /* MSI-X table entry -> message */
    bool *entry_masked, *entry_pending;
    /* receive throttle: what the running interrupt DPC of a CPU has indicated; touched on that CPU
     * only */
    _Atomic(uint32_t *) dpc_indicated[DD_CPUS_MAX];

    /* check for hang, reset.c */
    KTIMER hang_timer;
    KDPC hang_dpc;
    struct dd_work hang_work;
    _Atomic(bool) hang_on;

    /* ports of NdisMAllocatePort */
    uint64_t ports;

    /* data path */
    _Alignas(64) _Atomic(uint32_t) calls_inside; /* send and return handlers under way */
    _Atomic(uint32_t) epoch;                     /* grows at each reset */
    _Atomic(uint64_t) next_number;
    _Alignas(64) _Atomic(uint64_t) sends_out[2]; /* by epoch & 1 */
    _Alignas(64) _Atomic(uint64_t) receives_out;
    struct dd_counters count;
};

static inline enum dd_adapter_state dd_adapter_state_get(const struct dd_adapter *a)
{
    return (enum dd_adapter_state)atomic_load_explicit(&a->state, memory_order_seq_cst);
}

/* the driver declared NDIS @major.@minor or newer */
static inline bool dd_adapter_level(const struct dd_adapter *a, unsigned major, unsigned minor)
{
    return a->driver->ndis_version >= (major << 16 | minor);
}

static inline void dd_count(_Atomic(uint64_t) *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

/* owner of pools and objects that belong to the host side, not to a driver */
extern const char dd_ndis_host_owner[];

/* --- driver.c: who is alive --- */
int dd_adapter_publish(struct dd_adapter *a); /* -ENOSPC: too many */
void dd_adapter_withdraw(struct dd_adapter *a);
/* dd_adapter_find - the first that @match says yes to, or NULL */
struct dd_adapter *dd_adapter_find(bool (*match)(const struct dd_adapter *a, const void *arg),
                                   const void *arg);
/* dd_adapter_of - as dd_adapter_from_handle, with an OBJECT_BAD event when it is none */
struct dd_adapter *dd_adapter_of(NDIS_HANDLE h, const void *site);
struct dd_driver *dd_driver_of_object(const DRIVER_OBJECT *object);
/* dd_generic_owner - of a generic object; NULL: it is none (memory.c) */
const void *dd_generic_owner(const void *handle);
/* NDIS version the machine reports, major << 16 | minor */
unsigned dd_ndis_runtime_version(void);

/* --- attributes.c --- */
NDIS_STATUS dd_attributes_set(struct dd_adapter *a, const NDIS_OBJECT_HEADER *h, const void *site);
void dd_attributes_drop(struct dd_adapter *a);

/* --- resources.c: dd_resources_build chooses the interrupt mode and writes the lists. 0 or -ENOMEM --- */
int dd_resources_build(struct dd_adapter *a);
void dd_resources_drop(struct dd_adapter *a);
unsigned dd_pci_capability(struct dd_dev *dev, unsigned id); /* offset in config space; 0: none */
void dd_pci_enable(struct dd_adapter *a, bool on);
/* the PnP handlers of NDIS_MINIPORT_PNP_CHARACTERISTICS around the resource list */
NDIS_STATUS dd_pnp_add_device(struct dd_adapter *a);
void dd_pnp_remove_device(struct dd_adapter *a);
int dd_pnp_filter_resources(
    struct dd_adapter *a); /* changes a->irq_mode; 0, -EIO the driver failed it, -ENOMEM */
int dd_pnp_start_device(struct dd_adapter *a);

/* --- send.c, receive.c: as NdisMSendNetBufferListsComplete and NdisMIndicateReceiveNetBufferLists,
 * for what poll mode brings --- */
void dd_ndis_send_completed(struct dd_adapter *a, PNET_BUFFER_LIST chain, ULONG flags,
                            const void *site);
void dd_ndis_indicated(struct dd_adapter *a, PNET_BUFFER_LIST chain, ULONG count, ULONG flags,
                       const void *site);

/* --- leak.c --- */
/* dd_ndis_report_leaks - a LEAK event for each live object, block and MDL of @owner; all are
 * destroyed. Returns how many */
unsigned dd_ndis_report_leaks(const void *owner, const struct dd_adapter *a, bool failed_init);
/* dd_ndis_drop_quietly - after MiniportShutdownEx, which need not free anything: objects that could
 * still run */
void dd_ndis_drop_quietly(const void *owner);

/* --- objects other files destroy by force --- */
void dd_timer_destroy(void *obj);
void dd_work_item_destroy(void *obj);
void dd_rwlock_destroy(void *obj);
void dd_config_destroy(void *obj);
void dd_interrupt_destroy(void *obj);
void dd_generic_destroy(void *obj);
void dd_device_destroy(void *obj);
void dd_poll_destroy(void *obj);
void dd_io_map_destroy(void *obj);
void dd_port_range_destroy(void *obj);
void dd_dma_channel_destroy(void *obj);
void dd_shared_memory_destroy(void *obj);
void dd_nbl_pool_destroy(void *obj);
/* a LEAK event for each NBL or NET_BUFFER of the pool that is still allocated */
unsigned dd_nbl_pool_report_leaks(void *obj, const struct dd_adapter *a, bool failed_init);

/* --- miniport.c --- */
void dd_state_set(struct dd_adapter *a, enum dd_adapter_state state);
/* dd_calls_drain - no send or return handler is running any more; new ones are refused by the
 * state. PASSIVE */
void dd_calls_drain(struct dd_adapter *a);

/* --- oid.c --- */
/* dd_oid_send - hand a request to the driver whatever it is, and wait. @mode 0 query, 1 set, 2
 * method */
enum dd_oid_mode {
    DD_OID_QUERY,
    DD_OID_SET,
    DD_OID_METHOD
};
struct dd_oid_args {
    enum dd_oid_mode mode;
    NDIS_OID oid;
    void *buf;
    ULONG in_bytes, out_bytes;
    ULONG ret_bytes, ret_needed;
};
NDIS_STATUS dd_oid_send(struct dd_adapter *a, struct dd_oid_args *args);
void dd_oid_done(struct dd_adapter *a);
/* dd_oid_pending_ns - how long the current request has been with the driver; 0: none */
uint64_t dd_oid_pending_ns(struct dd_adapter *a);
bool dd_oid_answer(struct dd_adapter *a, struct dd_oid_args *args, NDIS_STATUS *ret_status);
void dd_oid_remember(struct dd_adapter *a, const struct dd_oid_args *args);
void dd_oid_forget(struct dd_adapter *a);
/* dd_oid_restore - after a reset that lost addresses: filter, multicast list and offloads again */
void dd_oid_restore(struct dd_adapter *a);
bool dd_oid_listed(const struct dd_adapter *a, NDIS_OID oid);
/* dd_oid_check - the answer of the driver against the rules for this OID */
enum dd_oid_problem dd_oid_check(const struct dd_oid_args *args, NDIS_STATUS status);

/* --- status.c --- */
void dd_status_raise(struct dd_adapter *a, NDIS_STATUS code, const void *buf, ULONG len_bytes);

/* --- reset.c --- */
void dd_hang_init(struct dd_adapter *a);
void dd_hang_start(struct dd_adapter *a);
void dd_hang_stop(struct dd_adapter *a);

/* --- interrupt.c, msi.c --- */
void dd_msi_program(struct dd_adapter *a, bool on);
void dd_msix_entry_write(struct dd_adapter *a, unsigned entry, unsigned message, bool masked);
uint32_t dd_msi_data(unsigned message);
#define DD_MSI_ADDRESS 0xFEE00000u

#endif
