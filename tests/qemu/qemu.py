# SPDX-License-Identifier: MIT
"""What the QEMU tests share: is there one, and where is its process."""
import os
import shutil
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
for room in ("run", "cli"):
    sys.path.insert(0, os.path.join(HERE, "..", room))

# pylint: disable=wrong-import-position,unused-import
from traffic import DRYDOCK, E1000E, FAST, TrafficTest, read_capture, write_capture

INF = os.path.join(os.environ["SOURCE"], "drivers", "e1000e", "e1000e.inf")
PROGRAM = "qemu-system-x86_64"


def main():
    """The tests of the calling module, or a skip with its reason."""
    if not (os.environ.get("DRYDOCK_QEMU") or shutil.which(PROGRAM)):
        print(f"skipped: no {PROGRAM} on PATH; install the Debian package qemu-system-x86")
        sys.exit(77)
    unittest.main()


def children(pid):
    path = f"/proc/{pid}/task"
    try:
        tasks = os.listdir(path)
    except FileNotFoundError:
        return []
    found = []
    for task in tasks:
        try:
            with open(f"{path}/{task}/children", encoding="ascii") as file:
                found += [int(word) for word in file.read().split()]
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


def name_of(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
            return file.read().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for(condition, seconds=20):
    """What the condition gave when it was true at last; None when it never was."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.005)
    return None


class QemuTest(TrafficTest):
    def start(self, *args, device="qemu:e1000e", **more):
        """A run that goes on; it is stopped when the test ends."""
        process = subprocess.Popen(
            [DRYDOCK, "run", E1000E, "--inf", INF, "--device", device, "--send",
             self.path("send.pcap"), "--json", self.path("report.json"), *FAST, *args],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            **more)
        self.addCleanup(self.stop, process)
        return process

    @staticmethod
    def stop(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def processes(self, process):
        """Runner and QEMU of a run, as soon as both are there."""
        def find():
            for runner in children(process.pid):
                for child in children(runner):
                    # not the one that is asked for its models: that has no machine
                    if name_of(child).startswith("qemu-system") and machine(child):
                        return runner, child
            return None
        found = wait_for(find)
        self.assertIsNotNone(found, "no QEMU process")
        return found


def machine(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return b"-machine" in file.read()
    except (FileNotFoundError, ProcessLookupError):
        return False
