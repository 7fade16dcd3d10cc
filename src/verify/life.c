/* SPDX-License-Identifier: MIT */
/* Life cycle, OIDs, and what is left at the end. */
#include "verify/verify_int.h"

static void on_unexpected(struct dd_verify *v, const struct dd_ev *ev)
{
    const char *rule = ev->a == DD_ROLE_PAUSE     ? "pause-complete-unexpected"
                       : ev->a == DD_ROLE_RESTART ? "restart-complete-unexpected"
                                                  : "reset-complete-unexpected";
    const char *api = ev->a == DD_ROLE_PAUSE     ? "NdisMPauseComplete"
                      : ev->a == DD_ROLE_RESTART ? "NdisMRestartComplete"
                                                 : "NdisMResetComplete";

    dd_finding_one(v, rule, "completed at", ev->site, api, "%s was called, and nothing is pending",
                   api);
}

static void on_paused(struct dd_verify *v, const struct dd_ev *ev)
{
    if (ev->a) {
        dd_finding_one(v, "tx-pending-at-pause", "completed at", ev->site, NULL,
                       "the pause completed with %llu sends outstanding",
                       (unsigned long long)ev->a);
    }
    if (ev->b) {
        dd_finding_one(v, "rx-pending-at-pause", "completed at", ev->site, NULL,
                       "the pause completed with %llu indicated lists not returned",
                       (unsigned long long)ev->b);
    }
}

static void on_reset(struct dd_verify *v, const struct dd_ev *ev)
{
    dd_verify_offload_disturbed(v, ev->adapter);
    if (ev->d >= (6u << 16 | 30) && (ev->b || ev->c)) {
        dd_finding_one(v, "reset-pending-not-flushed", NULL, NULL, NULL,
                       "the reset finished with %llu sends%s from before it outstanding",
                       (unsigned long long)ev->b, ev->c ? " and an OID request" : "");
    }
}

static void on_oid(struct dd_verify *v, const struct dd_ev *ev)
{
    static const struct {
        const char *rule, *text;
    } problems[] = {
        [DD_OID_DOUBLE_COMPLETE] = {"oid-double-complete", "was completed before"},
        [DD_OID_COMPLETED_PENDING] = {"oid-complete-pending",
                                      "was completed with NDIS_STATUS_PENDING"},
        [DD_OID_OVERRUN] = {"oid-buffer", "was answered with more bytes than its buffer holds"},
        [DD_OID_MUST_SUCCEED] = {"oid-must-succeed", "may not fail like this"},
        [DD_OID_TIMEOUT] = {"oid-timeout", "was not completed in time"},
        [DD_OID_MANDATORY] = {"oid-wrong-answer", "is mandatory and was refused"},
        [DD_OID_UNKNOWN_REQUEST] = {"oid-double-complete", "is not pending"},
        [DD_OID_WRONG_ANSWER] = {"oid-wrong-answer",
                                 "was answered in a way its page does not allow"},
    };

    if (ev->c < DD_ARRAY_LEN(problems) && problems[ev->c].rule) {
        dd_finding_one(v, problems[ev->c].rule, "answered at", ev->site, NULL,
                       "OID 0x%08x %s (status 0x%08x)", (uint32_t)ev->a, problems[ev->c].text,
                       (uint32_t)ev->b);
    }
}

static void on_watchdog(struct dd_verify *v, const struct dd_ev *ev)
{
    static const struct {
        enum dd_role role;
        const char *text;
    } what[] = {
        {DD_ROLE_PAUSE, "a pause was not completed"},
        {DD_ROLE_RESTART, "a restart was not completed"},
        {DD_ROLE_RESET, "a reset was not completed"},
        {DD_ROLE_SEND, "send and return handlers did not return"},
    };
    const char *text = "an operation was not completed";

    for (size_t i = 0; i < DD_ARRAY_LEN(what); i++) {
        text = what[i].role == ev->a ? what[i].text : text;
    }
    dd_finding_one(v, "watchdog-miniport", "called at", ev->site, NULL, "%s within %llu ms", text,
                   (unsigned long long)ev->b);
}

static void on_status(struct dd_verify *v, const struct dd_ev *ev)
{
    static const char *const words[] = {
        [DD_STATUS_HEADER] = "its header is not that of NDIS_STATUS_INDICATION",
        [DD_STATUS_SIZE] = "its buffer is smaller than this status needs",
        [DD_STATUS_EARLY] = "attributes are not set yet",
        [DD_STATUS_AFTER_HALT] = "the adapter is halted",
        [DD_STATUS_NDIS_ONLY] = "this status is NDIS' to indicate",
        [DD_STATUS_NDIS5] = "this status is of NDIS 5",
        [DD_STATUS_SOURCE] = "SourceHandle is not the adapter's handle",
        [DD_STATUS_DESTINATION] = "DestinationHandle is set",
    };

    if (ev->c < DD_ARRAY_LEN(words) && words[ev->c]) {
        dd_finding_one(v, "object-misuse", "indicated at", ev->site, "NdisMIndicateStatusEx",
                       "status 0x%08x: %s", (uint32_t)ev->a, words[ev->c]);
    } else {
        dd_verify_offload_status(v, ev);
    }
}

