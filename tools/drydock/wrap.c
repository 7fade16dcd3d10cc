/* SPDX-License-Identifier: MIT */
/*
 * Text for people, in lines of a given width.
 *
 * Lines that begin with a word and follow each other are one paragraph and are filled anew; a line
 * that begins with blanks is one of its own, and so is an empty one.
 */
#include "commands.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS     80u
#define COLUMNS_MIN 20u

unsigned text_columns(FILE *to)
{
    const char *said = getenv("COLUMNS");
    struct winsize size = {0};
    char *end;
    unsigned long n;

    if (!isatty(fileno(to))) {
        return COLUMNS;
    }
    if (said) {
        n = strtoul(said, &end, 10);
        if (end != said && *end == '\0' && n >= COLUMNS_MIN && n <= 10000) {
            return (unsigned)n;
        }
    }
    if (ioctl(fileno(to), TIOCGWINSZ, &size) == 0 && size.ws_col >= COLUMNS_MIN &&
        size.ws_col < COLUMNS) {
        return size.ws_col;
    }
    return COLUMNS;
}

/* a line under way: @used columns, and where its words begin */
struct line {
    FILE *to;
    size_t columns, indent, used;
};

static void line_end(struct line *l)
{
    if (l->used > 0) {
        putc('\n', l->to);
        l->used = 0;
    }
}

static void put_word(struct line *l, size_t blanks, const char *word, size_t len)
{
    if (l->used > l->indent && l->used + blanks + len > l->columns) {
        line_end(l);
    }
    if (l->used == 0) {
        blanks = l->indent;
    }
    fprintf(l->to, "%*s%.*s", (int)blanks, "", (int)len, word);
    l->used += blanks + len;
}

/* @text up to @end, one line of the text */
static void put_words(struct line *l, const char *text, const char *end)
{
    size_t blanks = 1; /* what was the end of a line before */

    while (text < end) {
        size_t len = strcspn(text, " \n");

        if (len > 0) {
            put_word(l, blanks, text, len);
        }
        text += len;
        blanks = strspn(text, " ");
        text += blanks;
    }
}

void print_wrapped(FILE *to, const char *text, unsigned columns)
{
    struct line l = {.to = to, .columns = columns};

    while (*text) {
        const char *end = text + strcspn(text, "\n");
        size_t indent = strspn(text, " ");

        if (indent > 0 || text == end || l.indent > 0) {
            line_end(&l);
        }
        if (text == end) {
            putc('\n', to);
        }
        l.indent = indent;
        put_words(&l, text + indent, end);
        text = *end ? end + 1 : end;
    }
    line_end(&l);
}
