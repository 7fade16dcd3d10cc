/* SPDX-License-Identifier: MIT */
/* Between the oid files. */
#ifndef DD_NDIS_OID_INT_H
#define DD_NDIS_OID_INT_H

#include "ndis/adapter_priv.h"

/* dd_oid_complete - what NdisMOidRequestComplete does; any pointer is safe. IRQL: <= DISPATCH_LEVEL */
void dd_oid_complete(struct dd_adapter *a, NDIS_OID_REQUEST *request, NDIS_STATUS status, const void *site);

#endif
