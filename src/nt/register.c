/* SPDX-License-Identifier: MIT */
/*
 * READ_REGISTER_*, WRITE_REGISTER_*, READ_PORT_*, WRITE_PORT_*: scalar accesses of exactly the
 * width the name says. Register-buffer forms step through addresses, port-buffer forms stay on one
 * port.
 *
 * Source: windows-driver-docs-ddi, wdm/nf-wdm-read_register_uchar and its kin (nt-services 2.16).
 */
#include <ntddk.h>

#include "nt/io_int.h"
#include "seam/api.h"

#define REGISTER_CALLS(suffix, type)                                                               \
    type READ_REGISTER_##suffix(volatile type *Register)                                           \
    {                                                                                              \
        DD_API(READ_REGISTER_##suffix);                                                            \
        return (type)dd_io_read_at((uintptr_t)Register, sizeof(type), false, DD_SITE());           \
    }                                                                                              \
    VOID WRITE_REGISTER_##suffix(volatile type *Register, type Value)                              \
    {                                                                                              \
        DD_API(WRITE_REGISTER_##suffix);                                                           \
        dd_io_write_at((uintptr_t)Register, sizeof(type), false, Value, DD_SITE());                \
    }                                                                                              \
    VOID READ_REGISTER_BUFFER_##suffix(volatile type *Register, type *Buffer, ULONG Count)         \
    {                                                                                              \
        DD_API(READ_REGISTER_BUFFER_##suffix);                                                     \
        for (ULONG i = 0; i < Count; i++) {                                                        \
            Buffer[i] =                                                                            \
                (type)dd_io_read_at((uintptr_t)(Register + i), sizeof(type), false, DD_SITE());    \
        }                                                                                          \
    }                                                                                              \
    VOID WRITE_REGISTER_BUFFER_##suffix(volatile type *Register, type *Buffer, ULONG Count)        \
    {                                                                                              \
        DD_API(WRITE_REGISTER_BUFFER_##suffix);                                                    \
        for (ULONG i = 0; i < Count; i++) {                                                        \
            dd_io_write_at((uintptr_t)(Register + i), sizeof(type), false, Buffer[i], DD_SITE());  \
        }                                                                                          \
    }

REGISTER_CALLS(UCHAR, UCHAR)
REGISTER_CALLS(USHORT, USHORT)
REGISTER_CALLS(ULONG, ULONG)
REGISTER_CALLS(ULONG64, ULONG64)

#define PORT_CALLS(suffix, type)                                                                   \
    type READ_PORT_##suffix(type *Port)                                                            \
    {                                                                                              \
        DD_API(READ_PORT_##suffix);                                                                \
        return (type)dd_io_read_at((uintptr_t)Port, sizeof(type), true, DD_SITE());                \
    }                                                                                              \
    VOID WRITE_PORT_##suffix(type *Port, type Value)                                               \
    {                                                                                              \
        DD_API(WRITE_PORT_##suffix);                                                               \
        dd_io_write_at((uintptr_t)Port, sizeof(type), true, Value, DD_SITE());                     \
    }                                                                                              \
    VOID READ_PORT_BUFFER_##suffix(type *Port, type *Buffer, ULONG Count)                          \
    {                                                                                              \
        DD_API(READ_PORT_BUFFER_##suffix);                                                         \
        for (ULONG i = 0; i < Count; i++) {                                                        \
            Buffer[i] = (type)dd_io_read_at((uintptr_t)Port, sizeof(type), true, DD_SITE());       \
        }                                                                                          \
    }                                                                                              \
    VOID WRITE_PORT_BUFFER_##suffix(type *Port, type *Buffer, ULONG Count)                         \
    {                                                                                              \
        DD_API(WRITE_PORT_BUFFER_##suffix);                                                        \
        for (ULONG i = 0; i < Count; i++) {                                                        \
            dd_io_write_at((uintptr_t)Port, sizeof(type), true, Buffer[i], DD_SITE());             \
        }                                                                                          \
    }

PORT_CALLS(UCHAR, UCHAR)
PORT_CALLS(USHORT, USHORT)
PORT_CALLS(ULONG, ULONG)
