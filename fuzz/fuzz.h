/* SPDX-License-Identifier: MIT */
/* What each fuzz target defines; libFuzzer's main, or that of replay.c, calls it. */
#ifndef DD_FUZZ_FUZZ_H
#define DD_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* fuzz_file - path of a file that holds @data until the next call. One thread. NULL: none can be */
const char *fuzz_file(const uint8_t *data, size_t size);

#endif
