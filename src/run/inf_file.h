/* SPDX-License-Identifier: MIT */
/* The text of an INF: sections, lines, fields, %strings%. Knows nothing of the registry. */
#ifndef DD_RUN_INF_FILE_H
#define DD_RUN_INF_FILE_H

#include <stddef.h>

struct dd_inf_line {
    char *key;     /* before "="; NULL when there is none */
    char **fields; /* comma separated, unquoted, %tokens% replaced; "" when empty */
    size_t count;
    unsigned number;
};

struct dd_inf_section {
    char *name;
    struct dd_inf_line *lines;
    size_t count;
};

struct dd_inf {
    struct dd_inf_section *sections;
    size_t count;
};

/* dd_inf_read - ASCII, UTF-8 or UTF-16; 0 or -Exxx with file and line in @why */
int dd_inf_read(const char *path, struct dd_inf **ret_inf, char *why, size_t why_bytes);
void dd_inf_free(struct dd_inf *inf);
/* dd_inf_section - by name, case ignored; sections of one name are merged; NULL: none */
const struct dd_inf_section *dd_inf_section(const struct dd_inf *inf, const char *name);
/* dd_inf_install_section - of the first model, decorated (.NTamd64) forms first. 0 or -ENOENT */
int dd_inf_install_section(const struct dd_inf *inf, char *ret_name, size_t name_bytes,
                           char *ret_description, size_t description_bytes);
/* dd_text_read - a whole text file as UTF-8, terminated; UTF-16 with a byte order mark is converted
 */
int dd_text_read(const char *path, char **ret_text, char *why, size_t why_bytes);

#endif
