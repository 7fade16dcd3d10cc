#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Bad input: one clear line, status 2, no output file, not even in part."""
import os
import subprocess
import unittest

from cli import E1000E, SEEDED, SOURCE, CliTest


class ErrorTest(CliTest):
    def run_refused(self, *args, driver=E1000E, says=()):
        """With every output asked for, so that a file left behind is seen."""
        outputs = ["--json", self.path("o.json"), "--record", self.path("o-w.pcap"), "--received",
                   self.path("o-r.pcap"),
                   "--trace", self.path("o-trace.txt")]
        return self.refused("run", *([driver] if driver else []), *outputs, *args, says=says)


class Drivers(ErrorTest):
    def test_no_driver(self):
        self.run_refused(driver=None, says="no driver given")

    def test_two_drivers(self):
        self.run_refused("other.so", says=("one driver", "other.so"))

    def test_missing_file(self):
        self.run_refused(driver=self.path("no.so"), says=("no.so", "No such file"))

    def test_empty_name(self):
        self.run_refused(driver="", says="no driver given")

    def test_directory(self):
        self.run_refused(driver=self.folder, says="not a regular file")

    def test_text_file(self):
        self.run_refused(driver=self.file("a.so", "hello\n" * 100), says="not an ELF file")

    def test_empty_file(self):
        self.run_refused(driver=self.file("a.so"), says="not an ELF file")

    def test_windows_driver(self):
        self.run_refused(driver=self.file("a.sys", b"MZ" + bytes(500)), says="not an ELF file")

    def test_cut_at_many_lengths(self):
        with open(SEEDED, "rb") as file:
            whole = file.read()
        for length in (4, 16, 40, 63, 64, 100, 600, 4096, 8192, len(whole) // 2,
                       len(whole) * 9 // 10, len(whole) - 1):
            with self.subTest(length=length):
                self.run_refused(driver=self.file("cut.so", whole[:length]), says="cut.so")

    def test_damaged_headers(self):
        with open(SEEDED, "rb") as file:
            whole = bytearray(file.read())
        for at in (5, 16, 18, 20, 32, 33, 39, 40, 41, 54, 56, 58, 60):
            with self.subTest(at=at):
                damaged = bytearray(whole)
                damaged[at] ^= 0xFF
                result = self.drydock("run", self.file("damaged.so", bytes(damaged)), "--set",
                                      "settle=0.05")
                self.assertIn(result.returncode, (0, 1, 2))
                if result.returncode == 2:
                    self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)

    def test_program_is_no_shared_object_with_driver_entry(self):
        self.run_refused(driver="/bin/true", says=("/bin/true", "DriverEntry"))

    def test_shared_object_without_driver_entry(self):
        driver = self.compile("int NotDriverEntry(void) { return 0; }\n")
        self.run_refused(driver=driver, says="exports no DriverEntry")

    def test_static_driver_entry(self):
        text = "static int DriverEntry(void) { return 0; }\nint (*f)(void) = DriverEntry;\n"
        self.run_refused(driver=self.compile(text), says="exports no DriverEntry")

    def compile(self, text):
        source, driver = self.file("a.c", text), self.path("a.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", driver, source], check=True)
        return driver


class Captures(ErrorTest):
    def setUp(self):
        super().setUp()
        subprocess.run([os.path.join(SOURCE, "tests", "captures", "make-bad"), self.folder],
                       check=True)

    def bad(self, name, *says):
        path = self.path(f"bad-{name}.pcap")
        self.run_refused("--send", path, says=(path, *says))
        self.run_refused("--wire", "pcap:" + path, says=(path, *says))

    def test_every_bad_capture(self):
        says = {"over-1518": ("record 4", "1519"), "cut-by-snap-length": ("record 3",
                                                                          "snap length"),
                                                                          "under-14": ("record 2",),
                "short-record": ("record 5",), "short-record-header": ("record 3",),
                "huge-record": ("record 2",),
                "link-type-101": ("not Ethernet",), "garbage": ("not a capture",),
                "empty": ("not a capture",)}
        names = [n[4:-5] for n in sorted(os.listdir(self.folder)) if n.startswith("bad-")]
        self.assertGreaterEqual(len(names), 11)
        for name in names:
            with self.subTest(name=name):
                self.bad(name, *says.get(name, ()))

    def test_good_captures_are_taken(self):
        for name in sorted(os.listdir(self.folder)):
            if name.startswith("good-"):
                with self.subTest(name=name):
                    result = self.drydock("run", E1000E, "--send", self.path(name), "--set",
                                          "settle=0.02")
                    self.assertEqual(result.returncode, 0, result.stderr)

    def test_missing(self):
        self.run_refused("--send", self.path("no.pcap"), says=("no.pcap", "No such file"))
        self.run_refused("--wire", "pcap:" + self.path("no.pcap"), says=("no.pcap", "No such file"))

    def test_directory(self):
        self.run_refused("--send", self.folder, says=self.folder)

    def test_nothing_on_standard_input(self):
        self.run_refused("--send", "-", says="not a capture")


