/* SPDX-License-Identifier: MIT */
/*
 * The data of a NET_BUFFER: a window onto an MDL chain.
 *
 *   MdlChain -> [....MDL....] -> [....MDL....] -> [....MDL....]
 *               |<- DataOffset ->|<-  DataLength   ->|
 *                                ^ CurrentMdl + CurrentMdlOffset
 *
 * Retreating takes from the unused space in front, and when that is short a new MDL is put first;
 * advancing gives it back. MDLs made by retreating carry MDL_NETWORK_HEADER, so that advancing
 * frees those and no others.
 */
#include "ndis/nbl.h"

#include "ndis/adapter_priv.h"
#include "nt/pool.h"

#include <string.h>

#define CHAIN_MAX   65536u /* a longer chain is a ring */
#define RETREAT_TAG 0x7265444Eu

bool dd_nb_seek(PMDL chain, uint64_t offset, PMDL *ret_mdl, ULONG *ret_offset)
{
    unsigned seen = 0;

    for (PMDL m = chain; m != NULL && seen < CHAIN_MAX; m = m->Next, seen++) {
        if (offset < m->ByteCount) {
            *ret_mdl = m;
            *ret_offset = (ULONG)offset;
            return true;
        }
        offset -= m->ByteCount;
    }
    return false;
}

/* the window begins where the chain ends: at the end of its last MDL */
static void seek_end(PNET_BUFFER nb, PMDL chain)
{
    unsigned seen = 0;

    nb->CurrentMdl = chain;
    nb->CurrentMdlOffset = 0;
    for (PMDL m = chain; m != NULL && seen < CHAIN_MAX; m = m->Next, seen++) {
        nb->CurrentMdl = m;
        nb->CurrentMdlOffset = m->ByteCount;
    }
}

static void find_current(PNET_BUFFER nb)
{
    PMDL mdl;
    ULONG offset;

    if (dd_nb_seek(nb->MdlChain, nb->DataOffset, &mdl, &offset)) {
        nb->CurrentMdl = mdl;
        nb->CurrentMdlOffset = offset;
    } else {
        seek_end(nb, nb->MdlChain);
    }
}

void dd_nb_set(PNET_BUFFER nb, PMDL chain, ULONG offset, SIZE_T length)
{
    nb->MdlChain = chain;
    nb->DataOffset = offset;
    nb->stDataLength = length;
    find_current(nb);
}

bool dd_nb_window_ok(const NET_BUFFER *nb)
{
    uint64_t end = (uint64_t)nb->DataOffset + nb->stDataLength;
    uint64_t before = 0;
    bool current_seen = false;
    unsigned seen = 0;

    if (nb->MdlChain == NULL) {
        return end == 0;
    }
    for (PMDL m = nb->MdlChain; m != NULL && seen < CHAIN_MAX; m = m->Next, seen++) {
        if (m == nb->CurrentMdl) {
            if (nb->CurrentMdlOffset > m->ByteCount ||
                before + nb->CurrentMdlOffset != nb->DataOffset) {
                return false;
            }
            current_seen = true;
        }
        before += m->ByteCount;
        if (current_seen && before >= end) {
            return true;
        }
    }
    return false;
}

void *dd_mdl_va(PMDL mdl)
{
    if ((mdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL)) == 0) {
        return NULL;
    }
    return mdl->MappedSystemVa;
}

/* one walk for both directions */
static size_t copy_walk(const NET_BUFFER *nb, size_t from, char *flat, size_t len_bytes, bool out)
{
    PMDL mdl = nb->CurrentMdl;
    uint64_t skip = (uint64_t)nb->CurrentMdlOffset + from;
    size_t done = 0;

    if (from > nb->stDataLength) {
        return 0;
    }
    if (len_bytes > nb->stDataLength - from) {
        len_bytes = nb->stDataLength - from;
    }
    while (mdl != NULL && done < len_bytes) {
        if (skip >= mdl->ByteCount) {
            skip -= mdl->ByteCount;
        } else {
            size_t n = dd_min_u64(mdl->ByteCount - skip, len_bytes - done);
            char *va = dd_mdl_va(mdl);

            if (va == NULL) {
                return done;
            }
            if (out) {
                memcpy(flat + done, va + skip, n);
            } else {
                memcpy(va + skip, flat + done, n);
            }
            done += n;
            skip = 0;
        }
        mdl = mdl->Next;
    }
    return done;
}

size_t dd_nb_copy_out(const NET_BUFFER *nb, size_t from, void *to, size_t len_bytes)
{
    return copy_walk(nb, from, to, len_bytes, true);
}

