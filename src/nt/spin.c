/* SPDX-License-Identifier: MIT */
/* KSPIN_LOCK: an owner word (lot.c). A static zero is a free lock. */
#include "nt/nt_int.h"

#include "base/self.h"

static void lock_bad(const void *lock, enum dd_lock_defect defect, const void *site)
{
    DD_SEAM(.kind = DD_EV_LOCK_BAD, .site = site, .obj = lock, .a = defect, .b = dd_irql_get());
}

static bool owner_is_possible(uintptr_t value)
{
    uintptr_t owner = dd_word_owner(value);

    if ((owner & DD_SERVICE) != 0) {
        return owner >> 47 == 0;
    }
    return dd_ctx_is_valid((const void *)owner);
}

static void note_acquired(struct dd_ctx *ctx, PKSPIN_LOCK lock)
{
    if (ctx == NULL) {
        return;
    }
    if (ctx->spin_count < DD_SPINS_MAX) {
        ctx->spins[ctx->spin_count].lock = lock;
        ctx->spins[ctx->spin_count].queued = false;
    }
    ctx->spin_count++;
}

static void note_released(struct dd_ctx *ctx, PKSPIN_LOCK lock)
{
    unsigned listed, i;

    if (ctx == NULL || ctx->spin_count == 0) {
        return;
    }
    if (ctx->spin_count <= DD_SPINS_MAX && ctx->spins[ctx->spin_count - 1].lock == lock) {
        ctx->spin_count--; /* the last one, as nearly always */
        return;
    }
    listed = ctx->spin_count < DD_SPINS_MAX ? ctx->spin_count : DD_SPINS_MAX;
    for (i = listed; i > 0 && ctx->spins[i - 1].lock != lock; i--) {
    }
    if (i == 0) {
        /* not listed: acquired beyond the list's end, or before the bracket it was forgotten in */
        ctx->spin_count -= ctx->spin_count > DD_SPINS_MAX;
        return;
    }
    for (; i < listed; i++) {
        ctx->spins[i - 1] = ctx->spins[i];
    }
    if (ctx->spin_count > DD_SPINS_MAX) {
        ctx->spins[DD_SPINS_MAX - 1].lock = NULL;
    }
    ctx->spin_count--;
}

/* somebody has it: is that possible at all? */
static void check_contended(PKSPIN_LOCK lock, uintptr_t me, const void *site)
{
    KSPIN_LOCK value = __atomic_load_n(lock, __ATOMIC_RELAXED);

    if (dd_word_owner(value) == me) {
        lock_bad(lock, DD_LOCK_RECURSIVE, site);
        dd_machine_bugcheck(
            "spin lock %p was acquired again by the context that holds it: it would spin for ever",
            (void *)lock);
    }
    if (dd_word_owner(value) != 0 && !owner_is_possible(value)) {
        dd_object_bad(lock, "spin lock was never initialised, or its memory was overwritten", site);
        __atomic_compare_exchange_n(lock, &value, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
    }
}

_Static_assert(sizeof(KSPIN_LOCK) == sizeof(uintptr_t), "an owner word fits");

/* dd_word_me(), of a context that is known */
static uintptr_t me_of(struct dd_ctx *ctx)
{
    return ctx != NULL ? (uintptr_t)ctx : dd_word_me();
}

void dd_spin_acquire(PKSPIN_LOCK lock, const void *site)
{
    uintptr_t *word = (uintptr_t *)(void *)lock;
    struct dd_ctx *ctx = dd_ctx_self();
    uintptr_t me = me_of(ctx);

    if (!dd_word_try(word, me)) {
        check_contended(lock, me, site);
        dd_word_lock(word, me);
    }
    note_acquired(ctx, lock);
}

bool dd_spin_try(PKSPIN_LOCK lock, const void *site)
{
    struct dd_ctx *ctx = dd_ctx_self();

    (void)site;
    if (!dd_word_try((uintptr_t *)(void *)lock, me_of(ctx))) {
        return false;
    }
    note_acquired(ctx, lock);
    return true;
}

void dd_spin_release(PKSPIN_LOCK lock, const void *site)
{
    uintptr_t *word = (uintptr_t *)(void *)lock;
    struct dd_ctx *ctx = dd_ctx_self();
    uintptr_t me = me_of(ctx);
    uintptr_t owner = dd_word_owner(__atomic_load_n(word, __ATOMIC_RELAXED));

    if (owner != me) {
        lock_bad(lock, owner == 0 ? DD_LOCK_NOT_HELD : DD_LOCK_NOT_OWNER, site);
        return;
    }
    note_released(ctx, lock);
    dd_word_unlock(word, me);
}

bool dd_spin_held_by_me(PKSPIN_LOCK lock)
{
    return dd_word_owner(__atomic_load_n((uintptr_t *)(void *)lock, __ATOMIC_RELAXED)) ==
           dd_word_me();
}

void dd_spin_set_queued(PKSPIN_LOCK lock)
{
    struct dd_ctx *ctx = dd_self()->ctx;

    if (ctx != NULL && ctx->spin_count > 0 && ctx->spin_count <= DD_SPINS_MAX &&
        ctx->spins[ctx->spin_count - 1].lock == lock) {
        ctx->spins[ctx->spin_count - 1].queued = true;
    }
}

void dd_spin_check_kind(PKSPIN_LOCK lock, bool queued, const void *site)
{
    struct dd_ctx *ctx = dd_self()->ctx;

    for (unsigned i = 0; ctx != NULL && i < ctx->spin_count && i < DD_SPINS_MAX; i++) {
        if (ctx->spins[i].lock == lock && ctx->spins[i].queued != queued) {
            lock_bad(lock, DD_LOCK_MIXED, site);
        }
    }
}
