/* SPDX-License-Identifier: MIT */
/* The soft IOMMU: what a device reads and writes, and what is said when it may not. */
#include "domain_table.h"

#include "seam/seam.h"

#include <errno.h>
#include <string.h>

/* an access under way */
struct access {
    struct dd_domain *d;
    uint64_t start;
    size_t len_bytes;
    bool write, by_page;
    uint64_t prev_owner; /* of the byte before, when this access passed it */
};

static uint64_t slot_owner(struct dd_domain *d, uint64_t page, uint64_t *ret_word)
{
    struct slot *s = slot_find(d, page);

    *ret_word = s ? atomic_load_explicit(&s->word, memory_order_acquire) : 0;
    return s ? atomic_load_explicit(&s->owner, memory_order_relaxed) & ~OWNER_START : 0;
}

/* the run of bytes of one owner that @page is part of; racing map calls may shorten it */
static void describe_mapping(struct dd_domain *d, uint64_t page, uint64_t owner, struct dd_fault *f)
{
    uint64_t w, other, from = page, to = page;

    slot_owner(d, page, &w);
    other = w;
    while (word_first(w) == 0 && from >= DD_PAGE_BYTES) {
        if (slot_owner(d, from - DD_PAGE_BYTES, &w) != owner || word_last(w) != DD_PAGE_MASK) {
            break;
        }
        from -= DD_PAGE_BYTES;
    }
    slot_owner(d, from, &w);
    f->map_iova = from + word_first(w);
    w = other;
    while (word_last(w) == DD_PAGE_MASK && to < UINT64_MAX - DD_PAGE_MASK) {
        if (slot_owner(d, to + DD_PAGE_BYTES, &w) != owner || word_first(w) != 0) {
            break;
        }
        to += DD_PAGE_BYTES;
    }
    slot_owner(d, to, &w);
    f->map_bytes = to + word_last(w) + 1 - f->map_iova;
}

static int fault_report(const struct access *a, uint64_t iova, enum dd_fault_reason reason,
                        uint64_t owner, uint64_t map_page)
{
    struct dd_fault f = {
        .by_page = a->by_page,
        .iova = {iova},
        .access_iova = a->start,
        .access_bytes = a->len_bytes,
        .write = a->write,
        .reason = reason,
        .owner = owner,
    };

    if (owner != 0) {
        describe_mapping(a->d, map_page, owner, &f);
    }
    atomic_fetch_add_explicit(&a->d->faults, 1, memory_order_relaxed);
    DD_SEAM(.kind = DD_EV_DEV_FAULT, .adapter = atomic_load(&a->d->adapter), .data = &f);
    return -EFAULT;
}

/* the mapping that an access to @page, where nothing is mapped, has run over the end of; 0: none.
 * Above DD_IOVA_BASE the page after a range is nobody's as long as the range is mapped, whoever had
 * it before */
static uint64_t exceeded(const struct access *a, uint64_t page, uint64_t page_owner)
{
    uint64_t w, owner;

    if (a->prev_owner != 0) {
        return a->prev_owner != page_owner ? a->prev_owner : 0;
    }
    if (page <= DD_IOVA_BASE && (page_owner != 0 || page == 0)) {
        return 0;
    }
    owner = slot_owner(a->d, page - DD_PAGE_BYTES, &w);
    return owner != 0 && (w & W_DIR) != 0 && owner != page_owner ? owner : 0;
}

/* nobody has @page now */
static int fault_not_mapped(const struct access *a, uint64_t iova, uint64_t page, uint64_t owner,
                            uint64_t w)
{
    uint64_t over = (w & W_DIR) == 0 ? exceeded(a, page, owner) : 0;

    if (over != 0) {
        return fault_report(a, iova, DD_FAULT_BOUNDS, over, page - DD_PAGE_BYTES);
    }
    return fault_report(a, iova, (w & W_USED) != 0 ? DD_FAULT_STALE : DD_FAULT_UNMAPPED, owner,
                        page);
}

/* the byte at @iova can not be accessed: say why. Hardware tells later: a mapping freed meanwhile
 * refused what was wrong for it while it lived */
static int fault_explain(const struct access *a, uint64_t iova)
{
    uint64_t page = dd_align_down(iova, DD_PAGE_BYTES), w, need;
    uint64_t owner = slot_owner(a->d, page, &w);
    unsigned off = (unsigned)(iova & DD_PAGE_MASK);

    if (word_is_revoked(w)) {
        return fault_report(a, iova, DD_FAULT_REVOKED, owner, page);
    }
    need = a->write ? DD_DIR_FROM_DEVICE : DD_DIR_TO_DEVICE;
    if (!word_is_live(w) && !(a->by_page && (w & W_DIR) != 0 && (w & need) == 0)) {
        return fault_not_mapped(a, iova, page, owner, w);
    }
    if (!a->by_page && (off < word_first(w) || off > word_last(w))) {
        return fault_report(a, iova, DD_FAULT_BOUNDS, owner, page);
    }
    if ((w & need) != 0) {
        return fault_report(a, iova, DD_FAULT_STALE, owner, page);
    }
    return fault_report(a, iova, DD_FAULT_DIRECTION, owner, page);
}

