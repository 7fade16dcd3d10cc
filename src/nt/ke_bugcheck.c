/* SPDX-License-Identifier: MIT */
/* Bug checks and the callbacks a driver registers for them. */
#include "nt/ke_int.h"

#define REGISTERED 1
#define DUMP_MAX   4096u

static struct {
    struct dd_mutex lock; /* guards list and the records' State */
    LIST_ENTRY list;
} callbacks = {DD_MUTEX_INIT, {&callbacks.list, &callbacks.list}};

static PKBUGCHECK_REASON_CALLBACK_RECORD take_first(void)
{
    PKBUGCHECK_REASON_CALLBACK_RECORD r = NULL;

    dd_mutex_lock(&callbacks.lock);
    if (!IsListEmpty(&callbacks.list)) {
        r = CONTAINING_RECORD(RemoveHeadList(&callbacks.list), KBUGCHECK_REASON_CALLBACK_RECORD,
                              Entry);
        r->State = 0;
    }
    dd_mutex_unlock(&callbacks.lock);
    return r;
}

/* Only those that give data for a dump are called; what they give is dropped, there is no dump. */
static void run_callbacks(void)
{
    static UCHAR buffer[DUMP_MAX];
    PKBUGCHECK_REASON_CALLBACK_RECORD r;

    while ((r = take_first()) != NULL) {
        KBUGCHECK_SECONDARY_DUMP_DATA data = {.InBuffer = buffer,
                                              .InBufferLength = DUMP_MAX,
                                              .MaximumAllowed = DUMP_MAX};

        if (r->Reason == KbCallbackSecondaryDumpData) {
            DD_CALL(DD_ROLE_OTHER, "bug check callback", NULL,
                    r->CallbackRoutine(r->Reason, r, &data, sizeof(data)));
        }
    }
}

static _Noreturn void bug_check(ULONG code, ULONG_PTR p1, ULONG_PTR p2, ULONG_PTR p3, ULONG_PTR p4,
                                const void *site)
{
    struct dd_ctx *ctx = dd_ctx_self();

    DD_SEAM(.kind = DD_EV_BUGCHECK, .site = site, .a = code, .b = p1, .c = p2, .d = p3);
    if (ctx != NULL) {
        KIRQL irql = ctx->irql;

        /* not dd_irql_raise(): nothing may block any more */
        dd_irql_note(ctx, HIGH_LEVEL);
        run_callbacks();
        dd_irql_note(ctx, irql);
    }
    dd_machine_bugcheck("the driver asked for bug check 0x%08X (0x%llX, 0x%llX, 0x%llX, 0x%llX)",
                        code, (unsigned long long)p1, (unsigned long long)p2,
                        (unsigned long long)p3, (unsigned long long)p4);
}

DECLSPEC_NORETURN VOID KeBugCheckEx(ULONG BugCheckCode, ULONG_PTR BugCheckParameter1,
                                    ULONG_PTR BugCheckParameter2, ULONG_PTR BugCheckParameter3,
                                    ULONG_PTR BugCheckParameter4)
{
    DD_API(KeBugCheckEx);
    bug_check(BugCheckCode, BugCheckParameter1, BugCheckParameter2, BugCheckParameter3,
              BugCheckParameter4, DD_SITE());
}

DECLSPEC_NORETURN VOID KeBugCheck(ULONG BugCheckCode)
{
    DD_API(KeBugCheck);
    bug_check(BugCheckCode, 0, 0, 0, 0, DD_SITE());
}

BOOLEAN KeRegisterBugCheckReasonCallback(PKBUGCHECK_REASON_CALLBACK_RECORD CallbackRecord,
                                         PKBUGCHECK_REASON_CALLBACK_ROUTINE CallbackRoutine,
                                         KBUGCHECK_CALLBACK_REASON Reason, PUCHAR Component)
{
    BOOLEAN fresh;

    DD_API(KeRegisterBugCheckReasonCallback);
    dd_mutex_lock(&callbacks.lock);
    fresh = CallbackRecord->State == 0;
    if (fresh) {
        CallbackRecord->CallbackRoutine = CallbackRoutine;
        CallbackRecord->Reason = Reason;
        CallbackRecord->Component = Component;
        CallbackRecord->State = REGISTERED;
        InsertTailList(&callbacks.list, &CallbackRecord->Entry);
    }
    dd_mutex_unlock(&callbacks.lock);
    return fresh;
}

BOOLEAN KeDeregisterBugCheckReasonCallback(PKBUGCHECK_REASON_CALLBACK_RECORD CallbackRecord)
{
    BOOLEAN was;

    DD_API(KeDeregisterBugCheckReasonCallback);
    dd_mutex_lock(&callbacks.lock);
    was = CallbackRecord->State == REGISTERED;
    if (was) {
        RemoveEntryList(&CallbackRecord->Entry);
        CallbackRecord->State = 0;
    }
    dd_mutex_unlock(&callbacks.lock);
    return was;
}
