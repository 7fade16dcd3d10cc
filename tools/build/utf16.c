/* SPDX-License-Identifier: MIT */
#include "overlay.h"

#include <stdint.h>

static void put(struct dd_text *out, uint32_t c)
{
    char b[4];
    size_t n = 0;

    if (c < 0x80) {
        b[n++] = (char)c;
    } else if (c < 0x800) {
        b[n++] = (char)(0xc0 | (c >> 6));
        b[n++] = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        b[n++] = (char)(0xe0 | (c >> 12));
        b[n++] = (char)(0x80 | ((c >> 6) & 0x3f));
        b[n++] = (char)(0x80 | (c & 0x3f));
    } else {
        b[n++] = (char)(0xf0 | (c >> 18));
        b[n++] = (char)(0x80 | ((c >> 12) & 0x3f));
        b[n++] = (char)(0x80 | ((c >> 6) & 0x3f));
        b[n++] = (char)(0x80 | (c & 0x3f));
    }
    dd_text_add(out, b, n);
}

char *dd_from_utf16(const unsigned char *data, size_t len, size_t *ret_len)
{
    struct dd_text out = {0};
    unsigned high;

    if (len < 2 ||
        !((data[0] == 0xff && data[1] == 0xfe) || (data[0] == 0xfe && data[1] == 0xff))) {
        return NULL;
    }
    high = data[0] == 0xff; /* little-endian: the second byte is the high one */
    dd_text_add(&out, "", 0);
    for (size_t i = 2; i + 1 < len; i += 2) {
        uint32_t c = (uint32_t)(data[i + high] << 8) | data[i + 1 - high];

        if (c >= 0xd800 && c < 0xdc00 && i + 3 < len) {
            uint32_t low = (uint32_t)(data[i + 2 + high] << 8) | data[i + 3 - high];

            if (low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                i += 2;
            }
        }
        put(&out, c);
    }
    *ret_len = out.len;
    return out.p;
}
