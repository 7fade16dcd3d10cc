/* SPDX-License-Identifier: MIT */
/*
 * test_sysdma GROUP sysdma.so
 *
 * Runs of the subordinate-DMA miniport on soft:isanic. Frames are compared byte for byte with what
 * was sent, on the wire and as received; what the driver found out is read from what it prints.
 */
#include "files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above before it */
#include <cmocka.h>

#include <drydock/drydock.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_BYTES 16384u

static const char *driver;
static char folder[] = "/tmp/drydock-sysdma-XXXXXX";
static char config_path[80], capture_path[80], record_path[80], received_path[80];

struct run {
    const char *config; /* lines of the configuration file */
    const char *device; /* NULL: soft:isanic */
    const char *wire;   /* NULL: echo */
    unsigned frames;
    const char *set[6];
    const char *event;
    bool all_come; /* frames are counted as received: give a slow machine the time */
    /* what came of it */
    int status;
    struct drydock_report *report;
    char text[TEXT_BYTES]; /* what the driver printed */
    size_t text_len;
};

static void keep_text(void *arg, const char *text, size_t len)
{
    struct run *r = arg;

    if (len < TEXT_BYTES - r->text_len) {
        memcpy(r->text + r->text_len, text, len);
        r->text_len += len;
        r->text[r->text_len] = '\0';
    }
}

static void run(struct run *r)
{
    struct drydock_options o = DRYDOCK_OPTIONS_INIT;
    const char *set[8] = {r->all_come ? "settle=0.4" : "settle=0.05"};
    FILE *f = fopen(config_path, "w");
    char why[512];

    assert_non_null(f);
    fprintf(f, "# made by test_sysdma\n%s", r->config ? r->config : "");
    assert_int_equal(fclose(f), 0);
    o.driver = driver;
    o.device = r->device ? r->device : "soft:isanic";
    o.config = config_path;
    o.wire = r->wire ? r->wire : "echo";
    o.record = record_path;
    o.received = received_path;
    if (r->frames > 0) {
        capture_write(capture_path, r->frames);
        o.send = capture_path;
    }
    o.set = set;
    o.set_count = 1;
    for (size_t i = 0; i < 6 && r->set[i]; i++) {
        set[o.set_count++] = r->set[i];
    }
    o.events = &r->event;
    o.event_count = r->event != NULL;
    o.driver_text = keep_text;
    o.arg = r;
    r->status = drydock_run(&o, &r->report, why, sizeof(why));
    if (r->status == DRYDOCK_COULD_NOT_RUN) {
        fail_msg("could not run: %s", why);
    }
}

static bool says(const struct run *r, const char *line)
{
    return strstr(r->text, line) != NULL;
}

static void must_say(const struct run *r, const char *line)
{
    if (!says(r, line)) {
        fail_msg("the driver did not print \"%s\" but:\n%s", line, r->text);
    }
}

/* number behind the words in what the driver printed */
static unsigned number_after(const struct run *r, const char *words)
{
    const char *at = strstr(r->text, words);

    if (!at) {
        fail_msg("the driver did not print \"%s\" but:\n%s", words, r->text);
        return 0;
    }
    return (unsigned)strtoul(at + strlen(words), NULL, 10);
}

static uint64_t number(const struct run *r, const char *path)
{
    bool found;
    uint64_t v = drydock_report_number(r->report, path, &found);

    assert_true(found);
    return v;
}

static void fine(const struct run *r)
{
    struct drydock_finding f;

    if (r->status != DRYDOCK_FINE) {
        print_error("%s\n%s\n",
                    drydock_report_finding(r->report, 0, &f) == 0
                        ? f.formatted
                        : drydock_report_summary(r->report),
                    r->text);
    }
    assert_int_equal(r->status, DRYDOCK_FINE);
    assert_int_equal(number(r, "leaks"), 0);
    assert_false(says(r, "FAILED"));
}

/* bytes of the frames, sent once and come back once, padded */
static uint64_t bytes_of(unsigned frames, bool padded)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < frames; i++) {
        size_t len = frame_bytes(i);

        sum += padded && len < 60 ? 60 : len;
    }
    return sum;
}

static void done(struct run *r)
{
    drydock_report_free(r->report);
}

/* every frame goes out and comes back */
static void echo(struct run *r)
{
    r->all_come = true;
    run(r);
    fine(r);
    capture_check(record_path, r->frames);
    capture_check(received_path, r->frames);
    assert_int_equal(number(r, "send.completed"), r->frames);
}

/* --- traffic --- */

static void test_single_mode_moves_frames(void **state)
{
    struct run r = {.frames = 300};

    (void)state;
    echo(&r);
    must_say(&r, "sysdma: 32 ports at 0x300, 1 lines, channels 3 and 5\n");
    assert_int_equal(number_after(&r, "sends direct "), 300);
    done(&r);
}

