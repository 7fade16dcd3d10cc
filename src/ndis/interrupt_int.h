/* SPDX-License-Identifier: MIT */
/* Between the interrupt files. */
#ifndef DD_NDIS_INTERRUPT_INT_H
#define DD_NDIS_INTERRUPT_INT_H

#include "ndis/adapter_priv.h"

/* the DPC of one message on one CPU */
struct dd_intr_dpc {
    KDPC dpc;
    struct dd_interrupt *interrupt;
    unsigned message, cpu;
};

/* what a driver connected by itself, with IoConnectInterrupt or IoConnectInterruptEx; all NULL: it
 * did not */
struct dd_wdm_isr {
    PKSERVICE_ROUTINE service;
    PKMESSAGE_SERVICE_ROUTINE message_service;
    PVOID context;
    bool one_lock; /* all messages under one */
};

/* what NdisMRegisterInterruptEx made; NdisInterruptHandle points here */
struct dd_interrupt {
    struct dd_nobj obj;
    struct dd_adapter *a;
    NDIS_HANDLE context;                           /* MiniportInterruptContext */
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS chars; /* zero with wdm */
    struct dd_wdm_isr wdm;
    bool message;           /* message based; else the line */
    bool throttle;          /* NDIS 6.20: the DPC gets throttle parameters */
    _Atomic(bool) stopping; /* no DPC asks for another one any more */
    unsigned count;         /* messages, or 1 */
    unsigned cpus;
    struct dd_intr **intr;            /* count */
    struct dd_intr_dpc *dpcs;         /* count * cpus */
    IO_INTERRUPT_MESSAGE_INFO *table; /* NULL for the line */
};

/* dd_interrupt_make - connected, and seen by no device before dd_interrupt_publish(). @chars or
 * @wdm. NULL: no memory */
struct dd_interrupt *dd_interrupt_make(struct dd_adapter *a, NDIS_HANDLE context,
                                       const NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS *chars,
                                       const struct dd_wdm_isr *wdm, const void *site);
void dd_interrupt_publish(struct dd_interrupt *it);
/* dd_wdm_service - the driver's own service routine; true: claimed */
bool dd_wdm_service(struct dd_interrupt *it, unsigned message);

/* dd_intr_dpc_init - all DPC objects of an interrupt */
void dd_intr_dpc_init(struct dd_interrupt *it);
/* dd_intr_dpc_stop - none runs any more and none is queued. PASSIVE_LEVEL */
void dd_intr_dpc_stop(struct dd_interrupt *it);
/* dd_intr_dpc_queue - @message's DPC on each CPU of @targets; @context is MiniportDpcContext.
 * Returns the CPUs where it was not queued before. IRQL: any */
uint64_t dd_intr_dpc_queue(struct dd_interrupt *it, unsigned message, uint64_t targets,
                           PVOID context);

#endif
