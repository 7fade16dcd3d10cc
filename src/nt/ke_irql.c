/* SPDX-License-Identifier: MIT */
/* IRQL and critical regions. */
#include "nt/ke_int.h"
#include "nt/thread.h"

KIRQL KeGetCurrentIrql(VOID)
{
    DD_API(KeGetCurrentIrql);
    return dd_irql_get();
}

KIRQL KfRaiseIrql(KIRQL NewIrql)
{
    DD_API(KfRaiseIrql);
    return dd_irql_raise_at(NewIrql, DD_SITE());
}

VOID KeLowerIrql(KIRQL NewIrql)
{
    DD_API(KeLowerIrql);
    dd_irql_lower_at(NewIrql, DD_SITE());
}

KIRQL KeRaiseIrqlToDpcLevel(VOID)
{
    DD_API(KeRaiseIrqlToDpcLevel);
    return dd_irql_raise_at(DISPATCH_LEVEL, DD_SITE());
}

KIRQL KeRaiseIrqlToSynchLevel(VOID)
{
    DD_API(KeRaiseIrqlToSynchLevel);
    return dd_irql_raise_at(SYNCH_LEVEL, DD_SITE());
}

/* There are no APCs here: only the balance is kept. */
VOID KeEnterCriticalRegion(VOID)
{
    struct dd_ctx *ctx = dd_ctx_self();

    DD_API(KeEnterCriticalRegion);
    if (ctx != NULL) {
        ctx->critical++;
    }
}

VOID KeLeaveCriticalRegion(VOID)
{
    struct dd_ctx *ctx = dd_ctx_self();

    DD_API(KeLeaveCriticalRegion);
    if (ctx == NULL) {
        return;
    }
    if (ctx->critical == 0) {
        dd_object_bad(dd_thread_current(), "KeLeaveCriticalRegion without KeEnterCriticalRegion",
                      DD_SITE());
        return;
    }
    ctx->critical--;
}
