/* SPDX-License-Identifier: MIT */
/* soft:e1000e: its own context, and all calls of the host. None is made with the lock held. */
#include "e1000e.h"

#include "base/self.h"

uint64_t dd_e1k_host_now(const struct dd_e1k *d)
{
    return d->dev.host->now_ns(d->dev.host->arg);
}

void dd_e1k_see_time_locked(struct dd_e1k *d, uint64_t now_ns)
{
    if (now_ns > d->now_ns) {
        d->now_ns = now_ns;
    }
}

/* --- calls of the host --- */

/* the next thing to tell; false: nothing. @raise: also what asks for attention */
static bool irq_next_locked(struct dd_e1k *d, bool raise, unsigned *ret_vector, bool *ret_level)
{
    *ret_vector = 0;
    if (d->line_told && !d->line_want) {
        d->line_told = false;
        *ret_level = false;
        return true;
    }
    if (!raise || d->removed) {
        return false;
    }
    *ret_level = true;
    if (d->line_want && !d->line_told) {
        d->line_told = true;
        return true;
    }
    if (d->msg_out != 0) {
        *ret_vector = (unsigned)__builtin_ctz(d->msg_out);
        d->msg_out &= d->msg_out - 1;
        return true;
    }
    return false;
}

/* one thread at a time tells, so that levels arrive in order; it also tells what others leave to it
 */
void dd_e1k_irq_tell_locked(struct dd_e1k *d, bool raise)
{
    struct dd_dev_host *host = d->dev.host;
    unsigned vector;
    bool level;

    if (d->irq_busy) {
        return;
    }
    d->irq_busy = true;
    d->irq_tid = dd_self()->tid;
    while (irq_next_locked(d, raise, &vector, &level)) {
        dd_mutex_unlock(&d->lock);
        host->interrupt(host->arg, vector, level);
        dd_mutex_lock(&d->lock);
    }
    d->irq_busy = false;
    d->work |= d->msg_out != 0 || (d->line_want && !d->line_told);
    dd_cond_broadcast(&d->idle);
}

void dd_e1k_user_done_locked(struct dd_e1k *d)
{
    if (--d->users == 0) {
        dd_cond_broadcast(&d->idle);
    }
}

/* end of a register access: lowers the line at once, asks for service; unlocks */
void dd_e1k_finish_access(struct dd_e1k *d)
{
    struct dd_dev_host *host = d->dev.host;
    bool kick, lower = d->line_told && !d->line_want;

    if (!lower && !(d->work && !d->kick_told)) {
        dd_mutex_unlock(&d->lock);
        return;
    }
    d->users++;
    if (lower) {
        dd_e1k_irq_tell_locked(d, false);
    }
    kick = d->work && !d->kick_told && !d->closing && !d->removed;
    d->kick_told |= kick;
    dd_mutex_unlock(&d->lock);
    if (kick) {
        host->kick(host->arg);
    }
    dd_mutex_lock(&d->lock);
    dd_e1k_user_done_locked(d);
    dd_mutex_unlock(&d->lock);
}

/* frames and the news that some may come; unlocks meanwhile */
static void wire_tell_locked(struct dd_e1k *d, bool ready)
{
    struct dd_dev_host *host = d->dev.host;
    size_t at = 0;

    if (d->out_count == 0 && !ready) {
        return;
    }
    dd_mutex_unlock(&d->lock);
    for (size_t i = 0; i < d->out_count; i++) {
        host->transmit(host->arg, d->out + at, d->out_lens[i]);
        at += d->out_lens[i];
    }
    d->out_count = 0;
    d->out_len = 0;
    if (ready) {
        host->receive_ready(host->arg);
    }
    dd_mutex_lock(&d->lock);
}

/* --- service --- */

static void timer_locked(struct dd_e1k *d, enum e1k_timer t)
{
    switch (t) {
    case E1K_T_LINK:
        dd_e1k_link_timer_locked(d);
        break;
    case E1K_T_MDIC:
        if ((e1k_reg(d, E1K_MDIC) & MDIC_INT) != 0) {
            dd_e1k_irq_raise_locked(d, ICR_MDAC);
        }
        break;
    case E1K_T_RDTR:
    case E1K_T_RADV:
        d->at_ns[E1K_T_RDTR] = E1K_NEVER;
        d->at_ns[E1K_T_RADV] = E1K_NEVER;
        dd_e1k_irq_raise_locked(d, ICR_RXT0);
        break;
    case E1K_T_RAID:
        dd_e1k_irq_raise_locked(d, ICR_ACK);
        break;
    case E1K_T_TIDV:
    case E1K_T_TADV:
        d->at_ns[E1K_T_TIDV] = E1K_NEVER;
        d->at_ns[E1K_T_TADV] = E1K_NEVER;
        dd_e1k_tx_flush_locked(d);
        break;
    default: /* E1K_T_IRQ: firing follows */
        break;
    }
}

static void run_timers_locked(struct dd_e1k *d)
{
    for (int t = 0; t < E1K_T_COUNT; t++) {
        if (d->at_ns[t] <= d->now_ns && d->at_ns[t] != E1K_NEVER) {
            d->at_ns[t] = E1K_NEVER;
            timer_locked(d, (enum e1k_timer)t);
        }
    }
}

static uint64_t deadline_locked(const struct dd_e1k *d)
{
    uint64_t at = E1K_NEVER;

    for (int t = 0; t < E1K_T_COUNT; t++) {
        at = dd_min_u64(at, d->at_ns[t]);
    }
    return d->removed ? E1K_NEVER : at;
}

/* one round; true when another is due */
static bool serve_locked(struct dd_e1k *d)
{
    bool more, ready;

    d->again = false;
    d->kick_told = false;
    run_timers_locked(d);
    more = dd_e1k_tx_run_locked(d);
    ready = dd_e1k_rx_run_locked(d);
    dd_e1k_irq_fire_locked(d);
    d->work = false; /* all that was marked up to here is done, or waits for a timer */
    wire_tell_locked(d, ready);
    dd_e1k_irq_tell_locked(d, true);
    return (more || d->again || d->work) && !d->removed && !d->closing;
}

uint64_t dd_e1k_service(struct dd_dev *dev)
{
    struct dd_e1k *d = DD_CONTAINER(dev, struct dd_e1k, dev);
    uint64_t now = dd_e1k_host_now(d), at;
    bool more = true;

    dd_mutex_lock(&d->lock);
    if (d->serving || d->removed || d->closing) {
        d->again = true;
        at = deadline_locked(d);
        dd_mutex_unlock(&d->lock);
        return at;
    }
    d->serving = true;
    d->users++;
    while (more) {
        dd_e1k_see_time_locked(d, now);
        more = serve_locked(d);
        if (more) {
            dd_mutex_unlock(&d->lock);
            now = dd_e1k_host_now(d);
            dd_mutex_lock(&d->lock);
        }
    }
    d->serving = false;
    at = deadline_locked(d);
    dd_e1k_user_done_locked(d);
    dd_mutex_unlock(&d->lock);
    return at;
}
