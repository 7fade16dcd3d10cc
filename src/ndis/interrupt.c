/* SPDX-License-Identifier: MIT */
/*
 * NdisMRegisterInterruptEx: the line, or the messages that were assigned.
 *
 *   device -> dd_ndis_device_interrupt -> dd_intr_raise -> ISR (DIRQL, interrupt's lock) -> DPC
 * (DISPATCH_LEVEL)
 *
 * The ISR's out values alone decide about DPCs: the default one on the current CPU, or those of the
 * mask.
 */
#include "ndis/interrupt_int.h"

#include <stdlib.h>
#include <string.h>

/* --- ISR --- */

static bool run_isr(void *arg, unsigned message)
{
    struct dd_interrupt *it = arg;
    struct dd_adapter *a = it->a;
    BOOLEAN queue_default = FALSE;
    ULONG targets = 0;
    BOOLEAN claimed = FALSE;

    if (it->wdm.service != NULL || it->wdm.message_service != NULL) {
        claimed = dd_wdm_service(it, message);
    } else if (it->message) {
        DD_CALL(DD_ROLE_ISR, "MiniportMessageInterrupt", a,
                claimed = it->chars.MessageInterruptHandler(it->context, message, &queue_default,
                                                            &targets));
    } else {
        DD_CALL(DD_ROLE_ISR, "MiniportInterrupt", a,
                claimed = it->chars.InterruptHandler(it->context, &queue_default, &targets));
    }
    dd_count(&a->priv->count.interrupts, 1);
    DD_SEAM(.kind = DD_EV_INTERRUPT, .adapter = a, .a = message, .b = claimed != FALSE,
            .c = !it->message);
    if (queue_default != FALSE) {
        (void)dd_intr_dpc_queue(it, message, 1ull << dd_cpu_current(), NULL);
    } else if (targets != 0) {
        (void)dd_intr_dpc_queue(it, message, targets, NULL);
    }
    return claimed != FALSE;
}

/* From the device, on any thread. Entry of the MSI-X table -> message -> interrupt object. */
void dd_ndis_device_interrupt(struct dd_adapter *a, unsigned vector, bool level)
{
    struct dd_adapter_private *p = a->priv;
    struct dd_interrupt *it;
    unsigned message = vector;

    dd_mutex_lock(&p->intr_lock);
    it = p->interrupt;
    if (a->irq_mode == DD_IRQ_LINE) {
        p->line_level = level;
    } else if (p->message_of_entry != NULL && vector < a->irq_vectors) {
        message = p->message_of_entry[vector];
        if (p->entry_masked[vector]) {
            p->entry_pending[vector] = true;
            it = NULL;
        }
    }
    if (it != NULL && !it->message) {
        message = 0;
    }
    if (it != NULL && message < it->count && it->intr[message] != NULL) {
        dd_intr_raise(it->intr[message], level);
    }
    dd_mutex_unlock(&p->intr_lock);
}

/* --- making and unmaking --- */

static void interrupt_drop(struct dd_interrupt *it)
{
    free(it->intr);
    free(it->dpcs);
    free(it->table);
    dd_nobj_free(it);
}

static struct dd_interrupt *interrupt_new(struct dd_adapter *a, NDIS_HANDLE context,
                                          const NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS *chars,
                                          bool message, const void *site)
{
    struct dd_interrupt *it = dd_nobj_new(DD_SLOT_INTERRUPT, sizeof(*it), a, site);

    if (it == NULL) {
        return NULL;
    }
    it->a = a;
    it->context = context;
    if (chars != NULL) {
        memcpy(&it->chars, chars, sizeof(it->chars));
    }
    it->message = message;
    it->throttle = dd_adapter_level(a, 6, 20);
    it->count = message ? a->irq_vectors : 1;
    it->cpus = dd_cpu_count();
    it->intr = calloc(it->count, sizeof(*it->intr));
    it->dpcs = calloc((size_t)it->count * it->cpus, sizeof(*it->dpcs));
    if (message) {
        it->table = calloc(1, sizeof(*it->table) + it->count * sizeof(it->table->MessageInfo[0]));
    }
    if (it->intr == NULL || it->dpcs == NULL || (message && it->table == NULL)) {
        interrupt_drop(it);
        return NULL;
    }
    dd_intr_dpc_init(it);
    return it;
}

static void disconnect(struct dd_interrupt *it)
{
    for (unsigned i = 0; i < it->count; i++) {
        struct dd_intr *intr;

        dd_mutex_lock(&it->a->priv->intr_lock);
        intr = it->intr[i];
        it->intr[i] = NULL;
        dd_mutex_unlock(&it->a->priv->intr_lock);
        if (intr != NULL) {
            dd_intr_disconnect(intr);
        }
    }
}

static bool connect(struct dd_interrupt *it)
{
    for (unsigned i = 0; i < it->count; i++) {
        struct dd_intr_config config = {
            .isr = run_isr,
            .arg = it,
            .vector = i,
            .line = !it->message,
            .cpu = i % it->cpus,
            .share_lock_with =
                it->message && (it->chars.MsiSyncWithAllMessages || it->wdm.one_lock) && i > 0
                    ? it->intr[0]
                    : NULL,
        };

        if (dd_intr_connect(&config, &it->intr[i]) < 0) {
            it->intr[i] = NULL;
            return false;
        }
    }
    return true;
}

