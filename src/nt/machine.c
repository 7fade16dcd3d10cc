/* SPDX-License-Identifier: MIT */
#include "nt/nt_int.h"

#include "base/log.h"
#include "seam/api.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static struct dd_machine_config machine;
static _Atomic(bool) started, stopping;

const struct dd_machine_config *dd_machine(void)
{
    return atomic_load_explicit(&started, memory_order_acquire) ? &machine : NULL;
}

bool dd_machine_stopping(void)
{
    return atomic_load(&stopping);
}

static void stop_all(void)
{
    dd_timers_stop();
    dd_threads_stop();
    dd_work_stop();
    dd_intrs_stop();
    atomic_store(&stopping, true);
    dd_dpcs_stop(machine.cpus);
    dd_cpus_init(1);
    atomic_store(&stopping, false);
    atomic_store(&started, false);
}

int dd_machine_start(const struct dd_machine_config *config)
{
    int r;

    if (atomic_load(&started) || config->cpus < 1 || config->cpus > DD_CPUS_MAX ||
        config->ram == NULL) {
        return -EINVAL;
    }
    machine = *config;
    dd_sched_start();
    dd_cpus_init(config->cpus);
    dd_api_irql = dd_irql_get;
    atomic_store(&started, true);
    r = dd_timers_start();
    r = r < 0 ? r : dd_dpcs_start(config->cpus);
    r = r < 0 ? r : dd_work_start();
    if (r < 0) {
        stop_all();
    }
    return r;
}

void dd_machine_stop(void)
{
    if (atomic_load(&started)) {
        stop_all();
    }
}

void dd_machine_bugcheck(const char *fmt, ...)
{
    char why[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(why, sizeof(why), fmt, ap);
    va_end(ap);
    if (dd_machine() != NULL && machine.bugcheck != NULL) {
        machine.bugcheck(machine.arg, why);
    }
    dd_log(DD_LOG_ERROR, "bug check: %s", why);
    abort();
}

const char *dd_object_in_use(const void *start, size_t len_bytes)
{
    if (dd_timer_set_in(start, len_bytes)) {
        return "timer is set";
    }
    if (dd_dpc_queued_in(start, len_bytes)) {
        return "DPC is queued";
    }
    return dd_waited_in(start, len_bytes) ? "object is waited for" : NULL;
}
