/* SPDX-License-Identifier: MIT */
/* Properties and conditions of MSBuild, as far as driver projects use them. */
#include "project.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const char *dd_msbuild_get(const struct dd_msbuild *m, const char *name)
{
    for (size_t i = m->names.count; i-- > 0;) {
        if (strcasecmp(m->names.items[i], name) == 0) {
            return m->values.items[i];
        }
    }
    return NULL;
}

void dd_msbuild_set(struct dd_msbuild *m, const char *name, const char *value)
{
    for (size_t i = 0; i < m->names.count; i++) {
        if (strcasecmp(m->names.items[i], name) == 0) {
            free(m->values.items[i]);
            m->values.items[i] = dd_xstrdup(value);
            return;
        }
    }
    dd_strings_add(&m->names, name);
    dd_strings_add(&m->values, value);
}

void dd_msbuild_done(struct dd_msbuild *m)
{
    dd_strings_done(&m->names);
    dd_strings_done(&m->values);
    dd_strings_done(&m->warned);
    free(m->this_folder);
    m->this_folder = NULL;
}

static void tell(struct dd_msbuild *m, char *line)
{
    if (!dd_strings_have(&m->warned, line)) {
        dd_strings_add(&m->warned, line);
        dd_strings_add(&m->found->notes, line);
    }
    free(line);
}

static void put_property(struct dd_msbuild *m, struct dd_text *out, const char *name,
                         const char *where)
{
    const char *value = NULL;

    if (name[0] == '[' || strchr(name, '.')) {
        tell(m, dd_xprintf("$(%s) is a function; taken as empty", name));
    } else if (strcasecmp(name, "MSBuildThisFileDirectory") == 0) {
        value = m->this_folder;
    } else {
        value = dd_msbuild_get(m, name);
        if (!value && where) {
            tell(m, dd_xprintf("%s uses $(%s), which nothing sets; give --prop %s=VALUE", where,
                               name, name));
        }
    }
    dd_text_puts(out, value ? value : "");
}

/* the place behind the parenthesis that closes the one at @open */
static const char *close_of(const char *open)
{
    int depth = 0;

    for (; *open; open++) {
        depth += *open == '(' ? 1 : *open == ')' ? -1 : 0;
        if (depth == 0) {
            return open;
        }
    }
    return NULL;
}

char *dd_msbuild_expand(struct dd_msbuild *m, const char *text, const char *where)
{
    struct dd_text out = {0};

    dd_text_add(&out, "", 0);
    while (*text) {
        const char *end =
            (*text == '$' || *text == '@') && text[1] == '(' ? close_of(text + 1) : NULL;

        if (!end) {
            dd_text_add(&out, text++, 1);
            continue;
        }
        if (*text == '$') {
            char *name = dd_xstrndup(text + 2, (size_t)(end - text - 2));

            put_property(m, &out, name, where);
            free(name);
        }
        text = end + 1;
    }
    return out.p;
}

/* ---- conditions: or < and < ! < comparison --------------------------------------------------- */

struct condition {
    struct dd_msbuild *m;
    const char *at;
    bool bad;
    unsigned depth;
};

static bool parse_or(struct condition *c);

static void blanks(struct condition *c)
{
    while (isspace((unsigned char)*c->at)) {
        c->at++;
    }
}

static bool take(struct condition *c, const char *word)
{
    size_t n = strlen(word);

    blanks(c);
    if (strncasecmp(c->at, word, n) != 0 ||
        (isalpha((unsigned char)word[0]) && isalnum((unsigned char)c->at[n]))) {
        return false;
    }
    c->at += n;
    return true;
}

/* 'text', or a bare word; expanded. The caller frees */
static char *operand(struct condition *c)
{
    const char *start;
    char *raw, *value;

    blanks(c);
    if (*c->at == '\'') {
        start = ++c->at;
        c->at += strcspn(c->at, "'");
        raw = dd_xstrndup(start, (size_t)(c->at - start));
        c->bad |= *c->at != '\'';
        c->at += *c->at == '\'';
    } else {
        start = c->at;
        while (*c->at && !isspace((unsigned char)*c->at) && !strchr("=!<>')", *c->at)) {
            const char *end = *c->at == '$' && c->at[1] == '(' ? close_of(c->at + 1) : NULL;

            c->at = end ? end + 1 : c->at + 1;
        }
        raw = dd_xstrndup(start, (size_t)(c->at - start));
        c->bad |= c->at == start;
    }
    value = dd_msbuild_expand(c->m, raw, NULL);
    free(raw);
    return value;
}

static bool exists(struct condition *c)
{
    char *name, *joined, *path;
    bool there;

    if (!take(c, "(")) {
        c->bad = true;
        return false;
    }
    name = operand(c);
    c->bad |= !take(c, ")");
    joined = dd_path_join(c->m->this_folder ? c->m->this_folder : "", name);
    path = name[0] ? dd_path_find(joined) : NULL;
    there = path != NULL;
    free(path);
    free(joined);
    free(name);
    return there;
}

static bool parse_comparison(struct condition *c)
{
    bool equal, negative, result;
    char *left, *right;

    left = operand(c);
    negative = take(c, "!=");
    if (!negative && !take(c, "==")) {
        static const char *const order[] = {"<=", ">=", "<", ">"};

        for (size_t i = 0; i < 4; i++) {
            if (take(c, order[i])) {
                double a = strtod(left, NULL), b;

                right = operand(c);
                b = strtod(right, NULL);
                result = i == 0 ? a <= b : i == 1 ? a >= b : i == 2 ? a < b : a > b;
                free(left);
                free(right);
                return result;
            }
        }
        result = strcasecmp(left, "true") == 0;
        c->bad |= !result && strcasecmp(left, "false") != 0 && left[0] != '\0';
        free(left);
        return result;
    }
    right = operand(c);
    equal = strcasecmp(left, right) == 0;
    free(left);
    free(right);
    return negative ? !equal : equal;
}

static bool parse_not(struct condition *c)
{
    bool result;

    blanks(c);
    if (c->bad || ++c->depth > 100) {
        c->bad = true;
        return false;
    }
    if (*c->at == '!' && c->at[1] != '=') {
        c->at++;
        result = !parse_not(c);
    } else if (take(c, "(")) {
        result = parse_or(c);
        c->bad |= !take(c, ")");
    } else if (take(c, "exists")) {
        result = exists(c);
    } else if (take(c, "hastrailingslash")) {
        exists(c);
        result = true;
    } else {
        result = parse_comparison(c);
    }
    c->depth--;
    return result;
}

static bool parse_and(struct condition *c)
{
    bool result = parse_not(c);

    while (!c->bad && take(c, "and")) {
        result = parse_not(c) && result;
    }
    return result;
}

static bool parse_or(struct condition *c)
{
    bool result = parse_and(c);

    while (!c->bad && take(c, "or")) {
        result = parse_and(c) || result;
    }
    return result;
}

bool dd_msbuild_condition(struct dd_msbuild *m, const char *text)
{
    struct condition c = {.m = m, .at = text};
    bool result;

    blanks(&c);
    if (*c.at == '\0') {
        return true;
    }
    result = parse_or(&c);
    blanks(&c);
    if (c.bad || *c.at) {
        tell(m, dd_xprintf("condition not understood, taken as false: %s", text));
        return false;
    }
    return result;
}