static void on_registered(struct dd_verify *v, const struct dd_ev *ev)
{
    v->ndis_version = ev->a;
    if (ev->a >> 16 < 6) {
        dd_finding_one(v, "sg-register-ndis5-version", "registered at", ev->site,
                       "NdisMRegisterMiniportDriver",
                       "the driver declares NDIS %u.%u; scatter/gather DMA needs 6.0",
                       (unsigned)(ev->a >> 16), (unsigned)(ev->a & 0xffff));
    }
}

static const char *leak_rule(const struct dd_ev *ev)
{
    switch (ev->a) {
    case DD_LEAK_SGL:
        return "sgl-leak-at-halt";
    case DD_LEAK_SG_REGISTRATION:
        return ev->c ? "sg-missing-deregister-on-init-failure" : "sg-missing-deregister";
    case DD_LEAK_SHMEM:
        return "shmem-leak-at-halt";
    case DD_LEAK_INTERRUPT:
        return "halt-missing-deregister-int";
    case DD_LEAK_TIMER:
        return "halt-timer-active";
    default:
        return ev->c ? "init-leak" : "halt-unfreed-object";
    }
}

static void on_leak(struct dd_verify *v, const struct dd_ev *ev)
{
    struct dd_finding f;
    struct dd_vlist *l = NULL;

    dd_finding_begin(&f, leak_rule(ev), "%s %p%s was not freed", (const char *)ev->data, ev->obj,
                     ev->c ? ", made in a MiniportInitializeEx that failed," : "");
    if (ev->a == DD_LEAK_SGL) {
        dd_mutex_lock(&v->lock);
        l = dd_map_get(&v->live, DD_KEY(ev->obj));
        dd_finding_site(&f, "mapped at", l ? l->mapped_at : ev->site,
                        "NdisMAllocateNetBufferSGList");
        dd_mutex_unlock(&v->lock);
    } else {
        dd_finding_site(&f, "made at", ev->site, NULL);
    }
    dd_finding_end(v, &f);
}

static void on_state(struct dd_verify *v, const struct dd_ev *ev)
{
    if (ev->b == DD_STATE_HALTED) {
        dd_verify_offload_halted(v, ev->adapter);
        dd_verify_offload_config_halted(v, ev->adapter);
    }
    dd_mutex_lock(&v->lock);
    if (ev->b == DD_STATE_HALTED) {
        dd_map_del(&v->states, DD_KEY(ev->adapter));
    } else {
        dd_map_put(&v->states, DD_KEY(ev->adapter), (void *)(uintptr_t)ev->b);
    }
    dd_mutex_unlock(&v->lock);
}

void dd_verify_life(struct dd_verify *v, const struct dd_ev *ev)
{
    switch (ev->kind) {
    case DD_EV_ADAPTER_STATE:
        on_state(v, ev);
        break;
    case DD_EV_DEV_REMOVED:
        dd_verify_offload_disturbed(v, NULL);
        break;
    case DD_EV_COMPLETE_UNEXPECTED:
        on_unexpected(v, ev);
        break;
    case DD_EV_PAUSE_BAD_RETURN:
        dd_finding_one(v, "pause-bad-return", NULL, NULL, NULL, "MiniportPause returned 0x%08x",
                       (uint32_t)ev->a);
        break;
    case DD_EV_RESET_DONE:
        on_reset(v, ev);
        break;
    case DD_EV_PAUSED_WITH:
        on_paused(v, ev);
        break;
    case DD_EV_INIT_NO_GENERAL:
        dd_finding_one(v, "init-without-general-attributes", NULL, NULL, NULL,
                       "MiniportInitializeEx returned success and general attributes were not set");
        break;
    case DD_EV_OID:
        on_oid(v, ev);
        break;
    case DD_EV_WATCHDOG:
        on_watchdog(v, ev);
        break;
    case DD_EV_STATUS:
        on_status(v, ev);
        break;
    case DD_EV_DRIVER_REGISTERED:
        on_registered(v, ev);
        break;
    case DD_EV_LEAK:
        on_leak(v, ev);
        break;
    default:
        break;
    }
}
