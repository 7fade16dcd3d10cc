/* SPDX-License-Identifier: MIT */
#include "svc_test.h"

#include "nt/blocks.h"
#include "nt/pool.h"

static char outside[3 * 4096] __attribute__((aligned(4096)));

static void frames_follow_the_shuffled_ram(void **state)
{
    size_t len = 64 * 4096;
    char *p = dd_pool_alloc(len, 1, NULL, DD_LEAK_POOL, NULL);
    PMDL mdl = dd_mdl_new(p + 100, (ULONG)(len - 100), NULL, NULL);
    bool adjacent = true;

    (void)state;
    assert_non_null(mdl);
    assert_ptr_equal(MmGetMdlVirtualAddress(mdl), p + 100);
    assert_int_equal(mdl->ByteOffset, 100);
    assert_ptr_equal(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority), p + 100);
    for (size_t i = 0; i < 64; i++) {
        PFN_NUMBER frame = dd_ram_phys(nt_test.ram, p + i * 4096).v >> 12;

        assert_int_equal(dd_mdl_frames(mdl)[i], frame);
        adjacent = adjacent && frame == dd_mdl_frames(mdl)[0] + i;
    }
    assert_int_equal((mdl->MdlFlags & DD_MDL_RUN) != 0, adjacent);
    assert_false(adjacent); /* else the RAM of this test is not shuffled */
    dd_mdl_free(mdl, NULL);
    dd_pool_free(p, 1, NULL);
    assert_int_equal(EVENTS(OBJECT_BAD) + EVENTS(POOL_BAD_FREE), 0);
}

static void one_page_is_one_run(void **state)
{
    char *p = dd_pool_alloc(1514, 1, NULL, DD_LEAK_POOL, NULL);
    PMDL mdl = dd_mdl_new(p, 1514, NULL, NULL);

    (void)state;
    assert_true((mdl->MdlFlags & DD_MDL_RUN) != 0);
    assert_int_equal(mdl->Size, 56);
    dd_mdl_free(mdl, NULL);
    dd_pool_free(p, 1, NULL);
}

static void memory_outside_ram_has_frames_of_its_own_beyond_it(void **state)
{
    PMDL mdl = dd_mdl_new(outside + 10, sizeof(outside) - 10, NULL, NULL);

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_true(dd_mdl_frames(mdl)[i] >= DD_PFN_NOT_RAM);
        assert_true(dd_mdl_frames(mdl)[i] > dd_ram_phys_end(nt_test.ram) >> 12);
    }
    assert_int_not_equal(dd_mdl_frames(mdl)[0], dd_mdl_frames(mdl)[1]);
    assert_int_not_equal(dd_mdl_frames(mdl)[1], dd_mdl_frames(mdl)[2]);
    dd_mdl_free(mdl, NULL);
}

static void allocated_mdl_is_not_built_until_asked(void **state)
{
    char *p = dd_pool_alloc(100, 1, NULL, DD_LEAK_POOL, NULL);
    PMDL mdl = IoAllocateMdl(p, 100, FALSE, FALSE, NULL);

    (void)state;
    assert_int_equal(mdl->MdlFlags, 0);
    assert_null(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority));
    assert_string_equal(WORDS(OBJECT_BAD), "mapping an MDL whose pages are not locked");
    MmBuildMdlForNonPagedPool(mdl);
    assert_true((mdl->MdlFlags & MDL_SOURCE_IS_NONPAGED_POOL) != 0);
    assert_int_equal(dd_mdl_frames(mdl)[0], dd_ram_phys(nt_test.ram, p).v >> 12);
    IoFreeMdl(mdl);
    dd_pool_free(p, 1, NULL);
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
}

