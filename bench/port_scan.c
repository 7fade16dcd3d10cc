/* SPDX-License-Identifier: MIT */
/*
 * drydock port: lines a second on one core, and the most memory, for one large source: the files
 * named, one behind the other, again and again.
 *
 * usage: port-scan MEGABYTES FILE...     one line of JSON: lines_per_second, peak_bytes, ...
 *
 * The source is not a copy in this process but a file, as for a user; peak_bytes is what the
 * process grew to, and limit_bytes what it may: 4 times the file and 16 MiB.
 */
#include <drydock/port.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static size_t write_source(FILE *out, char **files, int count, size_t bytes)
{
    static char buffer[1u << 16];
    size_t total = 0;

    for (int i = 0; total < bytes; i = (i + 1) % count) {
        FILE *in = fopen(files[i], "rb");
        size_t n = in ? fread(buffer, 1, sizeof(buffer), in) : 0;

        if (n == 0 || fwrite(buffer, 1, n, out) != n) {
            fprintf(stderr, "%s: cannot be copied\n", files[i]);
            exit(2);
        }
        fclose(in);
        total += n;
    }
    return total;
}

int main(int argc, char **argv)
{
    char path[] = "/tmp/port-scan-XXXXXX.c", why[256] = "";
    unsigned long megabytes = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
    int fd = megabytes ? mkstemps(path, 2) : -1;
    FILE *out = fd >= 0 ? fdopen(fd, "wb") : NULL;
    struct drydock_port *port = drydock_port_new(NULL);
    struct rusage usage;
    uint64_t start, took;
    size_t bytes;
    int r;

    if (!out || !port) {
        fprintf(stderr, "usage: port-scan MEGABYTES FILE...\n");
        return 2;
    }
    bytes = write_source(out, argv + 2, argc - 2, megabytes << 20);
    fclose(out);
    start = now_ns();
    r = drydock_port_add(port, path, why, sizeof(why));
    if (r == 0) {
        r = drydock_port_analyze(port, why, sizeof(why));
    }
    took = now_ns() - start;
    unlink(path);
    if (r < 0) {
        fprintf(stderr, "%s\n", why);
        return 2;
    }
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"lines\": %llu, \"bytes\": %zu, \"seconds\": %.4f, \"lines_per_second\": %.0f, "
           "\"peak_bytes\": %ld, \"limit_bytes\": %zu, \"findings\": %zu}\n",
           (unsigned long long)drydock_port_lines(port), bytes, (double)took / 1e9,
           (double)drydock_port_lines(port) * 1e9 / (double)took, usage.ru_maxrss * 1024,
           bytes * 4 + (16u << 20),
           drydock_port_count(port, DRYDOCK_PORT_FIX) +
               drydock_port_count(port, DRYDOCK_PORT_REVIEW) +
               drydock_port_count(port, DRYDOCK_PORT_MANUAL) +
               drydock_port_count(port, DRYDOCK_PORT_NOTE));
    drydock_port_free(port);
    return 0;
}
