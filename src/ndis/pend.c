/* SPDX-License-Identifier: MIT */
/* Gates and pended operations. */
#include "ndis/adapter_priv.h"

#include "base/clock.h"

#include <errno.h>

void dd_gate_init(struct dd_gate *gate)
{
    dd_event_init(&gate->event, SynchronizationEvent, true);
}

void dd_gate_enter(struct dd_gate *gate)
{
    (void)dd_wait(&gate->event, UINT64_MAX);
}

bool dd_gate_enter_within(struct dd_gate *gate, uint64_t timeout_ns)
{
    return dd_wait(&gate->event, timeout_ns) == STATUS_SUCCESS;
}

void dd_gate_leave(struct dd_gate *gate)
{
    (void)dd_event_set(&gate->event);
}

void dd_pend_init(struct dd_pend *pend, enum dd_role role)
{
    dd_mutex_init(&pend->lock);
    dd_event_init(&pend->done, NotificationEvent, false);
    pend->phase = DD_PEND_IDLE;
    pend->role = role;
}

void dd_pend_begin(struct dd_pend *pend)
{
    dd_mutex_lock(&pend->lock);
    pend->phase = DD_PEND_CALLED;
    pend->status = NDIS_STATUS_PENDING;
    pend->flag = false;
    (void)dd_event_reset(&pend->done);
    dd_mutex_unlock(&pend->lock);
}

static void unexpected(const struct dd_pend *pend, const struct dd_adapter *a, const void *site)
{
    DD_SEAM(.kind = DD_EV_COMPLETE_UNEXPECTED, .site = site, .adapter = a, .a = pend->role);
}

void dd_pend_complete(struct dd_pend *pend, const struct dd_adapter *a, NDIS_STATUS status,
                      bool flag, const void *site)
{
    bool expected;

    dd_mutex_lock(&pend->lock);
    expected = pend->phase == DD_PEND_CALLED;
    if (expected) {
        pend->phase = DD_PEND_COMPLETED;
        pend->status = status;
        pend->flag = flag;
    }
    dd_mutex_unlock(&pend->lock);
    if (!expected) {
        unexpected(pend, a, site);
        return;
    }
    (void)dd_event_set(&pend->done);
}

/* back to idle; true when the driver had completed it */
static bool close_phase(struct dd_pend *pend, NDIS_STATUS *ret_status)
{
    bool completed;

    dd_mutex_lock(&pend->lock);
    completed = pend->phase == DD_PEND_COMPLETED;
    pend->phase = DD_PEND_IDLE;
    if (completed) {
        *ret_status = pend->status;
    }
    dd_mutex_unlock(&pend->lock);
    return completed;
}

int dd_pend_finish(struct dd_pend *pend, const struct dd_adapter *a, NDIS_STATUS returned,
                   uint32_t timeout_ms, NDIS_STATUS *ret_status)
{
    NDIS_STATUS completed_with = NDIS_STATUS_PENDING;

    if (returned != NDIS_STATUS_PENDING) {
        if (close_phase(pend, &completed_with)) {
            unexpected(pend, a, NULL);
        }
        *ret_status = returned;
        return 0;
    }
    (void)dd_wait(&pend->done, (uint64_t)timeout_ms * DD_NS_PER_MS);
    if (close_phase(pend, &completed_with)) {
        *ret_status = completed_with;
        return 0;
    }
    DD_SEAM(.kind = DD_EV_WATCHDOG, .adapter = a, .a = pend->role, .b = timeout_ms);
    *ret_status = NDIS_STATUS_PENDING;
    return -ETIMEDOUT;
}
