/* SPDX-License-Identifier: MIT */
/* Capture files, over libpcap. A capture is read and checked whole before anything is sent. */
#ifndef DD_WIRE_PCAP_H
#define DD_WIRE_PCAP_H

#include <stddef.h>
#include <stdint.h>

struct dd_frame {
    const uint8_t *bytes;
    uint32_t len_bytes;
    uint64_t time_ns;
};

struct dd_pcap {
    struct dd_frame *frames;
    size_t count;
    uint64_t bytes;
    void *storage;
};

/**
 * dd_pcap_read - load a capture of Ethernet frames
 * @path: pcap or pcapng file; "-" is standard input
 * @max_frame_bytes: longest frame allowed, without FCS (MTU + 18 for a tagged one)
 * @why: on failure one line: file, record number and offset where known, what to do
 *
 * Return: 0; -ENOENT, -EACCES, ... cannot be opened; -EINVAL, no capture, truncated, other link
 * type, a record too long, shorter than 14 bytes, or cut by its snap length; -ENOMEM.
 */
int dd_pcap_read(const char *path, uint32_t max_frame_bytes, struct dd_pcap **ret_pcap, char *why,
                 size_t why_bytes);
void dd_pcap_free(struct dd_pcap *p);

struct dd_pcap_writer;

/* dd_pcap_writer_new - writes to @fd (kept by the caller); thread safe; each record is written
 * whole */
int dd_pcap_writer_new(int fd, struct dd_pcap_writer **ret_writer);
/* dd_pcap_write - 0 or the first error, which sticks */
int dd_pcap_write(struct dd_pcap_writer *w, const void *frame, size_t len_bytes, uint64_t time_ns);
int dd_pcap_writer_flush(struct dd_pcap_writer *w);
/* dd_pcap_writer_rescue - the process ends now, perhaps in a signal handler: write what is
 * buffered, unless somebody holds the lock for good. NULL is fine */
void dd_pcap_writer_rescue(struct dd_pcap_writer *w);
void dd_pcap_writer_free(struct dd_pcap_writer *w);

#endif
