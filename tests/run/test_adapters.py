#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Several adapters of one driver, tags beside the data, and frames that are too long for a miniport.
The driver pair.c has no hardware: what one of its adapters sends, the others receive.
"""
import os
import unittest

from devices import on_each
from traffic import E1000E, PART, TrafficTest, padded, write_capture

PAIR = os.environ["PAIR"]
NO_VLAN = "*PriorityVLANTag = 0\n"


def tagged(length, tci=0x602a):
    head = bytes.fromhex("020000000099" "020000000098" "8100")
    return (head + tci.to_bytes(2, "big") + b"\x88\xb5" + bytes(range(256)) * 8)[:length]


class AdaptersTest(TrafficTest):
    def pair(self, adapters, frames):
        write_capture(self.path("send.pcap"), frames)
        # the driver answers no queries
        report = self.run_driver(PAIR, "--device", "null", "--send", self.path("send.pcap"),
                                 "--received", self.path("r.pcap"), "--set",
                                 f"adapters={adapters}", "--disable-rule", "oid-wrong-answer")
        self.balanced(report)
        self.assertEqual(report["send"]["net_buffers"], len(frames))
        self.assertEqual(report["send"]["completed"], len(frames))
        return report

    def test_what_one_sends_the_other_receives(self):
        report = self.pair(2, self.frames)
        self.assertEqual(report["receive"]["net_buffer_lists"], PART)
        self.same(self.path("r.pcap"), self.frames)

    def test_one_is_alone(self):
        report = self.pair(1, self.frames)
        self.assertEqual(report["receive"]["net_buffer_lists"], 0)

    def test_three(self):
        report = self.pair(3, self.frames)
        self.assertEqual(report["receive"]["net_buffer_lists"], 2 * PART)
        self.same(self.path("r.pcap"), [f for frame in self.frames for f in (frame, frame)])

    def test_what_comes_before_the_run_sends_is_returned(self):
        with open(self.path("hello.conf"), "w", encoding="utf-8") as file:
            file.write("Hello = 1\n")
        for held in (0, 5):
            report = self.run_driver(PAIR, "--device", "null", "--config", self.path("hello.conf"),
                                     "--received", self.path("r.pcap"), "--set", "adapters=3",
                                     "--set", f"receive-hold={held}",
                                     "--disable-rule", "oid-wrong-answer")
            self.balanced(report)
            self.assertEqual(report["receive"]["net_buffer_lists"], 3)
            self.same(self.path("r.pcap"), [b"\xff" * 6 + bytes(54)] * 3)

    def test_tags_of_every_kind_come_through(self):
        frames = [tagged(size, tci) for size in (18, 63, 64, 65, 1514, 1518)
                  for tci in (0, 1, 0xfff, 0x2000, 0xe000, 0xffff, 0x1001)
                  if size <= 1514 or tci & 0x1000 == 0]
        self.pair(2, frames)
        self.same(self.path("r.pcap"), frames)

    @on_each("soft:e1000e", "qemu:e1000e")
    def test_each_has_a_device_of_its_own(self, device):
        alone = self.echoed("--device", device)
        both = self.echoed("--device", device, "--set", "adapters=2")
        self.assertGreater(both["events"]["oids"], alone["events"]["oids"] + 10)
        self.assertGreater(both["dma"]["shared_memory_bytes_peak"],
                           alone["dma"]["shared_memory_bytes_peak"])

    def test_shutdown_reaches_all(self):
        report = self.run_driver(E1000E, "--set", "adapters=2", "--event", "50ms:shutdown",
                                 "--duration", "0.2")
        self.assertEqual(report["findings"], [])

    def test_too_many(self):
        self.refused("run", PAIR, "--device", "null", "--set", "adapters=9", says="1 to 8")

    def test_without_vlan_a_tag_stays_inside_and_a_full_frame_is_not_sent(self):
        with open(self.path("no-vlan.conf"), "w", encoding="utf-8") as file:
            file.write(NO_VLAN)
        frames = [tagged(size) for size in (64, 1514, 1515, 1518, 100)] + [self.frames[0]]
        write_capture(self.path("send.pcap"), frames)
        fit = [frame for frame in frames if len(frame) <= 1514]
        report = self.run_traffic("--config", self.path("no-vlan.conf"))
        self.balanced(report)
        self.assertEqual(report["send"]["net_buffers"], len(fit))
        self.assertEqual(report["send"]["too_long"], 2)
        self.assertEqual(report["send"]["bytes"], sum(len(frame) for frame in fit))
        self.same(self.path("w.pcap"), padded(fit))

    def test_with_vlan_the_card_inserts_the_tag(self):
        frames = [tagged(size) for size in (64, 1514, 1518, 100)]
        write_capture(self.path("send.pcap"), frames)
        report = self.run_traffic()
        self.balanced(report)
        self.assertEqual(report["send"]["too_long"], 0)
        self.assertEqual(report["send"]["bytes"], sum(len(frame) - 4 for frame in frames))
        self.same(self.path("w.pcap"), frames)

    def test_an_untagged_frame_that_is_too_long(self):
        long = bytes.fromhex("020000000099" "020000000098" "88b5") + bytes(1501)
        write_capture(self.path("send.pcap"), [self.frames[0], long])
        report = self.run_traffic()
        self.assertEqual(report["send"]["net_buffers"], 1)
        self.assertEqual(report["send"]["too_long"], 1)


if __name__ == "__main__":
    unittest.main()
