/* SPDX-License-Identifier: MIT */
/*
 * The DMA core: from memory spans to elements a device can use. No NT types.
 *
 *   span (frame array, offset, length)
 *     -> charge map registers            (policy map-registers)
 *     -> bounce the pages out of reach   (policy bounce, address bits)
 *     -> a device address                (identity, or IOVA pages mapped in the domain)
 *     -> elements                        (policy sgl: merge, merge-iova, per-page, split)
 *
 * src/hal feeds one MDL at a time; elements are written once, straight into the list the driver
 * will see. The core never calls back: releasing map registers returns the requests that can now
 * run, and src/hal queues them as DPCs.
 */
#ifndef DD_DMA_DMA_H
#define DD_DMA_DMA_H

#include "base/list.h"
#include "base/random.h"
#include "dev/domain.h"

enum dd_bounce {
    DD_BOUNCE_AUTO,
    DD_BOUNCE_ALWAYS,
    DD_BOUNCE_NEVER
};
enum dd_sgl_shape {
    DD_SGL_MERGE,
    DD_SGL_MERGE_IOVA,
    DD_SGL_PER_PAGE,
    DD_SGL_SPLIT
};
enum dd_callback_mode {
    DD_CALLBACK_INLINE,
    DD_CALLBACK_DEFERRED,
    DD_CALLBACK_RANDOM
};

/* settings of a run (design section 4); filled by src/run */
struct dd_dma_policy {
    enum dd_domain_mode iommu;
    enum dd_bounce bounce;
    uint32_t map_registers; /* 0: auto, only bounced pages are charged; else the pool */
    uint32_t map_registers_per_transfer; /* 0: auto, from the registration's maximum; else the most
                                            one may need */
    enum dd_callback_mode callback;
    enum dd_sgl_shape sgl;
    bool relocate;         /* never the caller's buffer */
    unsigned address_bits; /* 0: as the driver says; else 24..64: what the device can reach */
    bool checked; /* somebody verifies: keep the side tables that make bad handles harmless */
    uint64_t seed;
    uint64_t shmem_delay_ns; /* how long asynchronous allocations of shared memory take */
};

/* layout of SCATTER_GATHER_ELEMENT (asserted in src/hal), whose memory it is: hence may_alias */
struct dd_sg_elem {
    uint64_t address;
    uint32_t length;
    uint32_t pad;
    uint64_t reserved;
} __attribute__((may_alias));

/* what a run's report says; plain counters, summed over CPUs by dd_dma_stats_sum */
struct dd_dma_stats {
    uint64_t sg_lists_built, sg_lists_freed, sg_elements, sg_elements_max;
    uint64_t deferred_callbacks, other_cpu_callbacks, queued_requests;
    uint64_t bounced_bytes, map_registers_now, map_registers_peak;
    uint64_t shared_memory_bytes_now, shared_memory_bytes_peak, shared_memory_async;
    uint64_t caller_buffers_used, own_buffers_used;
};

/* the rest of this room's interface is between src/dma and src/hal: see dma/core.h */

#endif
