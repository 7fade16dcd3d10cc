/* SPDX-License-Identifier: MIT */
/* Puts a device through the suites: test_contract DEVICE. A new device is one line in the table. */
#include "rig.h"
#include "suites.h"

#include <stdio.h>

static const struct rig_device devices[] = {
    {.kind = &dd_dev_null},
    {.kind = &dd_dev_soft_e1000e, .nic_82574 = true},
};

static const struct {
    const char *name;
    const struct CMUnitTest *tests;
    const size_t *count;
    bool nic, strict;
} suites[] = {
    {"any device", suite_any, &suite_any_count, false, false},
    {"nic", suite_nic, &suite_nic_count, true, false},
    {"82574L transmit vectors", suite_82574_tx, &suite_82574_tx_count, true, false},
    {"82574L receive vectors", suite_82574_rx, &suite_82574_rx_count, true, false},
    {"82574L interrupt vectors", suite_82574_irq, &suite_82574_irq_count, true, false},
    {"82574L register vectors", suite_82574_regs, &suite_82574_regs_count, true, false},
    {"strict transmit", suite_strict_tx, &suite_strict_tx_count, true, true},
    {"strict receive", suite_strict_rx, &suite_strict_rx_count, true, true},
    {"strict interrupts", suite_strict_irq, &suite_strict_irq_count, true, true},
    {"strict registers", suite_strict_regs, &suite_strict_regs_count, true, true},
};

static const struct rig_device *find_device(const char *spec)
{
    for (size_t i = 0; i < DD_ARRAY_LEN(devices); i++) {
        if (strcmp(devices[i].kind->spec, spec) == 0) {
            return &devices[i];
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    const struct rig_device *device = argc == 2 ? find_device(argv[1]) : NULL;
    int failed = 0;

    if (!device) {
        fprintf(stderr, "usage: test_contract DEVICE\n");
        return 2;
    }
    if (device->kind->unavailable()) {
        printf("skipped: %s\n", device->kind->unavailable());
        return 77;
    }
    rig_current_device = device;
    for (size_t i = 0; i < DD_ARRAY_LEN(suites); i++) {
        if ((suites[i].nic && !device->nic_82574) || (suites[i].strict && device->quirks != 0)) {
            continue;
        }
        failed +=
            _cmocka_run_group_tests(suites[i].name, suites[i].tests, *suites[i].count, NULL, NULL);
    }
    return failed != 0;
}
