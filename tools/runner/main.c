/* SPDX-License-Identifier: MIT */
/* drydock-runner: the process a driver runs in. Started by drydock; everything is in the library.
 */
#include <drydock/drydock.h>

/* asked by UBSan's runtime, when there is one: a driver's undefined behaviour that ends the run
 * does so by SIGABRT, which is caught and reported with the driver's stack */
DRYDOCK_API const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
    return "abort_on_error=1:print_stacktrace=1";
}

int main(int argc, char **argv)
{
    return drydock_runner_main(argc, argv);
}
