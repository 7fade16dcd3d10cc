#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whatever a driver does, the command survives, says what happened and where, and reports."""
import os
import time
import unittest

from cli import SEEDED, SOURCE, CliTest, read_capture

SOURCE_FILE = os.path.join(SOURCE, "tests", "cli", "bad_driver.c")


class CrashTest(CliTest):
    def build(self, bad):
        driver = self.path("bad.so")
        result = self.drydock("build", SOURCE_FILE, "-D", f"BAD=BAD_{bad}", "-o", driver)
        self.assertEqual(result.returncode, 0, result.stderr)
        return driver

    def ends_with(self, bad, rule, *says, stack="Misbehave", args=()):
        driver = self.build(bad)
        report = self.run_driver(driver, *args, status=1)
        found = [f for f in report["findings"] if f["rule"] == rule]
        self.assertEqual(len(found), 1, report["findings"])
        for part in says:
            self.assertIn(part, found[0]["text"])
        if stack:
            own = [f for f in found[0]["stack"] if f["driver"]]
            self.assertTrue(own, found[0]["stack"])
            self.assertTrue(own[0]["file"].endswith("bad_driver.c"), own[0])
            self.assertGreater(own[0]["line"], 0)
            self.assertIn(stack, own[0]["text"])
        self.assertEqual(report["status"], 1)
        return report

    def test_null_pointer(self):
        self.ends_with("NULL", "driver-crash", "Segmentation fault", "0x0", "DriverEntry")

    def test_abort(self):
        self.ends_with("ABORT", "driver-crash", "Aborted")

    def test_division_by_zero(self):
        self.ends_with("DIVIDE", "driver-crash", "Floating point exception")

    def test_call_through_null(self):
        self.ends_with("JUMP", "driver-crash", "Segmentation fault", stack="")

    def test_endless_recursion(self):
        self.ends_with("STACK", "driver-crash", "Segmentation fault", stack="Deep")

    def test_illegal_instruction(self):
        self.ends_with("ILLEGAL", "driver-crash", "Illegal instruction")

    def test_exit(self):
        self.ends_with("EXIT", "driver-crash", "the process ended", stack="")

    def test_killed(self):
        self.ends_with("KILL", "driver-crash", "Killed", stack="")

    def test_spins_for_ever(self):
        start = time.monotonic()
        self.ends_with("SPIN", "driver-hang", "DriverEntry has been running",
                       args=("--set", "watchdog=1"))
        self.assertLess(time.monotonic() - start, 30)

    def test_sleeps_for_ever(self):
        self.ends_with("SLEEP", "driver-hang", "DriverEntry has been waiting", stack="",
                       args=("--set", "watchdog=1"))

    def test_driver_entry_fails(self):
        report = self.ends_with("STATUS", "driver-refused", "DriverEntry", "0xc0000001", stack="")
        self.assertEqual(report["end"], "refused")

    def test_driver_entry_registers_nothing(self):
        self.ends_with("NO_REGISTER", "driver-refused", "DriverEntry", stack="")

    def test_crash_after_the_run(self):
        config = self.file("config", "Bug = destructor\n")
        report = self.run_driver(SEEDED, "--config", config, status=1)
        self.assertEqual([f["rule"] for f in report["findings"]], ["driver-crash"])
        self.assertIn("after the run was over", report["findings"][0]["text"])

    def test_what_a_driver_prints_is_shown(self):
        driver = self.build("TALK")
        result = self.drydock("run", driver, "--set", "settle=0.02")
        self.assertIn("hello from", result.stderr)
        result = self.drydock("run", driver, "--set", "settle=0.02", "--quiet")
        self.assertNotIn("hello", result.stderr)

    def test_the_stack_is_printed(self):
        driver = self.build("NULL")
        result = self.drydock("run", driver)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stdout, r"finding  driver-crash  error")
        self.assertRegex(result.stdout, r"stack +bad_driver\.c:\d+ in Misbehave")

    def test_captures_are_written_up_to_the_crash(self):
        driver = self.build("NULL")
        self.run_driver(driver, "--record", self.path("w.pcap"), "--trace", self.path("trace"),
                        status=1)
        self.assertEqual(read_capture(self.path("w.pcap")), [])
        with open(self.path("trace"), encoding="utf-8") as file:
            self.assertIn("CALLBACK_ENTER  DriverEntry", file.read())


if __name__ == "__main__":
    unittest.main()
