/* SPDX-License-Identifier: MIT */
#include "svc_test.h"

#include "fake_dev.h"
#include "nt/io.h"

static struct fake_dev fake;
static unsigned fake_index;

static int start(void **state)
{
    fake_dev_init(&fake);
    return svc_test_start(state) < 0 || dd_io_attach(&fake.dev, &fake_index) < 0 ? -1 : 0;
}

static int stop(void **state)
{
    dd_io_detach(fake_index);
    return nt_test_stop(state);
}

#define io_test(fn) cmocka_unit_test_setup_teardown(fn, start, stop)

static void accesses_reach_the_device_at_their_width(void **state)
{
    char *w = dd_io_map(fake_index, FAKE_BAR0, FAKE_BAR0_BYTES);

    (void)state;
    assert_non_null(w);
    fake.answer = 0x1122334455667788;
    assert_int_equal(READ_REGISTER_UCHAR((volatile UCHAR *)w + 3), 0x88);
    assert_int_equal(fake.width, 1);
    assert_int_equal(fake.offset, 3);
    assert_int_equal(READ_REGISTER_USHORT((volatile USHORT *)(w + 0x1002)), 0x7788);
    assert_int_equal(READ_REGISTER_ULONG((volatile ULONG *)(w + 0x1fffc)), 0x55667788);
    assert_int_equal(fake.offset, 0x1fffc);
    assert_true(READ_REGISTER_ULONG64((volatile ULONG64 *)(w + 0x8)) == 0x1122334455667788);
    assert_int_equal(fake.width, 8);
    assert_int_equal(fake.reads, 4);
    WRITE_REGISTER_UCHAR((volatile UCHAR *)w + 5, 0xab);
    assert_int_equal(fake.value, 0xab);
    WRITE_REGISTER_USHORT((volatile USHORT *)(w + 6), 0xabcd);
    WRITE_REGISTER_ULONG((volatile ULONG *)(w + 0x3818), 0xdeadbeef);
    assert_int_equal(fake.offset, 0x3818);
    assert_int_equal(fake.width, 4);
    assert_int_equal(fake.value, 0xdeadbeef);
    WRITE_REGISTER_ULONG64((volatile ULONG64 *)(w + 16), 0x8877665544332211);
    assert_true(fake.value == 0x8877665544332211);
    assert_int_equal(fake.writes, 4);
    assert_int_equal(dd_io_unmap(w, FAKE_BAR0_BYTES), 0);
    assert_int_equal(EVENTS(OBJECT_BAD), 0);
}

static void windows_keep_the_page_offset(void **state)
{
    char *w = dd_io_map(fake_index, FAKE_BAR2 + 0x20, 0x40),
         *x = dd_io_map(fake_index, FAKE_BAR0 + 0x1ff0, 0x20);

    (void)state;
    assert_int_equal((uintptr_t)w & 0xfff, 0x120);
    (void)READ_REGISTER_ULONG((volatile ULONG *)(w + 4));
    assert_int_equal(fake.bar, 2);
    assert_int_equal(fake.offset, 0x24);
    (void)READ_REGISTER_ULONG((volatile ULONG *)(x + 0x1c));
    assert_int_equal(fake.bar, 0);
    assert_int_equal(fake.offset, 0x200c);
    assert_int_equal(dd_io_live(fake_index), 2);
    assert_int_equal(dd_io_unmap(w, 0x40), 0);
    assert_int_equal(dd_io_unmap(x, 0x20), 0);
    assert_int_equal(dd_io_live(fake_index), 0);
}

static void only_what_a_bar_has_can_be_mapped(void **state)
{
    (void)state;
    assert_null(dd_io_map(fake_index, FAKE_BAR0 - 4, 8));
    assert_null(dd_io_map(fake_index, FAKE_BAR0, FAKE_BAR0_BYTES + 1));
    assert_null(dd_io_map(fake_index, FAKE_BAR0 + FAKE_BAR0_BYTES - 4, 8));
    assert_null(dd_io_map(fake_index, FAKE_BAR0, 0));
    assert_null(dd_io_map(fake_index, FAKE_BAR0 + 16, SIZE_MAX - 8));
    assert_null(dd_io_map(fake_index, FAKE_PORTS, 4));
    assert_null(dd_io_map(15, FAKE_BAR0, 4));
    assert_null(dd_io_map(99, FAKE_BAR0, 4));
    assert_null(dd_io_map_any(0x1000, 4));
}

