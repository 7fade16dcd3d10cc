/* SPDX-License-Identifier: MIT */
/* Pool memory and MDLs, for the rooms above. Pool comes from emulated RAM (shuffled arena). */
#ifndef DD_NT_POOL_H
#define DD_NT_POOL_H

#include "ram/ram.h"
#include "seam/kinds.h"

#include <ntddk.h>

/* dd_pool_alloc - @owner groups blocks for leak reports (adapter, driver); NULL: the driver at
 * large.
 * @kind: what to call it in a leak report (DD_LEAK_POOL, ...). Poisoned, not zeroed. NULL: no
 * memory, or the fault injector (DD_FAIL_POOL) said so */
void *dd_pool_alloc(size_t size_bytes, uint32_t tag, const void *owner, enum dd_leak kind,
                    const void *site);
/* dd_pool_free - @tag 0: not compared. Wrong pointers are POOL_BAD_FREE events and nothing happens
 */
void dd_pool_free(void *ptr, uint32_t tag, const void *site);
/* dd_pool_report_leaks - a LEAK event for each live block of @owner (NULL: all), returns how many;
 * they are freed */
unsigned dd_pool_report_leaks(const void *owner, bool failed_init);
uint64_t dd_pool_live_bytes(void);
/* dd_leak_name - "pool memory", "MDL" ...: the kind string of LEAK events */
const char *dd_leak_name(enum dd_leak kind);

/* dd_mdl_new - an MDL with its frame array over @va. Frames of memory that is not RAM are
 * DD_PFN_NOT_RAM. Marks one contiguous run in MdlFlags' reserved bit (DD_MDL_RUN). NULL: no
 * memory or DD_FAIL_MDL */
PMDL dd_mdl_new(void *va, ULONG length, const void *owner, const void *site);
void dd_mdl_build(PMDL mdl); /* MmBuildMdlForNonPagedPool */
void dd_mdl_free(PMDL mdl, const void *site);
#define DD_PFN_NOT_RAM ((PFN_NUMBER)1 << 50)
static inline PFN_NUMBER *dd_mdl_frames(PMDL mdl)
{
    return (PFN_NUMBER *)(mdl + 1);
}
/*
 * DD_MDL_RUN in MdlFlags (include/nt/wdm/mdl.h): the frames of the MDL's range are adjacent, and
 * RAM. Set where frames are filled in or copied (dd_mdl_build, MmProbeAndLockPages,
 * IoBuildPartialMdl), cleared where a driver asks for the frames, which it may write
 * (MmGetMdlPfnArray), and by MmInitializeMdl. A range that only becomes shorter, as with
 * NdisAdjustMdlLength, is still one run. A driver that writes behind the MDL without asking is not
 * seen.
 */
/* dd_mdl_report_leaks - as dd_pool_report_leaks */
unsigned dd_mdl_report_leaks(const void *owner, bool failed_init);

#endif
