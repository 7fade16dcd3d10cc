/* SPDX-License-Identifier: MIT */
/* The far end of the cable: nothing is lost or reordered, whatever the device says to a frame. */
#include "base/check.h"
#include "base/clock.h"
#include "base/thread.h"
#include "wire/wire.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MOST 2000u

/* a device that takes a frame now and then */
struct device {
    struct dd_wire *wire;
    struct dd_mutex lock;
    unsigned every; /* 0: takes all; n: says -EAGAIN to each nth call */
    unsigned calls;
    int refusal; /* instead of taking: -ENETDOWN ... */
    unsigned count;
    uint16_t numbers[MOST];
    size_t lengths[MOST];
};

static int deliver(void *arg, const void *frame, size_t len)
{
    struct device *d = arg;
    const uint8_t *f = frame;
    int r = d->refusal;

    dd_mutex_lock(&d->lock);
    if (d->every && ++d->calls % d->every == 0) {
        r = -EAGAIN;
    } else if (r == 0 && d->count < MOST) {
        d->numbers[d->count] = (uint16_t)(f[14] | f[15] << 8);
        d->lengths[d->count++] = len;
    }
    dd_mutex_unlock(&d->lock);
    return r;
}

static struct dd_wire *wire_new(struct device *d, struct dd_wire_config config)
{
    dd_mutex_init(&d->lock);
    config.deliver = deliver;
    config.arg = d;
    assert_int_equal(dd_wire_new(&config, &d->wire), 0);
    return d->wire;
}

static unsigned taken(struct device *d)
{
    unsigned n;

    dd_mutex_lock(&d->lock);
    n = d->count;
    dd_mutex_unlock(&d->lock);
    return n;
}

/* poked now and then, as a device does that gets buffers */
static void wait_for(struct device *d, unsigned count)
{
    uint64_t deadline = dd_clock_ns() + 10 * DD_NS_PER_S;

    while (taken(d) < count && dd_clock_ns() < deadline) {
        dd_wire_ready(d->wire);
        dd_thread_sleep_until(dd_clock_ns() + DD_NS_PER_MS / 10);
    }
    assert_int_equal(taken(d), count);
}

static void transmit(struct dd_wire *w, unsigned number, size_t len)
{
    uint8_t frame[1600] = {0};

    frame[14] = (uint8_t)number;
    frame[15] = (uint8_t)(number >> 8);
    dd_wire_transmit(w, frame, len);
}

static void test_echo_keeps_order_when_the_device_is_full(void **state)
{
    struct device d = {.every = 3};
    struct dd_wire *w = wire_new(&d, (struct dd_wire_config){.kind = DD_WIRE_ECHO});
    struct dd_wire_stats s;

    (void)state;
    dd_wire_start(w);
    for (unsigned i = 0; i < 1000; i++) {
        transmit(w, i, 60 + i % 1000);
    }
    wait_for(&d, 1000);
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(d.numbers[i], i);
        assert_int_equal(d.lengths[i], 60 + i % 1000);
    }
    dd_wire_get_stats(w, &s);
    assert_int_equal(s.frames_from_device, 1000);
    assert_int_equal(s.frames_to_device, 1000);
    assert_int_equal(s.waiting, 0);
    assert_int_equal(s.frames_lost, 0);
    assert_true(s.source_done);
    dd_wire_free(w);
}

static void test_short_frames_are_padded(void **state)
{
    struct device d = {0};
    struct dd_wire *w = wire_new(&d, (struct dd_wire_config){.kind = DD_WIRE_ECHO});

    (void)state;
    dd_wire_start(w);
    transmit(w, 7, 20);
    wait_for(&d, 1);
    assert_int_equal(d.lengths[0], 60);
    assert_int_equal(d.numbers[0], 7);
    dd_wire_free(w);
}

static void test_nothing_comes_before_start(void **state)
{
    struct device d = {0};
    struct dd_wire *w =
        wire_new(&d,
                 (struct dd_wire_config){.kind = DD_WIRE_GEN, .gen_count = 5, .gen_bytes = 100});
    struct dd_wire_stats s;

    (void)state;
    dd_wire_ready(w);
    dd_thread_sleep_until(dd_clock_ns() + 20 * DD_NS_PER_MS);
    assert_int_equal(taken(&d), 0);
    dd_wire_get_stats(w, &s);
    assert_false(s.source_done);
    dd_wire_start(w);
    wait_for(&d, 5);
    dd_wire_free(w);
}

