/* SPDX-License-Identifier: MIT */
/* doctor: what works here, what is missing and how to get it. */
#include "commands.h"

#include <drydock/drydock.h>

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TUN           "/dev/net/tun"
#define CAP_NET_ADMIN 12u
#define CAP_SYS_ADMIN 21u

static bool on_path(const char *program)
{
    const char *path = getenv("PATH");
    char *copy = path ? strdup(path) : NULL, *rest = copy, *dir, file[4096];
    bool found = false;

    while (!found && rest && (dir = strsep(&rest, ":")) != NULL) {
        snprintf(file, sizeof(file), "%s/%s", dir, program);
        found = access(file, X_OK) == 0;
    }
    free(copy);
    return found;
}

static void say(bool ok, const char *what, const char *advice)
{
    printf("%-4s %s%s%s\n", ok ? "ok" : "miss", what, ok ? "" : ": ", ok ? "" : advice);
}

/* --- what every run and build needs --- */

static bool check_runner(void)
{
    const char *dir = program_dir(), *given = getenv("DRYDOCK_RUNNER");
    char runner[4096];
    bool ok;

    snprintf(runner, sizeof(runner), "%s/drydock-runner", dir ? dir : ".");
    ok = access(given ? given : runner, X_OK) == 0;
    say(ok, "drydock-runner beside drydock (drydock run)",
        given ? "DRYDOCK_RUNNER names no program" : "build again with `make`");
    return ok;
}

static bool check_headers(void)
{
    const char *dir = header_dir();
    char file[4096];
    bool ok;

    snprintf(file, sizeof(file), "%s/ndis.h", dir ? dir : "");
    ok = dir && access(file, R_OK) == 0;
    say(ok, "Windows headers (drydock build)",
        "set DRYDOCK_INCLUDE to include/nt of the source tree");
    return ok;
}

static bool check_compiler(void)
{
    bool ok = on_path("clang");

    say(ok, "clang (drydock build)", "apt install clang libclang-rt-dev");
    return ok;
}

/* --- devices --- */

static void check_devices(void)
{
    struct drydock_entry e, first = {0};
    size_t here = 0, soft = 0;

    for (size_t i = 0; drydock_device_at(i, &e); i++) {
        bool qemu = strncmp(e.name, "qemu:", 5) == 0;

        soft += !qemu && e.available;
        here += qemu && e.available;
        if (qemu && (!first.name || strcmp(e.name, "qemu:e1000e") == 0)) {
            first = e;
        }
    }
    printf("ok   %zu devices inside the process (drydock run --device soft:e1000e)\n", soft);
    if (here > 0) {
        printf("ok   %zu network cards of QEMU (drydock run --device %s: %s)\n", here, first.name,
               first.what);
    } else {
        say(false, "network cards of QEMU (drydock run --device qemu:e1000e), optional",
            first.name && first.detail[0] ? first.detail
                                          : "apt install --no-install-recommends qemu-system-x86");
    }
}

/* --- the Linux interface --- */

static bool capable(unsigned capability)
{
    FILE *file = fopen("/proc/self/status", "re");
    char line[256];
    uint64_t set = 0;

    while (file && fgets(line, sizeof(line), file)) {
        if (sscanf(line, "CapEff: %" SCNx64, &set) == 1) {
            break;
        }
    }
    if (file) {
        fclose(file);
    }
    return (set >> capability & 1) != 0;
}

static const char *tun_trouble(void)
{
    int fd = open(TUN, O_RDWR | O_CLOEXEC);

    if (fd >= 0) {
        close(fd);
        return NULL;
    }
    switch (errno) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
        return "no " TUN "; `modprobe tun`, and in a container start it with --device " TUN;
    case EACCES:
    case EPERM:
        return TUN " may not be opened; run as root";
    default:
        return TUN " cannot be opened";
    }
}

static void check_network(void)
{
    const char *trouble = tun_trouble();
    bool admin = capable(CAP_NET_ADMIN);

    say(!trouble, "tap interfaces of the kernel (--tap, --wire tap:), optional",
        trouble ? trouble : "");
    say(admin, "the right to make network interfaces (--tap, --wire tap:), optional",
        "needs CAP_NET_ADMIN: run as root, or in `unshare --user --map-root-user --net`");
    say(capable(CAP_SYS_ADMIN),
        "the right to enter network namespaces (--tap NETNS:NAME), optional",
        "needs CAP_SYS_ADMIN: run as root");
    say(on_path("ip"), "ip (scripts/ping-through), optional", "apt install iproute2");
    say(on_path("ping"), "ping (scripts/ping-through), optional", "apt install iputils-ping");
    say(on_path("iperf3"), "iperf3 (scripts/ping-through), optional", "apt install iperf3");
}

static error_t no_arguments(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    switch (key) {
    case ARGP_KEY_INIT:
        usage_begin(state);
        return 0;
    case ARGP_KEY_ARG:
        usage_error(state, "takes no argument");
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int cmd_doctor(int argc, char **argv)
{
    static const struct argp argp = {
        NULL,
        no_arguments,
        "",
        "Says what works on this machine and how to get the rest. Status 1 when something needed is missing.\v"
        "example:\n  drydock doctor",
        NULL,
        NULL,
        NULL};
    bool ok;

    parse_args(&argp, argc, argv, NULL);
    ok = check_runner();
    ok &= check_headers();
    ok &= check_compiler();
    check_devices();
    check_network();
    say(on_path("gdb"), "gdb (drydock run --debug), optional", "apt install gdb");
    say(on_path("tcpdump") || on_path("tshark"), "tcpdump or tshark (captures), optional",
        "apt install tcpdump");
    printf("%s\n", ok ? "everything needed is here" : "something needed is missing");
    return ok ? 0 : 1;
}
