/* SPDX-License-Identifier: MIT */
/* A source in a folder below, which includes from the folder above. */
#include <ndis.h>
#include "..\core\core.H"
#include "core.c.tmh"

#pragma pack(push, before, 2)
typedef struct _TIGHT {
    char a;
    long b;
} TIGHT;
#pragma pack(pop, before)
C_ASSERT(sizeof(TIGHT) == 6);

long CoreAnswer(long half)
{
    long answer;

    answer = half << 1;
    return answer + 2;
}