static void unmapped_window_reads_all_ones_and_is_reported(void **state)
{
    char *w = dd_io_map(fake_index, FAKE_BAR0, 0x1000), *again;

    (void)state;
    assert_int_equal(dd_io_unmap(w, 0x800), -22);
    assert_int_equal(dd_io_unmap(w + 8, 0x1000), -22);
    assert_int_equal(dd_io_unmap(w, 0x1000), 0);
    assert_int_equal(dd_io_unmap(w, 0x1000), -22);
    assert_int_equal(READ_REGISTER_USHORT((volatile USHORT *)w), 0xffff);
    assert_int_equal(READ_REGISTER_ULONG((volatile ULONG *)w), 0xffffffff);
    WRITE_REGISTER_ULONG((volatile ULONG *)w, 1);
    assert_int_equal(fake.reads + fake.writes, 0);
    assert_int_equal(EVENTS(OBJECT_BAD), 3);
    assert_ptr_equal(LAST(OBJECT_BAD)->obj, w);
    again = dd_io_map(fake_index, FAKE_BAR0, 0x1000);
    assert_ptr_not_equal(again, w); /* so a stale pointer stays wrong */
    assert_int_equal(dd_io_unmap(again, 0x1000), 0);
}

static void access_beyond_the_bar_in_the_last_page_is_reported(void **state)
{
    char *w = dd_io_map(fake_index, FAKE_BAR2, 256);

    (void)state;
    assert_int_equal(READ_REGISTER_ULONG((volatile ULONG *)(w + 254)), 0xffffffff);
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
    (void)READ_REGISTER_ULONG((volatile ULONG *)(w + 252));
    assert_int_equal(fake.offset, 252);
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
    assert_int_equal(dd_io_unmap(w, 256), 0);
}

static void same_registers_may_be_mapped_twice(void **state)
{
    char *a = dd_io_map(fake_index, FAKE_BAR0, 0x2000), *b = dd_io_map_any(FAKE_BAR0, 0x2000);

    (void)state;
    assert_ptr_not_equal(a, b);
    assert_int_equal(dd_io_unmap(a, 0x2000), 0);
    (void)READ_REGISTER_ULONG((volatile ULONG *)b);
    assert_int_equal(fake.reads, 1);
    assert_int_equal(dd_io_unmap(b, 0x2000), 0);
}

static void windows_come_back_when_all_pages_were_used(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) { /* more than 1 GiB of windows in all */
        void *w = dd_io_map(fake_index, FAKE_BAR0, FAKE_BAR0_BYTES);

        assert_non_null(w);
        assert_int_equal(dd_io_unmap(w, FAKE_BAR0_BYTES), 0);
    }
}

static void buffer_forms_step_through_registers(void **state)
{
    char *w = dd_io_map(fake_index, FAKE_BAR0, 0x1000);
    ULONG data[3] = {0};

    (void)state;
    fake.answer = 7;
    READ_REGISTER_BUFFER_ULONG((volatile ULONG *)(w + 0x10), data, 3);
    assert_int_equal(fake.reads, 3);
    assert_int_equal(fake.offset, 0x18);
    assert_int_equal(data[0] + data[1] + data[2], 21);
    WRITE_REGISTER_BUFFER_UCHAR((volatile UCHAR *)w, (PUCHAR) "abc", 3);
    assert_int_equal(fake.writes, 3);
    assert_int_equal(fake.offset, 2);
    assert_int_equal(fake.value, 'c');
    assert_int_equal(dd_io_unmap(w, 0x1000), 0);
}

static void ports_are_reached_by_cookie_plus_offset(void **state)
{
    char *cookie = dd_io_map_ports(fake_index, FAKE_PORTS, 16);
    UCHAR bytes[4] = {1, 2, 3, 4};

    (void)state;
    assert_non_null(cookie);
    WRITE_PORT_ULONG((PULONG)(cookie + 4), 0x12345678);
    assert_int_equal(fake.bar, 4);
    assert_int_equal(fake.offset, 4);
    assert_int_equal(fake.width, 4);
    fake.answer = 0xa5a5;
    assert_int_equal(READ_PORT_USHORT((PUSHORT)(cookie + 2)), 0xa5a5);
    WRITE_PORT_BUFFER_UCHAR((PUCHAR)cookie + 8, bytes, 4);
    assert_int_equal(fake.offset, 8); /* stays on one port */
    assert_int_equal(fake.value, 4);
    assert_int_equal(READ_PORT_UCHAR((PUCHAR)cookie + 16), 0xff); /* of the BAR, not of the range */
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
    assert_int_equal(dd_io_unmap_ports(cookie, 8), -22);
    assert_int_equal(dd_io_unmap_ports(cookie, 16), 0);
    assert_int_equal(READ_PORT_UCHAR((PUCHAR)cookie), 0xff);
    assert_int_equal(EVENTS(OBJECT_BAD), 2);
    assert_null(dd_io_map_ports(fake_index, FAKE_PORTS, 33));
    assert_null(dd_io_map_ports(fake_index, FAKE_BAR0, 1));
}

