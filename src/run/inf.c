/* SPDX-License-Identifier: MIT */
/*
 * The driver's INF: what Windows would have put into the registry when it installed the driver.
 *
 *   [Manufacturer] -> models section (.NTamd64 first) -> install section -> AddReg sections   ->
 * software key <install>.HW AddReg                 -> hardware key <install>.Services -> AddReg ->
 * service key
 *
 * Values under Ndi\params\<keyword> with a "default" become the keyword's value in the software
 * key, as the network class installer does. Strings of the form %token% come from [Strings]. Also
 * *IfType, *MediaType, *PhysicalMediaType and Characteristics of the install section itself.
 *
 * --config FILE is simpler: KEYWORD = VALUE lines, # and ; begin comments.
 */
#include "run/inf_file.h"
#include "run/runner.h"

#include "nt/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define REG_BINARY_FLAG 0x1u
#define REG_MULTI_FLAG  0x10000u
#define REG_EXPAND_FLAG 0x20000u
#define REG_DWORD_FLAG  0x10001u

static int add_binary(struct dd_key *key, const char *name, const struct dd_inf_line *l)
{
    uint8_t bytes[256];
    size_t n = 0;

    for (size_t i = 4; i < l->count && n < sizeof(bytes); i++) {
        bytes[n++] = (uint8_t)strtoul(l->fields[i], NULL, 16);
    }
    return dd_key_set(key, name, REG_BINARY, bytes, n);
}

static int add_multi(struct dd_key *key, const char *name, const struct dd_inf_line *l)
{
    WCHAR text[1024];
    size_t n = 0;

    for (size_t i = 4; i < l->count && n < 900; i++) {
        n += dd_utf8_to_utf16(l->fields[i], text + n, 1000 - n) + 1;
    }
    text[n++] = 0;
    return dd_key_set(key, name, REG_MULTI_SZ, text, n * sizeof(WCHAR));
}

static int add_value(struct dd_key *key, const struct dd_inf_line *l)
{
    const char *name = l->count > 2 ? l->fields[2] : "", *value = l->count > 4 ? l->fields[4] : "";
    unsigned long flags = l->count > 3 ? strtoul(l->fields[3], NULL, 0) : 0;

    if ((flags & REG_DWORD_FLAG) == REG_DWORD_FLAG) {
        return dd_key_set_dword(key, name, (uint32_t)strtoul(value, NULL, 0));
    }
    if (flags & REG_BINARY_FLAG) {
        return add_binary(key, name, l);
    }
    return flags & REG_MULTI_FLAG ? add_multi(key, name, l) : dd_key_set_string(key, name, value);
}

/* Ndi\params\<keyword>, default -> <keyword> in the software key, unless AddReg gives it itself */
static int add_default(struct dd_key *software, const struct dd_inf_line *l)
{
    static const char params[] = "Ndi\\params\\";
    uint32_t type;
    const void *data;
    size_t len;

    if (l->count < 5 || strncasecmp(l->fields[1], params, sizeof(params) - 1) != 0 ||
        strcasecmp(l->fields[2], "default") != 0) {
        return 0;
    }
    const char *keyword = l->fields[1] + sizeof(params) - 1;

    if (strchr(keyword, '\\') || dd_key_get(software, keyword, &type, &data, &len) == 0) {
        return 0;
    }
    return dd_key_set_string(software, keyword, l->fields[4]);
}

static int add_line(struct dd_key *key, const struct dd_inf_line *l)
{
    struct dd_key *sub = key;

    if (l->count == 0 || (strcasecmp(l->fields[0], "HKR") != 0)) {
        return 0; /* other roots are not the driver's */
    }
    if (l->count > 1 && l->fields[1][0]) {
        char path[512];

        snprintf(path, sizeof(path), "%s/%s", dd_key_path(key), l->fields[1]);
        sub = dd_key_open(path, true);
    }
    if (!sub) {
        return -ENOMEM;
    }
    return l->count > 2 ? add_value(sub, l) : 0;
}

static int add_sections(struct dd_inf *inf, const char *names_key, const char *section,
                        struct dd_key *key, bool defaults)
{
    const struct dd_inf_section *s = dd_inf_section(inf, section);
    int r = 0;

    for (size_t i = 0; s && i < s->count; i++) {
        const struct dd_inf_line *l = &s->lines[i];

        if (!l->key || strcasecmp(l->key, names_key) != 0) {
            continue;
        }
        for (size_t k = 0; r == 0 && k < l->count; k++) {
            const struct dd_inf_section *reg = dd_inf_section(inf, l->fields[k]);

            for (size_t n = 0; reg && r == 0 && n < reg->count; n++) {
                r = add_line(key, &reg->lines[n]);
            }
            for (size_t n = 0; reg && defaults && r == 0 && n < reg->count; n++) {
                r = add_default(key, &reg->lines[n]);
            }
        }
    }
    return r;
}

static int add_directives(struct dd_inf *inf, const char *section, struct dd_key *software)
{
    static const char *const names[] = {"*IfType", "*MediaType", "*PhysicalMediaType",
                                        "Characteristics", "BusType"};
    const struct dd_inf_section *s = dd_inf_section(inf, section);
    int r = 0;

    for (size_t i = 0; s && i < s->count; i++) {
        const struct dd_inf_line *l = &s->lines[i];

        for (size_t k = 0; r == 0 && l->key && l->count > 0 && k < sizeof(names) / sizeof(names[0]);
             k++) {
            if (strcasecmp(l->key, names[k]) == 0) {
                r = dd_key_set_dword(software, names[k], (uint32_t)strtoul(l->fields[0], NULL, 0));
            }
        }
    }
    return r;
}

/* AddService = name, flags, service-section: AddReg lines of the service section */
static int add_services(struct dd_inf *inf, const char *install, struct dd_key *service)
{
    char name[160];
    const struct dd_inf_section *s;
    int r = 0;

    snprintf(name, sizeof(name), "%s.Services", install);
    s = dd_inf_section(inf, name);
    for (size_t i = 0; s && r == 0 && i < s->count; i++) {
        const struct dd_inf_line *l = &s->lines[i];

        if (l->key && strcasecmp(l->key, "AddService") == 0 && l->count > 2) {
            r = add_sections(inf, "AddReg", l->fields[2], service, false);
        }
    }
    return r;
}

int dd_inf_load(const char *path, struct dd_key *software, struct dd_key *hardware,
                struct dd_key *service, char *why, size_t why_bytes)
{
    struct dd_inf *inf;
    char install[128], hw[136], description[256];
    int r = dd_inf_read(path, &inf, why, why_bytes);

    if (r < 0) {
        return r;
    }
    r = dd_inf_install_section(inf, install, sizeof(install), description, sizeof(description));
    if (r < 0) {
        snprintf(
            why, why_bytes,
            "%s: no install section is reachable from [Manufacturer]; is it a network driver's INF?",
            path);
        goto done;
    }
    snprintf(hw, sizeof(hw), "%s.HW", install);
    r = dd_key_set_string(software, "DriverDesc", description);
    if (r == 0) {
        r = add_directives(inf, install, software);
    }
    if (r == 0) {
        r = add_sections(inf, "AddReg", install, software, true);
    }
    if (r == 0) {
        r = add_sections(inf, "AddReg", hw, hardware, false);
    }
    if (r == 0) {
        r = add_services(inf, install, service);
    }
    if (r < 0) {
        snprintf(why, why_bytes, "%s: cannot be put into the registry: %s", path, strerror(-r));
    }

done:
    dd_inf_free(inf);
    return r;
}
