/* SPDX-License-Identifier: MIT */
/* Captures: what is written can be read, what cannot be sent is refused as a whole and named. */
#include "base/check.h"
#include "wire/pcap.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MAX_FRAME 1518u

static char path[] = "/tmp/drydock-pcap-XXXXXX";
static char why[512];

static struct dd_pcap *read_file(int expected)
{
    struct dd_pcap *p = NULL;

    why[0] = '\0';
    assert_int_equal(dd_pcap_read(path, MAX_FRAME, &p, why, sizeof(why)), expected);
    if (expected != 0) {
        assert_null(p);
        assert_non_null(strstr(why, path));
        assert_null(strchr(why, '\n'));
    }
    return p;
}

static void put(const void *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_TRUNC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
}

static void test_frames_survive_writing_and_reading(void **state)
{
    static const uint32_t sizes[] = {14, 59, 60, 61, 1514, 1518};
    struct dd_pcap_writer *w;
    uint8_t frame[MAX_FRAME];
    struct dd_pcap *p;
    int fd = open(path, O_WRONLY | O_TRUNC);

    (void)state;
    assert_int_equal(dd_pcap_writer_new(fd, &w), 0);
    for (unsigned i = 0; i < 6000; i++) { /* more than the writer's buffer */
        uint32_t len = sizes[i % DD_ARRAY_LEN(sizes)];

        memset(frame, (int)i, sizeof(frame));
        assert_int_equal(dd_pcap_write(w, frame, len, 1600000000000000000u + i), 0);
    }
    dd_pcap_writer_free(w);
    close(fd);
    p = read_file(0);
    assert_int_equal(p->count, 6000);
    for (unsigned i = 0; i < 6000; i++) {
        assert_int_equal(p->frames[i].len_bytes, sizes[i % DD_ARRAY_LEN(sizes)]);
        assert_int_equal(p->frames[i].bytes[13], i & 0xff);
        assert_true(p->frames[i].time_ns == 1600000000000000000u + i);
    }
    dd_pcap_free(p);
}

static void test_a_capture_without_frames_is_fine(void **state)
{
    struct dd_pcap_writer *w;
    struct dd_pcap *p;
    int fd = open(path, O_WRONLY | O_TRUNC);

    (void)state;
    assert_int_equal(dd_pcap_writer_new(fd, &w), 0);
    dd_pcap_writer_free(w);
    close(fd);
    p = read_file(0);
    assert_int_equal(p->count, 0);
    dd_pcap_free(p);
}

static const uint32_t header[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1};

static void put_record(uint32_t captured, uint32_t length, size_t there)
{
    uint8_t file[4096] = {0};
    const uint32_t record[4] = {0, 0, captured, length};

    memcpy(file, header, sizeof(header));
    memcpy(file + sizeof(header), record, sizeof(record));
    put(file, sizeof(header) + sizeof(record) + there);
}

static void test_bad_records_are_named(void **state)
{
    (void)state;
    put_record(64, 100, 64);
    read_file(-EINVAL);
    assert_non_null(strstr(why, "record 1 (100 bytes, 64 captured)"));
    assert_non_null(strstr(why, "snap length"));
    put_record(1519, 1519, 1519);
    read_file(-EINVAL);
    assert_non_null(strstr(why, "MTU + 18"));
    put_record(13, 13, 13);
    read_file(-EINVAL);
    assert_non_null(strstr(why, "shorter than an Ethernet header"));
    put_record(100, 100, 50);
    read_file(-EINVAL);
    assert_non_null(strstr(why, "record 1"));
    put_record(0xfffffff0u, 0xfffffff0u, 100);
    read_file(-EINVAL);
}

static void test_files_that_are_no_captures(void **state)
{
    uint32_t other[6];

    (void)state;
    put("", 0);
    read_file(-EINVAL);
    put("hello, world, this is a text and no capture", 40);
    read_file(-EINVAL);
    put(header, 20);
    read_file(-EINVAL);
    memcpy(other, header, sizeof(other));
    other[5] = 101;
    put(other, sizeof(other));
    read_file(-EINVAL);
    assert_non_null(strstr(why, "not Ethernet"));
}

static void test_a_missing_file_is_told(void **state)
{
    struct dd_pcap *p;

    (void)state;
    assert_int_equal(dd_pcap_read("/nonexistent/a.pcap", MAX_FRAME, &p, why, sizeof(why)), -ENOENT);
    assert_non_null(strstr(why, "/nonexistent/a.pcap"));
}

static void test_a_write_error_sticks(void **state)
{
    static const uint8_t frame[1000];
    struct dd_pcap_writer *w;
    int fd = open("/dev/full", O_WRONLY), r = 0;

    (void)state;
    assert_int_equal(dd_pcap_writer_new(fd, &w), 0);
    for (unsigned i = 0; i < 1000 && r == 0; i++) {
        r = dd_pcap_write(w, frame, sizeof(frame), 0);
    }
    assert_int_equal(r, -ENOSPC);
    assert_int_equal(dd_pcap_write(w, frame, 14, 0), -ENOSPC);
    assert_int_equal(dd_pcap_writer_flush(w), -ENOSPC);
    dd_pcap_writer_free(w);
    close(fd);
}

static void test_a_frame_larger_than_the_buffer_is_an_error(void **state)
{
    size_t len = 300000;
    uint8_t *frame = calloc(1, len);
    struct dd_pcap_writer *w;
    int fd = open("/dev/null", O_WRONLY);

    (void)state;
    assert_int_equal(dd_pcap_writer_new(fd, &w), 0);
    assert_int_equal(dd_pcap_write(w, frame, len, 0), -EMSGSIZE);
    dd_pcap_writer_free(w);
    close(fd);
    free(frame);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_survive_writing_and_reading),
        cmocka_unit_test(test_a_capture_without_frames_is_fine),
        cmocka_unit_test(test_bad_records_are_named),
        cmocka_unit_test(test_files_that_are_no_captures),
        cmocka_unit_test(test_a_missing_file_is_told),
        cmocka_unit_test(test_a_write_error_sticks),
        cmocka_unit_test(test_a_frame_larger_than_the_buffer_is_an_error),
    };
    int fd = mkstemp(path), failed;

    if (fd < 0) {
        return 2;
    }
    close(fd);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
