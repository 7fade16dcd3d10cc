/* SPDX-License-Identifier: MIT */
#include "base/check.h"

#include "base/log.h"

#include <stdlib.h>

void dd_assert_failed(const char *expr, const char *file, int line)
{
    dd_log(DD_LOG_ERROR, "drydock is broken: %s does not hold (%s:%d)", expr, file, line);
    abort();
}
