/* SPDX-License-Identifier: MIT */
/*
 * Inputs without bounds at NdisMAllocateNetBufferSGList: chains of 1 to 4,096 MDLs, MDLs of no
 * bytes, windows that begin MDLs later, memory on both sides of 4 GiB, lists of 16 MiB, thousands
 * of elements. With each policy the element lengths sum up, and the device reads, or writes,
 * exactly the bytes of the chain.
 */
#define RIG_RAM_MIB 256u
#include "dma_rig.h"

#include "nt/pool.h"

#define MIB         (1u << 20)
#define MAX_BYTES   (17u * MIB)
#define REGISTERED  (24u * MIB) /* MaximumPhysicalMapping: with 4,096 fragments pages are many */
#define MAX_MDLS    4096u
#define SMALL_BYTES 300u

/* --- a chain --- */

struct chain {
    struct tx t; /* its nb, room and what the callback saw */
    unsigned count;
    PMDL mdls[MAX_MDLS];
    uint8_t *blocks[MAX_MDLS]; /* start of the memory the MDL's first byte lies in */
    uint8_t *bytes[MAX_MDLS];  /* the MDL's first byte */
    size_t total;
};

static struct dd_rng rng;

static size_t below(size_t n)
{
    return (size_t)dd_rng_below(&rng, n);
}

/* an MDL over @len bytes that begin @skip bytes into a block of their own */
static void chain_add(struct chain *c, size_t len, size_t skip, unsigned flags)
{
    unsigned n = c->count++;

    assert_true(n < MAX_MDLS);
    c->blocks[n] = dd_ram_alloc(rig.ram, skip + (len > 0 ? len : 1), 16, flags, UINT64_MAX);
    assert_non_null(c->blocks[n]);
    c->bytes[n] = c->blocks[n] + skip;
    for (size_t k = 0; k < len; k++) {
        c->bytes[n][k] = (uint8_t)(k * 13 + (k >> 8) * 7 + (k >> 16) + n * 31);
    }
    c->mdls[n] = dd_mdl_new(c->bytes[n], (ULONG)len, NULL, NULL);
    assert_non_null(c->mdls[n]);
    if (n > 0) {
        c->mdls[n - 1]->Next = c->mdls[n];
    }
    c->total += len;
}

/* the window: @offset bytes of the chain before it, to the end of the chain but @less bytes */
static void chain_window(struct chain *c, size_t offset, size_t less)
{
    c->t.nb.MdlChain = c->t.nb.CurrentMdl = c->mdls[0];
    c->t.nb.CurrentMdlOffset = c->t.nb.DataOffset = (ULONG)offset;
    c->t.nb.DataLength = (ULONG)(c->total - offset - less);
}

static struct chain *chain_new(void)
{
    struct chain *c = calloc(1, sizeof(*c));

    assert_non_null(c);
    return c;
}

static void chain_free(struct chain *c)
{
    for (unsigned i = 0; i < c->count; i++) {
        dd_mdl_free(c->mdls[i], NULL);
        assert_int_equal(dd_ram_free_block(rig.ram, c->blocks[i], NULL), 0);
    }
    free(c);
}

/* the bytes the list must have: from byte 0 of CurrentMdl to the end of the window */
static size_t chain_copy(const struct chain *c, uint8_t *out)
{
    size_t left = (size_t)c->t.nb.CurrentMdlOffset + c->t.nb.DataLength, n = 0;

    for (unsigned i = 0; i < c->count && left > 0; i++) {
        size_t k = c->mdls[i]->ByteCount < left ? c->mdls[i]->ByteCount : left;

        memcpy(out + n, c->bytes[i], k);
        n += k;
        left -= k;
    }
    return n;
}

/* --- the device --- */

static uint8_t want[MAX_BYTES], got[MAX_BYTES];

/* the device reads or writes the whole list; returns the sum of the lengths */
static size_t device_access(const struct chain *c, uint8_t *data, bool write)
{
    size_t n = 0;

    for (ULONG i = 0; i < c->t.list->NumberOfElements; i++) {
        const SCATTER_GATHER_ELEMENT *e = &c->t.list->Elements[i];

        assert_true(e->Length > 0 && n + e->Length <= MAX_BYTES);
        assert_int_equal(dd_domain_access(rig.domain, (dd_iova){(uint64_t)e->Address.QuadPart},
                                          data + n, e->Length, write),
                         0);
        n += e->Length;
    }
    return n;
}

