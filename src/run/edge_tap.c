/* SPDX-License-Identifier: MIT */
/*
 * The Linux kernel above the miniport, as TCP/IP is on Windows:
 *
 *   kernel --tap--> the sending context: reads what there is, at most a batch, and sends it as one
 *                   chain. It sleeps in poll(), at PASSIVE_LEVEL, holding nothing
 *   kernel <--tap-- the context that indicates (the miniport's DPC), one write for each frame
 *
 * No thread stands between. What is not data goes by dd_edge_follow(): the kernel is asked when it
 * says that something changed, and from time to time, since it does not tell of joined groups.
 */
#include "run/edge_int.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define LOOK_NS     (50 * DD_NS_PER_MS)
#define MAX_PIECES  16
#define GROUP_BYTES 6u

struct dd_edge_tap {
    struct dd_tap *tap;
    int wake_fd;
    size_t frame_bytes; /* the longest; buffers have one byte more, to see longer ones */
    unsigned batch;
    uint8_t *bytes;          /* batch buffers */
    struct dd_frame *frames; /* batch */
    _Atomic(uint64_t) from_kernel, to_kernel, refused, too_long;

    /* what miniport and kernel were told last; of the context that calls dd_edge_follow() */
    bool carrier, known;
    uint64_t look_ns; /* when to ask the kernel again */
    uint32_t mtu, filter;
    unsigned group_count;
    uint8_t groups[DD_TAP_GROUPS][GROUP_BYTES];
};

/* --- what the interface is at first --- */

static uint32_t mtu_of(const struct dd_adapter *a)
{
    return a->have_general && a->general.MtuSize ? a->general.MtuSize : 1500;
}

static bool has_mac(const struct dd_adapter *a)
{
    return a->have_general && a->general.MacAddressLength == GROUP_BYTES;
}

static int set_up(struct dd_edge *e, struct dd_edge_tap *t)
{
    const struct dd_adapter *a = e->adapter;
    int r = has_mac(a) ? dd_tap_set_mac(t->tap, a->general.CurrentMacAddress) : 0;

    if (r < 0) {
        dd_log(DD_LOG_ERROR, "the tap does not take the adapter's address: %s", strerror(-r));
        return r;
    }
    t->mtu = mtu_of(a);
    r = dd_tap_set_mtu(t->tap, t->mtu);
    if (r < 0) {
        dd_log(DD_LOG_ERROR, "the tap does not take an MTU of %u: %s", t->mtu, strerror(-r));
    }
    return r;
}

int dd_edge_tap_new(struct dd_edge *e, size_t frame_bytes, struct dd_edge_tap **ret_tap)
{
    struct dd_edge_tap *t = calloc(1, sizeof(*t));
    int r = -ENOMEM;

    if (!t) {
        return r;
    }
    t->wake_fd = -1;
    t->tap = e->config.tap;
    t->frame_bytes = frame_bytes;
    t->batch = e->config.settings->send_batch;
    t->bytes = calloc(t->batch, frame_bytes + 1);
    t->frames = calloc(t->batch, sizeof(*t->frames));
    if (t->bytes && t->frames) {
        t->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        r = t->wake_fd < 0 ? -errno : set_up(e, t);
    }
    if (r < 0) {
        dd_edge_tap_free(t);
        return r;
    }
    *ret_tap = t;
    return 0;
}

void dd_edge_tap_free(struct dd_edge_tap *t)
{
    if (t) {
        if (t->wake_fd >= 0) {
            close(t->wake_fd);
        }
        free(t->bytes);
        free(t->frames);
        free(t);
    }
}

/* --- kernel to miniport --- */

void dd_edge_tap_wake(struct dd_edge_tap *t)
{
    const uint64_t one = 1;

    if (t && write(t->wake_fd, &one, sizeof(one)) < 0) {
        return; /* full: it is signalled already */
    }
}

