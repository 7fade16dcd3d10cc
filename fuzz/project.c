/* SPDX-License-Identifier: MIT */
/* The readers of project files: a project, or one line that says why not. The first byte chooses
 * which reader. */
#include "fuzz.h"

#include "build/project.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct dd_read_options options;
    struct dd_found found = {0};
    char *text, *why = NULL;
    int e;

    if (size < 1 || size > 20000) {
        return 0;
    }
    text = malloc(size);
    if (!text) {
        return 0;
    }
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    e = data[0] & 1 ? dd_parse_vcxproj("/nowhere/x.vcxproj", text, size - 1, &options, &found, &why)
                    : dd_parse_sources("/nowhere/sources", text, size - 1, &options, &found, &why);
    if ((e == 0) != (why == NULL) || (why && strchr(why, '\n') && !strchr(text, '\n'))) {
        abort();
    }
    free(why);
    dd_found_done(&found);
    free(text);
    return 0;
}
