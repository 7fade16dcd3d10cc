/* SPDX-License-Identifier: MIT */
/* Receive side scaling: what NDIS sends, what it takes for announced, what it takes for true. */
#include "ndis/rss.h"

#include "base/inet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define L(m, n) ((unsigned)(m) << 16 | (n))

static const uint8_t key[DD_TOEPLITZ_KEY_BYTES] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2,
                                                   0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0,
                                                   0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4,
                                                   0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c,
                                                   0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

/* entries 0, 1, 0, 1 ... */
static struct dd_rss_state state_of(unsigned entries)
{
    struct dd_rss_state s = {.types = NDIS_HASH_TCP_IPV4 | NDIS_HASH_IPV4, .entries = entries};

    memcpy(s.key, key, sizeof(key));
    for (unsigned i = 0; i < entries; i++) {
        s.cpu[i] = s.before[i] = (uint8_t)(i & 1);
    }
    return s;
}

/* --- the request --- */

static NDIS_RECEIVE_SCALE_PARAMETERS built(unsigned version, bool table_only, ULONG length)
{
    _Alignas(8) unsigned char buf[DD_RSS_BUFFER_MAX];
    struct dd_rss_state s = state_of(128);
    NDIS_RECEIVE_SCALE_PARAMETERS p;

    assert_int_equal(dd_rss_build(&s, version, table_only, buf), length);
    memset(&p, 0, sizeof(p));
    memcpy(&p, buf, ((const NDIS_OBJECT_HEADER *)(const void *)buf)->Size);
    assert_int_equal(p.Header.Type, NDIS_OBJECT_TYPE_RSS_PARAMETERS);
    /* entry 1: a byte, or a PROCESSOR_NUMBER */
    assert_int_equal(buf[p.IndirectionTableOffset + (version < L(6, 20) ? 1 : 6)], 1);
    assert_int_equal(memcmp(buf + p.HashSecretKeyOffset, key, sizeof(key)) == 0, !table_only);
    return p;
}

static void test_the_buffer_at_each_level(void **state)
{
    NDIS_RECEIVE_SCALE_PARAMETERS p;

    (void)state;
    p = built(L(6, 0), false, 196);
    assert_int_equal(p.Header.Revision, 1);
    assert_int_equal(p.IndirectionTableOffset, 28);
    assert_int_equal(p.HashSecretKeyOffset, 156);
    p = built(L(6, 20), false, 608);
    assert_int_equal(p.Header.Revision, 2);
    assert_int_equal(p.IndirectionTableSize, 512);
    assert_int_equal(p.HashSecretKeyOffset, 552);
    assert_int_equal(p.ProcessorMasksOffset, 592);
    assert_int_equal(p.ProcessorMasksEntrySize, 16);
    p = built(L(6, 50), false, 608);
    assert_int_equal(p.Flags, 0);
    assert_int_equal(p.HashInformation,
                     NDIS_HASH_TCP_IPV4 | NDIS_HASH_IPV4 | NdisHashFunctionToeplitz);
    p = built(L(6, 60), false, 616);
    assert_int_equal(p.Header.Revision, 3);
    assert_int_equal(p.HashSecretKeyOffset, 556);
    assert_int_equal(p.ProcessorMasksOffset, 600);
}

static void test_a_table_alone_has_no_key(void **state)
{
    NDIS_RECEIVE_SCALE_PARAMETERS p = built(L(6, 30), true, 608);

    (void)state;
    assert_int_equal(p.Flags, NDIS_RSS_PARAM_FLAG_BASE_CPU_UNCHANGED |
                                  NDIS_RSS_PARAM_FLAG_HASH_INFO_UNCHANGED |
                                  NDIS_RSS_PARAM_FLAG_HASH_KEY_UNCHANGED);
}

/* --- capabilities --- */

