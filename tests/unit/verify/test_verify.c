/* SPDX-License-Identifier: MIT */
/*
 * The verifier's own picture, fed with events by hand: what a driver cannot be made to do at will.
 * That each rule finds a real driver's mistake is shown in tests/seeded.
 */
#include "base/check.h"
#include "base/thread.h"
#include "dev/domain.h"
#include "seam/api.h"
#include "verify/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MOST 64u

static struct dd_verify *v;
static struct dd_finding findings[MOST];
static _Atomic(unsigned) count;
static char objects[1 << 20]; /* addresses to stand for things */

static void report(void *arg, const struct dd_finding *f)
{
    unsigned n = count++;

    (void)arg;
    if (n < MOST) {
        findings[n] = *f;
    }
}

static void start(const char *const *disabled)
{
    const struct dd_verify_config c = {.report = report, .disabled = disabled};

    count = 0;
    assert_int_equal(dd_verify_new(&c, &v), 0);
}

static void send(struct dd_ev ev)
{
    dd_verify_listener(v)->event(dd_verify_listener(v)->arg, &ev);
}

static int setup(void **state)
{
    (void)state;
    start(NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    dd_verify_free(v);
    return 0;
}

static void found(const char *rule)
{
    if (count != 1 || strcmp(findings[0].rule->id, rule) != 0) {
        fail_msg("%u findings, first %s: %s", count, count ? findings[0].rule->id : "none",
                 count ? findings[0].text : "");
    }
}

static void built(unsigned number, const void *list, const void *nb)
{
    send((struct dd_ev){.kind = DD_EV_SGL_BUILT,
                        .obj = list,
                        .obj2 = nb,
                        .obj3 = objects,
                        .a = number,
                        .b = 1,
                        .c = 100,
                        .d = DD_DIR_TO_DEVICE,
                        .site = objects + 1});
}

static void freed(unsigned number, const void *list, const void *nb)
{
    send((struct dd_ev){.kind = DD_EV_SGL_FREE_CALL,
                        .obj = list,
                        .obj2 = nb,
                        .obj3 = objects,
                        .b = number,
                        .site = objects + 2});
    send((struct dd_ev){.kind = DD_EV_SGL_FREED, .obj = list, .obj2 = nb, .a = number});
}

static void fault(enum dd_fault_reason reason, uint64_t owner)
{
    struct dd_fault f = {.reason = reason, .owner = owner, .access_bytes = 64, .write = true};

    send((struct dd_ev){.kind = DD_EV_DEV_FAULT, .data = &f});
}

static void test_lists_at_one_address_are_told_apart_by_number(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= 1000; i++) {
        built(i, objects + 100, objects + 200);
        freed(i, objects + 100, objects + 200);
    }
    assert_int_equal(count, 0);
    fault(DD_FAULT_STALE, 500);
    found("sgl-device-touch-after-free");
    assert_ptr_equal(findings[0].sites[0].pc, objects + 1);
    assert_ptr_equal(findings[0].sites[1].pc, objects + 2);
}

static void test_a_net_buffer_mapped_twice_and_freed_in_any_order(void **state)
{
    (void)state;
    built(1, objects + 100, objects + 200);
    send((struct dd_ev){
        .kind = DD_EV_SGL_REQUEST_CALL, .obj = objects + 200, .c = 100, .site = objects + 5});
    found("sgl-map-twice");
    built(2, objects + 101, objects + 200);
    freed(1, objects + 100, objects + 200);
    freed(2, objects + 101, objects + 200);
    assert_int_equal(count, 1);
    built(3, objects + 100, objects + 200);
    send((struct dd_ev){.kind = DD_EV_SGL_REQUEST_CALL, .obj = objects + 201, .c = 100});
    assert_int_equal(count, 1);
}

