/* SPDX-License-Identifier: MIT */
/*
 * sink, echo, pcap, generator and tap wires.
 *
 *   device --transmit--> [record] -> [faults] -> sink: counted   echo: appended to the queue
 *                                                tap: written to the kernel, by the caller
 *   queue, source or tap -> [faults] --deliver--> device; -EAGAIN: the frame stays at the head
 *                                                until dd_wire_ready()
 */
#include "wire/wire.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/random.h"
#include "base/thread.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define MIN_WIRE_BYTES  60u
#define MAX_FRAME_BYTES 65536u
#define MOST_HELD_BACK  4096u /* frames that faults delay at once */

enum {
    IN, /* towards the device */
    OUT
};

struct queued {
    struct dd_list node;
    size_t len_bytes;
    uint8_t bytes[];
};

struct dd_wire {
    struct dd_wire_config config;
    struct dd_mutex lock;
    struct dd_cond wake;
    int wake_fd; /* tap: wakes the thread from poll(); else -1 */
    struct dd_thread *thread;
    struct dd_list queue; /* echo: struct queued */
    uint64_t queued;
    bool started, stop, ready;
    bool polling;   /* the thread sleeps in poll(), or is about to */
    uint64_t next;  /* pcap, generator: frame to bring next */
    size_t tap_len; /* the thread's: of the frame read and not yet taken */
    /* what the device sent; not under the lock, which a sink that records nothing never takes */
    _Atomic(uint64_t) frames_in, bytes_in, refused;
    uint64_t frames_seen; /* of frames_in by dd_wire_get_stats() */
    struct dd_faults faults[2];
    _Atomic(bool) faulty[2]; /* faults[] has something to do; written under lock */
    bool at_faults;          /* the frame being delivered came out of faults[IN] */
    uint64_t due_ns;         /* when the thread has to look again */
    struct dd_wire_stats stats;
};

/* what the kernel sent next, kept in @scratch until it is taken; the lock is let go meanwhile */
static size_t peek_tap(struct dd_wire *w, uint8_t *scratch)
{
    int n;

    if (w->tap_len == 0) {
        dd_mutex_unlock(&w->lock);
        n = dd_tap_read(w->config.tap, scratch, MAX_FRAME_BYTES);
        dd_mutex_lock(&w->lock);
        w->tap_len = n > 0 ? (size_t)n : 0;
    }
    return w->tap_len;
}

/* next frame of the queue or the source, perhaps in @scratch; NULL when there is none now */
static const uint8_t *peek_source_locked(struct dd_wire *w, uint8_t *scratch, size_t *ret_len)
{
    const struct dd_wire_config *c = &w->config;
    const uint8_t *frame = scratch;
    size_t len = 0;

    if (!w->started) {
        return NULL;
    }
    if (!dd_list_empty(&w->queue)) {
        const struct queued *q = DD_LIST_ENTRY(w->queue.next, struct queued, node);

        frame = q->bytes;
        len = q->len_bytes;
    } else if (c->kind == DD_WIRE_PCAP && w->next < c->capture->count) {
        frame = c->capture->frames[w->next].bytes;
        len = c->capture->frames[w->next].len_bytes;
    } else if (c->kind == DD_WIRE_GEN && w->next < c->gen_count) {
        len = c->gen_bytes;
        dd_wire_make_frame(w->next, len, scratch);
    } else if (c->kind == DD_WIRE_TAP) {
        len = peek_tap(w, scratch);
    }
    if (len == 0) {
        w->stats.source_done = true;
        return NULL;
    }
    if (len < MIN_WIRE_BYTES) {
        memmove(scratch, frame, len);
        memset(scratch + len, 0, MIN_WIRE_BYTES - len);
        frame = scratch;
        len = MIN_WIRE_BYTES;
    }
    *ret_len = len;
    return frame;
}

static void drop_source_locked(struct dd_wire *w)
{
    struct dd_list *node = dd_list_pop(&w->queue);

    if (node) {
        free(DD_LIST_ENTRY(node, struct queued, node));
        w->queued--;
    } else if (w->config.kind == DD_WIRE_TAP) {
        w->tap_len = 0;
    } else {
        w->next++;
    }
}

