/* SPDX-License-Identifier: MIT */
/* The pass of drydock build: any text comes out with as many lines as it had, or is refused with a
 * reason. The first byte chooses the language. */
#include "fuzz.h"

#include "build/pass.h"

#include <stdlib.h>
#include <string.h>

static size_t lines(const char *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        n += text[i] == '\n';
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const exempt[] = {"/ours/", NULL};
    struct dd_pass_options o = {.exempt = exempt};
    char *text, *out, *why;
    size_t len;

    if (size < 1 || size > 20000) {
        return 0;
    }
    o.cplusplus = data[0] & 1;
    text = malloc(size);
    if (!text) {
        return 0;
    }
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    out = dd_pass(text, size - 1, &o, &len, &why);
    if (!why && lines(out, len) != lines(text, size - 1)) {
        abort();
    }
    if (why && !why[0]) {
        abort();
    }
    dd_pass_blank_markers(out, len);
    free(why);
    free(out);
    free(text);
    return 0;
}
