/* SPDX-License-Identifier: MIT */
/* Brackets around calls into the driver. */
#include "nt/nt_int.h"

#include "base/clock.h"

void dd_call_enter(struct dd_call *call, enum dd_role role, const char *name, const void *adapter)
{
    struct dd_ctx *ctx = dd_ctx_self();

    dd_assert(ctx != NULL);
    call->name = name;
    call->role = role;
    call->adapter = adapter;
    call->irql = ctx->irql;
    call->locks_held = ctx->spin_count;
    call->outer = ctx->call;
    /* a watchdog is content with some milliseconds; a listener may measure */
    call->enter_ns = dd_seam_listening() ? dd_clock_ns() : dd_clock_coarse_ns();
    ctx->call = call;
    if (call->outer == NULL) {
        atomic_store_explicit(&ctx->view_enter_ns, call->enter_ns, memory_order_relaxed);
    }
    atomic_store_explicit(&ctx->view_call, name, memory_order_release);
    DD_SEAM(.kind = DD_EV_CALLBACK_ENTER, .adapter = adapter, .data = name, .a = call->irql,
            .b = role);
}

void dd_call_leave(struct dd_call *call)
{
    struct dd_ctx *ctx = dd_ctx_self();

    dd_assert(ctx != NULL && ctx->call == call);
    DD_SEAM(.kind = DD_EV_CALLBACK_LEAVE, .adapter = call->adapter, .data = call->name,
            .a = call->irql, .b = call->role, .c = ctx->irql,
            .d = ctx->spin_count > call->locks_held ? ctx->spin_count - call->locks_held : 0);
    /* a lock the driver forgot stays locked, but is no longer counted against this context */
    if (ctx->spin_count > call->locks_held) {
        ctx->spin_count = call->locks_held;
    }
    ctx->call = call->outer;
    atomic_store_explicit(&ctx->view_call, call->outer != NULL ? call->outer->name : NULL,
                          memory_order_release);
    if (ctx->irql != call->irql) {
        dd_irql_restore(ctx, call->irql);
    }
}

const struct dd_call *dd_call_current(void)
{
    struct dd_ctx *ctx = dd_ctx_self();

    return ctx != NULL ? ctx->call : NULL;
}

bool dd_call_inside(enum dd_role role)
{
    for (const struct dd_call *call = dd_call_current(); call != NULL; call = call->outer) {
        if (call->role == role) {
            return true;
        }
    }
    return false;
}
