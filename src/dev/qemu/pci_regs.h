/* SPDX-License-Identifier: MIT */
/* Offsets and bits of PCI config space, as far as src/dev/qemu uses them. */
#ifndef DD_DEV_QEMU_PCI_REGS_H
#define DD_DEV_QEMU_PCI_REGS_H

#define PCI_VENDOR              0x00u
#define PCI_COMMAND             0x04u
#define PCI_COMMAND_IO          1u
#define PCI_COMMAND_MEMORY      2u
#define PCI_COMMAND_MASTER      4u
#define PCI_STATUS              0x06u
#define PCI_STATUS_CAPABILITIES 0x10u
#define PCI_BAR0                0x10u
#define PCI_BAR_END             0x28u
#define PCI_BAR_IO              1u
#define PCI_BAR_TYPE            6u
#define PCI_BAR_64              4u
#define PCI_ROM                 0x30u
#define PCI_CAPABILITIES        0x34u
#define PCI_CAP_MSI             0x05u
#define PCI_CAP_EXPRESS         0x10u
#define PCI_CAP_MSIX            0x11u
#define PCI_MSI_64              0x80u
#define PCI_MSIX_ENABLE         0x8000u
#define PCI_MSIX_MASKED         1u

#endif
