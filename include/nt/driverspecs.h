/* SPDX-License-Identifier: MIT */
/* driverspecs.h - older name of sal.h */
#ifndef DRYDOCK_DRIVERSPECS_H
#define DRYDOCK_DRIVERSPECS_H

#include "sal.h"

#endif
