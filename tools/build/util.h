/* SPDX-License-Identifier: MIT */
/*
 * What the files of this folder share: text that grows, lists of strings, files and paths.
 *
 * Not enough memory ends the program with status 2: nothing here has anything to save.
 */
#ifndef TOOLS_BUILD_UTIL_H
#define TOOLS_BUILD_UTIL_H

#include <stdbool.h>
#include <stddef.h>

void *dd_xrealloc(void *p, size_t bytes);
void *dd_xcalloc(size_t count, size_t bytes);
char *dd_xstrdup(const char *s);
char *dd_xstrndup(const char *s, size_t len);
char *dd_xprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* text that grows; always terminated once anything was added */
struct dd_text {
    char *p;
    size_t len, room;
};
void dd_text_add(struct dd_text *t, const char *s, size_t len);
void dd_text_puts(struct dd_text *t, const char *s);
void dd_text_printf(struct dd_text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void dd_text_done(struct dd_text *t);

/* a list of strings that it owns; items[count] is NULL once anything was added */
struct dd_strings {
    char **items;
    size_t count;
};
void dd_strings_add(struct dd_strings *l, const char *s);
/* takes s over */
void dd_strings_take(struct dd_strings *l, char *s);
/* only what is not there yet */
void dd_strings_add_new(struct dd_strings *l, const char *s);
bool dd_strings_have(const struct dd_strings *l, const char *s);
void dd_strings_done(struct dd_strings *l);

/* dd_file_read - the whole file, or NULL with errno; *ret_len without the terminator */
char *dd_file_read(const char *path, size_t *ret_len);
/* 0 or -errno; the file is written whole */
int dd_file_write(const char *path, const char *data, size_t len);
bool dd_is_folder(const char *path);
bool dd_is_file(const char *path);

/* "dir/name", or name alone when it is absolute or dir is "" or "." */
char *dd_path_join(const char *dir, const char *name);
/* the folder of a path, "." when it names none */
char *dd_path_dir(const char *path);
const char *dd_path_name(const char *path);
/* "." and ".." folded, no double slashes; stays relative */
char *dd_path_clean(const char *path);
char *dd_path_absolute(const char *path);
/* dd_path_find - the file that @path means when the case of letters is no matter and '\' is '/';
 * NULL when there is none. The caller frees */
char *dd_path_find(const char *path);
/* ends with suffix, case ignored */
bool dd_has_suffix(const char *s, const char *suffix);
/* a line for @path:@line without its end, or NULL; the caller frees */
char *dd_file_line(const char *path, unsigned line);

#endif
