/* SPDX-License-Identifier: MIT */
/* What the upper edge takes out of frames for the card to put back. */
#include "base/inet.h"
#include "run/edge_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define MSS 1460u

static uint8_t large[65536], bytes[8][1600];
static struct dd_frame frames[8];

/* segment @n of a flow; sums right */
static void segment(unsigned n, size_t payload, uint8_t flags)
{
    static const uint8_t head[] = {2,    2, 2,   2,  2,    2,    2,    2,    2,  2,    2, 2, 8,   0,
                                   0x45, 0, 0,   0,  0x10, 0,    0x40, 0,    64, 6,    0, 0, 192, 0,
                                   2,    1, 198, 51, 100,  2,    3,    0xe8, 7,  0xd0, 0, 0, 0,   1,
                                   0,    0, 0,   2,  0x50, 0x10, 0x20, 0,    0,  0,    0, 0};
    uint8_t *f = bytes[n];
    struct dd_inet i;

    memcpy(f, head, sizeof(head));
    memset(f + sizeof(head), (int)n, payload);
    dd_put_be16(f + 16, (uint32_t)(40 + payload));
    dd_put_be16(f + 18, 0x1000 + n);
    dd_put_be16(f + 24, ~(uint32_t)dd_inet_sum(f + 14, 20, 0));
    dd_put_be16(f + 40, 1 + n * MSS);
    f[47] = flags;
    assert_true(dd_inet_parse(f, sizeof(head) + payload, &i));
    dd_put_be16(f + 50, dd_inet_pseudo(f, &i, (uint32_t)(20 + payload)));
    dd_put_be16(f + 50, ~(uint32_t)dd_inet_sum(f + 34, 20 + payload, 0));
    frames[n] = (struct dd_frame){.bytes = f, .len_bytes = (uint32_t)(sizeof(head) + payload)};
}

static NDIS_OFFLOAD everything(void)
{
    NDIS_OFFLOAD o;

    memset(&o, 0, sizeof(o));
    o.Checksum.IPv4Transmit.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3;
    o.Checksum.IPv4Transmit.TcpChecksum = NDIS_OFFLOAD_SET_ON;
    o.Checksum.IPv4Transmit.IpChecksum = NDIS_OFFLOAD_SET_ON;
    o.LsoV2.IPv4.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3;
    o.LsoV2.IPv4.MaxOffLoadSize = 60000;
    o.LsoV2.IPv4.MinSegmentCount = 2;
    return o;
}

static uint32_t checksums(const NDIS_OFFLOAD *o)
{
    memcpy(large, bytes[0], frames[0].len_bytes);
    return dd_edge_checksum_out(o, large, frames[0].len_bytes);
}

static unsigned large_of(const NDIS_OFFLOAD *o, size_t count)
{
    size_t len = 0;
    uint32_t mss = 0;

    return dd_edge_large_out(o, frames, count, large, &len, &mss);
}

static void test_checksums_are_replaced_by_their_seeds(void **state)
{
    NDIS_OFFLOAD o = everything();

    (void)state;
    segment(0, 40, 0x18);
    /* IsIPv4, TcpChecksum, IpHeaderChecksum, TcpHeaderOffset 34 */
    assert_int_equal(checksums(&o), 0x01u | 0x04u | 0x10u | 34u << 16);
    assert_int_equal(dd_be16(large + 24), 0);
    assert_int_equal(dd_be16(large + 50), 0xec79);
}

static void test_only_what_the_miniport_does_is_asked_for(void **state)
{
    NDIS_OFFLOAD o = everything();

    (void)state;
    segment(0, 40, 0x18);
    o.Checksum.IPv4Transmit.TcpChecksum = NDIS_OFFLOAD_SET_OFF;
    assert_int_equal(checksums(&o), 0x11);
    assert_int_equal(dd_be16(large + 50), dd_be16(bytes[0] + 50));
    o.Checksum.IPv4Transmit.IpChecksum = NDIS_OFFLOAD_SET_NO_CHANGE;
    assert_int_equal(checksums(&o), 0);
    assert_memory_equal(large, bytes[0], frames[0].len_bytes);
    o = everything();
    o.Checksum.IPv4Transmit.Encapsulation = 0;
    assert_int_equal(checksums(&o), 0);
}

