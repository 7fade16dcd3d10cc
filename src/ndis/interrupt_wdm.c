/* SPDX-License-Identifier: MIT */
/*
 * Interrupts that a driver connects by itself, past NDIS. What it gets for KINTERRUPT is the same
 * object that a message table of NdisMRegisterInterruptEx names, so KeSynchronizeExecution works on
 * both. The adapter is found by its PDO, or for the old form by its translated vector.
 *
 * Source: windows-driver-docs-ddi, wdm/nf-wdm-ioconnectinterruptex, nf-wdm-ioconnectinterrupt and
 * their opposites (nt-services 2.12).
 * Unspecified there: what happens beside NdisMRegisterInterruptEx (Drydock: an adapter has one
 * registration, the second fails). SynchronizeIrql and Irql are the machine's to choose here; a
 * SpinLock of the driver's makes all messages run under one lock, which is not that one.
 */
#include "ndis/interrupt_int.h"

bool dd_wdm_service(struct dd_interrupt *it, unsigned message)
{
    PKINTERRUPT object = (PKINTERRUPT)(void *)it->intr[message];
    BOOLEAN claimed = FALSE;

    if (it->message && it->wdm.message_service != NULL) {
        DD_CALL(DD_ROLE_ISR, "message service routine", it->a,
                claimed = it->wdm.message_service(object, it->wdm.context, message));
    } else {
        DD_CALL(DD_ROLE_ISR, "interrupt service routine", it->a,
                claimed = it->wdm.service(object, it->wdm.context));
    }
    return claimed != FALSE;
}

/* --- which adapter --- */

static bool has_pdo(const struct dd_adapter *a, const void *arg)
{
    return a->pdo == arg;
}

static bool has_vector(const struct dd_adapter *a, const void *arg)
{
    const CM_RESOURCE_LIST *list = a->priv->translated;
    const CM_PARTIAL_RESOURCE_LIST *part;

    if (a->irq_mode != DD_IRQ_LINE || a->priv->interrupt != NULL || list == NULL) {
        return false;
    }
    part = &list->List[0].PartialResourceList;
    for (ULONG i = 0; i < part->Count; i++) {
        const CM_PARTIAL_RESOURCE_DESCRIPTOR *d = &part->PartialDescriptors[i];

        if (d->Type == CmResourceTypeInterrupt && d->u.Interrupt.Vector == *(const ULONG *)arg) {
            return true;
        }
    }
    return false;
}

/* --- connect --- */

static NTSTATUS connect_wdm(struct dd_adapter *a, const struct dd_wdm_isr *isr,
                            struct dd_interrupt **ret_interrupt, const void *site)
{
    struct dd_interrupt *it;

