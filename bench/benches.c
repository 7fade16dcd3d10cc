/* SPDX-License-Identifier: MIT */
/* What is compared with what. */
#include "side.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define KEEP(p) __asm__ volatile("" ::"r"(p) : "memory")

/* the sizes of the two objects NdisAllocateNetBufferAndNetBufferList gives */
static void malloc_nbl(const struct side *side, PNET_BUFFER *nbs, unsigned mask, uint64_t count)
{
    (void)side;
    (void)nbs;
    (void)mask;
    for (uint64_t i = 0; i < count; i++) {
        void *nbl = malloc(sizeof(NET_BUFFER_LIST)), *nb = malloc(sizeof(NET_BUFFER));

        KEEP(nbl);
        KEEP(nb);
        free(nb);
        free(nbl);
    }
}

/* the threshold makes malloc ask the kernel, as it does for the first of any size; but not while
 * the heap has a hole of that size: those are taken, and kept */
static void fill_holes(void)
{
    static bool filled;
    size_t from_kernel = filled ? 0 : mallinfo2().hblks;

    while (!filled) {
        KEEP(malloc(65536));
        filled = mallinfo2().hblks > from_kernel;
    }
}

/* memory nobody had before */
static void malloc_64k(const struct side *side, PNET_BUFFER *nbs, unsigned mask, uint64_t count)
{
    (void)side;
    (void)nbs;
    (void)mask;
    mallopt(M_MMAP_THRESHOLD, 32768);
    fill_holes();
    for (uint64_t i = 0; i < count; i++) {
        volatile char *p = malloc(65536);

        for (size_t k = 0; p && k < 65536; k += 4096) {
            p[k] = 1;
        }
        free((void *)(uintptr_t)p);
    }
    mallopt(M_MMAP_THRESHOLD, 128 * 1024);
}

#define DRIVER(what, u, s, o)                                                                      \
    {                                                                                              \
        .name = (what), .unit = (u), .shape = (s), .operation = (o)                                \
    }
#define HOST(what, f)                                                                              \
    {                                                                                              \
        .name = (what), .unit = UNIT_OFF_TOO, .shape = BenchShapeHeaderPayload, .fn = (f)          \
    }
#define LIST(u, s)  DRIVER("list", u, s, BenchList)
#define FLOOR(u, s) DRIVER("floor", u, s, BenchFloor)
#define IDENTITY    DRIVER("sgl_build_free", UNIT_OFF_TOO, BenchShapeHeaderPayload, BenchList)
#define MEMCPY(s)   DRIVER("memcpy", UNIT_OFF_TOO, s, BenchCopy)

/* the same traffic the NDIS 6 way and the NDIS 5 way, by the same driver: it copies what is shorter
 * than 256 bytes or lies in more than @mdls MDLs */
#define NDIS6(u, s, mdls)                                                                          \
    {                                                                                              \
        .name = "NDIS 6", .unit = (u), .shape = (s), .operation = BenchSend, .copy_below = 256,    \
        .max_mdls = (mdls)                                                                         \
    }
#define NDIS5(s, mdls, far)                                                                        \
    {                                                                                              \
        .name = "NDIS 5 model", .unit = UNIT_OFF_TOO, .shape = (s), .copy_below = 256,             \
        .max_mdls = (mdls), .fn = ndis5_send, .bounce = (far)                                      \
    }

