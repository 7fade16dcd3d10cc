/* SPDX-License-Identifier: MIT */
/* What is compared with what. */
#include "side.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define KEEP(p) __asm__ volatile("" ::"r"(p) : "memory")

/* the sizes of the two objects NdisAllocateNetBufferAndNetBufferList gives */
static void malloc_nbl(PNET_BUFFER *nbs, unsigned mask, uint64_t count)
{
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

/* memory nobody had before: the threshold makes malloc ask the kernel, as it does for the first of
 * any size */
static void malloc_64k(PNET_BUFFER *nbs, unsigned mask, uint64_t count)
{
    (void)nbs;
    (void)mask;
    mallopt(M_MMAP_THRESHOLD, 32768);
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
};
const unsigned bench_count = sizeof(benches) / sizeof(benches[0]);
