/* SPDX-License-Identifier: MIT */
/*
 * Reset: MiniportResetEx, NdisMResetComplete, NdisMResetMiniport, and the check-for-hang clock that
 * asks for it.
 *
 * While a reset runs, sends go on reaching the driver (it completes them with
 * NDIS_STATUS_RESET_IN_PROGRESS) and OID requests wait. RESET_START and RESET_END are raised here,
 * never by the driver.
 */
#include "ndis/adapter_priv.h"

#include "base/clock.h"

#include <errno.h>

#define HANG_DEFAULT_S 2u
#define SETTLE_MS      50u
#define GATE_LOOK_NS   (2 * DD_NS_PER_MS)

static NDIS_STATUS call_reset(struct dd_adapter *a, bool *ret_addressing)
{
    BOOLEAN addressing = FALSE;
    NDIS_STATUS status = NDIS_STATUS_FAILURE;

    dd_pend_begin(&a->priv->reset);
    DD_CALL(DD_ROLE_RESET, "MiniportResetEx", a,
            status = a->driver->chars.ResetHandlerEx(a->context, &addressing));
    *ret_addressing = addressing != FALSE;
    return status;
}

/* Sends of the old epoch whose handler has not returned are neither before nor after the reset:
 * wait for a moment without any. False: there was none, so nothing can be said about them */
static bool sends_are_told_apart(struct dd_adapter *a)
{
    uint64_t deadline = dd_sched_now() + SETTLE_MS * DD_NS_PER_MS;

    while (atomic_load_explicit(&a->priv->calls_inside, memory_order_seq_cst) > 0) {
        if (dd_sched_now() >= deadline) {
            return false;
        }
        dd_sched_yield();
    }
    return true;
}

static int reset_locked(struct dd_adapter *a, NDIS_STATUS *ret_status, bool *ret_addressing)
{
    struct dd_adapter_private *p = a->priv;
    enum dd_adapter_state state = dd_adapter_state_get(a);
    NDIS_STATUS status;
    uint32_t before;
    bool told_apart;
    int r;

    if (state != DD_STATE_RUNNING && state != DD_STATE_PAUSED) {
        return -EPROTO;
    }
    if (a->driver->chars.ResetHandlerEx == NULL) {
        *ret_status = NDIS_STATUS_NOT_RESETTABLE;
        return -EIO;
    }
    atomic_store(&p->resetting, true);
    dd_status_raise(a, NDIS_STATUS_RESET_START, NULL, 0);
    before = atomic_fetch_add(&p->epoch, 1);
    told_apart = sends_are_told_apart(a);
    status = call_reset(a, ret_addressing);
    if (status == NDIS_STATUS_PENDING) {
        r = dd_pend_finish(&p->reset, a, status, p->config.pause_timeout_ms, &status);
        if (r == 0) {
            *ret_addressing = p->reset.flag;
        }
    } else {
        r = dd_pend_finish(&p->reset, a, status, 0, &status);
    }
    DD_SEAM(.kind = DD_EV_RESET_DONE, .adapter = a, .a = (uint32_t)status,
            .b = told_apart ? atomic_load(&p->sends_out[before & 1]) : 0,
            .c = dd_oid_pending_ns(a) != 0, .d = a->driver->ndis_version);
    dd_status_raise(a, NDIS_STATUS_RESET_END, NULL, 0);
    atomic_store(&p->resetting, false);
    *ret_status = status;
    if (r == 0 && status != NDIS_STATUS_SUCCESS) {
        r = -EIO;
    }
    return r;
}

/* the whole reset, the gate held */
static int reset_held(struct dd_adapter *a, NDIS_STATUS *ret_status)
{
    NDIS_STATUS status = NDIS_STATUS_FAILURE;
    bool addressing = false;
    int r = reset_locked(a, &status, &addressing);

    if (r == 0 && addressing) {
        dd_oid_restore(a);
    }
    if (ret_status != NULL) {
        *ret_status = status;
    }
    return r;
}

int dd_ndis_reset(struct dd_adapter *a, NDIS_STATUS *ret_status)
{
    int r;

    dd_gate_enter(&a->priv->pnp);
    r = reset_held(a, ret_status);
    dd_gate_leave(&a->priv->pnp);
    return r;
}

VOID NdisMResetComplete(NDIS_HANDLE MiniportAdapterHandle, NDIS_STATUS Status,
                        BOOLEAN AddressingReset)
{
    struct dd_adapter *a;

    DD_API(NdisMResetComplete);
    a = dd_adapter_of(MiniportAdapterHandle, DD_SITE());
    if (a != NULL) {
        dd_pend_complete(&a->priv->reset, a, Status, AddressingReset != FALSE, DD_SITE());
    }
}

/* A worker must not wait for the gate of a halt that waits for the workers: then the reset is void.
 */
