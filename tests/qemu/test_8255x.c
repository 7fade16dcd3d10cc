/* SPDX-License-Identifier: MIT */
/*
 * QEMU's 8255x: its command byte is done when the write returns; and the quirk
 * i8255x-rx-status (dev/qemu/i8255x.h): a complete receive descriptor has EOF and F, and a frame
 * waits while the receive unit is not ready.
 */
#include "base/check.h"
#include "base/clock.h"
#include "base/thread.h"
#include "dev/qemu/i8255x.h"
#include "dev/qemu/kinds.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SPEC "qemu:i82557b,quirk=" DD_I8255X_QUIRK

#define STATUS   0u
#define COMMAND  2u
#define POINTER  4u
#define RU_START 1u
#define RU_BASE  6u

#define FRAME_BYTES 100u
#define DATA_BYTES  1520u
#define LAST        0x8000u
#define COMPLETE    0x8000u
#define EOF_F       0xc000u

/* a receive frame descriptor and its buffer */
struct rfd {
    uint16_t status, command;
    uint32_t link, unused;
    uint16_t count, size;
    uint8_t data[DATA_BYTES];
};

struct rig {
    struct dd_ram *ram;
    struct dd_domain *domain;
    struct dd_dev_host host;
    struct dd_dev *dev;
    _Atomic(unsigned) ready;
    char why[512];
};

static void on_kick(void *arg)
{
    (void)arg;
}

static void on_interrupt(void *arg, unsigned vector, bool level)
{
    (void)arg;
    (void)vector;
    (void)level;
}

static void on_transmit(void *arg, const void *frame, size_t len_bytes)
{
    (void)arg;
    (void)frame;
    (void)len_bytes;
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
    (void)arg;
    fail_msg("%s", why);
}

static void open_rig(struct rig *r)
{
    static const struct dd_ram_config ram = {.low_bytes = 32u << 20, .seed = 1, .shuffle = true};
    struct dd_dev_options options = {.spec = SPEC, .seed = 1};

    memset(r, 0, sizeof(*r));
    options.why = r->why;
    options.why_bytes = sizeof(r->why);
    assert_int_equal(dd_ram_new(&ram, &r->ram), 0);
    assert_int_equal(dd_domain_new(r->ram, DD_DOMAIN_OFF, 64, &r->domain), 0);
    r->host = (struct dd_dev_host){.arg = r,
                                   .domain = r->domain,
                                   .ram = r->ram,
                                   .kick = on_kick,
                                   .interrupt = on_interrupt,
                                   .transmit = on_transmit,
                                   .receive_ready = on_ready,
                                   .now_ns = on_now,
                                   .gone = on_gone};
    if (dd_qemu_kind(SPEC)->open(&options, &r->host, &r->dev) < 0) {
        fail_msg("%s does not open: %s", SPEC, r->why);
    }
    r->dev->ops->config_write(r->dev, 4, 2, 7);
}

static void close_rig(struct rig *r)
{
    r->dev->ops->close(r->dev);
    dd_domain_free(r->domain);
    assert_int_equal(dd_ram_live_bytes(r->ram), 0);
    dd_ram_free(r->ram);
}

static void put(struct rig *r, uint64_t offset, unsigned width, uint64_t value)
{
    r->dev->ops->bar_write(r->dev, 0, offset, width, value);
}

static unsigned unit_state(struct rig *r)
{
    return (unsigned)(r->dev->ops->bar_read(r->dev, 0, STATUS, 2) >> 2 & 15);
}

/* descriptors in memory the card sees in one piece; the last has EL */
static struct rfd *make_rfds(struct rig *r, unsigned n)
{
    struct rfd *rfds =
        dd_ram_alloc(r->ram, n * sizeof(*rfds), 16, DD_RAM_CONTIG | DD_RAM_ZERO, UINT32_MAX);
    uint64_t at = dd_ram_phys(r->ram, rfds).v;

    assert_non_null(rfds);
    for (unsigned i = 0; i < n; i++) {
        rfds[i].size = DATA_BYTES;
        rfds[i].link = (uint32_t)(at + (i + 1) * sizeof(*rfds));
        rfds[i].command = i + 1 == n ? LAST : 0;
    }
    return rfds;
}

