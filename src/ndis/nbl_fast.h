/* SPDX-License-Identifier: MIT */
/*
 * NET_BUFFER_LISTs at DISPATCH_LEVEL with nobody listening: a pool keeps free ones by CPU, and who
 * is at DISPATCH_LEVEL has the CPU to himself. So there is no lock and no atomic instruction.
 *
 *   pool->cpu[n].slots                        taken from and given to here, by CPU n alone
 *        |  ^
 *   31 at a time, under the pool's lock       nbl_pool.c
 *        v  |
 *   pool->free_nbls
 *
 * What can not be done here, the long way does: pools with contexts or data, an offset beyond the
 * first MDL, another level. A pointer that is no NBL may crash, as it does on Windows: where
 * somebody listens nothing comes here.
 */
#ifndef DD_NDIS_NBL_FAST_H
#define DD_NDIS_NBL_FAST_H

#include "ndis/nbl.h"
#include "nt/sched.h"
#include "seam/seam.h"

#include <string.h>

#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#if defined(__SSE2__) && defined(__OPTIMIZE__)
#include <emmintrin.h>
#endif

/* memset, but a compiler may not make a call or a slow string instruction of it. @len_bytes: a
 * constant, multiple of 16 */
static inline __attribute__((always_inline)) void dd_nbl_zero(void *object, size_t len_bytes)
{
#if defined(__SSE2__) && defined(__OPTIMIZE__)
    __m128i *p = object, z = _mm_setzero_si128();

#define ZERO(i)                                                                                    \
    if ((i)*16 < len_bytes) {                                                                      \
        _mm_store_si128(p + (i), z);                                                               \
    }
#define ZERO_8(i)                                                                                  \
    ZERO(i) ZERO(i + 1) ZERO(i + 2) ZERO(i + 3) ZERO(i + 4) ZERO(i + 5) ZERO(i + 6) ZERO(i + 7)
    ZERO_8(0) ZERO_8(8) ZERO_8(16)
#undef ZERO_8
#undef ZERO
#else
    memset(object, 0, len_bytes);
#endif
}

_Static_assert(sizeof(NET_BUFFER_LIST) <= 384 && sizeof(NET_BUFFER_LIST) % 16 == 0, "24 stores");
_Static_assert(sizeof(NET_BUFFER) <= 384 && sizeof(NET_BUFFER) % 16 == 0, "24 stores");

static inline bool dd_nbl_quiet(void)
{
    return __builtin_expect((dd_seam_event_mask_ | dd_seam_fail_mask_) == 0, 1);
}

/* a 32-bit field and the gap behind it, in one store */
static inline void dd_nbl_set_wide(ULONG *field, uint64_t value)
{
    typedef uint64_t __attribute__((may_alias)) word;

    *(word *)(void *)field = value;
}

/* what is not zero in a new NBL and its NET_BUFFER, and zeros for the rest */
static inline __attribute__((always_inline)) void dd_nbl_fill(PNET_BUFFER_LIST nbl, PNET_BUFFER nb,
                                                              struct dd_nbl_pool *pool, PMDL chain,
                                                              ULONG offset, SIZE_T length)
{
    nbl->Next = NULL;
    nbl->FirstNetBuffer = nb;
    dd_nbl_zero(&nbl->Context, sizeof(*nbl) - 16);
    nbl->NdisPoolHandle = (NDIS_HANDLE)pool;
    nb->Next = NULL;
    nb->CurrentMdl = chain;
    dd_nbl_set_wide(&nb->CurrentMdlOffset, offset);
    nb->stDataLength = length;
    nb->MdlChain = chain;
    dd_nbl_set_wide(&nb->DataOffset, offset);
    dd_nbl_zero((char *)nb + 48, sizeof(*nb) - 48);
    nb->NdisPoolHandle = (NDIS_HANDLE)pool;
}

_Static_assert(offsetof(NET_BUFFER_LIST, Context) == 16 &&
                   offsetof(NET_BUFFER_LIST, NdisPoolHandle) > 16,
               "dd_nbl_fill");
_Static_assert(offsetof(NET_BUFFER, CurrentMdlOffset) == 16 &&
                   offsetof(NET_BUFFER, stDataLength) == 24 &&
                   offsetof(NET_BUFFER, MdlChain) == 32 && offsetof(NET_BUFFER, DataOffset) == 40 &&
                   offsetof(NET_BUFFER, ChecksumBias) == 48,
               "dd_nbl_fill");

/* as one pointer: else the compiler works out the place of a slot from the pool each time */
static inline __attribute__((always_inline)) struct dd_nbl_cpu *cpu_of(struct dd_nbl_pool *pool,
                                                                       int n)
{
    struct dd_nbl_cpu *cpu = &pool->cpu[n];

    __asm__("" : "+r"(cpu));
    return cpu;
}

/* dd_nbl_take - an NBL whose NET_BUFFER describes @chain, or NULL: the long way has to do it */
static inline __attribute__((always_inline)) PNET_BUFFER_LIST dd_nbl_take(struct dd_nbl_pool *pool,
                                                                          PMDL chain, ULONG offset,
                                                                          SIZE_T length,
                                                                          const void *site)
{
    struct dd_nbl_cpu *cpu;
    struct dd_nbl_slot *s;
    PNET_BUFFER_LIST nbl;
    int n = dd_cpu_at_dispatch();
    uint64_t left;

    if (UNLIKELY(n < 0 || pool->fast != DD_NBL_FAST || !chain || offset >= chain->ByteCount)) {
        return NULL;
    }
    cpu = cpu_of(pool, n);
    left = cpu->count - 1;
    if (UNLIKELY((int64_t)left < 0)) {
        return NULL;
    }
    cpu->count = left;
    s = cpu->slots[left];
    nbl = dd_nbl_of_slot(s);
    dd_nbl_fill(nbl, (PNET_BUFFER)(void *)(nbl + 1), pool, chain, offset, length);
    s->site = site;
    atomic_store_explicit(&s->owner, pool->owner_when_new, memory_order_relaxed);
    return nbl;
}

/* dd_nbl_give - false: the long way has to do it. Reads what lies before @nbl */
static inline __attribute__((always_inline)) bool dd_nbl_give(PNET_BUFFER_LIST nbl)
{
    struct dd_nbl_slot *s = (struct dd_nbl_slot *)(void *)nbl - 1;
    uint32_t owner = atomic_load_explicit(&s->owner, memory_order_relaxed);
    struct dd_nbl_pool *pool = s->pool;
    struct dd_nbl_cpu *cpu;
    int n = dd_cpu_at_dispatch();
    uint64_t count;

    if (UNLIKELY(n < 0 ||
                 atomic_load_explicit(&s->slot.kind, memory_order_relaxed) != DD_SLOT_NBL ||
                 pool->fast != DD_NBL_FAST || nbl->Context ||
                 owner - DD_NBL_IDLE_FIRST >= DD_NBL_IDLE_COUNT)) {
        return false;
    }
    cpu = cpu_of(pool, n);
    count = cpu->count;
    if (UNLIKELY(count >= DD_NBL_CPU_MOST)) {
        return false;
    }
    atomic_store_explicit(&s->owner, DD_NBL_UNKNOWN, memory_order_relaxed);
    cpu->slots[count] = s;
    cpu->count = count + 1;
    return true;
}

#undef UNLIKELY

#endif