static void note_faults_locked(struct dd_wire *w, int direction)
{
    atomic_store(&w->faulty[direction], !dd_faults_idle(&w->faults[direction]));
}

/* next frame to deliver: from the source, through the faults when there are any */
static const uint8_t *peek_locked(struct dd_wire *w, uint8_t *scratch, size_t *ret_len)
{
    struct dd_faults *f = &w->faults[IN];
    const uint8_t *frame;
    uint64_t now = 0;

    w->at_faults = false;
    if (!atomic_load(&w->faulty[IN])) {
        return peek_source_locked(w, scratch, ret_len);
    }
    now = dd_clock_ns();
    while (f->queued < MOST_HELD_BACK &&
           (frame = peek_source_locked(w, scratch, ret_len)) != NULL) {
        if (dd_faults_put(f, frame, *ret_len, now) < 0) {
            w->stats.frames_lost++;
        }
        drop_source_locked(w);
        w->stats.last_activity_ns = now;
    }
    frame = dd_faults_peek(f, now, ret_len, &w->due_ns);
    w->at_faults = frame != NULL;
    if (!frame) {
        note_faults_locked(w, IN);
    }
    return frame;
}

static void drop_head_locked(struct dd_wire *w)
{
    if (w->at_faults) {
        dd_faults_pop(&w->faults[IN]);
    } else {
        drop_source_locked(w);
    }
}

/* returns true when the device has no room: the frame stays */
static bool deliver_all_locked(struct dd_wire *w, uint8_t *scratch)
{
    const uint8_t *frame;
    size_t len = 0;

    while (!w->stop && (frame = peek_locked(w, scratch, &len)) != NULL) {
        int r;

        w->ready = false;
        dd_mutex_unlock(&w->lock);
        r = w->config.deliver(w->config.arg, frame, len);
        dd_mutex_lock(&w->lock);
        if (r == -EAGAIN) {
            if (w->ready) {
                continue; /* room came while we asked */
            }
            return true;
        }
        drop_head_locked(w);
        w->stats.last_activity_ns = dd_clock_ns();
        if (r < 0) {
            w->stats.frames_lost++;
        } else {
            w->stats.frames_to_device++;
            w->stats.bytes_to_device += len;
        }
    }
    return false;
}

static void echo_locked(struct dd_wire *w, const void *frame, size_t len)
{
    struct queued *q = malloc(sizeof(*q) + len);

    if (!q) {
        w->stats.frames_lost++;
        return;
    }
    q->len_bytes = len;
    memcpy(q->bytes, frame, len);
    dd_list_append(&w->queue, &q->node);
    w->queued++;
}

static void to_kernel(struct dd_wire *w, const void *frame, size_t len)
{
    const struct iovec piece = {.iov_base = (void *)(uintptr_t)frame, .iov_len = len};

    if (dd_tap_write(w->config.tap, &piece, 1) < 0) {
        atomic_fetch_add_explicit(&w->refused, 1, memory_order_relaxed);
    }
}

/* a frame from the device arrives at the far end */
static void arrive_locked(struct dd_wire *w, const void *frame, size_t len)
{
    if (w->config.kind == DD_WIRE_ECHO) {
        echo_locked(w, frame, len);
    } else if (w->config.kind == DD_WIRE_TAP) {
        to_kernel(w, frame, len);
    }
}

/* what faults let out of the frames from the device; sets when to look again */
static void arrive_late_locked(struct dd_wire *w)
{
    uint64_t now = dd_clock_ns(), at = UINT64_MAX;
    const void *frame;
    size_t len;

    while ((frame = dd_faults_peek(&w->faults[OUT], now, &len, &at)) != NULL) {
        arrive_locked(w, frame, len);
        dd_faults_pop(&w->faults[OUT]);
    }
    w->due_ns = dd_min_u64(w->due_ns, at);
    note_faults_locked(w, OUT);
}

