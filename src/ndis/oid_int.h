/* SPDX-License-Identifier: MIT */
/* Between the oid files. */
#ifndef DD_NDIS_OID_INT_H
#define DD_NDIS_OID_INT_H

#include "ndis/adapter_priv.h"

struct dd_oid_request {
    NDIS_OID_REQUEST req;
    KEVENT done;
    enum dd_pend_phase phase; /* under oid.lock */
    NDIS_STATUS status;
    unsigned char *buf; /* len_bytes, then the guard; NULL when len_bytes is 0 */
    size_t len_bytes;
};

/* dd_oid_request_new - NULL: no memory. The revision is the one of the driver's NDIS level */
struct dd_oid_request *dd_oid_request_new(const struct dd_adapter *a,
                                          const struct dd_oid_args *args);
void dd_oid_request_free(struct dd_oid_request *r); /* NULL is fine */
/* dd_oid_request_intact - nothing was written behind the buffer; the guard is open afterwards */
bool dd_oid_request_intact(struct dd_oid_request *r);

/* dd_oid_complete - what NdisMOidRequestComplete does; any pointer is safe. IRQL: <= DISPATCH_LEVEL
 */
void dd_oid_complete(struct dd_adapter *a, NDIS_OID_REQUEST *request, NDIS_STATUS status,
                     const void *site);

#endif
