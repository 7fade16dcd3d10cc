/* SPDX-License-Identifier: MIT */
#include "seam/api.h"

#include "base/log.h"

#include <stdlib.h>

static unsigned char irql_unknown(void)
{
    return 0;
}

unsigned char (*dd_api_irql)(void) = irql_unknown;

void (*dd_api_missing_hook)(const char *name, const void *site);

/*
 * Called by a generated stub, which the driver called: the driver's call site is one frame up. The
 * project and its drivers are built with frame pointers, so that frame can be read.
 */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wframe-address"
__attribute__((noinline)) void dd_api_missing(const char *name)
{
    const void *site = __builtin_return_address(1);

    if (dd_api_missing_hook != NULL) {
        dd_api_missing_hook(name, site);
    }
    dd_log(DD_LOG_ERROR, "the driver called %s (from %p), which this version does not provide",
           name, site);
    abort();
}
#pragma GCC diagnostic pop
