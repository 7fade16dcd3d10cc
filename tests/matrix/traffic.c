/* SPDX-License-Identifier: MIT */
/* What all runs send. */
#include "matrix.h"

#include "wire/pcap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define MIN_FRAME_BYTES  60u
#define LONG_FRAME_BYTES 600u /* the driver copies short frames; from here on it never does */

static void take_frame(struct traffic *t, unsigned n, const struct dd_frame *f)
{
    memcpy(t->frames[n], f->bytes, f->len_bytes);
    t->len_bytes[n] = f->len_bytes < MIN_FRAME_BYTES ? MIN_FRAME_BYTES : f->len_bytes;
    t->long_bytes += f->len_bytes >= LONG_FRAME_BYTES ? f->len_bytes : 0;
}

int traffic_init(struct traffic *t, const char *capture, const char *driver, char *why,
                 size_t why_bytes)
{
    struct dd_pcap_writer *w = NULL;
    struct dd_pcap *p = NULL;
    int fd = memfd_create("matrix-send", 0);
    int r = fd < 0 ? -errno : dd_pcap_read(capture, 1518, &p, why, why_bytes);

    if (r == 0) {
        r = p->count < MATRIX_FRAMES ? -EINVAL : dd_pcap_writer_new(fd, &w);
    }
    for (unsigned i = 0; r == 0 && i < MATRIX_FRAMES; i++) {
        const struct dd_frame *f = &p->frames[i * (p->count / MATRIX_FRAMES)];

        take_frame(t, i, f);
        r = dd_pcap_write(w, f->bytes, f->len_bytes, f->time_ns);
    }
    if (r == 0) {
        r = dd_pcap_writer_flush(w);
    }
    t->driver = driver;
    snprintf(t->send, sizeof(t->send), "/proc/self/fd/%d", fd);
    dd_pcap_writer_free(w);
    dd_pcap_free(p);
    return r;
}
