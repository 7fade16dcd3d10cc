/* SPDX-License-Identifier: MIT */
/* The catalogue of rules, from rules.def. */
#include "verify/verify.h"

#include "base/check.h"

#include <string.h>

const struct dd_rule dd_rules[] = {
#define RULE(id_, severity_, dv_, detects_, explain_, source_)                                     \
    {.id = id_,                                                                                    \
     .severity = severity_,                                                                        \
     .driver_verifier = dv_,                                                                       \
     .detects = detects_,                                                                          \
     .explain = explain_,                                                                          \
     .source = source_},
#include "verify/rules.def"
#undef RULE
};
const unsigned dd_rule_count = DD_ARRAY_LEN(dd_rules);

const struct dd_rule *dd_rule_find(const char *id)
{
    for (unsigned i = 0; i < dd_rule_count; i++) {
        if (strcmp(dd_rules[i].id, id) == 0) {
            return &dd_rules[i];
        }
    }
    return NULL;
}
