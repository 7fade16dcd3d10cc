/* SPDX-License-Identifier: MIT */
/*
 * OID requests to the driver: one at a time, at PASSIVE_LEVEL, finished by the return value or by
 * NdisMOidRequestComplete.
 *
 * The driver works on a buffer of NDIS', with guard bytes behind it. A request that is not
 * completed in its time is cancelled, then given up: the driver still has it, so it stays in
 * memory, and no other is sent. Finished requests are kept for a while so that a second completion
 * is known for what it is.
 */
#include "ndis/adapter_priv.h"
#include "ndis/oid_int.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define CANCEL_WAIT_MS 1000u

static void report(struct dd_adapter *a, NDIS_OID oid, NDIS_STATUS status,
                   enum dd_oid_problem problem, const void *site)
{
    DD_SEAM(.kind = DD_EV_OID, .site = site, .adapter = a, .a = oid, .b = (uint32_t)status,
            .c = problem);
}

/* --- handing over and waiting --- */

static void begin(struct dd_adapter *a, struct dd_oid_request *r)
{
    struct dd_oid_state *o = &a->priv->oid;

    dd_mutex_lock(&o->lock);
    r->phase = DD_PEND_CALLED;
    o->current = r;
    o->since_ns = dd_sched_now();
    dd_mutex_unlock(&o->lock);
}

/* true: the driver has completed it with NdisMOidRequestComplete */
static bool completed(struct dd_adapter *a, struct dd_oid_request *r, NDIS_STATUS *ret_status)
{
    bool done;

    dd_mutex_lock(&a->priv->oid.lock);
    done = r->phase == DD_PEND_COMPLETED;
    if (done) {
        *ret_status = r->status;
    }
    dd_mutex_unlock(&a->priv->oid.lock);
    return done;
}

static void cancel(struct dd_adapter *a, const struct dd_oid_request *r)
{
    if (a->driver->chars.CancelOidRequestHandler != NULL) {
        DD_CALL(DD_ROLE_CANCEL_OID, "MiniportCancelOidRequest", a,
                a->driver->chars.CancelOidRequestHandler(a->context, r->req.RequestId));
    }
}

/* false: given up, the driver keeps the request */
static bool wait_done(struct dd_adapter *a, struct dd_oid_request *r, NDIS_OID oid,
                      NDIS_STATUS *ret_status)
{
    (void)dd_wait(&r->done, (uint64_t)a->priv->config.oid_timeout_ms * DD_NS_PER_MS);
    if (completed(a, r, ret_status)) {
        return true;
    }
    report(a, oid, NDIS_STATUS_PENDING, DD_OID_TIMEOUT, NULL);
    cancel(a, r);
    (void)dd_wait(&r->done, CANCEL_WAIT_MS * DD_NS_PER_MS);
    return completed(a, r, ret_status);
}

/* out of the driver's hands: into the history, the oldest there goes; or stuck */
static void end(struct dd_adapter *a, struct dd_oid_request *r, bool stuck)
{
    struct dd_oid_state *o = &a->priv->oid;
    struct dd_oid_request *old = NULL;

    dd_mutex_lock(&o->lock);
    o->current = NULL;
    o->since_ns = 0;
    if (stuck && r->phase != DD_PEND_COMPLETED) {
        o->stuck = r;
    } else {
        r->phase = DD_PEND_IDLE;
        old = o->history[o->next];
        o->history[o->next] = r;
        o->next = (o->next + 1) % DD_OID_HISTORY;
    }
    dd_mutex_unlock(&o->lock);
    dd_oid_request_free(old);
}

static NDIS_STATUS call(struct dd_adapter *a, struct dd_oid_request *r)
{
    NDIS_STATUS status = NDIS_STATUS_FAILURE;

    DD_CALL(DD_ROLE_OID, "MiniportOidRequest", a,
            status = a->driver->chars.OidRequestHandler(a->context, &r->req));
    return status;
}

/* --- the answer --- */

/* counts of the driver that do not fit the buffer are an overrun; nothing is copied from beyond */
static enum dd_oid_problem take_answer(struct dd_oid_request *r, struct dd_oid_args *args,
                                       NDIS_STATUS status)
{
    const NDIS_OID_REQUEST *q = &r->req;
    bool success = status == NDIS_STATUS_SUCCESS;
    ULONG out = 0, in = 0;

    if (!dd_oid_request_intact(r)) {
        return DD_OID_OVERRUN;
    }
    if (args->mode == DD_OID_QUERY) {
        out = q->DATA.QUERY_INFORMATION.BytesWritten;
        args->ret_needed = q->DATA.QUERY_INFORMATION.BytesNeeded;
    } else if (args->mode == DD_OID_SET) {
        in = q->DATA.SET_INFORMATION.BytesRead;
        args->ret_needed = q->DATA.SET_INFORMATION.BytesNeeded;
    } else {
        out = q->DATA.METHOD_INFORMATION.BytesWritten;
        in = q->DATA.METHOD_INFORMATION.BytesRead;
        args->ret_needed = q->DATA.METHOD_INFORMATION.BytesNeeded;
    }
    args->ret_bytes = 0;
    if (!success) {
        return DD_OID_OK;
    }
    if (out > args->out_bytes || in > args->in_bytes) {
        return DD_OID_OVERRUN;
    }
    args->ret_bytes = args->mode == DD_OID_SET ? in : out;
    if (out > 0) {
        memcpy(args->buf, r->buf, out);
    }
    return DD_OID_OK;
}

