#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What happens to the hardware under traffic: no hang, no crash, each list back once, no leaks."""
import unittest

from devices import on_each
from hardware import ALL_DEVICES, HardwareTest
from traffic import E1000E


class EventsTest(HardwareTest):
    # --- freeze ---

    @on_each(*ALL_DEVICES)
    def test_a_freeze_of_a_second(self, device):
        report = self.under(device, "20ms:freeze=1s")
        self.assertEqual(report["findings"], [])
        self.assertEqual((report["events"]["freezes"], report["send"]["failed"]), (1, 0))
        self.assertGreater(report["seconds"], 1)

    def test_many_freezes(self):
        report = self.under("soft:e1000e", "1ms+20msx20:freeze=10ms", loop=200)
        self.assertEqual(report["findings"], [])
        self.assertEqual(report["events"]["freezes"], 20)

    def test_freezes_with_work_done_inline(self):
        report = self.under("soft:e1000e", "1ms+20msx10:freeze=10ms",
                            settings=["device-latency=inline", "interrupt=line"])
        self.assertEqual(report["findings"], [])

    def test_a_freeze_during_pauses_and_the_end(self):
        report = self.under("soft:e1000e", "5ms:freeze=3s", "10ms:pause", loop=100)
        self.assertEqual(report["findings"], [])
        report = self.run_traffic("--wire", "echo", "--loop", "1000", "--event", "5ms:freeze=60s",
                                  "--duration", "0.2")
        self.every_list_once(report)

    def test_a_long_freeze_ends_in_a_reset_and_traffic_goes_on(self):
        report = self.under("soft:e1000e", "5ms:freeze=7s", loop=60)
        self.assertEqual(report["findings"], [])
        self.assertGreater(report["send"]["completed"], report["send"]["failed"])

    # --- removal, insertion ---

    @on_each(*ALL_DEVICES)
    def test_removal(self, device):
        report = self.under(device, "30ms:remove", loop=1000)
        self.assertEqual(report["findings"], [])
        self.assertEqual(report["events"]["removals"], 1)

    @on_each(*ALL_DEVICES)
    def test_removal_and_insertion(self, device):
        report = self.under(device, "20ms:remove", "100ms:insert")
        self.assertEqual(report["findings"], [])
        self.assertEqual((report["events"]["removals"], report["events"]["insertions"]), (1, 1))
        self.assertEqual(report["send"]["net_buffers"], 60 * len(self.frames))
        self.assertGreater(report["receive"]["net_buffer_lists"], 10 * len(self.frames))

    def test_in_and_out(self):
        """On a busy machine a removal may come before a late insertion: it is none then."""
        report = self.under("soft:e1000e", "10ms+60msx20:remove", "40ms+60msx20:insert", loop=300)
        removals, insertions = report["events"]["removals"], report["events"]["insertions"]
        self.assertEqual(report["findings"], [])
        self.assertGreaterEqual(insertions, 5)
        self.assertIn(removals - insertions, (0, 1))

    def test_other_events_wait_for_a_device(self):
        report = self.under("soft:e1000e", "10ms:remove", "20ms:pause", "25ms:freeze=1ms",
                            "26ms:bus-master-off", "27ms:iommu-unmap", "30ms:remove", "60ms:insert")
        self.assertEqual(report["findings"], [])
        self.assertEqual((report["events"]["pauses"], report["events"]["removals"]), (0, 1))

    # --- bus mastering, IOMMU ---

    @on_each(*ALL_DEVICES)
    def test_bus_mastering_off_is_repaired_by_a_reset(self, device):
        report = self.under(device, "20ms:bus-master-off")
        self.assertEqual(report["findings"], [])
        self.assertGreater(report["send"]["failed"], 0)
        self.assertGreater(report["send"]["completed"], 2 * report["send"]["failed"])

    # --- link ---

    @on_each(*ALL_DEVICES)
    def test_a_hundred_link_flaps(self, device):
        report = self.under(device, "1ms+12msx100:link-down", "5ms+12msx100:link-up", loop=150)
        self.assertEqual(report["findings"], [])

    # --- what cannot be asked for ---

    def test_refused(self):
        isa = ["--device", "soft:isanic"]
        for args, says in (
                (["--event", "1:insert"], "'1:insert': no remove comes before it"),
                (["--event", "1:insert", "--event", "1:remove"], "no remove comes before it"),
                ([*isa, "--event", "1:remove", "--event", "2:insert"],
                 "'2:insert': device soft:isanic cannot be put back"),
                ([*isa, "--event", "1:bus-master-off"], "soft:isanic is no bus master"),
                ([*isa, "--event", "1:iommu-unmap"], "soft:isanic has no IOMMU"),
                (["--set", "iommu=off", "--event", "1:iommu-unmap"], "has no IOMMU in this run"),
                (["--event", "1:freeze"], "write freeze=TIME"),
                (["--event", "1:freeze=0"], "write freeze=TIME"),
                (["--event", "1:freeze=61s"], "at most 60s"),
                (["--event", "1:freeze=1s,out"], "write freeze=TIME"),
                (["--event", "1:insert=2"], "nothing follows 'insert'"),
                (["--event", "1:bus-master"], "did you mean 'bus-master-off'?"),
        ):
            self.refused("run", E1000E, *args, says=says)

    def test_help_names_every_event(self):
        text = " ".join(self.drydock("run", "--help").stdout.split())
        for event in ("insert", "freeze=TIME", "bus-master-off", "iommu-unmap"):
            self.assertIn(event, text)


if __name__ == "__main__":
    unittest.main()
