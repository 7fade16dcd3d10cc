/* SPDX-License-Identifier: MIT */
/*
 * guiddef.h - GUID: 16 bytes, alignment 4, and the macros that name constant ones
 *
 * DEFINE_GUID declares; in a file that defines INITGUID (or includes initguid.h) it defines.
 * Several files may define the same GUID: the definitions are weak and merge.
 */
#ifndef DRYDOCK_GUIDDEF_H
#define DRYDOCK_GUIDDEF_H

typedef struct _GUID {
    unsigned int Data1;
    unsigned short Data2;
    unsigned short Data3;
    unsigned char Data4[8];
} GUID;

typedef GUID *LPGUID;
typedef const GUID *LPCGUID;
typedef GUID IID;
typedef GUID CLSID;

#ifdef __cplusplus
#define REFGUID            const GUID &
#define REFIID             const IID &
#define DD_NT_GUID_LINKAGE extern "C"
#else
#define REFGUID            const GUID *
#define REFIID             const IID *
#define DD_NT_GUID_LINKAGE extern
#endif

#define IsEqualGUID(a, b) (__builtin_memcmp(&(a), &(b), sizeof(GUID)) == 0)

#endif

#undef DEFINE_GUID
#ifdef INITGUID
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                               \
    DD_NT_GUID_LINKAGE const GUID name;                                                            \
    const GUID __attribute__((weak)) name = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}
#else
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                               \
    DD_NT_GUID_LINKAGE const GUID name
#endif