static void mdl_in_the_drivers_own_memory_can_be_built(void **state)
{
    char *p = dd_pool_alloc(8192, 1, NULL, DD_LEAK_POOL, NULL);
    uint64_t storage[16];
    PMDL mdl = (PMDL)storage;

    (void)state;
    assert_int_equal(MmSizeOfMdl(p + 4095, 2), 48 + 16);
    assert_int_equal(MmSizeOfMdl(p, 4096), 56);
    memset(storage, 0xcd, sizeof(storage));
    MmInitializeMdl(mdl, p + 4000, 200);
    MmBuildMdlForNonPagedPool(mdl);
    assert_int_equal(dd_mdl_frames(mdl)[1], dd_ram_phys(nt_test.ram, p + 4096).v >> 12);
    IoFreeMdl(mdl);
    assert_int_equal(LAST(POOL_BAD_FREE)->a, DD_POOL_UNKNOWN);
    dd_pool_free(p, 1, NULL);
}

static void free_checks_what_it_gets(void **state)
{
    char *p = dd_pool_alloc(100, 1, NULL, DD_LEAK_POOL, NULL);
    PMDL mdl = dd_mdl_new(p, 100, NULL, NULL), other = IoAllocateMdl(p, 100, FALSE, FALSE, NULL);

    (void)state;
    mdl->ByteCount = 60;
    dd_mdl_free(mdl, NULL);
    assert_string_equal(WORDS(OBJECT_BAD),
                        "MDL freed with another ByteCount than it was allocated with");
    dd_mdl_free(mdl, NULL);
    assert_int_equal(LAST(POOL_BAD_FREE)->a, DD_POOL_DOUBLE_FREE);
    dd_mdl_free(NULL, NULL);
    assert_int_equal(LAST(POOL_BAD_FREE)->a, DD_POOL_NULL);
    dd_mdl_free(other, NULL);
    assert_string_equal(WORDS(OBJECT_BAD), "an MDL of IoAllocateMdl freed with NdisFreeMdl");
    mdl = dd_mdl_new(p, 100, NULL, NULL);
    IoFreeMdl(mdl);
    assert_string_equal(WORDS(OBJECT_BAD), "IoFreeMdl of an MDL that IoAllocateMdl did not make");
    dd_pool_free(p, 1, NULL);
}

static void locked_pages_are_mapped_on_demand_and_may_fail(void **state)
{
    PMDL mdl = IoAllocateMdl(outside, 5000, FALSE, FALSE, NULL);

    (void)state;
    MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
    assert_int_equal(mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_WRITE_OPERATION),
                     MDL_PAGES_LOCKED | MDL_WRITE_OPERATION);
    svc_test.fail[DD_FAIL_MDL_MAP] = 1;
    assert_null(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority));
    assert_ptr_equal(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority), outside);
    assert_true((mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) != 0);
    MmUnmapLockedPages(outside + 1, mdl);
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
    MmUnmapLockedPages(outside, mdl);
    assert_false((mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) != 0);
    IoFreeMdl(mdl);
    assert_string_equal(WORDS(OBJECT_BAD), "MDL freed while its pages are locked");
    mdl = IoAllocateMdl(outside, 10, FALSE, FALSE, NULL);
    MmUnlockPages(mdl);
    assert_string_equal(WORDS(OBJECT_BAD), "MmUnlockPages of an MDL that is not locked");
    IoFreeMdl(mdl);
}

static void probe_of_memory_that_is_not_there_raises(void **state)
{
    PMDL mdl = IoAllocateMdl((void *)0x7010, 10, FALSE, FALSE, NULL);

    (void)state;
    ASSERT_BUGCHECK(MmProbeAndLockPages(mdl, KernelMode, IoReadAccess));
    IoFreeMdl(mdl);
}

