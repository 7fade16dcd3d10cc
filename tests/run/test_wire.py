#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Frames lost, doubled, damaged, swapped and held back on the wire: counted to the frame, and the
driver does not mind."""
import unittest

from traffic import E1000E, TrafficTest, read_capture

COUNT, SIZE = 20000, 100


class WireTest(TrafficTest):
    def generated(self, *events):
        """Frames come from a generator, with faults towards the device."""
        args = [word for event in events for word in ("--event", event)]
        report = self.run_driver(E1000E, "--wire", f"gen:{COUNT},{SIZE}", "--received",
                                 self.path("r.pcap"), *args)
        self.balanced(report)
        return report, read_capture(self.path("r.pcap"))

    @staticmethod
    def numbers(frames):
        return [int.from_bytes(frame[14:22], "little") for frame in frames]

    def test_dropped(self):
        report, frames = self.generated("1ms:wire-drop=10")
        self.assertEqual(report["wire_faults"]["dropped"], 10)
        self.assertEqual(report["cable"]["frames_in"], COUNT - 10)
        self.assertEqual(len(frames), COUNT - 10)
        self.assertEqual(self.numbers(frames), sorted(set(self.numbers(frames))))

    def test_duplicated(self):
        report, frames = self.generated("1ms:wire-duplicate=10")
        self.assertEqual(report["wire_faults"]["duplicated"], 10)
        self.assertEqual(len(frames), COUNT + 10)
        numbers = self.numbers(frames)
        self.assertEqual(numbers, sorted(numbers))
        self.assertEqual(len(set(numbers)), COUNT)

    def test_corrupted(self):
        report, frames = self.generated("1ms:wire-corrupt=10")
        self.assertEqual(report["wire_faults"]["corrupted"], 10)
        self.assertEqual(len(frames), COUNT)
        _, good = self.generated()
        wrong = [bin(int.from_bytes(a, "big") ^ int.from_bytes(b, "big")).count("1")
                 for a, b in zip(frames, good) if a != b]
        self.assertEqual(wrong, [1] * 10)

    def test_reordered(self):
        report, frames = self.generated("1ms:wire-reorder=10")
        self.assertEqual(report["wire_faults"]["reordered"], 10)
        numbers = self.numbers(frames)
        self.assertEqual(sorted(numbers), list(range(COUNT)))
        self.assertEqual(sum(a > b for a, b in zip(numbers, numbers[1:])), 10)

    def test_delayed(self):
        report, frames = self.generated("1ms:wire-delay=5ms", "50ms:wire-delay=0")
        self.assertGreater(report["wire_faults"]["delayed"], 0)
        self.assertEqual(self.numbers(frames), list(range(COUNT)))

    def test_frames_from_the_device(self):
        for fault, change in (("drop", -7), ("duplicate", 7), ("corrupt", 0), ("reorder", 0)):
            with self.subTest(fault=fault):
                report = self.run_traffic("--wire", "echo", "--loop", "20", "--event",
                                          f"1ms:wire-{fault}=7,out")
                self.balanced(report)
                sent = report["send"]["net_buffers"]
                self.assertEqual(sent, 20 * len(self.frames))
                self.assertEqual(report["cable"]["frames_out"], sent)
                self.assertEqual(report["cable"]["frames_in"], sent + change)
                self.assertEqual(len(read_capture(self.path("w.pcap"))), sent)

    def test_all_at_once_while_the_adapter_pauses(self):
        faults = [f"1ms+3msx20:wire-{fault}=5{way}" for way in ("", ",out")
                  for fault in ("drop", "duplicate", "corrupt", "reorder")]
        events = [word for fault in faults for word in ("--event", fault)]
        report = self.run_traffic("--wire", "echo", "--loop", "60", "--event", "2ms+7msx10:pause",
                                  *events)
        self.balanced(report)

    def test_bad_events_are_refused(self):
        for event, says in (("1s:wire-drop", "wire-drop=N"), ("1s:wire-drop=0", "wire-drop=N"),
                            ("1s:wire-drop=-1", "wire-drop=N"),
                            ("1s:wire-drop=5,in", "wire-drop=N"),
                            ("1s:wire-corrupt=2000000", "wire-corrupt=N"),
                            ("1s:wire-delay=11s", "wire-delay=TIME"),
                            ("1s:wire-delay=x", "wire-delay=TIME"),
                            ("1s:wire-drip=5", "did you mean 'wire-drop'")):
            with self.subTest(event=event):
                self.refused("run", E1000E, "--event", event, says=says)


if __name__ == "__main__":
    unittest.main()