/* frames the kernel has for us, into e->frames; false: none */
static bool read_batch(struct dd_edge *e, struct dd_edge_tap *t)
{
    size_t n = 0;
    int len;

    while (n < t->batch) {
        uint8_t *to = t->bytes + n * (t->frame_bytes + 1);

        len = dd_tap_read(t->tap, to, t->frame_bytes + 1);
        if (len <= 0) {
            break;
        }
        if ((size_t)len > t->frame_bytes) {
            atomic_fetch_add(&t->too_long, 1);
            continue;
        }
        t->frames[n++] = (struct dd_frame){.bytes = to, .len_bytes = (uint32_t)len};
    }
    atomic_fetch_add(&t->from_kernel, n);
    e->frames = t->frames;
    e->frame_count = n;
    e->at = 0;
    e->total = e->next + n;
    return n > 0;
}

static void wait_for_kernel(struct dd_edge_tap *t)
{
    struct pollfd fds[2] = {{.fd = dd_tap_fd(t->tap), .events = POLLIN},
                            {.fd = t->wake_fd, .events = POLLIN}};

    poll(fds, 2, -1);
    if (fds[0].revents & (POLLERR | POLLHUP)) {
        dd_thread_sleep_until(dd_clock_ns() + LOOK_NS); /* the interface was deleted */
    }
}

void dd_edge_tap_main(void *edge)
{
    struct dd_edge *e = edge;

    while (dd_edge_wait_for_room(e)) {
        if (!read_batch(e, e->tap)) {
            wait_for_kernel(e->tap);
            continue;
        }
        while (e->next < e->total && dd_edge_wait_for_room(e)) {
            dd_edge_send_next(e);
        }
    }
    atomic_store(&e->all_sent, true);
}

/* --- miniport to kernel --- */

/* the frame's memory as it lies in its MDLs; 0: in too many pieces */
static int pieces_of(PNET_BUFFER nb, struct iovec *pieces)
{
    size_t left = NET_BUFFER_DATA_LENGTH(nb), skip = NET_BUFFER_CURRENT_MDL_OFFSET(nb);
    int n = 0;

    for (PMDL mdl = NET_BUFFER_CURRENT_MDL(nb); mdl && left > 0; mdl = mdl->Next) {
        size_t len = dd_min_u64(mdl->ByteCount - skip, left);

        if (len > 0 && n == MAX_PIECES) {
            return 0;
        }
        if (len > 0) {
            pieces[n++] =
                (struct iovec){.iov_base = (char *)mdl->MappedSystemVa + skip, .iov_len = len};
        }
        left -= len;
        skip = 0;
    }
    return left == 0 ? n : 0;
}

static int frame_up(struct dd_edge_tap *t, PNET_BUFFER_LIST nbl, PNET_BUFFER nb)
{
    struct iovec pieces[MAX_PIECES];
    uint8_t frame[DD_EDGE_FRAME_BYTES];
    int n = NET_BUFFER_LIST_INFO(nbl, Ieee8021QNetBufferListInfo) ? 0 : pieces_of(nb, pieces);

    if (n == 0) {
        pieces[0] = (struct iovec){.iov_base = frame, .iov_len = dd_edge_gather(nbl, nb, frame)};
        n = 1;
    }
    return dd_tap_write(t->tap, pieces, n);
}

void dd_edge_tap_up(struct dd_edge *e, PNET_BUFFER_LIST chain)
{
    struct dd_edge_tap *t = e->tap;
    uint64_t good = 0, bad = 0;

    for (PNET_BUFFER_LIST nbl = chain; nbl; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl)) {
        for (PNET_BUFFER nb = NET_BUFFER_LIST_FIRST_NB(nbl); nb; nb = NET_BUFFER_NEXT_NB(nb)) {
            bool taken = frame_up(t, nbl, nb) == 0;

            good += taken;
            bad += !taken;
        }
    }
    atomic_fetch_add_explicit(&t->to_kernel, good, memory_order_relaxed);
    atomic_fetch_add_explicit(&t->refused, bad, memory_order_relaxed);
}

void dd_edge_tap_numbers(struct dd_edge *e, struct dd_tap_numbers *ret_numbers)
{
    const struct dd_edge_tap *t = e->tap;

    if (t) {
        *ret_numbers = (struct dd_tap_numbers){.from_kernel = atomic_load(&t->from_kernel),
                                               .to_kernel = atomic_load(&t->to_kernel),
                                               .refused = atomic_load(&t->refused),
                                               .too_long = atomic_load(&t->too_long)};
    }
}