static void test_a_wrong_checksum_stays_wrong(void **state)
{
    NDIS_OFFLOAD o = everything();

    (void)state;
    segment(0, 40, 0x18);
    bytes[0][50] ^= 1;
    assert_int_equal(checksums(&o), 0x11);
    bytes[0][24] ^= 1;
    assert_int_equal(checksums(&o), 0);
    assert_memory_equal(large, bytes[0], frames[0].len_bytes);
}

static void test_segments_become_one_large_send(void **state)
{
    NDIS_OFFLOAD o = everything();
    uint32_t mss = 0;
    size_t len = 0;

    (void)state;
    segment(0, MSS, 0x10);
    segment(1, MSS, 0x10);
    segment(2, 80, 0x18);
    assert_int_equal(dd_edge_large_out(&o, frames, 3, large, &len, &mss), 3);
    assert_int_equal(mss, MSS);
    assert_int_equal(len, 54 + 3000);
    assert_int_equal(dd_be16(large + 16), 0);      /* IP total length */
    assert_int_equal(dd_be16(large + 50), 0xec3d); /* the pseudo header without a length */
    assert_int_equal(large[47], 0x18);             /* the last one's flags */
    assert_memory_equal(large + 54 + MSS, bytes[1] + 54, MSS);
    assert_memory_equal(large + 54 + 2 * MSS, bytes[2] + 54, 80);
}

static void test_version_1_is_asked_for_where_there_is_no_other(void **state)
{
    NDIS_OFFLOAD o = everything();
    uint32_t mss = 0;
    size_t len = 0;

    (void)state;
    o.LsoV2.IPv4.Encapsulation = 0;
    o.LsoV1.IPv4.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3;
    o.LsoV1.IPv4.MaxOffLoadSize = 60000;
    o.LsoV1.IPv4.MinSegmentCount = 2;
    segment(0, MSS, 0x10);
    segment(1, MSS, 0x18);
    assert_int_equal(dd_edge_large_out(&o, frames, 2, large, &len, &mss), 2);
    assert_int_equal(dd_be16(large + 16), 40 + 2 * MSS); /* of all of it */
    assert_int_equal(dd_be16(large + 50), 0xec3d);
}

static void test_what_a_card_would_not_make_stays_apart(void **state)
{
    NDIS_OFFLOAD o = everything();

    (void)state;
    segment(0, MSS, 0x10);
    segment(1, MSS, 0x10);
    assert_int_equal(large_of(&o, 1), 0);
    segment(0, MSS, 0x18); /* PSH only in the last */
    assert_int_equal(large_of(&o, 2), 0);
    segment(0, MSS - 1, 0x10); /* the second is longer, and its number does not follow */
    assert_int_equal(large_of(&o, 2), 0);
    segment(0, MSS, 0x10);
    segment(1, MSS, 0x10);
    bytes[1][60] ^= 1; /* a bad checksum */
    assert_int_equal(large_of(&o, 2), 0);
    segment(1, MSS, 0x10);
    o.LsoV2.IPv4.MaxOffLoadSize = 2 * MSS - 1;
    assert_int_equal(large_of(&o, 2), 0);
    o.LsoV2.IPv4.MaxOffLoadSize = 2 * MSS;
    assert_int_equal(large_of(&o, 2), 2);
    o.LsoV2.IPv4.MinSegmentCount = 3;
    assert_int_equal(large_of(&o, 2), 0);
    o = everything();
    o.LsoV2.IPv4.Encapsulation = 0;
    assert_int_equal(large_of(&o, 2), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checksums_are_replaced_by_their_seeds),
        cmocka_unit_test(test_only_what_the_miniport_does_is_asked_for),
        cmocka_unit_test(test_a_wrong_checksum_stays_wrong),
        cmocka_unit_test(test_segments_become_one_large_send),
        cmocka_unit_test(test_what_a_card_would_not_make_stays_apart),
        cmocka_unit_test(test_version_1_is_asked_for_where_there_is_no_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
