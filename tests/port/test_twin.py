#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The bus-master fixture after --apply with its skeletons filled in: it runs, with no finding."""
import os
import shutil
import unittest

from cli import CAPTURE, read_capture
from porttest import FIXTURES, PortTest

FOLDER = os.path.join(FIXTURES, "busmaster-ndis6")
TWIN = os.environ["TWIN"]


class Twin(PortTest):
    def traffic(self, *args):
        wire, got = self.path("w.pcap"), self.path("r.pcap")
        report = self.run_driver(TWIN, "--inf", os.path.join(FOLDER, "bm.inf"), "--send", CAPTURE,
                                 "--wire", "echo", "--record", wire, "--received", got, *args)
        self.assertEqual((report["findings"], report["leaks"]), ([], 0))
        return read_capture(wire), read_capture(got)

    def test_capture_goes_out_and_comes_back(self):
        sent = [f if len(f) >= 60 else f + bytes(60 - len(f)) for f in read_capture(CAPTURE)]
        wire, got = self.traffic()
        self.assertEqual(wire, sent)
        self.assertEqual(got, sent)

    def test_late_callbacks_many_fragments_few_registers(self):
        self.traffic("--set", "callback=deferred", "--set", "mdl=many", "--set", "sgl=split")
        self.traffic("--set", "map-registers=8", "--set", "bounce=always")

    def test_on_qemu(self):
        if not shutil.which("qemu-system-x86_64"):
            self.skipTest("no qemu-system-x86_64")
        wire, got = self.traffic("--device", "qemu:e1000e")
        self.assertEqual(len(wire), len(got))

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


unittest.main()
