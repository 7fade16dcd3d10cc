/* SPDX-License-Identifier: MIT */
/* Output files: whole or not at all. */
#include "run/output.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/drydock-output-XXXXXX", path[64], why[512];

static int files_in_folder(void)
{
    char command[128];
    FILE *p;
    int n = -1;

    snprintf(command, sizeof(command), "ls -A %s | wc -l", folder);
    p = popen(command, "r");
    assert_non_null(p);
    assert_int_equal(fscanf(p, "%d", &n), 1);
    pclose(p);
    return n;
}

static void holds(const char *text)
{
    char found[64] = "";
    int fd = open(path, O_RDONLY);

    assert_true(fd >= 0);
    assert_true(read(fd, found, sizeof(found) - 1) >= 0);
    assert_string_equal(found, text);
    close(fd);
}

static void test_nothing_is_there_before_commit(void **state)
{
    struct dd_output o;

    (void)state;
    assert_int_equal(dd_output_open(&o, path, why, sizeof(why)), 0);
    assert_int_equal(dd_output_write(&o, "hello", 5), 0);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(dd_output_commit(&o, why, sizeof(why)), 0);
    dd_output_drop(&o);
    holds("hello");
    assert_int_equal(files_in_folder(), 1);
}

static void test_dropped_output_leaves_the_old_file(void **state)
{
    struct dd_output o;

    (void)state;
    assert_int_equal(dd_output_open(&o, path, why, sizeof(why)), 0);
    assert_int_equal(dd_output_write(&o, "broken", 6), 0);
    dd_output_drop(&o);
    holds("hello");
    assert_int_equal(files_in_folder(), 1);
}

static void test_commit_replaces_the_old_file(void **state)
{
    struct stat st;
    struct dd_output o;

    (void)state;
    assert_int_equal(dd_output_open(&o, path, why, sizeof(why)), 0);
    assert_int_equal(dd_output_write(&o, "new", 3), 0);
    assert_int_equal(dd_output_commit(&o, why, sizeof(why)), 0);
    dd_output_drop(&o);
    holds("new");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0644);
    assert_int_equal(files_in_folder(), 1);
    unlink(path);
}

static void test_places_that_cannot_be_written(void **state)
{
    static const char *const bad[] = {"/tmp", "/nonexistent/a", "/etc/passwd/a"};
    struct dd_output o;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        assert_true(dd_output_open(&o, bad[i], why, sizeof(why)) < 0);
        assert_non_null(strstr(why, bad[i]));
        dd_output_drop(&o);
    }
}

static void test_devices_are_written_directly(void **state)
{
    struct dd_output o;

    (void)state;
    assert_int_equal(dd_output_open(&o, "/dev/null", why, sizeof(why)), 0);
    assert_int_equal(dd_output_write(&o, "x", 1), 0);
    assert_int_equal(dd_output_commit(&o, why, sizeof(why)), 0);
    dd_output_drop(&o);
    assert_int_equal(access("/dev/null", F_OK), 0);
    assert_int_equal(dd_output_open(&o, "/dev/full", why, sizeof(why)), 0);
    assert_int_equal(dd_output_write(&o, "x", 1), -ENOSPC);
    dd_output_drop(&o);
}

static void test_no_output_wanted(void **state)
{
    struct dd_output o;

    (void)state;
    assert_int_equal(dd_output_open(&o, NULL, why, sizeof(why)), 0);
    assert_int_equal(o.fd, -1);
    assert_int_equal(dd_output_commit(&o, why, sizeof(why)), 0);
    dd_output_drop(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_there_before_commit),
        cmocka_unit_test(test_dropped_output_leaves_the_old_file),
        cmocka_unit_test(test_commit_replaces_the_old_file),
        cmocka_unit_test(test_places_that_cannot_be_written),
        cmocka_unit_test(test_devices_are_written_directly),
        cmocka_unit_test(test_no_output_wanted),
    };
    int failed;

    if (!mkdtemp(folder)) {
        return 2;
    }
    umask(022);
    snprintf(path, sizeof(path), "%s/out", folder);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
