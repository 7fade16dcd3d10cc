/* SPDX-License-Identifier: MIT */
/* packoff.h - the end of what packon.h began; may be included many times */
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpragma-pack" /* changing it is what this file is for */
#endif
#pragma pack()
