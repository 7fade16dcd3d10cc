/* SPDX-License-Identifier: MIT */
/* The hash of receive side scaling: one function for the card's model and for what checks drivers.
 */
#ifndef DD_BASE_TOEPLITZ_H
#define DD_BASE_TOEPLITZ_H

#include <stddef.h>
#include <stdint.h>

#define DD_TOEPLITZ_KEY_BYTES   40u
#define DD_TOEPLITZ_INPUT_BYTES 36u /* the most a key of this length is good for */

/**
 * dd_toeplitz - for each set bit of the input, the 32 bits of the key that begin there
 * @key: DD_TOEPLITZ_KEY_BYTES
 * @in: addresses and ports as in the frame: source address, destination address, and for TCP and
 *      UDP source port, destination port
 * @len_bytes: <= DD_TOEPLITZ_INPUT_BYTES; 0 gives 0
 *
 * Source: windows-driver-docs, network/rss-hashing-functions.
 */
uint32_t dd_toeplitz(const uint8_t *key, const uint8_t *in, size_t len_bytes);

#endif
