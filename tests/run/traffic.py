# SPDX-License-Identifier: MIT
"""What the run tests share: a capture, what must come of it, and the check."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))

# pylint: disable=wrong-import-position,unused-import
from cli import CAPTURE, DRYDOCK, E1000E, FAST, SOURCE, CliTest, read_capture, write_capture

PART = 300  # frames of the capture that most runs send


def padded(frames):
    """As they are on the cable: Ethernet wants 60 bytes without the FCS."""
    return [frame + bytes(60 - len(frame)) if len(frame) < 60 else frame for frame in frames]


def to_everybody(frame):
    """Broadcast or multicast: what a station takes that is not asked to take everything."""
    return frame[0] & 1 == 1


class TrafficTest(CliTest):
    whole = read_capture(CAPTURE)

    def setUp(self):
        super().setUp()
        step = len(self.whole) // PART
        self.frames = self.whole[::step][:PART]
        write_capture(self.path("send.pcap"), self.frames)

    def run_traffic(self, *args, **more):
        return self.run_driver(E1000E, "--send", self.path("send.pcap"), "--record",
                               self.path("w.pcap"), "--received",
                               self.path("r.pcap"), *args, **more)

    def balanced(self, report):
        """Nothing lost and nothing left, whatever happened."""
        dma, send, receive = report["dma"], report["send"], report["receive"]
        self.assertEqual(report["findings"], [])
        self.assertEqual(report["leaks"], 0)
        self.assertEqual(dma["sg_lists_built"], dma["sg_lists_freed"])
        self.assertEqual(dma["iommu_faults"], 0)
        self.assertEqual(receive["net_buffer_lists"], receive["returned"])
        return dma, send, receive

    def echoed(self, *args, frames=None, received=None):
        """Everything that is sent comes back, byte by byte and in order; the report."""
        report = self.run_traffic("--wire", "echo", *args)
        expected = padded(self.frames if frames is None else frames)
        _, send, _ = self.balanced(report)
        self.assertEqual(send["failed"], 0)
        self.assertEqual(send["completed"], send["net_buffer_lists"])
        self.same(self.path("w.pcap"), expected)
        self.same(self.path("r.pcap"), padded(received) if received is not None else expected)
        return report

    def same(self, path, expected):
        found = read_capture(path)
        for number, (a, b) in enumerate(zip(found, expected)):
            if a != b:
                name = os.path.basename(path)
                self.fail(f"{name}: frame {number + 1}\n  is     {a.hex()}\n  should {b.hex()}")
        self.assertEqual(len(found), len(expected), path)
