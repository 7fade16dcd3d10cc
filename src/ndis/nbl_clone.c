/* SPDX-License-Identifier: MIT */
/*
 * Clones: an NBL of its own whose NET_BUFFERs show the data of another NBL, by MDLs of their own
 * over the same bytes, or with NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS by the very MDLs.
 */
#include "ndis/nbl.h"

#include "ndis/adapter_priv.h"
#include "nt/pool.h"

static void chain_free(PMDL mdl, const void *site)
{
    while (mdl != NULL) {
        PMDL next = mdl->Next;

        dd_mdl_free(mdl, site);
        mdl = next;
    }
}

/* MDLs over exactly the data of @nb; false: no memory */
static bool chain_clone(const NET_BUFFER *nb, PMDL *ret_chain, const void *site)
{
    PMDL head = NULL;
    PMDL *tail = &head;
    ULONG offset = nb->CurrentMdlOffset;
    uint64_t left = nb->stDataLength;

    for (PMDL m = nb->CurrentMdl; m != NULL && left > 0; m = m->Next) {
        ULONG n = (ULONG)dd_min_u64(m->ByteCount - offset, left);

        if (n > 0) {
            *tail = dd_mdl_new((char *)MmGetMdlVirtualAddress(m) + offset, n, NULL, site);
            if (*tail == NULL) {
                chain_free(head, site);
                return false;
            }
            (*tail)->Next = NULL;
            tail = &(*tail)->Next;
        }
        left -= n;
        offset = 0;
    }
    *ret_chain = head;
    return true;
}

static bool clone_one(PNET_BUFFER clone, const NET_BUFFER *from, bool original, const void *site)
{
    PMDL chain = NULL;

    if (original) {
        dd_nb_set(clone, from->MdlChain, from->DataOffset, from->stDataLength);
        return true;
    }
    if (!chain_clone(from, &chain, site)) {
        return false;
    }
    dd_nb_set(clone, chain, 0, from->stDataLength);
    return true;
}

/* the NET_BUFFER for the next clone: the one that came with the NBL, then those of the pool */
static PNET_BUFFER next_nb(PNET_BUFFER_LIST clone, PNET_BUFFER last, struct dd_nbl_pool *nb_pool,
                           const void *site)
{
    PNET_BUFFER nb;

    if (last == NULL && clone->FirstNetBuffer != NULL) {
        return clone->FirstNetBuffer;
    }
    nb = nb_pool != NULL ? dd_nb_alloc(nb_pool, NULL, 0, 0, site) : NULL;
    if (nb != NULL && last == NULL) {
        clone->FirstNetBuffer = nb;
    } else if (nb != NULL) {
        last->Next = nb;
    }
    return nb;
}

static void clone_free(PNET_BUFFER_LIST clone, bool original, const void *site)
{
    struct dd_nbl_slot *s = dd_nbl_slot_of(clone);
    PNET_BUFFER nb;

    if (s == NULL) {
        dd_bad_object(clone, "not an allocated NET_BUFFER_LIST", site);
        return;
    }
    nb = clone->FirstNetBuffer;
    while (nb != NULL) {
        PNET_BUFFER next = nb->Next;

        if (!original) {
            chain_free(nb->MdlChain, site);
        }
        if (nb != s->nb) {
            dd_nb_free(nb, site);
        }
        nb = next;
    }
    dd_nbl_free(clone, site);
}

static struct dd_nbl_pool *pool_or(NDIS_HANDLE given, NDIS_HANDLE otherwise, enum dd_slot_kind kind)
{
    NDIS_HANDLE h = given != NULL ? given : otherwise;

    return dd_slab_is(h, kind) ? (struct dd_nbl_pool *)h : NULL;
}

PNET_BUFFER_LIST NdisAllocateCloneNetBufferList(PNET_BUFFER_LIST SourceNetBufferList,
                                                NDIS_HANDLE NetBufferListPoolHandle,
                                                NDIS_HANDLE NetBufferPoolHandle,
                                                ULONG AllocateCloneFlags)
{
    bool original = (AllocateCloneFlags & NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS) != 0;
    struct dd_nbl_pool *nbl_pool, *nb_pool;
    PNET_BUFFER_LIST clone;
    PNET_BUFFER last = NULL;

    DD_API(NdisAllocateCloneNetBufferList);
    nbl_pool =
        pool_or(NetBufferListPoolHandle, SourceNetBufferList->NdisPoolHandle, DD_SLOT_NBL_POOL);
    nb_pool = pool_or(NetBufferPoolHandle,
                      SourceNetBufferList->FirstNetBuffer != NULL
                          ? SourceNetBufferList->FirstNetBuffer->NdisPoolHandle
                          : NULL,
                      DD_SLOT_NB_POOL);
    if (nbl_pool == NULL) {
        dd_bad_object(NetBufferListPoolHandle, "not a NET_BUFFER_LIST pool", DD_SITE());
        return NULL;
    }
    if (dd_seam_may_fail(DD_FAIL_NBL, DD_SITE())) {
        return NULL;
    }
    clone = dd_nbl_alloc(nbl_pool, DD_SITE());
    if (clone == NULL) {
        return NULL;
    }
    for (PNET_BUFFER from = SourceNetBufferList->FirstNetBuffer; from != NULL; from = from->Next) {
        PNET_BUFFER nb = next_nb(clone, last, nb_pool, DD_SITE());

        if (nb == NULL || !clone_one(nb, from, original, DD_SITE())) {
            clone_free(clone, original, DD_SITE());
            return NULL;
        }
        last = nb;
    }
    clone->ParentNetBufferList = SourceNetBufferList;
    return clone;
}

VOID NdisFreeCloneNetBufferList(PNET_BUFFER_LIST CloneNetBufferList, ULONG FreeCloneFlags)
{
    DD_API(NdisFreeCloneNetBufferList);
    clone_free(CloneNetBufferList, (FreeCloneFlags & NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS) != 0,
               DD_SITE());
}

/* --- out-of-band data --- */

VOID NdisCopyReceiveNetBufferListInfo(PNET_BUFFER_LIST DestNetBufferList,
                                      PNET_BUFFER_LIST SrcNetBufferList)
{
    DD_API(NdisCopyReceiveNetBufferListInfo);
    for (unsigned i = 0; i < MaxNetBufferListInfo; i++) {
        DestNetBufferList->NetBufferListInfo[i] = SrcNetBufferList->NetBufferListInfo[i];
    }
    DestNetBufferList->NblFlags = SrcNetBufferList->NblFlags;
}

/* the cancel id stays with the list it was set on */
VOID NdisCopySendNetBufferListInfo(PNET_BUFFER_LIST DestNetBufferList,
                                   PNET_BUFFER_LIST SrcNetBufferList)
{
    DD_API(NdisCopySendNetBufferListInfo);
    for (unsigned i = 0; i < MaxNetBufferListInfo; i++) {
        DestNetBufferList->NetBufferListInfo[i] = SrcNetBufferList->NetBufferListInfo[i];
    }
    DestNetBufferList->NblFlags = SrcNetBufferList->NblFlags;
}
