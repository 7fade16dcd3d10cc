/* SPDX-License-Identifier: MIT */
/* Structured exceptions in the forms drivers use. */
#include <ndis.h>
#include <words.h>

static int Order, Finals;

static NTSTATUS Leave(int early)
{
    NTSTATUS status = STATUS_SUCCESS;

    __try
    {
        if (early == 1) {
            status = STATUS_CANCELLED;
            __leave;
        }
        if (early == 2) {
            return STATUS_PENDING;
        }
        for (;;) {
            break;
        }
        Order = 1;
    }
    __finally
    {
        Finals++;
        if (AbnormalTermination()) {
            Order = 99;
        }
    }
    return status;
}

static NTSTATUS Raise(PVOID p, ULONG alignment)
{
    NTSTATUS status = STATUS_SUCCESS;

    __try
    {
        __try
        {
            ProbeForRead(p, 4, alignment);
        }
        __finally
        {
            Order = AbnormalTermination() ? 2 : 3;
        }
    }
    __except(GetExceptionCode() == STATUS_DATATYPE_MISALIGNMENT ? EXCEPTION_EXECUTE_HANDLER
                                                                : EXCEPTION_CONTINUE_SEARCH)
    {
        status = GetExceptionCode();
    }
    return status;
}

static NTSTATUS Outer(void)
{
    __try
    {
        Raise(NULL, 4); /* not for the handler in there */
        return STATUS_SUCCESS;
    }
    __except(EXCEPTION_EXECUTE_HANDLER)
    {
        return GetExceptionCode();
    }
}

/* each way out of a block runs what is to be done at its end, once, innermost first */
static ULONG Jump(int way)
{
    ULONG trace = 0, round;

    for (round = 0; round < 3; round++)
    {
        __try
        {
            __try
            {
                if (way == 1)
                    break;
                else if (way == 2)
                    continue;
                if (way == 3)
                    goto out;
                if (way == 4) {
                    goto inner;
                }
                for (;;) {
                    break; /* these stay inside */
                }
                switch (way) {
                case 5:
                    if (round == 1)
                        continue;
                    break;
                }
inner:
                trace = trace * 10 + 3;
            }
            __finally
            {
                trace = trace * 10 + (AbnormalTermination() ? 1 : 4);
            }
            trace = trace * 10 + 5;
        }
        __finally
        {
            trace = trace * 10 + (AbnormalTermination() ? 2 : 6);
        }
        if (way != 2 && way != 5)
            goto done;
    }
done:
    trace = trace * 10 + 7;
out:
    return trace;
}

static ULONG JumpPast(ULONG way)
{
    ULONG trace = 0;

    do {
        __try
        {
            __try
            {
                ProbeForRead(way == 2 ? (PVOID)1 : &trace, 4, 4);
                if (way == 1)
                    break;
                trace = 5;
            }
            __finally
            {
                trace += 10;
            }
        }
        __except(EXCEPTION_EXECUTE_HANDLER)
        {
            trace += 100;
            break;
        }
        trace += 1000;
    } while (0);
    return trace;
}

int CheckExceptions(void)
{
    long aligned[2] = {0};
    int wrong = 0;

    EXPECT(Leave(0) == STATUS_SUCCESS && Order == 1 && Finals == 1);
    EXPECT(Leave(1) == STATUS_CANCELLED && Finals == 2);
    EXPECT(Leave(2) == STATUS_PENDING && Finals == 3 && Order == 99); /* a return is abnormal */
    EXPECT(Jump(0) == 34567);
    EXPECT(Jump(1) == 127);
    EXPECT(Jump(2) == 1212127);
    EXPECT(Jump(3) == 12);
    EXPECT(Jump(4) == 34567);
    EXPECT(Jump(5) == (ULONG)(34561234567ull & 0xffffffff));
    EXPECT(JumpPast(0) == 1015 && JumpPast(1) == 10 && JumpPast(2) == 110);
    EXPECT(Raise(aligned, 4) == STATUS_SUCCESS && Order == 3);
    EXPECT(Raise((char *)aligned + 1, 4) == STATUS_DATATYPE_MISALIGNMENT && Order == 2);
    EXPECT(Outer() == STATUS_ACCESS_VIOLATION);
    EXPECT(Leave(0) == STATUS_SUCCESS);
    return wrong;
}
