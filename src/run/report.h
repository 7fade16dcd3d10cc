/* SPDX-License-Identifier: MIT */
/* The report of a run, made by the supervisor from the shared memory. Schema: docs/report.md. */
#ifndef DD_RUN_REPORT_H
#define DD_RUN_REPORT_H

#include "run/plan.h"
#include "run/shared.h"

#include <drydock/drydock.h>
#include <jansson.h>

struct dd_report_finding {
    char rule[48], severity[12], text[768], formatted[2048];
};

struct drydock_report {
    json_t *json;
    char *json_text, *summary;
    struct dd_report_finding *findings;
    size_t finding_count;
    bool ended_badly; /* crash, hang ...: even when its rule is disabled */
    int status;       /* enum drydock_status */
};

/* dd_report_new - reads @shared; @runner: path of the runner's program, for its symbols; @seconds:
 * wall time */
int dd_report_new(const struct dd_plan *plan, const struct dd_shared *shared, const char *runner,
                  double seconds, struct drydock_report **ret_report);
/* dd_report_put_numbers - all counters into the report's groups (report_numbers.c) */
void dd_report_put_numbers(json_t *root, const struct dd_plan *plan,
                           const struct dd_shared_counters *c);

#endif
