/* SPDX-License-Identifier: MIT */
/*
 * Programming MSI and MSI-X: capability registers in config space, the table in its BAR, and the
 * device told by set_irq_mode() last. NdisMConfigMSIXTableEntry.
 */
#include "ndis/adapter_priv.h"

#include <stdlib.h>

#define CAP_MSI            5u
#define CAP_MSIX           0x11u
#define MSI_ENABLE         1u
#define MSI_64BIT          0x80u
#define MSIX_ENABLE        0x8000u
#define MSIX_FUNCTION_MASK 0x4000u
#define COMMAND            4u
#define COMMAND_INTX_OFF   0x400u
#define ENTRY_BYTES        16u
#define ENTRY_CONTROL      12u
#define ENTRY_MASKED       1u

uint32_t dd_msi_data(unsigned message)
{
    return 0x91u + message;
}

static uint32_t read(const struct dd_adapter *a, unsigned offset, unsigned width)
{
    return a->dev->ops->config_read(a->dev, offset, width);
}

static void write(const struct dd_adapter *a, unsigned offset, unsigned width, uint32_t value)
{
    a->dev->ops->config_write(a->dev, offset, width, value);
}

static void change(const struct dd_adapter *a, unsigned offset, uint32_t clear, uint32_t set)
{
    write(a, offset, 2, (read(a, offset, 2) & ~clear) | set);
}

void dd_msix_entry_write(struct dd_adapter *a, unsigned entry, unsigned message, bool masked)
{
    unsigned cap = dd_pci_capability(a->dev, CAP_MSIX);
    uint32_t where;
    unsigned bar;
    uint64_t at;

    if (cap == 0) {
        return;
    }
    where = read(a, cap + 4, 4);
    bar = where & 7;
    at = (where & ~7u) + (uint64_t)entry * ENTRY_BYTES;
    if (bar > 5 || at + ENTRY_BYTES > a->dev->info.bars[bar].size_bytes) {
        return;
    }
    a->dev->ops->bar_write(a->dev, bar, at + ENTRY_CONTROL, 4, ENTRY_MASKED);
    a->dev->ops->bar_write(a->dev, bar, at, 4, DD_MSI_ADDRESS);
    a->dev->ops->bar_write(a->dev, bar, at + 4, 4, 0);
    a->dev->ops->bar_write(a->dev, bar, at + 8, 4, dd_msi_data(message));
    a->dev->ops->bar_write(a->dev, bar, at + ENTRY_CONTROL, 4, masked ? ENTRY_MASKED : 0);
}

static void program_msix(struct dd_adapter *a, bool on)
{
    unsigned cap = dd_pci_capability(a->dev, CAP_MSIX);

    if (cap == 0) {
        return;
    }
    if (on) {
        change(a, cap + 2, 0, MSIX_ENABLE | MSIX_FUNCTION_MASK);
        for (unsigned i = 0; i < a->irq_vectors; i++) {
            dd_msix_entry_write(a, i, i, false);
        }
        change(a, cap + 2, MSIX_FUNCTION_MASK, 0);
    } else {
        change(a, cap + 2, MSIX_ENABLE, 0);
    }
}

static void program_msi(struct dd_adapter *a, bool on)
{
    unsigned cap = dd_pci_capability(a->dev, CAP_MSI);
    unsigned log2 = 0;
    bool wide;

    if (cap == 0) {
        return;
    }
    if (!on) {
        change(a, cap + 2, MSI_ENABLE, 0);
        return;
    }
    wide = (read(a, cap + 2, 2) & MSI_64BIT) != 0;
    while (1u << (log2 + 1) <= a->irq_vectors) {
        log2++;
    }
    write(a, cap + 4, 4, DD_MSI_ADDRESS);
    if (wide) {
        write(a, cap + 8, 4, 0);
    }
    write(a, wide ? cap + 12 : cap + 8, 2, dd_msi_data(0));
    change(a, cap + 2, 0x70u, log2 << 4 | MSI_ENABLE);
}

