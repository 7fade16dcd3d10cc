/* SPDX-License-Identifier: MIT */
/* The fault injector: the Nth call that may fail, fails (setting fail=N), once. */
#ifndef DD_FAULT_FAULT_H
#define DD_FAULT_FAULT_H

#include "seam/seam.h"

struct dd_fault_injector {
    uint64_t fail_at;       /* 1: the first; 0: none */
    uint32_t only;          /* enum dd_fail_point + 1: only calls of this kind count; 0: all */
    _Atomic(uint64_t) seen; /* calls that could have failed */
    _Atomic(uint32_t)
        failed_point; /* enum dd_fail_point + 1 of the one that was failed; 0: not reached */
    const void *failed_site;
    /* only calls made by the driver count; NULL: all do */
    bool (*in_driver)(void *arg, const void *site);
    void *in_driver_arg;
    struct dd_listener listener;
};

void dd_fault_init(struct dd_fault_injector *f, uint64_t fail_at, uint32_t only);
/* then dd_seam_listen(&f->listener) */

#endif
