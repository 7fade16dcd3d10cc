/* SPDX-License-Identifier: MIT */
/*
 * The driver's files as the compiler shall see them: names without case, .tmh files that nobody
 * has, UTF-16 sources as UTF-8. A list of such files for clang's -ivfsoverlay; nothing is written
 * into the driver's tree.
 */
#ifndef TOOLS_BUILD_OVERLAY_H
#define TOOLS_BUILD_OVERLAY_H

#include "project.h"

/* dd_overlay_write - the list, at <work>/overlay.yaml
 * @roots: folders that are seen with everything below them; absolute
 * @shallow: the same, but only the folders in them, not what is below those
 * @provides: NAME=FILE: a file of that name in every root
 * @work: folder for what is made
 * Return: 0; -1 with *ret_why */
int dd_overlay_write(const struct dd_strings *roots, const struct dd_strings *shallow,
                     const struct dd_strings *provides, const char *tmh, const char *work,
                     char **ret_path, char **ret_why);

/* dd_wpp_text - what every .tmh file says: the trace functions of all projects, as nothing, or
 * (@print) as DbgPrint */
char *dd_wpp_text(const struct dd_found *found, bool print);
/* the names in FUNC lines of a text, added to @names; and to @at, as in project.h */
void dd_wpp_scan(const char *text, struct dd_strings *names, struct dd_strings *at);

/* dd_from_utf16 - NULL when @data does not begin with a UTF-16 byte order mark */
char *dd_from_utf16(const unsigned char *data, size_t len, size_t *ret_len);

#endif