/* entry n sends message n at first, nothing masked */
static void map_reset(struct dd_adapter *a, bool on)
{
    struct dd_adapter_private *p = a->priv;
    uint16_t *map = on ? calloc(a->irq_vectors, sizeof(*map)) : NULL;
    bool *masked = on ? calloc(a->irq_vectors, sizeof(*masked)) : NULL;
    bool *pending = on ? calloc(a->irq_vectors, sizeof(*pending)) : NULL;

    if (map == NULL || masked == NULL || pending == NULL) {
        free(map);
        free(masked);
        free(pending);
        map = NULL;
        masked = pending = NULL;
    }
    for (unsigned i = 0; map != NULL && i < a->irq_vectors; i++) {
        map[i] = (uint16_t)i;
    }
    dd_mutex_lock(&p->intr_lock);
    free(p->message_of_entry);
    free(p->entry_masked);
    free(p->entry_pending);
    p->message_of_entry = map;
    p->entry_masked = masked;
    p->entry_pending = pending;
    dd_mutex_unlock(&p->intr_lock);
}

void dd_msi_program(struct dd_adapter *a, bool on)
{
    if (a->irq_mode == DD_IRQ_LINE) {
        if (on) {
            change(a, COMMAND, COMMAND_INTX_OFF, 0);
            a->dev->ops->set_irq_mode(a->dev, DD_IRQ_LINE, 1);
        }
        return;
    }
    map_reset(a, on && a->irq_mode == DD_IRQ_MSIX);
    if (on) {
        change(a, COMMAND, 0, COMMAND_INTX_OFF);
    }
    if (a->irq_mode == DD_IRQ_MSIX) {
        program_msix(a, on);
    } else {
        program_msi(a, on);
    }
    a->dev->ops->set_irq_mode(a->dev, on ? a->irq_mode : DD_IRQ_LINE, on ? a->irq_vectors : 1);
}

/* --- NdisMConfigMSIXTableEntry --- */

/* the state of an entry after the operation; a message that waited behind the mask is delivered */
static NDIS_STATUS config_entry(struct dd_adapter *a, const NDIS_MSIX_CONFIG_PARAMETERS *c)
{
    struct dd_adapter_private *p = a->priv;
    NDIS_STATUS status = NDIS_STATUS_SUCCESS;
    bool deliver = false;
    bool masked = false;
    unsigned message = 0;

    dd_mutex_lock(&p->intr_lock);
    if (p->message_of_entry == NULL || c->TableEntry >= a->irq_vectors) {
        status = NDIS_STATUS_INVALID_PARAMETER;
    } else if (c->ConfigOperation == NdisMSIXTableConfigSetTableEntry) {
        if (c->MessageNumber >= a->irq_vectors) {
            status = NDIS_STATUS_INVALID_PARAMETER;
        } else {
            p->message_of_entry[c->TableEntry] = (uint16_t)c->MessageNumber;
        }
    } else if (c->ConfigOperation == NdisMSIXTableConfigMaskTableEntry) {
        p->entry_masked[c->TableEntry] = true;
    } else if (c->ConfigOperation == NdisMSIXTableConfigUnmaskTableEntry) {
        p->entry_masked[c->TableEntry] = false;
        deliver = p->entry_pending[c->TableEntry];
        p->entry_pending[c->TableEntry] = false;
    } else {
        status = NDIS_STATUS_INVALID_PARAMETER;
    }
    if (status == NDIS_STATUS_SUCCESS) {
        masked = p->entry_masked[c->TableEntry];
        message = p->message_of_entry[c->TableEntry];
    }
    dd_mutex_unlock(&p->intr_lock);
    if (status == NDIS_STATUS_SUCCESS) {
        dd_msix_entry_write(a, c->TableEntry, message, masked);
    }
    if (deliver) {
        dd_ndis_device_interrupt(a, c->TableEntry, true);
    }
    return status;
}

NDIS_STATUS NdisMConfigMSIXTableEntry(NDIS_HANDLE NdisMiniportHandle,
                                      PNDIS_MSIX_CONFIG_PARAMETERS MSIXConfigParameters)
{
    struct dd_adapter *a;

    DD_API(NdisMConfigMSIXTableEntry);
    a = dd_adapter_of(NdisMiniportHandle, DD_SITE());
    if (a == NULL || MSIXConfigParameters == NULL) {
        return NDIS_STATUS_INVALID_PARAMETER;
    }
    return config_entry(a, MSIXConfigParameters);
}
