/* SPDX-License-Identifier: MIT */
/* What the running thread is. This is the only thread-local state in Drydock. */
#ifndef DD_BASE_SELF_H
#define DD_BASE_SELF_H

struct dd_self {
    void *ctx;        /* struct dd_ctx of src/nt; NULL on a service thread */
    const char *name; /* thread name, for logs */
    int tid;          /* host thread id */
    int dispatch_cpu; /* src/nt: the CPU while the thread is at DISPATCH_LEVEL, else -1 */
};

/* dd_self - of the calling thread; never NULL */
struct dd_self *dd_self(void);
/* dd_self_dispatch_cpu - dd_self()->dispatch_cpu, for fast paths: one load */
int dd_self_dispatch_cpu(void);

#endif
