/* SPDX-License-Identifier: MIT */
/*
 * drydock port: lines a second on one core, and the most memory, for one large source: the files
 * named, one behind the other, again and again.
 *
 * usage: drydock-bench-port MEGABYTES FILE...    one line of JSON
 *
 * baseline_seconds is what reading the file and counting its lines takes.
 * The source is not a copy in this process but a file, as for a user; peak_bytes is what the
 * process grew to, and limit_bytes what it may: 4 times the file and 16 MiB.
 */
#include <drydock/port.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* processor time: other programs do not count */
static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
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

/* seconds; less than nothing: it cannot be read */
static double count_lines(const char *path)
{
    static char buffer[1u << 16];
    uint64_t start = now_ns(), lines = 0;
    FILE *in = fopen(path, "rb");
    size_t n;

    if (!in) {
        return -1;
    }
    while ((n = fread(buffer, 1, sizeof(buffer), in)) > 0) {
        for (char *p = buffer; (p = memchr(p, '\n', (size_t)(buffer + n - p))) != NULL; p++) {
            lines++;
        }
    }
    fclose(in);
    __asm__ volatile("" ::"r"(lines));
    return (double)(now_ns() - start) / 1e9;
}

/* of this program alone: what getrusage() says includes the one that started it */
static long peak_kib(void)
{
    char line[128];
    FILE *in = fopen("/proc/self/status", "r");
    long kib = -1;

    while (in && kib < 0 && fgets(line, sizeof(line), in)) {
        if (sscanf(line, "VmHWM: %ld", &kib) != 1) {
            kib = -1;
        }
    }
    if (in) {
        fclose(in);
    }
    return kib;
}

int main(int argc, char **argv)
{
    char path[] = "/tmp/port-scan-XXXXXX.c", why[256] = "";
    unsigned long megabytes = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
    int fd = megabytes ? mkstemps(path, 2) : -1;
    FILE *out = fd >= 0 ? fdopen(fd, "wb") : NULL;
    struct drydock_port *port = drydock_port_new(NULL);
    uint64_t start, took;
    double counted;
    size_t bytes;
    int r;

    if (!out || !port) {
        fprintf(stderr, "usage: drydock-bench-port MEGABYTES FILE...\n");
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
    counted = count_lines(path);
    unlink(path);
    if (r < 0) {
        fprintf(stderr, "%s\n", why);
        return 2;
    }
    printf(
        "{\"lines\": %llu, \"bytes\": %zu, \"seconds\": %.4f, \"lines_per_second\": %.0f, "
        "\"baseline_seconds\": %.6f, \"peak_bytes\": %ld, \"limit_bytes\": %zu, \"findings\": %zu}\n",
        (unsigned long long)drydock_port_lines(port), bytes, (double)took / 1e9,
        (double)drydock_port_lines(port) * 1e9 / (double)took, counted, peak_kib() * 1024,
        bytes * 4 + (16u << 20),
        drydock_port_count(port, DRYDOCK_PORT_FIX) + drydock_port_count(port, DRYDOCK_PORT_REVIEW) +
            drydock_port_count(port, DRYDOCK_PORT_MANUAL) +
            drydock_port_count(port, DRYDOCK_PORT_NOTE));
    drydock_port_free(port);
    return 0;
}
