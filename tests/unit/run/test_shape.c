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

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_frame_goes_into_the_data_of_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
