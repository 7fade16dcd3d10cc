/* SPDX-License-Identifier: MIT */
/*
 * NDIS inside Drydock: the objects behind the handles a miniport holds. One file per group of entry
 * points; what they share is here. Handles are pointers to these structures, checked by magic
 * before use, so that a wrong handle is an event and not a crash.
 */
#ifndef DD_NDIS_NDIS_INT_H
#define DD_NDIS_NDIS_INT_H

#include "base/list.h"
#include "base/thread.h"
#include "dev/dev.h"
#include "dma/dma.h"
#include "nt/config.h"
#include "nt/kernel.h"
#include "ram/ram.h"
#include "seam/api.h"
#include "seam/kinds.h"

#include <ndis.h>

#define DD_MAGIC_DRIVER    0x44726976u
#define DD_MAGIC_ADAPTER   0x41647074u
#define DD_MAGIC_SG_HANDLE 0x53474861u
#define DD_MAGIC_POOL      0x4E424C50u

struct dd_adapter;

/* A loaded miniport driver: what NdisMRegisterMiniportDriver made. NdisMiniportDriverHandle points
 * here. */
struct dd_driver {
    uint32_t magic;
    DRIVER_OBJECT *object;
    NDIS_HANDLE context;                        /* MiniportDriverContext */
    NDIS_MINIPORT_DRIVER_CHARACTERISTICS chars; /* zero beyond what the driver's revision has */
    NDIS_MINIPORT_PNP_CHARACTERISTICS pnp;      /* optional handlers; zero when not set */
    unsigned ndis_version;                      /* major << 16 | minor the driver declared */
    bool registered;
    struct dd_key *service_key, *parameters_key;
    struct dd_list adapters; /* dd_adapter.node */
};

/* What stands above the miniport (src/run's edge, or a test). All at the IRQL of the driver's call.
 */
struct dd_upper {
    void *arg;
    /* completed send NBLs, a chain: all valid and the upper edge's again (bad completions never get
     * here) */
    void (*send_complete)(void *arg, PNET_BUFFER_LIST chain, ULONG flags);
    /* indicated NBLs that are well formed. @may_keep: false with NDIS_RECEIVE_FLAGS_RESOURCES. NBLs
     * kept must come back with dd_ndis_return(), once each; returning inside this call is allowed
     */
    void (*receive)(void *arg, PNET_BUFFER_LIST chain, unsigned count, ULONG flags, bool may_keep);
    void (*status)(void *arg, const NDIS_STATUS_INDICATION *indication);
};

/* An adapter: MiniportAdapterHandle points here. */
struct dd_adapter {
    uint32_t magic;
    struct dd_list node;
    struct dd_driver *driver;
    char name[64];
    NDIS_HANDLE context; /* MiniportAdapterContext */
    _Atomic(int) state;  /* enum dd_adapter_state; written under lock */
    struct dd_mutex lock;

    /* hardware */
    struct dd_dev *dev;
    struct dd_domain *domain;
    struct dd_ram *ram;
    unsigned io_index; /* nt/io.h */
    enum dd_irq_mode irq_mode;
    unsigned irq_vectors;
    PNDIS_RESOURCE_LIST resources;
    struct dd_key *software_key, *hardware_key;
    DEVICE_OBJECT *pdo, *fdo, *next_do;

    /* attributes (cached copies) */
    bool have_registration, have_general;
    NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES registration;
    NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES general;
    bool bus_master;
    NDIS_LINK_STATE link;

    /* DMA: src/ndis/sgdma.c, shared_memory.c */
    const struct dd_dma_policy *dma_policy;
    struct dd_dma_stats dma_stats; /* final sums are read with dd_ndis_dma_stats() */
    struct dd_list sg_handles;     /* live registrations */
    /* numbers of lists and shared memory, which name mappings in reports, go on after this one when
     * the adapter is initialized again */
    uint64_t dma_numbers;
    void *sg_state;    /* private to sgdma.c: stale handles, side tables */
    void *shmem_state; /* private to shared_memory.c */

    /* everything else is private to the file that owns it */
    struct dd_adapter_private *priv; /* src/ndis/adapter_priv.h */
    struct dd_upper upper;
};

/* dd_adapter_from_handle / dd_driver_from_handle - NULL when the handle is not one */
struct dd_adapter *dd_adapter_from_handle(NDIS_HANDLE h);
struct dd_driver *dd_driver_from_handle(NDIS_HANDLE h);
/* dd_ndis_owner - any NDIS handle (driver, adapter, generic object) to what groups leak reports;
 * NULL when unknown */
const void *dd_ndis_owner(NDIS_HANDLE h);

/* --- hooks the DMA files give to the state machine (miniport.c) --- */
/* dd_sgdma_adapter_init/done: before MiniportInitializeEx, and after halt: reports what is left as
 * LEAK events (failed_init: as init leaks), force-unmaps it, returns how many leaks */
int dd_sgdma_adapter_init(struct dd_adapter *a);
unsigned dd_sgdma_adapter_done(struct dd_adapter *a, bool failed_init);
int dd_shmem_adapter_init(struct dd_adapter *a);
unsigned dd_shmem_adapter_done(struct dd_adapter *a, bool failed_init);
/* dd_shmem_finish_async - before MiniportHaltEx (PASSIVE): pending asynchronous allocations are
 * completed with NULL, new ones fail; returns when all callbacks have returned */
void dd_shmem_finish_async(struct dd_adapter *a);
/* dd_sgdma_live_sends - lists built with WRITE_TO_DEVICE and not freed */
unsigned dd_sgdma_live_sends(struct dd_adapter *a);
/* dd_sgdma_nbl_completed - an NBL is being completed: returns live lists of its NET_BUFFERs (for
 * the report) */
unsigned dd_sgdma_live_of_nb(struct dd_adapter *a, PNET_BUFFER nb);

#endif
