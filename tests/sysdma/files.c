/* SPDX-License-Identifier: MIT */
#include "files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cmocka needs the four above before it */
#include <cmocka.h>

#define MIN_WIRE 60u

size_t frame_bytes(unsigned i)
{
    return 14u + (i * 37u + i / 41u) % (FRAME_BYTES - 13u);
}

void frame_make(unsigned i, uint8_t *out)
{
    static const uint8_t head[14] = {2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, 0x88, 0xb5};
    size_t len = frame_bytes(i);

    memcpy(out, head, sizeof(head));
    for (size_t k = sizeof(head); k < len; k++) {
        out[k] = (uint8_t)(k * 131u + i * 29u + (k >> 8));
    }
}

static void put32(FILE *f, uint32_t v)
{
    assert_int_equal(fwrite(&v, sizeof(v), 1, f), 1);
}

void capture_write(const char *path, unsigned count)
{
    FILE *f = fopen(path, "wb");
    uint8_t frame[FRAME_BYTES];

    assert_non_null(f);
    put32(f, 0xa1b2c3d4);
    put32(f, 2u | 4u << 16);
    put32(f, 0);
    put32(f, 0);
    put32(f, 65535);
    put32(f, 1);
    for (unsigned i = 0; i < count; i++) {
        size_t len = frame_bytes(i);

        frame_make(i, frame);
        put32(f, 1600000000);
        put32(f, i);
        put32(f, (uint32_t)len);
        put32(f, (uint32_t)len);
        assert_int_equal(fwrite(frame, 1, len, f), len);
    }
    assert_int_equal(fclose(f), 0);
}

/* the next frame; false: the end */
static bool next(FILE *f, uint8_t *out, uint32_t *ret_len)
{
    uint32_t head[4];

    if (fread(head, sizeof(head), 1, f) != 1) {
        return false;
    }
    assert_true(head[2] <= 2048);
    assert_int_equal(fread(out, 1, head[2], f), head[2]);
    *ret_len = head[2];
    return true;
}

static FILE *open_capture(const char *path)
{
    FILE *f = fopen(path, "rb");

    assert_non_null(f);
    assert_int_equal(fseek(f, 24, SEEK_SET), 0);
    return f;
}

void capture_check(const char *path, unsigned count)
{
    FILE *f = open_capture(path);
    uint8_t got[2048], want[FRAME_BYTES];
    uint32_t len = 0;

    for (unsigned i = 0; i < count; i++) {
        size_t expected = frame_bytes(i);

        memset(want, 0, MIN_WIRE);
        frame_make(i, want);
        expected = expected < MIN_WIRE ? MIN_WIRE : expected;
        if (!next(f, got, &len)) {
            fail_msg("%s ends after %u of %u frames", path, i, count);
        }
        if (len != expected || memcmp(got, want, expected) != 0) {
            fail_msg("%s: frame %u of %u bytes differs from what was sent (%zu bytes)", path, i,
                     len, expected);
        }
    }
    assert_false(next(f, got, &len));
    fclose(f);
}

unsigned capture_count(const char *path, size_t *ret_longest)
{
    FILE *f = open_capture(path);
    uint8_t got[2048];
    uint32_t len = 0;
    unsigned n = 0;

    *ret_longest = 0;
    while (next(f, got, &len)) {
        n++;
        *ret_longest = len > *ret_longest ? len : *ret_longest;
    }
    fclose(f);
    return n;
}