void dd_domain_report(struct dd_domain *d, dd_iova iova, size_t len_bytes, bool write)
{
    const struct access a = {
        .d = d, .start = iova.v, .len_bytes = len_bytes, .write = write, .by_page = true};

    (void)fault_explain(&a, iova.v);
}

#if defined(__SANITIZE_THREAD__)
#define RAM_IS_WATCHED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RAM_IS_WATCHED 1
#endif
#endif

#ifdef RAM_IS_WATCHED
/* RAM is shared with devices, which race by nature: ThreadSanitizer is not to look at these bytes
 */
__attribute__((no_sanitize("thread"))) static void ram_copy(void *to, const void *from, size_t n)
{
    volatile unsigned char *t = to;
    const volatile unsigned char *f = from;

    while (n-- > 0) {
        *t++ = *f++;
    }
}
#else
#define ram_copy(to, from, n) memcpy(to, from, n)
#endif

static void copy_bytes(void *host, void *buf, size_t n, bool write)
{
    if (write) {
        ram_copy(host, buf, n);
    } else {
        ram_copy(buf, host, n);
    }
}

/* bytes of [@iova, @iova + @n), inside one page, that were transferred */
static size_t access_page(struct dd_domain *d, uint64_t iova, unsigned char *buf, size_t n,
                          bool write)
{
    struct slot *s = slot_find(d, iova);
    uint64_t w = s ? atomic_load_explicit(&s->word, memory_order_acquire) : 0;
    uint64_t need = write ? DD_DIR_FROM_DEVICE : DD_DIR_TO_DEVICE;
    unsigned off = (unsigned)(iova & DD_PAGE_MASK), last = word_last(w);

    if ((w & need) == 0 || off < word_first(w) || off > last) {
        return 0;
    }
    if (n > last - off + 1u) {
        n = last - off + 1u;
    }
    copy_bytes(word_host(w) + off, buf, n, write);
    return n;
}

static int access_identity(const struct access *a, unsigned char *buf)
{
    void *host = dd_ram_at(a->d->ram, (dd_phys){a->start}, a->len_bytes);
    uint64_t v = a->start;
    size_t len = a->len_bytes;

    if (host) {
        copy_bytes(host, buf, len, a->write);
        return 0;
    }
    while (len > 0) { /* over the hole, or the end of RAM inside */
        size_t n = (size_t)dd_min_u64(len, DD_PAGE_BYTES - (v & DD_PAGE_MASK));

        host = dd_ram_at(a->d->ram, (dd_phys){v}, n);
        if (!host) {
            if (!a->write) {
                memset(buf, 0, len);
            }
            return fault_report(a, v, DD_FAULT_NO_RAM, 0, 0);
        }
        copy_bytes(host, buf, n, a->write);
        v += n;
        buf += n;
        len -= n;
    }
    return 0;
}

static int access_table(struct access *a, unsigned char *buf)
{
    uint64_t v = a->start, w;
    size_t len = a->len_bytes;

    while (len > 0) {
        size_t want = (size_t)dd_min_u64(len, DD_PAGE_BYTES - (v & DD_PAGE_MASK));
        size_t n = access_page(a->d, v, buf, want, a->write);

        v += n;
        buf += n;
        len -= n;
        if (n < want) {
            if (!a->write) {
                memset(buf, 0, len);
            }
            a->prev_owner = len < a->len_bytes ? slot_owner(a->d, v - 1, &w) : 0;
            return fault_explain(a, v);
        }
    }
    return 0;
}

static int access_checked(struct dd_domain *d, dd_iova iova, void *buf, size_t len_bytes,
                          bool write)
{
    struct access a = {.d = d, .start = iova.v, .len_bytes = len_bytes, .write = write};
    uint64_t end;
    size_t reach;
    int r;

    if (len_bytes == 0) {
        return 0;
    }
    if (dd_add_overflows(iova.v, (uint64_t)len_bytes - 1, &end) || end > d->limit) {
        reach = iova.v <= d->limit ? (size_t)(d->limit - iova.v) + 1 : 0;
        if (!write) {
            memset((unsigned char *)buf + reach, 0, len_bytes - reach);
        }
        r = reach > 0 ? access_checked(d, iova, buf, reach, write) : 0;
        return r < 0 ? r : fault_report(&a, iova.v + reach, DD_FAULT_REACH, 0, 0);
    }
    return d->mode == DD_DOMAIN_OFF ? access_identity(&a, buf) : access_table(&a, buf);
}

int dd_domain_access(struct dd_domain *d, dd_iova iova, void *buf, size_t len_bytes, bool write)
{
    /* what most accesses without an IOMMU are: in reach, and all in RAM of one piece */
    if (d->mode == DD_DOMAIN_OFF && len_bytes > 0 && iova.v <= d->limit &&
        len_bytes - 1 <= d->limit - iova.v) {
        void *host = dd_ram_at(d->ram, (dd_phys){iova.v}, len_bytes);

        if (__builtin_expect(host != NULL, 1)) {
            copy_bytes(host, buf, len_bytes, write);
            return 0;
        }
    }
    return access_checked(d, iova, buf, len_bytes, write);
}

uint64_t dd_domain_faults(const struct dd_domain *d)
{
    return atomic_load_explicit(&d->faults, memory_order_relaxed);
}
