/* SPDX-License-Identifier: MIT */
/* One line of the qtest protocol, as QEMU writes it. */
#include "dev/qemu/qtest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* all of @text is one number, C syntax */
static bool parse_number(const char *text, uint64_t *ret_value)
{
    char *end;
    unsigned long long v;

    if (*text < '0' || *text > '9') {
        return false;
    }
    errno = 0;
    v = strtoull(text, &end, 0);
    if (errno != 0 || *end != '\0') {
        return false;
    }
    *ret_value = v;
    return true;
}

static const char *after(const char *text, const char *prefix)
{
    size_t n = strlen(prefix);

    return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

int dd_qtest_parse(const char *text, struct dd_qtest_line *ret_line)
{
    struct dd_qtest_line line = {0};
    const char *rest;

    if (strcmp(text, "OK") == 0) {
        line.kind = DD_QTEST_OK;
    } else if ((rest = after(text, "OK ")) != NULL) {
        line.kind = DD_QTEST_OK;
        line.has_value = true;
        if (!parse_number(rest, &line.value)) {
            return -EPROTO;
        }
    } else if (strcmp(text, "FAIL") == 0 || after(text, "FAIL ") != NULL) {
        line.kind = DD_QTEST_FAIL;
    } else if ((rest = after(text, "IRQ raise ")) != NULL ||
               (rest = after(text, "IRQ lower ")) != NULL) {
        line.kind = DD_QTEST_IRQ;
        line.level = text[4] == 'r';
        if (!parse_number(rest, &line.value) || line.value > UINT16_MAX) {
            return -EPROTO;
        }
    } else {
        return -EPROTO;
    }
    *ret_line = line;
    return 0;
}
