/* SPDX-License-Identifier: MIT */
#include "commands.h"

#include <drydock/drydock.h>

#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_LIST 256u

enum {
    OPT_SEND = 256,
    OPT_TAP,
    OPT_LOOP,
    OPT_WIRE,
    OPT_RECORD,
    OPT_RECEIVED,
    OPT_INF,
    OPT_CONFIG,
    OPT_EVENT,
    OPT_CPUS,
    OPT_SEED,
    OPT_DURATION,
    OPT_JSON,
    OPT_VERIFY,
    OPT_DEBUG,
    OPT_PERSONALITY,
    OPT_DISABLE,
    OPT_TRACE
};

static const struct argp_option options[] = {
    {"device", 'd', "SPEC", 0, "device to run against (default soft:e1000e; `drydock devices`)", 0},
    {"send", OPT_SEND, "FILE.pcap", 0, "frames to send; - is standard input", 0},
    {"loop", OPT_LOOP, "N", 0, "send the capture N times", 0},
    {"wire", OPT_WIRE, "WIRE", 0,
     "far end of the cable: sink (default), echo, pcap:FILE, gen:COUNT,SIZE, tap:[NETNS:]NAME", 0},
    {"tap", OPT_TAP, "[NETNS:]NAME", 0,
     "make this network interface, whose frames go out through the driver; runs until interrupted (or --duration)",
     0},
    {"record", OPT_RECORD, "FILE.pcap", 0, "write what leaves the device", 0},
    {"received", OPT_RECEIVED, "FILE.pcap", 0, "write what the driver indicates", 0},
    {"set", 's', "KEY=VALUE", 0, "a setting; may be repeated (`drydock settings`)", 0},
    {"personality", OPT_PERSONALITY, "NAME", 0, "a bundle of settings", 0},
    {"inf", OPT_INF, "FILE", 0, "the driver's INF (default: beside the driver, same name)", 0},
    {"config", OPT_CONFIG, "FILE", 0, "KEYWORD = VALUE lines that override the INF", 0},
    {"event", OPT_EVENT, "TIME:WHAT", 0,
     "pause, restart, reset, remove, insert (a removed device comes back), link-down, link-up, cancel, sleep, shutdown, "
     "freeze=TIME (the device stands still so long), bus-master-off, iommu-unmap (the driver's first shared memory is taken "
     "from the device), or offload=KIND (OID_TCP_OFFLOAD_PARAMETERS with another value of the setting offload) at TIME (500ms, 2s); START+EVERYxTIMES repeats. "
     "wire-drop=N, wire-duplicate=N, wire-corrupt=N, wire-reorder=N, wire-delay=TIME: frames towards the device; with ,out from it",
     0},
    {"cpus", OPT_CPUS, "N", 0, "CPUs (default 2)", 0},
    {"seed", OPT_SEED, "N", 0, "seed of every random choice (default 1)", 0},
    {"duration", OPT_DURATION, "SECONDS", 0, "run this long instead of until traffic is done", 0},
    {"json", OPT_JSON, "FILE", 0, "write the report; - is standard output", 0},
    {"trace", OPT_TRACE, "FILE", 0,
     "write a line for everything that happens between driver and runtime", 0},
    {"verify", OPT_VERIFY, "on|off", 0, "check every rule (default on)", 0},
    {"disable-rule", OPT_DISABLE, "RULE", 0, "a rule that stays silent; may be repeated", 0},
    {"debug", OPT_DEBUG, NULL, 0, "no watchdog; print how to attach a debugger", 0},
    {"quiet", 'q', NULL, 0, "print findings only", 0},
    {0}};

struct arguments {
    struct drydock_options o;
    const char *set[MAX_LIST], *events[MAX_LIST], *rules[MAX_LIST + 1];
    size_t rule_count;
    bool quiet, progress_shown;
    struct drydock_progress before; /* what was shown last */
};

static volatile int interrupted;

static void on_interrupt(int sig)
{
    (void)sig;
    interrupted = 1;
}

/* the first ends the run in good order, the second at once */
static void catch_interrupts(void)
{
    struct sigaction a = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};

    sigemptyset(&a.sa_mask);
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGTERM, &a, NULL);
}

static unsigned long long number(struct argp_state *state, const char *option, const char *text,
                                 unsigned long long max)
{
    char *end;
    unsigned long long v;

    errno = 0;
    v = strtoull(text, &end, 0);
    if (errno || end == text || *end || text[0] == '-' || v == 0 || v > max) {
        usage_error(state, "%s: '%s' is not a number from 1 to %llu", option, text, max);
    }
    return v;
}

static double seconds(struct argp_state *state, const char *text)
{
    char *end;
    double v = strtod(text, &end);

    if (end == text || *end || !(v > 0 && v <= 1e7)) {
        usage_error(state, "--duration: '%s' is not a number of seconds", text);
    }
    return v;
}

static void append(struct argp_state *state, const char **list, size_t *count, const char *value)
{
    if (*count == MAX_LIST) {
        usage_error(state, "more than %u of one option", MAX_LIST);
    }
    list[(*count)++] = value;
}

