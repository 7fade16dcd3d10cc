#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
The e1000e driver with real traffic: every value of every setting taken alone. All frames come back,
nothing leaks, no finding; and the report's counters prove that the setting took effect.
"""
import subprocess
import unittest
from itertools import groupby

from traffic import CAPTURE, PART, SOURCE, TrafficTest, padded, read_capture, to_everybody


def sets(*settings):
    return [word for setting in settings for word in ("--set", setting)]


def tag_beside(frame):
    """The tag that goes down beside the data; 0: none, or it stays in a frame that is short."""
    tagged = frame[12:14] == b"\x81\x00" and len(frame) >= 64
    return int.from_bytes(frame[14:16], "big") if tagged else 0


class SettingTest(TrafficTest):
    def alone(self, *settings):
        report = self.echoed(*sets(*settings))
        for setting in settings:
            name, value = setting.split("=")
            self.assertEqual(report["settings"][name].lower(), value.lower())
        return report

    def test_whole_capture(self):
        subprocess.run(["cp", CAPTURE, self.path("send.pcap")], check=True)
        report = self.echoed(frames=self.whole)
        self.assertEqual(report["send"]["net_buffers"], len(self.whole))
        self.assertEqual(report["cable"]["frames_out"], len(self.whole))

    def test_the_part_has_every_kind_of_frame(self):
        sizes = [len(f) for f in self.frames]
        self.assertEqual(len(self.frames), PART)
        self.assertTrue(min(sizes) < 60 and 1514 in sizes and max(sizes) > 1514)
        self.assertTrue(any(f[12:14] == b"\x81\x00" for f in self.frames))
        self.assertTrue(any(to_everybody(f) for f in self.frames))

    def test_frames_to_strangers_of_every_size(self):
        subprocess.run([SOURCE + "/tests/captures/make-bad", self.folder], check=True)
        frames = read_capture(self.path("good-strangers.pcap"))
        subprocess.run(["cp", self.path("good-strangers.pcap"), self.path("send.pcap")], check=True)
        # 14 bytes are a header without data; the card pads it like the rest
        self.echoed(frames=frames)

    # --- DMA ---

    def test_defaults(self):
        dma = self.echoed()["dma"]
        for name in ("deferred_callbacks", "other_cpu_callbacks", "queued_requests",
                     "bounced_bytes", "map_registers_peak",
                     "own_buffers_used"):
            self.assertEqual(dma[name], 0, name)
        self.assertGreater(dma["sg_lists_built"], 100)
        self.assertEqual(dma["caller_buffers_used"], dma["sg_lists_built"])

    def test_iommu(self):
        for value in ("strict", "lazy", "off"):
            with self.subTest(value=value):
                self.assertEqual(self.alone(f"iommu={value}")["dma"]["bounced_bytes"], 0)

    def test_bounce_always(self):
        dma = self.alone("bounce=always")["dma"]
        self.assertGreater(dma["bounced_bytes"], 60 * dma["sg_lists_built"])

    def test_bounce_never(self):
        self.assertEqual(self.alone("bounce=never")["dma"]["bounced_bytes"], 0)

    def test_bounce_auto_bounces_what_is_out_of_reach(self):
        report = self.alone("iommu=off", "address-bits=32", "ram-high=1024M", "bounce=auto")
        self.assertGreater(report["dma"]["bounced_bytes"], 0)

    def test_bounce_never_out_of_reach_is_copied_by_the_driver(self):
        dma = self.alone("iommu=off", "address-bits=32", "ram-high=1024M", "bounce=never")["dma"]
        self.assertEqual((dma["bounced_bytes"], dma["sg_lists_built"]), (0, 0))

    def test_map_registers(self):
        for registers in (2, 8, 64):
            with self.subTest(registers=registers):
                dma = self.alone(f"map-registers={registers}")["dma"]
                self.assertGreater(dma["map_registers_peak"], 0)
                self.assertLessEqual(dma["map_registers_peak"], registers)
                if registers == 2:
                    self.assertGreater(dma["queued_requests"], 0)
                    self.assertGreater(dma["deferred_callbacks"], 0)

    def test_map_registers_per_transfer(self):
        """A frame in two MDLs needs two: with one allowed the driver is refused, and copies."""
        all_mapped = self.alone("mdl=header-split", "map-registers=64")["dma"]
        refused = self.alone("mdl=header-split", "map-registers=64",
                             "map-registers-per-transfer=1")["dma"]
        self.assertLess(refused["sg_lists_built"], all_mapped["sg_lists_built"])
        self.assertLessEqual(refused["sg_elements_max"], 1)

    def test_callback_deferred(self):
        dma = self.alone("callback=deferred")["dma"]
        self.assertEqual(dma["deferred_callbacks"], dma["sg_lists_built"])
        self.assertGreater(dma["other_cpu_callbacks"], 0)

    def test_callback_deferred_on_one_cpu(self):
        dma = self.echoed("--cpus", "1", *sets("callback=deferred"))["dma"]
        self.assertEqual(dma["deferred_callbacks"], dma["sg_lists_built"])
        self.assertEqual(dma["other_cpu_callbacks"], 0)

    def test_callback_random(self):
        dma = self.alone("callback=random")["dma"]
        self.assertGreater(dma["deferred_callbacks"], 0)
        self.assertLess(dma["deferred_callbacks"], dma["sg_lists_built"])

    def test_sgl_shapes(self):
        elements = {}
        for value in ("merge", "merge-iova", "per-page"):
            with self.subTest(value=value):
                dma = self.alone(f"sgl={value}")["dma"]
                self.assertLessEqual(dma["sg_elements_max"], 2)  # a frame touches two pages at most
                elements[value] = dma["sg_elements"]
                if value == "merge-iova":  # one MDL, adjacent device pages
                    self.assertEqual(dma["sg_elements"], dma["sg_lists_built"])
                else:
                    self.assertEqual(dma["sg_elements_max"], 2)
                    self.assertGreater(dma["sg_elements"], dma["sg_lists_built"])
        # where frames lie is the seed's, how they are told is the setting's
        self.assertLessEqual(elements["merge"], elements["per-page"])

    def test_sgl_per_page_without_verifier(self):
        """The data of flat frames are then not used again."""
        dma = self.echoed("--verify", "off", *sets("sgl=per-page"))["dma"]
        self.assertGreater(dma["sg_elements"], dma["sg_lists_built"])
        dma = self.echoed("--verify", "off", *sets("sgl=merge"))["dma"]
        self.assertEqual(dma["sg_elements"], dma["sg_lists_built"])

    def test_a_flat_frame_crosses_a_page_in_the_seeds_frames(self):
        found = [self.echoed("--seed", seed, *sets("sgl=per-page"))["dma"]["sg_elements"]
                 for seed in ("1", "1", "2")]
        self.assertEqual(found[0], found[1])
        self.assertNotEqual(found[0], found[2])

    def test_sgl_split(self):
        dma = self.alone("sgl=split")["dma"]
        self.assertGreater(dma["sg_elements_max"], 2)
        self.assertGreater(dma["sg_elements"], dma["sg_lists_built"])

    def test_sgl_relocate(self):
        dma = self.alone("sgl=relocate")["dma"]
        self.assertEqual((dma["own_buffers_used"], dma["caller_buffers_used"]),
                         (dma["sg_lists_built"], 0))

    def test_address_bits(self):
        for bits in ("driver", "24", "30", "32", "36", "48", "64"):
            with self.subTest(bits=bits):
                self.alone(f"address-bits={bits}")

    def test_address_bits_without_iommu(self):
        for bits in ("24", "26", "32"):
            with self.subTest(bits=bits):
                dma = self.alone("iommu=off", f"address-bits={bits}", "ram=512M")["dma"]
                if bits != "32":
                    self.assertGreater(dma["bounced_bytes"], 0)

    def test_ram(self):
        for setting in ("ram=64M", "ram=2048M", "ram-high=2048M"):
            with self.subTest(setting=setting):
                self.alone(setting)

    # --- frames ---

    def test_mdl_shapes(self):
        for value, elements in (("flat", 1), ("header-split", 2), ("many", 6),
                                ("leading-offset", 2), ("empty-mdls", 2)):
            with self.subTest(value=value):
                self.assertGreaterEqual(self.alone(f"mdl={value}")["dma"]["sg_elements_max"],
                                        elements)

    def test_nb_per_nbl(self):
        # a tag beside the data is one for the whole list
        runs = [len(list(run)) for _, run in groupby(tag_beside(f) for f in self.frames)]
        for count in (1, 2, 7, 64):
            with self.subTest(count=count):
                report = self.alone(f"nb-per-nbl={count}")
                self.assertEqual(report["send"]["net_buffer_lists"],
                                 sum((run + count - 1) // count for run in runs))
                self.assertEqual(report["send"]["net_buffers"], PART)

    def test_send_batch_and_window(self):
        for settings in (["send-batch=1"], ["send-batch=4096", "send-window=4096"],
                         ["send-window=1"], ["send-window=3"]):
            with self.subTest(settings=settings):
                self.alone(*settings)

    # --- device and machine ---

    def test_device_latency(self):
        for value in ("deferred", "inline", "random"):
            with self.subTest(value=value):
                self.alone(f"device-latency={value}")

    def test_interrupts(self):
        for value in ("line", "msi", "msix"):
            with self.subTest(value=value):
                report = self.alone(f"interrupt={value}")
                self.assertGreater(report["interrupts"]["delivered"], 0)
                self.assertGreater(report["interrupts"]["dpcs"], 0)

    def test_cpus(self):
        for cpus in ("1", "3", "8"):
            with self.subTest(cpus=cpus):
                self.assertEqual(self.echoed("--cpus", cpus)["cpus"], int(cpus))

    def test_packet_filter_directed(self):
        everybody = [f for f in self.frames if to_everybody(f)]
        report = self.run_traffic("--wire", "echo", *sets("packet-filter=directed"))
        self.balanced(report)
        self.same(self.path("w.pcap"), padded(self.frames))
        received = read_capture(self.path("r.pcap"))
        self.assertLess(len(received), PART)
        self.assertTrue(all(f in padded(everybody) for f in received))
        broadcast = [f for f in padded(self.frames) if f[:6] == b"\xff" * 6]
        self.assertEqual([f for f in received if f[:6] == b"\xff" * 6], broadcast)

    def test_ndis_levels(self):
        for level in ("6.30", "6.40", "6.50", "6.60", "6.70", "6.80", "6.87"):
            with self.subTest(level=level):
                self.alone(f"ndis={level}")

    def test_an_older_ndis_refuses_the_driver(self):
        report = self.run_traffic(*sets("ndis=6.20"), status=1)
        self.assertEqual([f["rule"] for f in report["findings"]], ["driver-refused"])

    def test_prefetch_and_link_delay(self):
        for setting in ("prefetch=off", "prefetch=on", "link-delay=0", "link-delay=50"):
            with self.subTest(setting=setting):
                self.alone(setting)

    def test_receive_throttle(self):
        for count in (1, 5, 64):
            with self.subTest(count=count):
                self.alone(f"receive-throttle={count}")

    def test_receive_hold_makes_the_driver_grow(self):
        """It asks for more when less than an eighth of its 256 buffers is left."""
        for held in (230, 250):
            dma = self.alone(f"receive-hold={held}")["dma"]
            self.assertGreater(dma["shared_memory_async"], 0)

    def test_personalities(self):
        for name in ("modern", "no-iommu-32bit", "isa-era", "hostile", "fast"):
            with self.subTest(name=name):
                report = self.echoed("--personality", name)
                self.assertEqual(report["personality"], name)

    def test_seeds(self):
        for seed in range(1, 6):
            with self.subTest(seed=seed):
                self.echoed("--personality", "hostile", "--seed", str(seed))


if __name__ == "__main__":
    unittest.main()
