/* SPDX-License-Identifier: MIT */
/* The data window of a NET_BUFFER: seeking, advancing, retreating, copying. */
#include "fixture.h"

#include "base/random.h"
#include "ndis/nbl.h"
#include "nt/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define MDLS_MAX 6

static struct machine m;
static UCHAR *data[MDLS_MAX];
static PMDL mdl[MDLS_MAX];
static unsigned used;

static int setup(void **state)
{
    (void)state;
    events_start();
    machine_start(&m, 1);
    used = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (unsigned i = 0; i < used; i++) {
        dd_mdl_free(mdl[i], NULL);
        dd_pool_free(data[i], 0, NULL);
    }
    machine_stop(&m);
    events_stop();
    return 0;
}

/* a chain of MDLs of these lengths; 0 makes an empty one. Bytes count up over the whole chain */
static PMDL chain(const ULONG *lengths, unsigned n)
{
    UCHAR next = 0;

    used = n;
    for (unsigned i = 0; i < n; i++) {
        data[i] = dd_pool_alloc(lengths[i] + 1, 1, NULL, DD_LEAK_POOL, NULL);
        mdl[i] = dd_mdl_new(data[i], lengths[i], NULL, NULL);
        assert_non_null(mdl[i]);
        for (ULONG b = 0; b < lengths[i]; b++) {
            data[i][b] = next++;
        }
        if (i > 0) {
            mdl[i - 1]->Next = mdl[i];
        }
    }
    return mdl[0];
}

static void test_seek_skips_empty_mdls(void **state)
{
    static const ULONG lengths[] = {0, 10, 0, 0, 5};
    PMDL c = chain(lengths, 5);
    PMDL found;
    ULONG offset;

    (void)state;
    assert_true(dd_nb_seek(c, 0, &found, &offset));
    assert_ptr_equal(found, mdl[1]);
    assert_true(dd_nb_seek(c, 10, &found, &offset));
    assert_ptr_equal(found, mdl[4]);
    assert_int_equal(offset, 0);
    assert_true(dd_nb_seek(c, 14, &found, &offset));
    assert_int_equal(offset, 4);
    assert_false(dd_nb_seek(c, 15, &found, &offset));
    assert_false(dd_nb_seek(NULL, 0, &found, &offset));
}

static void test_window_checks(void **state)
{
    static const ULONG lengths[] = {10, 20};
    NET_BUFFER nb = {0};

    (void)state;
    assert_true(dd_nb_window_ok(&nb));
    dd_nb_set(&nb, chain(lengths, 2), 12, 18);
    assert_ptr_equal(nb.CurrentMdl, mdl[1]);
    assert_int_equal(nb.CurrentMdlOffset, 2);
    assert_true(dd_nb_window_ok(&nb));
    nb.DataLength = 19;
    assert_false(dd_nb_window_ok(&nb));
    nb.DataLength = 18;
    nb.CurrentMdl = mdl[0];
    assert_false(dd_nb_window_ok(&nb));
    nb.CurrentMdl = NULL;
    assert_false(dd_nb_window_ok(&nb));
    dd_nb_set(&nb, mdl[0], 30, 0);
    assert_true(dd_nb_window_ok(&nb));
    /* a ring has no end */
    dd_nb_set(&nb, mdl[0], 0, 30);
    mdl[1]->Next = mdl[0];
    nb.stDataLength = 1u << 30;
    assert_false(dd_nb_window_ok(&nb));
    mdl[1]->Next = NULL;
}

