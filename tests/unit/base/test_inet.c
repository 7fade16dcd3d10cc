/* SPDX-License-Identifier: MIT */
/* Headers and checksums of frames, with the vectors of oids-and-offloads 9.2 worked out by hand. */
#include "base/inet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* 192.0.2.1:1000 -> 198.51.100.2:2000, TCP, PSH ACK, 40 bytes 00..27; checksum 0x1a21 */
static size_t tcp_v4(uint8_t *f, bool tagged)
{
    static const uint8_t ip[] = {0x45, 0, 0,   80, 0x7f, 0xfe, 0x40, 0,  64,  6,
                                 0,    0, 192, 0,  2,    1,    198,  51, 100, 2};
    static const uint8_t tcp[] = {0x03, 0xe8, 0x07, 0xd0, 0,    0, 0,    1,    0, 0,
                                  0,    2,    0x50, 0x18, 0x20, 0, 0x1a, 0x21, 0, 0};
    size_t at = 12;

    memset(f, 2, 12);
    if (tagged) {
        dd_put_be16(f + at, 0x8100);
        dd_put_be16(f + at + 2, 0xa123);
        at += 4;
    }
    dd_put_be16(f + at, 0x0800);
    at += 2;
    memcpy(f + at, ip, sizeof(ip));
    dd_put_be16(f + at + 10, ~(uint32_t)dd_inet_sum(f + at, sizeof(ip), 0));
    memcpy(f + at + sizeof(ip), tcp, sizeof(tcp));
    for (uint8_t i = 0; i < 40; i++) {
        f[at + 40 + i] = i;
    }
    return at + 80;
}

static void test_a_segment_is_taken_apart(void **state)
{
    uint8_t f[256];
    struct dd_inet i;

    (void)state;
    for (unsigned tag = 0; tag <= 4; tag += 4) {
        size_t len = tcp_v4(f, tag != 0);

        assert_true(dd_inet_parse(f, len, &i));
        assert_int_equal(i.l3, 14 + tag);
        assert_int_equal(i.l4, 34 + tag);
        assert_int_equal(i.data, 54 + tag);
        assert_int_equal(i.end, len);
        assert_int_equal(dd_inet_sum_at(&i), 50 + tag);
        assert_true(i.ipv4 && i.tcp && i.ip_good && i.l4_good && !i.udp && !i.fragment);
        assert_int_equal(i.tagged, tag != 0);
        assert_int_equal(dd_inet_pseudo(f, &i, 60), 0xec79);
        assert_int_equal(dd_inet_pseudo(f, &i, 0), 0xec3d);
        f[len - 1] ^= 1;
        assert_true(dd_inet_parse(f, len, &i));
        assert_true(i.ip_good && !i.l4_good);
    }
}

static void test_padding_is_no_part_of_the_datagram(void **state)
{
    uint8_t f[256];
    struct dd_inet i;
    size_t len = tcp_v4(f, false);

    (void)state;
    memset(f + len, 0xff, 9);
    assert_true(dd_inet_parse(f, len + 9, &i));
    assert_int_equal(i.end, len);
    assert_true(i.l4_good);
}

static void test_udp_lengths_and_absent_checksums(void **state)
{
    uint8_t f[256];
    struct dd_inet i;
    size_t len = tcp_v4(f, false);

    (void)state;
    f[23] = 17;
    dd_put_be16(f + 24, 0);
    dd_put_be16(f + 24, ~(uint32_t)dd_inet_sum(f + 14, 20, 0));
    dd_put_be16(f + 38, 60);
    dd_put_be16(f + 40, 0);
    assert_true(dd_inet_parse(f, len, &i));
    assert_true(i.udp && i.l4_none && !i.l4_good);
    assert_int_equal(dd_inet_pseudo(f, &i, 48), 0xec78);
    dd_put_be16(f + 40, dd_inet_pseudo(f, &i, 60));
    dd_put_be16(f + 40, ~(uint32_t)dd_inet_sum(f + 34, 60, 0));
    assert_true(dd_inet_parse(f, len, &i));
    assert_true(i.udp && !i.l4_none && i.l4_good);
    dd_put_be16(f + 38, 59); /* not the rest of the datagram */
    assert_true(dd_inet_parse(f, len, &i));
    assert_false(i.udp);
}

static void test_fragments_have_no_transport(void **state)
{
    uint8_t f[256];
    struct dd_inet i;
    size_t len = tcp_v4(f, false);

    (void)state;
    f[20] = 0x20;
    assert_true(dd_inet_parse(f, len, &i));
    assert_true(i.fragment && i.ipv4 && !i.tcp && !i.ip_good);
}

static void test_ipv6_pseudo_headers(void **state)
{
    uint8_t f[128] = {0};
    struct dd_inet i;

    (void)state;
    dd_put_be16(f + 12, 0x86dd);
    f[14] = 0x60;
    dd_put_be16(f + 18, 60);
    f[20] = 6;
    dd_put_be16(f + 22, 0x2001);
    dd_put_be16(f + 24, 0x0db8);
    f[37] = 1;
    memcpy(f + 38, f + 22, 16);
    f[53] = 2;
    f[66] = 0x50;
    assert_true(dd_inet_parse(f, 114, &i));
    assert_true(i.ipv6 && i.tcp && !i.ipv4 && !i.l4_good);
    assert_int_equal(dd_inet_pseudo(f, &i, 60), 0x5bb7);
    assert_int_equal(dd_inet_pseudo(f, &i, 0), 0x5b7b);
    f[20] = 0; /* hop-by-hop options are not followed */
    assert_true(dd_inet_parse(f, 114, &i));
    assert_false(i.tcp);
}

static void test_what_is_cut_off_is_refused_at_every_length(void **state)
{
    uint8_t f[256];
    struct dd_inet i;
    size_t len = tcp_v4(f, true);

    (void)state;
    for (size_t n = 0; n < len; n++) {
        assert_false(dd_inet_parse(f, n, &i));
    }
    f[18] = 0x44; /* a header of 16 bytes */
    assert_false(dd_inet_parse(f, len, &i));
    f[18] = 0x4f; /* one longer than the datagram allows */
    dd_put_be16(f + 20, 40);
    assert_false(dd_inet_parse(f, len, &i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_segment_is_taken_apart),
        cmocka_unit_test(test_padding_is_no_part_of_the_datagram),
        cmocka_unit_test(test_udp_lengths_and_absent_checksums),
        cmocka_unit_test(test_fragments_have_no_transport),
        cmocka_unit_test(test_ipv6_pseudo_headers),
        cmocka_unit_test(test_what_is_cut_off_is_refused_at_every_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
