/* SPDX-License-Identifier: MIT */
/* Included before everything, by the project. */
#define FORCED_FIRST 1