    if (a->priv->interrupt != NULL) {
        dd_bad_object(a->priv->interrupt, "a second interrupt registration of one adapter", site);
        return STATUS_INVALID_PARAMETER;
    }
    if (dd_seam_may_fail(DD_FAIL_INTERRUPT_CONNECT, site)) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    it = dd_interrupt_make(a, NULL, NULL, isr, site);
    if (it == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *ret_interrupt = it;
    return STATUS_SUCCESS;
}

/* the driver has its object before its service routine is called */
static NTSTATUS connect_line(struct dd_adapter *a, PKSERVICE_ROUTINE service, PVOID context,
                             PKINTERRUPT *ret_object, const void *site)
{
    const struct dd_wdm_isr isr = {.service = service, .context = context};
    struct dd_interrupt *it;
    NTSTATUS status;

    if (service == NULL || ret_object == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    if (a->irq_mode != DD_IRQ_LINE) {
        return STATUS_NOT_FOUND;
    }
    status = connect_wdm(a, &isr, &it, site);
    if (status == STATUS_SUCCESS) {
        *ret_object = (PKINTERRUPT)(void *)it->intr[0];
        dd_interrupt_publish(it);
    }
    return status;
}

static NTSTATUS connect_messages(struct dd_adapter *a, PIO_CONNECT_INTERRUPT_PARAMETERS p,
                                 const void *site)
{
    const struct dd_wdm_isr isr = {.message_service = p->MessageBased.MessageServiceRoutine,
                                   .context = p->MessageBased.ServiceContext,
                                   .one_lock = p->MessageBased.SpinLock != NULL};
    struct dd_interrupt *it;
    NTSTATUS status;

    if (p->MessageBased.ConnectionContext.Generic == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    if (a->irq_mode == DD_IRQ_LINE) {
        if (p->MessageBased.FallBackServiceRoutine == NULL) {
            return STATUS_NOT_FOUND;
        }
        status = connect_line(a, p->MessageBased.FallBackServiceRoutine, isr.context,
                              p->MessageBased.ConnectionContext.InterruptObject, site);
        p->Version = status == STATUS_SUCCESS ? CONNECT_LINE_BASED : p->Version;
        return status;
    }
    if (isr.message_service == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    status = connect_wdm(a, &isr, &it, site);
    if (status == STATUS_SUCCESS) {
        *p->MessageBased.ConnectionContext.InterruptMessageTable = it->table;
        dd_interrupt_publish(it);
    }
    return status;
}

NTSTATUS IoConnectInterruptEx(PIO_CONNECT_INTERRUPT_PARAMETERS Parameters)
{
    /* the PDO, the object, the routine and the context are the same members in all lines' forms */
    const PIO_CONNECT_INTERRUPT_PARAMETERS p = Parameters;
    struct dd_adapter *a;

    DD_API(IoConnectInterruptEx);
    if (p->Version < CONNECT_FULLY_SPECIFIED || p->Version > CONNECT_FULLY_SPECIFIED_GROUP) {
        return STATUS_INVALID_PARAMETER;
    }
    a = dd_adapter_find(has_pdo, p->LineBased.PhysicalDeviceObject);
    if (a == NULL) {
        dd_bad_object(p->LineBased.PhysicalDeviceObject,
                      "an interrupt connected for what is no PDO of a device here", DD_SITE());
        return STATUS_INVALID_PARAMETER;
    }
    if (p->Version == CONNECT_MESSAGE_BASED) {
        return connect_messages(a, p, DD_SITE());
    }
    if (p->Version != CONNECT_LINE_BASED && !has_vector(a, &p->FullySpecified.Vector)) {
        return STATUS_INVALID_PARAMETER;
    }
    return connect_line(a, p->LineBased.ServiceRoutine, p->LineBased.ServiceContext,
                        p->LineBased.InterruptObject, DD_SITE());
}

NTSTATUS IoConnectInterrupt(PKINTERRUPT *InterruptObject, PKSERVICE_ROUTINE ServiceRoutine,
                            PVOID ServiceContext, PKSPIN_LOCK SpinLock, ULONG Vector, KIRQL Irql,
                            KIRQL SynchronizeIrql, KINTERRUPT_MODE InterruptMode,
                            BOOLEAN ShareVector, KAFFINITY ProcessorEnableMask,
                            BOOLEAN FloatingSave)
{
    struct dd_adapter *a;

    DD_API(IoConnectInterrupt);
    (void)SpinLock;
    (void)Irql;
    (void)SynchronizeIrql;
    (void)InterruptMode;
    (void)ShareVector;
    (void)ProcessorEnableMask;
    (void)FloatingSave;
    a = dd_adapter_find(has_vector, &Vector);
    return a == NULL ? STATUS_INVALID_PARAMETER
                     : connect_line(a, ServiceRoutine, ServiceContext, InterruptObject, DD_SITE());
}

/* --- disconnect --- */

static bool connected_as(const struct dd_adapter *a, const void *arg)
{
    struct dd_adapter_private *p = a->priv;
    const struct dd_interrupt *it;
    bool yes;

    dd_mutex_lock(&p->intr_lock);
    it = p->interrupt;
    yes = it != NULL && (it->wdm.service != NULL || it->wdm.message_service != NULL) &&
          (it->intr[0] == arg || (it->table != NULL && it->table == arg));
    dd_mutex_unlock(&p->intr_lock);
    return yes;
}

static void disconnect_wdm(const void *what, const void *site)
{
    struct dd_adapter *a = what == NULL ? NULL : dd_adapter_find(connected_as, what);

    if (a == NULL) {
        dd_bad_object(what, "not an interrupt that IoConnectInterrupt(Ex) connected", site);
        return;
    }
    dd_interrupt_destroy(a->priv->interrupt);
}

VOID IoDisconnectInterruptEx(PIO_DISCONNECT_INTERRUPT_PARAMETERS Parameters)
{
    DD_API(IoDisconnectInterruptEx);
    disconnect_wdm(Parameters->ConnectionContext.Generic, DD_SITE());
}

VOID IoDisconnectInterrupt(PKINTERRUPT InterruptObject)
{
    DD_API(IoDisconnectInterrupt);
    disconnect_wdm(InterruptObject, DD_SITE());
}
