#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One driver file, every device it knows: the same expectations, whatever is behind them."""
import hashlib
import unittest

from devices import on_each
from traffic import E1000E, TrafficTest, padded, write_capture

MSIX_DEVICES = ("soft:e1000e", "qemu:e1000e")
DEVICES = MSIX_DEVICES + ("qemu:e1000", )
KEYS = ("net_buffer_lists", "net_buffers", "bytes", "completed", "failed")


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


class SameTest(TrafficTest):
    @classmethod
    def setUpClass(cls):
        cls.before = digest(E1000E)
        print(f"driver {E1000E}\nsha256 {cls.before}", flush=True)

    @classmethod
    def tearDownClass(cls):
        if digest(E1000E) != cls.before:
            raise AssertionError("the driver's file changed between devices")

    def on(self, device, *args, **more):
        """The capture out and back; what does not depend on time."""
        report = self.echoed("--device", device, *args, **more)
        self.assertEqual(report["device"], device)
        self.assertEqual(digest(E1000E), self.before)
        return [report["send"][key] for key in KEYS], report["receive"]["bytes"]

    def test_the_same_numbers_everywhere(self):
        numbers = {}

        @on_each(*DEVICES)
        def run(self, device):
            numbers[device] = self.on(device)
        run(self)
        for device in numbers:
            print(f"{device}: the same, driver {digest(E1000E)}", flush=True)
        self.assertEqual(len({str(each) for each in numbers.values()}), 1, numbers)

    @on_each(*MSIX_DEVICES)
    def test_interrupts(self, device):
        for kind in ("line", "msi", "msix"):
            with self.subTest(kind=kind):
                self.on(device, "--set", f"interrupt={kind}")

    @on_each(*DEVICES)
    def test_iommu(self, device):
        for mode in ("strict", "lazy", "off"):
            with self.subTest(mode=mode):
                self.on(device, "--set", f"iommu={mode}")

    @on_each(*DEVICES)
    def test_shapes_and_lists(self, device):
        for settings in (["mdl=many"], ["mdl=header-split", "sgl=per-page"], ["sgl=split"],
                         ["mdl=empty-mdls"], ["mdl=leading-offset", "callback=random"],
                         ["nb-per-nbl=4", "bounce=always"]):
            with self.subTest(settings=settings):
                self.on(device, *[word for each in settings for word in ("--set", each)])

    @on_each(*DEVICES)
    def test_every_frame_mapped(self, device):
        config = self.file("config", "CopyThreshold = 0\n")
        self.on(device, "--config", config, "--set", "mdl=many", "--set", "sgl=split")

    @on_each(*DEVICES)
    def test_pauses_and_resets(self, device):
        report = self.run_traffic("--device", device, "--wire", "echo", "--loop", "20", "--event",
                                  "5ms+50msx5:pause", "--event", "30ms+100msx3:reset")
        self.balanced(report)
        self.assertEqual((report["events"]["pauses"], report["events"]["resets"]), (5, 3))
        self.assertEqual(report["send"]["net_buffer_lists"], report["send"]["completed"])

    @on_each(*DEVICES)
    def test_frames_from_the_wire_alone(self, device):
        write_capture(self.path("wire.pcap"), self.frames)
        report = self.run_driver(E1000E, "--device", device, "--wire",
                                 "pcap:" + self.path("wire.pcap"), "--received",
                                 self.path("r.pcap"))
        self.balanced(report)
        self.same(self.path("r.pcap"), padded(self.frames))

    @on_each(*DEVICES)
    def test_link_down_and_up(self, device):
        report = self.run_traffic("--device", device, "--set", "link=down", "--event",
                                  "100ms:link-up", "--event", "900ms:pause", "--wire", "sink")
        self.balanced(report)

    @on_each(*DEVICES)
    def test_sleep(self, device):
        report = self.run_traffic("--device", device, "--wire", "sink", "--loop", "5", "--event",
                                  "10ms+200msx2:sleep")
        self.balanced(report)


if __name__ == "__main__":
    unittest.main()
