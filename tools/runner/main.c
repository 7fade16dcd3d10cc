/* SPDX-License-Identifier: MIT */
/* drydock-runner: the process a driver runs in. Started by drydock; everything is in the library.
 */
#include <drydock/drydock.h>

int main(int argc, char **argv)
{
    return drydock_runner_main(argc, argv);
}