static void partial_mdl_shares_frames_and_mapping(void **state)
{
    char *p = dd_pool_alloc(4 * 4096, 1, NULL, DD_LEAK_POOL, NULL);
    PMDL source = dd_mdl_new(p, 4 * 4096, NULL, NULL),
         part = IoAllocateMdl(p, 2 * 4096, FALSE, FALSE, NULL);

    (void)state;
    IoBuildPartialMdl(source, part, p + 4096 + 10, 4096);
    assert_int_equal(part->ByteOffset, 10);
    assert_int_equal(part->ByteCount, 4096);
    assert_memory_equal(dd_mdl_frames(part), dd_mdl_frames(source) + 1, 2 * sizeof(PFN_NUMBER));
    assert_ptr_equal(MmGetSystemAddressForMdlSafe(part, NormalPagePriority), p + 4096 + 10);
    IoBuildPartialMdl(source, part, p + 3 * 4096, 0);
    assert_int_equal(part->ByteCount, 4096);
    assert_int_equal(EVENTS(OBJECT_BAD), 0);
    IoBuildPartialMdl(source, part, p, 3 * 4096);
    assert_string_equal(WORDS(OBJECT_BAD), "IoBuildPartialMdl into an MDL that is too small");
    IoBuildPartialMdl(source, part, p + 4096, 4 * 4096);
    assert_string_equal(WORDS(OBJECT_BAD),
                        "IoBuildPartialMdl of a range that is not inside the source MDL");
    IoFreeMdl(part);
    dd_mdl_free(source, NULL);
    dd_pool_free(p, 1, NULL);
}

static void chains_to_an_irp_first_or_last(void **state)
{
    IRP irp;
    PMDL a, b;

    (void)state;
    memset(&irp, 0, sizeof(irp));
    a = IoAllocateMdl(outside, 10, FALSE, FALSE, &irp);
    b = IoAllocateMdl(outside + 10, 10, TRUE, FALSE, &irp);
    assert_ptr_equal(irp.MdlAddress, a);
    assert_ptr_equal(a->Next, b);
    assert_null(b->Next);
    IoFreeMdl(a);
    IoFreeMdl(b);
}

static void failures_and_limits_give_null(void **state)
{
    (void)state;
    svc_test.fail[DD_FAIL_MDL] = 2;
    assert_null(IoAllocateMdl(outside, 10, FALSE, FALSE, NULL));
    assert_null(dd_mdl_new(outside, 10, NULL, NULL));
    assert_null(IoAllocateMdl(outside, 0xfffff001, FALSE, FALSE, NULL));
}

static void leaks_are_reported_by_owner(void **state)
{
    static int owner, site;

    (void)state;
    (void)dd_mdl_new(outside, 77, &owner, &site);
    (void)IoAllocateMdl(outside, 10, FALSE, FALSE, NULL);
    assert_int_equal(dd_mdl_report_leaks(&owner, false), 1);
    assert_int_equal(LAST(LEAK)->a, DD_LEAK_MDL);
    assert_int_equal(LAST(LEAK)->b, 77);
    assert_ptr_equal(LAST(LEAK)->site, &site);
    (void)dd_mdl_new(outside, 10, dd_blocks_host, NULL);
    assert_int_equal(dd_mdl_report_leaks(NULL, false), 1); /* not the host's */
    assert_int_equal(dd_mdl_report_leaks(NULL, false), 0);
    assert_int_equal(dd_mdl_report_leaks(dd_blocks_host, false), 1);
}

/* --- DD_MDL_RUN: what the fast lists rely on --- */

static bool is_run(PMDL mdl)
{
    return (mdl->MdlFlags & DD_MDL_RUN) != 0;
}

/* what the flag promises of the MDL's range as it is now */
static bool frames_are_one_run(PMDL mdl)
{
    size_t n = ADDRESS_AND_SIZE_TO_SPAN_PAGES(MmGetMdlVirtualAddress(mdl), mdl->ByteCount);

    for (size_t i = 0; i < n; i++) {
        if (dd_mdl_frames(mdl)[i] != dd_mdl_frames(mdl)[0] + i ||
            dd_mdl_frames(mdl)[i] >= DD_PFN_NOT_RAM) {
            return false;
        }
    }
    return n > 0;
}

