#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""drivers/e1000e with one mistake each: the finding, word for word, soft IOMMU and VT-d."""
import os
import re
import unittest

from devices import on_each
from traffic import FAST, SOURCE, CliTest

FOLDER = os.environ["SEEDED_E1000E"]
INF = os.path.join(SOURCE, "drivers", "e1000e", "e1000e.inf")
EXPECTED = os.path.join(SOURCE, "tests", "seeded", "e1000e", "expected.txt")
DEVICES = ("soft:e1000e", "qemu:e1000e", "qemu:e1000")


def expected(name, device):
    """The lines for one mistake on one device."""
    lines, inside = [], False
    with open(EXPECTED, encoding="utf-8") as file:
        for line in file.read().splitlines():
            if line.startswith("["):
                inside = line == f"[{name}]"
            elif inside and line and not line.startswith("#"):
                kind, colon, rest = line.partition(":     ")
                if not colon:
                    lines.append(line)
                elif device.startswith(kind + ":"):
                    lines.append("  " + rest)
    return lines


def relative(text):
    """A finding as printed, with addresses told from where the mapping starts."""
    start = int(re.search(r"bytes at (0x[0-9a-f]+)(\)| after)", text).group(1), 16)

    def address(match):
        value = int(match.group(0), 16)
        from_start, from_page = value - start, value - (start & ~0xfff)
        line = text[:match.start()].splitlines()[-1]
        if "shmem" in text and line.startswith("  access") and 0 <= from_start < 65536:
            return "S+BUFFER" if from_start % 2048 == 0 else "outside"  # whichever was next
        if "the page at " in line:
            return "PAGE(S)" + (f"+{from_page}" if from_page else "")
        return "S" + (f"+{from_start}" if from_start else "")
    text = re.sub(r"(?<= )0x[0-9a-f]{5,}", address, text)
    text = re.sub(r"\(list \d+,", "(list N,", text)
    text = re.sub(r"\.c:\d+", ".c", text)
    return [line for line in text.splitlines() if not re.match(r"  (seen|see) ", line)]


class SeededTest(CliTest):
    def finding(self, name, device, *args, frames=3):
        """The one finding of a run; nothing else went wrong."""
        driver = os.path.join(FOLDER, f"e1000e-{name}.so")
        result = self.drydock("run", driver, "--inf", INF, "--device", device, "--send",
                              self.capture(frames, 1000), *FAST, *args)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertRegex(result.stdout, r"findings +1, leaks 0\n")
        return result.stdout[:result.stdout.index("\n\n")]

    def check(self, name, device, *args, **more):
        found = relative(self.finding(name, device, *args, **more))
        self.assertEqual(found, expected(name, device))

    @on_each(*DEVICES)
    def test_a_list_freed_before_the_tail_is_written(self, device):
        self.check("free-early", device)

    @on_each(*DEVICES)
    def test_a_descriptor_that_is_a_page_too_long(self, device):
        self.check("overrun", device)

    @on_each(*DEVICES)
    def test_receiving_into_freed_shared_memory(self, device):
        # frames from before the delay are back in time; what the card takes next is open
        self.check("late-receive", device, "--wire", "echo", "--event", "0:wire-delay=1500ms",
                   "--event", "200ms:pause", "--event", "1000s:restart", "--duration", "2.5",
                   "--set", "send-window=1", frames=2000)

    def test_the_driver_itself_has_none_of_them(self):
        self.assertEqual(self.run_driver(os.environ["E1000E"], "--send", self.capture(3, 1000),
                                         "--wire", "echo")["findings"], [])


if __name__ == "__main__":
    unittest.main()
