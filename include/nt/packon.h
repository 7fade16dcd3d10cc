/* SPDX-License-Identifier: MIT */
/* packon.h - pack the structures that follow to 1 byte, until packoff.h; may be repeated */
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpragma-pack" /* changing it is what this file is for */
#endif
#pragma pack(1)
