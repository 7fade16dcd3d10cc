/* SPDX-License-Identifier: MIT */
/* The entry points over pools of NET_BUFFER_LISTs and NET_BUFFERs, contexts and clones. */
#include "ndis/nbl.h"

#include "ndis/adapter_priv.h"
#include "ndis/nbl_fast.h"
#include "nt/pool.h"

#include <string.h>

#define CONTEXT_ALIGN 16u
#define LIKELY(x)     __builtin_expect(!!(x), 1)

/* who a pool belongs to: the handle's owner; made without a handle and outside any driver call, the
 * host side */
static const void *pool_owner(NDIS_HANDLE handle)
{
    if (handle == NULL && dd_call_current() == NULL) {
        return dd_ndis_host_owner;
    }
    return dd_ndis_owner(handle);
}

static bool header_ok(const NDIS_OBJECT_HEADER *h, size_t min_bytes, const void *site)
{
    if (h->Type == NDIS_OBJECT_TYPE_DEFAULT && h->Revision >= 1 && h->Size >= min_bytes) {
        return true;
    }
    dd_bad_object(h, "pool parameters with a wrong header", site);
    return false;
}

NDIS_HANDLE NdisAllocateNetBufferListPool(NDIS_HANDLE NdisHandle,
                                          NET_BUFFER_LIST_POOL_PARAMETERS const *Parameters)
{
    struct dd_nbl_pool_config config;

    DD_API(NdisAllocateNetBufferListPool);
    if (!header_ok(&Parameters->Header, NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
                   DD_SITE())) {
        return NULL;
    }
    if (Parameters->ContextSize % CONTEXT_ALIGN != 0) {
        dd_bad_object(Parameters,
                      "ContextSize of a pool is no multiple of MEMORY_ALLOCATION_ALIGNMENT",
                      DD_SITE());
    }
    if (Parameters->DataSize != 0 && !Parameters->fAllocateNetBuffer) {
        dd_bad_object(Parameters, "DataSize of a NET_BUFFER_LIST pool without fAllocateNetBuffer",
                      DD_SITE());
        return NULL;
    }
    if (dd_seam_may_fail(DD_FAIL_NBL_POOL, DD_SITE())) {
        return NULL;
    }
    config = (struct dd_nbl_pool_config){
        .allocate_nb = Parameters->fAllocateNetBuffer != FALSE,
        .context_bytes = Parameters->ContextSize,
        .data_bytes = Parameters->DataSize,
        .tag = Parameters->PoolTag,
        .owner = pool_owner(NdisHandle),
    };
    return (NDIS_HANDLE)dd_nbl_pool_new(&config, DD_SITE());
}

VOID NdisFreeNetBufferListPool(NDIS_HANDLE PoolHandle)
{
    struct dd_nbl_pool *pool;

    DD_API(NdisFreeNetBufferListPool);
    pool = dd_nobj_get(PoolHandle, DD_SLOT_NBL_POOL, "not a NET_BUFFER_LIST pool", DD_SITE());
    if (pool != NULL) {
        dd_nbl_pool_free(pool, DD_SITE());
    }
}

NDIS_HANDLE NdisAllocateNetBufferPool(NDIS_HANDLE NdisHandle,
                                      NET_BUFFER_POOL_PARAMETERS const *Parameters)
{
    struct dd_nbl_pool_config config;

    DD_API(NdisAllocateNetBufferPool);
    if (!header_ok(&Parameters->Header, NDIS_SIZEOF_NET_BUFFER_POOL_PARAMETERS_REVISION_1,
                   DD_SITE()) ||
        dd_seam_may_fail(DD_FAIL_NBL_POOL, DD_SITE())) {
        return NULL;
    }
    config = (struct dd_nbl_pool_config){
        .data_bytes = Parameters->DataSize,
        .tag = Parameters->PoolTag,
        .owner = pool_owner(NdisHandle),
    };
    return (NDIS_HANDLE)dd_nb_pool_new(&config, DD_SITE());
}

VOID NdisFreeNetBufferPool(NDIS_HANDLE PoolHandle)
{
    struct dd_nbl_pool *pool;

    DD_API(NdisFreeNetBufferPool);
    pool = dd_nobj_get(PoolHandle, DD_SLOT_NB_POOL, "not a NET_BUFFER pool", DD_SITE());
    if (pool != NULL) {
        dd_nbl_pool_free(pool, DD_SITE());
    }
}

