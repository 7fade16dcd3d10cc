/* SPDX-License-Identifier: MIT */
/* INF files as they are in the wild: quotes, comments, strings, UTF-16, several models; and what
 * goes to the registry. */
#include "base/check.h"
#include "nt/config.h"
#include "run/inf_file.h"
#include "run/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/drydock-inf-XXXXXX", why[512];

static void put(const void *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_TRUNC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
}

static struct dd_inf *read_text(const char *text)
{
    struct dd_inf *inf;

    put(text, strlen(text));
    if (dd_inf_read(path, &inf, why, sizeof(why)) != 0) {
        fail_msg("%s", why);
    }
    return inf;
}

static const char typical[] =
    "; a comment\r\n"
    "[Version]\r\n"
    "Signature = \"$Windows NT$\" ; another\r\n"
    "[Manufacturer]\r\n"
    "%Maker% = Models,NTamd64,NTamd64.10.0\r\n"
    "[Models]\r\n"
    "[Models.NTamd64]\r\n"
    "%Old% = Old.Install, PCI\\VEN_8086&DEV_0001\r\n"
    "[models.ntAMD64.10.0]\r\n"
    "%Card% = Card.Install, PCI\\VEN_8086&DEV_10D3\r\n"
    "[Card.Install]\r\n"
    "Characteristics = 0x84\r\n"
    "*IfType = 6\r\n"
    "AddReg = One, Two\r\n"
    "[Old.Install]\r\n"
    "[One]\r\n"
    "HKR, , Plain, 0, \"a; b, c\"\r\n"
    "HKR,,Quoted,,\"say \"\"hi\"\"\"\r\n"
    "HKR, Ndi\\params\\*Buffers, Default, 0, \"256\"\r\n"
    "HKR, Ndi\\params\\*Buffers\\enum, 1, 0, \"x\"\r\n"
    "HKLM, Elsewhere, Not, 0, \"ours\"\r\n"
    "[Two]\r\n"
    "HKR,, Number, 0x00010001, 0x1F\r\n"
    "HKR,, Bytes, 1, 01, fe,3\r\n"
    "HKR,, Many, 0x00010000, \"a\",\"bc\"\r\n"
    "HKR, Sub\\Key, Deep, 0, %Card%\r\n"
    "[Card.Install.HW]\r\n"
    "AddReg = Hw\r\n"
    "[Hw]\r\n"
    "HKR, \"Interrupt Management\\MessageSignaledInterruptProperties\", MSISupported, 0x10001, 1\r\n"
    "[Card.Install.Services]\r\n"
    "AddService = card, 2, Service, Log\r\n"
    "[Service]\r\n"
    "AddReg = ServiceValues\r\n"
    "[ServiceValues]\r\n"
    "HKR, Parameters, Level, 0x10001, 3\r\n"
    "[Strings]\r\n"
    "Maker = \"Nobody Ltd.\"\r\n"
    "CARD = \"Nobody's card\"\r\n";

static void test_the_install_section_is_found(void **state)
{
    struct dd_inf *inf = read_text(typical);
    char section[64], description[64];

    (void)state;
    assert_int_equal(dd_inf_install_section(inf, section, sizeof(section), description,
                                            sizeof(description)),
                     0);
    assert_string_equal(section, "Card.Install");
    assert_string_equal(description, "Nobody's card");
    dd_inf_free(inf);
}

static void test_quotes_and_comments(void **state)
{
    struct dd_inf *inf = read_text(typical);
    const struct dd_inf_section *s = dd_inf_section(inf, "ONE");

    (void)state;
    assert_non_null(s);
    assert_string_equal(s->lines[0].fields[4], "a; b, c");
    assert_string_equal(s->lines[1].fields[4], "say \"hi\"");
    assert_string_equal(dd_inf_section(inf, "Version")->lines[0].fields[0], "$Windows NT$");
    dd_inf_free(inf);
}

static const char *text_of(struct dd_key *key, const char *name)
{
    static char out[256];
    uint32_t type;
    const void *data;
    size_t len;

    assert_int_equal(dd_key_get(key, name, &type, &data, &len), 0);
    assert_int_equal(type, REG_SZ);
    dd_utf16_to_utf8(data, len / 2 - 1, out, sizeof(out));
    return out;
}

