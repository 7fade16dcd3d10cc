/* SPDX-License-Identifier: MIT */
/*
 * A model of how NDIS 5 sends, for comparison only: Drydock runs no NDIS 5 miniport.
 *
 *   packet -> [NDIS maps each buffer] -> driver's send handler -> [NDIS unmaps each buffer]
 *
 * The library maps every packet before the driver sees it, whether or not the driver will look at
 * the list. It asks for each buffer by itself; a request has the shape of a call through a
 * DMA_ADAPTER: a context, a place in the adapter's queue (the next request waits until this one has
 * given it up), the routine that translates, a list of its own. The lists of the buffers then
 * become the list of the packet. After the send is complete the library takes all of it apart
 * again.
 *
 * What is left out is to NDIS 5's favour: no map registers are counted where none are needed, no
 * request ever waits, and the lists' memory comes from malloc, which is faster than a pool that
 * serves every CPU.
 */
#include "side.h"

#include "dma/dma.h"
#include "nt/pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BUFFERS_MAX 8u
#define SLOTS       64u
#define PAGE        4096u

struct request {
    PMDL mdl;
    struct dd_sg_elem *list; /* of this buffer */
    unsigned elements;
    int slot; /* of the bounce memory, or -1 */
};

struct packet {
    PNET_BUFFER nb;
    struct request *requests[BUFFERS_MAX];
    unsigned buffers;
    struct dd_sg_elem *list; /* what the driver sees */
    unsigned elements;
};

static struct {
    pthread_spinlock_t queue, registers; /* of the adapter, and of all adapters */
    bool busy;
    uint64_t free_slots;
    uint8_t *slots;
    uint8_t *copy; /* the driver's */
    uint64_t mapped, copied;
} m;

static void start(void)
{
    if (m.slots) {
        return;
    }
    pthread_spin_init(&m.queue, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_init(&m.registers, PTHREAD_PROCESS_PRIVATE);
    m.free_slots = UINT64_MAX;
    m.slots = aligned_alloc(PAGE, SLOTS * PAGE);
    m.copy = aligned_alloc(PAGE, 16 * PAGE);
    if (!m.slots || !m.copy) {
        die("not enough memory");
    }
    memset(m.slots, 0, SLOTS * PAGE);
    memset(m.copy, 0, 16 * PAGE);
}

/* --- the adapter --- */

static void queue_enter(void)
{
    pthread_spin_lock(&m.queue);
    if (m.busy) {
        die("the model has one CPU");
    }
    m.busy = true;
    pthread_spin_unlock(&m.queue);
}

static void queue_leave(void)
{
    pthread_spin_lock(&m.queue);
    m.busy = false;
    pthread_spin_unlock(&m.queue);
}

static int slot_take(void)
{
    int slot;

    pthread_spin_lock(&m.registers);
    slot = __builtin_ctzll(m.free_slots);
    m.free_slots &= m.free_slots - 1;
    pthread_spin_unlock(&m.registers);
    return slot;
}

static void slot_put(int slot)
{
    pthread_spin_lock(&m.registers);
    m.free_slots |= 1ull << slot;
    pthread_spin_unlock(&m.registers);
}

/* the routine that runs when it is the request's turn: at most a page, as all buffers here are */
static __attribute__((noinline)) void translate(struct request *r, bool bounce)
{
    PMDL mdl = r->mdl;
    const PFN_NUMBER *frames = dd_mdl_frames(mdl);
    uint64_t at = (frames[0] << 12) + mdl->ByteOffset;

    r->slot = -1;
    if (bounce) {
        r->slot = slot_take();
        memcpy(m.slots + (size_t)r->slot * PAGE, mdl->MappedSystemVa, mdl->ByteCount);
        at = (uintptr_t)(m.slots + (size_t)r->slot * PAGE);
        m.copied += mdl->ByteCount;
    }
    r->list = malloc(sizeof(*r->list));
    if (!r->list) {
        die("not enough memory");
    }
    r->list[0] = (struct dd_sg_elem){.address = at, .length = mdl->ByteCount};
    r->elements = 1;
}

static void (*volatile adapter_routine)(struct request *r, bool bounce) = translate;

static struct request *map_buffer(PMDL mdl, bool bounce)
{
    struct request *r = malloc(sizeof(*r));

    if (!r) {
        die("not enough memory");
    }
    r->mdl = mdl;
    queue_enter();
    adapter_routine(r, bounce);
    queue_leave();
    m.mapped++;
    return r;
}

static void unmap_buffer(struct request *r)
{
    if (r->slot >= 0) {
        slot_put(r->slot);
    }
    free(r->list);
    free(r);
}

/* --- the library --- */

static void packet_map(struct packet *p, bool bounce)
{
    p->buffers = p->elements = 0;
    for (PMDL mdl = p->nb->CurrentMdl; mdl; mdl = mdl->Next) {
        p->requests[p->buffers] = map_buffer(mdl, bounce);
        p->elements += p->requests[p->buffers++]->elements;
    }
    p->list = malloc(p->elements * sizeof(*p->list));
    if (!p->list) {
        die("not enough memory");
    }
    for (unsigned i = 0, at = 0; i < p->buffers; i++) {
        memcpy(p->list + at, p->requests[i]->list, p->requests[i]->elements * sizeof(*p->list));
        at += p->requests[i]->elements;
    }
}

static void packet_unmap(struct packet *p)
{
    for (unsigned i = 0; i < p->buffers; i++) {
        unmap_buffer(p->requests[i]);
    }
    free(p->list);
}

/* --- the driver --- */

/* it copies what its card does not take, or what is too short to be worth a descriptor */
static __attribute__((noinline)) void send_packet(struct packet *p, const struct side *side)
{
    uint8_t *to = m.copy;

    if (p->nb->DataLength >= side->copy_below && p->buffers <= side->max_mdls) {
        __asm__ volatile("" ::"r"(p->list) : "memory");
        return;
    }
    for (PMDL mdl = p->nb->CurrentMdl; mdl; mdl = mdl->Next) {
        memcpy(to, mdl->MappedSystemVa, mdl->ByteCount);
        to += mdl->ByteCount;
    }
    m.copied += p->nb->DataLength;
}

static void (*volatile send_handler)(struct packet *p, const struct side *side) = send_packet;

void ndis5_send(const struct side *side, PNET_BUFFER *nbs, unsigned mask, uint64_t count)
{
    start();
    for (uint64_t i = 0; i < count; i++) {
        struct packet p = {.nb = nbs[i & mask]};

        packet_map(&p, side->bounce);
        send_handler(&p, side);
        packet_unmap(&p);
    }
}

void ndis5_counts(uint64_t *ret_mapped, uint64_t *ret_copied)
{
    *ret_mapped = m.mapped;
    *ret_copied = m.copied;
    m.mapped = m.copied = 0;
}
