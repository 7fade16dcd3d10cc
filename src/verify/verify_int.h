/* SPDX-License-Identifier: MIT */
/* Private to src/verify: the verifier's own picture of the run. One file per group of rules. */
#ifndef DD_VERIFY_VERIFY_INT_H
#define DD_VERIFY_VERIFY_INT_H

#include "base/list.h"
#include "base/map.h"
#include "base/thread.h"
#include "seam/api.h"
#include "seam/kinds.h"
#include "verify/verify.h"

#include <stdatomic.h>

/* a scatter/gather list, live or freed */
struct dd_vlist {
    struct dd_list node; /* in freed, oldest first */
    const void *sgl, *nb, *handle, *adapter;
    uint64_t number, bytes;
    enum dd_dir dir;
    const void *mapped_at, *freed_at;
    bool live;
};

/* a block of shared memory, live or freed */
struct dd_vblock {
    struct dd_list node; /* in old_blocks, oldest first */
    const void *va;
    uint64_t iova, bytes;
    const void *allocated_at, *freed_at;
    bool live;
};

/* freed lists that are remembered, for late device accesses */
#define DD_VERIFY_REMEMBERED 65536u
/* the same for blocks of shared memory whose place another block has taken */
#define DD_VERIFY_OLD_BLOCKS 4096u

struct dd_verify {
    struct dd_verify_config config;
    struct dd_listener listener;
    _Atomic(uint64_t) count;
    struct dd_mutex lock;  /* guards the picture below */
    struct dd_map live;    /* SCATTER_GATHER_LIST -> dd_vlist */
    struct dd_map last;    /* SCATTER_GATHER_LIST -> dd_vlist that was freed last at that address */
    struct dd_map by_nb;   /* NET_BUFFER -> live dd_vlist (the newest) */
    struct dd_map numbers; /* list number -> dd_vlist, live or remembered */
    struct dd_list freed;
    unsigned freed_count;
    struct dd_map blocks; /* VirtualAddress -> dd_vblock */
    struct dd_list old_blocks;
    unsigned old_count;
    struct dd_map
        states; /* adapter -> enum dd_adapter_state, as a pointer value; halted ones are absent */
    struct dd_map
        completed; /* NET_BUFFER_LIST -> call site of its completion; until it is sent again */
    struct dd_map shutdowns;   /* adapters that are inside MiniportShutdownEx */
    struct dd_map offloads;    /* adapter -> struct dd_voffload (offload_send.h) */
    _Atomic(bool) any_offload; /* there is one */
    uint64_t ndis_version;     /* that the driver declared, major << 16 | minor */
    _Atomic(bool) plain_told;  /* that the driver addresses registers itself */
};

/* what a finding is made of; finding_begin() fills rule and text, sites are added, finding_end()
 * reports */
void dd_finding_begin(struct dd_finding *f, const char *rule, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void dd_finding_site(struct dd_finding *f, const char *label, const void *pc, const char *api);
void dd_finding_end(struct dd_verify *v, struct dd_finding *f);
/* all in one, with one site */
void dd_finding_one(struct dd_verify *v, const char *rule, const char *label, const void *pc,
                    const char *api, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/* groups; each takes the events it knows and ignores the rest */
void dd_verify_irql(struct dd_verify *v, const struct dd_ev *ev);
void dd_verify_sg(struct dd_verify *v, const struct dd_ev *ev);
void dd_verify_shmem(struct dd_verify *v, const struct dd_ev *ev);
void dd_verify_shmem_done(struct dd_verify *v);
void dd_verify_device(struct dd_verify *v, const struct dd_ev *ev);
void dd_verify_register(struct dd_verify *v, const struct dd_ev *ev);
void dd_verify_send(struct dd_verify *v, const struct dd_ev *ev);
void dd_verify_receive(struct dd_verify *v, const struct dd_ev *ev);
/* part of receive: a list that is otherwise sound */
void dd_verify_checksum(struct dd_verify *v, const struct dd_ev *ev);
/* offload_config.c: what a miniport says it can and does */
void dd_verify_attributes(struct dd_verify *v, const struct dd_ev *ev);
void dd_verify_oid_set(struct dd_verify *v, const struct dd_ev *ev);
void dd_verify_offload_status(struct dd_verify *v, const struct dd_ev *ev);
void dd_verify_offload_config_halted(struct dd_verify *v, const void *adapter);
/* offload_send.c: what was asked for, against the frames that leave. completed: part of send, a
 * list that was the miniport's; disturbed: frames may be lost from now on */
void dd_verify_offload_done(struct dd_verify *v);
void dd_verify_offload_send(struct dd_verify *v, const struct dd_ev *ev);
void dd_verify_offload_completed(struct dd_verify *v, const struct dd_ev *ev);
void dd_verify_offload_disturbed(struct dd_verify *v, const void *adapter); /* NULL: all */
void dd_verify_offload_halted(struct dd_verify *v, const void *adapter);
void dd_verify_wire(struct dd_verify *v, const struct dd_ev *ev);
void dd_verify_rss(struct dd_verify *v, const struct dd_ev *ev);
void dd_verify_life(struct dd_verify *v, const struct dd_ev *ev);
void dd_verify_kernel(struct dd_verify *v, const struct dd_ev *ev);

const char *dd_irql_name(uint64_t irql);

#endif