static uint32_t number_of(struct dd_key *key, const char *name)
{
    uint32_t type, value;
    const void *data;
    size_t len;

    assert_int_equal(dd_key_get(key, name, &type, &data, &len), 0);
    assert_int_equal(type, REG_DWORD);
    memcpy(&value, data, sizeof(value));
    return value;
}

static void test_values_go_to_their_keys(void **state)
{
    struct dd_key *software = dd_key_open("S", true), *hardware = dd_key_open("H", true),
                  *service = dd_key_open("V", true);
    const void *data;
    uint32_t type;
    size_t len;

    (void)state;
    put(typical, strlen(typical));
    assert_int_equal(dd_inf_load(path, software, hardware, service, why, sizeof(why)), 0);
    assert_string_equal(text_of(software, "Plain"), "a; b, c");
    assert_string_equal(text_of(software, "*Buffers"), "256");
    assert_string_equal(text_of(software, "DriverDesc"), "Nobody's card");
    assert_int_equal(number_of(software, "Number"), 0x1f);
    assert_int_equal(number_of(software, "*IfType"), 6);
    assert_int_equal(number_of(software, "Characteristics"), 0x84);
    assert_int_equal(dd_key_get(software, "Bytes", &type, &data, &len), 0);
    assert_int_equal(type, REG_BINARY);
    assert_int_equal(len, 3);
    assert_memory_equal(data, "\x01\xfe\x03", 3);
    assert_int_equal(dd_key_get(software, "Many", &type, &data, &len), 0);
    assert_int_equal(type, REG_MULTI_SZ);
    assert_int_equal(len, 2 * (2 + 3 + 1));
    assert_int_equal(dd_key_get(software, "Not", &type, &data, &len), -ENOENT);
    assert_string_equal(text_of(dd_key_open("S/Sub/Key", false), "Deep"), "Nobody's card");
    assert_int_equal(
        number_of(dd_key_open("H/Interrupt Management/MessageSignaledInterruptProperties", false),
                  "MSISupported"),
        1);
    assert_int_equal(number_of(dd_key_open("V/Parameters", false), "Level"), 3);
    dd_registry_drop();
}

static void test_a_default_does_not_win_over_addreg(void **state)
{
    struct dd_key *software = dd_key_open("S", true), *other = dd_key_open("O", true);
    static const char text[] =
        "[Manufacturer]\nA=M\n[M]\nB=I\n[I]\nAddReg=R\n[R]\nHKR,,Speed,0,\"5\"\nHKR,Ndi\\params\\Speed,default,0,\"9\"\n";

    (void)state;
    put(text, strlen(text));
    assert_int_equal(dd_inf_load(path, software, other, other, why, sizeof(why)), 0);
    assert_string_equal(text_of(software, "Speed"), "5");
    dd_registry_drop();
}

/* as it stands in a driver's tree, before the Windows build makes an .inf of it */
static void test_the_architecture_may_be_left_to_the_build(void **state)
{
    struct dd_inf *inf = read_text("[Manufacturer]\nM=Models,NTx86,NT$ARCH$,NTarm64\n"
                                   "[Models.NTx86]\nA=Old\n[Models.NTarm64]\nB=Arm\n"
                                   "[Models.NT$ARCH$]\nC=Ours\n[Old]\n[Arm]\n[Ours]\n");
    char section[32], description[32];

    (void)state;
    assert_int_equal(dd_inf_install_section(inf, section, sizeof(section), description,
                                            sizeof(description)),
                     0);
    assert_string_equal(section, "Ours");
    assert_string_equal(description, "C");
    dd_inf_free(inf);
}

