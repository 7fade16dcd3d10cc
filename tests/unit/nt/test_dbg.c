/* SPDX-License-Identifier: MIT */
#include "svc_test.h"

static char printed[1024];

static void take_print(void *arg, const char *text, size_t len_bytes)
{
    assert_ptr_equal(arg, printed);
    snprintf(printed, sizeof(printed), "%.*s", (int)len_bytes, text);
}

static int start(void **state)
{
    struct dd_ram_config ram = {.low_bytes = 16u << 20, .seed = 1};
    struct dd_machine_config config = {.cpus = 1,
                                       .debug_print = take_print,
                                       .bugcheck = nt_test_bugcheck,
                                       .arg = printed};
    struct dd_listener first = {.event = nt_test_event}, second = {.event = svc_test_event};

    (void)state;
    memset(&nt_test, 0, sizeof(nt_test));
    memset(&svc_test, 0, sizeof(svc_test));
    printed[0] = '\0';
    if (dd_ram_new(&ram, &nt_test.ram) < 0 || dd_seam_listen(&first) < 0 ||
        dd_seam_listen(&second) < 0) {
        return -1;
    }
    config.ram = nt_test.ram;
    return dd_machine_start(&config) < 0 ? -1 : dd_ctx_adopt("test", 0, &nt_test.main_ctx);
}

#define dbg_test(fn) cmocka_unit_test_setup_teardown(fn, start, nt_test_stop)

static void print_is_an_event_and_a_line(void **state)
{
    (void)state;
    assert_int_equal(DbgPrint("a %ld %I64x\n", -1, 0x1234567890ull), STATUS_SUCCESS);
    assert_string_equal(printed, "a -1 1234567890\n");
    assert_string_equal(WORDS(DBGPRINT), "a -1 1234567890\n");
    assert_int_equal(DbgPrintEx(DPFLTR_IHVNETWORK_ID, DPFLTR_TRACE_LEVEL, "b"), STATUS_SUCCESS);
    assert_string_equal(printed, "b");
    assert_int_equal(EVENTS(DBGPRINT), 2);
}

static ULONG prefixed(const char *prefix, const char *format, ...)
{
    va_list ap;
    ULONG r;

    va_start(ap, format);
    r = vDbgPrintExWithPrefix(prefix, 0, 0, format, ap);
    va_end(ap);
    return r;
}

static void prefix_stands_before_the_text(void **state)
{
    (void)state;
    assert_int_equal(prefixed("drv: ", "%d", 5), STATUS_SUCCESS);
    assert_string_equal(printed, "drv: 5");
}

static void one_call_prints_512_bytes_at_most(void **state)
{
    char many[600];

    (void)state;
    memset(many, 'p', sizeof(many));
    many[599] = '\0';
    DbgPrint("%600s", "x");
    assert_int_equal(LAST(DBGPRINT)->b, 512);
    prefixed(many, "%s", "tail");
    assert_int_equal(LAST(DBGPRINT)->b, 512);
    assert_int_equal(strlen(printed), 512);
}

static void wide_text_above_passive_level_is_reported_and_printed(void **state)
{
    KIRQL old;

    (void)state;
    DbgPrint("%ws", L"\u00e4");
    assert_int_equal(EVENTS(OBJECT_BAD), 0);
    old = dd_irql_raise(DISPATCH_LEVEL);
    DbgPrint("%ws", L"\u00e4");
    dd_irql_lower(old);
    assert_string_equal(WORDS(OBJECT_BAD), "debug print of wide characters above PASSIVE_LEVEL");
    assert_string_equal(printed, "\xc3\xa4");
}

static void odd_conversions_are_reported(void **state)
{
    int n = 0;

    (void)state;
    DbgPrint("%f", 1.0);
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
    DbgPrint("%n", &n);
    assert_string_equal(WORDS(OBJECT_BAD), "debug print with %n");
    DbgPrint("%k");
    assert_string_equal(WORDS(OBJECT_BAD), "debug print with an unknown conversion");
}

static void failed_assertion_says_where(void **state)
{
    int line;

    (void)state;
    ASSERT(1 == 1);
    assert_int_equal(EVENTS(ASSERT), 0);
    line = __LINE__ + 1;
    ASSERT(1 == 2);
    assert_int_equal(EVENTS(ASSERT), 1);
    assert_non_null(strstr(WORDS(ASSERT), "assertion failed: 1 == 2, "));
    assert_non_null(strstr(WORDS(ASSERT), "test_dbg.c:"));
    assert_int_equal(atoi(strrchr(WORDS(ASSERT), ':') + 1), line);
    RtlAssert((PVOID) "x", (PVOID) "f.c", 7, (PSTR) "why");
    assert_string_equal(WORDS(ASSERT), "assertion failed: x, f.c:7: why");
}

static void breakpoint_goes_on_without_a_debugger(void **state)
{
    (void)state;
    DbgBreakPoint();
    assert_string_equal(WORDS(ASSERT), "DbgBreakPoint was called");
}

static void paged_code_complains_above_apc_level(void **state)
{
    KIRQL old;

    (void)state;
    PAGED_CODE();
    assert_int_equal(EVENTS(OBJECT_BAD), 0);
    old = dd_irql_raise(DISPATCH_LEVEL);
    PAGED_CODE();
    dd_irql_lower(old);
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
    assert_non_null(strstr(WORDS(OBJECT_BAD), "PAGED_CODE above APC_LEVEL, "));
}

static void corrupt_list_stops_the_run(void **state)
{
    LIST_ENTRY head, entry;

    (void)state;
    InitializeListHead(&head);
    InsertTailList(&head, &entry);
    head.Blink = &head;
    ASSERT_BUGCHECK((void)RemoveEntryList(&entry));
    assert_ptr_equal(LAST(OBJECT_BAD)->obj, &entry);
}

static PVOID caller, callers_caller;

static __attribute__((noinline)) void inner(void)
{
    RtlGetCallersAddress(&caller, &callers_caller);
    __asm__ volatile("");
}

static __attribute__((noinline)) void outer(void)
{
    inner();
    __asm__ volatile("");
}

static void callers_address_is_who_called_the_caller(void **state)
{
    (void)state;
    outer();
    assert_in_range((uintptr_t)caller, (uintptr_t)outer, (uintptr_t)outer + 64);
    assert_in_range((uintptr_t)callers_caller, (uintptr_t)callers_address_is_who_called_the_caller,
                    (uintptr_t)callers_address_is_who_called_the_caller + 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        dbg_test(print_is_an_event_and_a_line),
        dbg_test(prefix_stands_before_the_text),
        dbg_test(one_call_prints_512_bytes_at_most),
        dbg_test(wide_text_above_passive_level_is_reported_and_printed),
        dbg_test(odd_conversions_are_reported),
        dbg_test(failed_assertion_says_where),
        dbg_test(breakpoint_goes_on_without_a_debugger),
        dbg_test(paged_code_complains_above_apc_level),
        dbg_test(corrupt_list_stops_the_run),
        dbg_test(callers_address_is_who_called_the_caller),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