static void test_demand_mode_moves_frames(void **state)
{
    struct run r = {.frames = 1600, .config = "Mode = demand\n"};

    (void)state;
    echo(&r);
    done(&r);
}

static void test_chains_of_mdls_are_copied(void **state)
{
    struct run r = {.frames = 200, .config = "Mode = demand\n", .set = {"mdl=many"}};

    (void)state;
    echo(&r);
    assert_true(number_after(&r, " copied ") > 100);
    done(&r);
}

static void test_device_in_the_register_write_moves_frames(void **state)
{
    static const char *const latencies[] = {"device-latency=inline", "device-latency=random"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct run r = {.frames = 200, .set = {latencies[i], "receive-hold=4"}};

        echo(&r);
        done(&r);
    }
}

/* the ring is 8 KiB: it is gone round many times, and the stack keeps buffers so that the card has
 * to wait */
static void test_auto_initialize_ring_receives(void **state)
{
    static const char *const configs[] = {"Ring = 1\n", "Ring = 1\nMode = demand\n"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct run r = {.frames = 400, .config = configs[i], .set = {"receive-hold=15"}};

        echo(&r);
        assert_true(number_after(&r, "ring wraps ") > 20);
        assert_true(number_after(&r, "counter reads ") > 400);
        done(&r);
    }
}

static void test_generated_frames_come_in(void **state)
{
    struct run r = {.wire = "gen:500,1514", .config = "Mode = demand\n", .all_come = true};
    size_t longest;

    (void)state;
    run(&r);
    fine(&r);
    assert_int_equal(capture_count(received_path, &longest), 500);
    assert_int_equal(longest, 1514);
    done(&r);
}

/* --- memory --- */

/* pool memory and the stack's buffers lie above 16 MiB */
static void test_memory_out_of_reach_is_bounced(void **state)
{
    struct run r = {.frames = 200};

    (void)state;
    echo(&r);
    /* received words: each frame is rounded up to one */
    assert_true(number(&r, "dma.bounced_bytes") >= bytes_of(200, false) + bytes_of(200, true));
    assert_true(number(&r, "dma.bounced_bytes") <=
                bytes_of(200, false) + bytes_of(200, true) + 200);
    done(&r);
}

static void test_memory_above_4_gib_is_bounced(void **state)
{
    struct run r = {.frames = 100, .set = {"ram-high=64M"}};

    (void)state;
    echo(&r);
    assert_true(number(&r, "dma.bounced_bytes") >= bytes_of(100, false));
    done(&r);
}

static void test_shared_memory_is_used_as_it_is(void **state)
{
    struct run r = {.frames = 200, .config = "Memory = shared\n"};

    (void)state;
    echo(&r);
    assert_int_equal(number(&r, "dma.bounced_bytes"), 0);
    assert_true(number(&r, "dma.shared_memory_bytes_peak") > 0);
    done(&r);
}

/* a transfer that the address register would wrap in: the frames are whole all the same */
static void test_buffers_across_a_64_kib_border_are_whole(void **state)
{
    struct run r = {.frames = 300, .config = "Memory = cross\nMode = demand\n"};

    (void)state;
    echo(&r);
    assert_true(number(&r, "dma.bounced_bytes") >=
                bytes_of(300, false)); /* every long enough frame sent */
    done(&r);
}

static void test_bounce_always_moves_the_same_frames(void **state)
{
    struct run r = {.frames = 100, .config = "Memory = shared\n", .set = {"bounce=always"}};

    (void)state;
    echo(&r);
    assert_true(number(&r, "dma.bounced_bytes") >= bytes_of(100, false) + bytes_of(100, true));
    done(&r);
}

/* nothing can be moved: sends come back with an error, no frame is on the wire, nothing crashes */
static void test_bounce_never_fails_transfers_out_of_reach(void **state)
{
    struct run r = {.frames = 20, .set = {"bounce=never"}};
    size_t longest;

    (void)state;
    run(&r);
    fine(&r);
    assert_int_equal(capture_count(record_path, &longest), 0);
    assert_int_equal(number(&r, "send.failed"), 20);
    done(&r);
}

/* --- counter --- */

/* the card stops every 100 units; the driver compares the counter with what must be left */
static void test_counter_is_exact_in_mid_transfer(void **state)
{
    static const char *const configs[] = {"Burst = 100\n", "Burst = 100\nMode = demand\n",
                                          "Burst = 7\nMode = demand\nMemory = shared\n"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct run r = {.frames = 40, .config = configs[i]};

        echo(&r);
        assert_true(number_after(&r, "in mid-transfer ") > 200);
        done(&r);
    }
}

static void test_counter_tells_a_ring_how_far_the_card_is(void **state)
{
    struct run r = {.frames = 300, .config = "Ring = 1\n"};

    (void)state;
    echo(&r);
    done(&r);
}

