/* SPDX-License-Identifier: MIT */
/* excpt.h - structured exceptions */
#ifndef DRYDOCK_CRT_EXCPT_H
#define DRYDOCK_CRT_EXCPT_H

#include "../wdm/seh.h"

#endif
