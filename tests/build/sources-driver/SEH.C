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

int CheckExceptions(void)
{
    long aligned[2] = {0};
    int wrong = 0;

    EXPECT(Leave(0) == STATUS_SUCCESS && Order == 1 && Finals == 1);
    EXPECT(Leave(1) == STATUS_CANCELLED && Finals == 2);
    EXPECT(Leave(2) == STATUS_PENDING && Finals == 3);
    EXPECT(Raise(aligned, 4) == STATUS_SUCCESS && Order == 3);
    EXPECT(Raise((char *)aligned + 1, 4) == STATUS_DATATYPE_MISALIGNMENT && Order == 2);
    EXPECT(Outer() == STATUS_ACCESS_VIOLATION);
    EXPECT(Leave(0) == STATUS_SUCCESS);
    return wrong;
}
