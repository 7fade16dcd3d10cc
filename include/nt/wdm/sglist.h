/* SPDX-License-Identifier: MIT */
/*
 * wdm/sglist.h - the scatter/gather list: where a device finds a buffer
 *
 *   SCATTER_GATHER_LIST (16 bytes) | element (24) | element (24) | ...
 *
 * Each element is one run that is contiguous for the device: Address is a device address, not an
 * address of RAM, Length is bytes. Elements are in buffer order. Reserved members are not for
 * drivers.
 */
#ifndef DRYDOCK_WDM_SGLIST_H
#define DRYDOCK_WDM_SGLIST_H

#include "../ntdef.h"

typedef struct _SCATTER_GATHER_ELEMENT {
    PHYSICAL_ADDRESS Address;
    ULONG Length;
    ULONG_PTR Reserved;
} SCATTER_GATHER_ELEMENT, *PSCATTER_GATHER_ELEMENT;

DD_NT_FLEXIBLE_BEGIN
typedef struct DECLSPEC_ALIGN(8) _SCATTER_GATHER_LIST {
    ULONG NumberOfElements;
    ULONG_PTR Reserved;
    __extension__ SCATTER_GATHER_ELEMENT Elements[];
} SCATTER_GATHER_LIST, *PSCATTER_GATHER_LIST;
DD_NT_FLEXIBLE_END

#endif