/* --- calls --- */

static void test_channel_conflicts_and_bad_descriptions(void **state)
{
    struct run r = {.frames = 5, .config = "Check = channels\n"};

    (void)state;
    echo(&r);
    must_say(&r, "sysdma: registered twice 0xc001001e\n"); /* RESOURCE_CONFLICT */
    must_say(&r, "sysdma: not assigned 0xc001001e\n");
    must_say(&r, "sysdma: wrong width 0xc0000001\n"); /* FAILURE */
    must_say(&r, "sysdma: cascade channel 0xc0000001\n");
    must_say(&r, "sysdma: channel 8 0xc0000001\n");
    done(&r);
}

static void test_busy_channel_and_bad_lengths(void **state)
{
    struct run r = {.frames = 5, .config = "Check = transfers\n"};

    (void)state;
    echo(&r);
    must_say(&r, "sysdma: no bytes 0xc000009a\n"); /* RESOURCES */
    must_say(&r, "sysdma: more than registered 0xc000009a\n");
    must_say(&r, "sysdma: set up 0x00000000\nsysdma: busy 0xc000009a\n");
    must_say(&r, "sysdma: counter 1000\nsysdma: completed 0x00000000\nsysdma: counter 0\n");
    done(&r);
}

static bool finding(const struct run *r, const char *rule, struct drydock_finding *ret_finding)
{
    for (size_t i = 0; drydock_report_finding(r->report, i, ret_finding) == 0; i++) {
        if (strcmp(ret_finding->rule, rule) == 0) {
            return true;
        }
    }
    return false;
}

static void test_bus_master_on_pci_gets_no_channel(void **state)
{
    struct run r = {.device = "soft:e1000e", .config = "Check = pci\n"};
    struct drydock_finding f;

    (void)state;
    run(&r);
    must_say(&r, "sysdma: PCI bus master 0xc0000001\n");
    assert_true(finding(&r, "dmachannel-on-busmaster", &f));
    assert_non_null(strstr(f.formatted, "sysdma_check.c:"));
    assert_true(finding(&r, "driver-refused", &f)); /* its own decision, with another status */
    assert_non_null(strstr(f.text, "0xc0010006"));
    assert_int_equal(number(&r, "leaks"), 0);
    done(&r);
}

/* both texts: "NdisMRegisterDmaChannel before this call", and "either registration" */
static void check_both_texts(const struct run *r)
{
    struct drydock_finding f;

    assert_int_equal(r->status, DRYDOCK_FINDINGS);
    assert_int_equal(drydock_report_findings(r->report), 1);
    assert_true(finding(r, "seed-dmachannel-for-async", &f));
    assert_non_null(strstr(f.text, "NdisMAllocateSharedMemoryAsyncEx"));
    assert_non_null(strstr(f.text, "only a DMA channel is registered"));
    assert_non_null(strstr(f.text, "NdisMRegisterDmaChannel before this call"));
    assert_non_null(strstr(f.text, "either registration"));
    assert_non_null(strstr(f.text, "NdisMRegisterScatterGatherDma"));
    assert_non_null(strstr(f.formatted, "sysdma_check.c:"));
    assert_int_equal(number(r, "leaks"), 0);
}

static void test_async_shared_memory_by_a_channel_fails_and_names_both_texts(void **state)
{
    struct run r = {.frames = 5, .config = "Check = async\n", .all_come = true};

    (void)state;
    run(&r);
    must_say(&r, "sysdma: async by the channel 0xc0000001\n");
    assert_false(says(&r, "async complete"));
    check_both_texts(&r);
    capture_check(received_path, 5);
    done(&r);
}

static void test_async_shared_memory_works_after_sg_registration(void **state)
{
    struct run r = {.frames = 5, .config = "Check = isamaster\n", .all_come = true};

    (void)state;
    run(&r);
    must_say(&r, "sysdma: ISA bus master 0x00000000\n");
    must_say(&r, "sysdma: async by the channel 0xc0000001\n");
    must_say(&r, "sysdma: SG DMA 0x00000000\n");
    must_say(&r, "sysdma: async after SG DMA 0x00000103\n"); /* PENDING */
    must_say(&r, "sysdma: async complete: memory, 8192 bytes, context 2, below 16 MiB 1\n");
    check_both_texts(&r);
    capture_check(received_path, 5);
    done(&r);
}

/* --- life --- */

static void test_pauses_and_resets_in_the_middle_of_transfers(void **state)
{
    static const char *const events[] = {"0.002+0.004x20:pause", "0.002+0.004x10:reset"};
    static const char *const configs[] = {"Mode = demand\n", "Ring = 1\n"};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct run r = {.frames = 1500,
                        .event = events[i / 2],
                        .config = configs[i % 2],
                        .set = {"receive-hold=4"}};

        run(&r);
        fine(&r);
        assert_int_equal(number(&r, "send.net_buffer_lists"), number(&r, "send.completed"));
        assert_true(number(&r, i / 2 == 0 ? "events.pauses" : "events.resets") > 3);
        done(&r);
    }
}

