#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Receive side scaling of the e1000e driver: everything comes back, each flow in order, on the CPUs
the table names; hash, type and CPU of each list are checked, so that no finding says: all right.
"""
import collections
import struct
import unittest

from devices import on_each
from traffic import TrafficTest, padded, read_capture, write_capture

CARDS = ("soft:e1000e", "qemu:e1000e")


def flow_of(frame):
    """What a card may tell flows apart by: addresses and ports of IP, without options and tags."""
    at = 18 if frame[12:14] == b"\x81\x00" else 14
    kind = frame[at - 2:at]
    if kind == b"\x08\x00":
        fragment = struct.unpack(">H", frame[at + 6:at + 8])[0] & 0x3fff
        if frame[at] == 0x45 and not fragment and frame[at + 9] == 6:
            return frame[at + 12:at + 24]
        return frame[at + 12:at + 20]
    if kind == b"\x86\xdd":
        return frame[at + 8:at + 44] if frame[at + 6] == 6 else frame[at + 8:at + 40]
    return b""


def by_flow(frames):
    flows = collections.defaultdict(list)
    for frame in frames:
        flows[flow_of(frame)].append(frame)
    return flows


class RssTest(TrafficTest):
    def setUp(self):
        super().setUp()
        self.keywords("*RSS = 1")
        self.frames = self.whole
        write_capture(self.path("send.pcap"), self.frames)

    def keywords(self, *lines):
        with open(self.path("rss.conf"), "w", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in lines))

    def scaled(self, *args, rss="on", ordered=True):
        """There and back; numbers of the report's rss."""
        report = self.run_traffic("--wire", "echo", "--config", self.path("rss.conf"), "--set",
                                  f"rss={rss}", *args)
        self.balanced(report)
        self.assertEqual(report["send"]["failed"], 0)
        self.same(self.path("w.pcap"), padded(self.frames))
        expected, found = padded(self.frames), read_capture(self.path("r.pcap"))
        if ordered:
            self.assertEqual(by_flow(found), by_flow(expected))
        self.assertEqual(sorted(found), sorted(expected))
        return report["rss"]

    def test_nothing_by_default(self):
        report = self.echoed("--config", self.path("rss.conf"))
        self.assertEqual(report["settings"]["rss"], "off")
        self.assertEqual(report["rss"], {"hashed": 0, "unhashed": 0, "tables": 0, "cpus": [0, 0]})

    @on_each(*CARDS)
    def test_frames_come_on_both_cpus(self, device):
        rss = self.scaled("--device", device)
        self.assertEqual(len(rss["cpus"]), 2)
        self.assertTrue(all(count > 100 for count in rss["cpus"]), rss)
        self.assertEqual(sum(rss["cpus"]), rss["hashed"])
        self.assertEqual(rss["hashed"] + rss["unhashed"], len(self.frames))
        self.assertGreater(rss["unhashed"], 0)

    @on_each(*CARDS)
    def test_another_table_under_traffic(self, device):
        rss = self.scaled("--device", device, rss="rebalance", ordered=False)
        self.assertGreater(rss["tables"], 0)
        self.assertTrue(all(count > 0 for count in rss["cpus"]), rss)

    @on_each("qemu:e1000")
    def test_a_card_with_one_queue_stays_with_it(self, device):
        rss = self.scaled("--device", device)
        self.assertEqual((rss["hashed"], rss["unhashed"]), (0, len(self.frames)))

    def test_it_takes_messages(self):
        for kind in ("line", "msi"):
            with self.subTest(kind=kind):
                self.assertEqual(self.scaled("--set", f"interrupt={kind}")["hashed"], 0)

    def test_keywords(self):
        for words, hashed, busy in ((["*RSS = 0"], False, set()),
                                    (["*RSS = 1", "*NumRssQueues = 1"], False, set()),
                                    (["*RSS = 1", "*RssBaseProcNumber = 1"], True, {1, 2}),
                                    (["*RSS = 1", "*RssBaseProcNumber = 3"], False, set()),
                                    (["*RSS = 1", "*MaxRssProcessors = 1"], False, set())):
            with self.subTest(words=words):
                self.keywords(*words)
                rss = self.scaled("--cpus", "4")
                self.assertEqual(rss["hashed"] > 0, hashed)
                self.assertEqual({i for i, n in enumerate(rss["cpus"]) if n > 0}, busy)

    def test_kept_over_pause_reset_and_sleep(self):
        """A reset loses what the card holds; what comes back has its hash as before."""
        unhashed = self.scaled()["unhashed"]
        for event in ("5ms:pause", "5ms:reset", "5ms:sleep"):
            with self.subTest(event=event):
                report = self.run_traffic("--wire", "echo", "--config", self.path("rss.conf"),
                                          "--set", "rss=on", "--event", event)
                self.balanced(report)
                self.assertLessEqual(report["rss"]["unhashed"], unhashed)
                self.assertGreater(report["rss"]["hashed"], 0)

    def test_with_hard_settings(self):
        for settings in (["receive-hold=100"], ["receive-throttle=3"], ["offload=all"],
                         ["device-latency=random"], ["bounce=always", "sgl=split"]):
            with self.subTest(settings=settings):
                rss = self.scaled(*(word for s in settings for word in ("--set", s)))
                self.assertTrue(all(count > 100 for count in rss["cpus"]), rss)


if __name__ == "__main__":
    unittest.main()