static void fill_table(struct dd_interrupt *it)
{
    IO_INTERRUPT_MESSAGE_INFO *t = it->table;

    t->MessageCount = it->count;
    for (unsigned i = 0; i < it->count; i++) {
        IO_INTERRUPT_MESSAGE_INFO_ENTRY *e = &t->MessageInfo[i];

        e->MessageAddress.QuadPart = DD_MSI_ADDRESS;
        e->MessageData = dd_msi_data(i);
        e->Vector = dd_msi_data(i);
        e->TargetProcessorSet = (KAFFINITY)1 << (i % it->cpus);
        e->InterruptObject = (PKINTERRUPT)(void *)it->intr[i];
        e->Irql = dd_intr_irql(it->intr[i]);
        e->Mode = Latched;
        if (e->Irql > t->UnifiedIrql) {
            t->UnifiedIrql = e->Irql;
        }
    }
}

static NDIS_STATUS chars_check(const struct dd_adapter *a,
                               const NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS *c)
{
    /* revision 2 has no page; a driver that sets it is taken at revision 1 */
    if (c->Header.Type != NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT || c->Header.Revision < 1 ||
        c->Header.Revision > 2 ||
        c->Header.Size < NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1) {
        return NDIS_STATUS_BAD_VERSION;
    }
    if (c->InterruptHandler == NULL || c->InterruptDpcHandler == NULL) {
        return NDIS_STATUS_BAD_CHARACTERISTICS;
    }
    if (c->MsiSupported &&
        (c->MessageInterruptHandler == NULL || c->MessageInterruptDpcHandler == NULL)) {
        return NDIS_STATUS_BAD_CHARACTERISTICS;
    }
    if (!a->have_registration) {
        return NDIS_STATUS_FAILURE;
    }
    /* message resources the driver kept, but cannot use */
    return a->irq_mode != DD_IRQ_LINE && !c->MsiSupported ? NDIS_STATUS_NOT_SUPPORTED
                                                          : NDIS_STATUS_SUCCESS;
}

/* the interrupt is live from here on, also before the driver has its handle */
static void publish(struct dd_interrupt *it)
{
    struct dd_adapter_private *p = it->a->priv;

    dd_mutex_lock(&p->intr_lock);
    p->interrupt = it;
    if (!it->message && p->line_level) {
        dd_intr_raise(it->intr[0], true);
    }
    dd_mutex_unlock(&p->intr_lock);
}

struct dd_interrupt *dd_interrupt_make(struct dd_adapter *a, NDIS_HANDLE context,
                                       const NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS *chars,
                                       const struct dd_wdm_isr *wdm, const void *site)
{
    bool message = a->irq_mode != DD_IRQ_LINE;
    struct dd_interrupt *it = interrupt_new(a, context, chars, message, site);

    if (it == NULL) {
        return NULL;
    }
    if (wdm != NULL) {
        it->wdm = *wdm;
    }
    if (!connect(it)) {
        disconnect(it);
        interrupt_drop(it);
        return NULL;
    }
    if (message) {
        fill_table(it);
    }
    return it;
}

void dd_interrupt_publish(struct dd_interrupt *it)
{
    publish(it);
    dd_msi_program(it->a, true);
}