static void test_removal_in_the_middle_of_a_transfer(void **state)
{
    static const char *const configs[] = {"", "Mode = demand\n", "Ring = 1\n"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct run r = {.frames = 2000, .event = "3ms:remove", .config = configs[i]};

        run(&r);
        fine(&r);
        assert_int_equal(number(&r, "send.net_buffer_lists"), number(&r, "send.completed"));
        done(&r);
    }
}

/* --- every call that may fail --- */

static void test_each_failure_is_survived(void **state)
{
    static const char *const configs[] = {"Memory = shared\nMode = demand\n", "Ring = 1\n"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        unsigned n = 0;

        for (bool reached = true; reached && n < 400;) {
            struct run r = {.frames = 4, .config = configs[i]};
            struct drydock_finding f;
            char fail[32];

            snprintf(fail, sizeof(fail), "fail=%u", ++n);
            r.set[0] = fail;
            run(&r);
            reached = number(&r, "fail.calls") >= n;
            assert_int_equal(number(&r, "leaks"), 0);
            for (size_t k = 0; drydock_report_finding(r.report, k, &f) == 0; k++) {
                if (strcmp(f.rule, "driver-refused") != 0) {
                    fail_msg("fail=%u: %s", n, f.formatted);
                }
            }
            done(&r);
        }
        print_message("%s: %u calls that may fail\n", configs[i], n - 1);
        assert_in_range(n, 20, 399);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest traffic[] = {
        cmocka_unit_test(test_single_mode_moves_frames),
        cmocka_unit_test(test_demand_mode_moves_frames),
        cmocka_unit_test(test_chains_of_mdls_are_copied),
        cmocka_unit_test(test_device_in_the_register_write_moves_frames),
        cmocka_unit_test(test_auto_initialize_ring_receives),
        cmocka_unit_test(test_generated_frames_come_in),
    };
    const struct CMUnitTest memory[] = {
        cmocka_unit_test(test_memory_out_of_reach_is_bounced),
        cmocka_unit_test(test_memory_above_4_gib_is_bounced),
        cmocka_unit_test(test_shared_memory_is_used_as_it_is),
        cmocka_unit_test(test_buffers_across_a_64_kib_border_are_whole),
        cmocka_unit_test(test_bounce_always_moves_the_same_frames),
        cmocka_unit_test(test_bounce_never_fails_transfers_out_of_reach),
    };
    const struct CMUnitTest counter[] = {
        cmocka_unit_test(test_counter_is_exact_in_mid_transfer),
        cmocka_unit_test(test_counter_tells_a_ring_how_far_the_card_is),
    };
    const struct CMUnitTest calls[] = {
        cmocka_unit_test(test_channel_conflicts_and_bad_descriptions),
        cmocka_unit_test(test_busy_channel_and_bad_lengths),
        cmocka_unit_test(test_bus_master_on_pci_gets_no_channel),
        cmocka_unit_test(test_async_shared_memory_by_a_channel_fails_and_names_both_texts),
        cmocka_unit_test(test_async_shared_memory_works_after_sg_registration),
    };
    const struct CMUnitTest life[] = {
        cmocka_unit_test(test_pauses_and_resets_in_the_middle_of_transfers),
        cmocka_unit_test(test_removal_in_the_middle_of_a_transfer),
    };
    const struct CMUnitTest failures[] = {
        cmocka_unit_test(test_each_failure_is_survived),
    };
    int failed = -1;

    if (argc != 3 || !mkdtemp(folder)) {
        fprintf(stderr, "usage: test_sysdma GROUP sysdma.so\n");
        return 2;
    }
    driver = argv[2];
    snprintf(config_path, sizeof(config_path), "%s/config", folder);
    snprintf(capture_path, sizeof(capture_path), "%s/frames.pcap", folder);
    snprintf(record_path, sizeof(record_path), "%s/wire.pcap", folder);
    snprintf(received_path, sizeof(received_path), "%s/received.pcap", folder);
#define GROUP(name, tests)                                                                         \
    if (strcmp(argv[1], name) == 0) {                                                              \
        failed = cmocka_run_group_tests_name(name, tests, NULL, NULL);                             \
    }
    GROUP("traffic", traffic)
    GROUP("memory", memory)
    GROUP("counter", counter)
    GROUP("calls", calls)
    GROUP("life", life)
    GROUP("fail", failures)
    unlink(config_path);
    unlink(capture_path);
    unlink(record_path);
    unlink(received_path);
    rmdir(folder);
    return failed != 0;
}
