/* SPDX-License-Identifier: MIT */
/*
 * Included before each file of drivers/e1000e: its registers are read and written through pointers,
 * as many drivers do; and when they are mapped, shapes.c tries them in more ways.
 */
#ifndef PLAIN_H
#define PLAIN_H

#include <ndis.h>

#undef NdisReadRegisterUlong
#undef NdisWriteRegisterUlong
#define NdisReadRegisterUlong(Register, Data)  (*(Data) = *(volatile ULONG *)(Register))
#define NdisWriteRegisterUlong(Register, Data) (*(volatile ULONG *)(Register) = (Data))

NDIS_STATUS PlainMapIoSpace(PVOID *VirtualAddress, NDIS_HANDLE AdapterHandle,
                            NDIS_PHYSICAL_ADDRESS PhysicalAddress, UINT Length);

#define NdisMMapIoSpace PlainMapIoSpace

#endif
