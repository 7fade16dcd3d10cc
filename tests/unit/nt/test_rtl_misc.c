/* SPDX-License-Identifier: MIT */
#include "svc_test.h"

static int start(void **state)
{
    struct dd_ram_config ram = {.low_bytes = 16u << 20, .seed = 1};
    struct dd_machine_config config = {.cpus = 1, .os_major = 10, .os_minor = 0, .os_build = 22621};
    struct dd_listener listener = {.event = nt_test_event};

    (void)state;
    memset(&nt_test, 0, sizeof(nt_test));
    if (dd_ram_new(&ram, &nt_test.ram) < 0 || dd_seam_listen(&listener) < 0) {
        return -1;
    }
    config.ram = nt_test.ram;
    return dd_machine_start(&config) < 0 ? -1 : dd_ctx_adopt("test", 0, &nt_test.main_ctx);
}

#define misc_test(fn) cmocka_unit_test_setup_teardown(fn, start, nt_test_stop)

static void compare_memory_counts_equal_bytes(void **state)
{
    (void)state;
    assert_int_equal(RtlCompareMemory("abcd", "abxd", 4), 2);
    assert_int_equal(RtlCompareMemory("abcd", "abcd", 4), 4);
    assert_int_equal(RtlCompareMemory("x", "y", 1), 0);
    assert_int_equal(RtlCompareMemory("x", "y", 0), 0);
}

static void bits_are_set_cleared_and_tested(void **state)
{
    ULONG words[3] = {0};
    RTL_BITMAP map;

    (void)state;
    RtlInitializeBitMap(&map, words, 70);
    RtlSetBit(&map, 0);
    RtlSetBit(&map, 33);
    RtlSetBits(&map, 60, 10);
    assert_int_equal(words[0], 1);
    assert_int_equal(words[1], 0xf0000002);
    assert_int_equal(words[2], 0x3f);
    assert_int_equal(RtlCheckBit(&map, 33), TRUE);
    assert_int_equal(RtlCheckBit(&map, 34), FALSE);
    assert_int_equal(RtlNumberOfSetBits(&map), 12);
    RtlClearBit(&map, 33);
    RtlClearBits(&map, 62, 6);
    assert_int_equal(words[1], 0x30000000);
    assert_int_equal(words[2], 0x30);
    RtlSetAllBits(&map);
    assert_int_equal(words[2], 0x3f); /* not beyond the map */
    RtlClearAllBits(&map);
    assert_int_equal(RtlNumberOfSetBits(&map), 0);
    assert_int_equal(EVENTS(OBJECT_BAD), 0);
}

static void bits_outside_the_map_are_reported_and_left(void **state)
{
    ULONG words[2] = {0, 0x100};
    RTL_BITMAP map;

    (void)state;
    RtlInitializeBitMap(&map, words, 32);
    RtlSetBit(&map, 32);
    RtlClearBits(&map, 31, 10);
    RtlSetBits(&map, 0xffffffff, 2);
    assert_int_equal(RtlCheckBit(&map, 40), FALSE);
    assert_int_equal(EVENTS(OBJECT_BAD), 4);
    assert_int_equal(words[0], 0);
    assert_int_equal(words[1], 0x100);
}

static void clear_run_is_found_from_the_hint_and_wraps(void **state)
{
    ULONG words[2] = {0x0000ff0f, 0};
    RTL_BITMAP map;

    (void)state;
    RtlInitializeBitMap(&map, words, 40);
    assert_int_equal(RtlFindClearBitsAndSet(&map, 4, 0), 4);
    assert_int_equal(RtlFindClearBitsAndSet(&map, 4, 0), 16);
    assert_int_equal(RtlFindClearBitsAndSet(&map, 8, 30), 30);
    assert_int_equal(RtlFindClearBitsAndSet(&map, 10, 30), 20); /* begins again at 0 */
    assert_int_equal(RtlFindClearBitsAndSet(&map, 3, 0), 0xffffffff);
    assert_int_equal(RtlFindClearBitsAndSet(&map, 2, 99), 38);
    assert_int_equal(RtlFindClearBitsAndSet(&map, 1, 0), 0xffffffff);
    RtlClearAllBits(&map);
    assert_int_equal(RtlFindClearBitsAndSet(&map, 41, 0), 0xffffffff);
    assert_int_equal(RtlFindClearBitsAndSet(&map, 40, 0), 0);
}

static void run_over_the_hint_is_found(void **state)
{
    ULONG word = 0xfffff00f; /* bits 4 to 11 are clear */
    RTL_BITMAP map;

    (void)state;
    RtlInitializeBitMap(&map, &word, 32);
    assert_int_equal(RtlFindClearBitsAndSet(&map, 8, 8), 4);
}

