/* SPDX-License-Identifier: MIT */
/*
 * Every network card that the QEMU found here offers: it opens, shows its ids and BARs, tells its
 * address where we know where that is written, goes and comes back, closes.
 */
#include "base/check.h"
#include "base/clock.h"
#include "base/thread.h"
#include "dev/qemu/kinds.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t mac[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

struct rig {
    struct dd_ram *ram;
    struct dd_domain *domain;
    struct dd_dev_host host;
    struct dd_dev *dev;
    _Atomic(unsigned) interrupts, sent, ready, gone;
    atomic_bool line;
    char why[512];
};

static void on_kick(void *arg)
{
    (void)arg;
}

static void on_interrupt(void *arg, unsigned vector, bool level)
{
    struct rig *r = arg;

    (void)vector;
    atomic_fetch_add(&r->interrupts, level);
    atomic_store(&r->line, level);
}

static void on_transmit(void *arg, const void *frame, size_t len_bytes)
{
    (void)frame;
    (void)len_bytes;
    atomic_fetch_add(&((struct rig *)arg)->sent, 1);
}

static void on_ready(void *arg)
{
    atomic_fetch_add(&((struct rig *)arg)->ready, 1);
}

static uint64_t on_now(void *arg)
{
    (void)arg;
    return dd_clock_ns();
}

static void on_gone(void *arg, const char *why)
{
    (void)why;
    atomic_fetch_add(&((struct rig *)arg)->gone, 1);
}

static int try_open(struct rig *r, const char *spec, enum dd_domain_mode mode)
{
    static const struct dd_ram_config ram = {.low_bytes = 32u << 20, .seed = 1, .shuffle = true};
    const struct dd_dev_kind *kind = dd_qemu_kind(spec);
    struct dd_dev_options options = {.spec = spec, .seed = 1};

    memset(r, 0, sizeof(*r));
    options.why = r->why;
    options.why_bytes = sizeof(r->why);
    assert_non_null(kind);
    assert_null(kind->unavailable());
    assert_int_equal(dd_ram_new(&ram, &r->ram), 0);
    assert_int_equal(dd_domain_new(r->ram, mode, 64, &r->domain), 0);
    r->host = (struct dd_dev_host){.arg = r,
                                   .domain = r->domain,
                                   .ram = r->ram,
                                   .kick = on_kick,
                                   .interrupt = on_interrupt,
                                   .transmit = on_transmit,
                                   .receive_ready = on_ready,
                                   .now_ns = on_now,
                                   .gone = on_gone};
    return kind->open(&options, &r->host, &r->dev);
}

static void open_rig(struct rig *r, const char *spec, enum dd_domain_mode mode)
{
    int e = try_open(r, spec, mode);

    if (e < 0) {
        fail_msg("%s does not open: %s", spec, r->why[0] ? r->why : strerror(-e));
    }
}

static void close_rig(struct rig *r)
{
    if (r->dev) {
        r->dev->ops->close(r->dev);
    }
    assert_int_equal(atomic_load(&r->gone), 0); /* closing is no death */
    assert_int_equal(dd_domain_live(r->domain), 0);
    dd_domain_free(r->domain);
    assert_int_equal(dd_ram_live_bytes(r->ram), 0);
    dd_ram_free(r->ram);
}

static uint32_t config(struct rig *r, unsigned offset, unsigned width)
{
    return r->dev->ops->config_read(r->dev, offset, width);
}

static void enable(struct rig *r)
{
    r->dev->ops->config_write(r->dev, 4, 2, 7);
}

static uint64_t get(struct rig *r, unsigned bar, uint64_t offset, unsigned width)
{
    return r->dev->ops->bar_read(r->dev, bar, offset, width);
}

static void put(struct rig *r, unsigned bar, uint64_t offset, unsigned width, uint64_t value)
{
    r->dev->ops->bar_write(r->dev, bar, offset, width, value);
}

/* --- every model --- */

static void check_ids_and_bars(struct rig *r, const char *spec)
{
    const struct dd_dev_info *info = &r->dev->info;
    unsigned bars = 0;

    assert_string_equal(info->name, spec);
    assert_int_equal(config(r, 0, 2), info->vendor_id);
    assert_int_equal(config(r, 2, 2), info->device_id);
    assert_true(info->vendor_id != 0xffff && info->vendor_id != 0);
    assert_int_equal(config(r, 11, 1), 2); /* class: network */
    assert_int_equal(config(r, 4, 2) & 7, 0);
    for (unsigned i = 0; i < 6; i++) {
        const struct dd_bar *b = &info->bars[i];

        if (b->size_bytes != 0) {
            assert_int_equal(config(r, 0x10 + 4 * i, 4) & (b->io ? ~3u : ~15u), b->base);
            assert_int_equal(b->base & (b->size_bytes - 1), 0);
            bars++;
        }
    }
    assert_true(bars > 0);
    assert_memory_equal(info->mac, mac, 6);
}

