/* SPDX-License-Identifier: MIT */
/*
 * The card's multicast table, 128 registers that hold what is written to them, through structures,
 * arrays and loops. Each check names its line.
 */
#include "plain.h"

#undef NdisMMapIoSpace

#define WORDS 128u

typedef struct _BLOCK {
    ULONG Word[4];
} BLOCK;

typedef struct _CARD {
    ULONG Control;
    ULONG Reserved1;
    ULONG Status;
    ULONG Reserved2[0x1480 - 3];
    union {
        ULONG Table[WORDS];
        ULONG64 Wide[WORDS / 2];
        USHORT Half[WORDS * 2];
        UCHAR Byte[WORDS * 4];
        BLOCK Block[WORDS / 4];
    } u;
} CARD;

C_ASSERT(FIELD_OFFSET(CARD, u) == 0x5200);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            DbgPrint("plain: line %u: %s\n", __LINE__, #condition);                                \
            return FALSE;                                                                          \
        }                                                                                          \
    } while (0)

static BOOLEAN VolatileStructure(volatile CARD *Card)
{
    Card->u.Table[3] = 0x10u;
    Card->u.Table[3] |= 0x8000000fu;
    CHECK(Card->u.Table[3] == 0x8000001fu);
    Card->u.Table[3] &= ~0xfu;
    Card->u.Table[3] ^= 0x3u;
    Card->u.Table[3]++;
    Card->u.Table[3] -= 4u;
    CHECK(Card->u.Table[3] == 0x80000010u);
    CHECK((Card->u.Table[3] & 0x10u) != 0);
    CHECK(!(Card->u.Table[3] & 0x20u));
    if (Card->u.Table[3] & 0x80000000u) {
        Card->u.Table[4] = Card->u.Table[3] >> 4;
    }
    CHECK(Card->u.Table[4] == 0x08000001u);
    CHECK(Card->Status != MAXULONG);
    return TRUE;
}

static BOOLEAN OtherWidths(volatile CARD *Card)
{
    Card->u.Wide[4] = 0x1122334455667788ull;
    CHECK(Card->u.Table[8] == 0x55667788u && Card->u.Table[9] == 0x11223344u);
    CHECK(Card->u.Wide[4] == 0x1122334455667788ull);
    /* the card has registers of 32 bits, and answers with the low part of one */
    CHECK(Card->u.Half[16] == 0x7788u);
    CHECK((LONG)(CHAR)Card->u.Byte[32] == -0x78);
    return TRUE;
}

/* without volatile, as drivers have it that were only ever built by one compiler */
static BOOLEAN PlainStructure(CARD *Card)
{
    ULONG i;

    for (i = 0; i < WORDS; i++) {
        Card->u.Table[i] = i * 0x01010101u;
    }
    KeMemoryBarrier();
    for (i = 0; i < WORDS; i++) {
        CHECK(Card->u.Table[i] == i * 0x01010101u);
    }
    Card->u.Table[5] |= 0x80000000u;
    Card->u.Table[6] += Card->u.Table[5];
    KeMemoryBarrier();
    CHECK(Card->u.Table[6] == 0x8b0b0b0bu);
    return TRUE;
}

/* whole structures: compilers make wide moves of them, or string instructions */
static BOOLEAN Blocks(CARD *Card)
{
    BLOCK block, many[4];
    ULONG i;

    for (i = 0; i < 4; i++) {
        block.Word[i] = 0xabcd0000u + i;
    }
    Card->u.Block[2] = block;
    KeMemoryBarrier();
    CHECK(Card->u.Table[8] == 0xabcd0000u && Card->u.Table[11] == 0xabcd0003u);
    Card->u.Block[3] = Card->u.Block[2];
    KeMemoryBarrier();
    for (i = 0; i < 4; i++) {
        many[i] = Card->u.Block[i];
    }
    CHECK(many[3].Word[3] == 0xabcd0003u);
    return TRUE;
}

/* what ends the run; compiled in on demand */
static VOID Misbehave(volatile CARD *Card, NDIS_HANDLE AdapterHandle, UINT Length)
{
#if defined(PLAIN_UNDONE)
    __asm__ volatile("fxsave %0" : "=m"(Card->u.Table[0]));
#elif defined(PLAIN_BEHIND)
    Card->Control |= ((volatile ULONG *)Card)[Length / sizeof(ULONG)];
#elif defined(PLAIN_STALE)
    NdisMUnmapIoSpace(AdapterHandle, (PVOID)(ULONG_PTR)Card, Length);
    Card->Control |= 1u;
#endif
    UNREFERENCED_PARAMETER(Card);
    UNREFERENCED_PARAMETER(AdapterHandle);
    UNREFERENCED_PARAMETER(Length);
}

static VOID Clear(volatile CARD *Card)
{
    ULONG i;

    for (i = 0; i < WORDS; i++) {
        Card->u.Table[i] = 0;
    }
}

NDIS_STATUS PlainMapIoSpace(PVOID *VirtualAddress, NDIS_HANDLE AdapterHandle,
                            NDIS_PHYSICAL_ADDRESS PhysicalAddress, UINT Length)
{
    NDIS_STATUS status = NdisMMapIoSpace(VirtualAddress, AdapterHandle, PhysicalAddress, Length);
    CARD *card = *VirtualAddress;

    if (status != NDIS_STATUS_SUCCESS) {
        return status;
    }
    if (!VolatileStructure(card) || !OtherWidths(card) || !PlainStructure(card) || !Blocks(card)) {
        NdisMUnmapIoSpace(AdapterHandle, *VirtualAddress, Length);
        return NDIS_STATUS_FAILURE;
    }
    Clear(card);
    Misbehave(card, AdapterHandle, Length);
    return NDIS_STATUS_SUCCESS;
}
