/* SPDX-License-Identifier: MIT */
/* Accesses of the device that missed, exceeded or outlived a mapping. */
#include "verify/verify_int.h"

#include "base/check.h"
#include "dev/domain.h"

#include <stdio.h>

/*
 * A finding's text says what every device can tell, to be the same for all: direction, mapping, and
 * without a mapping the page. How exactly the access is known differs: a soft device tells the
 * byte, an IOMMU the page.
 */
static void access_put(struct dd_finding *f, const struct dd_fault *d)
{
    const char *verb = d->write ? "write" : "read";

    if (d->by_page) {
        snprintf(f->access, sizeof(f->access), "%s in the page at 0x%llx (IOMMU fault record)",
                 verb, (unsigned long long)d->iova.v);
    } else {
        snprintf(f->access, sizeof(f->access), "%s of %zu bytes at 0x%llx, first bad byte 0x%llx",
                 verb, d->access_bytes, (unsigned long long)d->access_iova,
                 (unsigned long long)d->iova.v);
    }
}

static bool lies_in(const struct dd_vblock *b, uint64_t iova)
{
    return iova >= b->iova && iova - b->iova < b->bytes;
}

/* the block that lies, or lay last, at a device address. Lock held; only on the way to a finding */
static const struct dd_vblock *block_at_locked(struct dd_verify *v, uint64_t iova)
{
    const struct dd_vblock *b, *found = NULL;
    struct dd_list *pos;
    size_t at = 0;

    while ((b = dd_map_next(&v->blocks, &at, NULL)) != NULL) {
        if (lies_in(b, iova) && (!found || b->live)) {
            found = b;
        }
    }
    for (pos = v->old_blocks.prev; !found && pos != &v->old_blocks; pos = pos->prev) {
        b = DD_LIST_ENTRY(pos, struct dd_vblock, node);
        found = lies_in(b, iova) ? b : NULL;
    }
    return found;
}

static void shared_fault(struct dd_verify *v, const struct dd_fault *d)
{
    bool stale = d->reason == DD_FAULT_STALE;
    const struct dd_vblock *b;
    struct dd_finding f;

    dd_finding_begin(&f, "shmem-device-overrun",
                     "device %s %sshared memory of %llu bytes at 0x%llx%s",
                     d->write ? "write" : "read", stale ? "in " : "outside ",
                     (unsigned long long)d->map_bytes, (unsigned long long)d->map_iova,
                     stale ? " after it was freed" : "");
    access_put(&f, d);
    dd_mutex_lock(&v->lock);
    b = block_at_locked(v, d->map_iova);
    dd_finding_site(&f, "allocated at", b ? b->allocated_at : NULL, NULL);
    dd_finding_site(&f, "freed at", stale && b && !b->live ? b->freed_at : NULL,
                    "NdisMFreeSharedMemory");
    dd_mutex_unlock(&v->lock);
    dd_finding_end(v, &f);
}

static void list_fault(struct dd_verify *v, const struct dd_fault *d)
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
    const char *verb = d->write ? "write" : "read";
    struct dd_finding f;
    struct dd_vlist *l;

    dd_mutex_lock(&v->lock);
    l = dd_map_get(&v->numbers, d->owner);
    if (d->owner) {
        dd_finding_begin(&f, rules[d->reason], "device %s: %s (list %llu, %llu bytes at 0x%llx)",
                         verb, words[d->reason], (unsigned long long)d->owner,
                         (unsigned long long)d->map_bytes, (unsigned long long)d->map_iova);
    } else {
        dd_finding_begin(&f, rules[d->reason], "device %s in the page at 0x%llx: %s", verb,
                         (unsigned long long)dd_align_down(d->iova.v, DD_PAGE_BYTES),
                         words[d->reason]);
    }
    access_put(&f, d);
    dd_finding_site(&f, "mapped at", l ? l->mapped_at : NULL, "NdisMAllocateNetBufferSGList");
    /* where it exceeded or mistook a mapping, hardware may have told only after the free */
    dd_finding_site(&f, "freed at",
                    d->reason == DD_FAULT_STALE && l && !l->live ? l->freed_at : NULL,
                    "NdisMFreeNetBufferSGList");
    dd_mutex_unlock(&v->lock);
    dd_finding_end(v, &f);
}

void dd_verify_device(struct dd_verify *v, const struct dd_ev *ev)
{
    const struct dd_fault *d = ev->data;

    if (d->reason == DD_FAULT_REVOKED) {
        return; /* fault injection took the mapping, the driver did nothing wrong */
    }
    if (d->owner & DD_OWNER_SHMEM) {
        shared_fault(v, d);
    } else {
        list_fault(v, d);
    }
}

/* once a run; each such place in the driver is an event */
void dd_verify_register(struct dd_verify *v, const struct dd_ev *ev)
{
    if (!atomic_exchange(&v->plain_told, true)) {
        dd_finding_one(v, "register-plain-access", "first at", ev->site, NULL,
                       "the driver addresses device registers itself ('%s')",
                       (const char *)ev->data);
    }
}
