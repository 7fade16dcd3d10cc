/* SPDX-License-Identifier: MIT */
/* Reading and writing captures with libpcap. */
#include "wire/pcap.h"

#include "base/check.h"
#include "base/thread.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIN_FRAME_BYTES 14u
#define RESCUE_NS       100000000u

struct builder {
    struct dd_pcap *pcap;
    size_t frame_cap;
    uint8_t *bytes; /* all frames, one after another; frames[] holds offsets until the end */
    size_t bytes_used, bytes_cap;
};

static int grow(void **array, size_t *cap, size_t need, size_t elem_bytes)
{
    size_t n = *cap ? *cap : 1024, total;
    void *p;

    while (n < need) {
        n *= 2;
    }
    if (n == *cap) {
        return 0;
    }
    if (dd_mul_overflows(n, elem_bytes, &total)) {
        return -ENOMEM;
    }
    p = realloc(*array, total);
    if (!p) {
        return -ENOMEM;
    }
    *array = p;
    *cap = n;
    return 0;
}

static int add_frame(struct builder *b, const struct pcap_pkthdr *h, const uint8_t *data)
{
    struct dd_pcap *p = b->pcap;
    int r = grow((void **)&p->frames, &b->frame_cap, p->count + 1, sizeof(p->frames[0]));

    if (r == 0) {
        r = grow((void **)&b->bytes, &b->bytes_cap, b->bytes_used + h->len, 1);
    }
    if (r < 0) {
        return r;
    }
    memcpy(b->bytes + b->bytes_used, data, h->len);
    p->frames[p->count++] = (struct dd_frame){
        .len_bytes = h->len,
        .time_ns = (uint64_t)h->ts.tv_sec * 1000000000u + (uint64_t)h->ts.tv_usec,
    };
    b->bytes_used += h->len;
    p->bytes += h->len;
    return 0;
}

/* NULL when the record may be sent, else what is wrong with it */
static const char *record_defect(const struct pcap_pkthdr *h, uint32_t max_bytes)
{
    if (h->caplen < h->len) {
        return "was cut by its snap length; capture again with a larger one (tcpdump -s 0)";
    }
    if (h->len > max_bytes) {
        return "is longer than the MTU + 18 allows; capture with segmentation offload off, or raise the MTU";
    }
    if (h->len < MIN_FRAME_BYTES) {
        return "is shorter than an Ethernet header";
    }
    return NULL;
}

static int read_all(pcap_t *in, struct builder *b, const char *path, uint32_t max_bytes, char *why,
                    size_t why_bytes)
{
    for (;;) {
        struct pcap_pkthdr *h;
        const uint8_t *data;
        const char *defect;
        int r = pcap_next_ex(in, &h, &data);

        if (r == PCAP_ERROR_BREAK) {
            return 0;
        }
        if (r != 1) {
            snprintf(why, why_bytes, "%s: record %zu: %s", path, b->pcap->count + 1,
                     pcap_geterr(in));
            return -EINVAL;
        }
        defect = record_defect(h, max_bytes);
        if (defect) {
            snprintf(why, why_bytes, "%s: record %zu (%u bytes, %u captured) %s", path,
                     b->pcap->count + 1, h->len, h->caplen, defect);
            return -EINVAL;
        }
        r = add_frame(b, h, data);
        if (r < 0) {
            snprintf(why, why_bytes, "%s: not enough memory for record %zu", path,
                     b->pcap->count + 1);
            return r;
        }
    }
}

static FILE *open_capture(const char *path, char *why, size_t why_bytes)
{
    FILE *f = strcmp(path, "-") == 0 ? fdopen(dup(STDIN_FILENO), "rb") : fopen(path, "rb");

    if (!f) {
        snprintf(why, why_bytes, "%s: %s", path, strerror(errno));
    }
    return f;
}

