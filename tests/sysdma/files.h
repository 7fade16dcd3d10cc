/* SPDX-License-Identifier: MIT */
/* Captures: made, and read back. Frame i of a made capture is known from i and its length alone. */
#ifndef SYSDMA_TEST_FILES_H
#define SYSDMA_TEST_FILES_H

#include <stddef.h>
#include <stdint.h>

#define FRAMES_MAX  2048u
#define FRAME_BYTES 1514u

/* frame_bytes - how long frame @i is: every length from 14 to 1514 comes, odd ones too */
size_t frame_bytes(unsigned i);
void frame_make(unsigned i, uint8_t *out);
/* capture_write - frames 0 to @count - 1 */
void capture_write(const char *path, unsigned count);
/* capture_check - the capture holds exactly those frames, in order, padded to 60 bytes; fails the
 * test */
void capture_check(const char *path, unsigned count);
/* capture_count - frames in a capture; @ret_longest: bytes of the longest */
unsigned capture_count(const char *path, size_t *ret_longest);

#endif
