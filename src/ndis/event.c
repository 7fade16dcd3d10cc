/* SPDX-License-Identifier: MIT */
/* NDIS events and sleeping. */
#include "ndis/adapter_priv.h"

#include "base/clock.h"
#include "nt/kernel.h"

#define SLEEP_US_MAX 30000000u

VOID NdisInitializeEvent(PNDIS_EVENT Event)
{
    DD_API(NdisInitializeEvent);
    dd_event_init(&Event->Event, NotificationEvent, false);
}

VOID NdisSetEvent(PNDIS_EVENT Event)
{
    DD_API(NdisSetEvent);
    (void)dd_event_set(&Event->Event);
}

VOID NdisResetEvent(PNDIS_EVENT Event)
{
    DD_API(NdisResetEvent);
    (void)dd_event_reset(&Event->Event);
}

/* Above APC_LEVEL nothing may wait: the wrong call (seen by its IRQL) looks at the event and goes
 * on. */
BOOLEAN NdisWaitEvent(PNDIS_EVENT Event, UINT MsToWait)
{
    uint64_t timeout_ns = MsToWait == 0 ? UINT64_MAX : (uint64_t)MsToWait * DD_NS_PER_MS;

    DD_API(NdisWaitEvent);
    if (dd_irql_get() > APC_LEVEL) {
        timeout_ns = 0;
    }
    return dd_wait(&Event->Event, timeout_ns) == STATUS_SUCCESS;
}

VOID NdisMSleep(ULONG MicrosecondsToSleep)
{
    KEVENT never;

    DD_API(NdisMSleep);
    if (dd_irql_get() > APC_LEVEL) {
        return;
    }
    if (MicrosecondsToSleep > SLEEP_US_MAX) {
        dd_bad_object(NULL, "NdisMSleep for more than 30 seconds", DD_SITE());
        MicrosecondsToSleep = SLEEP_US_MAX;
    }
    dd_event_init(&never, NotificationEvent, false);
    (void)dd_wait(&never, (uint64_t)MicrosecondsToSleep * DD_NS_PER_US);
}
