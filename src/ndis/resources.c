/* SPDX-License-Identifier: MIT */
/*
 * The hardware resources a miniport is given, and the PCI command register.
 *
 *   BAR order: memory and ports; then the line, or one descriptor for MSI, or one per MSI-X message
 *   ISA: ports, the line, DMA channels
 *
 * Bus addresses are system addresses here, so raw and translated lists differ in the interrupts
 * only.
 */
#include "ndis/adapter_priv.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_VECTOR            0x91u
#define MESSAGES_MAX            64u
#define PCI_COMMAND             4u
#define PCI_COMMAND_IO          1u
#define PCI_COMMAND_MEMORY      2u
#define PCI_COMMAND_MASTER      4u
#define PCI_STATUS              6u
#define PCI_STATUS_CAPABILITIES 0x10u
#define PCI_CAPABILITIES        0x34u

unsigned dd_pci_capability(struct dd_dev *dev, unsigned id)
{
    unsigned at;

    if (dev->info.bus != DD_BUS_PCI ||
        (dev->ops->config_read(dev, PCI_STATUS, 2) & PCI_STATUS_CAPABILITIES) == 0) {
        return 0;
    }
    at = dev->ops->config_read(dev, PCI_CAPABILITIES, 1) & 0xFCu;
    /* 48 capabilities fill the space: a ring in the list ends here */
    for (unsigned i = 0; i < 48 && at >= 0x40; i++) {
        if (dev->ops->config_read(dev, at, 1) == id) {
            return at;
        }
        at = dev->ops->config_read(dev, at + 1, 1) & 0xFCu;
    }
    return 0;
}

void dd_pci_enable(struct dd_adapter *a, bool on)
{
    uint32_t bits = PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, command;

    if (a->dev->info.bus != DD_BUS_PCI) {
        return;
    }
    command = a->dev->ops->config_read(a->dev, PCI_COMMAND, 2);
    a->dev->ops->config_write(a->dev, PCI_COMMAND, 2, on ? command | bits : command & ~bits);
}

/* what was asked for, or what the device has, or the line */
static enum dd_irq_mode choose_mode(const struct dd_adapter *a)
{
    const struct dd_dev_info *info = &a->dev->info;
    enum dd_irq_mode mode = a->priv->messages_removed ? DD_IRQ_LINE : a->priv->config.irq_mode;

    if (mode == DD_IRQ_MSIX && info->msix_vectors == 0) {
        mode = DD_IRQ_MSI;
    }
    return mode == DD_IRQ_MSI && info->msi_vectors == 0 ? DD_IRQ_LINE : mode;
}

/* under the lock: the device may raise an interrupt at any time */
static void set_mode(struct dd_adapter *a)
{
    const struct dd_dev_info *info = &a->dev->info;
    enum dd_irq_mode mode = choose_mode(a);
    unsigned vectors = 1;

    if (mode == DD_IRQ_MSIX) {
        vectors = info->msix_vectors;
    } else if (mode == DD_IRQ_MSI) {
        vectors = info->msi_vectors;
    }
    dd_mutex_lock(&a->priv->intr_lock);
    a->irq_mode = mode;
    a->irq_vectors = vectors > MESSAGES_MAX ? MESSAGES_MAX : vectors;
    dd_mutex_unlock(&a->priv->intr_lock);
}

static KAFFINITY all_cpus(void)
{
    unsigned n = dd_cpu_count();

    return n >= 64 ? ~(KAFFINITY)0 : ((KAFFINITY)1 << n) - 1;
}

static void add_bar(CM_PARTIAL_RESOURCE_DESCRIPTOR *d, const struct dd_bar *bar)
{
    if (bar->io) {
        d->Type = CmResourceTypePort;
        d->Flags = CM_RESOURCE_PORT_IO | CM_RESOURCE_PORT_16_BIT_DECODE | CM_RESOURCE_PORT_BAR;
    } else {
        d->Type = CmResourceTypeMemory;
        d->Flags = CM_RESOURCE_MEMORY_READ_WRITE | CM_RESOURCE_MEMORY_BAR;
    }
    d->ShareDisposition = CmResourceShareDeviceExclusive;
    d->u.Generic.Start.QuadPart = (LONGLONG)bar->base;
    d->u.Generic.Length = (ULONG)bar->size_bytes;
}