static void bare_port_numbers_find_their_device(void **state)
{
    (void)state;
    fake.answer = 0x5a;
    assert_int_equal(READ_PORT_UCHAR((PUCHAR)(uintptr_t)(FAKE_PORTS + 9)), 0x5a);
    assert_int_equal(fake.offset, 9);
    assert_int_equal(READ_PORT_UCHAR((PUCHAR)(uintptr_t)0x3f8), 0xff);
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
}

static void overlapping_port_ranges_live_apart(void **state)
{
    char *a = dd_io_map_ports(fake_index, FAKE_PORTS, 8),
         *b = dd_io_map_ports(fake_index, FAKE_PORTS + 4, 8);

    (void)state;
    assert_int_equal(dd_io_unmap_ports(a, 8), 0);
    (void)READ_PORT_UCHAR((PUCHAR)b);
    assert_int_equal(fake.offset, 4);
    assert_int_equal(READ_PORT_UCHAR((PUCHAR)a), 0xff);
    assert_int_equal(dd_io_unmap_ports(b, 8), 0);
}

static void register_calls_on_plain_memory_are_plain(void **state)
{
    ULONG memory = 5;

    (void)state;
    WRITE_REGISTER_ULONG(&memory, 6);
    assert_int_equal(memory, 6);
    assert_int_equal(READ_REGISTER_ULONG(&memory), 6);
    assert_false(dd_io_is_window(&memory));
}

static void second_device_answers_in_its_own_part(void **state)
{
    struct fake_dev other;
    unsigned index;
    char *w;

    (void)state;
    fake_dev_init(&other);
    other.dev.info.bars[0].base = 0xe0000000;
    assert_int_equal(dd_io_attach(&other.dev, &index), 0);
    assert_int_not_equal(index, fake_index);
    w = dd_io_map_any(0xe0000100, 4);
    assert_true(dd_io_is_window(w));
    (void)READ_REGISTER_ULONG((volatile ULONG *)w);
    assert_int_equal(other.reads, 1);
    assert_int_equal(other.offset, 0x100);
    assert_int_equal(fake.reads, 0);
    dd_io_detach(index);
    assert_int_equal(READ_REGISTER_ULONG((volatile ULONG *)w), 0xffffffff);
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
    assert_int_equal(other.reads, 1);
}

static void sixteen_devices_fit(void **state)
{
    unsigned index[16];

    (void)state;
    for (int i = 0; i < 15; i++) {
        assert_int_equal(dd_io_attach(&fake.dev, &index[i]), 0);
    }
    assert_int_equal(dd_io_attach(&fake.dev, &index[15]), -28);
    for (int i = 0; i < 15; i++) {
        dd_io_detach(index[i]);
    }
}

static void memory_manager_calls_map_device_ranges_only(void **state)
{
    PHYSICAL_ADDRESS bar = {.QuadPart = (LONGLONG)FAKE_BAR0}, ram = {.QuadPart = DD_PHYS_BASE};
    void *w = MmMapIoSpace(bar, 0x100, MmNonCached);

    (void)state;
    assert_non_null(w);
    assert_true(MmIsAddressValid(w));
    assert_int_equal(MmGetPhysicalAddress(w).QuadPart, 0);
    MmUnmapIoSpace(w, 0x80);
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
    MmUnmapIoSpace(w, 0x100);
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
    assert_null(MmMapIoSpace(ram, 0x100, MmNonCached));
    assert_string_equal(WORDS(OBJECT_BAD), "RAM mapped as device registers");
    w = MmMapIoSpaceEx(bar, 0x100, PAGE_READWRITE | PAGE_NOCACHE);
    assert_non_null(w);
    MmUnmapIoSpace(w, 0x100);
    assert_null(MmMapIoSpaceEx(bar, 0x100, PAGE_READWRITE | PAGE_NOCACHE | PAGE_WRITECOMBINE));
    svc_test.fail[DD_FAIL_MAP_IO] = 1;
    assert_null(MmMapIoSpace(bar, 0x100, MmNonCached));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        io_test(accesses_reach_the_device_at_their_width),
        io_test(windows_keep_the_page_offset),
        io_test(only_what_a_bar_has_can_be_mapped),
        io_test(unmapped_window_reads_all_ones_and_is_reported),
        io_test(access_beyond_the_bar_in_the_last_page_is_reported),
        io_test(same_registers_may_be_mapped_twice),
        io_test(windows_come_back_when_all_pages_were_used),
        io_test(buffer_forms_step_through_registers),
        io_test(ports_are_reached_by_cookie_plus_offset),
        io_test(bare_port_numbers_find_their_device),
        io_test(overlapping_port_ranges_live_apart),
        io_test(register_calls_on_plain_memory_are_plain),
        io_test(second_device_answers_in_its_own_part),
        io_test(sixteen_devices_fit),
        io_test(memory_manager_calls_map_device_ranges_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
