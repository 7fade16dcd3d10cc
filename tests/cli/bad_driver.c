/* SPDX-License-Identifier: MIT */
/* Drivers that end badly in DriverEntry, one for each value of BAD. Compiled by `drydock build`. */
#include <ndis.h>

#define BAD_NULL        1
#define BAD_ABORT       2
#define BAD_SPIN        3
#define BAD_DIVIDE      4
#define BAD_JUMP        5
#define BAD_STACK       6
#define BAD_EXIT        7
#define BAD_STATUS      8
#define BAD_ILLEGAL     9
#define BAD_KILL        10
#define BAD_NO_REGISTER 11
#define BAD_SLEEP       12
#define BAD_TALK        13

void abort(void);
void exit(int status);
int kill(int pid, int sig);
int getpid(void);

DRIVER_INITIALIZE DriverEntry;

static volatile int zero;
static volatile int *volatile nowhere;

static __attribute__((noinline)) int Deep(volatile char *from)
{
    volatile char frame[4096];

    frame[0] = *from;
    return Deep(frame) + frame[0];
}

static __attribute__((noinline)) int Misbehave(void)
{
    LARGE_INTEGER hour;
    volatile int quotient;
    char c = 0;

    hour.QuadPart = -36000000000ll;
    switch (BAD) {
    case BAD_NULL:
        return *nowhere;
    case BAD_ABORT:
        abort();
    case BAD_SPIN:
        while (zero == 0) {
        }
        return 0;
    case BAD_DIVIDE:
        quotient = 7 / zero;
        return quotient;
    case BAD_JUMP:
        return ((int (*)(void))(ULONG_PTR)nowhere)();
    case BAD_STACK:
        return Deep(&c);
    case BAD_EXIT:
        exit(0);
    case BAD_ILLEGAL:
        __builtin_trap();
    case BAD_KILL:
        return kill(getpid(), 9);
    case BAD_SLEEP:
        return (int)KeDelayExecutionThread(KernelMode, FALSE, &hour);
    case BAD_TALK:
        DbgPrint("hello from %wZ, %d\n", NULL, 42);
        return 0;
    default:
        return 0;
    }
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    if (Misbehave() == 12345) {
        return STATUS_SUCCESS;
    }
    return BAD == BAD_NO_REGISTER ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