static NDIS_STATUS finish(struct dd_adapter *a, struct dd_oid_request *r, struct dd_oid_args *args,
                          NDIS_STATUS status)
{
    enum dd_oid_problem problem = DD_OID_OK;

    if (status == NDIS_STATUS_PENDING || status == NDIS_STATUS_INDICATION_REQUIRED) {
        problem = status == NDIS_STATUS_PENDING ? DD_OID_COMPLETED_PENDING : DD_OID_WRONG_ANSWER;
        status = NDIS_STATUS_FAILURE;
    } else {
        problem = take_answer(r, args, status);
    }
    if (problem == DD_OID_OVERRUN) {
        status = NDIS_STATUS_FAILURE;
    }
    if (problem == DD_OID_OK) {
        problem = dd_oid_check(args, status);
    }
    report(a, args->oid, status, problem, NULL);
    if (args->mode == DD_OID_SET) {
        DD_SEAM(.kind = DD_EV_OID_SET, .adapter = a, .a = args->oid, .b = (uint32_t)status,
                .c = args->in_bytes, .data = args->buf);
    }
    if (status == NDIS_STATUS_SUCCESS && args->mode == DD_OID_SET) {
        dd_oid_remember(a, args);
    }
    return status;
}

static NDIS_STATUS send_locked(struct dd_adapter *a, struct dd_oid_args *args)
{
    struct dd_oid_request *r = dd_oid_request_new(a, args);
    NDIS_STATUS status, late = NDIS_STATUS_FAILURE;

    if (r == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    dd_count(&a->priv->count.oids, 1);
    begin(a, r);
    if (args->mode == DD_OID_SET) {
        DD_SEAM(.kind = DD_EV_OID_SET_CALL, .adapter = a, .a = args->oid);
    }
    status = call(a, r);
    if (status == NDIS_STATUS_PENDING) {
        if (!wait_done(a, r, args->oid, &status)) {
            end(a, r, true);
            return NDIS_STATUS_REQUEST_ABORTED;
        }
    } else if (completed(a, r, &late)) {
        report(a, args->oid, late, DD_OID_DOUBLE_COMPLETE, NULL);
    }
    status = finish(a, r, args, status);
    end(a, r, false);
    return status;
}

/* in a state in which requests are legal, after a reset that may be running */
static bool may_send(struct dd_adapter *a)
{
    uint64_t deadline = dd_sched_now() + (uint64_t)a->priv->config.oid_timeout_ms * DD_NS_PER_MS;
    enum dd_adapter_state state;

    while (atomic_load(&a->priv->resetting) && dd_sched_now() < deadline) {
        (void)dd_sched_park(dd_sched_now() + DD_NS_PER_MS);
    }
    state = dd_adapter_state_get(a);
    return state == DD_STATE_PAUSED || state == DD_STATE_RESTARTING || state == DD_STATE_RUNNING ||
           state == DD_STATE_PAUSING;
}

NDIS_STATUS dd_oid_send(struct dd_adapter *a, struct dd_oid_args *args)
{
    NDIS_STATUS status;

    dd_gate_enter(&a->priv->oid_gate);
    if (!may_send(a)) {
        status = NDIS_STATUS_ADAPTER_NOT_READY;
    } else if (a->priv->oid.stuck != NULL) {
        status = NDIS_STATUS_REQUEST_ABORTED;
    } else {
        status = send_locked(a, args);
    }
    dd_gate_leave(&a->priv->oid_gate);
    return status;
}

uint64_t dd_oid_pending_ns(struct dd_adapter *a)
{
    uint64_t since;

    dd_mutex_lock(&a->priv->oid.lock);
    since = a->priv->oid.since_ns;
    dd_mutex_unlock(&a->priv->oid.lock);
    return since == 0 ? 0 : dd_sched_now() - since;
}

void dd_oid_done(struct dd_adapter *a)
{
    struct dd_oid_state *o = &a->priv->oid;

    for (unsigned i = 0; i < DD_OID_HISTORY; i++) {
        dd_oid_request_free(o->history[i]);
        o->history[i] = NULL;
    }
    dd_oid_request_free(o->stuck);
    o->stuck = NULL;
    free(o->multicast);
    o->multicast = NULL;
}

/* --- completion by the driver --- */

static bool in_history_locked(const struct dd_oid_state *o, const NDIS_OID_REQUEST *q)
{
    for (unsigned i = 0; i < DD_OID_HISTORY; i++) {
        if (o->history[i] != NULL && &o->history[i]->req == q) {
            return true;
        }
    }
    return false;
}

/* the request of the adapter that @q is, when the driver may complete it now */
static struct dd_oid_request *match_locked(struct dd_oid_state *o, const NDIS_OID_REQUEST *q,
                                           enum dd_oid_problem *ret_problem)
{
    struct dd_oid_request *r = NULL;

    *ret_problem = DD_OID_UNKNOWN_REQUEST;
    if (o->current != NULL && &o->current->req == q) {
        r = o->current;
    } else if (o->stuck != NULL && &o->stuck->req == q) {
        r = o->stuck;
        o->stuck = NULL;
    } else if (in_history_locked(o, q)) {
        *ret_problem = DD_OID_DOUBLE_COMPLETE;
    }
    if (r != NULL && r->phase != DD_PEND_CALLED) {
        *ret_problem = DD_OID_DOUBLE_COMPLETE;
        r = NULL;
    }
    return r;
}

void dd_oid_complete(struct dd_adapter *a, NDIS_OID_REQUEST *request, NDIS_STATUS status,
                     const void *site)
{
    struct dd_oid_state *o = &a->priv->oid;
    enum dd_oid_problem problem;
    struct dd_oid_request *r, *old = NULL;
    bool was_stuck = false;

    dd_mutex_lock(&o->lock);
    r = match_locked(o, request, &problem);
    if (r != NULL) {
        r->phase = DD_PEND_COMPLETED;
        r->status = status;
        was_stuck = r != o->current;
    }
    if (was_stuck) {
        old = o->history[o->next];
        o->history[o->next] = r;
        o->next = (o->next + 1) % DD_OID_HISTORY;
    } else if (r != NULL) {
        /* under the lock: the waiter frees nothing before it has it too */
        (void)dd_event_set(&r->done);
    }
    dd_mutex_unlock(&o->lock);
    dd_oid_request_free(old);
    if (r == NULL) {
        report(a, 0, status, problem, site);
    }
}

VOID NdisMOidRequestComplete(NDIS_HANDLE MiniportAdapterHandle, PNDIS_OID_REQUEST OidRequest,
                             NDIS_STATUS Status)
{
    struct dd_adapter *a;

    DD_API(NdisMOidRequestComplete);
    a = dd_adapter_of(MiniportAdapterHandle, DD_SITE());
    if (a != NULL) {
        dd_oid_complete(a, OidRequest, Status, DD_SITE());
    }
}

/* direct requests are never sent: no Ethernet OID in use goes that way */
VOID NdisMDirectOidRequestComplete(NDIS_HANDLE MiniportAdapterHandle, PNDIS_OID_REQUEST OidRequest,
                                   NDIS_STATUS Status)
{
    struct dd_adapter *a;

    DD_API(NdisMDirectOidRequestComplete);
    (void)OidRequest;
    a = dd_adapter_of(MiniportAdapterHandle, DD_SITE());
    if (a != NULL) {
        report(a, 0, Status, DD_OID_UNKNOWN_REQUEST, DD_SITE());
    }
}

/* --- the host's calls --- */

NDIS_STATUS dd_ndis_query(struct dd_adapter *a, NDIS_OID oid, void *buf, ULONG len_bytes,
                          ULONG *ret_bytes)
{
    struct dd_oid_args args = {.mode = DD_OID_QUERY,
                               .oid = oid,
                               .buf = buf,
                               .out_bytes = len_bytes};
    NDIS_STATUS status;

    if (!dd_oid_answer(a, &args, &status)) {
        status = dd_oid_send(a, &args);
    }
    if (ret_bytes != NULL) {
        *ret_bytes = status == NDIS_STATUS_SUCCESS ? args.ret_bytes : args.ret_needed;
    }
    return status;
}

NDIS_STATUS dd_ndis_set(struct dd_adapter *a, NDIS_OID oid, const void *buf, ULONG len_bytes)
{
    struct dd_oid_args args = {.mode = DD_OID_SET,
                               .oid = oid,
                               .buf = (void *)(uintptr_t)buf,
                               .in_bytes = len_bytes};
    NDIS_STATUS status;

    return dd_oid_answer(a, &args, &status) ? status : dd_oid_send(a, &args);
}

NDIS_STATUS dd_ndis_method(struct dd_adapter *a, NDIS_OID oid, void *buf, ULONG in_bytes,
                           ULONG out_bytes, ULONG *ret_bytes)
{
    struct dd_oid_args args = {.mode = DD_OID_METHOD,
                               .oid = oid,
                               .buf = buf,
                               .in_bytes = in_bytes,
                               .out_bytes = out_bytes};
    NDIS_STATUS status = dd_oid_send(a, &args);

    if (ret_bytes != NULL) {
        *ret_bytes = status == NDIS_STATUS_SUCCESS ? args.ret_bytes : args.ret_needed;
    }
    return status;
}
