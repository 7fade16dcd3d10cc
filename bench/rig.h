/* SPDX-License-Identifier: MIT */
/*
 * The machine the benches run on: one CPU, one driver file, and an adapter of that driver for each
 * way DMA can be set up, all in one process, so that slices of any two can take turns.
 */
#ifndef DD_BENCH_RIG_H
#define DD_BENCH_RIG_H

#include "driver/bench.h"
#include "load/load.h"
#include "ndis/host.h"
#include "run/platform.h"
#include "verify/verify.h"

#include <stdbool.h>
#include <stdint.h>

enum unit {
    UNIT_OFF,      /* iommu=off */
    UNIT_OFF_TOO,  /* another one, for the baseline's traffic */
    UNIT_STRICT,   /* iommu=strict */
    UNIT_BOUNCE,   /* iommu=off, bounce=always */
    UNIT_VERIFIED, /* iommu=off, every rule of the verifier on */
    UNIT_COUNT
};

/* die - the bench can not go on: one line on standard error, exit status 2 */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* rig_up - @driver: bench driver */
void rig_up(const char *driver);
void rig_down(void);

/* rig_work - one OID to the driver of @unit; dies when it fails. @request: in and out */
void rig_work(enum unit unit, BENCH_REQUEST *request);
/* rig_prepare - make traffic */
void rig_prepare(enum unit unit, BENCH_SHAPE shape, BENCH_REQUEST *ret_request);
/* rig_listen - the verifier listens, or nobody does. Between slices only */
void rig_listen(bool on);
/* rig_findings - what the verifier found; there is nothing to find */
uint64_t rig_findings(void);
struct dd_ram *rig_ram(void);

#endif