/* until somebody wakes us, a fault is due, or the kernel sends */
static void wait_locked(struct dd_wire *w, bool full)
{
    struct pollfd fds[2] = {{.events = POLLIN}, {.events = POLLIN}};
    uint64_t now, value;
    int timeout_ms = -1;

    if (w->wake_fd < 0 || full || !w->started) {
        dd_cond_wait_until(&w->wake, &w->lock, w->due_ns);
        return;
    }
    if (w->due_ns != UINT64_MAX) {
        now = dd_clock_ns();
        timeout_ms = w->due_ns > now ? (int)((w->due_ns - now) / DD_NS_PER_MS) + 1 : 0;
    }
    fds[0].fd = dd_tap_fd(w->config.tap);
    fds[1].fd = w->wake_fd;
    w->polling = true;
    dd_mutex_unlock(&w->lock);
    poll(fds, 2, timeout_ms);
    if (fds[1].revents && read(w->wake_fd, &value, sizeof(value)) < 0) {
        value = 0; /* somebody was faster; nothing is lost */
    }
    dd_mutex_lock(&w->lock);
    w->polling = false;
}

static void wire_main(void *arg)
{
    struct dd_wire *w = arg;
    uint8_t *scratch = malloc(MAX_FRAME_BYTES);

    dd_mutex_lock(&w->lock);
    while (scratch && !w->stop) {
        bool full;

        w->ready = false;
        w->due_ns = UINT64_MAX;
        full = deliver_all_locked(w, scratch);
        if (atomic_load(&w->faulty[OUT])) {
            arrive_late_locked(w);
        }
        if (!w->stop && !w->ready) {
            wait_locked(w, full);
        }
    }
    dd_mutex_unlock(&w->lock);
    free(scratch);
}

static void free_parts(struct dd_wire *w)
{
    dd_faults_done(&w->faults[IN]);
    dd_faults_done(&w->faults[OUT]);
    if (w->wake_fd >= 0) {
        close(w->wake_fd);
    }
    dd_cond_done(&w->wake);
    dd_mutex_done(&w->lock);
    free(w);
}

int dd_wire_new(const struct dd_wire_config *config, struct dd_wire **ret_wire)
{
    struct dd_wire *w = calloc(1, sizeof(*w));
    int r = 0;

    if (!w) {
        return -ENOMEM;
    }
    w->config = *config;
    w->wake_fd = -1;
    dd_mutex_init(&w->lock);
    dd_cond_init(&w->wake);
    dd_list_init(&w->queue);
    dd_faults_init(&w->faults[IN], config->seed, 0x66696e);
    dd_faults_init(&w->faults[OUT], config->seed, 0x666f7574);
    w->stats.source_done =
        config->kind == DD_WIRE_SINK || config->kind == DD_WIRE_ECHO || config->kind == DD_WIRE_TAP;
    if (config->kind == DD_WIRE_TAP) {
        w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        r = w->wake_fd < 0 ? -errno : 0;
    }
    if (r == 0) {
        r = dd_thread_start("wire", wire_main, w, &w->thread);
    }
    if (r < 0) {
        free_parts(w);
        return r;
    }
    *ret_wire = w;
    return 0;
}

static void wake_locked(struct dd_wire *w)
{
    const uint64_t one = 1;

    w->ready = true;
    if (w->polling) {
        w->polling = false;
        if (write(w->wake_fd, &one, sizeof(one)) < 0) {
            return; /* full: it is awake anyway */
        }
    } else {
        dd_cond_signal(&w->wake);
    }
}

void dd_wire_stop(struct dd_wire *w)
{
    if (!w || !w->thread) {
        return;
    }
    dd_mutex_lock(&w->lock);
    w->stop = true;
    wake_locked(w);
    dd_mutex_unlock(&w->lock);
    dd_thread_join(w->thread);
    w->thread = NULL;
}

void dd_wire_free(struct dd_wire *w)
{
    if (!w) {
        return;
    }
    dd_wire_stop(w);
    while (!dd_list_empty(&w->queue)) {
        drop_source_locked(w);
    }
    free_parts(w);
}

