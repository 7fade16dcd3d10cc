/* SPDX-License-Identifier: MIT */
/* Task offload: what the start sequence asks the miniport for, and what it said it does. */
#ifndef DD_NDIS_OFFLOAD_H
#define DD_NDIS_OFFLOAD_H

#include "ndis/host.h"

/* dd_ndis_offload_now - the current configuration; all zero while nothing may be asked for: no
 * attributes, or no OID_OFFLOAD_ENCAPSULATION that succeeded. IRQL <= DISPATCH_LEVEL */
void dd_ndis_offload_now(struct dd_adapter *a, NDIS_OFFLOAD *ret_offload);
/* dd_ndis_offload_start - OID_TCP_OFFLOAD_PARAMETERS and OID_OFFLOAD_ENCAPSULATION, when the
 * adapter's configuration asks for offloads and the miniport offers some. IRQL = PASSIVE_LEVEL */
void dd_ndis_offload_start(struct dd_adapter *a);
/* dd_ndis_offload_set - OID_TCP_OFFLOAD_PARAMETERS again, with other wishes (enum dd_ndis_offload),
 * as when an administrator changes them. False: the miniport offers nothing, task offload was not
 * switched on at start, or it refused. IRQL = PASSIVE_LEVEL */
bool dd_ndis_offload_set(struct dd_adapter *a, uint32_t offload);

#endif