static error_t parse_number(int key, char *arg, struct argp_state *state, struct arguments *a)
{
    switch (key) {
    case OPT_LOOP:
        a->o.loop = number(state, "--loop", arg, 1ull << 40);
        return 0;
    case OPT_CPUS:
        a->o.cpus = (unsigned)number(state, "--cpus", arg, 64);
        return 0;
    case OPT_SEED:
        a->o.seed = number(state, "--seed", arg, UINT64_MAX >> 1);
        return 0;
    case OPT_DURATION:
        a->o.duration_s = seconds(state, arg);
        return 0;
    case OPT_VERIFY:
        if (strcmp(arg, "on") != 0 && strcmp(arg, "off") != 0) {
            usage_error(state, "--verify: '%s' is neither on nor off", arg);
        }
        a->o.no_verify = strcmp(arg, "off") == 0;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        usage_begin(state);
        return 0;
    case 'd':
        a->o.device = arg;
        return 0;
    case OPT_SEND:
        a->o.send = arg;
        return 0;
    case OPT_TAP:
        a->o.tap = arg;
        return 0;
    case OPT_WIRE:
        a->o.wire = arg;
        return 0;
    case OPT_RECORD:
        a->o.record = arg;
        return 0;
    case OPT_RECEIVED:
        a->o.received = arg;
        return 0;
    case 's':
        append(state, a->set, &a->o.set_count, arg);
        return 0;
    case OPT_PERSONALITY:
        a->o.personality = arg;
        return 0;
    case OPT_INF:
        a->o.inf = arg;
        return 0;
    case OPT_CONFIG:
        a->o.config = arg;
        return 0;
    case OPT_EVENT:
        append(state, a->events, &a->o.event_count, arg);
        return 0;
    case OPT_TRACE:
        a->o.trace = arg;
        return 0;
    case OPT_JSON:
        a->o.json = arg;
        return 0;
    case OPT_DISABLE:
        append(state, a->rules, &a->rule_count, arg);
        return 0;
    case OPT_DEBUG:
        a->o.debug = true;
        return 0;
    case 'q':
        a->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        if (a->o.driver) {
            usage_error(state, "one driver only; '%s' is a second one", arg);
        }
        a->o.driver = arg;
        return 0;
    case ARGP_KEY_END:
        if (!a->o.driver) {
            usage_error(state, "no driver given; as in: drydock run build/drivers/e1000e.so");
        }
        return 0;
    default:
        return parse_number(key, arg, state, a);
    }
}

static const struct argp argp = {
    options,
    parse_option,
    "DRIVER.so",
    "Runs a miniport driver against a device and reports on its DMA.\v"
    "example:\n"
    "  drydock run build/drivers/e1000e.so --send traffic.pcap --wire echo \\\n"
    "      --record w.pcap --received r.pcap --json report.json --set iommu=lazy\n\n"
    "exit status: 0 fine, 1 findings or leaks, 2 could not run",
    NULL,
    NULL,
    NULL};

/* frames and Mbit/s since the line before, each way */
static void show_rates(struct arguments *a, const struct drydock_progress *p)
{
    double seconds = p->seconds - a->before.seconds;

    if (seconds > 0) {
        fprintf(
            stderr,
            "\r\033[K%7.1f s  %s  out %llu frames, %.1f Mbit/s  in %llu frames, %.1f Mbit/s  findings %llu",
            p->seconds, p->phase, (unsigned long long)p->sent,
            (double)(p->sent_bytes - a->before.sent_bytes) * 8e-6 / seconds,
            (unsigned long long)p->received,
            (double)(p->received_bytes - a->before.received_bytes) * 8e-6 / seconds,
            (unsigned long long)p->findings);
    }
    a->before = *p;
    a->progress_shown = true;
}

static void show_progress(void *arg, const struct drydock_progress *p)
{
    struct arguments *a = arg;

    if (a->quiet || !isatty(STDERR_FILENO)) {
        return;
    }
    if (a->o.tap) {
        show_rates(a, p);
        return;
    }
    if (p->seconds < 2) {
        return;
    }
    fprintf(stderr, "\r\033[K%5.1f s  %s  sent %llu/%llu  received %llu  findings %llu", p->seconds,
            p->phase, (unsigned long long)p->sent, (unsigned long long)p->send_total,
            (unsigned long long)p->received, (unsigned long long)p->findings);
    a->progress_shown = true;
}

static void show_text(void *arg, const char *text, size_t len_bytes)
{
    struct arguments *a = arg;

    if (!a->quiet) {
        fwrite(text, 1, len_bytes, stderr);
    }
}

static void show_report(const struct arguments *a, const struct drydock_report *report)
{
    /* with the report on standard output, people's lines go to standard error */
    FILE *out = a->o.json && strcmp(a->o.json, "-") == 0 ? stderr : stdout;
    struct drydock_finding f;

    for (size_t i = 0; drydock_report_finding(report, i, &f) == 0; i++) {
        fprintf(out, "%s\n\n", f.formatted);
    }
    if (!a->quiet) {
        fprintf(out, "%s\n", drydock_report_summary(report));
    }
}

int cmd_run(int argc, char **argv)
{
    static struct arguments a = {.o = DRYDOCK_OPTIONS_INIT};
    struct drydock_report *report = NULL;
    char why[1024];
    int status;

    parse_args(&argp, argc, argv, &a);
    a.o.set = a.set;
    a.o.events = a.events;
    a.o.disabled_rules = a.rules;
    a.o.progress = show_progress;
    a.o.driver_text = show_text;
    a.o.arg = &a;
    a.o.stop = &interrupted;
    catch_interrupts();
    status = drydock_run(&a.o, &report, why, sizeof(why));
    if (a.progress_shown) {
        fputs("\r\033[K", stderr);
    }
    if (status == DRYDOCK_COULD_NOT_RUN) {
        fail("%s", why);
    } else {
        show_report(&a, report);
    }
    drydock_report_free(report);
    return status;
}
