/* SPDX-License-Identifier: MIT */
/* Between driver.c and handles.c. */
#ifndef DD_NDIS_DRIVER_INT_H
#define DD_NDIS_DRIVER_INT_H

#include "ndis/ndis_int.h"

int dd_driver_publish(struct dd_driver *d); /* -ENOSPC: too many */
void dd_driver_withdraw(struct dd_driver *d);
unsigned dd_drivers_alive(void);

/* dd_driver_register - what NdisMRegisterMiniportDriver does, the driver object found.
 * Return: NDIS_STATUS_SUCCESS; BAD_CHARACTERISTICS, header or a missing handler; BAD_VERSION,
 * revision or NDIS version; RESOURCES; FAILURE, registered already; or what MiniportSetOptions
 * returned */
NDIS_STATUS dd_driver_register(struct dd_driver *d, NDIS_HANDLE context,
                               const NDIS_MINIPORT_DRIVER_CHARACTERISTICS *chars,
                               NDIS_HANDLE *ret_handle, const void *site);

#endif
