#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Driver trees in the ways they come: each builds with one command, runs, and is clean."""
import json
import os
import shutil
import subprocess
import unittest

from cli import CAPTURE, DRYDOCK, SOURCE, CliTest

TREES = os.path.join(SOURCE, "tests", "build")
SANITIZE = ("--sanitize", "address,undefined")


def asan_runner():
    runner = os.environ["DRYDOCK_RUNNER"]
    return os.path.exists(runner + "-asan") or "asan" in os.environ.get("DRYDOCK_SANITIZE", "")


class TreeTest(CliTest):
    def build(self, *args, driver="d.so", says=()):
        result = self.drydock("build", *args, "-o", self.path(driver))
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        for part in says:
            self.assertIn(part, result.stdout + result.stderr)
        return self.path(driver), result

    def run_clean(self, driver, device, *args, echo=True):
        wire = ("--wire", "echo") if echo else ()
        report = self.run_driver(driver, "--device", device, "--send", CAPTURE, *wire, *args)
        self.assertEqual(report["findings"], [])
        # full frames with a tag are not for a driver that does not take VLANs
        too_long = report["send"]["too_long"]
        self.assertIn(too_long, (0, 80))
        self.assertEqual(report["send"]["net_buffers"], 2438 - too_long)
        if echo:
            self.assertEqual(report["receive"]["net_buffer_lists"], 2438 - too_long)
        return report

    def devices(self):
        """soft, and QEMU's when it is here"""
        text = self.drydock("devices").stdout
        line = next((x for x in text.splitlines() if x.startswith("qemu:e1000e ")), "")
        return ["soft:e1000e"] + (["qemu:e1000e"] if line and "not here" not in line else [])

    def flags(self):
        return SANITIZE if asan_runner() else ()

    def test_tree_with_a_sources_file(self):
        says = ("the prototype of Declared differs", "the prototype of ByRole differs",
                "a cast is assigned to", "forgiven.c:")
        driver, result = self.build(os.path.join(TREES, "sources-driver"), *self.flags(), says=says)
        self.assertNotIn("unresolved", result.stdout)
        for device in self.devices():
            with self.subTest(device=device):
                self.run_clean(driver, device)

    def test_tree_with_a_vcxproj(self):
        driver, result = self.build(os.path.join(TREES, "vcx-driver", "vcx.vcxproj"), *self.flags())
        self.assertEqual(result.stdout + result.stderr, "")
        for device in self.devices():
            with self.subTest(device=device):
                # this one addresses registers through pointers, which is told, and no mistake
                report = self.run_clean(driver, device, "--disable-rule", "register-plain-access")
                self.assertGreater(report["registers"]["trapped"], 100)

    def test_cplusplus_miniport(self):
        driver, _ = self.build(os.path.join(TREES, "cpp-miniport"), "--ndis", "6.50", "--std",
                               "c++17", *self.flags(), says=("no project file; 2 files taken",))
        for device in self.devices():
            with self.subTest(device=device):
                self.run_clean(driver, device, echo=False)

    def test_gcc_cannot_do_this_and_clang_is_used(self):
        source = self.file("d.c", "#include <ndis.h>\n#ifdef __GNUC__\n#error no\n#endif\n")
        os.environ["CC"], before = "gcc", os.environ.get("CC")
        try:
            self.build(source)
        finally:
            del os.environ["CC"]
            if before is not None:
                os.environ["CC"] = before

    def test_source_of_another_encoding_or_line_end(self):
        text = "#include <ndis.h>\r\n#include \"other.h\"\r\nlong Answer(void)\r\n{\r\n" \
               "    long a = OTHER;\r\n    Nobody();\r\n    return a;\r\n}\r\n"
        self.file("crlf.c", text.replace("Answer", "CrLf"))
        self.file("wide.c", text.encode("utf-16"))
        self.file("bom.c", b"\xef\xbb\xbf" + text.replace("Answer", "Bom").encode())
        self.file("OTHER.H", "\ufeff#define OTHER 7L\r\n".encode("utf-16-le"))
        _, result = self.build(self.folder, driver="d.so")
        self.assertIn("wide.c:6: warning: implicit declaration of function 'Nobody'", result.stderr)
        self.assertIn("    Nobody();", result.stderr)

    def test_unresolved_names_are_listed_with_their_first_user(self):
        self.file("a.c", "#include <ndis.h>\nVOID NoSuchA(VOID);\nVOID F(VOID);\n\n"
                         "VOID F(VOID)\n{\n    DbgPrint(\"x\");\n    NoSuchA();\n}\n")
        self.file("b.c", "#include <ndis.h>\nVOID NoSuchA(VOID);\nextern VOID NoSuchB(VOID);\n"
                         "VOID (*Table[])(VOID) = {NoSuchB, NoSuchA};\n")
        self.file("sources", "SOURCES=a.c b.c\n"
                             "TARGETLIBS=$(DDK_LIB_PATH)\\ndis.lib hal\\card.lib\n")
        _, result = self.build(self.folder)
        self.assertRegex(result.stdout, r"unresolved  NoSuchA +first used at \S*a\.c:8 in F\n")
        self.assertRegex(result.stdout, r"unresolved  NoSuchB +first used at a table\n")
        self.assertIn("2 names are not there", result.stdout)
        self.assertIn("card.lib is binary only", result.stdout)
        self.assertNotIn("DbgPrint", result.stdout)

    def test_stubs_for_a_library_are_one_more_file(self):
        self.file("a.c", "#include <ndis.h>\nVOID NoSuch(VOID);\nVOID F(VOID);\nVOID F(VOID)\n{\n"
                         "    NoSuch();\n}\n")
        self.file("sources", "SOURCES=a.c\n")
        os.mkdir(self.path("stubs"))
        stub = self.file("stubs/stub.c", "void NoSuch(void) { }\n")
        _, result = self.build(self.folder, stub)
        self.assertEqual(result.stdout, "")

    def test_a_dirs_file_builds_what_it_names(self):
        for name in ("lib", "drv"):
            os.mkdir(self.path(name))
            self.file(name + "/sources", f"SOURCES={name}.c\nC_DEFINES=-D{name}=1\n")
            self.file(f"{name}/{name}.c", f"int {name}_f(void) {{ return {name}; }}\n")
        self.file("dirs", "DIRS=lib \\\n    drv\n")
        driver, _ = self.build(self.folder)
        symbols = subprocess.run(["nm", driver], capture_output=True, text=True, check=True).stdout
        self.assertIn("lib_f", symbols)
        self.assertIn("drv_f", symbols)

    def test_project_references_are_built_in(self):
        os.mkdir(self.path("lib"))
        item = '<Project><ItemGroup><ClCompile Include="{0}.c"/>{1}</ItemGroup></Project>'
        self.file("lib/lib.vcxproj", item.format("lib", ""))
        self.file("lib/lib.c", "int Lib(void) { return 1; }\n")
        self.file("d.vcxproj", item.format("d", '<ProjectReference Include="Lib\\LIB.vcxproj"/>'))
        self.file("d.c", "int Lib(void); int D(void) { return Lib(); }\n")
        _, result = self.build(self.path("d.vcxproj"))
        self.assertEqual(result.stdout, "")

    def test_a_provided_header_is_found(self):
        os.mkdir(self.path("src"))
        made = self.file("made.txt", "#define MADE 3\n")
        self.file("src/a.c", "#include \"Generated.h\"\nint a[MADE];\n")
        self.build(self.path("src"), "--provide", "generated.H=" + made)

    def test_enough_arguments_are_still_wanted(self):
        self.file("a.c", "#include <ndis.h>\nVOID F(PNDIS_SPIN_LOCK l)\n{\n"
                         "    NdisAcquireSpinLock(l, 1);\n}\n")
        result = self.drydock("build", self.path("a.c"), "-o", self.path("d.so"))
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, r"a\.c:4: error: too many arguments")

    def test_keep_leaves_what_was_made(self):
        source = self.file("a.c", "long a;\n")
        self.build(source, "--keep")
        kept = os.listdir(self.path("d.so.build"))
        self.assertEqual(sorted(os.path.splitext(n)[1] for n in kept if n.startswith("0-")),
                         [".i", ".o", ".pass"])

    def test_trace_functions_print_when_asked(self):
        driver, _ = self.build(os.path.join(TREES, "sources-driver"), "--wpp", "text",
                               "--optimize", "1")
        result = self.drydock("run", driver, "--json", self.path("r.json"))
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        said = result.stdout + result.stderr
        self.assertIn("trace: DriverEntry begins, 0x0\n", said)
        self.assertIn("trace: no prefix\n", said)
        with open(self.path("r.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file)["driver_build"], "--optimize 1")

    def test_nothing_stays_behind(self):
        os.mkdir(self.path("tmp"))
        env = dict(os.environ, TMPDIR=self.path("tmp"))
        source = self.file("a.c", "long a;\n")
        subprocess.run([DRYDOCK, "build", source, "-o", self.path("d.so")], env=env, check=True)
        self.assertEqual(os.listdir(self.path("tmp")), [])
        self.assertEqual(sorted(os.listdir(self.folder)), ["a.c", "d.so", "tmp"])

    def test_coverage_names_the_drivers_lines(self):
        if not shutil.which("llvm-cov"):
            self.skipTest("no llvm-cov here")
        driver, _ = self.build(os.path.join(TREES, "cpp-miniport"), "--coverage")
        self.run_clean(driver, "soft:e1000e", echo=False)
        counts = [n for n in os.listdir(driver + ".cov") if n.endswith(".gcda")]
        self.assertEqual(len(counts), 2)
        first = os.path.join(driver + ".cov", sorted(counts)[0])
        text = subprocess.run(["llvm-cov", "gcov", "-t", first], capture_output=True, text=True,
                              check=False).stdout
        self.assertRegex(text, r" 2358: +\d+: +counters\.sent\+\+;")

    def test_flags_for_other_build_systems(self):
        flags = self.drydock("build", "--print-flags", "-D", "X=1").stdout.split()
        self.assertIn("-DX=1", flags)
        self.assertIn("-DNDIS630_MINIPORT=1", flags)
        source = self.file("a.c", "#include <ndis.h>\nULONG a[X];\n")
        subprocess.run(["clang", *flags, "-c", source, "-o", self.path("a.o")], check=True)

    def test_flags_by_pkg_config(self):
        if not shutil.which("pkg-config"):
            self.skipTest("no pkg-config here")
        headers = "--define-variable=includedir=" + os.environ["DRYDOCK_INCLUDE"]
        flags = subprocess.run(["pkg-config", headers, "--cflags", "drydock-driver"],
                               capture_output=True, text=True, check=True).stdout.split()
        source = self.file("a.c", "#include <ndis.h>\n#include <string.h>\n"
                                  "LONG a[sizeof(WCHAR)];\n")
        subprocess.run(["clang", *flags, "-DNDIS60_MINIPORT=1", "-c", source, "-o",
                        self.path("a.o")], check=True)


if __name__ == "__main__":
    unittest.main()