static void every_model_opens(void **state)
{
    const struct dd_dev_kind *k;
    unsigned n = 0;

    (void)state;
    for (; (k = dd_qemu_kind_at(n)) != NULL; n++) {
        struct rig r;

        assert_ptr_equal(dd_qemu_kind(k->spec), k);
        assert_non_null(strstr(k->what, "QEMU "));
        open_rig(&r, k->spec, DD_DOMAIN_OFF);
        check_ids_and_bars(&r, k->spec);
        close_rig(&r);
    }
    assert_true(n >= 10);
}

static void unknown_models_are_no_kinds(void **state)
{
    (void)state;
    assert_null(dd_qemu_kind("qemu:"));
    assert_null(dd_qemu_kind("qemu:e1000ee"));
    assert_null(dd_qemu_kind("qemu:rocker"));
    assert_null(dd_qemu_kind("qemu:e1000e,id=x"));
    assert_null(dd_qemu_kind("soft:e1000e"));
    assert_null(dd_qemu_kind_at(1000));
    assert_ptr_equal(dd_qemu_kind("qemu:e1000-82540em"), dd_qemu_kind("qemu:e1000"));
}

/* --- where the address is written --- */

static void expect_mac(const uint8_t *found)
{
    assert_memory_equal(found, mac, 6);
}

static void addresses_are_read_from_the_cards(void **state)
{
    static const struct {
        const char *spec;
        unsigned bar, offset, high; /* @high: from the first four bytes to the others */
    } where[] = {{"qemu:e1000", 0, 0x5400, 4},
                 {"qemu:e1000e", 0, 0x5400, 4},
                 {"qemu:rtl8139", 0, 0, 4},
                 {"qemu:pcnet", 0, 0, 4},
                 {"qemu:vmxnet3", 1, 0x28, 8}};

    (void)state;
    for (unsigned i = 0; i < DD_ARRAY_LEN(where); i++) {
        uint8_t found[6];
        struct rig r;

        open_rig(&r, where[i].spec, i % 2 ? DD_DOMAIN_STRICT : DD_DOMAIN_OFF);
        assert_int_equal(get(&r, where[i].bar, 0x10000000, 4), 0xffffffff);
        enable(&r);
        for (unsigned k = 0; k < 6; k++) {
            /* 32-bit registers, but for cards of bytes */
            bool bytes = r.dev->info.bars[where[i].bar].io;
            unsigned at = where[i].offset + (bytes ? k : k / 4 * where[i].high);
            uint64_t v = get(&r, where[i].bar, at, bytes ? 1 : 4);

            found[k] = (uint8_t)(bytes ? v : v >> (8 * (k & 3u)));
        }
        expect_mac(found);
        close_rig(&r);
    }
}

/* --- life --- */

#define CTRL   0x00u
#define ICS    0xc8u
#define ICR    0xc0u
#define IMS    0xd0u
#define IMC    0xd8u
#define STATUS 0x08u

static void wait_until(struct rig *r, unsigned interrupts)
{
    uint64_t deadline = dd_clock_ns() + 5 * DD_NS_PER_S;

    while (atomic_load(&r->interrupts) < interrupts && dd_clock_ns() < deadline) {
        dd_thread_sleep_until(dd_clock_ns() + DD_NS_PER_MS / 2);
    }
    assert_true(atomic_load(&r->interrupts) >= interrupts);
}

static void the_line_follows_the_causes(void **state)
{
    static const char *const specs[] = {"qemu:e1000e", "qemu:e1000"};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct rig r;

        open_rig(&r, specs[i], DD_DOMAIN_OFF);
        enable(&r);
        r.dev->ops->set_irq_mode(r.dev, DD_IRQ_LINE, 1);
        put(&r, 0, IMS, 4, 4);
        put(&r, 0, ICS, 4, 4);
        wait_until(&r, 1);
        assert_true(atomic_load(&r.line));
        put(&r, 0, IMC, 4, 4); /* the reply of the read comes behind the change of the line */
        (void)get(&r, 0, STATUS, 4);
        assert_false(atomic_load(&r.line));
        /* the model of the 82540EM keeps its line down for 128 us after it was raised */
        dd_thread_sleep_until(dd_clock_ns() + DD_NS_PER_MS);
        put(&r, 0, IMS, 4, 4);
        (void)get(&r, 0, STATUS, 4);
        assert_true(atomic_load(&r.line));
        assert_int_equal(get(&r, 0, ICR, 4) & 4, 4);
        assert_false(atomic_load(&r.line));
        close_rig(&r);
    }
}

