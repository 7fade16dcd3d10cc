/* SPDX-License-Identifier: MIT */
/* ctype.h - classes of characters */
#ifndef DRYDOCK_CRT_CTYPE_H
#define DRYDOCK_CRT_CTYPE_H

#include "../wdm/crt.h"

#endif
