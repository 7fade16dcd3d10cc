/* SPDX-License-Identifier: MIT */
/* The register table of the 82574L model, from inside. */
#include "dev/soft/e1000e.h"

/* the copy here is the one tested; the library's has other names */
#define dd_e1k_regs_store test_regs_store
#define dd_e1k_regs_reset test_regs_reset
#define dd_e1k_regs_alias test_regs_alias
void dd_e1k_regs_reset(struct dd_e1k *d, bool power_on);
void dd_e1k_regs_store(struct dd_e1k *d, uint32_t addr, uint32_t value);
uint32_t dd_e1k_regs_alias(uint32_t addr);
#include "dev/soft/e1000e_regs.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_table_is_sorted_and_does_not_overlap(void **state)
{
    (void)state;
    for (size_t i = 0; i < DD_ARRAY_LEN(kinds); i++) {
        assert_true(kinds[i].first <= kinds[i].last);
        assert_int_equal(kinds[i].first % 4, 0);
        assert_int_equal(kinds[i].last % 4, 0);
        assert_true(kinds[i].last < E1K_BAR_BYTES);
        assert_true(i == 0 || kinds[i - 1].last < kinds[i].first);
        assert_true(kinds[i].last < E1K_STAT_FIRST || kinds[i].first > E1K_STAT_LAST);
    }
}

static void test_every_register_of_the_table_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < DD_ARRAY_LEN(kinds); i++) {
        for (uint32_t addr = kinds[i].first; addr <= kinds[i].last; addr += 4) {
            assert_ptr_equal(kind_find(addr), &kinds[i]);
        }
    }
    assert_null(kind_find(E1K_STATUS));
    assert_null(kind_find(0x1fffc));
}

static void test_store_keeps_masked_bits_only(void **state)
{
    struct dd_e1k *d = calloc(1, sizeof(*d));

    (void)state;
    assert_non_null(d);
    test_regs_reset(d, true);
    for (size_t i = 0; i < DD_ARRAY_LEN(kinds); i++) {
        const struct kind *k = &kinds[i];

        test_regs_store(d, k->first, UINT32_MAX);
        assert_int_equal(e1k_reg(d, k->first), k->mask | (k->reset & ~k->mask));
        test_regs_store(d, k->first, 0);
        assert_int_equal(e1k_reg(d, k->first), k->reset & ~k->mask);
    }
    free(d);
}

static void test_reset_spares_what_power_on_does_not(void **state)
{
    struct dd_e1k *d = calloc(1, sizeof(*d));

    (void)state;
    assert_non_null(d);
    test_regs_reset(d, true);
    test_regs_store(d, 0x1000, 0x00100018);
    test_regs_store(d, E1K_MTA + 0x1fc, 7);
    test_regs_reset(d, false);
    assert_int_equal(e1k_reg(d, 0x1000), 0x00100018);
    assert_int_equal(e1k_reg(d, E1K_MTA + 0x1fc), 0);
    test_regs_reset(d, true);
    assert_int_equal(e1k_reg(d, 0x1000), 0x00140014);
    free(d);
}

static void test_aliases_land_on_registers(void **state)
{
    (void)state;
    for (uint32_t addr = 0; addr < 0x800; addr += 4) {
        uint32_t to = test_regs_alias(addr);

        assert_true(to == addr || kind_find(to) || to == E1K_RDBAL + 0xc);
        assert_true(to == addr || !kind_find(addr)); /* no alias hides a register */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_is_sorted_and_does_not_overlap),
        cmocka_unit_test(test_every_register_of_the_table_is_found),
        cmocka_unit_test(test_store_keeps_masked_bits_only),
        cmocka_unit_test(test_reset_spares_what_power_on_does_not),
        cmocka_unit_test(test_aliases_land_on_registers),
    };

    return cmocka_run_group_tests_name("dev/soft/e1000e_regs", tests, NULL, NULL);
}
