/* SPDX-License-Identifier: MIT */
#include "fault/fault.h"

#include <stdatomic.h>

static bool may_fail(void *arg, enum dd_fail_point point, const void *site)
{
    struct dd_fault_injector *f = arg;

    if (f->in_driver && (!site || !f->in_driver(f->in_driver_arg, site))) {
        return false; /* the runtime's own call */
    }
    if (f->only && f->only != (uint32_t)point + 1) {
        return false;
    }
    if (atomic_fetch_add(&f->seen, 1) + 1 != f->fail_at) {
        return false;
    }
    f->failed_site = site;
    atomic_store(&f->failed_point, (uint32_t)point + 1);
    return true;
}

void dd_fault_init(struct dd_fault_injector *f, uint64_t fail_at, uint32_t only)
{
    *f = (struct dd_fault_injector){.fail_at = fail_at, .only = only};
    f->listener = (struct dd_listener){.arg = f, .may_fail = may_fail};
}