void dd_wire_start(struct dd_wire *w)
{
    dd_mutex_lock(&w->lock);
    w->started = true;
    w->stats.last_activity_ns = dd_clock_ns();
    wake_locked(w);
    dd_mutex_unlock(&w->lock);
}

void dd_wire_ready(struct dd_wire *w)
{
    dd_mutex_lock(&w->lock);
    wake_locked(w);
    dd_mutex_unlock(&w->lock);
}

void dd_wire_set_cable(struct dd_wire *w, bool in)
{
    if (w->config.kind == DD_WIRE_TAP) {
        dd_tap_set_carrier(w->config.tap, in);
    }
}

void dd_wire_fault(struct dd_wire *w, bool out, enum dd_fault_kind kind, uint64_t value)
{
    int direction = out ? OUT : IN;

    dd_mutex_lock(&w->lock);
    dd_faults_ask(&w->faults[direction], kind, value);
    note_faults_locked(w, direction);
    wake_locked(w);
    dd_mutex_unlock(&w->lock);
}

static void count_in(struct dd_wire *w, size_t len_bytes)
{
    atomic_fetch_add_explicit(&w->frames_in, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&w->bytes_in, len_bytes, memory_order_relaxed);
}

/* with the lock: recorded, through the faults or straight to the far end */
static void transmit_locked(struct dd_wire *w, const void *frame, size_t len_bytes)
{
    uint64_t queued = w->queued;

    if (w->config.record) {
        dd_pcap_write(w->config.record, frame, len_bytes,
                      dd_clock_wall_ns()); /* the error sticks: dd_wire_error */
    }
    if (!atomic_load(&w->faulty[OUT])) {
        arrive_locked(w, frame, len_bytes);
    } else {
        if (dd_faults_put(&w->faults[OUT], frame, len_bytes, dd_clock_ns()) < 0) {
            w->stats.frames_lost++;
        }
        arrive_late_locked(w);
    }
    if (queued == 0 && (w->queued > 0 || atomic_load(&w->faulty[OUT]))) {
        wake_locked(w);
    }
}

void dd_wire_transmit(struct dd_wire *w, const void *frame, size_t len_bytes)
{
    uint8_t padded[MIN_WIRE_BYTES] = {0};
    bool locked =
        w->config.kind == DD_WIRE_ECHO || w->config.record || atomic_load(&w->faulty[OUT]);

    count_in(w, len_bytes < sizeof(padded) ? sizeof(padded) : len_bytes);
    if (!locked && w->config.kind != DD_WIRE_TAP) {
        return;
    }
    if (len_bytes < sizeof(padded)) {
        memcpy(padded, frame, len_bytes);
        frame = padded;
        len_bytes = sizeof(padded);
    }
    if (!locked) {
        to_kernel(w, frame, len_bytes);
        return;
    }
    dd_mutex_lock(&w->lock);
    transmit_locked(w, frame, len_bytes);
    dd_mutex_unlock(&w->lock);
}

void dd_wire_get_stats(struct dd_wire *w, struct dd_wire_stats *ret_stats)
{
    uint64_t frames = atomic_load(&w->frames_in);

    dd_mutex_lock(&w->lock);
    if (frames != w->frames_seen) { /* nobody looks at the clock for each frame */
        w->frames_seen = frames;
        w->stats.last_activity_ns = dd_clock_ns();
    }
    *ret_stats = w->stats;
    ret_stats->waiting = w->queued + w->faults[IN].queued + (w->faults[IN].held != NULL) +
                         w->faults[OUT].queued + (w->faults[OUT].held != NULL);
    for (unsigned i = 0; i < DD_FAULT_KINDS; i++) {
        ret_stats->faults[i] = w->faults[IN].done[i] + w->faults[OUT].done[i];
    }
    dd_mutex_unlock(&w->lock);
    ret_stats->frames_from_device = frames;
    ret_stats->bytes_from_device = atomic_load(&w->bytes_in);
    ret_stats->frames_refused = atomic_load(&w->refused);
}

int dd_wire_error(struct dd_wire *w)
{
    return w->config.record ? dd_pcap_writer_flush(w->config.record) : 0;
}
