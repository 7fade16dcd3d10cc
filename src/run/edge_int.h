/* SPDX-License-Identifier: MIT */
/* Private to edge.c and edge_receive.c. */
#ifndef DD_RUN_EDGE_INT_H
#define DD_RUN_EDGE_INT_H

#include "run/edge.h"

#include <stdatomic.h>

struct dd_edge {
    struct dd_edge_config config;
    struct dd_adapter *adapter;
    NDIS_HANDLE nbl_pool, nb_pool;
    struct dd_ctx *sender;
    struct dd_rng rng; /* the sending context's */
    uint64_t next;     /* frame to send next, over all rounds; the sending context's */
    size_t at;         /* the same in the capture */
    _Atomic(uint64_t) batch, sent, outstanding;
    _Atomic(uint32_t) sending; /* send calls under way */
    _Atomic(bool) stop, held, all_sent;
    KEVENT room;

    /* data that have come back, chained by their MDLs' Next: with the shape `flat` and nobody
     * listening they are sent again, as a protocol's own buffers are. Completions put theirs in
     * front, the sending context takes all */
    bool reuse;
    size_t data_bytes; /* of each */
    _Atomic(PMDL) returned;
    PMDL spare; /* the sending context's */

    struct dd_mutex hold_lock; /* guards the four below */
    PNET_BUFFER_LIST hold_first, hold_last;
    unsigned hold_count;
    bool hold_closed; /* give everything back at once */
};

void dd_edge_receive(void *arg, PNET_BUFFER_LIST chain, unsigned count, ULONG flags, bool may_keep);

#endif