class Arguments(ErrorTest):
    def test_numbers(self):
        for option, values in {"--cpus": ("0", "65", "x", "-1", "1.5", ""),
                               "--loop": ("0", "x", "-3"), "--seed": ("0", "x"),
                               "--duration": ("0", "-1", "x", "inf", "nan")}.items():
            for value in values:
                with self.subTest(option=option, value=value):
                    self.run_refused(f"{option}={value}", says=option)

    def test_unknown_options(self):
        self.run_refused("--nonsense", says="nonsense")
        self.run_refused("-Z", says="Z")
        self.run_refused("--cpus", says="cpus")  # its value is missing
        self.run_refused("--quiet=x", says="quiet")

    def test_settings(self):
        for value, says in {"iommu=maybe": "strict|lazy|off", "iomu=off": "did you mean 'iommu'",
                            "iommu": "KEY=VALUE", "=x": "KEY=VALUE",
                            "address-bits=23": "24 to 64", "address-bits=65": "24 to 64",
                            "ram=1M": "size", "ram=7X": "size",
                            "ndis=6.31": "NDIS level", "fail=-1": "number",
                            "watchdog=soon": "seconds", "settle=-1": "seconds",
                            "nb-per-nbl=0": "1 to 64", "map-registers=0": "number",
                            "link=sideways": "up|down"}.items():
            with self.subTest(value=value):
                self.run_refused("--set", value, says=says)
        self.run_refused("--set", "map-registers=4", "--set", "map-registers-per-transfer=8",
                         says="more than map-registers")

    def test_names(self):
        self.run_refused("--device", "soft:e1000", says="did you mean 'soft:e1000e'")
        self.run_refused("--personality", "hostil", says="did you mean 'hostile'")
        self.run_refused("--disable-rule", "no-such-rule", says="no-such-rule")
        self.run_refused("--verify", "perhaps", says="neither on nor off")

    def test_events(self):
        for event in ("pause", "x:pause", "1s", "-1s:pause", "1+x5:pause", "1+1x0:pause",
                      "1+1xy:pause"):
            with self.subTest(event=event):
                self.run_refused("--event", event, says="TIME:WHAT")
        self.run_refused("--event", "1s:", says="unknown")
        self.run_refused("--event", "1s:pase", says="did you mean 'pause'")

    def test_wires(self):
        for wire in ("", "ech", "pcap:", "gen:", "gen:5", "gen:5,13", "gen:5,9019", "gen:x,100",
                     "gen:5,100,7"):
            with self.subTest(wire=wire):
                self.run_refused("--wire", wire, says="wire")

    def test_files_of_values(self):
        self.run_refused("--config", self.path("no"), says="No such file")
        self.run_refused("--config", self.file("c", "A = 1\nnonsense\n"),
                         says=("c:2", "KEYWORD = VALUE"))
        self.run_refused("--config", self.file("c", b"\0\1\2"), says="not a text file")
        self.run_refused("--inf", self.path("no.inf"), says="No such file")
        self.run_refused("--inf", self.file("i.inf", "hello\n"),
                         says=("i.inf:1", "before the first [section]"))
        self.run_refused("--inf", self.file("i.inf", "[Version\n"), says="i.inf:1")
        self.run_refused("--inf", self.file("i.inf", "[Version]\nClass=Net\n"),
                         says="no install section")

    def test_commands(self):
        self.refused("dance", says=("unknown command", "dance"))
        self.refused("devices", "x", says="takes no argument")
        self.refused("settings", "x", says="takes no argument")
        self.refused("rules", "x", says="takes no argument")
        self.refused("doctor", "x", says="takes no argument")
        self.refused("explain", says="explain")
        self.refused("explain", "iommu", "bounce", says="second one")
        self.refused("explain", "sgl-duble-free", says="did you mean 'sgl-double-free'")

    def test_no_command_shows_usage(self):
        result = self.drydock()
        self.assertEqual(result.returncode, 2)
        self.assertIn("usage: drydock", result.stderr)


class Outputs(ErrorTest):
    def test_unwritable(self):
        file = self.file("file")
        for option in ("--json", "--record", "--received", "--trace"):
            for target, says in ((self.path("no/x"), "No such file"),
                                 (file + "/x", "Not a directory"), (self.folder, "directory")):
                with self.subTest(option=option, target=target):
                    self.refused("run", E1000E, "--send", self.capture_outside(), option, target,
                                 says=(target, says))

    def capture_outside(self):
        return os.path.join(SOURCE, "tests", "captures", "mixed.pcap")

    def test_full_device(self):
        for option in ("--json", "--record", "--trace"):
            with self.subTest(option=option):
                other = "--record" if option == "--json" else "--json"
                self.refused("run", E1000E, "--send", self.capture_outside(), "--set",
                             "settle=0.02", option, "/dev/full", other,
                             self.path("other"), says="No space left")

    def test_old_files_stay_when_a_run_is_refused(self):
        old = self.file("old.json", "precious")
        self.refused("run", E1000E, "--json", old, "--send", self.path("no.pcap"))
        with open(old, encoding="ascii") as file:
            self.assertEqual(file.read(), "precious")


class Build(ErrorTest):
    def test_arguments(self):
        source = self.file("d.c", "int DriverEntry(void) { return 0; }\n")
        self.refused("build", says="no source file")
        self.refused("build", source, says="no -o")
        self.refused("build", self.path("no.c"), "-o", self.path("d.so"),
                     says=("no.c", "No such file"))
        self.refused("build", source, "-o", self.path("d.so"), "--ndis", "6.31",
                     says="unknown level")
        self.refused("build", source, "-o", self.path("no/d.so"), says="No such file")

    def test_missing_compiler(self):
        source = self.file("d.c", "int DriverEntry(void) { return 0; }\n")
        os.environ["CC"], before = self.path("no-such-clang"), os.environ.get("CC")
        try:
            self.refused("build", source, "-o", self.path("d.so"), says="not found")
        finally:
            del os.environ["CC"]
            if before is not None:
                os.environ["CC"] = before

    def test_compile_error_leaves_no_file(self):
        source = self.file("d.c", "int DriverEntry(void) { return nonsense; }\n")
        result = self.drydock("build", source, "-o", self.path("d.so"))
        self.assertEqual(result.returncode, 2)
        self.assertIn("nonsense", result.stderr)
        self.assertEqual(os.listdir(self.folder), ["d.c"])


if __name__ == "__main__":
    unittest.main()
