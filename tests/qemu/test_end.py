#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Ends that nobody asked for: QEMU is killed, the runner is, the card goes, the cable flaps."""
import json
import os
import signal
import time

from qemu import INF, QemuTest, alive, main, wait_for


class EndTest(QemuTest):
    def finish(self, process, status):
        out, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, status, out)
        with open(self.path("report.json"), encoding="utf-8") as file:
            return json.load(file), out

    def killed_under_traffic(self, *args, after=0.4, **more):
        process = self.start("--loop", "100000", "--wire", "echo", *args, **more)
        _, qemu = self.processes(process)
        time.sleep(after)
        os.kill(qemu, signal.SIGKILL)
        report, out = self.finish(process, 1)
        self.assertEqual([f["rule"] for f in report["findings"]], ["device-gone"], out)
        self.assertIn("QEMU was killed by signal 9 (Killed)", report["findings"][0]["text"])
        self.assertEqual(report["end"], "device-gone")
        self.assertEqual(report["leaks"], 0)
        self.assertEqual(report["send"]["net_buffer_lists"], report["send"]["completed"])
        self.assertEqual(report["receive"]["net_buffer_lists"], report["receive"]["returned"])
        self.assertEqual(report["dma"]["sg_lists_built"], report["dma"]["sg_lists_freed"])
        self.assertEqual(out.count("is gone"), 1, out)
        return report

    def test_killed_under_traffic(self):
        for settings in (["interrupt=msix"], ["interrupt=line"], ["iommu=off"],
                         ["iommu=lazy", "interrupt=msi"], ["receive-hold=30"]):
            with self.subTest(settings=settings):
                words = [word for setting in settings for word in ("--set", setting)]
                for after in 0.4, 2, 8:  # a slow machine may not have begun to send
                    report = self.killed_under_traffic(*words, after=after)
                    if report["send"]["net_buffer_lists"] > 0:
                        break
                self.assertGreater(report["send"]["net_buffer_lists"], 0)

    def test_82540em_killed_under_traffic(self):
        self.killed_under_traffic(device="qemu:e1000")

    def test_killed_at_any_time_of_the_start(self):
        for after in 0, 0.02, 0.05, 0.1, 0.15, 0.2:
            with self.subTest(after=after):
                process = self.start("--loop", "100000", "--wire", "echo")
                _, qemu = self.processes(process)
                time.sleep(after)
                os.kill(qemu, signal.SIGKILL)
                out, _ = process.communicate(timeout=60)
                self.assertIn(process.returncode, (1, 2), out)
                self.assertIn("QEMU", out)

    def test_qemu_does_not_outlive_the_runner(self):
        for after in 0.2, 1, 5:  # on a slow machine it may not have reported yet that it began
            process = self.start("--loop", "100000", "--wire", "echo")
            runner, qemu = self.processes(process)
            time.sleep(after)
            os.kill(runner, signal.SIGKILL)
            self.assertTrue(wait_for(lambda pid=qemu: not alive(pid)))
            out, _ = process.communicate(timeout=60)
            if process.returncode != 2:
                break
        self.assertEqual(process.returncode, 1, out)

    def test_qemu_does_not_outlive_drydock(self):
        process = self.start("--loop", "100000", "--wire", "echo")
        runner, qemu = self.processes(process)
        process.kill()
        self.assertTrue(wait_for(lambda: not alive(runner) and not alive(qemu)))

    def test_qemu_ends_with_the_run(self):
        process = self.start("--loop", "100", "--wire", "echo")
        _, qemu = self.processes(process)
        self.finish(process, 0)
        self.assertFalse(alive(qemu))

    def events(self, *events, loop, status=0, settings=(), device="qemu:e1000e"):
        words = [word for event in events for word in ("--event", event)]
        words += [word for setting in settings for word in ("--set", setting)]
        process = self.start("--loop", str(loop), "--wire", "echo", *words, device=device)
        report, _ = self.finish(process, status)
        self.balanced(report)
        self.assertEqual(report["send"]["net_buffer_lists"], report["send"]["completed"])
        return report

    def test_pauses(self):
        report = self.events("1ms+10msx40:pause", loop=50)
        self.assertEqual(report["events"]["pauses"], 40)

    def test_resets(self):
        for kind in "msix", "line":
            report = self.events("50ms+400msx3:reset", loop=60, settings=[f"interrupt={kind}"])
            self.assertEqual(report["events"]["resets"], 3)

    def test_the_cable_flaps_a_hundred_times(self):
        self.events("10ms+10msx100:link-down", "15ms+10msx100:link-up", loop=100)

    KINDS = (("qemu:e1000e", ["interrupt=msix"]), ("qemu:e1000e", ["interrupt=line"]),
             ("qemu:e1000e", ["interrupt=msi", "iommu=off"]), ("qemu:e1000", []))

    def test_removal(self):
        for device, settings in self.KINDS:
            with self.subTest(device=device, settings=settings):
                report = self.events("300ms:remove", loop=100000, settings=settings, device=device)
                self.assertEqual(report["events"]["removals"], 1)

    def test_removal_and_insertion_under_traffic(self):
        for device, settings in self.KINDS:
            with self.subTest(device=device, settings=settings):
                report = self.events("200ms+1500msx2:remove", "600ms+1500msx2:insert", loop=300,
                                     settings=settings, device=device)
                self.assertEqual(
                    (report["events"]["removals"], report["events"]["insertions"]), (2, 2))

    def test_an_exchanged_card_is_in_the_same_machine(self):
        process = self.start("--loop", "100000", "--wire", "echo", "--event", "100ms:remove",
                             "--event", "300ms:insert")
        _, before = self.processes(process)
        time.sleep(1.5)
        _, after = self.processes(process)
        self.assertEqual(before, after)
        os.kill(after, signal.SIGKILL)
        self.finish(process, 1)

    def test_killed_while_the_card_is_out(self):
        process = self.start("--loop", "100000", "--wire", "echo", "--event", "100ms:remove",
                             "--event", "2500ms:insert")
        _, qemu = self.processes(process)
        time.sleep(1)
        os.kill(qemu, signal.SIGKILL)
        _, out = self.finish(process, 1)
        self.assertIn("QEMU was killed by signal 9", out)

    def test_a_second_of_standing_still(self):
        begin = time.monotonic()
        report = self.events("200ms:freeze=1s", loop=30)
        self.assertGreater(time.monotonic() - begin, 1)
        self.assertEqual(report["send"]["failed"], 0)
        self.assertEqual(report["receive"]["net_buffer_lists"], report["send"]["completed"])


main()
