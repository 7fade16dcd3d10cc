/* SPDX-License-Identifier: MIT */
/*
 * Poll mode (NDIS 6.85): NDIS calls the driver for its work.
 *
 *   NdisRequestPoll (from the ISR) -> DPC on the object's processor -> NdisPoll, again while it
 *   makes progress -> NdisSetPollNotification: the driver enables its interrupt
 *
 * The object's state is one word. SCHEDULED is set from a request until the interrupt was asked
 * for, so the object is polled by one DPC at a time; REQUESTED says that a request came after the
 * last call of NdisPoll began, so another call is owed.
 *
 * Source: windows-driver-docs, network/ndis-poll-mode pages; poll.h (nt-services 4.14).
 * Unspecified there: the IRQL of both handlers (Drydock: DISPATCH_LEVEL), the maxima (64, and the
 * receive throttle of the run if that is less), how many calls in a row (16, then other DPCs have
 * their turn), whether NdisSetPollNotification is ever called to disable (never: the driver's ISR
 * has).
 */
#include "ndis/adapter_priv.h"
#include "ndis/nbl.h"

#define MAX_NBLS   64u
#define ROUNDS     16u
#define CHAIN_MAX  65536u
#define REQUESTED  1u
#define SCHEDULED  2u
#define NO_CPU     UINT32_MAX
#define NOT_A_POLL "not a registered poll object"

struct dd_poll {
    struct dd_nobj obj;
    struct dd_adapter *a;
    PVOID context;
    NDIS_POLL_CHARACTERISTICS chars;
    KDPC dpc;
    _Atomic(uint32_t) state;
    _Atomic(uint32_t) cpu; /* NO_CPU: where it is requested */
    _Atomic(bool) stopping;
};

/* --- what a call brought --- */

/* how long it is; what is no NBL ends it */
static uint32_t length_of(const NET_BUFFER_LIST *chain)
{
    uint32_t n = 0;

    while (chain != NULL && n < CHAIN_MAX && dd_nbl_slot_of(chain) != NULL) {
        n++;
        chain = chain->Next;
    }
    return n;
}

static void check_count(const struct dd_poll *p, uint32_t told, uint32_t length)
{
    if (told != NDIS_ANY_NUMBER_OF_NBLS && told != length) {
        dd_bad_object(p, "NdisPoll set a number of NBLs that is not the length of its chain",
                      (const void *)(uintptr_t)p->chars.PollHandler);
    }
}

static bool take_sends(struct dd_poll *p, const NDIS_POLL_TRANSMIT_DATA *t)
{
    uint32_t n = length_of(t->CompletedNblChain);
    const void *site = (const void *)(uintptr_t)p->chars.PollHandler;

    check_count(p, t->NumberOfCompletedNbls, n);
    if (n > t->MaxNblsToComplete) {
        dd_bad_object(p, "NdisPoll completed more NBLs than MaxNblsToComplete", site);
    }
    if (t->CompletedNblChain != NULL) {
        dd_ndis_send_completed(p->a, t->CompletedNblChain,
                               t->SendCompleteFlags | NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL,
                               site);
    }
    return t->CompletedNblChain != NULL || t->NumberOfRemainingNbls != 0;
}

static bool take_receives(struct dd_poll *p, const NDIS_POLL_RECEIVE_DATA *r)
{
    uint32_t n = length_of(r->IndicatedNblChain);

    check_count(p, r->NumberOfIndicatedNbls, n);
    if (n > r->MaxNblsToIndicate) {
        DD_SEAM(.kind = DD_EV_THROTTLE_BROKEN, .adapter = p->a, .a = r->MaxNblsToIndicate, .b = n);
    }
    if (r->IndicatedNblChain != NULL) {
        dd_ndis_indicated(p->a, r->IndicatedNblChain, n,
                          r->Flags | NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL,
                          (const void *)(uintptr_t)p->chars.PollHandler);
    }
    return r->IndicatedNblChain != NULL || r->NumberOfRemainingNbls != 0;
}

/* one call of NdisPoll; true: it made progress, or knows of more */
static bool poll_once(struct dd_poll *p)
{
    uint32_t cap = p->a->priv->config.rx_max_nbls;
    NDIS_POLL_DATA d = {.Header = {NDIS_OBJECT_TYPE_DEFAULT, 1,
                                   NDIS_SIZEOF_NDIS_POLL_DATA_REVISION_1},
                        .Transmit = {.MaxNblsToComplete = MAX_NBLS},
                        .Receive = {.MaxNblsToIndicate =
                                        cap != 0 && cap < MAX_NBLS ? cap : MAX_NBLS}};
    ULONG max_rx = d.Receive.MaxNblsToIndicate;
    bool sends, receives;

    DD_CALL(DD_ROLE_POLL, "NdisPoll", p->a, p->chars.PollHandler(p->context, &d));
    /* the driver's mistakes are not measured with what it wrote over */
    d.Transmit.MaxNblsToComplete = MAX_NBLS;
    d.Receive.MaxNblsToIndicate = max_rx;
    sends = take_sends(p, &d.Transmit);
    receives = take_receives(p, &d.Receive);
    return sends || receives;
}

/* --- when it is called --- */

static void queue(struct dd_poll *p)
{
    uint32_t cpu = atomic_load(&p->cpu);

    (void)dd_dpc_queue(&p->dpc, cpu == NO_CPU ? DD_CPU_ANY : cpu, NULL, NULL);
}

static void enable_interrupt(struct dd_poll *p)
{
    NDIS_POLL_NOTIFICATION n = {.Header = {NDIS_OBJECT_TYPE_DEFAULT, 1,
                                           NDIS_SIZEOF_NDIS_POLL_NOTIFICATION_REVISION_1},
                                .Enabled = TRUE};

    DD_CALL(DD_ROLE_SET_POLL_NOTIFICATION, "NdisSetPollNotification", p->a,
            p->chars.SetPollNotificationHandler(p->context, &n));
}

