/* SPDX-License-Identifier: MIT */
/*
 * The device kinds "qemu:MODEL": one for each network card that the QEMU found here offers. Without
 * a QEMU there is one kind for all of them, which says what is missing.
 */
#ifndef DD_DEV_QEMU_KINDS_H
#define DD_DEV_QEMU_KINDS_H

#include "dev/dev.h"

/* dd_qemu_kind - of a spec "qemu:MODEL" or "qemu:MODEL,quirk=NAME", where MODEL may be an alias of
 * QEMU's and the quirk is one that fits it (i8255x.h); NULL: none such */
const struct dd_dev_kind *dd_qemu_kind(const char *spec);
/* dd_qemu_kind_at - the @index-th, for lists, which say the version too; NULL beyond the last */
const struct dd_dev_kind *dd_qemu_kind_at(unsigned index);

/* --- between the files of the device --- */

/* what a model does that others do not */
struct dd_qemu_traits {
    unsigned address_bits;
    /* switching MSI-X while a throttle timer runs ends QEMU 7.2: wait longer than it can run */
    bool slow_msix_switch;
    /* takes no frames for a second after each write of RCTL (BAR0 + 0x100) */
    bool deaf_after_rctl;
    /* runs a command inside the write of its register (BAR0, BAR1: 0 to 11), and a resume that
     * comes late runs into old blocks, where the part looks at the S bit again: such writes are
     * waited for */
    bool command_at_once;
};

/* dd_qemu_traits - of a model, by name */
struct dd_qemu_traits dd_qemu_traits(const char *model);
/* dd_qemu_model_of - "e1000e" of "qemu:e1000e" or of an alias; NULL: not one of them */
const char *dd_qemu_model_of(const char *spec);
/* dd_qemu_quirk_of - the quirk in "qemu:i82557b,quirk=i8255x-rx-status"; NULL: none */
const char *dd_qemu_quirk_of(const char *spec);
/* device.c */
int dd_qemu_nic_open(const struct dd_dev_options *options, struct dd_dev_host *host,
                     struct dd_dev **ret_dev);

#endif