static void a_partial_mdl_is_a_run_where_its_own_frames_are(void **state)
{
    size_t pages = 64, runs = 0, scattered = 0;
    char *p = dd_pool_alloc(pages * 4096, 1, NULL, DD_LEAK_POOL, NULL);
    PMDL source = dd_mdl_new(p, (ULONG)(pages * 4096), NULL, NULL);
    PMDL part = IoAllocateMdl(p, 5 * 4096, FALSE, FALSE, NULL);

    (void)state;
    assert_false(is_run(source));
    for (size_t first = 0; first + 4 <= pages; first++) {
        for (size_t n = 1; n <= 4; n++) {
            IoBuildPartialMdl(source, part, p + first * 4096 + 10, (ULONG)(n * 4096 - 10));
            assert_int_equal(is_run(part), frames_are_one_run(part));
            runs += n > 1 && is_run(part);
            scattered += !is_run(part);
        }
    }
    assert_true(runs > 0 && scattered > 0);
    /* refused: as it was */
    IoBuildPartialMdl(source, part, p, 100);
    assert_true(is_run(part));
    IoBuildPartialMdl(source, part, p, (ULONG)(pages * 4096));
    assert_true(is_run(part) && part->ByteCount == 100);
    IoFreeMdl(part);
    dd_mdl_free(source, NULL);
    dd_pool_free(p, 1, NULL);
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
}

static void a_partial_mdl_of_memory_outside_ram_is_no_run(void **state)
{
    PMDL source = dd_mdl_new(outside, sizeof(outside), NULL, NULL);
    PMDL part = IoAllocateMdl(outside, 4096, FALSE, FALSE, NULL);

    (void)state;
    assert_false(is_run(source));
    IoBuildPartialMdl(source, part, outside + 10, 100);
    assert_false(is_run(part));
    IoFreeMdl(part);
    dd_mdl_free(source, NULL);
}

static void an_mdl_built_again_over_other_memory_says_anew_what_it_is(void **state)
{
    char *p = dd_pool_alloc(64 * 4096, 1, NULL, DD_LEAK_POOL, NULL);
    PMDL mdl = IoAllocateMdl(p, 64 * 4096, FALSE, FALSE, NULL);

    (void)state;
    assert_false(is_run(mdl)); /* before it is built */
    MmInitializeMdl(mdl, p, 100);
    MmBuildMdlForNonPagedPool(mdl);
    assert_true(is_run(mdl));
    MmInitializeMdl(mdl, p, 64 * 4096);
    assert_false(is_run(mdl));
    MmBuildMdlForNonPagedPool(mdl);
    assert_false(is_run(mdl));
    MmInitializeMdl(mdl, outside, 100);
    MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
    assert_false(is_run(mdl));
    MmUnlockPages(mdl);
    MmInitializeMdl(mdl, p + 4090, 4);
    MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
    assert_true(is_run(mdl));
    MmUnlockPages(mdl);
    MmInitializeMdl(mdl, p, 0);
    MmBuildMdlForNonPagedPool(mdl);
    assert_false(is_run(mdl)); /* no frame at all */
    IoFreeMdl(mdl);
    dd_pool_free(p, 1, NULL);
    assert_int_equal(EVENTS(OBJECT_BAD), 0);
}

