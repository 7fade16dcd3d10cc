/* SPDX-License-Identifier: MIT */
/*
 * The platform around a device in the process: its service context, its wire, its interrupts.
 * Implements struct dd_dev_host.
 */
#ifndef DD_RUN_PLATFORM_H
#define DD_RUN_PLATFORM_H

#include "run/settings.h"
#include "wire/wire.h"

struct dd_adapter;

struct dd_platform;

/* dd_platform_kind - a device kind by its spec, or NULL */
const struct dd_dev_kind *dd_platform_kind(const char *spec);
/* dd_platform_kind_at - the @index-th kind, for lists; NULL beyond the last. Looks for QEMU */
const struct dd_dev_kind *dd_platform_kind_at(unsigned index);

/* dd_platform_new - domain, device and wire. @wire: deliver and arg are filled in here.
 * 0, or -Exxx and one line in @why */
int dd_platform_new(struct dd_ram *ram, const char *spec, const struct dd_settings *settings,
                    uint64_t seed, const struct dd_wire_config *wire,
                    struct dd_platform **ret_platform, char *why, size_t why_bytes);
void dd_platform_free(struct dd_platform *p);

struct dd_dev *dd_platform_dev(struct dd_platform *p);
struct dd_domain *dd_platform_domain(struct dd_platform *p);
struct dd_wire *dd_platform_wire(struct dd_platform *p);
/* dd_platform_gone - why the device left by itself, one line; NULL: it has not */
const char *dd_platform_gone(struct dd_platform *p);
/* dd_platform_look_gone - the same, but asks the device, and waits a little for its reason when it
 * does not answer any more: the driver may see that first */
const char *dd_platform_look_gone(struct dd_platform *p);
/* dd_platform_waiting - frames the device took from the wire and has not looked at: 0 none, else
 * some
 */
uint64_t dd_platform_waiting(struct dd_platform *p);
/* dd_platform_set_link - cable in or out. While it is in, frames wait for a link that is not up yet
 */
void dd_platform_set_link(struct dd_platform *p, bool up);
/* dd_platform_freeze - the device stands still: nothing is served, frames wait; false: it goes on
 */
void dd_platform_freeze(struct dd_platform *p, bool frozen);
/* dd_platform_insert - a removed device comes back, with the cable as it is. 0 or -Exxx */
int dd_platform_insert(struct dd_platform *p);
/* dd_platform_attach - interrupts go to @a from now on; NULL: nowhere */
void dd_platform_attach(struct dd_platform *p, struct dd_adapter *a);

#endif