int dd_pcap_read(const char *path, uint32_t max_frame_bytes, struct dd_pcap **ret_pcap, char *why,
                 size_t why_bytes)
{
    char err[PCAP_ERRBUF_SIZE] = "";
    struct builder b = {0};
    pcap_t *in;
    size_t at = 0;
    FILE *f;
    int r;

    f = open_capture(path, why, why_bytes);
    if (!f) {
        return -errno;
    }
    in = pcap_fopen_offline_with_tstamp_precision(f, PCAP_TSTAMP_PRECISION_NANO, err);
    if (!in) {
        snprintf(why, why_bytes, "%s: not a capture file: %s", path, err);
        fclose(f);
        return -EINVAL;
    }
    if (pcap_datalink(in) != DLT_EN10MB) {
        snprintf(why, why_bytes,
                 "%s: link type %s, not Ethernet; convert it or capture on an Ethernet interface",
                 path,
                 pcap_datalink_val_to_name(pcap_datalink(in))
                     ? pcap_datalink_val_to_name(pcap_datalink(in))
                     : "unknown");
        r = -EINVAL;
        goto close_in;
    }
    b.pcap = calloc(1, sizeof(*b.pcap));
    if (!b.pcap) {
        snprintf(why, why_bytes, "%s: not enough memory", path);
        r = -ENOMEM;
        goto close_in;
    }
    r = read_all(in, &b, path, max_frame_bytes, why, why_bytes);
    b.pcap->storage = b.bytes;
    if (r < 0) {
        dd_pcap_free(b.pcap);
        goto close_in;
    }
    for (size_t i = 0; i < b.pcap->count; i++) {
        b.pcap->frames[i].bytes = b.bytes + at;
        at += b.pcap->frames[i].len_bytes;
    }
    *ret_pcap = b.pcap;

close_in:
    pcap_close(in);
    return r;
}

void dd_pcap_free(struct dd_pcap *p)
{
    if (p) {
        free(p->frames);
        free(p->storage);
        free(p);
    }
}

/* --- writing: classic format, nanosecond magic, native byte order --- */

struct dd_pcap_writer {
    struct dd_mutex lock;
    int fd, error;
    size_t used;
    uint8_t buffer[256 * 1024];
};

static int write_whole(int fd, const void *data, size_t len)
{
    const uint8_t *p = data;

    while (len > 0) {
        ssize_t n = write(fd, p, len);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n < 0 ? -errno : -EIO;
        }
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

static void flush_locked(struct dd_pcap_writer *w)
{
    if (w->error == 0 && w->used > 0) {
        w->error = write_whole(w->fd, w->buffer, w->used);
    }
    w->used = 0;
}

static void put_locked(struct dd_pcap_writer *w, const void *data, size_t len)
{
    memcpy(w->buffer + w->used, data, len);
    w->used += len;
}

int dd_pcap_writer_new(int fd, struct dd_pcap_writer **ret_writer)
{
    const struct pcap_file_header h = {.magic = 0xa1b23c4d,
                                       .version_major = 2,
                                       .version_minor = 4,
                                       .snaplen = 262144,
                                       .linktype = DLT_EN10MB};
    struct dd_pcap_writer *w = calloc(1, sizeof(*w));

    if (!w) {
        return -ENOMEM;
    }
    dd_mutex_init(&w->lock);
    w->fd = fd;
    put_locked(w, &h, sizeof(h));
    *ret_writer = w;
    return 0;
}

int dd_pcap_write(struct dd_pcap_writer *w, const void *frame, size_t len_bytes, uint64_t time_ns)
{
    const uint32_t h[4] = {(uint32_t)(time_ns / 1000000000u), (uint32_t)(time_ns % 1000000000u),
                           (uint32_t)len_bytes, (uint32_t)len_bytes};
    int r;

    dd_mutex_lock(&w->lock);
    if (len_bytes + sizeof(h) > sizeof(w->buffer)) {
        w->error = w->error ? w->error : -EMSGSIZE;
    } else {
        if (w->used + sizeof(h) + len_bytes > sizeof(w->buffer)) {
            flush_locked(w);
        }
        put_locked(w, h, sizeof(h));
        put_locked(w, frame, len_bytes);
    }
    r = w->error;
    dd_mutex_unlock(&w->lock);
    return r;
}

int dd_pcap_writer_flush(struct dd_pcap_writer *w)
{
    int r;

    dd_mutex_lock(&w->lock);
    flush_locked(w);
    r = w->error;
    dd_mutex_unlock(&w->lock);
    return r;
}

void dd_pcap_writer_rescue(struct dd_pcap_writer *w)
{
    if (w && dd_mutex_lock_within(&w->lock, RESCUE_NS)) {
        flush_locked(w);
        dd_mutex_unlock(&w->lock);
    }
}

void dd_pcap_writer_free(struct dd_pcap_writer *w)
{
    if (w) {
        dd_pcap_writer_flush(w);
        dd_mutex_done(&w->lock);
        free(w);
    }
}
