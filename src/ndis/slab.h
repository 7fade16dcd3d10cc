/* SPDX-License-Identifier: MIT */
/*
 * Type-stable storage for everything a driver holds a pointer or handle to.
 *
 *   one reserved range of addresses
 *   | slab: 256 KiB of equal slots | slab | slab | ...
 *     slot = struct dd_slot, then the object
 *
 * A slot stays mapped for the life of the process. So whatever a driver hands in - a freed handle,
 * a wild pointer, an NBL it made itself - can be looked up in constant time and without a lock, and
 * never crashes the check: dd_slab_find() compares addresses first and reads only headers of slots
 * it made itself.
 *
 * Freed slots are used again in the order they were freed, oldest first, so that a stale handle is
 * told apart for a while. What the slots hold is not RAM of the machine: no device reaches it.
 */
#ifndef DD_NDIS_SLAB_H
#define DD_NDIS_SLAB_H

#include "base/check.h"

enum dd_slot_kind {
    DD_SLOT_FREE,
    DD_SLOT_NBL,
    DD_SLOT_NB,
    DD_SLOT_NBL_POOL,
    DD_SLOT_NB_POOL,
    DD_SLOT_TIMER,
    DD_SLOT_WORK_ITEM,
    DD_SLOT_RWLOCK,
    DD_SLOT_CONFIG,
    DD_SLOT_INTERRUPT,
    DD_SLOT_GENERIC,
    DD_SLOT_DEVICE,
    DD_SLOT_IO_MAP,
    DD_SLOT_PORT_RANGE,
    DD_SLOT_DMA_CHANNEL,
    DD_SLOT_SHARED_MEMORY,
    DD_SLOT_POLL,
    DD_SLOT_KIND_COUNT
};

struct dd_slot {
    _Atomic(uint32_t) kind; /* enum dd_slot_kind */
    uint32_t slot_bytes;    /* whole slot, this header included */
    struct dd_slot *next;   /* while free */
};

#define DD_SLOT_BYTES_MAX (128u * 1024)

/**
 * dd_slab_alloc - a zeroed slot
 * @kind: what it is from now on; not DD_SLOT_FREE
 * @bytes: of the object, struct dd_slot included; at most DD_SLOT_BYTES_MAX
 *
 * The slot is aligned to 64 bytes. IRQL: any; takes a lock that is held for a few instructions.
 * Return: the slot, or NULL: too large, or no memory.
 * Ownership: the caller's until dd_slab_free().
 */
struct dd_slot *dd_slab_alloc(enum dd_slot_kind kind, size_t bytes);

/* dd_slab_free - back to the free slots of its size; NULL is fine. AddressSanitizer is told. IRQL:
 * any */
void dd_slab_free(struct dd_slot *slot);

/**
 * dd_slab_find - the slot that contains @ptr
 * @ptr: any bits at all
 *
 * IRQL: any; no lock. Return: the slot, in use or free; NULL when @ptr lies in none.
 */
struct dd_slot *dd_slab_find(const void *ptr);

/* dd_slab_is - @ptr is the start of a slot of @kind. IRQL: any */
bool dd_slab_is(const void *ptr, enum dd_slot_kind kind);

#endif
