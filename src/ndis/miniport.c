/* SPDX-License-Identifier: MIT */
/*
 * The state machine of an adapter (send-path.md section 4).
 *
 *   Halted -> Initializing -> Paused -> Restarting -> Running -> Pausing -> Paused -> Halted
 *                                                       any but Halted, Initializing -> Shutdown
 *
 * One PnP operation at a time: each takes the gate first. An operation the driver never completes
 * is given up after its time and reported; the adapter can then be halted.
 */
#include "ndis/adapter_priv.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <string.h>

#define DRAIN_TIMEOUT_MS 10000

void dd_state_set(struct dd_adapter *a, enum dd_adapter_state state)
{
    int old;

    dd_mutex_lock(&a->lock);
    old = atomic_load(&a->state);
    atomic_store_explicit(&a->state, (int)state, memory_order_seq_cst);
    dd_mutex_unlock(&a->lock);
    DD_SEAM(.kind = DD_EV_ADAPTER_STATE, .adapter = a, .a = (uint64_t)old, .b = state);
}

void dd_calls_drain(struct dd_adapter *a)
{
    uint64_t deadline = dd_sched_now() + DRAIN_TIMEOUT_MS * DD_NS_PER_MS;

    while (atomic_load_explicit(&a->priv->calls_inside, memory_order_seq_cst) != 0) {
        if (dd_sched_now() >= deadline) {
            DD_SEAM(.kind = DD_EV_WATCHDOG, .adapter = a, .a = DD_ROLE_SEND, .b = DRAIN_TIMEOUT_MS);
            return;
        }
        (void)dd_sched_park(dd_sched_now() + DD_NS_PER_MS / 5);
    }
}

static void put_status(NDIS_STATUS *ret_status, NDIS_STATUS status)
{
    if (ret_status != NULL) {
        *ret_status = status;
    }
}

/* --- initialize --- */

static NDIS_STATUS call_initialize(struct dd_adapter *a)
{
    NDIS_MINIPORT_INIT_PARAMETERS params;
    NDIS_STATUS status = NDIS_STATUS_FAILURE;

    memset(&params, 0, sizeof(params));
    params.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INIT_PARAMETERS;
    params.Header.Revision = NDIS_MINIPORT_INIT_PARAMETERS_REVISION_1;
    params.Header.Size = NDIS_SIZEOF_MINIPORT_INIT_PARAMETER_REVISION_1;
    params.AllocatedResources = a->resources;
    params.MiniportAddDeviceContext = a->priv->add_device_context;
    params.IfIndex = 1 + a->io_index;
    params.NetLuid.Value = (uint64_t)IF_TYPE_ETHERNET_CSMACD << 48 | (uint64_t)(1 + a->io_index)
                                                                         << 24;
    DD_CALL(DD_ROLE_INITIALIZE, "MiniportInitializeEx", a,
            status =
                a->driver->chars.InitializeHandlerEx((NDIS_HANDLE)a, a->driver->context, &params));
    return status;
}

/* everything left of the adapter, after halt or a failed initialize: reported and taken away */
static unsigned clean_up(struct dd_adapter *a, bool failed_init)
{
    unsigned leaks = 0;

    atomic_store(&a->priv->going, true);
    dd_work_flush();
    dd_dpc_flush();
    DD_SEAM(.kind = DD_EV_HALTED, .adapter = a, .a = failed_init);
    leaks += dd_sgdma_adapter_done(a, failed_init);
    leaks += dd_shmem_adapter_done(a, failed_init);
    leaks += dd_ndis_report_leaks(a, a, failed_init);
    dd_count(&a->priv->count.leaks, leaks);
    dd_pci_enable(a, false);
    dd_attributes_drop(a);
    dd_oid_forget(a);
    a->context = NULL;
    return leaks;
}

static int prepare(struct dd_adapter *a)
{
    int r = 0;

    a->priv->surprise_removed = false;
    a->priv->messages_removed = false;
    if (dd_pnp_add_device(a) != NDIS_STATUS_SUCCESS) {
        return -EIO;
    }
    r = dd_resources_build(a);
    if (r == 0) {
        r = dd_pnp_filter_resources(a);
    }
    if (r == 0) {
        r = dd_resources_build(a);
    }
    if (r == 0) {
        r = dd_pnp_start_device(a);
    }
    if (r == 0) {
        r = dd_sgdma_adapter_init(a);
    }
    if (r < 0) {
        return r;
    }
    r = dd_shmem_adapter_init(a);
    if (r < 0) {
        (void)dd_sgdma_adapter_done(a, true);
    }
    return r;
}

