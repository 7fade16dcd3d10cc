/* SPDX-License-Identifier: MIT */
/* The data model, the words of Microsoft's compiler, text. */
#include <ndis.h>
#include <ntstrsafe.h>
#include <intrin.h>
#include "..\sources-driver\INC\words.h"

#pragma warning(push)
#pragma warning(disable : 4200 4201)
#pragma code_seg("PAGE")
#pragma code_seg()
#pragma warning(pop)
#pragma intrinsic(memcpy)
#pragma function(memcmp)
#pragma optimize("", off)
#pragma optimize("", on)
#pragma data_seg("PAGEDATA")
#pragma data_seg()
#pragma prefast(disable : 28167, "for the sake of the test")
#pragma region words
#pragma endregion
#pragma hdrstop
#pragma comment(lib, "ndis.lib")

static const UNICODE_STRING Name = RTL_CONSTANT_STRING(L"words");
static NDIS_STRING Other = NDIS_STRING_CONST("other");
static UNICODE_STRING Third = {sizeof(L"third") - sizeof(WCHAR), sizeof(L"third"), L"third"};

C_ASSERT(sizeof(long) == 4 && sizeof(unsigned long int) == 4 && sizeof(long long) == 8);
C_ASSERT(sizeof(1L) == 4 && sizeof(0x80000000UL) == 4 && sizeof(1LL) == 8 && sizeof(1i64) == 8);
C_ASSERT(sizeof(L'x') == 2 && sizeof(wchar_t) == 2 && sizeof(L"ab") == 6);
C_ASSERT(sizeof(__int64) == 8 && sizeof(unsigned __int32) == 4 && sizeof(void *) == 8);
C_ASSERT(sizeof(MIXED) == 64);
C_ASSERT(sizeof(PACKED) == 13 && sizeof(ALIGNED) == 16 && 'abcd' == 0x61626364);
C_ASSERT(~0UL == 0xffffffff && (long)0x80000000 < 0 && (unsigned long)-1 == 4294967295);

/* SAL of three generations */
static __checkReturn __success(return == 0) int OldSal(__in long a, __out_opt long *b)
{
    if (b) {
        *b = a;
    }
    return 0;
}

_IRQL_requires_max_(DISPATCH_LEVEL) _Success_(return == 0) _Must_inspect_result_
    static int NewSal(_In_ long a, _Out_writes_bytes_opt_(a) PVOID b)
{
    UNREFERENCED_PARAMETER(b);
    return (int)a;
}

static __declspec(noinline) int OldestSal(IN long a, OUT long *b OPTIONAL)
{
    return OldSal(a, b);
}

/* a character constant of several characters: the first one is the highest byte */
C_ASSERT('ab' == 0x6162 && 'abc' == 0x616263 && '\0abc' == 0x616263 && sizeof('ab') == 4);

static __inline VOID Twice(_In_ long a, _Out_ long *b)
{
    *b = a * 2L;
}

static __forceinline long Unaligned(UNALIGNED long *p)
{
    return *p;
}

static int CheckInterlocked(void)
{
    volatile long word = 1;
    volatile char byte = 1;
    volatile short half = 1;
    volatile __int64 wide = 1;
    PVOID volatile pointer = NULL;
    int wrong = 0;

    EXPECT(InterlockedIncrement(&word) == 2 && InterlockedExchangeAdd(&word, 5L) == 2);
    EXPECT(_InterlockedExchange8(&byte, 3) == 1 && _InterlockedIncrement16(&half) == 2);
    EXPECT(InterlockedCompareExchange64(&wide, 7, 1) == 1 && wide == 7);
    EXPECT(_InterlockedExchange64(&wide, 9i64) == 7);
    EXPECT(InterlockedExchangePointer(&pointer, (PVOID)&word) == NULL && pointer == &word);
    _ReadWriteBarrier();
    KeMemoryBarrier();
    return wrong;
}

static int CheckText(void)
{
    char text[80];
    WCHAR wide[20];
    int wrong = 0;

    RtlStringCbPrintfA(text, sizeof(text), "%ld %lu %I64d %I64x %ws %wZ %S", -1L, 0xffffffffUL,
                       -5i64, 0x123456789abUI64, L"wide", &Name, L"S");
    EXPECT(strcmp(text, "-1 4294967295 -5 123456789ab wide words S") == 0);
    RtlStringCchPrintfW(wide, 20, L"%d-%s", 7, L"x");
    EXPECT(wcscmp(wide, L"7-x") == 0 && Other.Length == 10 && Third.MaximumLength == 12);
    EXPECT(strcmp(__FUNCTION__, "CheckText") == 0);
    EXPECT(sizeof("<" __FUNCTION__ ">") == sizeof("<CheckText>"));
    return wrong;
}

static int CheckBits(void)
{
    BITS bits;
    OUTER outer;
    unsigned char raw[sizeof(BITS)];
    int wrong = 0;

    RtlZeroMemory(&bits, sizeof(bits));
    bits.d = 1;
    bits.e = 1;
    RtlCopyMemory(raw, &bits, sizeof(raw));
    EXPECT(bits.e == -1); /* a bit-field of type long is signed */
    EXPECT(raw[8] == 1);  /* a field of another size begins its own unit */
    EXPECT(sizeof(BITS) == 24 && FIELD_OFFSET(OUTER, after) == 24);
    outer.c = 2; /* a member of an unnamed structure */
    EXPECT(outer.c == 2);
    return wrong;
}

int CheckWords(void)
{
    long values[2] = {0x01020304, 0x05060708}, got = 0;
    int wrong = CheckInterlocked() + CheckText() + CheckBits();
    unsigned long big = 0xffffffff;
    unsigned long index;

    EXPECT(big + 1 == 0); /* 32 bits */
    EXPECT((1UL << 31) + (1UL << 31) == 0);
    EXPECT(Unaligned((UNALIGNED long *)((char *)values + 1)) == 0x08010203);
    Twice(21, &got);
    EXPECT(got == 42);
    EXPECT(OldestSal(3, &got) == 0 && got == 3 && NewSal(4, NULL) == 4);
    EXPECT(_BitScanReverse(&index, 0x100) && index == 8);
    EXPECT(_byteswap_ulong(0x11223344) == 0x44332211);
    return wrong;
}
