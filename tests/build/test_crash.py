#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Drivers with a planted mistake and sanitizers: a finding at the driver's line, a report."""
import os
import unittest

from cli import SOURCE, CliTest

PLANTED = os.path.join(SOURCE, "tests", "build", "planted.c")


def line_of(mark):
    with open(PLANTED, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if "planted: " + mark in line:
                return number
    raise ValueError(mark)


class CrashTest(CliTest):
    def setUp(self):
        super().setUp()
        runner = os.environ["DRYDOCK_RUNNER"]
        if not os.path.exists(runner + "-asan"):
            self.skipTest("this build has no runner with sanitizers")

    def ends(self, planted, rule, mark, *args, sanitize="address,undefined"):
        driver = self.path("d.so")
        built = self.drydock("build", PLANTED, "-D", f"PLANTED={planted}", "-o", driver,
                             "--sanitize", sanitize)
        self.assertEqual(built.returncode, 0, built.stderr)
        report = self.run_driver(driver, *args, status=1)
        found = [f for f in report["findings"] if f["rule"] == rule]
        self.assertEqual(len(found), 1, report["findings"])
        own = [f for f in found[0].get("stack", []) if f["driver"]]
        self.assertTrue(own, found[0])
        self.assertTrue(own[0]["file"].endswith("planted.c"), own[0])
        self.assertIn(own[0]["line"], (line_of(mark), line_of(mark) - 1), own[0])
        self.assertEqual(report["status"], 1)
        return report

    def test_heap_overflow(self):
        self.ends(1, "driver-crash", "heap")

    def test_use_of_a_freed_list(self):
        self.ends(2, "driver-crash", "freed")

    def test_null_scatter_gather_list(self):
        self.ends(3, "driver-crash", "null")

    def test_divide_error(self):
        self.ends(4, "driver-crash", "divide")

    def test_endless_dpc(self):
        self.ends(5, "driver-hang", "endless", "--set", "watchdog=1", sanitize="address")

    def test_undefined_behaviour(self):
        self.ends(6, "driver-crash", "undefined", sanitize="undefined")


if __name__ == "__main__":
    unittest.main()
