/* SPDX-License-Identifier: MIT */
/*
 * wdm.h - the kernel services of Windows that drivers use
 *
 * Written for Drydock from published facts. Functions marked DD_NT_IMPORT are provided by the
 * runtime; what is inline or a macro on Windows may be a function here, so that every access to a
 * register and every change of IRQL is seen. Each comment says at which IRQL a function may be
 * called.
 *
 *   ntdef.h             types, small macros           wdm/processor.h  processors, time
 *   wdm/crt.h           C library subset              wdm/object.h     handles, threads, registry
 *   wdm/irql.h          IRQL                          wdm/irp.h, io.h  IRPs, devices, interrupts
 *   wdm/list.h          lists                         wdm/resource.h   hardware resources
 *   wdm/interlocked.h   atomics, barriers             wdm/pci.h        PCI configuration space
 *   wdm/sync.h          locks, events, timers, DPCs   wdm/dma.h        DMA adapters
 *   wdm/pool.h          pool, lookaside lists         wdm/register.h   registers and ports
 *   wdm/mdl.h           MDLs, mapping                 wdm/debug.h      DbgPrint, ASSERT, bug checks
 *   wdm/rtl.h           strings, bitmaps, memory   wdm/seh.h        exceptions
 */
#ifndef DRYDOCK_WDM_H
#define DRYDOCK_WDM_H

#define _NTDDK_
#define _WDMDDK_

#include "ntdef.h"
#include "ntstatus.h"
#include "wdm/bits.h"
#include "wdm/cplusplus.h"
#include "wdm/crt.h"
#include "wdm/debug.h"
#include "wdm/dma.h"
#include "wdm/interlocked.h"
#include "wdm/io.h"
#include "wdm/irql.h"
#include "wdm/list.h"
#include "wdm/mdl.h"
#include "wdm/object.h"
#include "wdm/pci.h"
#include "wdm/pool.h"
#include "wdm/processor.h"
#include "wdm/register.h"
#include "wdm/resource.h"
#include "wdm/rtl.h"
#include "wdm/seh.h"
#include "wdm/sync.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The entry of every driver; the only name a driver exports. IRQL: = PASSIVE. */
__attribute__((visibility("default"))) DRIVER_INITIALIZE DriverEntry;

#ifdef __cplusplus
}
#endif

#endif
