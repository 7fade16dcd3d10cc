/* SPDX-License-Identifier: MIT */
/*
 * Lists that need more than addresses, when nobody listens: mapped in a strict domain, or bounced.
 *
 *   what a list holds   a record of the CPU that builds it, kept for the next list
 *   device pages        cut from a stretch that the CPU has; each range is followed by a page of
 *                       nobody, and the stretch goes back as a whole, so pages rest as they do
 *                       one by one (dma/iova.h)
 *   bounce pages        a few that the CPU keeps
 *
 * A CPU's part is touched only at DISPATCH_LEVEL on that CPU: no lock, and no allocation once there
 * are enough records. Whatever does not fit (long chains, scattered pages to be mapped, memory that
 * is no RAM, a small buffer) takes the long way through list.c, and so does everything in checked
 * runs.
 */
#ifndef DD_HAL_QUICK_H
#define DD_HAL_QUICK_H

#include "hal/hal.h"

/* SCATTER_GATHER_LIST.Reserved: the list's record, marked. Odd, as every list with a record; those
 * with a struct dd_hal_list have bit 0 alone */
#define DD_QUICK_MARK ((ULONG_PTR)5)

struct dd_quick;

/* dd_quick_new - NULL: the policies do not allow it, or no memory; then there is the long way */
struct dd_quick *dd_quick_new(struct dd_hal_adapter *ha);
/* dd_quick_close - the device loses what is left, as dd_hal_adapter_close() does. Stale lists stay
 * harmless until dd_quick_free() */
void dd_quick_close_locked(struct dd_quick *q);
void dd_quick_free(struct dd_quick *q);
/* dd_quick_live - lists a driver still has */
unsigned dd_quick_live_locked(struct dd_quick *q);

/**
 * dd_quick_build - describe a chain in the caller's buffer
 * @cpu: the current one, at DISPATCH_LEVEL
 * @list: 8-byte aligned; written only on success, as far as the list goes
 *
 * Return: true; false, not for us, and nothing is held.
 */
bool dd_quick_build(struct dd_quick *q, unsigned cpu, PMDL mdl, uint64_t len_bytes, enum dd_dir dir,
                    SCATTER_GATHER_LIST *list, uint32_t size_bytes);
/* dd_quick_two - the same for what a send mostly is, when mapped: two MDLs, each in one page of RAM
 * below 4 GiB. @list: room for two elements. To be tried first */
bool dd_quick_two(struct dd_quick *q, unsigned cpu, PMDL mdl, uint64_t len_bytes, enum dd_dir dir,
                  SCATTER_GATHER_LIST *list);
/* dd_quick_put - unmap, copy back. @cpu: the current one, at DISPATCH_LEVEL */
void dd_quick_put(ULONG_PTR word, unsigned cpu);

static inline bool dd_quick_is(ULONG_PTR word)
{
    return (word & 7) == DD_QUICK_MARK;
}

#endif
