/* SPDX-License-Identifier: MIT */
/*
 * wdm/bits.h - byte order and bit search, all inline
 *
 * clang with Microsoft extensions has builtins of the underscore names and refuses any declaration
 * of them, so the names are macros over functions of ours. The scans return 0 for mask 0 and leave
 * the index alone.
 */
#ifndef DRYDOCK_WDM_BITS_H
#define DRYDOCK_WDM_BITS_H

#include "../ntdef.h"

#define RtlUshortByteSwap(x)    ((USHORT)__builtin_bswap16((USHORT)(x)))
#define RtlUlongByteSwap(x)     ((ULONG)__builtin_bswap32((ULONG)(x)))
#define RtlUlonglongByteSwap(x) ((ULONGLONG)__builtin_bswap64((ULONGLONG)(x)))

#define _byteswap_ushort(x) ((unsigned short)__builtin_bswap16((unsigned short)(x)))
#define _byteswap_ulong(x)  ((ULONG)__builtin_bswap32((ULONG)(x)))
#define _byteswap_uint64(x) ((ULONGLONG)__builtin_bswap64((ULONGLONG)(x)))

DD_NT_INLINE UCHAR DrydockBitScanForward(ULONG *Index, ULONG Mask)
{
    if (Mask == 0) {
        return 0;
    }
    *Index = (ULONG)__builtin_ctz(Mask);
    return 1;
}

DD_NT_INLINE UCHAR DrydockBitScanReverse(ULONG *Index, ULONG Mask)
{
    if (Mask == 0) {
        return 0;
    }
    *Index = 31u - (ULONG)__builtin_clz(Mask);
    return 1;
}

DD_NT_INLINE UCHAR DrydockBitScanForward64(ULONG *Index, ULONGLONG Mask)
{
    if (Mask == 0) {
        return 0;
    }
    *Index = (ULONG)__builtin_ctzll(Mask);
    return 1;
}

DD_NT_INLINE UCHAR DrydockBitScanReverse64(ULONG *Index, ULONGLONG Mask)
{
    if (Mask == 0) {
        return 0;
    }
    *Index = 63u - (ULONG)__builtin_clzll(Mask);
    return 1;
}

#define BitScanForward    DrydockBitScanForward
#define BitScanReverse    DrydockBitScanReverse
#define BitScanForward64  DrydockBitScanForward64
#define BitScanReverse64  DrydockBitScanReverse64
#define _BitScanForward   DrydockBitScanForward
#define _BitScanReverse   DrydockBitScanReverse
#define _BitScanForward64 DrydockBitScanForward64
#define _BitScanReverse64 DrydockBitScanReverse64

#endif
