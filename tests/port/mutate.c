/* SPDX-License-Identifier: MIT */
/*
 * Damaged sources: cut anywhere, bytes changed, pieces moved. Whatever the bytes are, the tool
 * ends, and every finding and edit lies inside the file. Every fourth is also shown in every form.
 *
 * usage: port-mutate COUNT SEED FILE...
 */
#include <drydock/port.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES 65536u

static uint64_t state;

static uint32_t random_below(uint32_t limit)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return limit ? (uint32_t)(state >> 33) % limit : 0;
}

static size_t read_file(const char *path, unsigned char *bytes)
{
    FILE *f = fopen(path, "rb");
    size_t n;

    if (!f) {
        perror(path);
        exit(1);
    }
    n = fread(bytes, 1, MAX_BYTES, f);
    fclose(f);
    return n;
}

static size_t damage(unsigned char *p, size_t n)
{
    static const char signs[] = "(){}[]#\"'\\/*,;\n\r\t=&.->0a_";
    uint32_t times = 1 + random_below(6);

    if (random_below(2)) {
        n = random_below((uint32_t)n + 1);
    }
    while (times-- > 0 && n > 0) {
        uint32_t at = random_below((uint32_t)n), len = random_below(40);

        switch (random_below(4)) {
        case 0:
            p[at] = (unsigned char)(1 + random_below(255));
            break;
        case 1:
            p[at] = (unsigned char)signs[random_below(sizeof(signs) - 1)];
            break;
        case 2:
            len = at + len < n ? len : (uint32_t)n - at;
            memmove(p + at, p + at + len, n - at - len);
            n -= len;
            break;
        default:
            len = at + len < n ? len : (uint32_t)n - at;
            memmove(p + random_below((uint32_t)n - len + 1), p + at, len);
            break;
        }
    }
    return n;
}

static void check(const struct drydock_port *port, size_t n)
{
    struct drydock_port_finding f;
    struct drydock_port_edit e;

    for (size_t i = 0; drydock_port_finding_at(port, i, &f); i++) {
        if (f.offset + f.length > n || f.line == 0 || f.column == 0) {
            fprintf(stderr, "a finding outside of the file\n");
            exit(1);
        }
    }
    for (size_t i = 0; drydock_port_edit_at(port, i, &e); i++) {
        if (e.offset + e.length > n) {
            fprintf(stderr, "an edit outside of the file\n");
            exit(1);
        }
    }
}

static void show(struct drydock_port *port, FILE *nowhere)
{
    const char *name;
    char why[256], *text;

    drydock_port_print(port, nowhere, false);
    if (drydock_port_diff(port, nowhere, why, sizeof(why)) < 0 ||
        drydock_port_json(port, nowhere, why, sizeof(why)) < 0 ||
        drydock_port_sarif(port, nowhere, why, sizeof(why)) < 0 ||
        drydock_port_html(port, nowhere, why, sizeof(why)) < 0) {
        fprintf(stderr, "%s\n", why);
        exit(1);
    }
    for (size_t i = 0; (text = drydock_port_skeleton_at(port, i, &name)) != NULL; i++) {
        free(text);
    }
}

int main(int argc, char **argv)
{
    static unsigned char bytes[MAX_BYTES];
    unsigned long count = argc > 3 ? strtoul(argv[1], NULL, 10) : 0;
    unsigned long refused = 0;
    FILE *nowhere = fopen("/dev/null", "w");
    char why[256] = "no memory";

    if (count == 0 || !nowhere) {
        fprintf(stderr, "usage: port-mutate COUNT SEED FILE...\n");
        return 2;
    }
    state = strtoul(argv[2], NULL, 10);
    for (unsigned long i = 0; i < count; i++) {
        struct drydock_port_options o = DRYDOCK_PORT_OPTIONS_INIT;
        size_t n = damage(bytes, read_file(argv[3 + i % (unsigned long)(argc - 3)], bytes));
        struct drydock_port *port;
        int r = -ENOMEM;

        o.force_ndis5 = true;
        port = drydock_port_new(&o);
        if (port) {
            r = drydock_port_add_bytes(port, "mutant.c", bytes, n, why, sizeof(why));
        }
        if (r == -EILSEQ) { /* UTF-16 whose mark was damaged has NUL bytes */
            refused++;
            drydock_port_free(port);
            continue;
        }
        if (r < 0 || drydock_port_analyze(port, why, sizeof(why)) < 0) {
            fprintf(stderr, "input %lu: %s\n", i, why);
            drydock_port_free(port);
            return 1;
        }
        check(port, n);
        if (i % 4 == 0) {
            show(port, nowhere);
        }
        drydock_port_free(port);
    }
    printf("%lu inputs, %lu of them no text\n", count, refused);
    fclose(nowhere);
    return 0;
}
