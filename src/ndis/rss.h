/* SPDX-License-Identifier: MIT */
/*
 * Receive side scaling: the table that spreads frames over CPUs, as NDIS keeps it, and what
 * received lists say about it (oids-and-offloads.md 4).
 */
#ifndef DD_NDIS_RSS_H
#define DD_NDIS_RSS_H

#include "ndis/host.h"

#include "base/thread.h"
#include "base/toeplitz.h"
#include "seam/kinds.h"

#define DD_RSS_ENTRIES_MAX 128u
#define DD_RSS_BUFFER_MAX  616u

/* What was set, as the check needs it. */
struct dd_rss_state {
    uint32_t types; /* NDIS_HASH_... of HashInformation */
    uint8_t key[DD_TOEPLITZ_KEY_BYTES];
    unsigned entries;
    uint8_t cpu[DD_RSS_ENTRIES_MAX];    /* of each entry */
    uint8_t before[DD_RSS_ENTRIES_MAX]; /* the same, before the last change */
    bool changing;                      /* just now: the old CPU is right too */
};

struct dd_rss {
    struct dd_mutex lock; /* guards state and changed_ns */
    struct dd_rss_state state;
    uint64_t changed_ns;
    unsigned tables; /* made so far; whoever sets them */
    _Atomic(bool) on;
};

/* dd_ndis_rss_start - OID_GEN_RECEIVE_SCALE_PARAMETERS, complete, when the adapter's configuration
 * asks for RSS, the keyword *RSS does not forbid it and the miniport announced it. PASSIVE_LEVEL */
void dd_ndis_rss_start(struct dd_adapter *a);
/* dd_ndis_rss_rebalance - another table, all else unchanged; half of the entries get another CPU.
 * PASSIVE_LEVEL. False: RSS is off, or the miniport refused */
bool dd_ndis_rss_rebalance(struct dd_adapter *a);
/* dd_ndis_rss_stop - DISABLE_RSS, when it is on. PASSIVE_LEVEL */
void dd_ndis_rss_stop(struct dd_adapter *a);
bool dd_ndis_rss_is_on(const struct dd_adapter *a);

/* dd_rss_cpus - the CPUs that RSS may use, by the keywords *RssBaseProcNumber and
 * *MaxRssProcessors; @ret_cpus has room for 64. How many, at least 1 */
unsigned dd_rss_cpus(struct dd_adapter *a, uint8_t *ret_cpus);
/* dd_rss_caps_check - what is wrong with a miniport's capabilities; @ndis_version: the miniport's
 */
enum dd_rss_caps_defect dd_rss_caps_check(const NDIS_RECEIVE_SCALE_CAPABILITIES *caps,
                                          unsigned ndis_version);
/* dd_rss_caps_look - the same for those of an adapter, with an event */
void dd_rss_caps_look(struct dd_adapter *a, const void *site);

/* dd_rss_build - OID_GEN_RECEIVE_SCALE_PARAMETERS as a miniport of @ndis_version wants it:
 * structure, table, key, and from 6.20 on processor masks. @table_only: hash and key are said to be
 * unchanged, and what is in their place is wrong. @out: DD_RSS_BUFFER_MAX bytes; the length */
ULONG dd_rss_build(const struct dd_rss_state *s, unsigned ndis_version, bool table_only,
                   unsigned char *out);

/* dd_rss_check - does a received list tell the truth about its frame? @frame: at least its headers;
 * @info, @value: NetBufferListHashInfo and -HashValue; @cpu: where it is indicated, -1: not known.
 * *ret_right: the hash, or the CPU, that would have been right */
enum dd_rss_defect dd_rss_check(const struct dd_rss_state *s, const uint8_t *frame,
                                size_t len_bytes, uint32_t info, uint32_t value, int cpu,
                                uint32_t *ret_right);
/* dd_rss_look - the same for a list being indicated, with an event when it does not */
void dd_rss_look(struct dd_adapter *a, const NET_BUFFER_LIST *nbl, const void *site);

#endif