/* map, let the device read, unmap, for one chain; returns the number of elements */
static ULONG device_reads(struct chain *c)
{
    size_t n = chain_copy(c, want);
    unsigned calls = c->t.calls + 1;
    ULONG elements;

    assert_int_equal(tx_map(&c->t), NDIS_STATUS_SUCCESS);
    dd_irql_lower(PASSIVE_LEVEL);
    tx_wait(&c->t, calls);
    dd_irql_raise(DISPATCH_LEVEL);
    assert_int_equal(device_access(c, got, false), n);
    assert_memory_equal(got, want, n);
    elements = c->t.list->NumberOfElements;
    tx_unmap(&c->t);
    return elements;
}

/* the same with a device that writes: the driver finds the bytes after the free */
static void device_writes(struct chain *c)
{
    size_t n = (size_t)c->t.nb.CurrentMdlOffset + c->t.nb.DataLength;
    unsigned calls = c->t.calls + 1;

    for (size_t i = 0; i < n; i++) {
        want[i] = (uint8_t)(i * 7 + (i >> 8) * 3 + (i >> 16) + c->count);
    }
    assert_int_equal(tx_map_with(&c->t, 0, c->t.room, sizeof(c->t.room)), NDIS_STATUS_SUCCESS);
    dd_irql_lower(PASSIVE_LEVEL);
    tx_wait(&c->t, calls);
    dd_irql_raise(DISPATCH_LEVEL);
    assert_int_equal(device_access(c, want, true), n);
    tx_unmap(&c->t);
    assert_int_equal(chain_copy(c, got), n);
    assert_memory_equal(got, want, n);
}

static void both_ways(struct chain *c)
{
    (void)device_reads(c);
    device_writes(c);
}

/* --- each policy --- */

static void start(void)
{
    rig_start(2);
    rig_run(REGISTERED);
}

/* @body in a machine of its own for each policy: 3 x 2 x 5 x 2, and unchecked for the fast path */
static void each_policy(void (*body)(void))
{
    dd_rng_seed(&rng, 42, 0);
    for (unsigned n = 0; n < 61; n++) {
        struct dd_dma_policy *p = &rig.policy;
        unsigned sgl = n / 6 % 5;

        *p = (struct dd_dma_policy){.checked = n < 60, .seed = n + 1};
        p->iommu = (enum dd_domain_mode)(n < 60 ? n % 3 : DD_DOMAIN_OFF);
        p->bounce = n < 60 && n / 3 % 2 == 1 ? DD_BOUNCE_ALWAYS : DD_BOUNCE_AUTO;
        p->sgl = n == 60 || sgl == 4 ? DD_SGL_MERGE : (enum dd_sgl_shape)sgl;
        p->relocate = n < 60 && sgl == 4;
        p->callback = n < 60 && n / 30 == 1 ? DD_CALLBACK_DEFERRED : DD_CALLBACK_INLINE;
        rig.listening = n < 60;
        start();
        body();
        rig_end();
    }
}

static void chains_of_every_length(void)
{
    static const unsigned counts[] = {1, 2, 3, 16, 17, 63, 256, 1025, MAX_MDLS};

    for (size_t i = 0; i < DD_ARRAY_LEN(counts); i++) {
        struct chain *c = chain_new();

        while (c->count < counts[i]) {
            chain_add(c, 1 + below(SMALL_BYTES), below(64), 0);
        }
        chain_window(c, below(c->total), 0);
        both_ways(c);
        chain_free(c);
    }
}

static void test_chains_of_1_to_4096_fragments(void **state)
{
    (void)state;
    each_policy(chains_of_every_length);
}

static void empty_mdls_and_late_windows(void)
{
    for (unsigned round = 0; round < 12; round++) {
        struct chain *c = chain_new();
        unsigned count = 2 + (unsigned)below(40);
        bool empty_front = round % 3 == 0, empty_end = round % 2 == 0;

        for (unsigned i = 0; i < count; i++) {
            bool none = below(3) == 0 || (i == 0 && empty_front) || (i + 1 == count && empty_end);

            chain_add(c, none ? 0 : 1 + below(6000), below(4096), 0);
        }
        chain_add(c, 100, 0, 0); /* something to send */
        if (round < 6) {         /* the window begins in the last MDL: all others are swallowed */
            chain_window(c, c->total - 40, below(40));
        } else {
            chain_window(c, below(c->total), 0);
        }
        both_ways(c);
        chain_free(c);
    }
}