static void msi_arrives_through_the_doorbell(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct rig r;

        open_rig(&r, "qemu:e1000e", i ? DD_DOMAIN_STRICT : DD_DOMAIN_OFF);
        enable(&r);
        assert_int_equal(r.dev->info.msi_vectors, 1);
        assert_int_equal(r.dev->info.msix_vectors, 5);
        r.dev->ops->config_write(r.dev, 0xd0 + 4, 4, 0xfee00000);
        r.dev->ops->config_write(r.dev, 0xd0 + 12, 2, 0x91);
        r.dev->ops->config_write(r.dev, 0xd0 + 2, 2, 1);
        r.dev->ops->set_irq_mode(r.dev, DD_IRQ_MSI, 1);
        put(&r, 0, IMS, 4, 4);
        put(&r, 0, ICS, 4, 4);
        wait_until(&r, 1);
        assert_int_equal(config(&r, 0xd0 + 4, 4), 0xfee00000);
        put(&r, 0, IMC, 4, 0xffffffff);
        close_rig(&r);
    }
}

static void pull(struct rig *r)
{
    const uint8_t frame[60] = {0};

    r->dev->ops->remove(r->dev);
    r->dev->ops->remove(r->dev);
    assert_int_equal(get(r, 0, STATUS, 4), 0xffffffff);
    assert_int_equal(config(r, 0, 4), 0xffffffff);
    assert_int_equal(r->dev->ops->receive(r->dev, frame, sizeof(frame)), -ENODEV);
}

static void gone_reads_ones_and_comes_back(void **state)
{
    static const enum dd_domain_mode modes[] = {DD_DOMAIN_OFF, DD_DOMAIN_STRICT, DD_DOMAIN_LAZY};
    static const char *const specs[] = {"qemu:e1000e", "qemu:e1000"};

    (void)state;
    for (unsigned i = 0; i < DD_ARRAY_LEN(modes) * 2; i++) {
        uint64_t status;
        struct rig r;

        open_rig(&r, specs[i % 2], modes[i / 2]);
        enable(&r);
        status = get(&r, 0, STATUS, 4);
        assert_int_equal(status & 0x83, 0x83); /* full duplex, link, 1000 Mbit/s */
        for (unsigned n = 0; n < 2; n++) {
            put(&r, 0, 0x5200, 4, 0x12345678);
            pull(&r);
            assert_int_equal(r.dev->ops->insert(r.dev), 0);
            assert_int_equal(config(&r, 4, 2) & 7, 0); /* as at power on */
            check_ids_and_bars(&r, specs[i % 2]);
            enable(&r);
            assert_int_equal(get(&r, 0, STATUS, 4), status);
            assert_int_equal(get(&r, 0, 0x5200, 4), 0);
        }
        put(&r, 0, 0x5200, 4, 0x12345678);
        r.dev->ops->reset(r.dev);
        enable(&r);
        assert_int_equal(get(&r, 0, 0x5200, 4), 0);
        close_rig(&r);
    }
}

static void the_pin_goes_with_the_card(void **state)
{
    struct rig r;

    (void)state;
    open_rig(&r, "qemu:e1000e", DD_DOMAIN_STRICT);
    for (unsigned n = 0; n < 3; n++) {
        enable(&r);
        r.dev->ops->set_irq_mode(r.dev, DD_IRQ_LINE, 1);
        (void)get(&r, 0, STATUS, 4);
        assert_false(atomic_load(&r.line));
        put(&r, 0, IMS, 4, 4);
        put(&r, 0, ICS, 4, 4);
        (void)get(&r, 0, STATUS, 4);
        assert_true(atomic_load(&r.line));
        pull(&r);
        assert_false(atomic_load(&r.line));
        assert_int_equal(r.dev->ops->insert(r.dev), 0);
    }
    close_rig(&r);
}

