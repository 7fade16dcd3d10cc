/* SPDX-License-Identifier: MIT */
#include "base/toeplitz.h"

#include "base/inet.h"

uint32_t dd_toeplitz(const uint8_t *key, const uint8_t *in, size_t len_bytes)
{
    uint32_t hash = 0, window = dd_be32(key);

    for (size_t i = 0; i < len_bytes; i++) {
        for (int bit = 7; bit >= 0; bit--) {
            if ((in[i] >> bit & 1) != 0) {
                hash ^= window;
            }
            window = window << 1 | (uint32_t)(key[i + 4] >> bit & 1);
        }
    }
    return hash;
}
