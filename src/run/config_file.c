/* SPDX-License-Identifier: MIT */
/* --config FILE: KEYWORD = VALUE lines that override the INF's defaults; # and ; begin comments. */
#include "run/inf_file.h"
#include "run/runner.h"

#include "nt/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *trimmed(char *s)
{
    size_t n;

    s += strspn(s, " \t\r");
    n = strlen(s);
    while (n > 0 && strchr(" \t\r", s[n - 1])) {
        s[--n] = '\0';
    }
    return s;
}

int dd_config_load(const char *path, struct dd_key *software, char *why, size_t why_bytes)
{
    char *text, *line, *next;
    unsigned number = 0;
    int r = dd_text_read(path, &text, why, why_bytes);

    for (line = r == 0 ? text : NULL; line && r == 0; line = next) {
        char *eq;

        next = strchr(line, '\n');
        if (next) {
            *next++ = '\0';
        }
        number++;
        line = trimmed(line);
        eq = strchr(line, '=');
        if (*line == '\0' || *line == '#' || *line == ';') {
            continue;
        }
        if (!eq || eq == line) {
            snprintf(why, why_bytes, "%s:%u: write KEYWORD = VALUE, as in *ReceiveBuffers = 512",
                     path, number);
            r = -EINVAL;
            break;
        }
        *eq = '\0';
        r = dd_key_set_string(software, trimmed(line), trimmed(eq + 1));
    }
    if (number > 0) {
        free(text);
    }
    return r;
}
