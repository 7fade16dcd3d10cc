#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Where the driver cannot go on: status 1, a line that says so, and each list back all the same."""
import json
import os
import signal
import subprocess
import time
import unittest

from devices import on_each
from hardware import E1000E_DEVICES, HardwareTest
from traffic import DRYDOCK, E1000E, FAST


class EndTest(HardwareTest):
    def only(self, report, rule, part):
        self.assertEqual([finding["rule"] for finding in report["findings"]], [rule])
        self.assertIn(part, report["findings"][0]["text"])

    @on_each(*E1000E_DEVICES)
    def test_a_ring_that_is_no_longer_mapped_is_the_end(self, device):
        report = self.under(device, "20ms:iommu-unmap", loop=1000, status=1)
        self.only(report, "driver-no-recovery", "since the event iommu-unmap")
        self.assertGreater(report["dma"]["iommu_faults"], 0)

    def qemu_of(self, pid):
        """The QEMU below a process, by pid."""
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                children = file.read().split()
            for child in children:
                try:
                    with open(f"/proc/{child}/comm", encoding="utf-8") as file:
                        name = file.read()
                    below = child if name.startswith("qemu-system") else self.qemu_of(child)
                except OSError:
                    continue
                if below:
                    return int(below)
        return None

    def killed(self, device):
        report = self.path("report.json")
        run = subprocess.Popen(  # pylint: disable=consider-using-with
            [DRYDOCK, "run", E1000E, "--device", device, "--send", self.path("send.pcap"), "--loop",
             "1000000", "--wire", "echo", "--json", report, *FAST], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        self.addCleanup(run.stdout.close)
        self.addCleanup(run.kill)
        end, qemu, before = time.monotonic() + 20, None, 0
        while (qemu is None or qemu != before) and time.monotonic() < end:
            time.sleep(1.5)  # the one that is asked for its models is gone by then
            qemu, before = self.qemu_of(run.pid), qemu
        self.assertIsNotNone(qemu, "no QEMU was started")
        os.kill(qemu, signal.SIGKILL)
        text = run.communicate(timeout=30)[0]
        self.assertEqual(run.returncode, 1, text)
        return text

    @on_each("qemu:e1000e", "qemu:e1000")
    def test_qemu_killed(self, device):
        text = self.killed(device)
        with open(self.path("report.json"), encoding="utf-8") as file:
            report = json.load(file)
        self.every_list_once(report)
        self.assertIn(f"the device {device} is gone", report["why"])
        self.assertIn(f"the device {device} is gone", text)
        self.assertGreater(report["send"]["completed"], 0)


if __name__ == "__main__":
    unittest.main()
