/* SPDX-License-Identifier: MIT */
/* Two objects for test_load: one that looks like a driver and needs two names that nobody has, one
 * without entry. */
#ifdef WITH_ENTRY
int NobodyHasThis(int a);
int NobodyHasThat(int a);

__attribute__((visibility("default"))) int DriverEntry(int which);

int DriverEntry(int which)
{
    volatile int r = 42;

    if (which == 1) {
        r = NobodyHasThis(1) + 1;
    } else if (which == 2) {
        r = NobodyHasThat(2) + 1;
    }
    return r;
}
#else
__attribute__((
    visibility("default"))) extern int DriverEntry; /* a variable of that name is no entry */
int DriverEntry = 1;
#endif