static void test_empty_mdls_anywhere_and_offsets_that_swallow_mdls(void **state)
{
    (void)state;
    each_policy(empty_mdls_and_late_windows);
}

static void one_long_send(size_t bytes, unsigned mdls)
{
    struct chain *c = chain_new();
    ULONG elements;

    for (unsigned i = 0; i < mdls; i++) {
        chain_add(c, bytes / mdls, mdls == 1 ? 0 : below(4000), 0);
    }
    chain_window(c, 0, 0);
    elements = device_reads(c);
    if (rig.policy.sgl == DD_SGL_PER_PAGE) {
        assert_true(elements >= c->total / DD_PAGE_BYTES);
    }
    device_writes(c);
    chain_free(c);
}

static void long_sends(void)
{
    one_long_send(65536, 1);
    one_long_send(65537, 2);
    one_long_send(MIB, 3);
}

static void test_sends_of_64_kib_to_1_mib(void **state)
{
    (void)state;
    each_policy(long_sends);
}

static void test_sends_of_16_mib(void **state)
{
    static const struct {
        enum dd_domain_mode iommu;
        enum dd_bounce bounce;
        enum dd_sgl_shape sgl;
    } policies[] = {
        {DD_DOMAIN_OFF, DD_BOUNCE_AUTO, DD_SGL_MERGE},
        {DD_DOMAIN_STRICT, DD_BOUNCE_AUTO, DD_SGL_PER_PAGE},
        {DD_DOMAIN_LAZY, DD_BOUNCE_AUTO, DD_SGL_SPLIT},
        {DD_DOMAIN_STRICT, DD_BOUNCE_AUTO, DD_SGL_MERGE_IOVA},
        {DD_DOMAIN_OFF, DD_BOUNCE_ALWAYS, DD_SGL_MERGE},
        {DD_DOMAIN_STRICT, DD_BOUNCE_ALWAYS, DD_SGL_PER_PAGE},
    };

    (void)state;
    for (size_t i = 0; i < DD_ARRAY_LEN(policies); i++) {
        dd_rng_seed(&rng, 43, i);
        rig.policy.iommu = policies[i].iommu;
        rig.policy.bounce = policies[i].bounce;
        rig.policy.sgl = policies[i].sgl;
        start();
        one_long_send(4u * MIB, 1);
        one_long_send(16u * MIB, 1);
        one_long_send(16u * MIB, 7);
        rig_end();
    }
}

/* --- 4 GiB --- */

/* below, above, below ... in one chain; the device reaches 32 bits or all */
static void test_memory_on_both_sides_of_4_gib(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 12; n++) {
        bool narrow = n % 2 == 1, iommu_off = n / 2 % 3 == 0;
        struct chain *c;
        unsigned high = 0;

        dd_rng_seed(&rng, 44, n);
        rig.policy = (struct dd_dma_policy){.checked = true, .seed = n + 1};
        rig.policy.iommu = iommu_off ? DD_DOMAIN_OFF : (enum dd_domain_mode)(n / 2 % 3 - 1);
        rig.policy.address_bits = narrow ? 32 : 0;
        rig.policy.sgl = n < 6 ? DD_SGL_MERGE : DD_SGL_PER_PAGE;
        start();
        c = chain_new();
        for (unsigned i = 0; i < 20; i++) {
            chain_add(c, 1 + below(20000), below(4096), i % 2 == 1 ? DD_RAM_HIGH : 0);
            high += dd_ram_phys(rig.ram, c->bytes[i]).v >= DD_PHYS_4G;
        }
        assert_true(high >= 10);
        chain_window(c, 0, 0);
        both_ways(c);
        if (narrow && iommu_off) {
            assert_true(rig_stats().bounced_bytes > 0);
        } else {
            assert_int_equal(rig_stats().bounced_bytes, 0);
        }
        chain_free(c);
        rig_end();
    }
}

