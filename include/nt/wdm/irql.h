/* SPDX-License-Identifier: MIT */
/*
 * wdm/irql.h - interrupt request level: a property of the current processor
 *
 * Each read and each change is a call into the runtime, which keeps the level of every processor
 * and reports a driver that calls a function at a level where the function is not allowed.
 */
#ifndef DRYDOCK_WDM_IRQL_H
#define DRYDOCK_WDM_IRQL_H

#include "../ntdef.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PASSIVE_LEVEL  0
#define LOW_LEVEL      0
#define APC_LEVEL      1
#define DISPATCH_LEVEL 2
#define CMCI_LEVEL     5
#if __SIZEOF_POINTER__ == 8
#define PROFILE_LEVEL 15
#define CLOCK_LEVEL   13
#define IPI_LEVEL     14
#define DRS_LEVEL     14
#define POWER_LEVEL   14
#define HIGH_LEVEL    15
#define SYNCH_LEVEL   12
#else
#define PROFILE_LEVEL 27
#define CLOCK_LEVEL   28
#define IPI_LEVEL     29
#define POWER_LEVEL   30
#define HIGH_LEVEL    31
#define SYNCH_LEVEL   27
#endif

/* The current level. IRQL: any. */
DD_NT_IMPORT KIRQL KeGetCurrentIrql(VOID);
/* Raise to NewIrql, which must not be below the current level; returns the old one. IRQL: any. */
DD_NT_IMPORT KIRQL KfRaiseIrql(KIRQL NewIrql);
/*
 * Lower to NewIrql, a level that a raise returned before. Going below DISPATCH_LEVEL runs the DPCs
 * that wait on this processor before the call returns. IRQL: any.
 */
DD_NT_IMPORT VOID KeLowerIrql(KIRQL NewIrql);
/* Raise to DISPATCH_LEVEL; returns the old level. IRQL: <= DISPATCH. */
DD_NT_IMPORT KIRQL KeRaiseIrqlToDpcLevel(VOID);
/*
 * Raise to the level where no DPC and no scheduling happens (12 on x64); returns the old one.
 * IRQL: any.
 */
DD_NT_IMPORT KIRQL KeRaiseIrqlToSynchLevel(VOID);
/* Keep normal kernel APCs away from this thread; nestable. IRQL: <= APC. */
DD_NT_IMPORT VOID KeEnterCriticalRegion(VOID);
/* Undo one KeEnterCriticalRegion. IRQL: <= APC. */
DD_NT_IMPORT VOID KeLeaveCriticalRegion(VOID);

/* The old level goes through a pointer that may point into a packed structure. IRQL: any. */
#define KeRaiseIrql(NewIrql, OldIrql) (*(OldIrql) = KfRaiseIrql(NewIrql))

/* PAGED_CODE found IRQL above APC_LEVEL: the runtime checks and reports. IRQL: any. */
DD_NT_IMPORT VOID DrydockPagedCode(PCSTR File, ULONG Line);

#ifndef PAGED_CODE
#define PAGED_CODE()        DrydockPagedCode(__FILE__, __LINE__)
#define PAGED_CODE_LOCKED() ((void)0)
#endif

#ifdef __cplusplus
}
#endif

#endif
