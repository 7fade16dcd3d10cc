/* SPDX-License-Identifier: MIT */
#include "base/self.h"

#include <sys/syscall.h>
#include <unistd.h>

/* local-exec: reading it is a load, where the general model is a call in the compiler's eyes. So
 * this file is for programs: it does not link into a shared object */
static __thread __attribute__((tls_model("local-exec"))) struct dd_self self = {.dispatch_cpu = -1};

struct dd_self *dd_self(void)
{
    if (__builtin_expect(self.tid == 0, 0)) {
        self.tid = (int)syscall(SYS_gettid);
        if (self.name == NULL) {
            self.name = "main";
        }
    }
    return &self;
}

int dd_self_dispatch_cpu(void)
{
    return self.dispatch_cpu;
}
