/* SPDX-License-Identifier: MIT */
/* Addresses: what is readable, and where kernel exports are. */
#ifndef DD_NT_MM_H
#define DD_NT_MM_H

#include <stdbool.h>
#include <stddef.h>

/* dd_address_readable - every page of [ptr, ptr + len_bytes) can be read by this process. Any IRQL;
 * a system call for each page */
bool dd_address_readable(const void *ptr, size_t len_bytes);

/* How MmGetSystemRoutineAddress finds an export that src/api.list has as done: the address of that
 * name, or NULL. Set by src/run; NULL: nothing is found */
extern void *(*dd_routine_lookup)(const char *name);

/* dd_kernel_routine - the address of kernel export @name, or NULL */
void *dd_kernel_routine(const char *name);

#endif
