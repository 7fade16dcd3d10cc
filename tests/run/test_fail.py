#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
The Nth call that may fail, fails: for each N until there are no more such calls. The driver refuses
to start or goes on with less; it never crashes, leaks or breaks a rule.
"""
import collections
import json
import unittest

from traffic import E1000E, FAST, TrafficTest, padded, write_capture

SMALL = "*ReceiveBuffers = 32\n*TransmitBuffers = 32\n"


class FailTest(TrafficTest):
    def setUp(self):
        super().setUp()
        write_capture(self.path("send.pcap"), self.frames[:60])
        self.config = self.file("config", SMALL)

    def fail_at(self, number, *args):
        """One run; the name of the call that failed, or None."""
        report_path = self.path("fail.json")
        result = self.drydock("run", E1000E, "--send", self.path("send.pcap"), "--wire", "echo",
                              "--config", self.config, "--json",
                              report_path, "--set", f"fail={number}", "--set", "watchdog=5",
                              "--quiet", *FAST, *args)
        self.assertEqual(result.returncode, 0, f"fail={number}: {result.stdout}{result.stderr}")
        with open(report_path, encoding="utf-8") as file:
            report = json.load(file)
        bad = [f for f in report["findings"] if f["severity"] != "info"]
        self.assertEqual((bad, report["leaks"]), ([], 0), f"fail={number}")
        self.assertIn(report["end"], ("done", "refused"))
        return report["fail"]["failed"]

    def sweep(self, *args, step_after=120):
        """Every N at first; then in growing steps: most calls are the same one for each buffer."""
        number, names = 1, collections.Counter()
        while True:
            name = self.fail_at(number, *args)
            if name is None:
                return number, names
            names[name] += 1
            number += 1 if number < step_after else 1 + number // 16

    def test_each_call(self):
        last, names = self.sweep()
        self.assertGreater(last, 100)
        # those of the send path come in an order of their own: test_mappings_may_fail_under_traffic
        for name in ("SG_REGISTER", "SHMEM_ALLOCATE", "INTERRUPT_REGISTER", "MAP_IO", "ATTRIBUTES",
                     "POOL", "NBL_POOL", "NBL", "MDL", "CONFIG_OPEN"):
            self.assertIn(name, names)

    def test_each_call_with_deferred_callbacks(self):
        self.sweep("--set", "callback=deferred", "--set", "mdl=header-split", step_after=40)

    def test_growth_of_receive_buffers_may_fail(self):
        """The asynchronous allocation fails at the call, and later with NULL; frames go on."""
        for call in ("SHMEM_ASYNC_CALL", "SHMEM_ASYNC_LATE"):
            for number in (1, 2):
                with self.subTest(call=call, number=number):
                    failed = self.fail_at(f"{call}:{number}", "--set", "receive-hold=60", "--loop",
                                          "20")
                    self.assertEqual(failed, call)

    def test_mappings_may_fail_under_traffic(self):
        """What cannot be mapped is copied: nothing is lost."""
        for number in (1, 2, 10, 20):
            failed = self.fail_at(f"SGL_ALLOCATE:{number}", "--record", self.path("w.pcap"))
            self.assertEqual(failed, "SGL_ALLOCATE")
            self.same(self.path("w.pcap"), padded(self.frames[:60]))


if __name__ == "__main__":
    unittest.main()
