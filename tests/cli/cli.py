# SPDX-License-Identifier: MIT
"""What the command line tests share: the programs under test (from the environment), a folder."""
import json
import os
import shutil
import struct
import subprocess
import tempfile
import unittest

DRYDOCK = os.environ["DRYDOCK"]
E1000E = os.environ["E1000E"]
SEEDED = os.environ["SEEDED"]
SOURCE = os.environ["SOURCE"]
CAPTURE = os.path.join(SOURCE, "tests", "captures", "mixed.pcap")

FAST = ["--set", "settle=0.1"]


def write_capture(path, frames, link=1, nano=False):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHIIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, 65535,
                              link))
        for number, frame in enumerate(frames):
            out.write(struct.pack("<IIII", 1600000000, number, len(frame), len(frame)) + frame)


def read_capture(path):
    """The frames of a classic capture in this machine's byte order."""
    with open(path, "rb") as file:
        data = file.read()
    if struct.unpack_from("<I", data)[0] not in (0xA1B2C3D4, 0xA1B23C4D):
        raise ValueError(f"{path}: not a capture")
    frames, at = [], 24
    while at < len(data):
        length = struct.unpack_from("<I", data, at + 8)[0]
        frames.append(data[at + 16:at + 16 + length])
        at += 16 + length
    return frames


def some_frames(count, size=100):
    head = bytes.fromhex("020000000009020000000008" "88b5")
    return [head + bytes((n + i) & 0xFF for i in range(size - len(head))) for n in range(count)]


class CliTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="drydock-cli-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def file(self, name, content=b""):
        with open(self.path(name), "wb") as out:
            out.write(content if isinstance(content, bytes) else content.encode())
        return self.path(name)

    def capture(self, count=5, size=100):
        write_capture(self.path("in.pcap"), some_frames(count, size))
        return self.path("in.pcap")

    def drydock(self, *args, timeout=60, **more):
        return subprocess.run([DRYDOCK, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors="replace", timeout=timeout,
                              check=False, **more)

    def run_driver(self, driver, *args, status=0, **more):
        """A run with a report; the report."""
        report = self.path("report.json")
        result = self.drydock("run", driver, "--json", report, *FAST, *args, **more)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        with open(report, encoding="utf-8") as file:
            return json.load(file)

    def refused(self, *args, says=(), timeout=60):
        """One line on standard error that begins with drydock, no more, status 2, no new file."""
        before = sorted(os.listdir(self.folder))
        result = self.drydock(*args, timeout=timeout)
        lines = result.stderr.splitlines()
        self.assertEqual(result.returncode, 2, f"{args}: {result.stdout}{result.stderr}")
        self.assertEqual(len(lines), 1, f"{args}: {result.stderr}")
        self.assertTrue(lines[0].startswith("drydock"), lines[0])
        self.assertEqual(result.stdout, "", args)
        self.assertEqual(sorted(os.listdir(self.folder)), before, args)
        for part in [says] if isinstance(says, str) else says:
            self.assertIn(part, lines[0], args)
        return lines[0]