static void test_old_lists_are_forgotten_and_memory_does_not_grow(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= 200000; i++) {
        built(i, objects + i % 5000, objects + 100000 + i % 5000);
        freed(i, objects + i % 5000, objects + 100000 + i % 5000);
    }
    assert_int_equal(count, 0);
    fault(DD_FAULT_STALE, 3); /* long forgotten: told, without a place */
    found("sgl-device-touch-after-free");
    assert_null(findings[0].sites[0].pc);
}

static void test_a_fault_of_nobody_is_an_address_that_never_was(void **state)
{
    (void)state;
    fault(DD_FAULT_UNMAPPED, 0);
    found("sgl-stale-iova-device");
}

static void test_shared_memory_faults_are_told_by_owner(void **state)
{
    (void)state;
    fault(DD_FAULT_BOUNDS, DD_OWNER_SHMEM | 7);
    found("shmem-device-overrun");
}

static void test_hardware_and_soft_devices_make_the_same_text(void **state)
{
    static const struct dd_fault cases[] = {
        {.reason = DD_FAULT_STALE, .owner = 3, .map_iova = 0x80000010, .map_bytes = 100},
        {.reason = DD_FAULT_BOUNDS, .owner = 3, .map_iova = 0x80000010, .map_bytes = 100},
        {.reason = DD_FAULT_DIRECTION, .owner = 3, .map_iova = 0x80000010, .map_bytes = 100},
        {.reason = DD_FAULT_UNMAPPED},
        {.reason = DD_FAULT_STALE, .owner = DD_OWNER_SHMEM | 1, .map_iova = 0x80005000},
        {.reason = DD_FAULT_BOUNDS, .owner = DD_OWNER_SHMEM | 1, .map_iova = 0x80005000},
    };

    (void)state;
    for (unsigned i = 0; i < DD_ARRAY_LEN(cases); i++) {
        struct dd_fault soft = cases[i], hard = cases[i];

        soft.access_iova = soft.iova.v = 0x80000123;
        soft.access_bytes = 60;
        hard.access_iova = hard.iova.v = 0x80000000;
        hard.access_bytes = 4096;
        hard.by_page = true;
        count = 0;
        send((struct dd_ev){.kind = DD_EV_DEV_FAULT, .data = &soft});
        send((struct dd_ev){.kind = DD_EV_DEV_FAULT, .data = &hard});
        assert_int_equal(count, 2);
        assert_ptr_equal(findings[0].rule, findings[1].rule);
        assert_string_equal(findings[0].text, findings[1].text);
        assert_string_equal(findings[0].access,
                            "read of 60 bytes at 0x80000123, first bad byte 0x80000123");
        assert_string_equal(findings[1].access,
                            "read in the page at 0x80000000 (IOMMU fault record)");
    }
}

static void test_a_mapping_taken_by_fault_injection_is_no_finding(void **state)
{
    (void)state;
    fault(DD_FAULT_REVOKED, 3);
    fault(DD_FAULT_REVOKED, DD_OWNER_SHMEM | 1);
    assert_int_equal(count, 0);
}

static void block_event(enum dd_ev_kind kind, const void *va, uint64_t iova, unsigned site)
{
    send((struct dd_ev){
        .kind = kind, .obj = va, .a = iova, .b = 4096, .site = objects + site, .adapter = objects});
}

static void test_freed_shared_memory_is_known_after_its_place_was_taken(void **state)
{
    struct dd_fault f = {.reason = DD_FAULT_STALE, .owner = DD_OWNER_SHMEM | 1, .map_bytes = 4096};

    (void)state;
    for (unsigned i = 0; i < 10000; i++) { /* one place, and each time another device address */
        block_event(DD_EV_SHMEM_ALLOC, objects + 64, 0x1000 * (i + 1), 2 * i + 1);
        block_event(DD_EV_SHMEM_FREE_CALL, objects + 64, 0x1000 * (i + 1), 2 * i + 2);
    }
    assert_int_equal(count, 0);
    f.map_iova = 0x1000 * 9000;
    send((struct dd_ev){.kind = DD_EV_DEV_FAULT, .data = &f});
    found("shmem-device-overrun");
    assert_ptr_equal(findings[0].sites[0].pc, objects + 2 * 8999 + 1);
    assert_ptr_equal(findings[0].sites[1].pc, objects + 2 * 8999 + 2);
    f.map_iova = 0x1000 * 9; /* forgotten: told, without a place */
    send((struct dd_ev){.kind = DD_EV_DEV_FAULT, .data = &f});
    assert_int_equal(count, 2);
    assert_null(findings[1].sites[0].pc);
}