static void test_the_generator_counts_its_frames(void **state)
{
    struct device d = {.every = 2};
    struct dd_wire *w =
        wire_new(&d,
                 (struct dd_wire_config){.kind = DD_WIRE_GEN, .gen_count = 300, .gen_bytes = 1514});
    struct dd_wire_stats s;

    (void)state;
    dd_wire_start(w);
    wait_for(&d, 300);
    for (unsigned i = 0; i < 300; i++) {
        assert_int_equal(d.numbers[i], i);
        assert_int_equal(d.lengths[i], 1514);
    }
    do {
        dd_wire_ready(w);
        dd_wire_get_stats(w, &s);
    } while (!s.source_done);
    assert_int_equal(s.bytes_to_device, 300 * 1514);
    dd_wire_free(w);
}

static void test_a_capture_is_brought(void **state)
{
    uint8_t bytes[3][64] = {{0}};
    struct dd_frame frames[3];
    const struct dd_pcap capture = {.frames = frames, .count = 3};
    struct device d = {0};
    struct dd_wire *w;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        bytes[i][14] = (uint8_t)(i + 10);
        frames[i] = (struct dd_frame){.bytes = bytes[i], .len_bytes = 64};
    }
    w = wire_new(&d, (struct dd_wire_config){.kind = DD_WIRE_PCAP, .capture = &capture});
    dd_wire_start(w);
    wait_for(&d, 3);
    assert_int_equal(d.numbers[0], 10);
    assert_int_equal(d.numbers[2], 12);
    dd_wire_free(w);
}

static void test_frames_that_are_refused_are_lost_and_counted(void **state)
{
    struct device d = {.refusal = -ENETDOWN};
    struct dd_wire *w =
        wire_new(&d,
                 (struct dd_wire_config){.kind = DD_WIRE_GEN, .gen_count = 20, .gen_bytes = 60});
    struct dd_wire_stats s;

    (void)state;
    dd_wire_start(w);
    do {
        dd_wire_get_stats(w, &s);
    } while (s.frames_lost < 20);
    assert_int_equal(s.frames_to_device, 0);
    dd_wire_free(w);
}

static void test_a_wire_can_be_taken_down_with_frames_waiting(void **state)
{
    struct device d = {.every = 1};
    struct dd_wire *w = wire_new(&d, (struct dd_wire_config){.kind = DD_WIRE_ECHO});
    struct dd_wire_stats s;

    (void)state;
    dd_wire_start(w);
    for (unsigned i = 0; i < 100; i++) {
        transmit(w, i, 100);
    }
    dd_wire_get_stats(w, &s);
    assert_int_equal(s.waiting, 100);
    dd_wire_free(w);
}

static void test_the_sink_takes_and_records(void **state)
{
    FILE *f = tmpfile();
    struct dd_pcap_writer *record;
    struct device d = {0};
    struct dd_wire_stats s;
    struct dd_wire *w;

    (void)state;
    assert_int_equal(dd_pcap_writer_new(fileno(f), &record), 0);
    w = wire_new(&d, (struct dd_wire_config){.kind = DD_WIRE_SINK, .record = record});
    dd_wire_start(w);
    transmit(w, 1, 30);
    transmit(w, 2, 100);
    dd_wire_get_stats(w, &s);
    assert_int_equal(s.frames_from_device, 2);
    assert_int_equal(s.bytes_from_device, 160);
    assert_int_equal(dd_wire_error(w), 0);
    assert_int_equal(lseek(fileno(f), 0, SEEK_END), 24 + 16 + 60 + 16 + 100);
    assert_int_equal(taken(&d), 0);
    dd_wire_free(w);
    dd_pcap_writer_free(record);
    fclose(f);
}

static void test_faults_towards_the_device(void **state)
{
    struct device d = {.every = 7};
    struct dd_wire_config config = {.kind = DD_WIRE_GEN, .gen_count = 100, .gen_bytes = 60};
    struct dd_wire *w = wire_new(&d, config);
    struct dd_wire_stats s;

    (void)state;
    dd_wire_fault(w, false, DD_FAULT_DROP, 10);
    dd_wire_fault(w, false, DD_FAULT_DUPLICATE, 5);
    dd_wire_fault(w, false, DD_FAULT_REORDER, 1);
    dd_wire_fault(w, false, DD_FAULT_DELAY, 2 * DD_NS_PER_MS);
    dd_wire_start(w);
    wait_for(&d, 95);
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(d.numbers[i], 10 + i / 2);
    }
    assert_int_equal(d.numbers[10], 16); /* 15 waited for it */
    assert_int_equal(d.numbers[11], 15);
    for (unsigned i = 12; i < 95; i++) {
        assert_int_equal(d.numbers[i], i + 5);
    }
    dd_wire_get_stats(w, &s);
    assert_int_equal(s.frames_to_device, 95);
    assert_int_equal(s.waiting, 0);
    assert_int_equal(s.faults[DD_FAULT_DROP], 10);
    assert_int_equal(s.faults[DD_FAULT_DELAY], 90);
    dd_wire_free(w);
}