/* one MDL whose pages are below and above by turns, as locked user memory may be */
static void test_one_mdl_with_pages_on_both_sides_of_4_gib(void **state)
{
    enum {
        PAGES = 16
    };

    (void)state;
    for (unsigned bits = 0; bits <= 32; bits += 32) {
        struct chain *c;
        uint8_t *other;
        PFN_NUMBER *frames;

        rig.policy.iommu = DD_DOMAIN_OFF;
        rig.policy.address_bits = bits;
        start();
        c = chain_new();
        chain_add(c, PAGES * DD_PAGE_BYTES, 0, DD_RAM_PAGES);
        other = dd_ram_alloc(rig.ram, PAGES * DD_PAGE_BYTES, DD_PAGE_BYTES,
                             DD_RAM_HIGH | DD_RAM_PAGES, UINT64_MAX);
        assert_non_null(other);
        frames = dd_mdl_frames(c->mdls[0]);
        for (unsigned i = 1; i < PAGES; i += 2) {
            uint8_t *page = other + i * DD_PAGE_BYTES;

            memcpy(page, c->bytes[0] + i * DD_PAGE_BYTES, DD_PAGE_BYTES);
            frames[i] = dd_ram_phys(rig.ram, page).v >> DD_PAGE_SHIFT;
            assert_true(frames[i] >= DD_PHYS_4G >> DD_PAGE_SHIFT);
        }
        c->mdls[0]->MdlFlags = (CSHORT)(c->mdls[0]->MdlFlags & ~DD_MDL_RUN);
        chain_window(c, 0, 0);
        (void)device_reads(c);
        assert_int_equal(rig_stats().bounced_bytes, bits == 32 ? PAGES / 2 * DD_PAGE_BYTES : 0);
        assert_int_equal(dd_ram_free_block(rig.ram, other, NULL), 0);
        chain_free(c);
        rig_end();
    }
}

/* a run of frames across 4 GiB is one element (nobody reads it: there is no memory at its end) */
static void test_a_run_across_4_gib_is_one_element(void **state)
{
    struct chain *c;
    PFN_NUMBER *frames;

    (void)state;
    rig.policy.iommu = DD_DOMAIN_OFF;
    rig.policy.checked = false;
    rig.listening = false;
    start();
    c = chain_new();
    chain_add(c, 4 * DD_PAGE_BYTES, 0, DD_RAM_PAGES);
    frames = dd_mdl_frames(c->mdls[0]);
    for (unsigned i = 0; i < 4; i++) {
        frames[i] = (DD_PHYS_4G >> DD_PAGE_SHIFT) - 2 + i;
    }
    c->mdls[0]->MdlFlags = (CSHORT)(c->mdls[0]->MdlFlags & ~DD_MDL_RUN);
    chain_window(c, 0, 0);
    assert_int_equal(tx_map(&c->t), NDIS_STATUS_SUCCESS);
    assert_int_equal(c->t.list->NumberOfElements, 1);
    assert_int_equal(c->t.list->Elements[0].Address.QuadPart, DD_PHYS_4G - 2 * DD_PAGE_BYTES);
    assert_int_equal(c->t.list->Elements[0].Length, 4 * DD_PAGE_BYTES);
    tx_unmap(&c->t);
    chain_free(c);
    rig_end();
}

/* --- too much --- */

/* more map registers than a transfer may have: refused, no callback, nothing kept */
static void test_more_than_was_registered_is_refused(void **state)
{
    struct chain *c;

    (void)state;
    rig.policy.bounce = DD_BOUNCE_ALWAYS;
    rig_start(2);
    rig_run(65536);
    c = chain_new();
    chain_add(c, 4u * MIB, 0, 0);
    chain_window(c, 0, 0);
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(tx_map(&c->t), NDIS_STATUS_RESOURCES);
        assert_int_equal(c->t.calls, 0);
    }
    chain_window(c, 0, c->total - 65536); /* as much as was registered still works */
    both_ways(c);
    chain_free(c);
    rig_end();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        RIG(test_chains_of_1_to_4096_fragments),
        RIG(test_empty_mdls_anywhere_and_offsets_that_swallow_mdls),
        RIG(test_sends_of_64_kib_to_1_mib),
        RIG(test_sends_of_16_mib),
        RIG(test_memory_on_both_sides_of_4_gib),
        RIG(test_one_mdl_with_pages_on_both_sides_of_4_gib),
        RIG(test_a_run_across_4_gib_is_one_element),
        RIG(test_more_than_was_registered_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