static void add_interrupt(const struct dd_adapter *a, CM_PARTIAL_RESOURCE_DESCRIPTOR *d,
                          unsigned message, bool raw)
{
    ULONG vector = FIRST_VECTOR + message;

    d->Type = CmResourceTypeInterrupt;
    if (a->irq_mode == DD_IRQ_LINE) {
        d->ShareDisposition = CmResourceShareShared;
        d->Flags = CM_RESOURCE_INTERRUPT_LEVEL_SENSITIVE;
        d->u.Interrupt.Level = raw ? 11 : vector >> 4;
        d->u.Interrupt.Vector = raw ? 11 : vector;
        d->u.Interrupt.Affinity = all_cpus();
        return;
    }
    d->ShareDisposition = CmResourceShareDeviceExclusive;
    d->Flags = CM_RESOURCE_INTERRUPT_LATCHED | CM_RESOURCE_INTERRUPT_MESSAGE;
    if (raw) {
        d->u.MessageInterrupt.Raw.MessageCount =
            (USHORT)(a->irq_mode == DD_IRQ_MSI ? a->irq_vectors : 1);
        d->u.MessageInterrupt.Raw.Vector = vector;
        d->u.MessageInterrupt.Raw.Affinity = all_cpus();
    } else {
        d->u.MessageInterrupt.Translated.Level = vector >> 4;
        d->u.MessageInterrupt.Translated.Vector = vector;
        d->u.MessageInterrupt.Translated.Affinity = all_cpus();
    }
}

/* ports that decode 16 bits, an edge for an interrupt, channels */
static ULONG add_isa(const struct dd_adapter *a, CM_PARTIAL_RESOURCE_DESCRIPTOR *d, bool raw)
{
    const struct dd_dev_info *info = &a->dev->info;
    ULONG n = 0;

    for (unsigned i = 0; i < 6; i++) {
        if (info->bars[i].size_bytes != 0) {
            add_bar(&d[n], &info->bars[i]);
            d[n++].Flags &= (USHORT)~CM_RESOURCE_PORT_BAR;
        }
    }
    add_interrupt(a, &d[n], 0, raw);
    d[n].ShareDisposition = CmResourceShareDeviceExclusive;
    d[n].Flags = CM_RESOURCE_INTERRUPT_LATCHED;
    if (raw) {
        d[n].u.Interrupt.Level = d[n].u.Interrupt.Vector = info->isa_irq;
    }
    n++;
    for (unsigned i = 0; i < info->dma_count; i++, n++) {
        d[n].Type = CmResourceTypeDma;
        d[n].ShareDisposition = CmResourceShareDeviceExclusive;
        d[n].Flags = info->dma_channels[i] < 4 ? CM_RESOURCE_DMA_8 : CM_RESOURCE_DMA_16;
        d[n].u.Dma.Channel = info->dma_channels[i];
    }
    return n;
}

static CM_RESOURCE_LIST *build_list(const struct dd_adapter *a, bool raw)
{
    unsigned messages = a->irq_mode == DD_IRQ_MSIX ? a->irq_vectors : 1;
    CM_RESOURCE_LIST *list;
    CM_PARTIAL_RESOURCE_LIST *part;
    CM_PARTIAL_RESOURCE_DESCRIPTOR
    *d; /* not by the array of one that is declared: the compiler would believe it */
    ULONG n = 0;

    list = calloc(1, sizeof(*list) + (8 + messages) * sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR));
    if (list == NULL) {
        return NULL;
    }
    list->Count = 1;
    list->List[0].InterfaceType = a->dev->info.bus == DD_BUS_ISA ? Isa : PCIBus;
    part = &list->List[0].PartialResourceList;
    part->Version = 1;
    part->Revision = 1;
    d = part->PartialDescriptors;
    if (a->dev->info.bus == DD_BUS_ISA) {
        part->Count = add_isa(a, d, raw);
        return list;
    }
    for (unsigned i = 0; i < 6; i++) {
        if (a->dev->info.bars[i].size_bytes != 0) {
            add_bar(&d[n++], &a->dev->info.bars[i]);
        }
    }
    for (unsigned i = 0; i < messages; i++) {
        add_interrupt(a, &d[n++], i, raw);
    }
    part->Count = n;
    return list;
}

int dd_resources_build(struct dd_adapter *a)
{
    struct dd_adapter_private *p = a->priv;

    dd_resources_drop(a);
    set_mode(a);
    p->raw = build_list(a, true);
    p->translated = build_list(a, false);
    if (p->raw == NULL || p->translated == NULL) {
        dd_resources_drop(a);
        return -ENOMEM;
    }
    a->resources = &p->translated->List[0].PartialResourceList;
    return 0;
}

void dd_resources_drop(struct dd_adapter *a)
{
    free(a->priv->raw);
    free(a->priv->translated);
    a->priv->raw = NULL;
    a->priv->translated = NULL;
    a->resources = NULL;
}