static NDIS_RECEIVE_SCALE_CAPABILITIES good_caps(void)
{
    NDIS_RECEIVE_SCALE_CAPABILITIES c;

    memset(&c, 0, sizeof(c));
    c.Header.Type = NDIS_OBJECT_TYPE_RSS_CAPABILITIES;
    c.Header.Revision = 2;
    c.Header.Size = NDIS_SIZEOF_RECEIVE_SCALE_CAPABILITIES_REVISION_2;
    c.CapabilitiesFlags = NdisHashFunctionToeplitz | NDIS_RSS_CAPS_HASH_TYPE_TCP_IPV4;
    c.NumberOfInterruptMessages = c.NumberOfReceiveQueues = 2;
    c.NumberOfIndirectionTableEntries = 128;
    return c;
}

static void test_capabilities(void **state)
{
    NDIS_RECEIVE_SCALE_CAPABILITIES c = good_caps();

    (void)state;
    assert_int_equal(dd_rss_caps_check(&c, L(6, 30)), DD_RSS_CAPS_OK);
    assert_int_equal(dd_rss_caps_check(&c, L(6, 20)), DD_RSS_CAPS_HEADER);
    c.NumberOfIndirectionTableEntries = 96;
    assert_int_equal(dd_rss_caps_check(&c, L(6, 30)), DD_RSS_CAPS_ENTRIES);
    c.NumberOfIndirectionTableEntries = 256;
    assert_int_equal(dd_rss_caps_check(&c, L(6, 30)), DD_RSS_CAPS_ENTRIES);
    c.Header.Revision = 1; /* has no such field */
    assert_int_equal(dd_rss_caps_check(&c, L(6, 0)), DD_RSS_CAPS_OK);
    c = good_caps();
    c.CapabilitiesFlags &= ~(ULONG)NdisHashFunctionToeplitz;
    assert_int_equal(dd_rss_caps_check(&c, L(6, 30)), DD_RSS_CAPS_FUNCTION);
    c = good_caps();
    c.CapabilitiesFlags = NdisHashFunctionToeplitz | NDIS_HASH_TCP_IPV4; /* the other numbers */
    assert_int_equal(dd_rss_caps_check(&c, L(6, 30)), DD_RSS_CAPS_NO_IPV4);
    c = good_caps();
    c.NumberOfReceiveQueues = 0;
    assert_int_equal(dd_rss_caps_check(&c, L(6, 30)), DD_RSS_CAPS_NO_QUEUES);
    c = good_caps();
    c.Header.Size = 8;
    assert_int_equal(dd_rss_caps_check(&c, L(6, 30)), DD_RSS_CAPS_HEADER);
}

/* --- received lists --- */

static uint8_t frame[60];

/* 66.9.149.187:2794 -> 161.142.100.80:1766 */
static void ipv4_frame(uint8_t protocol, uint16_t fragment)
{
    static const uint8_t addresses[] = {66, 9, 149, 187, 161, 142, 100, 80};

    memset(frame, 0, sizeof(frame));
    dd_put_be16(frame + 12, 0x0800);
    frame[14] = 0x45;
    dd_put_be16(frame + 16, 46);
    dd_put_be16(frame + 20, fragment);
    frame[23] = protocol;
    memcpy(frame + 26, addresses, sizeof(addresses));
    dd_put_be16(frame + 34, 2794);
    dd_put_be16(frame + 36, 1766);
}

static const struct dd_rss_state *now;

static enum dd_rss_defect said(uint32_t type, uint32_t value, int cpu)
{
    uint32_t right = 0;

    return dd_rss_check(now, frame, sizeof(frame), type | (type ? NdisHashFunctionToeplitz : 0),
                        value, cpu, &right);
}

