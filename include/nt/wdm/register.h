/* SPDX-License-Identifier: MIT */
/*
 * wdm/register.h - device registers in memory space, and I/O ports
 *
 * Every access is a call into the runtime, which hands it to the device at exactly this width. All
 * at any IRQL, all full barriers. Register-buffer forms step through addresses, port-buffer forms
 * repeat the same port; Count is elements. A port is a number cast to a pointer.
 */
#ifndef DRYDOCK_WDM_REGISTER_H
#define DRYDOCK_WDM_REGISTER_H

#include "../ntdef.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Read one 8-bit register. IRQL: any. */
DD_NT_IMPORT UCHAR READ_REGISTER_UCHAR(volatile UCHAR *Register);
/* Read one 16-bit register. IRQL: any. */
DD_NT_IMPORT USHORT READ_REGISTER_USHORT(volatile USHORT *Register);
/* Read one 32-bit register. IRQL: any. */
DD_NT_IMPORT ULONG READ_REGISTER_ULONG(volatile ULONG *Register);
/* Read one 64-bit register in one access. IRQL: any. */
DD_NT_IMPORT ULONG64 READ_REGISTER_ULONG64(volatile ULONG64 *Register);
/* Write one 8-bit register. IRQL: any. */
DD_NT_IMPORT VOID WRITE_REGISTER_UCHAR(volatile UCHAR *Register, UCHAR Value);
/* Write one 16-bit register. IRQL: any. */
DD_NT_IMPORT VOID WRITE_REGISTER_USHORT(volatile USHORT *Register, USHORT Value);
/* Write one 32-bit register. IRQL: any. */
DD_NT_IMPORT VOID WRITE_REGISTER_ULONG(volatile ULONG *Register, ULONG Value);
/* Write one 64-bit register in one access. IRQL: any. */
DD_NT_IMPORT VOID WRITE_REGISTER_ULONG64(volatile ULONG64 *Register, ULONG64 Value);

/* Read Count 8-bit registers upwards. IRQL: any. */
DD_NT_IMPORT VOID READ_REGISTER_BUFFER_UCHAR(volatile UCHAR *Register, PUCHAR Buffer, ULONG Count);
/* Read Count 16-bit registers upwards. IRQL: any. */
DD_NT_IMPORT VOID READ_REGISTER_BUFFER_USHORT(volatile USHORT *Register, PUSHORT Buffer,
                                              ULONG Count);
/* Read Count 32-bit registers upwards. IRQL: any. */
DD_NT_IMPORT VOID READ_REGISTER_BUFFER_ULONG(volatile ULONG *Register, PULONG Buffer, ULONG Count);
/* Read Count 64-bit registers upwards. IRQL: any. */
DD_NT_IMPORT VOID READ_REGISTER_BUFFER_ULONG64(volatile ULONG64 *Register, PULONG64 Buffer,
                                               ULONG Count);
/* Write Count 8-bit registers upwards. IRQL: any. */
DD_NT_IMPORT VOID WRITE_REGISTER_BUFFER_UCHAR(volatile UCHAR *Register, PUCHAR Buffer, ULONG Count);
/* Write Count 16-bit registers upwards. IRQL: any. */
DD_NT_IMPORT VOID WRITE_REGISTER_BUFFER_USHORT(volatile USHORT *Register, PUSHORT Buffer,
                                               ULONG Count);
/* Write Count 32-bit registers upwards. IRQL: any. */
DD_NT_IMPORT VOID WRITE_REGISTER_BUFFER_ULONG(volatile ULONG *Register, PULONG Buffer, ULONG Count);
/* Write Count 64-bit registers upwards. IRQL: any. */
DD_NT_IMPORT VOID WRITE_REGISTER_BUFFER_ULONG64(volatile ULONG64 *Register, PULONG64 Buffer,
                                                ULONG Count);

/* Read a byte from a port. IRQL: any. */
DD_NT_IMPORT UCHAR READ_PORT_UCHAR(PUCHAR Port);
/* Read 16 bits from a port. IRQL: any. */
DD_NT_IMPORT USHORT READ_PORT_USHORT(PUSHORT Port);
/* Read 32 bits from a port. IRQL: any. */
DD_NT_IMPORT ULONG READ_PORT_ULONG(PULONG Port);
/* Write a byte to a port. IRQL: any. */
DD_NT_IMPORT VOID WRITE_PORT_UCHAR(PUCHAR Port, UCHAR Value);
/* Write 16 bits to a port. IRQL: any. */
DD_NT_IMPORT VOID WRITE_PORT_USHORT(PUSHORT Port, USHORT Value);
/* Write 32 bits to a port. IRQL: any. */
DD_NT_IMPORT VOID WRITE_PORT_ULONG(PULONG Port, ULONG Value);

/* Read Count bytes from one port. IRQL: any. */
DD_NT_IMPORT VOID READ_PORT_BUFFER_UCHAR(PUCHAR Port, PUCHAR Buffer, ULONG Count);
/* Read Count 16-bit values from one port. IRQL: any. */
DD_NT_IMPORT VOID READ_PORT_BUFFER_USHORT(PUSHORT Port, PUSHORT Buffer, ULONG Count);
/* Read Count 32-bit values from one port. IRQL: any. */
DD_NT_IMPORT VOID READ_PORT_BUFFER_ULONG(PULONG Port, PULONG Buffer, ULONG Count);
/* Write Count bytes to one port. IRQL: any. */
DD_NT_IMPORT VOID WRITE_PORT_BUFFER_UCHAR(PUCHAR Port, PUCHAR Buffer, ULONG Count);
/* Write Count 16-bit values to one port. IRQL: any. */
DD_NT_IMPORT VOID WRITE_PORT_BUFFER_USHORT(PUSHORT Port, PUSHORT Buffer, ULONG Count);
/* Write Count 32-bit values to one port. IRQL: any. */
DD_NT_IMPORT VOID WRITE_PORT_BUFFER_ULONG(PULONG Port, PULONG Buffer, ULONG Count);

#ifdef __cplusplus
}
#endif

#endif
