#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The commands when nothing is wrong."""
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
import unittest

from cli import CAPTURE, DRYDOCK, E1000E, FAST, SEEDED, SOURCE, CliTest, read_capture


class CommandTest(CliTest):
    def fine(self, *args, **more):
        result = self.drydock(*args, **more)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result

    def test_every_command_has_help_with_an_example(self):
        for command in ("run", "build", "devices", "settings", "rules", "explain", "doctor"):
            with self.subTest(command=command):
                text = self.fine(command, "--help").stdout
                self.assertIn("example:\n  drydock " + command, text)
        self.assertIn("example:", self.fine("--help").stdout)

    def test_version(self):
        self.assertRegex(self.fine("--version").stdout, r"^drydock \d+\.\d+\.\d+\n$")

    def test_devices(self):
        self.assertIn("soft:e1000e", self.fine("devices").stdout)

    def test_every_setting_personality_and_rule_is_explained(self):
        settings = self.fine("settings").stdout
        names = re.findall(r"(?m)^  ([a-z][a-z0-9-]+) ", settings)
        names += [line.split()[0] for line in self.fine("rules").stdout.splitlines()]
        self.assertGreater(len(names), 100)
        self.assertEqual(len(names), len(set(names)))
        for name in names:
            text = self.fine("explain", name).stdout
            self.assertTrue(text.startswith(name + "  ("), text)
            self.assertGreater(len(text.splitlines()), 2)

    def terminal_lines(self, *args, columns=None, width=0):
        """What a command prints on a terminal of this width."""
        master, slave = pty.openpty()
        if width:
            fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 25, width, 0, 0))
        env = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
        if columns is not None:
            env["COLUMNS"] = columns
        with subprocess.Popen([DRYDOCK, *args], stdin=subprocess.DEVNULL, stdout=slave,
                              env=env) as process:
            os.close(slave)
            text = b""
            while True:
                try:
                    part = os.read(master, 4096)
                except OSError:  # the other end is closed
                    break
                text += part
                if not part:
                    break
        os.close(master)
        self.assertEqual(process.returncode, 0)
        return text.decode().splitlines()

    def wrapped(self, lines, columns, words):
        """No line is too long, none could take the next one's first word, nothing is lost."""
        self.assertEqual(" ".join(lines).split(), words)
        for line, following in zip(lines, lines[1:] + [""]):
            if len(line.split()) > 1:
                self.assertLessEqual(len(line), columns, line)
            if line and following and not line.startswith(" ") and not following.startswith(" "):
                self.assertGreater(len(line) + 1 + len(following.split()[0]), columns, line)

    def test_explanations_are_wrapped(self):
        long = 0
        for name in ("iommu", "mdl", "watchdog", "fail", "hostile", "sgl-leak-at-complete"):
            with self.subTest(name=name):
                env = {**os.environ, "COLUMNS": "132"}  # of a terminal, and this is none
                piped = self.fine("explain", name, env=env).stdout.splitlines()
                words = " ".join(piped).split()
                self.wrapped(piped, 80, words)
                self.wrapped(self.terminal_lines("explain", name), 80, words)
                self.wrapped(self.terminal_lines("explain", name, columns="132"), 132, words)
                self.wrapped(self.terminal_lines("explain", name, columns="40"), 40, words)
                self.wrapped(self.terminal_lines("explain", name, columns="none", width=60), 60,
                             words)
                self.wrapped(self.terminal_lines("explain", name, width=200), 80, words)
                long += any(len(line) > 70 for line in piped)
        self.assertGreater(long, 3)

    def test_a_line_of_its_own_goes_on_where_it_begins(self):
        lines = self.terminal_lines("explain", "mdl", columns="40")
        at = [i for i, line in enumerate(lines) if line.startswith("  values:")][0]
        self.assertTrue(lines[at + 1].startswith("  "), lines)
        self.assertIn("  iommu=strict", self.terminal_lines("explain", "hostile", columns="40"))

    def test_every_explanation_fits(self):
        names = [line.split()[0] for line in self.fine("rules").stdout.splitlines()]
        for name in names:
            for line in self.fine("explain", name).stdout.splitlines():
                self.assertLessEqual(len(line), 80, name)

    def test_rules_have_a_source(self):
        self.assertIn("source: ", self.fine("explain", "sgl-leak-at-complete").stdout)

    def test_doctor(self):
        text = self.fine("doctor").stdout
        self.assertIn("everything needed is here", text)

    def test_run_prints_a_summary(self):
        result = self.fine("run", E1000E, "--send", self.capture(5), *FAST)
        self.assertIn("sent      5 frames", result.stdout)
        self.assertIn("findings  0, leaks 0", result.stdout)
        self.assertEqual(result.stderr, "")

    def test_quiet_run_prints_nothing(self):
        result = self.fine("run", E1000E, "--send", self.capture(5), "--quiet", *FAST)
        self.assertEqual(result.stdout + result.stderr, "")

    def test_json_on_standard_output_is_all_there(self):
        result = self.fine("run", E1000E, "--send", self.capture(5), "--json", "-", *FAST)
        self.assertEqual(json.loads(result.stdout)["send"]["net_buffers"], 5)
        self.assertIn("sent      5 frames", result.stderr)

    def test_capture_from_standard_input(self):
        with open(self.capture(7), "rb") as file:
            result = self.fine_input(file)
        self.assertEqual(json.loads(result.stdout)["send"]["net_buffers"], 7)

    def fine_input(self, file):
        return subprocess.run([DRYDOCK, "run", E1000E, "--send", "-", "--json", "-", "-q", *FAST],
                              stdin=file,
                              stdout=subprocess.PIPE, text=True, check=True, timeout=60)

    def test_loop_sends_again(self):
        report = self.run_driver(E1000E, "--send", self.capture(5), "--loop", "4")
        self.assertEqual(report["send"]["net_buffers"], 20)

    def test_findings_are_printed_and_are_status_1(self):
        config = self.file("config", "Bug = sgl-double-free\n")
        result = self.drydock("run", SEEDED, "--send", self.capture(1), "--config", config,
                              "--quiet", *FAST)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stdout, r"^finding  sgl-double-free  error  \(DV 0xE6/0x06\)\n")
        self.assertRegex(result.stdout,
                         r"mapped at +seeded_tx\.c:\d+ in Map  \(NdisMAllocateNetBufferSGList\)")
        self.assertRegex(result.stdout,
                         r"again at +seeded_tx\.c:\d+ in FreeList  \(NdisMFreeNetBufferSGList\)")
        self.assertIn("drydock explain sgl-double-free", result.stdout)

    def test_verify_off_finds_nothing(self):
        config = self.file("config", "Bug = tx-bad-status\n")
        self.fine("run", SEEDED, "--send", self.capture(1), "--config", config, "--verify", "off",
                  *FAST)

    def test_disabled_rule_is_silent(self):
        config = self.file("config", "Bug = tx-bad-status\n")
        self.fine("run", SEEDED, "--send", self.capture(1), "--config", config, "--disable-rule",
                  "tx-bad-status", *FAST)

    def test_trace_names_calls_and_events(self):
        self.fine("run", E1000E, "--send", self.capture(1), "--trace", self.path("trace"), *FAST)
        with open(self.path("trace"), encoding="utf-8") as file:
            text = file.read()
        for part in ("NdisMRegisterScatterGatherDma", "SEND ", "SEND_COMPLETE_CALL",
                     "MiniportHaltEx"):
            self.assertIn(part, text)

    def test_outputs_replace_old_ones_whole(self):
        self.file("w.pcap", b"old" * 100000)
        self.fine("run", E1000E, "--send", self.capture(3), "--record", self.path("w.pcap"), *FAST)
        self.assertEqual(len(read_capture(self.path("w.pcap"))), 3)
        self.assertEqual(sorted(os.listdir(self.folder)), ["in.pcap", "w.pcap"])

    def test_build_outside_the_tree_and_run(self):
        sources = [os.path.join(SOURCE, "tests", "seeded",
                                n) for n in sorted(os.listdir(os.path.join(SOURCE, "tests",
                                                                           "seeded")))
                   if n.startswith("seeded") and n.endswith(".c")]
        driver = self.path("built.so")
        self.fine("build", *sources, "-o", driver, cwd=self.folder)
        report = self.run_driver(driver, "--send", CAPTURE, "--wire", "echo")
        self.assertEqual(report["receive"]["net_buffer_lists"], report["send"]["net_buffers"])
        self.assertEqual(report["findings"], [])

    def test_build_takes_defines_and_levels(self):
        source = self.file("d.c", """#include <ndis.h>
#if !defined(NDIS680_MINIPORT) || X != 5
#error wrong
#endif
#include "mine.h"
DRIVER_INITIALIZE DriverEntry;
NTSTATUS DriverEntry(PDRIVER_OBJECT o, PUNICODE_STRING p) { (void)o; (void)p; return MINE; }
""")
        os.mkdir(self.path("inc"))
        self.file("inc/mine.h", "#define MINE STATUS_UNSUCCESSFUL\n")
        self.fine("build", source, "-o", self.path("d.so"), "-D", "X=5", "--ndis", "6.80", "-I",
                  self.path("inc"))

    def test_debug_says_how_to_attach(self):
        result = self.fine("run", E1000E, "--debug", *FAST)
        self.assertRegex(result.stderr, r"gdb -p \d+")


if __name__ == "__main__":
    unittest.main()