static void test_advance_and_retreat_move_the_window(void **state)
{
    static const ULONG lengths[] = {10, 20};
    NET_BUFFER nb = {0};

    (void)state;
    dd_nb_set(&nb, chain(lengths, 2), 0, 30);
    NdisAdvanceNetBufferDataStart(&nb, 14, FALSE, NULL);
    assert_int_equal(nb.DataOffset, 14);
    assert_int_equal(nb.DataLength, 16);
    assert_ptr_equal(nb.CurrentMdl, mdl[1]);
    assert_int_equal(nb.CurrentMdlOffset, 4);
    assert_int_equal(NdisRetreatNetBufferDataStart(&nb, 14, 0, NULL), NDIS_STATUS_SUCCESS);
    assert_int_equal(nb.DataOffset, 0);
    assert_ptr_equal(nb.CurrentMdl, mdl[0]);
    NdisAdvanceNetBufferDataStart(&nb, 31, FALSE, NULL);
    assert_int_equal(events_bad("beyond the end"), 1);
    assert_int_equal(nb.DataLength, 0);
}

static void test_retreat_without_room_puts_an_mdl_in_front(void **state)
{
    static const ULONG lengths[] = {20};
    NET_BUFFER nb = {0};
    PMDL front;

    (void)state;
    dd_nb_set(&nb, chain(lengths, 1), 4, 16);
    assert_int_equal(NdisRetreatNetBufferDataStart(&nb, 14, 6, NULL), NDIS_STATUS_SUCCESS);
    front = nb.MdlChain;
    assert_true(front != mdl[0]);
    assert_ptr_equal(front->Next, mdl[0]);
    assert_int_equal(front->ByteCount, 16);
    assert_int_equal(nb.DataOffset, 6);
    assert_int_equal(nb.DataLength, 30);
    assert_true(dd_nb_window_ok(&nb));
    NdisAdvanceNetBufferDataStart(&nb, 14, TRUE, NULL);
    assert_ptr_equal(nb.MdlChain, mdl[0]);
    assert_int_equal(nb.DataOffset, 4);
    assert_int_equal(nb.DataLength, 16);
    events_fail_at(DD_FAIL_POOL, 1);
    assert_int_equal(NdisRetreatNetBufferDataStart(&nb, 14, 0, NULL), NDIS_STATUS_RESOURCES);
    assert_int_equal(nb.DataLength, 16);
}

static UCHAR own_data[64];
static PMDL own_mdl;

static PMDL own_allocate(PULONG size)
{
    assert_true(*size <= sizeof(own_data));
    *size = sizeof(own_data);
    own_mdl = dd_mdl_new(own_data, sizeof(own_data), NULL, NULL);
    return own_mdl;
}

static void own_free(PMDL freed)
{
    assert_ptr_equal(freed, own_mdl);
    dd_mdl_free(freed, NULL);
    own_mdl = NULL;
}

static void test_retreat_with_handlers_of_the_driver(void **state)
{
    static const ULONG lengths[] = {20};
    NET_BUFFER nb = {0};

    (void)state;
    dd_nb_set(&nb, chain(lengths, 1), 0, 20);
    assert_int_equal(NdisRetreatNetBufferDataStart(&nb, 10, 0, own_allocate), NDIS_STATUS_SUCCESS);
    assert_ptr_equal(nb.MdlChain, own_mdl);
    assert_int_equal(nb.DataOffset, 54);
    NdisAdvanceNetBufferDataStart(&nb, 10, TRUE, own_free);
    assert_null(own_mdl);
    assert_ptr_equal(nb.MdlChain, mdl[0]);
}

static void test_data_buffer_in_place_or_copied(void **state)
{
    static const ULONG lengths[] = {10, 20};
    UCHAR storage[30];
    NET_BUFFER nb = {0};

    (void)state;
    dd_nb_set(&nb, chain(lengths, 2), 2, 28);
    assert_ptr_equal(NdisGetDataBuffer(&nb, 8, NULL, 1, 0), data[0] + 2);
    assert_null(NdisGetDataBuffer(&nb, 9, NULL, 1, 0));
    assert_ptr_equal(NdisGetDataBuffer(&nb, 9, storage, 1, 0), storage);
    for (unsigned i = 0; i < 9; i++) {
        assert_int_equal(storage[i], i + 2);
    }
    assert_null(NdisGetDataBuffer(&nb, 29, storage, 1, 0));
    assert_null(NdisGetDataBuffer(&nb, 0, storage, 1, 0));
    /* pool memory is 16-byte aligned, so the data are 2 beyond */
    assert_ptr_equal(NdisGetDataBuffer(&nb, 8, NULL, 4, 2), data[0] + 2);
    assert_null(NdisGetDataBuffer(&nb, 8, NULL, 4, 0));
    assert_ptr_equal(NdisGetDataBuffer(&nb, 8, storage, 4, 0), storage);
    events_fail_at(DD_FAIL_MDL_MAP, 1);
    assert_null(NdisGetDataBuffer(&nb, 8, storage, 1, 0));
}