static void test_irql_limits_of_the_api_list(void **state)
{
    (void)state;
    send((struct dd_ev){.kind = DD_EV_API, .a = DD_API_NdisMAllocateNetBufferSGList, .b = 2});
    send((struct dd_ev){.kind = DD_EV_API, .a = DD_API_NdisMRegisterScatterGatherDma, .b = 0});
    assert_int_equal(count, 0);
    send((struct dd_ev){
        .kind = DD_EV_API, .a = DD_API_NdisMAllocateNetBufferSGList, .b = 0, .site = objects});
    found("sgl-alloc-irql");
    send((struct dd_ev){.kind = DD_EV_API, .a = DD_API_NdisMAllocateNetBufferSGList, .b = 5});
    assert_int_equal(count, 2);
    assert_non_null(strstr(findings[1].text, "DIRQL"));
}

static bool nobody(void *arg, const void *site)
{
    (void)arg;
    (void)site;
    return false;
}

static void test_calls_of_the_runtime_have_no_irql_rule(void **state)
{
    const struct dd_verify_config c = {.report = report, .in_driver = nobody};

    (void)state;
    dd_verify_free(v);
    assert_int_equal(dd_verify_new(&c, &v), 0);
    send((struct dd_ev){
        .kind = DD_EV_API, .a = DD_API_NdisMAllocateNetBufferSGList, .b = 0, .site = objects});
    assert_int_equal(count, 0);
}

static void test_disabled_rules_are_not_counted(void **state)
{
    static const char *const disabled[] = {"sgl-alloc-irql", "sgl-double-free", NULL};

    (void)state;
    dd_verify_free(v);
    start(disabled);
    send((struct dd_ev){.kind = DD_EV_API, .a = DD_API_NdisMAllocateNetBufferSGList, .b = 0});
    built(1, objects + 1, objects + 2);
    freed(1, objects + 1, objects + 2);
    freed(1, objects + 1, objects + 2);
    assert_int_equal(count, 0);
    assert_int_equal(dd_verify_count(v), 0);
    send((struct dd_ev){.kind = DD_EV_API, .a = DD_API_NdisMFreeNetBufferSGList, .b = 0});
    found("sgl-free-irql");
    assert_int_equal(dd_verify_count(v), 1);
}

static void test_raised_findings_go_the_same_way(void **state)
{
    (void)state;
    dd_verify_raise(v, "watchdog-miniport", objects, "it took %d s", 5);
    found("watchdog-miniport");
    assert_string_equal(findings[0].text, "it took 5 s");
    assert_ptr_equal(findings[0].sites[0].pc, objects);
}

static void test_a_receive_list_that_is_still_out_has_one_finding(void **state)
{
    const struct dd_ev ev = {.kind = DD_EV_RECEIVE_NBL,
                             .obj = objects,
                             .a = DD_RX_NOT_OWNED,
                             .c = DD_NBL_INDICATED};

    (void)state;
    send(ev);
    found("rx-return-while-owned");
}

