/* SPDX-License-Identifier: MIT */
/*
 * pshpack8.h - pack the structures that follow to 8 bytes, until poppack.h; may be included many
 * times
 */
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpragma-pack" /* changing it is what this file is for */
#endif
#pragma pack(push, 8)
