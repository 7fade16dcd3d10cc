/* SPDX-License-Identifier: MIT */
/* Data that are sent again: one MDL, another frame in it. */
#include "run/shape.h"

#include "nt/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ROOM 1514u

static void test_a_frame_goes_into_the_data_of_another(void **state)
{
    const struct dd_ram_config config = {.low_bytes = 32u << 20, .seed = 1, .shuffle = true};
    struct dd_machine_config machine = {.cpus = 1, .ndis_version = 6u << 16 | 30};
    struct dd_settings settings;
    struct dd_shaped shaped;
    uint8_t frame[ROOM];
    PMDL mdl;

    (void)state;
    assert_int_equal(dd_ram_new(&config, &machine.ram), 0);
    assert_int_equal(dd_machine_start(&machine), 0);
    dd_settings_default(&settings);
    memset(frame, 1, sizeof(frame));
    assert_int_equal(dd_shape_flat(machine.ram, &settings, frame, 60, ROOM, &shaped), 0);
    mdl = shaped.chain;
    for (size_t len = 60; len <= ROOM; len += 727) { /* as long as the room, too */
        memset(frame, (int)len, len);
        mdl->Next = mdl; /* where it was kept meanwhile */
        dd_shape_again(mdl, frame, len, &shaped);
        assert_ptr_equal(shaped.chain, mdl);
        assert_null(mdl->Next);
        assert_int_equal(shaped.data_offset, 0);
        assert_int_equal(shaped.data_bytes, len);
        assert_int_equal(MmGetMdlByteCount(mdl), len);
        assert_memory_equal(MmGetMdlVirtualAddress(mdl), frame, len);
    }
    dd_shape_free(machine.ram, mdl);
    assert_int_equal(dd_ram_live_bytes(machine.ram), 0);
    dd_machine_stop();
    dd_ram_free(machine.ram);
}

/* --- flat frames at the end of a page --- */

static struct dd_ram *ram;

static int machine_setup(void **state)
{
    const struct dd_ram_config config = {.low_bytes = 32u << 20, .seed = 1, .shuffle = true};
    struct dd_machine_config machine = {.cpus = 1, .ndis_version = 6u << 16 | 30};

    (void)state;
    if (dd_ram_new(&config, &ram) < 0) {
        return -1;
    }
    machine.ram = ram;
    return dd_machine_start(&machine);
}

static int machine_teardown(void **state)
{
    (void)state;
    dd_machine_stop();
    dd_ram_free(ram);
    return 0;
}

/* flat frames of @len bytes; how many cross a page, and where the last of them lies in it */
static unsigned flat_frames(uint64_t seed, size_t len, unsigned count, uint64_t *ret_places)
{
    struct dd_settings settings;
    uint8_t frame[2 * 4096];
    unsigned crossing = 0;
    struct dd_rng rng;

    dd_settings_default(&settings);
    settings.mdl = DD_MDL_FLAT;
    dd_rng_seed(&rng, seed, 0);
    *ret_places = 0;
    for (unsigned i = 0; i < count; i++) {
        struct dd_shaped shaped;
        PMDL mdl;

        for (size_t k = 0; k < len; k++) {
            frame[k] = (uint8_t)(i + k * 7);
        }
        assert_int_equal(dd_shape_frame(ram, &settings, &rng, frame, len, &shaped), 0);
        mdl = shaped.chain;
        assert_null(mdl->Next);
        assert_int_equal(shaped.data_offset, 0);
        assert_int_equal(shaped.data_bytes, len);
        assert_int_equal(MmGetMdlByteCount(mdl), len);
        assert_memory_equal(MmGetMdlVirtualAddress(mdl), frame, len);
        if (mdl->ByteOffset + len > 4096) {
            crossing++;
            *ret_places = *ret_places * 4099 + mdl->ByteOffset;
        }
        dd_shape_free(ram, mdl);
        assert_int_equal(dd_ram_live_bytes(ram), 0);
    }
    return crossing;
}

static void test_some_flat_frames_cross_the_end_of_a_page(void **state)
{
    static const size_t lengths[] = {2, 60, 1514, 4095};
    uint64_t places;

    (void)state;
    for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        unsigned crossing = flat_frames(7, lengths[i], 400, &places);

        assert_in_range(crossing, 60, 140); /* one of four */
    }
    assert_int_equal(flat_frames(7, 1, 400, &places), 0);    /* nothing to cross it with */
    assert_int_equal(flat_frames(7, 4097, 40, &places), 40); /* it does anyway */
    assert_int_equal(flat_frames(7, 0, 40, &places), 0);
}

static void test_which_flat_frames_cross_is_the_seeds(void **state)
{
    uint64_t first, again, other;

    (void)state;
    assert_int_equal(flat_frames(3, 1514, 50, &first), flat_frames(3, 1514, 50, &again));
    assert_int_equal(first, again);
    (void)flat_frames(4, 1514, 50, &other);
    assert_int_not_equal(first, other);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_frame_goes_into_the_data_of_another),
        cmocka_unit_test_setup_teardown(test_some_flat_frames_cross_the_end_of_a_page,
                                        machine_setup, machine_teardown),
        cmocka_unit_test_setup_teardown(test_which_flat_frames_cross_is_the_seeds, machine_setup,
                                        machine_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
