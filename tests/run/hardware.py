# SPDX-License-Identifier: MIT
"""What the tests of hardware events share: devices, and the check."""
from traffic import TrafficTest

E1000E_DEVICES = ("soft:e1000e", "qemu:e1000e")
ALL_DEVICES = E1000E_DEVICES + ("qemu:e1000", )


class HardwareTest(TrafficTest):
    def under(self, device, *events, loop=60, status=0, settings=()):
        args = [word for event in events for word in ("--event", event)]
        args += [word for setting in settings for word in ("--set", setting)]
        report = self.run_traffic("--device", device, "--wire", "echo", "--loop", str(loop), *args,
                                  status=status)
        self.every_list_once(report)
        return report

    def every_list_once(self, report):
        send, receive, dma = report["send"], report["receive"], report["dma"]
        self.assertEqual(report["leaks"], 0)
        self.assertEqual(send["net_buffer_lists"], send["completed"])
        self.assertEqual(receive["net_buffer_lists"], receive["returned"])
        self.assertEqual(dma["sg_lists_built"], dma["sg_lists_freed"])
