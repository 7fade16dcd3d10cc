/* SPDX-License-Identifier: MIT */
/* What surrounds a trapped access: C code as compilers make it, threads, nesting, and what is
 * refused or stays a crash. */
#include "trap_rig.h"

#include <string.h>

struct registers {
    ULONG control, status;
    USHORT a, b;
    UCHAR c[8];
    ULONG64 wide;
};

static void c_code_works_on_registers(void **state)
{
    volatile struct registers *r = (volatile struct registers *)(void *)rig_window;
    const volatile struct registers *m = (const volatile struct registers *)(void *)rig.bytes;

    rig_catch(state);
    r->control = 0x1000;
    r->control |= 0x41;
    r->control &= ~0x1u;
    assert_int_equal(m->control, 0x1040);
    r->a = 0x1234;
    r->b = (USHORT)(r->a + 1);
    assert_int_equal(m->b, 0x1235);
    r->wide = 1ull << 40;
    r->wide++;
    assert_true(m->wide == (1ull << 40) + 1);
    for (unsigned i = 0; i < 8; i++) {
        r->c[i] = (UCHAR)i;
    }
    assert_int_equal(m->c[7], 7);
    assert_true((r->control & 0x40) != 0 && !(r->control & 1));
    assert_int_equal(r->status, 0);
}

static void each_instruction_is_told_once(void **state)
{
    volatile ULONG *r = (volatile ULONG *)(void *)rig_window;
    unsigned before = EVENTS(REGISTER_TRAPPED);
    uint64_t count = dd_trap_count();

    rig_catch(state);
    for (unsigned i = 0; i < 10; i++) {
        r[1] = i;
    }
    assert_int_equal(dd_trap_count() - count, 10);
    assert_in_range(EVENTS(REGISTER_TRAPPED) - before, 1, 10);
    before = EVENTS(REGISTER_TRAPPED);
    for (unsigned i = 0; i < 2; i++) {
        FORM("movl %%eax, 12(%%r8)", 0, 1);
    }
    assert_int_equal(EVENTS(REGISTER_TRAPPED) - before, 1);
}

/* a leaf may keep things below its stack pointer */
static void the_red_zone_is_left_alone(void **state)
{
    uint64_t low = 0, high = 0;

    rig_catch(state);
    __asm__ volatile("lea -512(%%rsp), %%rsp\n"
                     "movq $0x1234567, -8(%%rsp)\n"
                     "movq $0x7654321, -128(%%rsp)\n"
                     "movl $1, (%[window])\n"
                     "movq -8(%%rsp), %[high]\n"
                     "movq -128(%%rsp), %[low]\n"
                     "lea 512(%%rsp), %%rsp\n"
                     : [low] "=&r"(low), [high] "=&r"(high)
                     : [window] "r"(rig_window)
                     : "memory");
    assert_int_equal(high, 0x1234567);
    assert_int_equal(low, 0x7654321);
}

static void read_another(void)
{
    volatile ULONG *r = (volatile ULONG *)(void *)rig_window;

    rig.on_read = NULL;
    assert_int_equal(r[2], 0x22);
}

static void an_access_may_be_trapped_inside_another(void **state)
{
    volatile ULONG *r = (volatile ULONG *)(void *)rig_window;

    rig_catch(state);
    r[1] = 0x11;
    r[2] = 0x22;
    rig.on_read = read_another;
    assert_int_equal(r[1], 0x11);
    assert_int_equal(rig.reads, 2);
}

static void work(void *arg)
{
    volatile ULONG *own = (volatile ULONG *)arg;

    for (unsigned i = 0; i < 500; i++) {
        *own += 2;
        *own ^= 1;
    }
}

static void threads_do_not_meet(void **state)
{
    struct dd_thread *t[4];

    rig_catch(state);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(dd_thread_start("worker", work, rig_window + 64 * i, &t[i]), 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        ULONG value;

        dd_thread_join(t[i]);
        memcpy(&value, rig.bytes + 64 * i, sizeof(value));
        assert_int_equal(value, 1000);
    }
}

static void copying_out_of_a_window_works(void **state)
{
    uint8_t copy[256];

    rig_catch(state);
    rig_fill(3);
    memcpy(copy, rig_window, sizeof(copy));
    assert_memory_equal(copy, rig.bytes, sizeof(copy));
    memset(copy, 0x55, sizeof(copy));
    memcpy(rig_window, copy, 200);
    assert_memory_equal(copy, rig.bytes, 200);
}

