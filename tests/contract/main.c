/* SPDX-License-Identifier: MIT */
/* Puts a device through the suites: test_contract DEVICE. A new device is one row in the table. */
#include "dev/qemu/kinds.h"
#include "nic.h"
#include "suites.h"

#include <stdio.h>

#define Q(row) (1ull << (row))

static struct rig_device devices[] = {
    {.kind = &dd_dev_null},
    {.kind = &dd_dev_soft_e1000e, .nic_82574 = true},
    {.spec = "qemu:e1000e",
     .real = true,
     .nic_82574 = true,
     .quirks = Q(QUIRK_RST) | Q(2) | Q(QUIRK_SECRC) | Q(QUIRK_FRAGMENTS) | Q(5) |
               Q(QUIRK_TX_BUFFER_WRITTEN) | Q(QUIRK_NO_PADDING) | Q(8) | Q(10) | Q(11) | Q(12) |
               Q(13) | Q(QUIRK_RDMT_EXACT) | Q(QUIRK_RXO_WHILE_WAITING) |
               Q(QUIRK_MASTER_DISABLE_IGNORED) | Q(QUIRK_IAM_NOT_ON_READ) | Q(21) | Q(22) |
               Q(QUIRK_D3) | Q(25) | Q(26) | Q(27) | Q(QUIRK_TX_STATISTICS) | Q(32) | Q(33) |
               Q(QUIRK_TXQE_WITHOUT_WORK) | Q(QUIRK_TX_PARSES) | Q(QUIRK_TSO_FRAGMENTS) |
               Q(QUIRK_MASTER_OFF_LOSES) | Q(QUIRK_MTA_FOR_UNICAST) | Q(QUIRK_LINK_AT_ONCE) |
               Q(QUIRK_READ_FAULT_IS_ZEROS) | Q(QUIRK_MEMORY_OFF_READS_ZERO)},
    {.spec = "qemu:e1000",
     .real = true,
     .nic_8254x = true,
     .quirks = Q(QUIRK_RST) | Q(2) | Q(QUIRK_NO_PADDING) | Q(8) | Q(9) | Q(11) |
               Q(QUIRK_RXO_WHILE_WAITING) | Q(17) | Q(QUIRK_MASTER_DISABLE_IGNORED) | Q(19) |
               Q(QUIRK_IAM_NOT_ON_READ) | Q(25) | Q(28) | Q(QUIRK_TAIL_BEYOND_SENDS) | Q(31) |
               Q(32) | Q(QUIRK_TXQE_WITHOUT_WORK) | Q(QUIRK_MASTER_OFF_LOSES) |
               Q(QUIRK_MTA_FOR_UNICAST) | Q(QUIRK_LINK_AT_ONCE) | Q(QUIRK_READ_FAULT_IS_ZEROS) |
               Q(QUIRK_MEMORY_OFF_READS_ZERO) | Q(QUIRK_LARGE_FRAME_DROPPED)},
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
        struct rig_device *d = &devices[i];

        if (d->spec && strcmp(d->spec, spec) == 0) {
            d->kind = dd_qemu_kind(spec);
            return d;
        }
        if (!d->spec && strcmp(d->kind->spec, spec) == 0) {
            return d;
        }
    }
    return NULL;
}

static int run_suites(const struct rig_device *device)
{
    int failed = 0;

    rig_current_device = device;
    for (size_t i = 0; i < DD_ARRAY_LEN(suites); i++) {
        if ((suites[i].nic && !device->nic_82574 && !device->nic_8254x) ||
            (suites[i].strict && device->quirks != 0)) {
            continue;
        }
        failed +=
            _cmocka_run_group_tests(suites[i].name, suites[i].tests, *suites[i].count, NULL, NULL);
    }
    return failed;
}

/* what every model promises; those with rows of their own have their own runs */
static int run_other_models(void)
{
    const struct dd_dev_kind *kind;
    int failed = 0;

    for (unsigned i = 0; (kind = dd_qemu_kind_at(i)) != NULL; i++) {
        const struct rig_device device = {.kind = kind, .spec = kind->spec, .real = true};

        if (kind->unavailable()) {
            printf("skipped: %s\n", kind->unavailable());
            return 77;
        }
        if (!find_device(kind->spec)) {
            printf("%s\n", kind->spec);
            failed += run_suites(&device);
        }
    }
    return failed != 0;
}

int main(int argc, char **argv)
{
    const struct rig_device *device;

    if (argc != 2) {
        fprintf(stderr, "usage: test_contract DEVICE; qemu: is all other models\n");
        return 2;
    }
    if (strcmp(argv[1], "qemu:") == 0) {
        return run_other_models();
    }
    device = find_device(argv[1]);
    if (!device) {
        fprintf(stderr, "test_contract: %s has no row in the table\n", argv[1]);
        return 2;
    }
    if (!device->kind) {
        printf("skipped: this QEMU has no %s\n", device->spec);
        return 77;
    }
    if (device->kind->unavailable()) {
        printf("skipped: %s\n", device->kind->unavailable());
        return 77;
    }
    return run_suites(device) != 0;
}
