#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The e1000e driver on QEMU's cards: every frame, bytes and order, as on the soft card."""
import os

from qemu import INF, QemuTest, main, read_capture, write_capture


class RunTest(QemuTest):
    def on(self, device, *settings, args=()):
        words = [word for setting in settings for word in ("--set", setting)]
        return self.echoed("--inf", INF, "--device", device, *words, *args)

    def test_as_on_the_soft_card(self):
        for device in "soft:e1000e", "qemu:e1000e":
            self.on(device)
            os.rename(self.path("w.pcap"), self.path(device[:4] + "-w.pcap"))
            os.rename(self.path("r.pcap"), self.path(device[:4] + "-r.pcap"))
        for name in "w.pcap", "r.pcap":
            self.same(self.path("qemu-" + name), read_capture(self.path("soft-" + name)))

    def test_the_whole_capture(self):
        self.frames = self.whole
        write_capture(self.path("send.pcap"), self.frames)
        self.on("qemu:e1000e")

    def test_every_kind_of_interrupt_with_every_iommu_mode(self):
        for iommu in "strict", "lazy", "off":
            for kind in "msix", "msi", "line":
                with self.subTest(iommu=iommu, interrupt=kind):
                    report = self.on("qemu:e1000e", f"iommu={iommu}", f"interrupt={kind}")
                    self.assertGreater(report["interrupts"]["delivered"], 0)

    def messages(self, kind):
        """What the driver was called for: message numbers, or "line"."""
        report = self.run_traffic("--wire", "echo", "--inf", INF, "--device", "qemu:e1000e",
                                  "--set", f"interrupt={kind}", "--trace", self.path("trace"))
        self.balanced(report)
        found = set()
        with open(self.path("trace"), encoding="utf-8") as file:
            for words in (line.split() for line in file):
                if "INTERRUPT" in words:
                    values = dict(word.split("=") for word in words if "=" in word)
                    line = "c" in values
                    found.add("line" if line else int(values.get("a", "0"), 16))
        return found

    def test_each_kind_of_interrupt_arrives_as_itself(self):
        self.assertEqual(self.messages("line"), {"line"})
        self.assertEqual(self.messages("msi"), {0})
        self.assertLessEqual({0, 1}, self.messages("msix"))

    def test_82540em(self):
        for iommu in "strict", "off":
            with self.subTest(iommu=iommu):
                self.on("qemu:e1000", f"iommu={iommu}")

    def test_settings_of_dma(self):
        for settings in (["sgl=per-page", "mdl=many"], ["sgl=split"], ["bounce=always"],
                         ["callback=random", "map-registers=8"],
                         ["sgl=relocate", "mdl=header-split"], ["receive-hold=30"],
                         ["address-bits=32", "iommu=off"]):
            with self.subTest(settings=settings):
                self.on("qemu:e1000e", *settings)

    def test_ram_above_4_gib(self):
        for iommu in "strict", "off":
            with self.subTest(iommu=iommu):
                self.on("qemu:e1000e", "ram-high=64M", f"iommu={iommu}")

    def test_more_ram_than_its_machine_has_room_for(self):
        self.refused("run", os.environ["E1000E"], "--device", "qemu:e1000e", "--set", "ram=3G",
                     says=["qemu:e1000e", "set ram lower"])

    def test_frames_from_the_wire(self):
        report = self.run_driver(os.environ["E1000E"], "--inf", INF, "--device", "qemu:e1000e",
                                 "--wire", "gen:3000,1514")
        self.balanced(report)
        self.assertEqual(report["receive"]["net_buffer_lists"], 3000)

    def test_a_handful_of_frames_through_a_card_that_is_deaf_at_first(self):
        # the 82540EM model takes nothing for a second; a run must not end before
        self.frames = self.frames[:3]
        write_capture(self.path("send.pcap"), self.frames)
        self.on("qemu:e1000")


main()