size_t dd_nb_copy_in(PNET_BUFFER nb, size_t from, const void *src, size_t len_bytes)
{
    return copy_walk(nb, from, (char *)(uintptr_t)src, len_bytes, false);
}

/* --- retreat and advance --- */

static PMDL header_new(ULONG size_bytes, const void *site)
{
    void *data = dd_pool_alloc(size_bytes, RETREAT_TAG, NULL, DD_LEAK_POOL, site);
    PMDL mdl = data != NULL ? dd_mdl_new(data, size_bytes, NULL, site) : NULL;

    if (mdl == NULL && data != NULL) {
        dd_pool_free(data, 0, site);
    }
    return mdl;
}

static void header_free(PMDL mdl, NET_BUFFER_FREE_MDL_HANDLER free_mdl, const void *site)
{
    void *data = MmGetMdlVirtualAddress(mdl);

    mdl->MdlFlags &= (CSHORT)~MDL_NETWORK_HEADER;
    if (free_mdl != NULL) {
        free_mdl(mdl);
        return;
    }
    dd_mdl_free(mdl, site);
    dd_pool_free(data, 0, site);
}

NDIS_STATUS dd_nb_retreat(PNET_BUFFER nb, ULONG delta, ULONG backfill,
                          NET_BUFFER_ALLOCATE_MDL_HANDLER allocate, const void *site)
{
    ULONG missing = delta > nb->DataOffset ? delta - nb->DataOffset : 0;
    ULONG size_bytes;
    PMDL mdl;

    if (missing == 0) {
        nb->DataOffset -= delta;
        nb->stDataLength += delta;
        find_current(nb);
        return NDIS_STATUS_SUCCESS;
    }
    if (dd_add_overflows(missing, backfill, &size_bytes)) {
        return NDIS_STATUS_FAILURE;
    }
    mdl = allocate != NULL ? allocate(&size_bytes) : header_new(size_bytes, site);
    if (mdl == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    if (mdl->ByteCount < missing) {
        dd_bad_object(mdl, "NetAllocateMdl returned an MDL that is too short", site);
        return NDIS_STATUS_FAILURE;
    }
    mdl->MdlFlags |= MDL_NETWORK_HEADER;
    mdl->Next = nb->MdlChain;
    dd_nb_set(nb, mdl, mdl->ByteCount - missing, nb->stDataLength + delta);
    return NDIS_STATUS_SUCCESS;
}

void dd_nb_advance(PNET_BUFFER nb, ULONG delta, bool free_mdls,
                   NET_BUFFER_FREE_MDL_HANDLER free_mdl, const void *site)
{
    if (delta > nb->stDataLength) {
        dd_bad_object(nb, "NET_BUFFER advanced beyond the end of its data", site);
        delta = (ULONG)nb->stDataLength;
    }
    nb->DataOffset += delta;
    nb->stDataLength -= delta;
    while (free_mdls && nb->MdlChain != NULL && nb->MdlChain->Next != NULL &&
           (nb->MdlChain->MdlFlags & MDL_NETWORK_HEADER) != 0 &&
           nb->DataOffset >= nb->MdlChain->ByteCount) {
        PMDL mdl = nb->MdlChain;

        nb->MdlChain = mdl->Next;
        nb->DataOffset -= mdl->ByteCount;
        mdl->Next = NULL;
        header_free(mdl, free_mdl, site);
    }
    find_current(nb);
}

/* --- entry points --- */

VOID NdisAdvanceNetBufferDataStart(PNET_BUFFER NetBuffer, ULONG DataOffsetDelta, BOOLEAN FreeMdl,
                                   NET_BUFFER_FREE_MDL_HANDLER FreeMdlHandler)
{
    DD_API(NdisAdvanceNetBufferDataStart);
    dd_nb_advance(NetBuffer, DataOffsetDelta, FreeMdl != FALSE, FreeMdlHandler, DD_SITE());
}

NDIS_STATUS NdisRetreatNetBufferDataStart(PNET_BUFFER NetBuffer, ULONG DataOffsetDelta,
                                          ULONG DataBackFill,
                                          NET_BUFFER_ALLOCATE_MDL_HANDLER AllocateMdlHandler)
{
    DD_API(NdisRetreatNetBufferDataStart);
    return dd_nb_retreat(NetBuffer, DataOffsetDelta, DataBackFill, AllocateMdlHandler, DD_SITE());
}

VOID NdisAdvanceNetBufferListDataStart(PNET_BUFFER_LIST NetBufferList, ULONG DataOffsetDelta,
                                       BOOLEAN FreeMdl, NET_BUFFER_FREE_MDL_HANDLER FreeMdlHandler)
{
    DD_API(NdisAdvanceNetBufferListDataStart);
    for (PNET_BUFFER nb = NetBufferList->FirstNetBuffer; nb != NULL; nb = nb->Next) {
        dd_nb_advance(nb, DataOffsetDelta, FreeMdl != FALSE, FreeMdlHandler, DD_SITE());
    }
}

NDIS_STATUS NdisRetreatNetBufferListDataStart(PNET_BUFFER_LIST NetBufferList, ULONG DataOffsetDelta,
                                              ULONG DataBackFill,
                                              NET_BUFFER_ALLOCATE_MDL_HANDLER AllocateMdlHandler,
                                              NET_BUFFER_FREE_MDL_HANDLER FreeMdlHandler)
{
    DD_API(NdisRetreatNetBufferListDataStart);
    for (PNET_BUFFER nb = NetBufferList->FirstNetBuffer; nb != NULL; nb = nb->Next) {
        NDIS_STATUS status =
            dd_nb_retreat(nb, DataOffsetDelta, DataBackFill, AllocateMdlHandler, DD_SITE());

        if (status != NDIS_STATUS_SUCCESS) {
            /* all or none: undo the ones before */
            for (PNET_BUFFER done = NetBufferList->FirstNetBuffer; done != nb; done = done->Next) {
                dd_nb_advance(done, DataOffsetDelta, true, FreeMdlHandler, DD_SITE());
            }
            return status;
        }
    }
    return NDIS_STATUS_SUCCESS;
}

VOID NdisAdjustNetBufferCurrentMdl(PNET_BUFFER NetBuffer)
{
    DD_API(NdisAdjustNetBufferCurrentMdl);
    find_current(NetBuffer);
}

PVOID NdisGetDataBuffer(PNET_BUFFER NetBuffer, ULONG BytesNeeded, PVOID Storage,
                        ULONG AlignMultiple, ULONG AlignOffset)
{
    PMDL mdl;
    ULONG offset;

    DD_API(NdisGetDataBuffer);
    if (BytesNeeded == 0 || NetBuffer->stDataLength < BytesNeeded ||
        !dd_nb_seek(NetBuffer->MdlChain, NetBuffer->DataOffset, &mdl, &offset)) {
        return NULL;
    }
    if (mdl->ByteCount - offset >= BytesNeeded) {
        char *va = dd_seam_may_fail(DD_FAIL_MDL_MAP, DD_SITE()) ? NULL : dd_mdl_va(mdl);

        if (va == NULL) {
            return NULL;
        }
        if (AlignMultiple <= 1 || (uintptr_t)(va + offset) % AlignMultiple == AlignOffset) {
            return va + offset;
        }
    }
    if (Storage == NULL || dd_nb_copy_out(NetBuffer, 0, Storage, BytesNeeded) != BytesNeeded) {
        return NULL;
    }
    return Storage;
}

NDIS_STATUS NdisCopyFromNetBufferToNetBuffer(PNET_BUFFER Destination, ULONG DestinationOffset,
                                             ULONG BytesToCopy, PNET_BUFFER const Source,
                                             ULONG SourceOffset, PULONG BytesCopied)
{
    char chunk[512];
    size_t done = 0;

    DD_API(NdisCopyFromNetBufferToNetBuffer);
    *BytesCopied = 0;
    if (DestinationOffset > Destination->stDataLength || SourceOffset > Source->stDataLength) {
        return NDIS_STATUS_INVALID_PARAMETER;
    }
    while (done < BytesToCopy) {
        size_t want = dd_min_u64(sizeof(chunk), BytesToCopy - done);
        size_t got = dd_nb_copy_out(Source, SourceOffset + done, chunk, want);
        size_t put = dd_nb_copy_in(Destination, DestinationOffset + done, chunk, got);

        done += put;
        if (put < want) {
            break;
        }
    }
    *BytesCopied = (ULONG)done;
    return NDIS_STATUS_SUCCESS;
}

ULONG NdisQueryNetBufferPhysicalCount(PNET_BUFFER NetBuffer)
{
    uint64_t left = NetBuffer->stDataLength;
    ULONG offset = NetBuffer->CurrentMdlOffset;
    ULONG pages = 0;

    DD_API(NdisQueryNetBufferPhysicalCount);
    for (PMDL m = NetBuffer->CurrentMdl; m != NULL && left > 0; m = m->Next) {
        uint64_t n = dd_min_u64(m->ByteCount - offset, left);

        if (n > 0) {
            pages += ADDRESS_AND_SIZE_TO_SPAN_PAGES((char *)MmGetMdlVirtualAddress(m) + offset, n);
        }
        left -= n;
        offset = 0;
    }
    return pages;
}
