/* SPDX-License-Identifier: MIT */
#include "run/inf_file.h"

#include "base/check.h"
#include "nt/config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define MAX_TEXT_BYTES (4u << 20)

/* --- text --- */

static int convert_utf16(char **text, size_t len, bool big_endian)
{
    size_t units = (len - 2) / 2;
    WCHAR *wide = malloc((units + 1) * sizeof(WCHAR));
    char *utf8 = malloc(units * 3 + 1);

    if (!wide || !utf8) {
        free(wide);
        free(utf8);
        return -ENOMEM;
    }
    for (size_t i = 0; i < units; i++) {
        const uint8_t *p = (const uint8_t *)*text + 2 + 2 * i;

        wide[i] = (WCHAR)(big_endian ? p[0] << 8 | p[1] : p[1] << 8 | p[0]);
    }
    dd_utf16_to_utf8(wide, units, utf8, units * 3 + 1);
    free(wide);
    free(*text);
    *text = utf8;
    return 0;
}

static int read_bytes(const char *path, char **ret_text, size_t *ret_len)
{
    FILE *f = fopen(path, "rb");
    struct stat st;
    char *text;

    if (!f) {
        return -errno;
    }
    if (fstat(fileno(f), &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > MAX_TEXT_BYTES) {
        fclose(f);
        return -EFBIG;
    }
    text = calloc(1, (size_t)st.st_size + 1);
    if (!text) {
        fclose(f);
        return -ENOMEM;
    }
    *ret_len = fread(text, 1, (size_t)st.st_size, f);
    fclose(f);
    *ret_text = text;
    return 0;
}

int dd_text_read(const char *path, char **ret_text, char *why, size_t why_bytes)
{
    char *text = NULL;
    size_t len = 0;
    int r = read_bytes(path, &text, &len);

    if (r < 0) {
        snprintf(why, why_bytes, "%s: %s", path,
                 r == -EFBIG ? "not a text file of less than 4 MiB" : strerror(-r));
        return r;
    }
    if (len >= 2 && ((uint8_t)text[0] == 0xff || (uint8_t)text[0] == 0xfe)) {
        r = convert_utf16(&text, len, (uint8_t)text[0] == 0xfe);
    } else if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        memmove(text, text + 3, len - 2);
    } else if (memchr(text, 0, len)) {
        r = -EINVAL;
    }
    if (r < 0) {
        snprintf(why, why_bytes, "%s: not a text file", path);
        free(text);
        return r;
    }
    *ret_text = text;
    return 0;
}

/* --- sections, lines, fields --- */

static char *trim(char *s)
{
    char *end;

    while (isspace((unsigned char)*s)) {
        s++;
    }
    end = s + strlen(s);
    while (end > s && isspace((unsigned char)end[-1])) {
        *--end = '\0';
    }
    return s;
}

/* cut a ; comment that is not inside quotes */
static void cut_comment(char *s)
{
    bool quoted = false;

    for (; *s; s++) {
        if (*s == '"') {
            quoted = !quoted;
        } else if (*s == ';' && !quoted) {
            *s = '\0';
            return;
        }
    }
}

static char *unquoted_char(char *s, char wanted)
{
    bool quoted = false;

    for (; *s; s++) {
        if (*s == '"') {
            quoted = !quoted;
        } else if (*s == wanted && !quoted) {
            return s;
        }
    }
    return NULL;
}

/* a field without its quotes; "" inside quotes is one quote */
static char *unquote(const char *s)
{
    char *out = malloc(strlen(s) + 1), *p = out;
    bool quoted = false;

    for (; out && *s; s++) {
        if (*s != '"') {
            *p++ = *s;
        } else if (quoted && s[1] == '"') {
            *p++ = *s++;
        } else {
            quoted = !quoted;
        }
    }
    if (out) {
        *p = '\0';
    }
    return out;
}