static void reset_work(void *arg)
{
    struct dd_adapter *a = arg;

    while (!atomic_load(&a->priv->going)) {
        if (dd_gate_enter_within(&a->priv->pnp, GATE_LOOK_NS)) {
            (void)reset_held(a, NULL);
            dd_gate_leave(&a->priv->pnp);
            return;
        }
    }
}

VOID NdisMResetMiniport(NDIS_HANDLE MiniportAdapterHandle)
{
    struct dd_adapter *a;

    DD_API(NdisMResetMiniport);
    a = dd_adapter_of(MiniportAdapterHandle, DD_SITE());
    if (a != NULL) {
        (void)dd_work_queue(&a->priv->reset_work);
    }
}

static void remove_now(void *arg)
{
    (void)dd_ndis_halt(arg, NdisHaltDeviceFailed);
}

/* In a context of its own: halting waits for the work items, so it cannot be one. */
static void remove_work(void *arg)
{
    struct dd_adapter *a = arg;

    if (dd_ctx_spawn("remove", 0, remove_now, a, &a->priv->remove_ctx) < 0) {
        a->priv->remove_ctx = NULL;
    }
}

NDIS_STATUS NdisMRemoveMiniport(NDIS_HANDLE MiniportHandle)
{
    struct dd_adapter *a;

    DD_API(NdisMRemoveMiniport);
    a = dd_adapter_of(MiniportHandle, DD_SITE());
    if (a == NULL || dd_adapter_state_get(a) == DD_STATE_HALTED) {
        return NDIS_STATUS_FAILURE;
    }
    if (!atomic_exchange(&a->priv->remove_requested, true)) {
        (void)dd_work_queue(&a->priv->remove_work);
    }
    return NDIS_STATUS_SUCCESS;
}

/* --- check for hang --- */

static uint64_t period_ns(const struct dd_adapter *a)
{
    uint64_t seconds = a->registration.CheckForHangTimeInSeconds;

    if (a->priv->config.hang_check_ms != 0) {
        return (uint64_t)a->priv->config.hang_check_ms * DD_NS_PER_MS;
    }
    return (seconds != 0 ? seconds : HANG_DEFAULT_S) * DD_NS_PER_S;
}

static void hang_dpc(PKDPC dpc, PVOID context, PVOID arg1, PVOID arg2)
{
    struct dd_adapter *a = context;

    (void)dpc;
    (void)arg1;
    (void)arg2;
    if (atomic_load(&a->priv->hang_on)) {
        (void)dd_work_queue(&a->priv->hang_work);
    }
}

static bool ask_driver(struct dd_adapter *a)
{
    enum dd_adapter_state state;
    BOOLEAN hung = FALSE;

    /* counted as a call of the data path: halt waits for it */
    atomic_fetch_add(&a->priv->calls_inside, 1);
    state = dd_adapter_state_get(a);
    if (atomic_load(&a->priv->hang_on) && (state == DD_STATE_RUNNING || state == DD_STATE_PAUSED)) {
        DD_CALL(DD_ROLE_CHECK_FOR_HANG, "MiniportCheckForHangEx", a,
                hung = a->driver->chars.CheckForHangHandlerEx(a->context));
    }
    atomic_fetch_sub(&a->priv->calls_inside, 1);
    return hung != FALSE;
}

static void hang_work(void *arg)
{
    struct dd_adapter *a = arg;
    bool hung = ask_driver(a);

    /* an OID request that outlived two checks is a hang too */
    if (!hung && a->driver->chars.ResetHandlerEx != NULL) {
        hung = dd_oid_pending_ns(a) > 2 * period_ns(a);
    }
    if (hung && atomic_load(&a->priv->hang_on)) {
        (void)dd_work_queue(&a->priv->reset_work);
    }
}

void dd_hang_init(struct dd_adapter *a)
{
    dd_timer_init(&a->priv->hang_timer, NotificationTimer);
    dd_dpc_init(&a->priv->hang_dpc, hang_dpc, a);
    dd_work_init(&a->priv->hang_work, hang_work, a);
    dd_work_init(&a->priv->reset_work, reset_work, a);
    dd_work_init(&a->priv->remove_work, remove_work, a);
}

void dd_hang_start(struct dd_adapter *a)
{
    uint64_t period = period_ns(a);

    if (a->driver->chars.CheckForHangHandlerEx == NULL) {
        return;
    }
    atomic_store(&a->priv->hang_on, true);
    (void)dd_timer_set(&a->priv->hang_timer, period, (uint32_t)(period / DD_NS_PER_MS),
                       &a->priv->hang_dpc);
}

void dd_hang_stop(struct dd_adapter *a)
{
    if (!atomic_exchange(&a->priv->hang_on, false)) {
        return;
    }
    (void)dd_timer_cancel(&a->priv->hang_timer);
    dd_dpc_flush();
}
