/* SPDX-License-Identifier: MIT */
/* Structures whose layout depends on the data model: also read by the layout oracle. */
#ifndef LAYOUT_H
#define LAYOUT_H

#pragma pack(push, 1)
typedef struct _PACKED {
    char a;
    long b;
    unsigned __int64 c;
} PACKED;
#pragma pack(pop)

typedef struct _MIXED {
    char a;
    long b;
    long long c;
    unsigned long int d : 5;
    long e : 7;
    char f : 3;
    unsigned long g : 20;
    long *p;
    wchar_t w;
    enum {
        MIXED_A,
        MIXED_B = 0x7fffffff
    } k;
    union {
        long x;
        struct {
            short low, high;
        };
    };
    long double ld[1];
} MIXED;

typedef struct _BITS {
    unsigned char a : 3;
    unsigned short b : 9;
    unsigned char c : 2;
    unsigned long d : 31;
    unsigned long : 0;
    long e : 1;
    unsigned __int64 f : 40;
} BITS;

typedef struct __declspec(align(16)) _ALIGNED {
    long a;
    char tail[];
} ALIGNED;

typedef struct _OUTER {
    BITS;
    long after;
    const long volatile order;
    int long unsigned other_order;
} OUTER;

#endif
