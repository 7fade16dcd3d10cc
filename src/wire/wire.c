/* SPDX-License-Identifier: MIT */
/*
 * sink, echo, pcap and generator wires.
 *
 *   device --transmit--> [record] --> sink: counted      echo: appended to the queue
 *   queue or source --deliver--> device; -EAGAIN: the frame stays at the head until dd_wire_ready()
 */
#include "wire/wire.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/random.h"
#include "base/thread.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIN_WIRE_BYTES  60u
#define MAX_FRAME_BYTES 65536u

struct queued {
    struct dd_list node;
    size_t len_bytes;
    uint8_t bytes[];
};

struct dd_wire {
    struct dd_wire_config config;
    struct dd_mutex lock;
    struct dd_cond wake;
    struct dd_thread *thread;
    struct dd_list queue; /* echo: struct queued */
    uint64_t queued;
    bool started, stop, ready;
    uint64_t next; /* pcap, generator: frame to bring next */
    /* what the device sent; not under the lock, which a sink that records nothing never takes */
    _Atomic(uint64_t) frames_in, bytes_in;
    uint64_t frames_seen; /* of frames_in by dd_wire_get_stats() */
    struct dd_rng rng;
    struct dd_wire_stats stats;
};

static int parse_gen(const char *text, struct dd_wire_config *config, char *why, size_t why_bytes)
{
    unsigned long long count, size;
    char end;

    if (sscanf(text, "%llu,%llu%c", &count, &size, &end) != 2 || text[0] == '-') {
        snprintf(why, why_bytes, "wire gen:%s: write gen:COUNT,SIZE, as in gen:10000,1514", text);
        return -EINVAL;
    }
    if (size < 14 || size > 9018) {
        snprintf(why, why_bytes, "wire gen:%s: SIZE is 14 to 9018 bytes", text);
        return -EINVAL;
    }
    config->kind = DD_WIRE_GEN;
    config->gen_count = count;
    config->gen_bytes = (uint32_t)size;
    return 0;
}

int dd_wire_parse(const char *text, struct dd_wire_config *config, char *ret_file,
                  size_t file_bytes, char *why, size_t why_bytes)
{
    if (strcmp(text, "sink") == 0) {
        config->kind = DD_WIRE_SINK;
    } else if (strcmp(text, "echo") == 0) {
        config->kind = DD_WIRE_ECHO;
    } else if (strncmp(text, "gen:", 4) == 0) {
        return parse_gen(text + 4, config, why, why_bytes);
    } else if (strncmp(text, "pcap:", 5) == 0 && text[5] != '\0' && strlen(text + 5) < file_bytes) {
        config->kind = DD_WIRE_PCAP;
        snprintf(ret_file, file_bytes, "%s", text + 5);
    } else {
        snprintf(why, why_bytes, "unknown wire '%s': use sink, echo, pcap:FILE or gen:COUNT,SIZE",
                 text);
        return -EINVAL;
    }
    return 0;
}

