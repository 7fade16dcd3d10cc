/* SPDX-License-Identifier: MIT */
#include "wire/faults.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESS_BYTES 12u

struct passing {
    struct dd_list node;
    uint64_t at_ns;
    size_t len_bytes;
    uint8_t bytes[];
};

void dd_faults_init(struct dd_faults *f, uint64_t seed, uint64_t stream)
{
    memset(f, 0, sizeof(*f));
    dd_list_init(&f->queue);
    dd_rng_seed(&f->rng, seed, stream);
}

void dd_faults_done(struct dd_faults *f)
{
    struct dd_list *node;

    while ((node = dd_list_pop(&f->queue)) != NULL) {
        free(DD_LIST_ENTRY(node, struct passing, node));
    }
    free(f->held);
    f->held = NULL;
    f->queued = 0;
}

void dd_faults_ask(struct dd_faults *f, enum dd_fault_kind kind, uint64_t value)
{
    if (kind == DD_FAULT_DELAY) {
        f->delay_ns = value;
    } else {
        f->left[kind] += value;
    }
}

bool dd_faults_idle(const struct dd_faults *f)
{
    uint64_t left = 0;

    for (unsigned i = 0; i < DD_FAULT_DELAY; i++) {
        left += f->left[i];
    }
    return left == 0 && f->delay_ns == 0 && f->queued == 0 && !f->held;
}

static void append(struct dd_faults *f, struct passing *p)
{
    dd_list_append(&f->queue, &p->node);
    f->queued++;
}

static void release_held(struct dd_faults *f, uint64_t at_ns)
{
    struct passing *p = f->held;

    if (p) {
        f->held = NULL;
        p->at_ns = at_ns;
        append(f, p);
    }
}

static struct passing *copy(const void *frame, size_t len_bytes, uint64_t at_ns)
{
    struct passing *p = malloc(sizeof(*p) + len_bytes);

    if (p) {
        p->at_ns = at_ns;
        p->len_bytes = len_bytes;
        memcpy(p->bytes, frame, len_bytes);
    }
    return p;
}

static void corrupt(struct dd_faults *f, struct passing *p)
{
    size_t from = p->len_bytes > ADDRESS_BYTES ? ADDRESS_BYTES : 0;
    uint64_t bit = dd_rng_below(&f->rng, (p->len_bytes - from) * 8);

    p->bytes[from + bit / 8] ^= (uint8_t)(1u << bit % 8);
}

/* the first fault that is still asked for; DD_FAULT_DELAY: none is */
static enum dd_fault_kind next_fault(struct dd_faults *f)
{
    unsigned kind = 0;

    while (kind < DD_FAULT_DELAY && f->left[kind] == 0) {
        kind++;
    }
    return (enum dd_fault_kind)kind;
}

int dd_faults_put(struct dd_faults *f, const void *frame, size_t len_bytes, uint64_t now_ns)
{
    enum dd_fault_kind kind = next_fault(f);
    uint64_t at_ns = now_ns + f->delay_ns;
    struct passing *p, *second = NULL;

    if (kind == DD_FAULT_REORDER && f->held) {
        kind = DD_FAULT_DELAY; /* this one is what the held frame waits for */
    }
    if (kind != DD_FAULT_DELAY) {
        f->left[kind]--;
        f->done[kind]++;
    }
    if (kind == DD_FAULT_DROP) {
        return 0;
    }
    p = copy(frame, len_bytes, at_ns);
    if (kind == DD_FAULT_DUPLICATE) {
        second = copy(frame, len_bytes, at_ns);
    }
    if (!p || (kind == DD_FAULT_DUPLICATE && !second)) {
        free(p);
        free(second);
        return -ENOMEM;
    }
    f->done[DD_FAULT_DELAY] += f->delay_ns > 0;
    if (kind == DD_FAULT_REORDER) {
        f->held = p;
        f->held_until_ns = at_ns + DD_FAULT_ALONE_NS;
        return 0;
    }
    if (kind == DD_FAULT_CORRUPT && len_bytes > 0) {
        corrupt(f, p);
    }
    append(f, p);
    if (second) {
        append(f, second);
    }
    release_held(f, at_ns);
    return 0;
}

const void *dd_faults_peek(struct dd_faults *f, uint64_t now_ns, size_t *ret_len_bytes,
                           uint64_t *ret_at_ns)
{
    const struct passing *p;

    if (f->held && dd_list_empty(&f->queue) && now_ns >= f->held_until_ns) {
        release_held(f, now_ns);
    }
    if (dd_list_empty(&f->queue)) {
        *ret_at_ns = f->held ? f->held_until_ns : UINT64_MAX;
        return NULL;
    }
    p = DD_LIST_ENTRY(f->queue.next, struct passing, node);
    *ret_at_ns = p->at_ns;
    if (p->at_ns > now_ns) {
        return NULL;
    }
    *ret_len_bytes = p->len_bytes;
    return p->bytes;
}

void dd_faults_pop(struct dd_faults *f)
{
    struct dd_list *node = dd_list_pop(&f->queue);

    if (node) {
        free(DD_LIST_ENTRY(node, struct passing, node));
        f->queued--;
    }
}
