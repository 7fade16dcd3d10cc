/* SPDX-License-Identifier: MIT */
/* An OID request as the driver gets it, and its buffer with guard bytes behind. */
#include "ndis/oid_int.h"

#include "ram/asan.h"

#include <stdlib.h>
#include <string.h>

#define GUARD_BYTES 32u
#define GUARD       0xA5
#define FILL        0xCD /* what a query buffer holds before */

void dd_oid_request_free(struct dd_oid_request *r)
{
    if (r == NULL) {
        return;
    }
    if (r->buf != NULL) {
        dd_asan_unpoison(r->buf + r->len_bytes, GUARD_BYTES);
        free(r->buf);
    }
    free(r);
}

static bool buffer_new(struct dd_oid_request *r, const struct dd_oid_args *args)
{
    size_t in = args->mode == DD_OID_QUERY ? 0 : args->in_bytes;

    r->len_bytes = args->in_bytes > args->out_bytes ? args->in_bytes : args->out_bytes;
    if (r->len_bytes == 0) {
        return true;
    }
    r->buf = malloc(r->len_bytes + GUARD_BYTES);
    if (r->buf == NULL) {
        return false;
    }
    memset(r->buf, FILL, r->len_bytes);
    memset(r->buf + r->len_bytes, GUARD, GUARD_BYTES);
    if (args->oid == OID_PNP_QUERY_POWER) {
        in = r->len_bytes; /* a query whose buffer is its input */
    }
    if (in > 0) {
        memcpy(r->buf, args->buf, in);
    }
    dd_asan_poison(r->buf + r->len_bytes, GUARD_BYTES);
    return true;
}

bool dd_oid_request_intact(struct dd_oid_request *r)
{
    bool intact = true;

    if (r->buf == NULL) {
        return true;
    }
    dd_asan_unpoison(r->buf + r->len_bytes, GUARD_BYTES);
    for (unsigned i = 0; i < GUARD_BYTES; i++) {
        intact = intact && r->buf[r->len_bytes + i] == GUARD;
    }
    return intact;
}

static void fill_data(struct dd_oid_request *r, const struct dd_oid_args *args)
{
    NDIS_OID_REQUEST *q = &r->req;

    switch (args->mode) {
    case DD_OID_QUERY:
        q->RequestType = NdisRequestQueryInformation;
        q->DATA.QUERY_INFORMATION.Oid = args->oid;
        q->DATA.QUERY_INFORMATION.InformationBuffer = r->buf;
        q->DATA.QUERY_INFORMATION.InformationBufferLength = args->out_bytes;
        break;
    case DD_OID_SET:
        q->RequestType = NdisRequestSetInformation;
        q->DATA.SET_INFORMATION.Oid = args->oid;
        q->DATA.SET_INFORMATION.InformationBuffer = r->buf;
        q->DATA.SET_INFORMATION.InformationBufferLength = args->in_bytes;
        break;
    default:
        q->RequestType = NdisRequestMethod;
        q->DATA.METHOD_INFORMATION.Oid = args->oid;
        q->DATA.METHOD_INFORMATION.InformationBuffer = r->buf;
        q->DATA.METHOD_INFORMATION.InputBufferLength = args->in_bytes;
        q->DATA.METHOD_INFORMATION.OutputBufferLength = args->out_bytes;
        break;
    }
}

struct dd_oid_request *dd_oid_request_new(const struct dd_adapter *a,
                                          const struct dd_oid_args *args)
{
    static _Atomic(uintptr_t) next_id;
    struct dd_oid_request *r = calloc(1, sizeof(*r));

    if (r == NULL) {
        return NULL;
    }
    if (!buffer_new(r, args)) {
        free(r);
        return NULL;
    }
    r->req.Header.Type = NDIS_OBJECT_TYPE_OID_REQUEST;
    if (dd_adapter_level(a, 6, 50)) {
        r->req.Header.Revision = NDIS_OID_REQUEST_REVISION_2;
        r->req.Header.Size = NDIS_SIZEOF_OID_REQUEST_REVISION_2;
    } else {
        r->req.Header.Revision = NDIS_OID_REQUEST_REVISION_1;
        r->req.Header.Size = NDIS_SIZEOF_OID_REQUEST_REVISION_1;
    }
    r->req.RequestId = (PVOID)(atomic_fetch_add(&next_id, 1) + 1);
    r->req.RequestHandle = (NDIS_HANDLE)r;
    fill_data(r, args);
    dd_event_init(&r->done, NotificationEvent, false);
    return r;
}
