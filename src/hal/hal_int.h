/* SPDX-License-Identifier: MIT */
/*
 * Inside src/hal.
 *
 *   device.c      devices, adapters, counters
 *   list.c        scatter/gather lists: build, callback, put
 *   track.c       checked runs: which lists a driver has, and had
 *   adapter.c     IoGetDmaAdapter and the DMA_OPERATIONS table
 *   common.c      AllocateCommonBuffer, FreeCommonBuffer
 *   missing.c     members of the table that are not implemented yet: each says so by name
 */
#ifndef DD_HAL_HAL_INT_H
#define DD_HAL_HAL_INT_H

#include "hal/hal.h"

/* dd_list_kill - end a list for a driver that will not, see dd_hal_adapter_close() */
void dd_list_kill_locked(struct dd_hal_list *l);

/* --- track.c --- */
struct dd_hal_graveyard *dd_graveyard_new(void);
void dd_graveyard_free(struct dd_hal_graveyard *g);
/* dd_track_born - a list exists for its object; dd_track_out - the driver gets it */
void dd_track_born_locked(struct dd_hal_device *dev, struct dd_hal_list *l);
void dd_track_out_locked(struct dd_hal_device *dev, struct dd_hal_list *l);
/* dd_track_gone - neither its object nor the driver has it; its memory rests for a while before it
 * is reused */
void dd_track_gone_locked(struct dd_hal_device *dev, struct dd_hal_list *l);
/* dd_track_freed_number - of a list freed lately, or 0 */
uint64_t dd_track_freed_number_locked(struct dd_hal_device *dev, const void *list);
uint64_t dd_track_print(const SCATTER_GATHER_LIST *list, uint32_t elements);

/* --- common.c --- */
unsigned dd_hal_commons_report(struct dd_hal_device *dev, bool failed_init);
PVOID dd_hal_allocate_common(PDMA_ADAPTER DmaAdapter, ULONG Length,
                             PPHYSICAL_ADDRESS LogicalAddress, BOOLEAN CacheEnabled);
VOID dd_hal_free_common(PDMA_ADAPTER DmaAdapter, ULONG Length, PHYSICAL_ADDRESS LogicalAddress,
                        PVOID VirtualAddress, BOOLEAN CacheEnabled);

/* --- missing.c: fills every member that has no implementation --- */
void dd_hal_fill_missing(DMA_OPERATIONS *ops);

/* dd_hal_adapter_of - the adapter behind a DMA_ADAPTER, or NULL */
struct dd_hal_adapter *dd_hal_adapter_of(PDMA_ADAPTER dma);

#endif
