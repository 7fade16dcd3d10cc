/* SPDX-License-Identifier: MIT */
/* Accesses of the device that missed, exceeded or outlived a mapping. */
#include "verify/verify_int.h"

#include "dev/domain.h"

#include <stdio.h>

/* "write of 64 bytes at 0x80001000" */
static const char *access_text(const struct dd_fault *d, char *out, size_t size)
{
    snprintf(out, size, "%s of %zu bytes at 0x%llx (first bad byte 0x%llx)",
             d->write ? "write" : "read", d->access_bytes, (unsigned long long)d->access_iova,
             (unsigned long long)d->iova.v);
    return out;
}

/* the block that lies, or lay last, at a device address. Lock held; only on the way to a finding */
static const struct dd_vblock *block_at_locked(struct dd_verify *v, uint64_t iova)
{
    const struct dd_vblock *b, *found = NULL;
    size_t pos = 0;

    while ((b = dd_map_next(&v->blocks, &pos, NULL)) != NULL) {
        if (iova >= b->iova && iova - b->iova < b->bytes && (!found || b->live)) {
            found = b;
        }
    }
    return found;
}

static void shared_fault(struct dd_verify *v, const struct dd_fault *d, const char *text)
{
    const struct dd_vblock *b;
    struct dd_finding f;

    dd_finding_begin(&f, "shmem-device-overrun",
                     "device %s: %s shared memory of %llu bytes at 0x%llx", text,
                     d->reason == DD_FAULT_STALE ? "after it was freed," : "outside",
                     (unsigned long long)d->map_bytes, (unsigned long long)d->map_iova);
    dd_mutex_lock(&v->lock);
    b = block_at_locked(v, d->map_iova);
    dd_finding_site(&f, "allocated at", b ? b->allocated_at : NULL, NULL);
    dd_finding_site(&f, "freed at", b && !b->live ? b->freed_at : NULL, "NdisMFreeSharedMemory");
    dd_mutex_unlock(&v->lock);
    dd_finding_end(v, &f);
}

static void list_fault(struct dd_verify *v, const struct dd_fault *d, const char *text)
{
    static const char *const rules[] = {[DD_FAULT_UNMAPPED] = "sgl-stale-iova-device",
                                        [DD_FAULT_STALE] = "sgl-device-touch-after-free",
                                        [DD_FAULT_BOUNDS] = "sgl-overrun-datalength",
                                        [DD_FAULT_DIRECTION] = "sgl-wrong-direction",
                                        [DD_FAULT_NO_RAM] = "sgl-stale-iova-device",
                                        [DD_FAULT_REACH] = "sgl-stale-iova-device"};
    static const char *const words[] = {[DD_FAULT_UNMAPPED] = "nothing is mapped there",
                                        [DD_FAULT_STALE] = "the list was freed",
                                        [DD_FAULT_BOUNDS] = "outside the bytes of the list",
                                        [DD_FAULT_DIRECTION] =
                                            "the list is for the other direction",
                                        [DD_FAULT_NO_RAM] = "there is no memory there",
                                        [DD_FAULT_REACH] =
                                            "the device cannot have such an address"};
    struct dd_finding f;
    struct dd_vlist *l;

    dd_mutex_lock(&v->lock);
    l = dd_map_get(&v->numbers, d->owner);
    if (d->owner) {
        dd_finding_begin(&f, rules[d->reason], "device %s: %s (list %llu, %llu bytes at 0x%llx)",
                         text, words[d->reason], (unsigned long long)d->owner,
                         (unsigned long long)d->map_bytes, (unsigned long long)d->map_iova);
    } else {
        dd_finding_begin(&f, rules[d->reason], "device %s: %s", text, words[d->reason]);
    }
    dd_finding_site(&f, "mapped at", l ? l->mapped_at : NULL, "NdisMAllocateNetBufferSGList");
    dd_finding_site(&f, "freed at", l && !l->live ? l->freed_at : NULL, "NdisMFreeNetBufferSGList");
    dd_mutex_unlock(&v->lock);
    dd_finding_end(v, &f);
}

void dd_verify_device(struct dd_verify *v, const struct dd_ev *ev)
{
    const struct dd_fault *d = ev->data;
    char text[128];

    access_text(d, text, sizeof(text));
    if (d->owner & DD_OWNER_SHMEM) {
        shared_fault(v, d, text);
    } else {
        list_fault(v, d, text);
    }
}