/* a generated frame: broadcast, EtherType 88b5 (local experiments), its number, then a pattern */
static size_t make_frame(struct dd_wire *w, uint64_t number, uint8_t *out)
{
    static const uint8_t head[14] = {255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
    size_t len = w->config.gen_bytes;

    memcpy(out, head, sizeof(head));
    for (size_t i = sizeof(head); i < len; i++) {
        out[i] = i < sizeof(head) + 8 ? (uint8_t)(number >> (8 * (i - sizeof(head))))
                                      : (uint8_t)(i + number);
    }
    return len;
}

/* next frame to bring, copied to @out; 0 when there is none now */
static size_t peek_locked(struct dd_wire *w, uint8_t *out)
{
    const struct dd_wire_config *c = &w->config;
    size_t len = 0;

    if (!w->started) {
        return 0;
    }
    if (!dd_list_empty(&w->queue)) {
        const struct queued *q = DD_LIST_ENTRY(w->queue.next, struct queued, node);

        memcpy(out, q->bytes, q->len_bytes);
        len = q->len_bytes;
    } else if (c->kind == DD_WIRE_PCAP && w->next < c->capture->count) {
        len = c->capture->frames[w->next].len_bytes;
        memcpy(out, c->capture->frames[w->next].bytes, len);
    } else if (c->kind == DD_WIRE_GEN && w->next < c->gen_count) {
        len = make_frame(w, w->next, out);
    } else {
        w->stats.source_done = true;
        return 0;
    }
    if (len < MIN_WIRE_BYTES) {
        memset(out + len, 0, MIN_WIRE_BYTES - len);
        len = MIN_WIRE_BYTES;
    }
    return len;
}

static void drop_head_locked(struct dd_wire *w)
{
    struct dd_list *node = dd_list_pop(&w->queue);

    if (node) {
        free(DD_LIST_ENTRY(node, struct queued, node));
        w->queued--;
    } else {
        w->next++;
    }
}

static void deliver_all_locked(struct dd_wire *w, uint8_t *frame)
{
    size_t len;

    while (!w->stop && (len = peek_locked(w, frame)) > 0) {
        int r;

        w->ready = false;
        dd_mutex_unlock(&w->lock);
        r = w->config.deliver(w->config.arg, frame, len);
        dd_mutex_lock(&w->lock);
        if (r == -EAGAIN) {
            if (w->ready) {
                continue; /* room came while we asked */
            }
            return;
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
}

static void wire_main(void *arg)
{
    struct dd_wire *w = arg;
    uint8_t *frame = malloc(MAX_FRAME_BYTES);

    dd_mutex_lock(&w->lock);
    while (frame && !w->stop) {
        w->ready = false;
        deliver_all_locked(w, frame);
        if (!w->stop && !w->ready) {
            dd_cond_wait(&w->wake, &w->lock);
        }
    }
    dd_mutex_unlock(&w->lock);
    free(frame);
}

int dd_wire_new(const struct dd_wire_config *config, struct dd_wire **ret_wire)
{
    struct dd_wire *w = calloc(1, sizeof(*w));
    int r;

    if (!w) {
        return -ENOMEM;
    }
    w->config = *config;
    dd_mutex_init(&w->lock);
    dd_cond_init(&w->wake);
    dd_list_init(&w->queue);
    dd_rng_seed(&w->rng, config->seed, 0x77697265);
    w->stats.source_done = config->kind == DD_WIRE_SINK || config->kind == DD_WIRE_ECHO;
    r = dd_thread_start("wire", wire_main, w, &w->thread);
    if (r < 0) {
        dd_cond_done(&w->wake);
        dd_mutex_done(&w->lock);
        free(w);
        return r;
    }
    *ret_wire = w;
    return 0;
}

void dd_wire_free(struct dd_wire *w)
{
    if (!w) {
        return;
    }
    dd_mutex_lock(&w->lock);
    w->stop = true;
    dd_cond_broadcast(&w->wake);
    dd_mutex_unlock(&w->lock);
    dd_thread_join(w->thread);
    while (!dd_list_empty(&w->queue)) {
        drop_head_locked(w);
    }
    dd_cond_done(&w->wake);
    dd_mutex_done(&w->lock);
    free(w);
}

static void wake_locked(struct dd_wire *w)
{
    w->ready = true;
    dd_cond_signal(&w->wake);
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
    if (w->queued == 1) {
        wake_locked(w);
    }
}

static void count_in(struct dd_wire *w, size_t len_bytes)
{
    atomic_fetch_add_explicit(&w->frames_in, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&w->bytes_in, len_bytes, memory_order_relaxed);
}

void dd_wire_transmit(struct dd_wire *w, const void *frame, size_t len_bytes)
{
    uint8_t padded[MIN_WIRE_BYTES] = {0};

    count_in(w, len_bytes < sizeof(padded) ? sizeof(padded) : len_bytes);
    if (w->config.kind != DD_WIRE_ECHO && !w->config.record) {
        return;
    }
    if (len_bytes < sizeof(padded)) {
        memcpy(padded, frame, len_bytes);
        frame = padded;
        len_bytes = sizeof(padded);
    }
    dd_mutex_lock(&w->lock);
    if (w->config.record) {
        dd_pcap_write(w->config.record, frame, len_bytes,
                      dd_clock_wall_ns()); /* the error sticks: dd_wire_error */
    }
    if (w->config.kind == DD_WIRE_ECHO) {
        echo_locked(w, frame, len_bytes);
    }
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
    ret_stats->waiting = w->queued;
    dd_mutex_unlock(&w->lock);
    ret_stats->frames_from_device = frames;
    ret_stats->bytes_from_device = atomic_load(&w->bytes_in);
}

int dd_wire_error(struct dd_wire *w)
{
    return w->config.record ? dd_pcap_writer_flush(w->config.record) : 0;
}
