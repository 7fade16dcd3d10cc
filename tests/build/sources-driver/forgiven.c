/* SPDX-License-Identifier: MIT */
/* What MSVC takes and others do not. */
#include <ndis.h>
#include "Words.h"

enum Later;

struct HasLater {
    enum Later value;
    long after;
};

enum Later {
    LaterLow = -1,
    LaterHigh = 0x80000001
};

static int Declared(void *context, ULONG value);
static int ByRole(PVOID context, struct Unknown *unknown);

static int Declared(MIXED *context, ULONG value)
{
    return context ? (int)value : 0;
}

struct Unknown {
    int x;
};

static int ByRole(struct HasLater *context, struct Unknown *unknown)
{
    return context->value == LaterHigh ? unknown->x : 0;
}

#define LOW(v) ((USHORT)(v))

int CheckForgiven(void)
{
    struct HasLater has = {LaterHigh, 1};
    struct Unknown unknown = {5};
    ULONG word = 0x12345678;
    MIXED mixed;
    PVOID p = &word;
    int wrong = 0;

    LOW(word) = 0xabcd;
    EXPECT(word == 0x1234abcd);
    (USHORT) word += 1;
    EXPECT(word == 0x1234abce);
    ((PUSHORT)p)++;
    EXPECT((char *)p == (char *)&word + 2);
    EXPECT(Declared(&mixed, 3) == 3);
    EXPECT(ByRole(&has, &unknown) == 5);
    EXPECT(LaterHigh < 0 && sizeof(struct HasLater) == 8);
    return wrong;
}