static NDIS_STATUS interrupt_register(struct dd_adapter *a, NDIS_HANDLE context,
                                      NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS *chars,
                                      PNDIS_HANDLE ret_handle, const void *site)
{
    NDIS_STATUS status = chars_check(a, chars);
    struct dd_interrupt *it;

    if (status != NDIS_STATUS_SUCCESS) {
        dd_bad_object(chars, "NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS that cannot be used", site);
        return status;
    }
    if (chars->DisableInterruptHandler == NULL || chars->EnableInterruptHandler == NULL) {
        /* the manual asks for both; NDIS calls them for troubleshooting only, so it goes on */
        dd_bad_object(chars, "no MiniportDisableInterruptEx or MiniportEnableInterruptEx", site);
    }
    if (a->priv->interrupt != NULL) {
        dd_bad_object(a->priv->interrupt, "a second interrupt registration of one adapter", site);
        return NDIS_STATUS_FAILURE;
    }
    if (dd_seam_may_fail(DD_FAIL_INTERRUPT_REGISTER, site)) {
        return NDIS_STATUS_RESOURCES;
    }
    it = dd_interrupt_make(a, context, chars, NULL, site);
    if (it == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    /* the driver may look at its structure from its first ISR on */
    chars->InterruptType = it->message ? NDIS_CONNECT_MESSAGE_BASED : NDIS_CONNECT_LINE_BASED;
    chars->MessageInfoTable = it->table;
    *ret_handle = (NDIS_HANDLE)it;
    dd_interrupt_publish(it);
    return NDIS_STATUS_SUCCESS;
}

void dd_interrupt_destroy(void *obj)
{
    struct dd_interrupt *it = obj;
    struct dd_adapter_private *p = it->a->priv;

    dd_msi_program(it->a, false);
    dd_mutex_lock(&p->intr_lock);
    if (p->interrupt == it) {
        p->interrupt = NULL;
    }
    dd_mutex_unlock(&p->intr_lock);
    disconnect(it);
    dd_intr_dpc_stop(it);
    interrupt_drop(it);
}

NDIS_STATUS NdisMRegisterInterruptEx(
    NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE MiniportInterruptContext,
    PNDIS_MINIPORT_INTERRUPT_CHARACTERISTICS MiniportInterruptCharacteristics,
    PNDIS_HANDLE NdisInterruptHandle)
{
    struct dd_adapter *a;

    DD_API(NdisMRegisterInterruptEx);
    a = dd_adapter_of(MiniportAdapterHandle, DD_SITE());
    if (a == NULL || MiniportInterruptCharacteristics == NULL || NdisInterruptHandle == NULL) {
        return NDIS_STATUS_FAILURE;
    }
    return interrupt_register(a, MiniportInterruptContext, MiniportInterruptCharacteristics,
                              NdisInterruptHandle, DD_SITE());
}

VOID NdisMDeregisterInterruptEx(NDIS_HANDLE NdisInterruptHandle)
{
    struct dd_interrupt *it;

    DD_API(NdisMDeregisterInterruptEx);
    it = dd_nobj_get(NdisInterruptHandle, DD_SLOT_INTERRUPT, "not a registered interrupt",
                     DD_SITE());
    if (it != NULL) {
        dd_interrupt_destroy(it);
    }
}

/* --- synchronize, enable, disable --- */

struct sync_call {
    struct dd_interrupt *it;
    MINIPORT_SYNCHRONIZE_INTERRUPT_HANDLER function;
    NDIS_HANDLE context;
    unsigned message;
    bool enable;
};

static BOOLEAN run_synchronize(void *arg)
{
    struct sync_call *c = arg;
    BOOLEAN result = FALSE;

    DD_CALL(DD_ROLE_SYNCHRONIZE, "MiniportSynchronizeInterrupt", c->it->a,
            result = c->function(c->context));
    return result;
}

BOOLEAN NdisMSynchronizeWithInterruptEx(NDIS_HANDLE NdisInterruptHandle, ULONG MessageId,
                                        MINIPORT_SYNCHRONIZE_INTERRUPT_HANDLER SynchronizeFunction,
                                        PVOID SynchronizeContext)
{
    struct sync_call c = {.function = SynchronizeFunction, .context = SynchronizeContext};

    DD_API(NdisMSynchronizeWithInterruptEx);
    c.it = dd_nobj_get(NdisInterruptHandle, DD_SLOT_INTERRUPT, "not a registered interrupt",
                       DD_SITE());
    if (c.it == NULL) {
        return FALSE;
    }
    if (!c.it->message) {
        MessageId = 0;
    }
    if (MessageId >= c.it->count || c.it->intr[MessageId] == NULL) {
        dd_bad_object(NdisInterruptHandle,
                      "NdisMSynchronizeWithInterruptEx for a message that was not granted",
                      DD_SITE());
        return FALSE;
    }
    return dd_intr_sync(c.it->intr[MessageId], run_synchronize, &c);
}

static BOOLEAN run_enable(void *arg)
{
    const struct sync_call *c = arg;
    const NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS *ch = &c->it->chars;
    enum dd_role role = c->enable ? DD_ROLE_ENABLE_INTERRUPT : DD_ROLE_DISABLE_INTERRUPT;

    if (c->it->message) {
        MINIPORT_ENABLE_MSI_INTERRUPT_HANDLER f =
            c->enable ? ch->EnableMessageInterruptHandler
                      : (MINIPORT_ENABLE_MSI_INTERRUPT_HANDLER)ch->DisableMessageInterruptHandler;

        if (f != NULL) {
            DD_CALL(role,
                    c->enable ? "MiniportEnableMessageInterrupt"
                              : "MiniportDisableMessageInterrupt",
                    c->it->a, f(c->it->context, c->message));
        }
        return TRUE;
    }
    if (c->enable && ch->EnableInterruptHandler != NULL) {
        DD_CALL(role, "MiniportEnableInterruptEx", c->it->a,
                ch->EnableInterruptHandler(c->it->context));
    } else if (!c->enable && ch->DisableInterruptHandler != NULL) {
        DD_CALL(role, "MiniportDisableInterruptEx", c->it->a,
                ch->DisableInterruptHandler(c->it->context));
    }
    return TRUE;
}

void dd_ndis_enable_interrupts(struct dd_adapter *a, bool enable)
{
    struct dd_interrupt *it = a->priv->interrupt;

    if (it != NULL && (it->wdm.service != NULL || it->wdm.message_service != NULL)) {
        return; /* connected by the driver itself: NDIS has no handlers of it */
    }
    for (unsigned i = 0; it != NULL && i < it->count; i++) {
        struct sync_call c = {.it = it, .message = i, .enable = enable};

        (void)dd_intr_sync(it->intr[i], run_enable, &c);
    }
}