static int add_field(struct dd_inf_line *l, char *text)
{
    char **f = realloc(l->fields, (l->count + 1) * sizeof(*f));

    if (!f) {
        return -ENOMEM;
    }
    l->fields = f;
    f[l->count] = unquote(trim(text));
    return f[l->count++] ? 0 : -ENOMEM;
}

static int parse_line(struct dd_inf_section *s, char *text, unsigned number)
{
    struct dd_inf_line *lines = realloc(s->lines, (s->count + 1) * sizeof(*lines)), *l;
    char *eq = unquoted_char(text, '='), *comma;
    int r = 0;

    if (!lines) {
        return -ENOMEM;
    }
    s->lines = lines;
    l = &lines[s->count++];
    *l = (struct dd_inf_line){.number = number};
    if (eq) {
        *eq = '\0';
        l->key = unquote(trim(text));
        text = eq + 1;
    }
    while (r == 0 && (comma = unquoted_char(text, ',')) != NULL) {
        *comma = '\0';
        r = add_field(l, text);
        text = comma + 1;
    }
    return r == 0 ? add_field(l, text) : r;
}

static struct dd_inf_section *find_or_add(struct dd_inf *inf, const char *name)
{
    struct dd_inf_section *s = (struct dd_inf_section *)dd_inf_section(inf, name);

    if (s) {
        return s;
    }
    s = realloc(inf->sections, (inf->count + 1) * sizeof(*s));
    if (!s) {
        return NULL;
    }
    inf->sections = s;
    s = &s[inf->count];
    *s = (struct dd_inf_section){.name = strdup(name)};
    if (!s->name) {
        return NULL;
    }
    inf->count++;
    return s;
}

/* --- %strings% --- */

static const char *string_of(const struct dd_inf *inf, const char *token, size_t len)
{
    const struct dd_inf_section *s = dd_inf_section(inf, "Strings");

    for (size_t i = 0; s && i < s->count; i++) {
        const struct dd_inf_line *l = &s->lines[i];

        if (l->key && strlen(l->key) == len && strncasecmp(l->key, token, len) == 0 &&
            l->count > 0) {
            return l->fields[0];
        }
    }
    return NULL;
}

/* replace %token% in *field; unknown tokens stay */
static int expand(const struct dd_inf *inf, char **field)
{
    char *open = strchr(*field, '%'), *close = open ? strchr(open + 1, '%') : NULL, *text;
    const char *value;
    size_t len;

    if (!close || !(value = string_of(inf, open + 1, (size_t)(close - open - 1)))) {
        return 0;
    }
    len = strlen(*field) + strlen(value) + 1;
    text = malloc(len);
    if (!text) {
        return -ENOMEM;
    }
    snprintf(text, len, "%.*s%s%s", (int)(open - *field), *field, value, close + 1);
    free(*field);
    *field = text;
    return 0;
}

static int expand_all(struct dd_inf *inf)
{
    for (size_t i = 0; i < inf->count; i++) {
        for (size_t k = 0; k < inf->sections[i].count; k++) {
            struct dd_inf_line *l = &inf->sections[i].lines[k];

            if (l->key && strcasecmp(inf->sections[i].name, "Strings") != 0 &&
                expand(inf, &l->key) < 0) {
                return -ENOMEM;
            }
            for (size_t n = 0; n < l->count; n++) {
                if (expand(inf, &l->fields[n]) < 0) {
                    return -ENOMEM;
                }
            }
        }
    }
    return 0;
}

static int parse(struct dd_inf *inf, char *text, const char *path, char *why, size_t why_bytes)
{
    struct dd_inf_section *section = NULL;
    unsigned number = 0;
    char *next;

    for (char *line = text; line; line = next) {
        next = strchr(line, '\n');
        if (next) {
            *next++ = '\0';
        }
        number++;
        cut_comment(line);
        line = trim(line);
        if (*line == '[') {
            char *end = strchr(line, ']');

            if (!end) {
                snprintf(why, why_bytes, "%s:%u: section name without ]", path, number);
                return -EINVAL;
            }
            *end = '\0';
            section = find_or_add(inf, trim(line + 1));
        } else if (*line && section) {
            if (parse_line(section, line, number) < 0) {
                return -ENOMEM;
            }
        } else if (*line) {
            snprintf(why, why_bytes, "%s:%u: text before the first [section]; is this an INF?",
                     path, number);
            return -EINVAL;
        }
    }
    return 0;
}

