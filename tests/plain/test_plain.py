#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A driver that addresses registers itself works as one that calls for each, on every device; what
cannot be done is a finding with the driver's line."""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
for room in ("run", "cli"):
    sys.path.insert(0, os.path.join(HERE, "..", room))

# pylint: disable=wrong-import-position
from devices import on_each
from traffic import SOURCE, TrafficTest, padded

INF = os.path.join(SOURCE, "drivers", "e1000e", "e1000e.inf")
RULE = "register-plain-access"


def driver(name):
    return os.path.join(os.environ["PLAIN"], f"plain-{name}.so")


class PlainTest(TrafficTest):
    def traffic(self, name, device, *args, status=0):
        return self.run_driver(driver(name), "--send", self.path("send.pcap"), "--wire", "echo",
                               "--record", self.path("w.pcap"), "--received", self.path("r.pcap"),
                               "--inf", INF, "--device", device, *args, status=status)

    def works(self, name, device):
        report = self.traffic(name, device)
        self.assertEqual([f["rule"] for f in report["findings"]], [RULE])
        self.assertEqual(report["findings"][0]["severity"], "info")
        self.assertRegex(report["findings"][0]["sites"][0]["file"], r"shapes\.c$")
        self.assertGreater(report["registers"]["trapped"], 600)
        for path in "w.pcap", "r.pcap":
            self.same(self.path(path), padded(self.frames))
        report = self.traffic(name, device, "--disable-rule", RULE)
        self.balanced(report)

    @on_each("soft:e1000e", "qemu:e1000e")
    def test_not_optimized(self, device):
        self.works("O0", device)

    @on_each("soft:e1000e", "qemu:e1000e")
    def test_optimized(self, device):
        self.works("O2", device)

    def test_calls_are_no_plain_accesses(self):
        report = self.run_traffic("--wire", "echo")
        self.assertEqual(report["registers"]["trapped"], 0)
        self.balanced(report)

    def ends(self, name, rule, *says):
        report = self.traffic(name, "soft:e1000e", status=1)
        found = [f for f in report["findings"] if f["rule"] == rule]
        self.assertEqual(len(found), 1, report["findings"])
        for text in says:
            self.assertIn(text, found[0]["text"])
        own = [f for f in found[0]["stack"] if f["driver"]]
        self.assertTrue(own, found[0]["stack"])
        self.assertTrue(own[0]["file"].endswith("shapes.c"), own[0])
        self.assertIn("Misbehave", own[0]["text"])
        self.assertGreater(own[0]["line"], 0)

    def test_what_cannot_be_done_is_named(self):
        self.ends("undone", "driver-bugcheck", "fxsave", "wider than 64 bytes")

    def test_behind_the_window_is_a_crash(self):
        self.ends("behind", "driver-crash", "Segmentation fault")

    def test_a_window_that_was_unmapped_is_a_crash(self):
        self.ends("stale", "driver-crash", "Segmentation fault")


if __name__ == "__main__":
    unittest.main()