static void start(struct rig *r, const struct rfd *rfds)
{
    put(r, POINTER, 4, 0);
    put(r, COMMAND, 1, RU_BASE);
    put(r, POINTER, 4, dd_ram_phys(r->ram, rfds).v);
    put(r, COMMAND, 1, RU_START);
}

static int receive(struct rig *r, uint8_t mark)
{
    uint8_t frame[FRAME_BYTES];

    memset(frame, mark, sizeof(frame));
    memset(frame, 0xff, 6);
    return r->dev->ops->receive(r->dev, frame, sizeof(frame));
}

/* the card, as its host serves it, until it takes the frame; false: never */
static bool receive_when_ready(struct rig *r, uint8_t mark)
{
    for (unsigned i = 0; i < 5000; i++) {
        int e = receive(r, mark);

        if (e != -EAGAIN) {
            return e == 0;
        }
        dd_thread_sleep_until(dd_clock_ns() + DD_NS_PER_MS);
    }
    return false;
}

/* as a driver does that looks at the status word and then at the descriptor */
static bool is_filled(struct rig *r, const struct rfd *rfd, uint8_t mark)
{
    for (unsigned i = 0; i < 5000; i++) {
        (void)unit_state(r);
        if ((*(const volatile uint16_t *)&rfd->count & EOF_F) == EOF_F) {
            return (rfd->status & COMPLETE) != 0 && (rfd->count & ~EOF_F) == FRAME_BYTES &&
                   rfd->data[FRAME_BYTES - 1] == mark;
        }
        dd_thread_sleep_until(dd_clock_ns() + DD_NS_PER_MS);
    }
    return false;
}

static void a_command_is_done_when_its_write_returns(void **state)
{
    struct rig r;
    struct rfd *rfds;

    (void)state;
    open_rig(&r);
    rfds = make_rfds(&r, 1);
    assert_int_equal(unit_state(&r), 0);
    start(&r, rfds);
    assert_true(dd_i8255x_ready(r.dev->ops->bar_read(r.dev, 0, STATUS, 2)));
    dd_ram_free_block(r.ram, rfds, NULL);
    close_rig(&r);
}

static void complete_descriptors_have_both_bits(void **state)
{
    struct rig r;
    struct rfd *rfds;

    (void)state;
    open_rig(&r);
    rfds = make_rfds(&r, 4);
    start(&r, rfds);
    for (unsigned i = 0; i < 4; i++) {
        assert_true(receive_when_ready(&r, (uint8_t)(i + 1)));
        assert_true(is_filled(&r, &rfds[i], (uint8_t)(i + 1)));
    }
    dd_ram_free_block(r.ram, rfds, NULL);
    close_rig(&r);
}

static void frames_wait_for_the_receive_unit(void **state)
{
    struct rig r;
    struct rfd *rfds, *more;

    (void)state;
    open_rig(&r);
    rfds = make_rfds(&r, 1);
    more = make_rfds(&r, 1);
    assert_int_equal(receive(&r, 1), -EAGAIN);
    (void)r.dev->ops->service(r.dev);
    assert_int_equal(atomic_load(&r.ready), 0);
    start(&r, rfds);
    (void)r.dev->ops->service(r.dev);
    assert_int_equal(atomic_load(&r.ready), 1);
    assert_int_equal(receive(&r, 2), 0);
    assert_true(is_filled(&r, &rfds[0], 2));
    /* that was the last descriptor */
    assert_int_equal(receive(&r, 3), -EAGAIN);
    (void)r.dev->ops->service(r.dev);
    assert_int_equal(atomic_load(&r.ready), 1);
    start(&r, more);
    assert_true(receive_when_ready(&r, 4));
    assert_true(is_filled(&r, &more[0], 4));
    dd_ram_free_block(r.ram, rfds, NULL);
    dd_ram_free_block(r.ram, more, NULL);
    close_rig(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_is_done_when_its_write_returns),
        cmocka_unit_test(complete_descriptors_have_both_bits),
        cmocka_unit_test(frames_wait_for_the_receive_unit),
    };
    const struct dd_dev_kind *kind = dd_qemu_kind(SPEC);

    if (!kind || kind->unavailable()) {
        printf("skipped: %s\n", kind ? kind->unavailable() : "this QEMU has no i82557b");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
