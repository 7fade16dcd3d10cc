/* SPDX-License-Identifier: MIT */
/* The vectors that Microsoft publishes with its key. */
#include "base/toeplitz.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

static const uint8_t key[DD_TOEPLITZ_KEY_BYTES] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2,
                                                   0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0,
                                                   0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4,
                                                   0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c,
                                                   0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

static const struct {
    const char *source, *destination;
    uint16_t source_port, destination_port;
    uint32_t addresses, ports;
} vectors[] = {
    {"66.9.149.187", "161.142.100.80", 2794, 1766, 0x323e8fc2, 0x51ccc178},
    {"199.92.111.2", "65.69.140.83", 14230, 4739, 0xd718262a, 0xc626b0ea},
    {"24.19.198.95", "12.22.207.184", 12898, 38024, 0xd2d0a5de, 0x5c2b394a},
    {"38.27.205.30", "209.142.163.6", 48228, 2217, 0x82989176, 0xafc7327f},
    {"153.39.163.191", "202.188.127.2", 44251, 1303, 0x5d1809c5, 0x10e828a2},
    {"3ffe:2501:200:1fff::7", "3ffe:2501:200:3::1", 2794, 1766, 0x2cc18cd5, 0x40207d3d},
    {"3ffe:501:8::260:97ff:fe40:efab", "ff02::1", 14230, 4739, 0x0f0c461c, 0xdde51bbf},
    {"3ffe:1900:4545:3:200:f8ff:fe21:67cf", "fe80::200:f8ff:fe21:67cf", 44251, 38024, 0x4b61e985,
     0x02d1feef},
};

static void test_published_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        int family = strchr(vectors[i].source, ':') ? AF_INET6 : AF_INET;
        size_t bytes = family == AF_INET ? 4 : 16;
        uint16_t from = htons(vectors[i].source_port), to = htons(vectors[i].destination_port);
        uint8_t in[DD_TOEPLITZ_INPUT_BYTES];

        assert_int_equal(inet_pton(family, vectors[i].source, in), 1);
        assert_int_equal(inet_pton(family, vectors[i].destination, in + bytes), 1);
        memcpy(in + 2 * bytes, &from, 2);
        memcpy(in + 2 * bytes + 2, &to, 2);
        assert_int_equal(dd_toeplitz(key, in, 2 * bytes), vectors[i].addresses);
        assert_int_equal(dd_toeplitz(key, in, 2 * bytes + 4), vectors[i].ports);
    }
}

static void test_corners(void **state)
{
    uint8_t in[DD_TOEPLITZ_INPUT_BYTES] = {0x80};

    (void)state;
    assert_int_equal(dd_toeplitz(key, in, 0), 0);
    assert_int_equal(dd_toeplitz(key, in, 1), 0x6d5a56da);
    in[0] = 0;
    in[DD_TOEPLITZ_INPUT_BYTES - 1] = 1; /* the last window: bits 287 to 318 of the key */
    assert_int_equal(dd_toeplitz(key, in, sizeof(in)), 0xdf5600fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_vectors),
        cmocka_unit_test(test_corners),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
