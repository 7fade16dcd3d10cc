/* SPDX-License-Identifier: MIT */
#include "base/self.h"

#include <sys/syscall.h>
#include <unistd.h>

/*
 * initial-exec: reading it is a load or two, where the general model is a call in the compiler's
 * eyes. It is valid wherever these objects are linked into what the program starts with: a program,
 * or a shared library it needs. In a program the linker turns it into local-exec. A library that
 * comes later, by dlopen(), takes these 32 bytes from what the C library keeps for such cases
 * (1,664 bytes in glibc unless told otherwise, glibc.rtld.optional_static_tls). Sanitizers and
 * position independent programs change nothing of this. local-exec here would not link into a
 * shared object.
 */
static __thread
    __attribute__((tls_model("initial-exec"))) struct dd_self self = {.dispatch_cpu = -1};

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
