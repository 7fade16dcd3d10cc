/* SPDX-License-Identifier: MIT */
/*
 * The PCI Express port and the card in its slot. Power taken from the slot is what pulls a card: at
 * that register write QEMU takes it out of the machine.
 */
#include "dev/qemu/machine.h"

#include "base/log.h"
#include "dev/qemu/pci_regs.h"

#include <errno.h>
#include <stdio.h>

/* a bridge's part of config space */
#define BRIDGE_BUSES        0x18u
#define BRIDGE_PORTS        0x1cu
#define BRIDGE_MEMORY       0x20u
#define BRIDGE_PREFETCHABLE 0x24u
#define BUSES_0_1_1         0x010100u /* from 0; 1 is behind it; none further */
#define NO_WINDOW           0xfff0u   /* first above last */
/* what the port lets through: room for the card's BARs, below the chipset's own registers */
#define MEMORY_FIRST 0xe8000000ull
#define MEMORY_END   0xfe000000ull
#define PORT_FIRST   0xc000u
#define PORT_END     0x10000u

/* of the capability */
#define SLOT_CONTROL   0x18u
#define SLOT_STATUS    0x1au
#define POWERED        0x1c0u /* lamps: attention off, power on */
#define POWERED_OFF    0x7c0u /* and both off, and the power */
#define STATUS_CHANGES 0x1fu  /* cleared by writing them */
#define STATUS_PRESENT 0x40u

static uint32_t get(struct dd_qemu *q, unsigned offset, unsigned width)
{
    return q->pci.config_read(q, DD_QEMU_PORT_BDF, offset, width);
}

static void put(struct dd_qemu *q, unsigned offset, unsigned width, uint32_t value)
{
    q->pci.config_write(q, DD_QEMU_PORT_BDF, offset, width, value);
}

/* a card alone on bus 1: each gets what the first one got */
static int init_nic(struct dd_qemu *q)
{
    q->behind = q->pci;
    q->behind.memory_next = MEMORY_FIRST;
    q->behind.memory_end = MEMORY_END;
    q->behind.port_next = PORT_FIRST;
    q->behind.port_end = PORT_END;
    return dd_qpci_init(&q->nic, &q->behind, DD_QEMU_NIC_BDF);
}

int dd_qemu_set_up_slot(struct dd_qemu *q)
{
    const struct dd_qpci port = {.bus = &q->pci, .bdf = DD_QEMU_PORT_BDF};

    q->slot = dd_qpci_capability(&port, PCI_CAP_EXPRESS);
    if (q->slot == 0) {
        return -ENODEV;
    }
    put(q, BRIDGE_BUSES, 4, BUSES_0_1_1);
    put(q, BRIDGE_PORTS, 2, PORT_FIRST >> 8 | (PORT_END - 1) >> 8 << 8);
    put(q, BRIDGE_MEMORY, 4, (uint32_t)(MEMORY_FIRST >> 16 | ((MEMORY_END - 1) >> 16) << 16));
    put(q, BRIDGE_PREFETCHABLE, 4, NO_WINDOW);
    put(q, PCI_COMMAND, 2, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    return init_nic(q);
}

void dd_qemu_pull_nic(struct dd_qemu *q)
{
    put(q, q->slot + SLOT_CONTROL, 2, POWERED_OFF);
    /* all ones, of a dead machine, has the bit too */
    if ((get(q, q->slot + SLOT_STATUS, 2) & STATUS_PRESENT) != 0 && !dd_qemu_dead(q)) {
        dd_log(DD_LOG_WARN, "QEMU keeps a card in a slot without power");
    }
}

int dd_qemu_push_nic(struct dd_qemu *q)
{
    const uint8_t *m = q->config.mac;
    char card[256];
    int r;

    snprintf(card, sizeof(card),
             "{\"driver\":\"%s\",\"id\":\"nic0\",\"bus\":\"port0\",\"netdev\":\"n0\","
             "\"mac\":\"%02x:%02x:%02x:%02x:%02x:%02x\",\"romfile\":\"\"}",
             q->config.model, m[0], m[1], m[2], m[3], m[4], m[5]);
    r = dd_qmp_run(q->qmp, "device_add", card);
    if (r < 0) {
        return r;
    }
    put(q, q->slot + SLOT_STATUS, 2, STATUS_CHANGES);
    put(q, q->slot + SLOT_CONTROL, 2, POWERED);
    dd_qpci_done(&q->nic);
    r = init_nic(q);
    return r == -ENODEV && !dd_qemu_dead(q) ? -EIO : r;
}
