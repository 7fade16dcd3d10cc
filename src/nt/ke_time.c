/* SPDX-License-Identifier: MIT */
/* Time. The machine has been up for half a minute when it starts: a driver never sees the first
 * ticks of a boot. */
#include "nt/ke_int.h"

#include "base/clock.h"

#define UP_100NS 300000000ull

LONGLONG dd_time_system(void)
{
    return (LONGLONG)(dd_clock_wall_ns() / 100) + DD_EPOCH_1601;
}

ULONGLONG dd_time_since_boot(void)
{
    return UP_100NS + dd_sched_now() / 100;
}

uint64_t dd_time_until(LONGLONG due)
{
    uint64_t units, ns;

    if (due <= 0) {
        units = 0 - (uint64_t)due;
    } else {
        LONGLONG now = dd_time_system();

        units = due > now ? (uint64_t)(due - now) : 0;
    }
    return dd_mul_overflows(units, 100u, &ns) ? UINT64_MAX - 1 : ns;
}

VOID KeQueryTickCount(PLARGE_INTEGER TickCount)
{
    DD_API(KeQueryTickCount);
    TickCount->QuadPart = (LONGLONG)(dd_time_since_boot() / DD_TICK_100NS);
}

ULONG KeQueryTimeIncrement(VOID)
{
    DD_API(KeQueryTimeIncrement);
    return DD_TICK_100NS;
}

ULONGLONG KeQueryInterruptTime(VOID)
{
    ULONGLONG now = dd_time_since_boot();

    DD_API(KeQueryInterruptTime);
    return now - now % DD_TICK_100NS;
}

VOID KeQuerySystemTime(PLARGE_INTEGER CurrentTime)
{
    LONGLONG now = dd_time_system();

    DD_API(KeQuerySystemTime);
    CurrentTime->QuadPart = now - now % (LONGLONG)DD_TICK_100NS;
}

VOID KeQuerySystemTimePrecise(PLARGE_INTEGER CurrentTime)
{
    DD_API(KeQuerySystemTimePrecise);
    CurrentTime->QuadPart = dd_time_system();
}

LARGE_INTEGER KeQueryPerformanceCounter(PLARGE_INTEGER PerformanceFrequency)
{
    LARGE_INTEGER now;

    DD_API(KeQueryPerformanceCounter);
    if (PerformanceFrequency != NULL) {
        PerformanceFrequency->QuadPart = 10000000;
    }
    now.QuadPart = (LONGLONG)dd_time_since_boot();
    return now;
}

VOID KeStallExecutionProcessor(ULONG MicroSeconds)
{
    DD_API(KeStallExecutionProcessor);
    dd_sched_stall(MicroSeconds * DD_NS_PER_US);
}

NTSTATUS KeDelayExecutionThread(KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                PLARGE_INTEGER Interval)
{
    DD_API(KeDelayExecutionThread);
    (void)WaitMode;
    (void)Alertable;
    dd_delay_at(dd_time_until(Interval->QuadPart), DD_SITE());
    return STATUS_SUCCESS;
}