static void significant_bits_are_found(void **state)
{
    (void)state;
    assert_int_equal(RtlFindLeastSignificantBit(0), -1);
    assert_int_equal(RtlFindMostSignificantBit(0), -1);
    assert_int_equal(RtlFindLeastSignificantBit(0x8000000000000000), 63);
    assert_int_equal(RtlFindMostSignificantBit(0x18), 4);
    assert_int_equal(RtlNumberOfSetBitsUlongPtr(0xf0f0f0f0f0f0f0f0), 32);
}

static void times_split_into_fields(void **state)
{
    static const struct {
        LONGLONG time;
        TIME_FIELDS f;
    } row[] = {
        {0, {1601, 1, 1, 0, 0, 0, 0, 1}},
        {116444736000000000, {1970, 1, 1, 0, 0, 0, 0, 4}},
        {125963423990000000, {2000, 2, 29, 23, 59, 59, 0, 2}},
        {133485408001234567, {2024, 1, 1, 0, 0, 0, 123, 1}},
    };

    (void)state;
    for (size_t i = 0; i < DD_ARRAY_LEN(row); i++) {
        LARGE_INTEGER t = {.QuadPart = row[i].time};
        TIME_FIELDS f;

        RtlTimeToTimeFields(&t, &f);
        assert_memory_equal(&f, &row[i].f, sizeof(f));
    }
}

static void version_is_the_machines(void **state)
{
    RTL_OSVERSIONINFOEXW v = {.dwOSVersionInfoSize = sizeof(v), .wSuiteMask = 7};

    (void)state;
    assert_int_equal(RtlGetVersion((PRTL_OSVERSIONINFOW)&v), STATUS_SUCCESS);
    assert_int_equal(v.dwMajorVersion, 10);
    assert_int_equal(v.dwBuildNumber, 22621);
    assert_int_equal(v.dwPlatformId, 2);
    assert_int_equal(v.wSuiteMask, 0);
    assert_int_equal(v.wProductType, VER_NT_WORKSTATION);
    v.dwOSVersionInfoSize = 100;
    assert_int_equal(RtlGetVersion((PRTL_OSVERSIONINFOW)&v), STATUS_INVALID_PARAMETER);
}

static NTSTATUS verify(ULONG major, ULONG minor, ULONG build, ULONG types, UCHAR condition)
{
    RTL_OSVERSIONINFOEXW v = {.dwOSVersionInfoSize = sizeof(v),
                              .dwMajorVersion = major,
                              .dwMinorVersion = minor,
                              .dwBuildNumber = build};
    ULONGLONG mask = 0;

    for (ULONG bit = 1; bit <= 0x20; bit <<= 1) {
        if (types & bit) {
            VER_SET_CONDITION(mask, bit, condition);
        }
    }
    return RtlVerifyVersionInfo(&v, types, mask);
}

static void version_conditions_hold_or_not(void **state)
{
    const ULONG both = VER_MAJORVERSION | VER_MINORVERSION;

    (void)state;
    assert_int_equal(verify(10, 0, 0, both, VER_GREATER_EQUAL), STATUS_SUCCESS);
    assert_int_equal(verify(6, 3, 0, both, VER_GREATER_EQUAL), STATUS_SUCCESS);
    assert_int_equal(verify(10, 1, 0, both, VER_GREATER_EQUAL), STATUS_REVISION_MISMATCH);
    assert_int_equal(verify(10, 0, 0, both, VER_EQUAL), STATUS_SUCCESS);
    assert_int_equal(verify(10, 0, 0, both, VER_LESS), STATUS_REVISION_MISMATCH);
    assert_int_equal(verify(10, 0, 19041, both | VER_BUILDNUMBER, VER_GREATER_EQUAL),
                     STATUS_SUCCESS);
    assert_int_equal(verify(10, 0, 26100, both | VER_BUILDNUMBER, VER_GREATER_EQUAL),
                     STATUS_REVISION_MISMATCH);
    assert_int_equal(verify(10, 0, 0, 0, VER_EQUAL), STATUS_INVALID_PARAMETER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        misc_test(compare_memory_counts_equal_bytes),
        misc_test(bits_are_set_cleared_and_tested),
        misc_test(bits_outside_the_map_are_reported_and_left),
        misc_test(clear_run_is_found_from_the_hint_and_wraps),
        misc_test(run_over_the_hint_is_found),
        misc_test(significant_bits_are_found),
        misc_test(times_split_into_fields),
        misc_test(version_is_the_machines),
        misc_test(version_conditions_hold_or_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
