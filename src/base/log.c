/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include "base/thread.h"

#include <stdio.h>

static struct {
    struct dd_mutex lock; /* guards both; the sink is called without it */
    dd_log_sink *sink;
    void *arg;
} out = {.lock = DD_MUTEX_INIT};

static void sink_stderr(void *arg, enum dd_log_level level, const char *line)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};

    (void)arg;
    if (level <= DD_LOG_WARN) {
        fprintf(stderr, "drydock: %s: %s\n", names[level], line);
    }
}

void dd_log_set_sink(dd_log_sink *sink, void *arg)
{
    dd_mutex_lock(&out.lock);
    out.sink = sink;
    out.arg = arg;
    dd_mutex_unlock(&out.lock);
}

void dd_logv(enum dd_log_level level, const char *fmt, va_list ap)
{
    char line[1024];
    dd_log_sink *sink;
    void *arg;

    vsnprintf(line, sizeof(line), fmt, ap);
    dd_mutex_lock(&out.lock);
    sink = out.sink != NULL ? out.sink : sink_stderr;
    arg = out.arg;
    dd_mutex_unlock(&out.lock);
    sink(arg, level, line);
}

void dd_log(enum dd_log_level level, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    dd_logv(level, fmt, ap);
    va_end(ap);
}