static void test_faults_from_the_device(void **state)
{
    struct device d = {0};
    struct dd_wire *w = wire_new(&d, (struct dd_wire_config){.kind = DD_WIRE_ECHO});
    struct dd_wire_stats s;

    (void)state;
    dd_wire_start(w);
    dd_wire_fault(w, true, DD_FAULT_DROP, 1);
    dd_wire_fault(w, true, DD_FAULT_REORDER, 1);
    dd_wire_fault(w, true, DD_FAULT_DELAY, 2 * DD_NS_PER_MS);
    for (unsigned i = 0; i < 4; i++) {
        transmit(w, i, 60);
    }
    wait_for(&d, 3);
    assert_int_equal(d.numbers[0], 2);
    assert_int_equal(d.numbers[1], 1);
    assert_int_equal(d.numbers[2], 3);
    dd_wire_get_stats(w, &s);
    assert_int_equal(s.frames_from_device, 4);
    assert_int_equal(s.waiting, 0);
    dd_wire_free(w);
}

static void test_parsing(void **state)
{
    static const char *const bad[] = {"",           "sinks",    "pcap:",      "gen:",
                                      "gen:1",      "gen:1,13", "gen:1,9019", "gen:-1,60",
                                      "gen:1,60,1", "gen:a,b"};
    struct dd_wire_config c = {0};
    char file[64], why[256];

    (void)state;
    assert_int_equal(dd_wire_parse("sink", &c, file, sizeof(file), why, sizeof(why)), 0);
    assert_int_equal(c.kind, DD_WIRE_SINK);
    assert_int_equal(dd_wire_parse("echo", &c, file, sizeof(file), why, sizeof(why)), 0);
    assert_int_equal(c.kind, DD_WIRE_ECHO);
    assert_int_equal(dd_wire_parse("gen:10,1514", &c, file, sizeof(file), why, sizeof(why)), 0);
    assert_int_equal(c.kind, DD_WIRE_GEN);
    assert_int_equal(c.gen_count, 10);
    assert_int_equal(c.gen_bytes, 1514);
    assert_int_equal(dd_wire_parse("pcap:a.pcap", &c, file, sizeof(file), why, sizeof(why)), 0);
    assert_string_equal(file, "a.pcap");
    assert_int_equal(dd_wire_parse("tap:lab:dd0", &c, file, sizeof(file), why, sizeof(why)), 0);
    assert_int_equal(c.kind, DD_WIRE_TAP);
    assert_string_equal(file, "lab:dd0");
    assert_int_equal(dd_wire_parse("tap:", &c, file, sizeof(file), why, sizeof(why)), -EINVAL);
    assert_int_equal(dd_wire_parse("tap:a/b", &c, file, sizeof(file), why, sizeof(why)), -EINVAL);
    for (unsigned i = 0; i < DD_ARRAY_LEN(bad); i++) {
        why[0] = '\0';
        assert_int_equal(dd_wire_parse(bad[i], &c, file, sizeof(file), why, sizeof(why)), -EINVAL);
        assert_non_null(strstr(why, "wire"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_echo_keeps_order_when_the_device_is_full),
        cmocka_unit_test(test_short_frames_are_padded),
        cmocka_unit_test(test_nothing_comes_before_start),
        cmocka_unit_test(test_the_generator_counts_its_frames),
        cmocka_unit_test(test_a_capture_is_brought),
        cmocka_unit_test(test_frames_that_are_refused_are_lost_and_counted),
        cmocka_unit_test(test_a_wire_can_be_taken_down_with_frames_waiting),
        cmocka_unit_test(test_the_sink_takes_and_records),
        cmocka_unit_test(test_faults_towards_the_device),
        cmocka_unit_test(test_faults_from_the_device),
        cmocka_unit_test(test_parsing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
