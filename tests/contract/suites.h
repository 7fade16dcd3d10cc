/* SPDX-License-Identifier: MIT */
/* The suites that a device is put through. */
#ifndef DD_TESTS_CONTRACT_SUITES_H
#define DD_TESTS_CONTRACT_SUITES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

extern const struct CMUnitTest suite_any[], suite_nic[];
extern const size_t suite_any_count, suite_nic_count;
extern const struct CMUnitTest suite_82574_tx[], suite_82574_rx[], suite_82574_irq[],
    suite_82574_regs[];
extern const size_t suite_82574_tx_count, suite_82574_rx_count, suite_82574_irq_count,
    suite_82574_regs_count;
extern const struct CMUnitTest suite_strict_tx[], suite_strict_rx[], suite_strict_irq[],
    suite_strict_regs[];
extern const size_t suite_strict_tx_count, suite_strict_rx_count, suite_strict_irq_count,
    suite_strict_regs_count;

#endif