__attribute__((no_sanitize("address", "undefined"))) static void crashes(volatile ULONG *at)
{
    if (sigsetjmp(rig_crash, 1) == 0) {
        (void)*at;
        fail_msg("no crash");
    }
    assert_ptr_equal(rig_crash_at, at);
}

static void an_address_outside_any_window_is_a_crash(void **state)
{
    volatile ULONG *null = NULL;
    uint64_t count = dd_trap_count();

    rig_catch(state);
    crashes(null);
    crashes((volatile ULONG *)(void *)(rig_window + RIG_BYTES));  /* the page behind it */
    crashes((volatile ULONG *)(void *)(rig_window + (1u << 30))); /* of no device */
    assert_int_equal(dd_trap_count(), count);
}

static void a_window_that_was_unmapped_is_a_crash(void **state)
{
    volatile ULONG *r = dd_io_map(rig_index, RIG_BASE, 0x1000);

    rig_catch(state);
    *r = 5;
    assert_int_equal(dd_io_unmap((void *)(uintptr_t)r, 0x1000), 0);
    crashes(r);
}

static void the_far_end_of_a_string_move_may_crash(void **state)
{
    rig_catch(state);
    if (sigsetjmp(rig_crash, 1) == 0) {
        __asm__ volatile("rep movsl" : : "S"(rig_window), "D"((void *)16), "c"(1) : "memory");
        fail_msg("no crash");
    }
    assert_ptr_equal(rig_crash_at, (void *)16);
}

static void what_cannot_be_done_is_named(void **state)
{
    rig_catch(state);
    ASSERT_BUGCHECK(__asm__ volatile("pushq (%0)" : : "r"(rig_window) : "memory"));
    ASSERT_BUGCHECK(__asm__ volatile("fxsave (%0)" : : "r"(rig_window) : "memory"));
    ASSERT_BUGCHECK(__asm__ volatile("movq %%rsp, (%0)" : : "r"(rig_window) : "memory"));
    ASSERT_BUGCHECK(__asm__ volatile("jmp *(%0)" : : "r"(rig_window) : "memory"));
    ASSERT_BUGCHECK(__asm__ volatile("movl %%eax, (%0)"
                                     :
                                     : "r"(rig_window + RIG_BYTES - 2)
                                     : "memory"));
    ASSERT_BUGCHECK(__asm__ volatile("movups %%xmm0, (%0)"
                                     :
                                     : "r"(rig_window + RIG_BYTES - 8)
                                     : "memory"));
    assert_int_equal(rig.writes, 0);
}

/* a debugger's breakpoint on the instruction is not what is decoded */
static void the_pristine_text_is_decoded(void **state)
{
    extern const char breakpoint_here[] __asm__("dd_test_breakpoint_here");
    uint8_t pristine[16];
    uint32_t value = 0;

    rig_catch(state);
    memcpy(pristine, breakpoint_here, sizeof(pristine));
    pristine[0] = 0x8b; /* mov (%rcx), %edx, in place of mov %edx, (%rcx) */
    dd_trap_set_text(breakpoint_here, pristine, sizeof(pristine));
    *(volatile uint32_t *)(void *)rig.bytes = 77;
    __asm__ volatile(".globl dd_test_breakpoint_here\n .hidden dd_test_breakpoint_here\n"
                     "dd_test_breakpoint_here: movl %%edx, (%%rcx)\n"
                     : "+d"(value)
                     : "c"(rig_window)
                     : "memory");
    dd_trap_set_text(NULL, NULL, 0);
    assert_int_equal(value, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rig_test(c_code_works_on_registers),
        rig_test(each_instruction_is_told_once),
        rig_test(the_red_zone_is_left_alone),
        rig_test(an_access_may_be_trapped_inside_another),
        rig_test(threads_do_not_meet),
        rig_test(copying_out_of_a_window_works),
        rig_test(an_address_outside_any_window_is_a_crash),
        rig_test(a_window_that_was_unmapped_is_a_crash),
        rig_test(the_far_end_of_a_string_move_may_crash),
        rig_test(what_cannot_be_done_is_named),
        rig_test(the_pristine_text_is_decoded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
