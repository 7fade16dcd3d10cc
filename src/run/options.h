/* SPDX-License-Identifier: MIT */
#ifndef DD_RUN_OPTIONS_H
#define DD_RUN_OPTIONS_H

#include "run/plan.h"

#include <drydock/drydock.h>

/* dd_options_to_plan - checks everything that can be checked without running. 0 or -Exxx and one
 * line */
int dd_options_to_plan(const struct drydock_options *options, struct dd_plan *ret_plan, char *why,
                       size_t why_bytes);

#endif