static void a_frozen_card_can_be_exchanged(void **state)
{
    struct rig r;

    (void)state;
    open_rig(&r, "qemu:e1000e", DD_DOMAIN_STRICT);
    enable(&r);
    r.dev->ops->freeze(r.dev, true);
    pull(&r);
    r.dev->ops->freeze(r.dev, false); /* the next one runs */
    r.dev->ops->set_link(r.dev, false);
    assert_int_equal(r.dev->ops->insert(r.dev), 0);
    enable(&r);
    for (unsigned up = 0; up < 2; up++) {
        r.dev->ops->set_link(r.dev, up != 0);
        for (unsigned i = 0; i < 2000 && (get(&r, 0, STATUS, 4) & 2) != 2 * up; i++) {
            dd_thread_sleep_until(dd_clock_ns() + DD_NS_PER_MS);
        }
        assert_int_equal(get(&r, 0, STATUS, 4) & 2, 2 * up);
    }
    close_rig(&r);
}

static void the_cable_moves_the_link(void **state)
{
    const uint8_t frame[60] = {0};
    struct rig r;

    (void)state;
    open_rig(&r, "qemu:e1000e", DD_DOMAIN_OFF);
    enable(&r);
    r.dev->ops->set_link(r.dev, false);
    assert_int_equal(get(&r, 0, STATUS, 4) & 2, 0);
    assert_int_equal(r.dev->ops->receive(r.dev, frame, sizeof(frame)), -ENETDOWN);
    r.dev->ops->set_link(r.dev, true);
    for (unsigned i = 0; i < 2000 && (get(&r, 0, STATUS, 4) & 2) == 0; i++) {
        dd_thread_sleep_until(dd_clock_ns() + DD_NS_PER_MS);
    }
    assert_int_equal(get(&r, 0, STATUS, 4) & 2, 2);
    close_rig(&r);
}

static void frames_wait_for_a_card_that_does_not_receive(void **state)
{
    const uint8_t frame[1500] = {0};
    unsigned taken = 0;
    struct rig r;

    (void)state;
    open_rig(&r, "qemu:e1000e", DD_DOMAIN_OFF);
    enable(&r);
    while (r.dev->ops->receive(r.dev, frame, sizeof(frame)) == 0 && taken < 1000) {
        taken++;
    }
    assert_in_range(taken, 5, 200);
    assert_true(r.dev->ops->waiting(r.dev) > 0);
    close_rig(&r);
}

static void a_frozen_card_keeps_its_registers(void **state)
{
    struct rig r;

    (void)state;
    open_rig(&r, "qemu:e1000e", DD_DOMAIN_OFF);
    enable(&r);
    r.dev->ops->freeze(r.dev, true);
    assert_int_equal(get(&r, 0, STATUS, 4), 0x80283);
    r.dev->ops->freeze(r.dev, false);
    close_rig(&r);
}

static void too_much_ram_is_one_clear_line(void **state)
{
    static const struct dd_ram_config ram = {.low_bytes = 3ull << 30, .seed = 1};
    struct dd_dev_options options = {.spec = "qemu:e1000e"};
    struct rig r = {.why = ""};

    (void)state;
    options.why = r.why;
    options.why_bytes = sizeof(r.why);
    assert_int_equal(dd_ram_new(&ram, &r.ram), 0);
    assert_int_equal(dd_domain_new(r.ram, DD_DOMAIN_OFF, 64, &r.domain), 0);
    r.host = (struct dd_dev_host){.arg = &r, .domain = r.domain, .ram = r.ram, .gone = on_gone};
    assert_int_equal(dd_qemu_kind("qemu:e1000e")->open(&options, &r.host, &r.dev), -EINVAL);
    assert_non_null(strstr(r.why, "set ram lower"));
    assert_null(r.dev);
    close_rig(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_model_opens),
        cmocka_unit_test(unknown_models_are_no_kinds),
        cmocka_unit_test(addresses_are_read_from_the_cards),
        cmocka_unit_test(the_line_follows_the_causes),
        cmocka_unit_test(msi_arrives_through_the_doorbell),
        cmocka_unit_test(gone_reads_ones_and_comes_back),
        cmocka_unit_test(the_pin_goes_with_the_card),
        cmocka_unit_test(a_frozen_card_can_be_exchanged),
        cmocka_unit_test(the_cable_moves_the_link),
        cmocka_unit_test(frames_wait_for_a_card_that_does_not_receive),
        cmocka_unit_test(a_frozen_card_keeps_its_registers),
        cmocka_unit_test(too_much_ram_is_one_clear_line),
    };
    const struct dd_dev_kind *first = dd_qemu_kind_at(0);

    if (first->unavailable()) {
        printf("skipped: %s\n", first->unavailable());
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
