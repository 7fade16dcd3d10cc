/* SPDX-License-Identifier: MIT */
/* Private to edge.c, edge_receive.c and edge_tap.c. */
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
    /* the sending context's: what is sent now, the capture or what was read from the tap */
    const struct dd_frame *frames;
    size_t frame_count;
    uint64_t next, total; /* frame to send next, over all rounds; frames to send */
    size_t at;            /* the next one's place in frames */
    struct dd_edge_tap *tap;
    struct dd_edge_offload *offload; /* NULL: nothing is left to the card */
    struct dd_edge_rss *rss;         /* NULL: off */
    struct dd_edge_tag *tag;
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

/* dd_edge_wait_for_room - until something may be sent; false: the run ends */
bool dd_edge_wait_for_room(struct dd_edge *e);
/* dd_edge_send_next - one call of the miniport's send handler, with frames of e->frames */
void dd_edge_send_next(struct dd_edge *e);

/* edge_offload.c. *ret_offload NULL: the settings ask for none; 0 or -ENOMEM */
int dd_edge_offload_new(const struct dd_settings *s, struct dd_edge_offload **ret_offload);
void dd_edge_offload_free(struct dd_edge_offload *o);
/* dd_edge_offload_look - ask NDIS what the miniport does now */
void dd_edge_offload_look(struct dd_edge *e);
/* dd_edge_offload_count - a received chain's verdicts */
void dd_edge_offload_count(struct dd_edge *e, PNET_BUFFER_LIST chain);
bool dd_edge_offload_is_large(const struct dd_edge_offload *o);

/* what goes down next, and what is asked for with it: fields of NetBufferListInfo */
struct dd_edge_request {
    const uint8_t *bytes; /* until the next dd_edge_ask() */
    size_t len_bytes;
    unsigned frames; /* of the capture that it stands for */
    uint32_t checksum, large, tag;
};
void dd_edge_ask(struct dd_edge *e, struct dd_edge_request *ret_request);
/* dd_edge_offload_asked - it goes down: count it */
void dd_edge_offload_asked(struct dd_edge *e, const struct dd_edge_request *r);

/* dd_edge_checksum_out - take the frame's checksums out, as far as @now allows; the value of
 * TcpIpChecksumNetBufferListInfo, 0: the frame is as it was */
uint32_t dd_edge_checksum_out(const NDIS_OFFLOAD *now, uint8_t *frame, size_t len_bytes);
/* dd_edge_large_out - the first of @frames and those after it that continue it, put together at
 * @out (64 KiB); how many, 0: no large send begins here */
unsigned dd_edge_large_out(const NDIS_OFFLOAD *now, const struct dd_frame *frames, size_t count,
                           uint8_t *out, size_t *ret_len, uint32_t *ret_mss);

/* edge_tag.c; new: 0 or -ENOMEM. @longest_bytes: of a frame with a tag */
int dd_edge_tag_new(size_t longest_bytes, struct dd_edge_tag **ret_tag);
void dd_edge_tag_free(struct dd_edge_tag *t);
/* dd_edge_tag_fit - puts a frame's 802.1Q tag where the miniport takes it. False: the frame is too
 * long for the miniport, and NDIS would not give it; dd_edge_tag_drop() counts one */
bool dd_edge_tag_fit(struct dd_edge *e, struct dd_edge_request *r);
void dd_edge_tag_drop(struct dd_edge *e);

/* edge_rss.c. *ret_rss NULL: the setting is off; 0 or -ENOMEM */
int dd_edge_rss_new(const struct dd_settings *s, struct dd_edge_rss **ret_rss);
void dd_edge_rss_free(struct dd_edge_rss *r);
/* dd_edge_rss_count - a received chain's hashes, on the CPU it came on */
void dd_edge_rss_count(struct dd_edge *e, PNET_BUFFER_LIST chain);

/* edge_tap.c; new: 0 or -Exxx. @frame_bytes: the longest frame the miniport takes */
int dd_edge_tap_new(struct dd_edge *e, size_t frame_bytes, struct dd_edge_tap **ret_tap);
void dd_edge_tap_free(struct dd_edge_tap *t);
void dd_edge_tap_main(void *edge); /* the sending context */
void dd_edge_tap_wake(struct dd_edge_tap *t);
void dd_edge_tap_up(struct dd_edge *e, PNET_BUFFER_LIST chain);

/* dd_edge_gather - the frame's bytes, with a tag the driver handed up out of band; 0: too long */
#define DD_EDGE_FRAME_BYTES 16384u
size_t dd_edge_gather(PNET_BUFFER_LIST nbl, PNET_BUFFER nb, uint8_t *out);

void dd_edge_receive(void *arg, PNET_BUFFER_LIST chain, unsigned count, ULONG flags, bool may_keep);

#endif