static void test_leaks_of_a_failed_initialize_have_rules_of_their_own(void **state)
{
    static const struct {
        enum dd_leak leak;
        bool failed;
        const char *rule;
    } leaks[] = {{DD_LEAK_SGL, false, "sgl-leak-at-halt"},
                 {DD_LEAK_SG_REGISTRATION, false, "sg-missing-deregister"},
                 {DD_LEAK_SG_REGISTRATION, true, "sg-missing-deregister-on-init-failure"},
                 {DD_LEAK_SHMEM, true, "shmem-leak-at-halt"},
                 {DD_LEAK_INTERRUPT, true, "halt-missing-deregister-int"},
                 {DD_LEAK_TIMER, false, "halt-timer-active"},
                 {DD_LEAK_POOL, true, "init-leak"},
                 {DD_LEAK_WORK_ITEM, false, "halt-unfreed-object"}};

    (void)state;
    for (unsigned i = 0; i < sizeof(leaks) / sizeof(leaks[0]); i++) {
        count = 0;
        send((struct dd_ev){.kind = DD_EV_LEAK,
                            .a = leaks[i].leak,
                            .c = leaks[i].failed,
                            .data = "thing",
                            .site = objects});
        found(leaks[i].rule);
    }
}

static void test_every_kind_of_event_is_survived(void **state)
{
    static const uint64_t zero[16];

    (void)state;
    for (unsigned k = 0; k < DD_EV_COUNT; k++) {
        const void *data = k == DD_EV_DEV_FAULT || k == DD_EV_RECEIVE_CALL ? (const void *)zero
                                                                           : (const void *)"text";

        send((struct dd_ev){.kind = (enum dd_ev_kind)k, .data = data});
    }
    assert_true(count > 0);
}

static void churn(void *arg)
{
    unsigned base = (unsigned)(uintptr_t)arg;

    for (unsigned i = 0; i < 20000; i++) {
        unsigned number = base * 1000000 + i + 1;

        built(number, objects + base * 4096 + i % 64, objects + 500000 + base * 4096 + i % 64);
        freed(number, objects + base * 4096 + i % 64, objects + 500000 + base * 4096 + i % 64);
    }
}

static void test_threads_share_the_picture(void **state)
{
    struct dd_thread *t[4];

    (void)state;
    for (uintptr_t i = 0; i < 4; i++) {
        assert_int_equal(dd_thread_start("driver", churn, (void *)i, &t[i]), 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        dd_thread_join(t[i]);
    }
    assert_int_equal(count, 0);
}

static void test_the_catalogue_is_complete_and_unique(void **state)
{
    (void)state;
    for (unsigned i = 0; i < dd_rule_count; i++) {
        const struct dd_rule *r = &dd_rules[i];

        assert_ptr_equal(dd_rule_find(r->id), r);
        assert_true(r->detects[0] && r->explain[0] && r->source[0]);
        assert_true(strlen(r->id) < 48); /* shared memory keeps that much */
    }
    assert_null(dd_rule_find("no-such-rule"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_lists_at_one_address_are_told_apart_by_number),
        TEST(test_a_net_buffer_mapped_twice_and_freed_in_any_order),
        TEST(test_old_lists_are_forgotten_and_memory_does_not_grow),
        TEST(test_a_fault_of_nobody_is_an_address_that_never_was),
        TEST(test_shared_memory_faults_are_told_by_owner),
        TEST(test_hardware_and_soft_devices_make_the_same_text),
        TEST(test_a_mapping_taken_by_fault_injection_is_no_finding),
        TEST(test_freed_shared_memory_is_known_after_its_place_was_taken),
        TEST(test_irql_limits_of_the_api_list),
        TEST(test_calls_of_the_runtime_have_no_irql_rule),
        TEST(test_disabled_rules_are_not_counted),
        TEST(test_raised_findings_go_the_same_way),
        TEST(test_a_receive_list_that_is_still_out_has_one_finding),
        TEST(test_leaks_of_a_failed_initialize_have_rules_of_their_own),
        TEST(test_every_kind_of_event_is_survived),
        TEST(test_threads_share_the_picture),
        TEST(test_the_catalogue_is_complete_and_unique),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
