/* SPDX-License-Identifier: MIT */
/* Interrupt DPCs: queueing on chosen CPUs, receive throttle. */
#include "ndis/interrupt_int.h"

#include "base/clock.h"

static void call_dpc(const struct dd_intr_dpc *d, PVOID context,
                     NDIS_RECEIVE_THROTTLE_PARAMETERS *throttle)
{
    const struct dd_interrupt *it = d->interrupt;

    if (it->message) {
        DD_CALL(DD_ROLE_INTERRUPT_DPC, "MiniportMessageInterruptDPC", it->a,
                it->chars.MessageInterruptDpcHandler(it->context, d->message, context, throttle,
                                                     NULL));
    } else {
        DD_CALL(DD_ROLE_INTERRUPT_DPC, "MiniportInterruptDPC", it->a,
                it->chars.InterruptDpcHandler(it->context, context, throttle, NULL));
    }
}

/* the driver kept to the cap, and set MoreNblsPending only with one */
static void check_throttle(const struct dd_interrupt *it,
                           const NDIS_RECEIVE_THROTTLE_PARAMETERS *throttle, uint32_t cap,
                           uint32_t indicated)
{
    bool no_cap = cap == NDIS_INDICATE_ALL_NBLS;

    if (it->throttle && ((!no_cap && indicated > cap) || (no_cap && throttle->MoreNblsPending))) {
        DD_SEAM(.kind = DD_EV_THROTTLE_BROKEN, .adapter = it->a, .a = cap, .b = indicated,
                .c = throttle->MoreNblsPending);
    }
}

static void run_dpc(PKDPC dpc, PVOID context, PVOID arg1, PVOID arg2)
{
    struct dd_intr_dpc *d = context;
    struct dd_adapter *a = d->interrupt->a;
    struct dd_adapter_private *p = a->priv;
    NDIS_RECEIVE_THROTTLE_PARAMETERS throttle = {.MaxNblsToIndicate = p->config.rx_max_nbls};
    uint64_t start = dd_seam_listening() ? dd_clock_ns() : 0;
    uint32_t indicated = 0;
    unsigned cpu = d->cpu < DD_CPUS_MAX ? d->cpu : 0;

    (void)dpc;
    (void)arg2;
    atomic_store_explicit(&p->dpc_indicated[cpu], &indicated, memory_order_relaxed);
    call_dpc(d, arg1, &throttle);
    atomic_store_explicit(&p->dpc_indicated[cpu], NULL, memory_order_relaxed);
    dd_count(&p->count.dpcs, 1);
    DD_SEAM(.kind = DD_EV_DPC, .adapter = a, .a = d->cpu, .b = dd_clock_ns() - start);
    check_throttle(d->interrupt, &throttle, p->config.rx_max_nbls, indicated);
    if (d->interrupt->throttle && throttle.MoreNblsPending &&
        !atomic_load(&d->interrupt->stopping)) {
        (void)dd_dpc_queue(&d->dpc, d->cpu, arg1, NULL);
    }
}

static struct dd_intr_dpc *dpc_at(struct dd_interrupt *it, unsigned message, unsigned cpu)
{
    return &it->dpcs[(size_t)message * it->cpus + cpu];
}

void dd_intr_dpc_init(struct dd_interrupt *it)
{
    for (unsigned m = 0; m < it->count; m++) {
        for (unsigned c = 0; c < it->cpus; c++) {
            struct dd_intr_dpc *d = dpc_at(it, m, c);

            d->interrupt = it;
            d->message = m;
            d->cpu = c;
            dd_dpc_init(&d->dpc, run_dpc, d);
        }
    }
}

/* A DPC that asks for another one is flushed until it stops asking or has left the queue. */
void dd_intr_dpc_stop(struct dd_interrupt *it)
{
    atomic_store(&it->stopping, true);
    dd_dpc_flush();
    for (size_t i = 0; i < (size_t)it->count * it->cpus; i++) {
        (void)dd_dpc_remove(&it->dpcs[i].dpc);
    }
    dd_dpc_flush();
}

uint64_t dd_intr_dpc_queue(struct dd_interrupt *it, unsigned message, uint64_t targets,
                           PVOID context)
{
    uint64_t queued = 0;

    for (unsigned c = 0; c < it->cpus; c++) {
        if ((targets >> c & 1) != 0 &&
            dd_dpc_queue(&dpc_at(it, message, c)->dpc, c, context, NULL)) {
            queued |= 1ull << c;
        }
    }
    return queued;
}

static uint64_t queue_checked(NDIS_HANDLE handle, ULONG message, uint64_t targets, PVOID context,
                              const void *site)
{
    struct dd_interrupt *it =
        dd_nobj_get(handle, DD_SLOT_INTERRUPT, "not a registered interrupt", site);

    if (it == NULL) {
        return 0;
    }
    if (!it->message) {
        message = 0;
    }
    if (message >= it->count) {
        dd_bad_object(handle, "a DPC queued for a message that was not granted", site);
        return 0;
    }
    return dd_intr_dpc_queue(it, message, targets, context);
}

ULONG NdisMQueueDpc(NDIS_HANDLE NdisInterruptHandle, ULONG MessageId, ULONG TargetProcessors,
                    PVOID MiniportDpcContext)
{
    DD_API(NdisMQueueDpc);
    return (ULONG)queue_checked(NdisInterruptHandle, MessageId, TargetProcessors,
                                MiniportDpcContext, DD_SITE());
}

KAFFINITY NdisMQueueDpcEx(NDIS_HANDLE NdisInterruptHandle, ULONG MessageId,
                          PGROUP_AFFINITY TargetProcessors, PVOID MiniportDpcContext)
{
    DD_API(NdisMQueueDpcEx);
    if (TargetProcessors->Group != 0) {
        return 0;
    }
    return queue_checked(NdisInterruptHandle, MessageId, TargetProcessors->Mask, MiniportDpcContext,
                         DD_SITE());
}
