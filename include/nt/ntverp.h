/* SPDX-License-Identifier: MIT */
/* ntverp.h - version numbers for a driver's own resources; nothing here reads them */
#ifndef DRYDOCK_NTVERP_H
#define DRYDOCK_NTVERP_H

#define VER_PRODUCTMAJORVERSION 10
#define VER_PRODUCTMINORVERSION 0
#define VER_PRODUCTBUILD        22621
#define VER_PRODUCTBUILD_QFE    1
#define VER_PRODUCTVERSION      10, 0, 22621, 1
#define VER_PRODUCTVERSION_STR  "10.0.22621.1"

#endif