static int initialize_locked(struct dd_adapter *a, NDIS_STATUS *ret_status)
{
    NDIS_STATUS status;
    int r;

    if (dd_adapter_state_get(a) != DD_STATE_HALTED) {
        return -EPROTO;
    }
    r = prepare(a);
    if (r < 0) {
        put_status(ret_status, NDIS_STATUS_FAILURE);
        return r;
    }
    dd_pci_enable(a, true);
    if (a->domain != NULL) {
        dd_domain_set_adapter(a->domain, a);
    }
    atomic_store(&a->priv->halting, false);
    atomic_store(&a->priv->going, false);
    dd_state_set(a, DD_STATE_INITIALIZING);
    status = call_initialize(a);
    put_status(ret_status, status);
    if (status != NDIS_STATUS_SUCCESS) {
        dd_state_set(a, DD_STATE_HALTED);
        (void)clean_up(a, true);
        return -EIO;
    }
    if (!a->have_general) {
        DD_SEAM(.kind = DD_EV_INIT_NO_GENERAL, .adapter = a);
    }
    dd_state_set(a, DD_STATE_PAUSED);
    dd_hang_start(a);
    return 0;
}

int dd_ndis_initialize(struct dd_adapter *a, NDIS_STATUS *ret_status)
{
    int r;

    dd_gate_enter(&a->priv->pnp);
    r = initialize_locked(a, ret_status);
    dd_gate_leave(&a->priv->pnp);
    return r;
}

/* --- restart: with no attributes to change (RestartAttributes NULL) --- */

static NDIS_STATUS call_restart(struct dd_adapter *a)
{
    NDIS_MINIPORT_RESTART_PARAMETERS params;
    NDIS_STATUS status = NDIS_STATUS_FAILURE;

    memset(&params, 0, sizeof(params));
    params.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    params.Header.Revision = NDIS_MINIPORT_RESTART_PARAMETERS_REVISION_1;
    params.Header.Size = NDIS_SIZEOF_MINIPORT_RESTART_PARAMETERS_REVISION_1;
    dd_pend_begin(&a->priv->restart);
    DD_CALL(DD_ROLE_RESTART, "MiniportRestart", a,
            status = a->driver->chars.RestartHandler(a->context, &params));
    return status;
}

static int restart_locked(struct dd_adapter *a, NDIS_STATUS *ret_status)
{
    NDIS_STATUS status;
    int r;

    if (dd_adapter_state_get(a) != DD_STATE_PAUSED) {
        return -EPROTO;
    }
    dd_state_set(a, DD_STATE_RESTARTING);
    status = call_restart(a);
    r = dd_pend_finish(&a->priv->restart, a, status, a->priv->config.pause_timeout_ms, &status);
    put_status(ret_status, status);
    if (r == 0 && status != NDIS_STATUS_SUCCESS) {
        r = -EIO;
    }
    dd_state_set(a, r == 0 ? DD_STATE_RUNNING : DD_STATE_PAUSED);
    return r;
}

int dd_ndis_restart(struct dd_adapter *a, NDIS_STATUS *ret_status)
{
    int r;

    dd_gate_enter(&a->priv->pnp);
    r = restart_locked(a, ret_status);
    dd_gate_leave(&a->priv->pnp);
    return r;
}

/* --- pause --- */

static NDIS_STATUS call_pause(struct dd_adapter *a)
{
    NDIS_MINIPORT_PAUSE_PARAMETERS params;
    NDIS_STATUS status = NDIS_STATUS_FAILURE;

    memset(&params, 0, sizeof(params));
    params.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    params.Header.Revision = NDIS_MINIPORT_PAUSE_PARAMETERS_REVISION_1;
    params.Header.Size = NDIS_SIZEOF_MINIPORT_PAUSE_PARAMETERS_REVISION_1;
    params.PauseReason = NDIS_PAUSE_NDIS_INTERNAL;
    dd_pend_begin(&a->priv->pause);
    DD_CALL(DD_ROLE_PAUSE, "MiniportPause", a,
            status = a->driver->chars.PauseHandler(a->context, &params));
    return status;
}

static int pause_locked(struct dd_adapter *a, NDIS_STATUS *ret_status)
{
    NDIS_STATUS status;
    int r;

    if (dd_adapter_state_get(a) != DD_STATE_RUNNING) {
        return -EPROTO;
    }
    dd_state_set(a, DD_STATE_PAUSING);
    status = call_pause(a);
    if (status != NDIS_STATUS_SUCCESS && status != NDIS_STATUS_PENDING) {
        DD_SEAM(.kind = DD_EV_PAUSE_BAD_RETURN, .adapter = a, .a = (uint32_t)status);
    }
    r = dd_pend_finish(&a->priv->pause, a, status, a->priv->config.pause_timeout_ms, &status);
    put_status(ret_status, status);
    dd_calls_drain(a);
    DD_SEAM(.kind = DD_EV_PAUSED_WITH, .adapter = a, .a = dd_ndis_sends_outstanding(a),
            .b = dd_ndis_receives_outstanding(a), .c = dd_sgdma_live_sends(a));
    dd_state_set(a, DD_STATE_PAUSED);
    return r;
}

