/* SPDX-License-Identifier: MIT */
/* The table of Windows entry points, generated from src/api.list. */
#ifndef DD_SEAM_API_H
#define DD_SEAM_API_H

#include "seam/api_ids.h" /* generated: enum dd_api_id */
#include "seam/seam.h"

struct dd_api_info {
    const char *name;
    const char *since;                /* NDIS level, or "wdm" */
    unsigned char irql_min, irql_max; /* allowed, inclusive; 0..15 when any */
    unsigned char done;
};

extern const struct dd_api_info dd_api_table[];

/* IRQL of the running context, set by src/nt when it starts; 0 before */
extern unsigned char (*dd_api_irql)(void);

/* dd_api_missing - a driver called a name that is not implemented: says so by name and ends the
 * driver's run */
_Noreturn void dd_api_missing(const char *name);
/* called by dd_api_missing() before it ends the process; NULL: prints to standard error and aborts
 */
extern void (*dd_api_missing_hook)(const char *name, const void *site);

/* first statement of every Windows entry point */
#define DD_API(name)                                                                               \
    DD_SEAM(.kind = DD_EV_API, .site = __builtin_return_address(0), .a = DD_API_##name,            \
            .b = dd_api_irql())

/* the driver's call site, inside a Windows entry point */
#define DD_SITE() (__builtin_return_address(0))

#endif
