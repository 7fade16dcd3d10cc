/* SPDX-License-Identifier: MIT */
#include "base/self.h"

#include <sys/syscall.h>
#include <unistd.h>

static __thread struct dd_self self;

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

void *dd_self_ctx(void)
{
    return self.ctx;
}
