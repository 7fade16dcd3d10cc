/* SPDX-License-Identifier: MIT */
/*
 * One log for all rooms. Library rooms never print: they log, and src/run decides where it goes.
 * Lines carry no newline.
 */
#ifndef DD_BASE_LOG_H
#define DD_BASE_LOG_H

#include <stdarg.h>

enum dd_log_level {
    DD_LOG_ERROR,
    DD_LOG_WARN,
    DD_LOG_INFO,
    DD_LOG_DEBUG,
};

typedef void dd_log_sink(void *arg, enum dd_log_level level, const char *line);

/* dd_log_set_sink - where lines go; NULL restores the default (standard error, warnings and above)
 */
void dd_log_set_sink(dd_log_sink *sink, void *arg);

void dd_log(enum dd_log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void dd_logv(enum dd_log_level level, const char *fmt, va_list ap);

#endif
