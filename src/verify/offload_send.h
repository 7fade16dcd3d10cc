/* SPDX-License-Identifier: MIT */
/*
 * What a send asked the card for, against the frames that left (offload_send.c: checksums;
 * offload_large.c: large sends). Kept from the first OID_OFFLOAD_ENCAPSULATION that succeeds.
 */
#ifndef DD_VERIFY_OFFLOAD_SEND_H
#define DD_VERIFY_OFFLOAD_SEND_H

#include "base/inet.h"
#include "verify/verify_int.h"

#include <ndis.h>

#define DD_VERIFY_FRAME_BYTES (65536u + 256u)
#define DD_VERIFY_HEADERS     192u /* of a large send: Ethernet, a tag, IP and TCP with options */
#define DD_VERIFY_SEGMENTS    2048u

/* a frame that was handed over; it goes by what its sums do not change */
struct dd_vframe {
    struct dd_list node;    /* oldest first */
    struct dd_vframe *same; /* others with the same key */
    uint64_t key;
    const void *nbl;
    uint16_t ip_sum, l4_sum; /* as it was handed over */
    bool ask_ip, ask_l4;
};

/* a large send */
struct dd_vlarge {
    struct dd_list node; /* oldest first */
    const void *nbl;
    uint8_t head[DD_VERIFY_HEADERS]; /* as it was handed over */
    struct dd_inet i;
    uint32_t payload, mss, count; /* bytes, bytes, segments */
    uint32_t seen;                /* segments that left, in order */
    bool v1, completed, told;
    uint64_t hashes[]; /* of each segment's data */
};

struct dd_voffload {
    struct dd_mutex lock; /* guards all that follows, but active */
    _Atomic(bool) active;
    struct dd_list frames, larges;
    unsigned frame_count, large_count;
    struct dd_map by_key;    /* key -> dd_vframe */
    _Atomic(bool) disturbed; /* a reset, a removal, no link: frames may be lost */
    uint8_t scratch[DD_VERIFY_FRAME_BYTES];

    /* offload_config.c */
    bool have_hardware, have_current;
    NDIS_OFFLOAD hardware, current;
    uint64_t indications, indications_at_call;
    uint32_t waiting_oid; /* was set, and the indication has not come; 0: none */
    const void *indicated_at;
    bool have_wanted;
    NDIS_OFFLOAD_PARAMETERS wanted; /* that the indication has to show */
};

/* dd_verify_offload_of - an adapter's; NULL: it never set offload attributes, or there is no memory
 */
struct dd_voffload *dd_verify_offload_of(struct dd_verify *v, const void *adapter, bool make);

/* a finding that is made under the lock and reported without it */
struct dd_vsaid {
    const char *rule; /* NULL: none */
    char text[400];
};
void dd_vsay(struct dd_vsaid *said, const char *rule, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* dd_verify_hash - of bytes that are to be found again; FNV-1a */
uint64_t dd_verify_hash(uint64_t start, const uint8_t *p, size_t len_bytes);
/* dd_verify_gather - a NET_BUFFER's bytes; 0: they do not fit, or an MDL cannot be read */
size_t dd_verify_gather(const NET_BUFFER *nb, uint8_t *out, size_t room);

/* offload_large.c, all with the lock. @value: of TcpLargeSendNetBufferListInfo */
void dd_verify_large_sent(struct dd_voffload *o, const void *nbl, const uint8_t *frame, size_t len,
                          uint32_t value);
/* dd_verify_large_fits - the frame is the next segment of a large send, in every way: it is taken
 */
bool dd_verify_large_fits(struct dd_voffload *o, const uint8_t *frame, const struct dd_inet *i);
/* dd_verify_large_wrong - it belongs to a large send and is not what it has to be: said */
bool dd_verify_large_wrong(struct dd_voffload *o, const uint8_t *frame, const struct dd_inet *i,
                           struct dd_vsaid *said);
void dd_verify_large_completed(struct dd_voffload *o, const struct dd_ev *ev,
                               struct dd_vsaid *said);
/* dd_verify_large_lost - one that was completed and left in part only; at the end, again and again
 * until nothing is said */
void dd_verify_large_lost(struct dd_voffload *o, struct dd_vsaid *said);

#endif
