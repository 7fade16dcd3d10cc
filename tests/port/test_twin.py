#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The bus-master fixture after --apply with its skeletons filled in: it runs, with no finding."""
import os
import shutil
import unittest

from cli import CAPTURE, read_capture, write_capture
from porttest import FIXTURES, PortTest

FOLDER = os.path.join(FIXTURES, "busmaster-ndis6")
TWIN = os.environ["TWIN"]


class Twin(PortTest):
    def traffic(self, *args, capture=CAPTURE):
        wire, got = self.path("w.pcap"), self.path("r.pcap")
        report = self.run_driver(TWIN, "--inf", os.path.join(FOLDER, "bm.inf"), "--send", capture,
                                 "--wire", "echo", "--record", wire, "--received", got, *args)
        self.assertEqual((report["findings"], report["leaks"]), ([], 0))
        self.assertEqual((report["send"]["failed"], report["send"].get("too_long", 0)), (0, 0))
        sent = [f if len(f) >= 60 else f + bytes(60 - len(f)) for f in read_capture(capture)]
        return sent, read_capture(wire), read_capture(got)

    def test_capture_goes_out_and_comes_back(self):
        sent, wire, got = self.traffic()
        self.assertEqual(len(sent), 2438)
        self.assertEqual(sum(len(f) == 1518 for f in sent), 80)  # the tagged ones
        self.assertEqual(wire, sent)
        self.assertEqual(got, sent)

    def test_tags_beside_a_frame_and_in_its_data(self):
        """Beside it: those with a priority, a VLAN or both. The canonical format bit stays in."""
        frames = [bytes.fromhex("0200000000090200000000088100") + tag.to_bytes(2, "big") +
                  bytes.fromhex("88b5") + bytes(n & 0xFF for n in range(length - 18))
                  for tag in (0x002A, 0x6000, 0xE123, 0xF123, 0x102A)
                  for length in (46, 60, 63, 64, 65, 1514, 1517, 1518)]
        write_capture(self.path("tags.pcap"), frames)
        for args in ((), ("--personality", "hostile"), ("--set", "mdl=many"),
                     ("--set", "bounce=always", "--set", "map-registers=1")):
            sent, wire, got = self.traffic(*args, capture=self.path("tags.pcap"))
            self.assertEqual(sorted(wire), sorted(sent), args)
            self.assertEqual(sorted(got), sorted(sent), args)

    def test_late_callbacks_many_fragments_few_registers(self):
        for args in (("--set", "callback=deferred", "--set", "mdl=many", "--set", "sgl=split"),
                     ("--set", "map-registers=8", "--set", "bounce=always")):
            sent, wire, got = self.traffic(*args)
            self.assertEqual(sorted(wire), sorted(sent), args)
            self.assertEqual(sorted(got), sorted(sent), args)

    def test_frames_that_cannot_be_mapped_are_copied(self):
        for args in (("--personality", "hostile"), ("--personality", "isa-era"),
                     ("--set", "bounce=always", "--set", "map-registers=1"),
                     ("--set", "bounce=always", "--set", "map-registers-per-transfer=1", "--set",
                      "mdl=many")):
            sent, wire, got = self.traffic(*args)
            # a callback that comes late lets others go first
            self.assertEqual(sorted(wire), sorted(sent), args)
            self.assertEqual(sorted(got), sorted(sent), args)

    def test_on_qemu(self):
        if not shutil.which("qemu-system-x86_64"):
            self.skipTest("no qemu-system-x86_64")
        for args in ((), ("--personality", "hostile")):
            sent, wire, got = self.traffic("--device", "qemu:e1000e", *args)
            if args:  # a callback that comes late lets others go first
                sent, wire, got = sorted(sent), sorted(wire), sorted(got)
            self.assertEqual(wire, sent, args)
            self.assertEqual(got, sent, args)

    def test_each_early_failure_gives_everything_back(self):
        for number in range(1, 25):
            report = self.run_driver(TWIN, "--inf", os.path.join(FOLDER, "bm.inf"), "--set",
                                     f"fail={number}")
            bad = [f for f in report["findings"] if f["severity"] != "info"]
            self.assertEqual((bad, report["leaks"]), ([], 0), f"fail={number}")

    def test_port_finds_nothing_more_in_it(self):
        self.assertEqual(self.port_json(FOLDER, status=0)["findings"], [])

    def test_its_memory_file_is_what_apply_makes(self):
        folder = self.fixture("busmaster")
        self.port(folder, "--apply", "-q")
        self.assertEqual(self.read(os.path.join(folder, "memory.c")),
                         self.read(os.path.join(FOLDER, "memory.c")))

    def test_check_builds_and_runs_it(self):
        result = self.port("--check", FOLDER, status=0)
        self.assertIn("findings  0, leaks 0", result.stdout)
        self.assertIn("64 completed, 0 failed", result.stdout)
        self.assertRegex(result.stdout, r"received  64 lists")

    def test_check_takes_a_device(self):
        if not shutil.which("qemu-system-x86_64"):
            self.skipTest("no qemu-system-x86_64")
        result = self.port("--check", FOLDER, "--device", "qemu:e1000e", status=0)
        self.assertIn("on qemu:e1000e", result.stdout)
        self.assertIn("64 completed, 0 failed", result.stdout)
        self.assertIn("findings  0, leaks 0", result.stdout)

    def test_check_fails_on_what_does_not_build_or_leaks(self):
        folder = self.path("broken")
        shutil.copytree(FOLDER, folder)
        send = os.path.join(folder, "ndis6_send.c")
        whole = self.read(send).decode()
        self.file(send, whole.replace("NdisMFreeNetBufferSGList(", "(void)(", 1))
        result = self.port("--check", folder, status=1)
        self.assertIn("sgl-leak-at-complete", result.stdout)
        os.mkdir(self.path("bad"))
        self.file("bad/a.c", "int x = nothing;\n")
        result = self.port("--check", self.path("bad"), status=2)
        self.assertIn("does not build yet", result.stderr)


unittest.main()