/* nothing was left to do: true when nothing was requested meanwhile and the object rests */
static bool rest(struct dd_poll *p)
{
    uint32_t scheduled = SCHEDULED;

    if ((atomic_load(&p->state) & REQUESTED) != 0) {
        return false;
    }
    enable_interrupt(p);
    return atomic_compare_exchange_strong(&p->state, &scheduled, 0);
}

static void run(PKDPC dpc, PVOID arg, PVOID arg1, PVOID arg2)
{
    struct dd_poll *p = arg;

    (void)dpc;
    (void)arg1;
    (void)arg2;
    dd_count(&p->a->priv->count.dpcs, 1);
    for (unsigned i = 0; i < ROUNDS && !atomic_load(&p->stopping); i++) {
        atomic_fetch_and(&p->state, ~REQUESTED);
        if (!poll_once(p) && rest(p)) {
            return;
        }
    }
    if (!atomic_load(&p->stopping)) {
        queue(p);
    }
}

/* --- the object --- */

static NDIS_STATUS check(const struct dd_adapter *a, const NDIS_POLL_CHARACTERISTICS *c)
{
    if (c->Header.Type != NDIS_OBJECT_TYPE_DEFAULT || c->Header.Revision < 1 ||
        c->Header.Size < NDIS_SIZEOF_NDIS_POLL_CHARACTERISTICS_REVISION_1) {
        return NDIS_STATUS_BAD_VERSION;
    }
    if (c->PollHandler == NULL || c->SetPollNotificationHandler == NULL) {
        return NDIS_STATUS_BAD_CHARACTERISTICS;
    }
    return a->have_registration ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE;
}

static NDIS_STATUS poll_register(struct dd_adapter *a, PVOID context,
                                 const NDIS_POLL_CHARACTERISTICS *c, NDIS_POLL_HANDLE *ret_handle,
                                 const void *site)
{
    NDIS_STATUS status = check(a, c);
    struct dd_poll *p;

    if (status != NDIS_STATUS_SUCCESS) {
        dd_bad_object(c, "NDIS_POLL_CHARACTERISTICS that cannot be used", site);
        return status;
    }
    if (dd_seam_may_fail(DD_FAIL_POLL_REGISTER, site)) {
        return NDIS_STATUS_RESOURCES;
    }
    p = dd_nobj_new(DD_SLOT_POLL, sizeof(*p), a, site);
    if (p == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    p->a = a;
    p->context = context;
    p->chars = *c;
    atomic_store(&p->cpu, NO_CPU);
    dd_dpc_init(&p->dpc, run, p);
    *ret_handle = (NDIS_POLL_HANDLE)(void *)p;
    return NDIS_STATUS_SUCCESS;
}

/* A DPC that goes on is flushed until it has seen that it must not, or has left the queue. */
void dd_poll_destroy(void *obj)
{
    struct dd_poll *p = obj;

    atomic_store(&p->stopping, true);
    dd_dpc_flush();
    (void)dd_dpc_remove(&p->dpc);
    dd_dpc_flush();
    dd_nobj_free(p);
}

NDIS_STATUS NdisRegisterPoll(NDIS_HANDLE NdisHandle, PVOID Context,
                             const NDIS_POLL_CHARACTERISTICS *Characteristics,
                             NDIS_POLL_HANDLE *PollHandle)
{
    struct dd_adapter *a;

    DD_API(NdisRegisterPoll);
    a = dd_adapter_of(NdisHandle, DD_SITE());
    if (a == NULL || Characteristics == NULL || PollHandle == NULL) {
        return NDIS_STATUS_INVALID_PARAMETER;
    }
    return poll_register(a, Context, Characteristics, PollHandle, DD_SITE());
}

VOID NdisDeregisterPoll(NDIS_POLL_HANDLE PollHandle)
{
    struct dd_poll *p;

    DD_API(NdisDeregisterPoll);
    p = dd_nobj_get(PollHandle, DD_SLOT_POLL, NOT_A_POLL, DD_SITE());
    if (p == NULL) {
        return;
    }
    if (dd_irql_get() != PASSIVE_LEVEL) {
        dd_bad_object(p, "a poll object deregistered where its poll cannot be waited for",
                      DD_SITE());
        return;
    }
    dd_poll_destroy(p);
}

VOID NdisRequestPoll(NDIS_POLL_HANDLE PollHandle, PVOID Reserved)
{
    struct dd_poll *p;

    DD_API(NdisRequestPoll);
    (void)Reserved;
    p = dd_nobj_get(PollHandle, DD_SLOT_POLL, NOT_A_POLL, DD_SITE());
    if (p != NULL && !atomic_load(&p->stopping) &&
        (atomic_fetch_or(&p->state, REQUESTED | SCHEDULED) & SCHEDULED) == 0) {
        queue(p);
    }
}

VOID NdisSetPollAffinity(NDIS_POLL_HANDLE PollHandle, const PROCESSOR_NUMBER *PollAffinity)
{
    struct dd_poll *p;

    DD_API(NdisSetPollAffinity);
    p = dd_nobj_get(PollHandle, DD_SLOT_POLL, NOT_A_POLL, DD_SITE());
    if (p == NULL) {
        return;
    }
    if (PollAffinity == NULL || PollAffinity->Group != 0 ||
        PollAffinity->Number >= dd_cpu_count()) {
        dd_bad_object(p, "NdisSetPollAffinity to a processor that is not there", DD_SITE());
        return;
    }
    atomic_store(&p->cpu, PollAffinity->Number);
}
