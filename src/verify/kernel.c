/* SPDX-License-Identifier: MIT */
/* IRQL and locks across callbacks, pool, kernel objects, assertions. */
#include "verify/verify_int.h"

/* where MiniportShutdownEx begins and ends, for the rules about what it may not do */
static void note_shutdown(struct dd_verify *v, const struct dd_ev *ev)
{
    if (ev->b != DD_ROLE_SHUTDOWN) {
        return;
    }
    dd_mutex_lock(&v->lock);
    if (ev->kind == DD_EV_CALLBACK_ENTER) {
        dd_map_put(&v->shutdowns, DD_KEY(ev->adapter), v);
    } else {
        dd_map_del(&v->shutdowns, DD_KEY(ev->adapter));
    }
    dd_mutex_unlock(&v->lock);
}

static void on_leave(struct dd_verify *v, const struct dd_ev *ev)
{
    if (ev->c != ev->a) {
        dd_finding_one(v, "irql-unbalanced", NULL, NULL, NULL,
                       "%s was called at %s and returned at %s", (const char *)ev->data,
                       dd_irql_name(ev->a), dd_irql_name(ev->c));
    }
    if (ev->d) {
        dd_finding_one(v, "lock-balance", NULL, NULL, NULL,
                       "%s returned with %llu spin locks held that it acquired",
                       (const char *)ev->data, (unsigned long long)ev->d);
    }
}

static void on_bad_free(struct dd_verify *v, const struct dd_ev *ev)
{
    struct dd_finding f;

    switch (ev->a) {
    case DD_POOL_DOUBLE_FREE:
        dd_finding_begin(&f, "pool-bad-free", "%p was freed before", ev->obj);
        break;
    case DD_POOL_WRONG_TAG:
        dd_finding_begin(&f, "pool-bad-free", "%p has tag 0x%08x and is freed with 0x%08x", ev->obj,
                         (uint32_t)ev->c, (uint32_t)ev->b);
        break;
    case DD_POOL_NULL:
        dd_finding_begin(&f, "pool-bad-free", "a NULL pointer is freed");
        break;
    case DD_POOL_INSIDE:
        dd_finding_begin(&f, "pool-bad-free", "%p lies inside a block, not at its start", ev->obj);
        break;
    default:
        dd_finding_begin(&f, "pool-bad-free", "%p is no block of pool memory", ev->obj);
        break;
    }
    dd_finding_site(&f, "allocated at", ev->data, NULL);
    dd_finding_site(&f, "freed at", ev->site, NULL);
    dd_finding_end(v, &f);
}

static void on_lock(struct dd_verify *v, const struct dd_ev *ev)
{
    static const char *const words[] = {
        [DD_LOCK_RECURSIVE] = "is acquired by the context that holds it: a deadlock on Windows",
        [DD_LOCK_NOT_OWNER] = "is released by a context that does not hold it",
        [DD_LOCK_NOT_HELD] = "is released and nobody holds it",
        [DD_LOCK_ORDER] = "is released out of order, so that the wrong IRQL is restored",
        [DD_LOCK_DPR_BELOW_DISPATCH] = "is acquired with a Dpr call below DISPATCH_LEVEL",
        [DD_LOCK_MIXED] = "is acquired with one kind of call and released with another",
    };

    dd_finding_one(v, "lock-balance", "called at", ev->site, NULL, "spin lock %p %s", ev->obj,
                   ev->a < DD_ARRAY_LEN(words) ? words[ev->a] : "is misused");
}

void dd_verify_kernel(struct dd_verify *v, const struct dd_ev *ev)
{
    switch (ev->kind) {
    case DD_EV_CALLBACK_ENTER:
        note_shutdown(v, ev);
        break;
    case DD_EV_CALLBACK_LEAVE:
        note_shutdown(v, ev);
        on_leave(v, ev);
        break;
    case DD_EV_POOL_BAD_FREE:
        on_bad_free(v, ev);
        break;
    case DD_EV_POOL_CORRUPT:
        dd_finding_one(v, "pool-corruption", "allocated at", ev->data, NULL,
                       "a byte at offset %lld of a pool block of %llu bytes (%p) was changed",
                       (long long)ev->a, (unsigned long long)ev->b, ev->obj);
        break;
    case DD_EV_LOCK_BAD:
        on_lock(v, ev);
        break;
    case DD_EV_IRQL_BAD:
        dd_finding_one(v, "irql-general", "called at", ev->site, NULL,
                       "IRQL change from %s to %s is not allowed", dd_irql_name(ev->a),
                       dd_irql_name(ev->b));
        break;
    case DD_EV_OBJECT_BAD:
        dd_finding_one(v, "object-misuse", "called at", ev->site, NULL, "%p: %s", ev->obj,
                       (const char *)ev->data);
        break;
    case DD_EV_ASSERT:
        dd_finding_one(v, "driver-assert", "asserted at", ev->site, NULL, "%s",
                       (const char *)ev->data);
        break;
    default:
        break;
    }
}
