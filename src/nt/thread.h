/* SPDX-License-Identifier: MIT */
/* Threads of the driver. */
#ifndef DD_NT_THREAD_H
#define DD_NT_THREAD_H

#include <ntddk.h>

#include <stdbool.h>

/**
 * dd_thread_create - a system thread that runs @routine at PASSIVE_LEVEL
 * @site: the driver's call site, for leak reports
 *
 * IRQL: PASSIVE_LEVEL.
 * Return: 0; -ENOMEM; -EAGAIN, no thread.
 * Ownership: the handle is the caller's; the thread object lives until the thread has ended and
 * nobody refers to it.
 */
int dd_thread_create(PKSTART_ROUTINE routine, PVOID context, const void *site, HANDLE *ret_handle);
/* dd_thread_exit - end the running system thread; returns false when it is none */
bool dd_thread_exit(void);
/* dd_thread_current - thread object of the running context; NULL on a service thread or without
 * memory */
PKTHREAD dd_thread_current(void);
/* dd_thread_set_priority - remembered only; returns the old one */
KPRIORITY dd_thread_set_priority(PKTHREAD thread, KPRIORITY priority);
/* dd_threads_report_leaks - a LEAK event for each system thread that still runs; returns how many
 */
unsigned dd_threads_report_leaks(bool failed_init);

#endif
