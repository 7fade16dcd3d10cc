/* SPDX-License-Identifier: MIT */
/*
 * Drydock in another program: run a driver, look at numbers and findings. Only <drydock/drydock.h>
 * is used.
 *
 *   embed DRIVER.so CAPTURE.pcap
 */
#include <drydock/drydock.h>

#include <stdio.h>

static void show_progress(void *arg, const struct drydock_progress *progress)
{
    (void)arg;
    fprintf(stderr, "%s: %llu of %llu frames\n", progress->phase,
            (unsigned long long)progress->sent, (unsigned long long)progress->send_total);
}

static int show(const struct drydock_report *report)
{
    uint64_t built = drydock_report_number(report, "dma.sg_lists_built", NULL);
    uint64_t freed = drydock_report_number(report, "dma.sg_lists_freed", NULL);
    struct drydock_finding finding;

    for (size_t i = 0; drydock_report_finding(report, i, &finding) == 0; i++) {
        printf("%s: %s\n%s\n", finding.severity, finding.rule, finding.formatted);
    }
    printf("%llu scatter/gather lists built, %llu freed, %llu frames on the cable\n",
           (unsigned long long)built, (unsigned long long)freed,
           (unsigned long long)drydock_report_number(report, "cable.frames_out", NULL));
    return built == freed && built > 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    static const char *const set[] = {"callback=deferred", "settle=0.05"};
    struct drydock_options options = DRYDOCK_OPTIONS_INIT;
    struct drydock_report *report;
    char why[512];
    int status;

    if (argc != 3) {
        fprintf(stderr, "usage: embed DRIVER.so CAPTURE.pcap\n");
        return 2;
    }
    options.driver = argv[1];
    options.send = argv[2];
    options.wire = "echo";
    options.set = set;
    options.set_count = 2;
    options.progress = show_progress;
    status = drydock_run(&options, &report, why, sizeof(why));
    if (status == DRYDOCK_COULD_NOT_RUN) {
        fprintf(stderr, "embed: %s\n", why);
        return status;
    }
    status |= show(report);
    drydock_report_free(report);
    return status;
}
