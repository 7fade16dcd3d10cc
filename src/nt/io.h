/* SPDX-License-Identifier: MIT */
/*
 * Register windows and I/O ports. A window is an address range in one reserved, inaccessible region
 * with the device's index in the high bits; READ_REGISTER_* find the device with one shift and go
 * straight to it. A driver that dereferences such a pointer itself faults, and the access is done
 * for it (trap.h).
 */
#ifndef DD_NT_IO_H
#define DD_NT_IO_H

#include "dev/dev.h"

#include <ntddk.h>

/* dd_io_attach - make a device's BARs mappable; *ret_index identifies it. 0 or -ENOSPC (16 devices)
 */
int dd_io_attach(struct dd_dev *dev, unsigned *ret_index);
void dd_io_detach(unsigned index);
/* dd_io_map - a window onto bus address @base (inside a memory BAR of device @index); NULL: not in
 * a BAR */
void *dd_io_map(unsigned index, uint64_t base, size_t len_bytes);
/* dd_io_map_any - as above, whichever device has it (MmMapIoSpace) */
void *dd_io_map_any(uint64_t base, size_t len_bytes);
/* dd_io_unmap - 0 or -EINVAL: no such window with that length */
int dd_io_unmap(void *window, size_t len_bytes);
/* dd_io_map_ports - a cookie to which a byte offset may be added; NULL: not in an I/O BAR */
void *dd_io_map_ports(unsigned index, uint64_t base, size_t ports);
int dd_io_unmap_ports(void *cookie, size_t ports);
/* dd_io_live - windows and port ranges of device @index that are mapped now */
unsigned dd_io_live(unsigned index);
/* dd_io_is_window - @ptr lies in the guard region (crash reports) */
bool dd_io_is_window(const void *ptr);

uint64_t dd_io_read(const volatile void *reg, unsigned width);
void dd_io_write(volatile void *reg, unsigned width, uint64_t value);

#endif
