/* SPDX-License-Identifier: MIT */
/*
 * The verifier: listens on the seam, keeps its own picture of who owns what, and reports findings.
 * It changes nothing in the rooms it watches.
 */
#ifndef DD_VERIFY_VERIFY_H
#define DD_VERIFY_VERIFY_H

#include "seam/seam.h"

enum dd_severity {
    DD_SEV_INFO,
    DD_SEV_WARNING,
    DD_SEV_ERROR
};

/* one rule of the catalogue */
struct dd_rule {
    const char *id; /* "sgl-leak-at-complete" */
    enum dd_severity severity;
    const char *driver_verifier; /* "0xE6/0x0A", or "" */
    const char *detects;         /* one line */
    const char *explain; /* what it means, why it matters, how to mend it: a few paragraphs */
    const char *source;  /* the document that says so */
};

extern const struct dd_rule dd_rules[];
extern const unsigned dd_rule_count;
const struct dd_rule *dd_rule_find(const char *id);

#define DD_FINDING_SITES 4

struct dd_finding {
    const struct dd_rule *rule;
    char text[512]; /* one or two lines, names the objects */
    struct {
        const char *label; /* "mapped at", "completed at" */
        const void *pc;    /* call site; NULL: unused */
        const char *api;   /* Windows name called there, or NULL */
    } sites[DD_FINDING_SITES];
    char access[128]; /* the device's access, as exactly as the device can tell; "" without one */
};

struct dd_verify_config {
    /* called on the thread of the event, at any IRQL; must not call the rooms below */
    void (*report)(void *arg, const struct dd_finding *finding);
    void *arg;
    const char *const *disabled; /* NULL-terminated rule ids that stay silent; or NULL */
    /* is @site in the driver? Calls the runtime makes for its own purposes are not the driver's
     * fault. NULL: yes */
    bool (*in_driver)(void *arg, const void *site);
};

struct dd_verify;

/* dd_verify_new - then dd_seam_listen(dd_verify_listener(v)) */
int dd_verify_new(const struct dd_verify_config *config, struct dd_verify **ret_verify);
void dd_verify_free(struct dd_verify *v);
const struct dd_listener *dd_verify_listener(struct dd_verify *v);
uint64_t dd_verify_count(struct dd_verify *v);
/* dd_verify_raise - a finding made outside (crash, hang, watchdog): same path, same text rules */
void dd_verify_raise(struct dd_verify *v, const char *rule_id, const void *site, const char *fmt,
                     ...) __attribute__((format(printf, 4, 5)));

#endif
