/* SPDX-License-Identifier: MIT */
/* The verifier's frame: which group sees which event, and how findings leave. */
#include "verify/verify_int.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void group_fn(struct dd_verify *v, const struct dd_ev *ev);

static group_fn *const groups[DD_EV_COUNT] = {
    [DD_EV_API] = dd_verify_irql,
    [DD_EV_SG_REGISTER] = dd_verify_sg,
    [DD_EV_SG_DEREGISTER_CALL] = dd_verify_sg,
    [DD_EV_SGL_REQUEST_CALL] = dd_verify_sg,
    [DD_EV_SGL_REQUEST_DONE] = dd_verify_sg,
    [DD_EV_SGL_BUILT] = dd_verify_sg,
    [DD_EV_SGL_FREE_CALL] = dd_verify_sg,
    [DD_EV_SGL_FREED] = dd_verify_sg,
    [DD_EV_SGL_DATA_CHANGED] = dd_verify_sg,
    [DD_EV_DMA_CHANNEL_REGISTER] = dd_verify_shmem,
    [DD_EV_SHMEM_ALLOC] = dd_verify_shmem,
    [DD_EV_SHMEM_ASYNC_CALL] = dd_verify_shmem,
    [DD_EV_SHMEM_ASYNC_DONE] = dd_verify_shmem,
    [DD_EV_SHMEM_FREE_CALL] = dd_verify_shmem,
    [DD_EV_SHMEM_CORRUPT] = dd_verify_shmem,
    [DD_EV_DEV_FAULT] = dd_verify_device,
    [DD_EV_REGISTER_TRAPPED] = dd_verify_register,
    [DD_EV_ATTRIBUTES_SET] = dd_verify_attributes,
    [DD_EV_OID_SET_CALL] = dd_verify_oid_set,
    [DD_EV_OID_SET] = dd_verify_oid_set,
    [DD_EV_WIRE_FRAME] = dd_verify_wire,
    [DD_EV_DEV_REMOVED] = dd_verify_life,
    [DD_EV_SEND] = dd_verify_send,
    [DD_EV_SEND_COMPLETE_CALL] = dd_verify_send,
    [DD_EV_RECEIVE_CALL] = dd_verify_receive,
    [DD_EV_RECEIVE_NBL] = dd_verify_receive,
    [DD_EV_THROTTLE_BROKEN] = dd_verify_receive,
    [DD_EV_RSS_CAPS] = dd_verify_rss,
    [DD_EV_RSS_WRONG] = dd_verify_rss,
    [DD_EV_COMPLETE_UNEXPECTED] = dd_verify_life,
    [DD_EV_ADAPTER_STATE] = dd_verify_life,
    [DD_EV_PAUSE_BAD_RETURN] = dd_verify_life,
    [DD_EV_PAUSED_WITH] = dd_verify_life,
    [DD_EV_RESET_DONE] = dd_verify_life,
    [DD_EV_INIT_NO_GENERAL] = dd_verify_life,
    [DD_EV_OID] = dd_verify_life,
    [DD_EV_WATCHDOG] = dd_verify_life,
    [DD_EV_STATUS] = dd_verify_life,
    [DD_EV_DRIVER_REGISTERED] = dd_verify_life,
    [DD_EV_LEAK] = dd_verify_life,
    [DD_EV_CALLBACK_ENTER] = dd_verify_kernel,
    [DD_EV_CALLBACK_LEAVE] = dd_verify_kernel,
    [DD_EV_POOL_BAD_FREE] = dd_verify_kernel,
    [DD_EV_POOL_CORRUPT] = dd_verify_kernel,
    [DD_EV_LOCK_BAD] = dd_verify_kernel,
    [DD_EV_IRQL_BAD] = dd_verify_kernel,
    [DD_EV_OBJECT_BAD] = dd_verify_kernel,
    [DD_EV_ASSERT] = dd_verify_kernel,
};

