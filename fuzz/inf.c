/* SPDX-License-Identifier: MIT */
/* The INF parser: whatever a file holds, it is refused with a reason, or sections, lines and fields
 * can be read. */
#include "fuzz.h"

#include "run/inf_file.h"

#include <stdlib.h>
#include <string.h>

static volatile size_t sink;

static size_t section_bytes(const struct dd_inf_section *s)
{
    size_t n = strlen(s->name);

    for (size_t i = 0; i < s->count; i++) {
        n += s->lines[i].key ? strlen(s->lines[i].key) : 0;
        for (size_t k = 0; k < s->lines[i].count; k++) {
            n += strlen(s->lines[i].fields[k]);
        }
    }
    return n;
}

static void look(const struct dd_inf *inf)
{
    char name[128], description[128];
    size_t n = 0;

    for (size_t i = 0; i < inf->count; i++) {
        const struct dd_inf_section *s = dd_inf_section(inf, inf->sections[i].name);

        if (!s) {
            abort(); /* it is there */
        }
        n += section_bytes(&inf->sections[i]);
    }
    if (dd_inf_install_section(inf, name, sizeof(name), description, sizeof(description)) == 0) {
        n += strlen(name) + strlen(description);
    }
    sink = n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file(data, size);
    struct dd_inf *inf = NULL;
    char why[512] = "";
    int r = path ? dd_inf_read(path, &inf, why, sizeof(why)) : -1;

    if (r == 0) {
        look(inf);
        dd_inf_free(inf);
    } else if (path && !why[0]) {
        abort(); /* refused without a reason */
    }
    return 0;
}