/* --- contexts --- */

static NDIS_STATUS context_new(PNET_BUFFER_LIST nbl, ULONG size, ULONG backfill, ULONG tag,
                               const void *site)
{
    size_t bytes = dd_align_up((size_t)size + backfill, CONTEXT_ALIGN);
    PNET_BUFFER_LIST_CONTEXT c;

    if (bytes > UINT16_MAX) {
        return NDIS_STATUS_RESOURCES;
    }
    c = dd_pool_alloc(sizeof(*c) + bytes, tag, NULL, DD_LEAK_POOL, site);
    if (c == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    c->Next = nbl->Context;
    c->Size = (USHORT)bytes;
    c->Offset = (USHORT)(bytes - size);
    nbl->Context = c;
    return NDIS_STATUS_SUCCESS;
}

/* ContextSize and ContextBackFill of an allocation: the pool's context when it is large enough,
 * else a new one */
static bool context_for(PNET_BUFFER_LIST nbl, USHORT size, USHORT backfill, const void *site)
{
    struct dd_nbl_slot *s = dd_nbl_slot_of(nbl);

    if (size == 0 && backfill == 0) {
        return true;
    }
    if (s->context != NULL && (uint32_t)size + backfill <= s->context->Size) {
        s->context->Offset = (USHORT)(s->context->Size - size);
        return true;
    }
    return context_new(nbl, size, backfill, s->pool->tag, site) == NDIS_STATUS_SUCCESS;
}

NDIS_STATUS NdisAllocateNetBufferListContext(PNET_BUFFER_LIST NetBufferList, USHORT ContextSize,
                                             USHORT ContextBackFill, ULONG PoolTag)
{
    PNET_BUFFER_LIST_CONTEXT c = NetBufferList->Context;

    DD_API(NdisAllocateNetBufferListContext);
    if (ContextSize % CONTEXT_ALIGN != 0) {
        dd_bad_object(NetBufferList, "ContextSize is no multiple of MEMORY_ALLOCATION_ALIGNMENT",
                      DD_SITE());
    }
    if (c != NULL && c->Offset >= ContextSize) {
        c->Offset = (USHORT)(c->Offset - ContextSize);
        return NDIS_STATUS_SUCCESS;
    }
    return context_new(NetBufferList, ContextSize, ContextBackFill, PoolTag, DD_SITE());
}

VOID NdisFreeNetBufferListContext(PNET_BUFFER_LIST NetBufferList, USHORT ContextSize)
{
    PNET_BUFFER_LIST_CONTEXT c = NetBufferList->Context;
    struct dd_nbl_slot *s = dd_nbl_slot_of(NetBufferList);

    DD_API(NdisFreeNetBufferListContext);
    if (c == NULL || s == NULL || (uint32_t)c->Offset + ContextSize > c->Size) {
        dd_bad_object(NetBufferList, "more context freed than was allocated", DD_SITE());
        return;
    }
    c->Offset = (USHORT)(c->Offset + ContextSize);
    if (c->Offset == c->Size && c != s->context) {
        NetBufferList->Context = c->Next;
        dd_pool_free(c, 0, DD_SITE());
    }
}

/* --- NET_BUFFER_LISTs --- */

static PNET_BUFFER_LIST allocate(struct dd_nbl_pool *pool, USHORT size, USHORT backfill,
                                 const void *site)
{
    PNET_BUFFER_LIST nbl;

    if (size % CONTEXT_ALIGN != 0 || backfill % CONTEXT_ALIGN != 0) {
        dd_bad_object(
            pool, "ContextSize or ContextBackFill is no multiple of MEMORY_ALLOCATION_ALIGNMENT",
            site);
    }
    if (!pool->host && dd_seam_may_fail(DD_FAIL_NBL, site)) {
        return NULL;
    }
    nbl = dd_nbl_alloc(pool, site);
    if (nbl != NULL && !context_for(nbl, size, backfill, site)) {
        dd_nbl_free(nbl, site);
        nbl = NULL;
    }
    return nbl;
}

PNET_BUFFER_LIST NdisAllocateNetBufferList(NDIS_HANDLE PoolHandle, USHORT ContextSize,
                                           USHORT ContextBackFill)
{
    struct dd_nbl_pool *pool;

    DD_API(NdisAllocateNetBufferList);
    pool = dd_nobj_get(PoolHandle, DD_SLOT_NBL_POOL, "not a NET_BUFFER_LIST pool", DD_SITE());
    return pool != NULL ? allocate(pool, ContextSize, ContextBackFill, DD_SITE()) : NULL;
}

static __attribute__((noinline, cold)) PNET_BUFFER_LIST long_allocate(NDIS_HANDLE h, USHORT size,
                                                                      USHORT backfill, MDL *chain,
                                                                      ULONG offset, SIZE_T length,
                                                                      const void *site)
{
    struct dd_nbl_pool *pool;
    PNET_BUFFER_LIST nbl;

    DD_SEAM(.kind = DD_EV_API, .site = site, .a = DD_API_NdisAllocateNetBufferAndNetBufferList,
            .b = dd_irql_get());
    pool = dd_nobj_get(h, DD_SLOT_NBL_POOL, "not a NET_BUFFER_LIST pool", site);
    if (pool == NULL) {
        return NULL;
    }
    if (!pool->allocate_nb || pool->data_bytes != 0) {
        dd_bad_object(h,
                      "NdisAllocateNetBufferAndNetBufferList from a pool without "
                      "fAllocateNetBuffer, or with DataSize",
                      site);
        return NULL;
    }
    nbl = allocate(pool, size, backfill, site);
    if (nbl != NULL) {
        dd_nb_set(nbl->FirstNetBuffer, chain, offset, length);
    }
    return nbl;
}

PNET_BUFFER_LIST NdisAllocateNetBufferAndNetBufferList(NDIS_HANDLE PoolHandle, USHORT ContextSize,
                                                       USHORT ContextBackFill, MDL *MdlChain,
                                                       ULONG DataOffset, SIZE_T DataLength)
{
    PNET_BUFFER_LIST nbl = NULL;

    if (LIKELY(dd_nbl_quiet() && PoolHandle != NULL && (ContextSize | ContextBackFill) == 0)) {
        nbl = dd_nbl_take(PoolHandle, MdlChain, DataOffset, DataLength, DD_SITE());
    }
    if (LIKELY(nbl != NULL)) {
        return nbl;
    }
    return long_allocate(PoolHandle, ContextSize, ContextBackFill, MdlChain, DataOffset, DataLength,
                         DD_SITE());
}

static __attribute__((noinline, cold)) void long_free(PNET_BUFFER_LIST nbl, const void *site)
{
    DD_SEAM(.kind = DD_EV_API, .site = site, .a = DD_API_NdisFreeNetBufferList, .b = dd_irql_get());
    dd_nbl_free(nbl, site);
}

VOID NdisFreeNetBufferList(PNET_BUFFER_LIST NetBufferList)
{
    if (LIKELY(dd_nbl_quiet() && dd_nbl_give(NetBufferList))) {
        return;
    }
    long_free(NetBufferList, DD_SITE());
}

/* --- NET_BUFFERs --- */

PNET_BUFFER NdisAllocateNetBuffer(NDIS_HANDLE PoolHandle, MDL *MdlChain, ULONG DataOffset,
                                  SIZE_T DataLength)
{
    struct dd_nbl_pool *pool;

    DD_API(NdisAllocateNetBuffer);
    pool = dd_nobj_get(PoolHandle, DD_SLOT_NB_POOL, "not a NET_BUFFER pool", DD_SITE());
    if (pool == NULL || (!pool->host && dd_seam_may_fail(DD_FAIL_NBL, DD_SITE()))) {
        return NULL;
    }
    return dd_nb_alloc(pool, MdlChain, DataOffset, DataLength, DD_SITE());
}

PNET_BUFFER NdisAllocateNetBufferMdlAndData(NDIS_HANDLE PoolHandle)
{
    struct dd_nbl_pool *pool;

    DD_API(NdisAllocateNetBufferMdlAndData);
    pool = dd_nobj_get(PoolHandle, DD_SLOT_NB_POOL, "not a NET_BUFFER pool", DD_SITE());
    if (pool == NULL || pool->data_bytes == 0 ||
        (!pool->host && dd_seam_may_fail(DD_FAIL_NBL, DD_SITE()))) {
        return NULL;
    }
    return dd_nb_alloc(pool, NULL, 0, 0, DD_SITE());
}

VOID NdisFreeNetBuffer(PNET_BUFFER NetBuffer)
{
    DD_API(NdisFreeNetBuffer);
    dd_nb_free(NetBuffer, DD_SITE());
}
