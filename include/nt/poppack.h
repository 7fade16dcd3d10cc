/* SPDX-License-Identifier: MIT */
/* poppack.h - end of a pshpack header; may be included many times */
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpragma-pack" /* changing it is what this file is for */
#endif
#pragma pack(pop)