/* NdisAdjustMdlLength and drivers that move the window */
static void a_shorter_range_of_a_run_is_a_run(void **state)
{
    char *p = dd_ram_alloc(nt_test.ram, 8 * 4096, 4096, DD_RAM_CONTIG, UINT64_MAX);
    PMDL mdl = dd_mdl_new(p, 8 * 4096, NULL, NULL);

    (void)state;
    assert_true(is_run(mdl));
    for (ULONG length = 8 * 4096; length > 0; length -= 1024) {
        mdl->ByteCount = length;
        assert_true(is_run(mdl) && frames_are_one_run(mdl));
    }
    mdl->ByteCount = 8 * 4096;
    assert_true(is_run(mdl) && frames_are_one_run(mdl)); /* as long as it was built */
    mdl->ByteOffset = 4000;
    mdl->ByteCount = 4000;
    assert_true(is_run(mdl) && frames_are_one_run(mdl));
    mdl->ByteCount = 8 * 4096;
    dd_mdl_free(mdl, NULL);
    assert_int_equal(dd_ram_free_block(nt_test.ram, p, NULL), 0);
}

static void whoever_asks_for_the_frames_may_write_them(void **state)
{
    char *p = dd_pool_alloc(4 * 4096, 1, NULL, DD_LEAK_POOL, NULL);
    PMDL mdl = dd_mdl_new(p, 100, NULL, NULL);
    CSHORT before = mdl->MdlFlags;
    PPFN_NUMBER frames;

    (void)state;
    assert_true(is_run(mdl));
    frames = MmGetMdlPfnArray(mdl);
    assert_ptr_equal(frames, dd_mdl_frames(mdl));
    assert_false(is_run(mdl));
    assert_int_equal(mdl->MdlFlags | (CSHORT)DD_MDL_RUN, before); /* and nothing else */
    frames[0] = DD_PFN_NOT_RAM;
    assert_ptr_equal(MmGetMdlPfnArray(mdl), frames);
    MmBuildMdlForNonPagedPool(mdl); /* fills them in again */
    assert_true(is_run(mdl) && frames_are_one_run(mdl));
    dd_mdl_free(mdl, NULL);
    dd_pool_free(p, 1, NULL);
}

/* as drivers have always mapped what may fail: the flag set before, cleared after */
static void flags_that_drivers_set_do_not_make_a_run(void **state)
{
    char *p = dd_pool_alloc(64 * 4096, 1, NULL, DD_LEAK_POOL, NULL);
    PMDL mdl = dd_mdl_new(p, 64 * 4096, NULL, NULL), one = dd_mdl_new(p, 100, NULL, NULL);

    (void)state;
    assert_false(is_run(mdl));
    mdl->MdlFlags |= MDL_MAPPING_CAN_FAIL | MDL_NETWORK_HEADER | MDL_IO_SPACE;
    assert_false(is_run(mdl));
    one->MdlFlags |= MDL_MAPPING_CAN_FAIL;
    one->MdlFlags &= (CSHORT)~MDL_MAPPING_CAN_FAIL;
    assert_true(is_run(one));
    dd_mdl_free(mdl, NULL);
    dd_mdl_free(one, NULL);
    dd_pool_free(p, 1, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        svc_test(a_partial_mdl_is_a_run_where_its_own_frames_are),
        svc_test(a_partial_mdl_of_memory_outside_ram_is_no_run),
        svc_test(an_mdl_built_again_over_other_memory_says_anew_what_it_is),
        svc_test(a_shorter_range_of_a_run_is_a_run),
        svc_test(whoever_asks_for_the_frames_may_write_them),
        svc_test(flags_that_drivers_set_do_not_make_a_run),
        svc_test(frames_follow_the_shuffled_ram),
        svc_test(one_page_is_one_run),
        svc_test(memory_outside_ram_has_frames_of_its_own_beyond_it),
        svc_test(allocated_mdl_is_not_built_until_asked),
        svc_test(mdl_in_the_drivers_own_memory_can_be_built),
        svc_test(free_checks_what_it_gets),
        svc_test(locked_pages_are_mapped_on_demand_and_may_fail),
        svc_test(probe_of_memory_that_is_not_there_raises),
        svc_test(partial_mdl_shares_frames_and_mapping),
        svc_test(chains_to_an_irp_first_or_last),
        svc_test(failures_and_limits_give_null),
        svc_test(leaks_are_reported_by_owner),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
