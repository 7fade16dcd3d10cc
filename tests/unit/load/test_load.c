/* SPDX-License-Identifier: MIT */
/*
 * test_load good.so none.so: drivers are checked before a byte of them runs, and names nobody has
 * are bound to stubs that say the name and the place of the call. The objects are made from
 * objects.c.
 */
#include "load/elf_file.h"
#include "load/load.h"
#include "seam/api.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *good, *none;
static char why[1024];

static void test_a_driver_is_opened_and_its_entry_is_found(void **state)
{
    struct dd_image *im;
    int (*entry)(int);

    (void)state;
    assert_int_equal(dd_load_check(good, why, sizeof(why)), 0);
    assert_int_equal(dd_load_open(good, &im, why, sizeof(why)), 0);
    entry = (int (*)(int))(uintptr_t)dd_load_entry(im);
    assert_int_equal(entry(0), 42);
    assert_true(dd_load_contains(im, (const void *)(uintptr_t)entry));
    assert_false(
        dd_load_contains(im,
                         (const void *)(uintptr_t)test_a_driver_is_opened_and_its_entry_is_found));
    assert_int_equal(dd_load_path(im)[0], '/');
    assert_true(dd_load_base(im) != 0);
    dd_load_close(im);
}

static void test_missing_names_are_listed(void **state)
{
    struct dd_image *im;
    const char *const *names;
    unsigned n = 0;

    (void)state;
    /* the first load in this process: later ones find the stubs of this one */
    assert_int_equal(dd_load_open(good, &im, why, sizeof(why)), 0);
    for (names = dd_load_missing(im); names[n]; n++) {
        assert_int_equal(strncmp(names[n], "NobodyHas", 9), 0);
    }
    assert_int_equal(n, 2);
    dd_load_close(im);
}

static jmp_buf back;
static char missing_name[64];
static const void *missing_site;

static void on_missing(const char *name, const void *site)
{
    snprintf(missing_name, sizeof(missing_name), "%s", name);
    missing_site = site;
    longjmp(back, 1);
}

static void test_a_call_of_a_missing_name_says_which_and_where(void **state)
{
    struct dd_image *im;
    int (*entry)(int);
    Dl_info info;

    (void)state;
    assert_int_equal(dd_load_open(good, &im, why, sizeof(why)), 0);
    entry = (int (*)(int))(uintptr_t)dd_load_entry(im);
    dd_api_missing_hook = on_missing;
    for (int which = 1; which <= 2; which++) {
        if (setjmp(back) == 0) {
            entry(which);
            fail();
        }
        assert_string_equal(missing_name, which == 1 ? "NobodyHasThis" : "NobodyHasThat");
        assert_true(dd_load_contains(im, missing_site));
        assert_true(dladdr(missing_site, &info) != 0);
    }
    dd_api_missing_hook = NULL;
    dd_load_close(im);
}

static void refused(const char *path, int error, const char *says)
{
    struct dd_image *im = NULL;

    why[0] = '\0';
    assert_int_equal(dd_load_check(path, why, sizeof(why)), error);
    if (!strstr(why, says) || !strstr(why, path) || strchr(why, '\n')) {
        fail_msg("'%s' lacks '%s'", why, says);
    }
    assert_int_equal(dd_load_open(path, &im, why, sizeof(why)), error);
    assert_null(im);
}

static void test_what_is_no_driver_is_refused(void **state)
{
    (void)state;
    refused("/nonexistent.so", -ENOENT, "No such file");
    refused("/tmp", -EINVAL, "not a regular file");
    refused("/etc/passwd", -EINVAL, "not an ELF file");
    refused(none, -ENOENT, "exports no DriverEntry");
}

static char *read_whole(const char *path, size_t *ret_len)
{
    FILE *f = fopen(path, "rb");
    char *bytes;

    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    *ret_len = (size_t)ftell(f);
    rewind(f);
    bytes = malloc(*ret_len);
    assert_int_equal(fread(bytes, 1, *ret_len, f), *ret_len);
    fclose(f);
    return bytes;
}

/* every length up to the headers' end, then in steps: refused or, never, a crash */
static void test_every_truncation_is_refused(void **state)
{
    char path[] = "/tmp/drydock-load-XXXXXX";
    int fd = mkstemp(path);
    size_t len;
    char *bytes = read_whole(good, &len);

    (void)state;
    assert_int_equal(write(fd, bytes, len), len);
    for (size_t n = len - 1; n > 0; n = n > 600 ? n - n / 40 : n - 1) {
        struct dd_elf_info info;

        assert_int_equal(ftruncate(fd, (off_t)n), 0);
        assert_true(dd_elf_read(path, &info, why, sizeof(why)) < 0);
    }
    close(fd);
    unlink(path);
    free(bytes);
}

/* one byte of the headers wrong at a time: an answer, whichever */
static void test_damaged_headers_do_no_harm(void **state)
{
    char path[] = "/tmp/drydock-load-XXXXXX";
    int fd = mkstemp(path);
    size_t len;
    char *bytes = read_whole(good, &len);

    (void)state;
    assert_int_equal(write(fd, bytes, len), len);
    for (size_t at = 0; at < 600; at++) {
        for (unsigned flip = 1; flip < 256; flip *= 4) {
            char c = (char)(bytes[at] ^ (int)flip);
            struct dd_elf_info info;

            assert_int_equal(pwrite(fd, &c, 1, (off_t)at), 1);
            if (dd_elf_read(path, &info, why, sizeof(why)) == 0) {
                dd_elf_done(&info);
            }
            assert_int_equal(pwrite(fd, bytes + at, 1, (off_t)at), 1);
        }
    }
    close(fd);
    unlink(path);
    free(bytes);
}

static void test_many_stubs_and_none(void **state)
{
    char *names[300], text[300][24];
    void *handle;

    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        snprintf(text[i], sizeof(text[i]), "NdisStubTest%u", i);
        names[i] = text[i];
    }
    assert_int_equal(dd_stub_image(names, 300, &handle, why, sizeof(why)), 0);
    for (unsigned i = 0; i < 300; i++) {
        assert_non_null(dlsym(handle, names[i]));
        assert_true(i == 0 || dlsym(handle, names[i]) != dlsym(handle, names[i - 1]));
    }
    assert_null(dlsym(handle, "NdisStubTest300"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_missing_names_are_listed),
        cmocka_unit_test(test_a_driver_is_opened_and_its_entry_is_found),
        cmocka_unit_test(test_a_call_of_a_missing_name_says_which_and_where),
        cmocka_unit_test(test_what_is_no_driver_is_refused),
        cmocka_unit_test(test_every_truncation_is_refused),
        cmocka_unit_test(test_damaged_headers_do_no_harm),
        cmocka_unit_test(test_many_stubs_and_none),
    };

    if (argc != 3) {
        return 2;
    }
    good = argv[1];
    none = argv[2];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