/* --- what is not data --- */

static void follow_link(struct dd_edge *e, struct dd_edge_tap *t)
{
    struct dd_adapter *a = e->adapter;
    bool up;

    dd_mutex_lock(&a->lock);
    up = a->link.MediaConnectState != MediaConnectStateDisconnected;
    dd_mutex_unlock(&a->lock);
    if (up != t->carrier && dd_tap_set_carrier(t->tap, up) == 0) {
        t->carrier = up;
    }
}

/* what the interface is called, its address and the most it carries are the miniport's to say */
static void keep_ours(struct dd_edge *e, struct dd_edge_tap *t, const struct dd_tap_state *s)
{
    const struct dd_adapter *a = e->adapter;
    uint32_t most = mtu_of(a);

    if (most != t->mtu) { /* the miniport has another one */
        t->mtu = most;
        (void)dd_tap_set_mtu(t->tap, most);
    } else if (s->mtu > most) {
        dd_log(DD_LOG_WARN, "the miniport's MTU is %u: the interface's, set to %u, was set back",
               most, s->mtu);
        (void)dd_tap_set_mtu(t->tap, most);
    }
    if (has_mac(a) && memcmp(s->mac, a->general.CurrentMacAddress, sizeof(s->mac)) != 0) {
        dd_log(
            DD_LOG_WARN,
            "the adapter's address is its own: the interface's was set back (NetworkAddress in --config changes it)");
        (void)dd_tap_set_mac(t->tap, a->general.CurrentMacAddress);
    }
}

/* false: the miniport has no room for them all */
static bool set_groups(struct dd_edge *e, struct dd_edge_tap *t, const struct dd_tap_state *s)
{
    unsigned count = s->group_count;
    NDIS_STATUS status;

    if (count > DD_TAP_GROUPS || count > e->adapter->general.MaxMulticastListSize) {
        return false;
    }
    if (t->known && count == t->group_count &&
        memcmp(s->groups, t->groups, count * (size_t)GROUP_BYTES) == 0) {
        return true;
    }
    status =
        dd_ndis_set(e->adapter, OID_802_3_MULTICAST_LIST, s->groups, (ULONG)(count * GROUP_BYTES));
    if (status != NDIS_STATUS_SUCCESS) {
        return false;
    }
    t->group_count = count;
    memcpy(t->groups, s->groups, count * (size_t)GROUP_BYTES);
    return true;
}

static uint32_t filter_of(const struct dd_edge *e, const struct dd_tap_state *s, bool groups_fit)
{
    uint32_t can = e->adapter->general.SupportedPacketFilters;
    uint32_t want =
        NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_MULTICAST | NDIS_PACKET_TYPE_BROADCAST;

    if (!s->up) {
        return 0;
    }
    if (s->all_multicast || !groups_fit) {
        want |= can & NDIS_PACKET_TYPE_ALL_MULTICAST ? NDIS_PACKET_TYPE_ALL_MULTICAST
                                                     : NDIS_PACKET_TYPE_PROMISCUOUS;
    }
    if (s->promiscuous || e->config.settings->packet_filter == DD_FILTER_PROMISCUOUS) {
        want |= NDIS_PACKET_TYPE_PROMISCUOUS;
    }
    return want & can;
}

static void follow_kernel(struct dd_edge *e, struct dd_edge_tap *t)
{
    struct dd_tap_state s;
    uint32_t filter;

    if (dd_tap_get_state(t->tap, &s) < 0) {
        return; /* deleted, or moved to another namespace */
    }
    keep_ours(e, t, &s);
    filter = filter_of(e, &s, set_groups(e, t, &s));
    if (!t->known || filter != t->filter) {
        (void)dd_ndis_set(e->adapter, OID_GEN_CURRENT_PACKET_FILTER, &filter, sizeof(filter));
        t->filter = filter;
    }
    t->known = true;
}

void dd_edge_follow(struct dd_edge *e)
{
    struct dd_edge_tap *t = e->tap;
    uint64_t now = dd_clock_ns();

    follow_link(e, t);
    if (now >= t->look_ns || dd_tap_touched(t->tap)) {
        t->look_ns = now + LOOK_NS;
        follow_kernel(e, t);
    }
}