static void test_utf16_with_byte_order_mark(void **state)
{
    static const char text[] = "[Manufacturer]\nA=M\n[M]\nB\xc3\xa4=I\n[I]\n";
    char section[32], description[32];
    uint8_t wide[2 * sizeof(text)];
    struct dd_inf *inf;
    WCHAR units[sizeof(text)];
    size_t n = dd_utf8_to_utf16(text, units, sizeof(text));

    (void)state;
    for (int big = 0; big < 2; big++) {
        wide[0] = big ? 0xfe : 0xff;
        wide[1] = big ? 0xff : 0xfe;
        for (size_t i = 0; i < n; i++) {
            wide[2 + 2 * i + (big ? 1 : 0)] = (uint8_t)units[i];
            wide[2 + 2 * i + (big ? 0 : 1)] = (uint8_t)(units[i] >> 8);
        }
        put(wide, 2 + 2 * n);
        assert_int_equal(dd_inf_read(path, &inf, why, sizeof(why)), 0);
        assert_int_equal(dd_inf_install_section(inf, section, sizeof(section), description,
                                                sizeof(description)),
                         0);
        assert_string_equal(section, "I");
        assert_string_equal(description, "B\xc3\xa4");
        dd_inf_free(inf);
    }
}

static void test_nonsense_is_refused_with_its_line(void **state)
{
    static const struct {
        const char *text, *says;
    } bad[] = {{"hello\n", ":1: text before"}, {"\n\n[abc\n", ":3: section name without ]"}};
    struct dd_inf *inf;
    struct dd_key *key = dd_key_open("S", true);

    (void)state;
    for (unsigned i = 0; i < DD_ARRAY_LEN(bad); i++) {
        put(bad[i].text, strlen(bad[i].text));
        assert_int_equal(dd_inf_read(path, &inf, why, sizeof(why)), -EINVAL);
        assert_non_null(strstr(why, bad[i].says));
    }
    put("a\0b", 3);
    assert_int_equal(dd_inf_read(path, &inf, why, sizeof(why)), -EINVAL);
    put("[Version]\n", 10);
    assert_int_equal(dd_inf_load(path, key, key, key, why, sizeof(why)), -ENOENT);
    assert_non_null(strstr(why, "no install section"));
    dd_registry_drop();
}

/* no crash, whatever a file holds: cut at each place, and each byte replaced */
static void test_damaged_files_do_no_harm(void **state)
{
    size_t len = strlen(typical);
    char *copy = strdup(typical);
    struct dd_inf *inf;

    (void)state;
    for (size_t n = 0; n < len; n += 3) {
        put(typical, n);
        if (dd_inf_read(path, &inf, why, sizeof(why)) == 0) {
            dd_inf_free(inf);
        }
        copy[n] = "[]%\",=;\n"[n / 3 % 8];
        put(copy, len);
        if (dd_inf_read(path, &inf, why, sizeof(why)) == 0) {
            dd_inf_free(inf);
        }
        copy[n] = typical[n];
    }
    free(copy);
}

static void test_config_files_override(void **state)
{
    struct dd_key *key = dd_key_open("S", true);
    static const char text[] = "# comment\n; another\n\n *ReceiveBuffers =  512 \nEmpty=\n";

    (void)state;
    dd_key_set_string(key, "*ReceiveBuffers", "1");
    put(text, strlen(text));
    assert_int_equal(dd_config_load(path, key, why, sizeof(why)), 0);
    assert_string_equal(text_of(key, "*ReceiveBuffers"), "512");
    assert_string_equal(text_of(key, "Empty"), "");
    put("a = 1\nnonsense\n", 15);
    assert_int_equal(dd_config_load(path, key, why, sizeof(why)), -EINVAL);
    assert_non_null(strstr(why, ":2: write KEYWORD = VALUE"));
    put("", 0);
    assert_int_equal(dd_config_load(path, key, why, sizeof(why)), 0);
    dd_registry_drop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_install_section_is_found),
        cmocka_unit_test(test_quotes_and_comments),
        cmocka_unit_test(test_values_go_to_their_keys),
        cmocka_unit_test(test_a_default_does_not_win_over_addreg),
        cmocka_unit_test(test_the_architecture_may_be_left_to_the_build),
        cmocka_unit_test(test_utf16_with_byte_order_mark),
        cmocka_unit_test(test_nonsense_is_refused_with_its_line),
        cmocka_unit_test(test_damaged_files_do_no_harm),
        cmocka_unit_test(test_config_files_override),
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
