/* SPDX-License-Identifier: MIT */
#ifndef DD_RUN_NEAREST_H
#define DD_RUN_NEAREST_H

#include <stddef.h>

/* dd_nearest - the name with the smallest edit distance to the first @len bytes of @text; @count >
 * 0 */
const char *dd_nearest(const char *text, size_t len, const char *const *names, size_t count);

#endif
