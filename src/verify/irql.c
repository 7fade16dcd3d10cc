/* SPDX-License-Identifier: MIT */
/* Every Windows entry point against the IRQL its page allows. */
#include "verify/verify_int.h"

#include <stdio.h>

const char *dd_irql_name(uint64_t irql)
{
    static const char *const names[] = {"PASSIVE_LEVEL", "APC_LEVEL", "DISPATCH_LEVEL"};

    return irql < DD_ARRAY_LEN(names) ? names[irql] : "DIRQL";
}

/* names with a rule of their own */
static const char *rule_of(uint64_t api)
{
    switch (api) {
    case DD_API_NdisMRegisterScatterGatherDma:
    case DD_API_NdisMDeregisterScatterGatherDma:
        return "sg-register-irql";
    case DD_API_NdisMAllocateNetBufferSGList:
        return "sgl-alloc-irql";
    case DD_API_NdisMFreeNetBufferSGList:
        return "sgl-free-irql";
    case DD_API_NdisMAllocateSharedMemory:
        return "shmem-alloc-irql";
    case DD_API_NdisMSendNetBufferListsComplete:
        return "tx-complete-irql";
    case DD_API_NdisWaitEvent:
        return "waitevent-irql";
    default:
        return "irql-general";
    }
}

static const char *allowed(const struct dd_api_info *api, char *out, size_t size)
{
    if (api->irql_min == api->irql_max) {
        snprintf(out, size, "%s", dd_irql_name(api->irql_min));
    } else if (api->irql_min == 0) {
        snprintf(out, size, "at most %s", dd_irql_name(api->irql_max));
    } else {
        snprintf(out, size, "at least %s", dd_irql_name(api->irql_min));
    }
    return out;
}

void dd_verify_irql(struct dd_verify *v, const struct dd_ev *ev)
{
    const struct dd_api_info *api = &dd_api_table[ev->a];
    char text[64];

    if (ev->b >= api->irql_min && ev->b <= api->irql_max) {
        return;
    }
    if (v->config.in_driver && !v->config.in_driver(v->config.arg, ev->site)) {
        return;
    }
    dd_finding_one(v, rule_of(ev->a), "called at", ev->site, api->name,
                   "%s was called at %s; allowed: %s", api->name, dd_irql_name(ev->b),
                   allowed(api, text, sizeof(text)));
}