static void test_hashes(void **state)
{
    struct dd_rss_state s = state_of(128);

    (void)state;
    now = &s;
    ipv4_frame(6, 0);
    assert_int_equal(said(NDIS_HASH_TCP_IPV4, 0x51ccc178, 0), DD_RSS_OK);
    assert_int_equal(said(NDIS_HASH_TCP_IPV4, 0x51ccc179, 1), DD_RSS_VALUE);
    assert_int_equal(said(NDIS_HASH_IPV4, 0x323e8fc2, 0),
                     DD_RSS_TYPE); /* it is TCP, and that is on */
    assert_int_equal(said(NDIS_HASH_TCP_IPV6, 0x51ccc178, 0), DD_RSS_NOT_SET);
    assert_int_equal(said(NDIS_HASH_UDP_IPV4, 0x51ccc178, 0), DD_RSS_NOT_SET);
    assert_int_equal(said(0, 0, 0), DD_RSS_OK); /* it may give none */
    assert_int_equal(said(0, 0x51ccc178, 0), DD_RSS_NO_INFO);
    ipv4_frame(17, 0);
    assert_int_equal(said(NDIS_HASH_TCP_IPV4, 0x51ccc178, 0), DD_RSS_TYPE);
    assert_int_equal(said(NDIS_HASH_IPV4, 0x323e8fc2, 0), DD_RSS_OK);
    s.types = NDIS_HASH_IPV4;
    ipv4_frame(6, 0);
    assert_int_equal(said(NDIS_HASH_IPV4, 0x323e8fc2, 0), DD_RSS_OK);
}

static void test_fragments_have_no_ports(void **state)
{
    struct dd_rss_state s = state_of(128);

    (void)state;
    now = &s;
    ipv4_frame(6, 0x2000); /* the first one, whose ports are there */
    assert_int_equal(said(NDIS_HASH_TCP_IPV4, 0x51ccc178, 0), DD_RSS_FRAGMENT);
    assert_int_equal(said(NDIS_HASH_IPV4, 0x323e8fc2, 0), DD_RSS_OK);
    ipv4_frame(6, 0x0010);
    assert_int_equal(said(NDIS_HASH_TCP_IPV4, 0x51ccc178, 0), DD_RSS_FRAGMENT);
    ipv4_frame(6, 0x4000); /* do not fragment */
    assert_int_equal(said(NDIS_HASH_TCP_IPV4, 0x51ccc178, 0), DD_RSS_OK);
}

static void test_other_frames(void **state)
{
    struct dd_rss_state s = state_of(128);

    (void)state;
    now = &s;
    memset(frame, 0, sizeof(frame));
    assert_int_equal(said(NDIS_HASH_IPV4, 0, 0), DD_RSS_TYPE);
    dd_put_be16(frame + 12, 0x0800); /* IPv4 without a header */
    assert_int_equal(said(NDIS_HASH_IPV4, 0, 0), DD_RSS_TYPE);
    ipv4_frame(6, 0); /* a tag in the frame */
    memmove(frame + 16, frame + 12, sizeof(frame) - 16);
    dd_put_be16(frame + 12, 0x8100);
    assert_int_equal(said(NDIS_HASH_TCP_IPV4, 0x51ccc178, 0), DD_RSS_OK);
}

static void test_cpus(void **state)
{
    struct dd_rss_state s = state_of(2);

    (void)state;
    now = &s;
    ipv4_frame(6, 0); /* entry 0 */
    assert_int_equal(said(NDIS_HASH_TCP_IPV4, 0x51ccc178, 1), DD_RSS_CPU);
    assert_int_equal(said(NDIS_HASH_TCP_IPV4, 0x51ccc178, -1), DD_RSS_OK);
    s.before[0] = 1; /* from where it has moved */
    assert_int_equal(said(NDIS_HASH_TCP_IPV4, 0x51ccc178, 1), DD_RSS_CPU);
    s.changing = true;
    assert_int_equal(said(NDIS_HASH_TCP_IPV4, 0x51ccc178, 1), DD_RSS_OK);
    assert_int_equal(said(NDIS_HASH_TCP_IPV4, 0x51ccc178, 2), DD_RSS_CPU);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_buffer_at_each_level),
        cmocka_unit_test(test_a_table_alone_has_no_key),
        cmocka_unit_test(test_capabilities),
        cmocka_unit_test(test_hashes),
        cmocka_unit_test(test_fragments_have_no_ports),
        cmocka_unit_test(test_other_frames),
        cmocka_unit_test(test_cpus),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