const struct bench benches[] = {
    {"loop_alone", 1, DRIVER("loop", UNIT_OFF, BenchShapeHeaderPayload, BenchEmpty),
     DRIVER("loop", UNIT_OFF_TOO, BenchShapeHeaderPayload, BenchEmpty)},
    {"sgl_build_free", 1, LIST(UNIT_OFF, BenchShapeHeaderPayload),
     FLOOR(UNIT_OFF_TOO, BenchShapeHeaderPayload)},
    {"sgl_contiguous_64k", 1, LIST(UNIT_OFF, BenchShapeLargeRun), IDENTITY},
    {"sgl_page_1", 1, LIST(UNIT_OFF, BenchShapePage), FLOOR(UNIT_OFF_TOO, BenchShapePage)},
    {"sgl_page_16", 16, LIST(UNIT_OFF, BenchShapePages16), FLOOR(UNIT_OFF_TOO, BenchShapePages16)},
    {"sgl_page_1024", 1024, LIST(UNIT_OFF, BenchShapePages1024),
     FLOOR(UNIT_OFF_TOO, BenchShapePages1024)},
    {"sgl_page_65536", 65536, LIST(UNIT_OFF, BenchShapePages65536),
     FLOOR(UNIT_OFF_TOO, BenchShapePages65536)},
    {"sgl_iommu", 1, LIST(UNIT_STRICT, BenchShapeHeaderPayload), IDENTITY},
    {"sgl_bounce_1514", 1, LIST(UNIT_BOUNCE, BenchShapeHeaderPayload),
     MEMCPY(BenchShapeHeaderPayload)},
    {"sgl_bounce_64k", 1, LIST(UNIT_BOUNCE, BenchShapeLargeData), MEMCPY(BenchShapeLargeData)},
    {"nbl_alloc_free", 1, DRIVER("nbl", UNIT_OFF, BenchShapeHeaderPayload, BenchNbl),
     HOST("malloc and free, twice", malloc_nbl)},
    {"shared_memory_64k", 1, DRIVER("shared", UNIT_OFF, BenchShapeHeaderPayload, BenchShared),
     HOST("malloc, first touch, free", malloc_64k)},
    {"verifier_sgl", 1, LIST(UNIT_VERIFIED, BenchShapeHeaderPayload), IDENTITY},
    {"ndis6_64", 1, NDIS6(UNIT_OFF, BenchShapeSmall, 8), NDIS5(BenchShapeSmall, 8, false)},
    {"ndis6_2x757", 1, NDIS6(UNIT_OFF, BenchShapeHalves, 8), NDIS5(BenchShapeHalves, 8, false)},
    {"ndis6_5_fragments", 1, NDIS6(UNIT_OFF, BenchShapeFragments, 8),
     NDIS5(BenchShapeFragments, 8, false)},
    {"ndis6_5_for_4", 1, NDIS6(UNIT_OFF, BenchShapeFragments, 4),
     NDIS5(BenchShapeFragments, 4, false)},
    {"ndis6_64_far", 1, NDIS6(UNIT_BOUNCE, BenchShapeSmall, 8), NDIS5(BenchShapeSmall, 8, true)},
    {"ndis6_2x757_far", 1, NDIS6(UNIT_BOUNCE, BenchShapeHalves, 8),
     NDIS5(BenchShapeHalves, 8, true)},
    {"ndis6_5_fragments_far", 1, NDIS6(UNIT_BOUNCE, BenchShapeFragments, 8),
     NDIS5(BenchShapeFragments, 8, true)},
    {"ndis6_5_for_4_far", 1, NDIS6(UNIT_BOUNCE, BenchShapeFragments, 4),
     NDIS5(BenchShapeFragments, 4, true)},
};
const unsigned bench_count = sizeof(benches) / sizeof(benches[0]);

/* --- DPDK --- */

#ifdef HAVE_DPDK
#include "dpdk.h"

#include <sched.h>

/* one for each element a list of ours would have */
static void two_elements(const struct side *side, PNET_BUFFER *nbs, unsigned mask, uint64_t count)
{
    (void)side;
    (void)nbs;
    (void)mask;
    dpdk_virt2iova(2, count);
}

static void pages_of_64k(const struct side *side, PNET_BUFFER *nbs, unsigned mask, uint64_t count)
{
    (void)side;
    (void)nbs;
    (void)mask;
    dpdk_virt2iova(17, count);
}

static void mbuf(const struct side *side, PNET_BUFFER *nbs, unsigned mask, uint64_t count)
{
    (void)side;
    (void)nbs;
    (void)mask;
    dpdk_mbuf(count);
}

const struct bench peer_benches[] = {
    {"sgl_build_free_dpdk", 1, LIST(UNIT_OFF, BenchShapeHeaderPayload),
     HOST("rte_mem_virt2iova, 2 times", two_elements)},
    {"sgl_contiguous_64k_dpdk", 1, LIST(UNIT_OFF, BenchShapeLargeRun),
     HOST("rte_mem_virt2iova, 17 pages", pages_of_64k)},
    {"nbl_alloc_free_dpdk", 1, DRIVER("nbl", UNIT_OFF, BenchShapeHeaderPayload, BenchNbl),
     HOST("rte_pktmbuf_alloc, _free", mbuf)},
};

unsigned benches_peer_up(void)
{
    return dpdk_up(sched_getcpu()) < 0 ? 0 : sizeof(peer_benches) / sizeof(peer_benches[0]);
}
#else
const struct bench peer_benches[1];

unsigned benches_peer_up(void)
{
    return 0;
}
#endif