int dd_inf_read(const char *path, struct dd_inf **ret_inf, char *why, size_t why_bytes)
{
    struct dd_inf *inf = calloc(1, sizeof(*inf));
    char *text;
    int r = inf ? dd_text_read(path, &text, why, why_bytes) : -ENOMEM;

    if (r < 0) {
        free(inf);
        return r;
    }
    r = parse(inf, text, path, why, why_bytes);
    free(text);
    if (r == 0) {
        r = expand_all(inf);
    }
    if (r < 0) {
        dd_inf_free(inf);
        return r;
    }
    *ret_inf = inf;
    return 0;
}

void dd_inf_free(struct dd_inf *inf)
{
    for (size_t i = 0; inf && i < inf->count; i++) {
        struct dd_inf_section *s = &inf->sections[i];

        for (size_t k = 0; k < s->count; k++) {
            for (size_t n = 0; n < s->lines[k].count; n++) {
                free(s->lines[k].fields[n]);
            }
            free(s->lines[k].fields);
            free(s->lines[k].key);
        }
        free(s->lines);
        free(s->name);
    }
    if (inf) {
        free(inf->sections);
    }
    free(inf);
}

const struct dd_inf_section *dd_inf_section(const struct dd_inf *inf, const char *name)
{
    for (size_t i = 0; i < inf->count; i++) {
        if (strcasecmp(inf->sections[i].name, name) == 0) {
            return &inf->sections[i];
        }
    }
    return NULL;
}

/* --- the way to the install section --- */

/* NT$ARCH$ is how a driver's tree spells it: the Windows build fills in the architecture */
static bool is_for_amd64(const char *decoration)
{
    return strncasecmp(decoration, "NTamd64", 7) == 0 ||
           strncasecmp(decoration, "NT$ARCH$", 8) == 0;
}

static const struct dd_inf_section *models_section(const struct dd_inf *inf,
                                                   const struct dd_inf_line *maker)
{
    const struct dd_inf_section *best = NULL;
    char name[256];

    /* decorations after the name: the last one of this architecture wins, as the newest system
     * would choose */
    for (size_t i = 1; i < maker->count; i++) {
        if (is_for_amd64(maker->fields[i])) {
            snprintf(name, sizeof(name), "%s.%s", maker->fields[0], maker->fields[i]);
            best = dd_inf_section(inf, name) ? dd_inf_section(inf, name) : best;
        }
    }
    return best ? best : dd_inf_section(inf, maker->fields[0]);
}

static const char *const decorations[] = {".NTamd64", ".NT", ""};

int dd_inf_install_section(const struct dd_inf *inf, char *ret_name, size_t name_bytes,
                           char *ret_description, size_t description_bytes)
{
    const struct dd_inf_section *makers = dd_inf_section(inf, "Manufacturer"), *models;

    for (size_t i = 0; makers && i < makers->count; i++) {
        models = makers->lines[i].count ? models_section(inf, &makers->lines[i]) : NULL;
        for (size_t k = 0; models && k < models->count; k++) {
            const struct dd_inf_line *l = &models->lines[k];

            for (size_t d = 0; l->count > 0 && d < DD_ARRAY_LEN(decorations); d++) {
                snprintf(ret_name, name_bytes, "%s%s", l->fields[0], decorations[d]);
                if (dd_inf_section(inf, ret_name)) {
                    snprintf(ret_description, description_bytes, "%s", l->key ? l->key : "");
                    return 0;
                }
            }
        }
    }
    return -ENOENT;
}
