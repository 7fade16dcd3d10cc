/* SPDX-License-Identifier: MIT */
/* specstrings.h - older name of sal.h */
#ifndef DRYDOCK_SPECSTRINGS_H
#define DRYDOCK_SPECSTRINGS_H

#include "sal.h"

#endif