int dd_ndis_pause(struct dd_adapter *a, NDIS_STATUS *ret_status)
{
    int r;

    dd_gate_enter(&a->priv->pnp);
    r = pause_locked(a, ret_status);
    dd_gate_leave(&a->priv->pnp);
    return r;
}

VOID NdisMPauseComplete(NDIS_HANDLE MiniportAdapterHandle)
{
    struct dd_adapter *a;

    DD_API(NdisMPauseComplete);
    a = dd_adapter_of(MiniportAdapterHandle, DD_SITE());
    if (a != NULL) {
        dd_pend_complete(&a->priv->pause, a, NDIS_STATUS_SUCCESS, false, DD_SITE());
    }
}

VOID NdisMRestartComplete(NDIS_HANDLE MiniportAdapterHandle, NDIS_STATUS Status)
{
    struct dd_adapter *a;

    DD_API(NdisMRestartComplete);
    a = dd_adapter_of(MiniportAdapterHandle, DD_SITE());
    if (a != NULL) {
        dd_pend_complete(&a->priv->restart, a, Status, false, DD_SITE());
    }
}

/* --- halt, removal, shutdown --- */

static int halt_locked(struct dd_adapter *a, NDIS_HALT_ACTION action)
{
    enum dd_adapter_state state = dd_adapter_state_get(a);
    int r = 0;

    if (state == DD_STATE_RUNNING) {
        r = pause_locked(a, NULL);
        state = dd_adapter_state_get(a);
    }
    if (state != DD_STATE_PAUSED) {
        return -EPROTO;
    }
    atomic_store(&a->priv->going, true);
    dd_hang_stop(a);
    dd_shmem_finish_async(a);
    dd_gate_enter(&a->priv->oid_gate);
    atomic_store_explicit(&a->priv->halting, true, memory_order_seq_cst);
    dd_calls_drain(a);
    DD_CALL(DD_ROLE_HALT, "MiniportHaltEx", a, a->driver->chars.HaltHandlerEx(a->context, action));
    dd_state_set(a, DD_STATE_HALTED);
    (void)clean_up(a, false);
    dd_gate_leave(&a->priv->oid_gate);
    return r;
}

int dd_ndis_halt(struct dd_adapter *a, NDIS_HALT_ACTION action)
{
    int r;

    dd_gate_enter(&a->priv->pnp);
    r = halt_locked(a, action);
    dd_gate_leave(&a->priv->pnp);
    return r;
}

static void pnp_event(struct dd_adapter *a, NDIS_DEVICE_PNP_EVENT event)
{
    NET_DEVICE_PNP_EVENT e;

    if (a->driver->chars.DevicePnPEventNotifyHandler == NULL) {
        return;
    }
    memset(&e, 0, sizeof(e));
    e.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    e.Header.Revision = NDIS_OBJECT_REVISION_1;
    e.Header.Size = NDIS_SIZEOF_NET_DEVICE_PNP_EVENT_REVISION_1;
    e.DevicePnPEvent = event;
    DD_CALL(DD_ROLE_PNP_EVENT, "MiniportDevicePnPEventNotify", a,
            a->driver->chars.DevicePnPEventNotifyHandler(a->context, &e));
}

int dd_ndis_surprise_remove(struct dd_adapter *a)
{
    enum dd_adapter_state state;
    int r = -EPROTO;

    dd_gate_enter(&a->priv->pnp);
    state = dd_adapter_state_get(a);
    if (state == DD_STATE_RUNNING || state == DD_STATE_PAUSED) {
        a->priv->surprise_removed = true;
        pnp_event(a, NdisDevicePnPEventSurpriseRemoved);
        r = halt_locked(a, NdisHaltDeviceSurpriseRemoved);
    }
    dd_gate_leave(&a->priv->pnp);
    return r;
}

static void call_shutdown(struct dd_adapter *a, NDIS_SHUTDOWN_ACTION action)
{
    KIRQL old = PASSIVE_LEVEL;

    if (a->driver->chars.ShutdownHandlerEx == NULL) {
        return;
    }
    if (action == NdisShutdownBugCheck) {
        old = dd_irql_raise(HIGH_LEVEL);
    }
    DD_CALL(DD_ROLE_SHUTDOWN, "MiniportShutdownEx", a,
            a->driver->chars.ShutdownHandlerEx(a->context, action));
    if (action == NdisShutdownBugCheck) {
        dd_irql_lower(old);
    }
}

int dd_ndis_shutdown(struct dd_adapter *a, NDIS_SHUTDOWN_ACTION action)
{
    enum dd_adapter_state state;
    int r = -EPROTO;

    dd_gate_enter(&a->priv->pnp);
    state = dd_adapter_state_get(a);
    if (state == DD_STATE_PAUSED || state == DD_STATE_RUNNING) {
        dd_hang_stop(a);
        call_shutdown(a, action);
        dd_state_set(a, DD_STATE_SHUTDOWN);
        r = 0;
    }
    dd_gate_leave(&a->priv->pnp);
    return r;
}