static void test_copy_between_net_buffers(void **state)
{
    static const ULONG lengths[] = {10, 20, 700, 700};
    NET_BUFFER from = {0}, to = {0};
    ULONG copied = 1;

    (void)state;
    (void)chain(lengths, 4);
    mdl[1]->Next = NULL;
    mdl[2]->Next = mdl[3];
    dd_nb_set(&from, mdl[2], 100, 1300);
    dd_nb_set(&to, mdl[0], 1, 29);
    assert_int_equal(NdisCopyFromNetBufferToNetBuffer(&to, 3, 20, &from, 500, &copied),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(copied, 20);
    assert_int_equal(data[0][4], (UCHAR)(30 + 600));
    assert_int_equal(data[1][13], (UCHAR)(30 + 619));
    assert_int_equal(NdisCopyFromNetBufferToNetBuffer(&to, 20, 20, &from, 0, &copied),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(copied, 9);
    assert_int_equal(NdisCopyFromNetBufferToNetBuffer(&to, 30, 1, &from, 0, &copied),
                     NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(copied, 0);
    /* longer than one piece */
    dd_nb_set(&to, mdl[3], 0, 700);
    dd_nb_set(&from, mdl[2], 0, 700);
    assert_int_equal(NdisCopyFromNetBufferToNetBuffer(&to, 0, 700, &from, 0, &copied),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(copied, 700);
    assert_memory_equal(data[2], data[3], 700);
}

/* any shape, any offset: copying out gives the bytes that count up */
static void test_random_windows_give_the_right_bytes(void **state)
{
    ULONG lengths[MDLS_MAX];
    UCHAR out[256];
    struct dd_rng rng;

    (void)state;
    dd_rng_seed(&rng, 7, 0);
    for (unsigned round = 0; round < 200; round++) {
        ULONG total = 0;
        NET_BUFFER nb = {0};

        for (unsigned i = 0; i < MDLS_MAX; i++) {
            lengths[i] = (ULONG)dd_rng_below(&rng, 40);
            total += lengths[i];
        }
        (void)chain(lengths, MDLS_MAX);
        ULONG offset = (ULONG)dd_rng_below(&rng, total + 1);
        ULONG length = (ULONG)dd_rng_below(&rng, total - offset + 1);
        ULONG from = (ULONG)dd_rng_below(&rng, length + 1);

        dd_nb_set(&nb, mdl[0], offset, length);
        assert_true(dd_nb_window_ok(&nb));
        assert_int_equal(dd_nb_copy_out(&nb, from, out, sizeof(out)), length - from);
        for (ULONG i = 0; i < length - from; i++) {
            assert_int_equal(out[i], (UCHAR)(offset + from + i));
        }
        for (unsigned i = 0; i < used; i++) {
            dd_mdl_free(mdl[i], NULL);
            dd_pool_free(data[i], 0, NULL);
        }
        used = 0;
    }
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_seek_skips_empty_mdls),
        T(test_window_checks),
        T(test_advance_and_retreat_move_the_window),
        T(test_retreat_without_room_puts_an_mdl_in_front),
        T(test_retreat_with_handlers_of_the_driver),
        T(test_data_buffer_in_place_or_copied),
        T(test_copy_between_net_buffers),
        T(test_random_windows_give_the_right_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
