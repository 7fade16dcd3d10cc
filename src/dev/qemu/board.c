/* SPDX-License-Identifier: MIT */
/* What firmware would do: config space, addresses, the doorbell. The card is slot.c's. */
#include "dev/qemu/machine.h"

#include "base/clock.h"
#include "dev/qemu/pci_regs.h"

#include <errno.h>
#include <stdio.h>

/* the host bridge's register for extended config space, and where we put that */
#define BRIDGE_ECAM_LOW  0x60u
#define BRIDGE_ECAM_HIGH 0x64u
#define ECAM_BASE        0xb0000000ull
#define ECAM_ENABLE      1u
#define CONFIG_ADDRESS   0xcf8u
#define CONFIG_DATA      0xcfcu
/* room for BARs on bus 0: above all RAM below 4 GiB; slot.c's comes behind it */
#define MEMORY_FIRST 0xe0000000ull
#define MEMORY_END   0xe8000000ull
/* the timer of a PC runs until it is told to wait for a count */
#define TIMER_CONTROL 0x43u
#define TIMER_STOP    0x30u

#define BELL_WAIT_NS (2 * DD_NS_PER_S)
#define BELL_STEP_NS (200 * DD_NS_PER_US)
#define TEST_VECTOR  (DD_DOORBELL_VECTORS - 1)

static uint64_t ecam_address(unsigned bdf, unsigned offset)
{
    return ECAM_BASE + ((uint64_t)bdf << 12) + offset;
}

static uint32_t config_read(void *arg, unsigned bdf, unsigned offset, unsigned width)
{
    return (uint32_t)dd_qemu_read(arg, ecam_address(bdf, offset), width);
}

static void config_write(void *arg, unsigned bdf, unsigned offset, unsigned width, uint32_t value)
{
    dd_qemu_write(arg, ecam_address(bdf, offset), width, value);
}

static void write32(void *arg, uint64_t phys, uint32_t value)
{
    dd_qemu_write(arg, phys, 4, value);
}

/* the old way, by ports, for the one register that opens the new one */
static void bridge_write(struct dd_qemu *q, unsigned offset, uint32_t value)
{
    dd_qemu_port_write(q, CONFIG_ADDRESS, 4, 0x80000000u | offset);
    dd_qemu_port_write(q, CONFIG_DATA, 4, value);
}

static void set_up_chipset(struct dd_qemu *q)
{
    bridge_write(q, BRIDGE_ECAM_HIGH, 0);
    bridge_write(q, BRIDGE_ECAM_LOW, (uint32_t)ECAM_BASE | ECAM_ENABLE);
    dd_qemu_port_write(q, TIMER_CONTROL, 1, TIMER_STOP);
}

/* QEMU learns of our eventfds in its own time: ring until it is heard */
static int try_bell(struct dd_qemu *q)
{
    uint64_t deadline = dd_clock_ns() + BELL_WAIT_NS;

    config_write(q, DD_QEMU_BELL_BDF, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    while (!atomic_load(&q->rung)) {
        if (dd_clock_ns() > deadline || dd_qemu_dead(q)) {
            return -EIO;
        }
        dd_qemu_write(q, DD_QEMU_BELL(q), 4, TEST_VECTOR);
        dd_qemu_flush(q);
        dd_thread_sleep_until(dd_clock_ns() + BELL_STEP_NS);
    }
    return 0;
}

int dd_qemu_set_up_board(struct dd_qemu *q, char *why, size_t why_bytes)
{
    int r;

    q->pci = (struct dd_qpci_bus){.arg = q,
                                  .config_read = config_read,
                                  .config_write = config_write,
                                  .write32 = write32,
                                  .config_bytes = DD_QPCI_CONFIG_BYTES,
                                  .memory_next = MEMORY_FIRST,
                                  .memory_end = MEMORY_END};
    r = dd_qtest_intercept(q->qtest, "ioapic");
    if (r == 0) {
        set_up_chipset(q);
        r = dd_qemu_set_up_slot(q);
    }
    if (r == 0) {
        r = dd_qpci_init(&q->bell, &q->pci, DD_QEMU_BELL_BDF);
    }
    if (r == 0) {
        r = try_bell(q);
    }
    if (r < 0 && !dd_qemu_dead(q)) {
        snprintf(why, why_bytes, "QEMU runs, but its machine cannot be set up (%s)",
                 r == -EIO      ? "no interrupt messages"
                 : r == -ENODEV ? "no device in the slot"
                                : "PCI");
    }
    return r;
}
