/* SPDX-License-Identifier: MIT */
/* Start and stop of the one machine of this process. */
#ifndef DD_NT_MACHINE_H
#define DD_NT_MACHINE_H

#include "ram/ram.h"

#include <ntddk.h>

struct dd_machine_config {
    unsigned cpus; /* 1..64 */
    uint64_t seed;
    struct dd_ram *ram;
    unsigned ndis_version; /* reported: major << 16 | minor, e.g. 0x6001E */
    unsigned os_major, os_minor, os_build;
    /* text of DbgPrint; NULL: dropped. Any thread */
    void (*debug_print)(void *arg, const char *text, size_t len_bytes);
    /* the driver asked for a bug check, or did what would be one: the run cannot go on. Must not
     * return (the run ends the process, tests longjmp); NULL: log and abort */
    void (*bugcheck)(void *arg, const char *why);
    void *arg;
};

/* dd_machine_start - CPUs, DPC contexts, worker contexts, timers. 0, -EINVAL, -ENOMEM, -EAGAIN */
int dd_machine_start(const struct dd_machine_config *config);
/* dd_machine_stop - all contexts end; no driver code may be running. Leftover pool blocks are
 * reported as LEAK events before (dd_pool_report_leaks) by whoever unloads the driver */
void dd_machine_stop(void);
const struct dd_machine_config *dd_machine(void); /* NULL when not started */
_Noreturn void dd_machine_bugcheck(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
