/* SPDX-License-Identifier: MIT */
/* What a linked driver still lacks, and who uses it first; and what of C++ must not be in it. */
#ifndef TOOLS_BUILD_UNRESOLVED_H
#define TOOLS_BUILD_UNRESOLVED_H

#include "util.h"

/* names that @so needs and neither @runner (a program) nor this process's libraries have */
int dd_unresolved_names(const char *so, const char *runner, struct dd_strings *ret_names);

/* dd_first_use - "file.c:12 in Function" for the first use of @name in an object file, or NULL.
 * The caller frees */
char *dd_first_use(const char *object, const char *name);

/* a static constructor of the source's own in an object (not a sanitizer's), or NULL */
char *dd_static_constructor(const char *object);

#endif