static void on_event(void *arg, const struct dd_ev *ev)
{
    if (groups[ev->kind]) {
        groups[ev->kind](arg, ev);
    }
}

int dd_verify_new(const struct dd_verify_config *config, struct dd_verify **ret_verify)
{
    struct dd_verify *v = calloc(1, sizeof(*v));

    if (!v) {
        return -ENOMEM;
    }
    v->config = *config;
    v->listener = (struct dd_listener){.arg = v, .event = on_event};
    dd_mutex_init(&v->lock);
    dd_list_init(&v->freed);
    dd_list_init(&v->old_blocks);
    dd_map_init(&v->live);
    dd_map_init(&v->last);
    dd_map_init(&v->by_nb);
    dd_map_init(&v->numbers);
    dd_map_init(&v->blocks);
    dd_map_init(&v->states);
    dd_map_init(&v->completed);
    dd_map_init(&v->shutdowns);
    dd_map_init(&v->offloads);
    *ret_verify = v;
    return 0;
}

static void free_values(struct dd_map *m)
{
    size_t pos = 0;
    void *value;

    while ((value = dd_map_next(m, &pos, NULL)) != NULL) {
        free(value);
    }
    dd_map_done(m);
}

void dd_verify_free(struct dd_verify *v)
{
    if (!v) {
        return;
    }
    free_values(&v->numbers);
    free_values(&v->blocks);
    dd_verify_shmem_done(v);
    dd_verify_offload_done(v);
    dd_map_done(&v->live);
    dd_map_done(&v->last);
    dd_map_done(&v->by_nb);
    dd_map_done(&v->states);
    dd_map_done(&v->completed);
    dd_map_done(&v->shutdowns);
    dd_mutex_done(&v->lock);
    free(v);
}

const struct dd_listener *dd_verify_listener(struct dd_verify *v)
{
    return &v->listener;
}

uint64_t dd_verify_count(struct dd_verify *v)
{
    return atomic_load(&v->count);
}

/* --- findings --- */

static bool disabled(const struct dd_verify *v, const char *id)
{
    for (const char *const *d = v->config.disabled; d && *d; d++) {
        if (strcmp(*d, id) == 0) {
            return true;
        }
    }
    return false;
}

static void begin(struct dd_finding *f, const char *rule, const char *fmt, va_list ap)
{
    *f = (struct dd_finding){.rule = dd_rule_find(rule)};
    dd_assert(f->rule != NULL);
    vsnprintf(f->text, sizeof(f->text), fmt, ap);
}

void dd_finding_begin(struct dd_finding *f, const char *rule, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    begin(f, rule, fmt, ap);
    va_end(ap);
}

void dd_finding_site(struct dd_finding *f, const char *label, const void *pc, const char *api)
{
    for (unsigned i = 0; pc && i < DD_FINDING_SITES; i++) {
        if (!f->sites[i].pc) {
            f->sites[i].label = label;
            f->sites[i].pc = pc;
            f->sites[i].api = api;
            return;
        }
    }
}

void dd_finding_end(struct dd_verify *v, struct dd_finding *f)
{
    if (!disabled(v, f->rule->id)) {
        atomic_fetch_add(&v->count, 1);
        v->config.report(v->config.arg, f);
    }
}

void dd_finding_one(struct dd_verify *v, const char *rule, const char *label, const void *pc,
                    const char *api, const char *fmt, ...)
{
    struct dd_finding f;
    va_list ap;

    va_start(ap, fmt);
    begin(&f, rule, fmt, ap);
    va_end(ap);
    dd_finding_site(&f, label, pc, api);
    dd_finding_end(v, &f);
}

void dd_verify_raise(struct dd_verify *v, const char *rule_id, const void *site, const char *fmt,
                     ...)
{
    struct dd_finding f;
    va_list ap;

    va_start(ap, fmt);
    begin(&f, rule_id, fmt, ap);
    va_end(ap);
    dd_finding_site(&f, "at", site, NULL);
    dd_finding_end(v, &f);
}
