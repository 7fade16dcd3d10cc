#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What happens to adapters under traffic: each list comes back once, nothing leaks, no finding."""
import unittest

from traffic import E1000E, TrafficTest, padded, read_capture


class EventTest(TrafficTest):
    def under_traffic(self, *events, loop=60, settings=(), wire="echo"):
        """The capture again and again, with events meanwhile."""
        args = [word for event in events for word in ("--event", event)]
        args += [word for setting in settings for word in ("--set", setting)]
        report = self.run_traffic("--wire", wire, "--loop", str(loop), *args)
        self.balanced(report)
        return report

    def all_accounted_for(self, report, loop):
        send = report["send"]
        self.assertEqual(send["net_buffer_lists"], send["completed"])
        self.assertLessEqual(send["net_buffer_lists"], loop * len(self.frames))

    def test_a_thousand_pauses(self):
        report = self.under_traffic("1ms+1msx1000:pause", loop=400)
        self.assertEqual((report["events"]["pauses"], report["events"]["restarts"]), (1000, 1000))
        self.all_accounted_for(report, 400)
        self.assertGreater(report["send"]["net_buffers"], 1000)

    def test_pauses_while_received_lists_are_out(self):
        report = self.under_traffic("1ms+5msx50:pause", settings=["receive-hold=30"])
        self.assertEqual(report["events"]["pauses"], 50)
        self.all_accounted_for(report, 60)

    def test_pauses_with_deferred_callbacks_and_scarce_registers(self):
        report = self.under_traffic("1ms+3msx100:pause", settings=["callback=random",
                                                                   "map-registers=8", "mdl=many",
                                                                   "bounce=always"])
        self.assertEqual(report["events"]["pauses"], 100)
        self.all_accounted_for(report, 60)

    def test_pause_and_restart_apart(self):
        report = self.under_traffic("5ms:pause", "30ms:restart", "40ms:pause", "41ms:restart")
        self.assertEqual((report["events"]["pauses"], report["events"]["restarts"]), (2, 2))

    def test_nothing_is_sent_while_paused(self):
        report = self.run_traffic("--event", "0:pause", "--event", "10s:restart", "--duration",
                                  "0.3", "--wire", "sink")
        self.balanced(report)
        self.assertLess(report["send"]["net_buffers"], len(self.frames))

    def test_resets(self):
        report = self.under_traffic("2ms+10msx40:reset", loop=100)
        self.assertEqual(report["events"]["resets"], 40)
        self.all_accounted_for(report, 100)

    def test_resets_with_line_interrupt(self):
        report = self.under_traffic("2ms+10msx20:reset", settings=["interrupt=line",
                                                                   "callback=deferred"])
        self.assertEqual(report["events"]["resets"], 20)

    def test_surprise_removal(self):
        for when in ("1ms", "7ms", "20ms"):
            for settings in ([], ["callback=deferred", "receive-hold=30"],
                             ["interrupt=line", "map-registers=8"]):
                with self.subTest(when=when, settings=settings):
                    report = self.under_traffic(f"{when}:remove", loop=1000, settings=settings)
                    self.all_accounted_for(report, 1000)

    def test_cancel(self):
        report = self.under_traffic("1ms+1msx300:cancel", loop=100, settings=["send-window=256"])
        self.all_accounted_for(report, 100)

    def test_cancel_while_map_registers_are_short(self):
        report = self.under_traffic("1ms+1msx100:cancel", settings=["map-registers=4",
                                                                    "callback=deferred"])
        self.all_accounted_for(report, 60)

    def test_link_flaps(self):
        report = self.under_traffic("2ms+20msx10:link-down", "12ms+20msx10:link-up", wire="sink")
        self.all_accounted_for(report, 60)

    def test_link_down_at_start(self):
        report = self.run_traffic("--set", "link=down", "--event", "100ms:link-up", "--wire",
                                  "sink")
        self.balanced(report)
        self.assertEqual(read_capture(self.path("w.pcap"))[-1], padded(self.frames)[-1])

    def test_sleeps(self):
        report = self.under_traffic("5ms+20msx10:sleep")
        self.assertEqual(report["events"]["pauses"], 10)
        self.all_accounted_for(report, 60)

    def test_shutdown(self):
        report = self.run_traffic("--wire", "echo", "--loop", "1000", "--event", "10ms:shutdown")
        self.assertEqual((report["findings"], report["leaks"], report["end"]), ([], 0, "done"))

    def test_the_trace_of_a_shutdown_is_whole(self):
        """Other threads go on, yet the end is there, and no line is cut short."""
        for when in (5, 10, 20, 40):
            with self.subTest(when=when):
                trace = self.path(f"trace-{when}")
                report = self.run_traffic("--wire", "echo", "--loop", "1000", "--event",
                                          f"{when}ms:shutdown", "--trace", trace)
                self.assertEqual((report["findings"], report["end"]), ([], "done"))
                with open(trace, encoding="ascii") as file:
                    text = file.read()
                self.assertTrue(text.endswith("\n"))
                for line in text.splitlines():
                    self.assertRegex(line, r"^ *\d+\.\d{6}  \S.* [A-Z]\w+")
                entered = text.rfind("CALLBACK_ENTER  MiniportShutdownEx")
                left = text.rfind("CALLBACK_LEAVE  MiniportShutdownEx")
                self.assertTrue(0 < entered < left, (entered, left))
                self.assertIn("ADAPTER_STATE", text[left:])

    def test_everything_at_once(self):
        report = self.under_traffic("3ms+11msx40:pause", "5ms+17msx20:reset", "4ms+3msx100:cancel",
                                    "7ms+40msx8:sleep", loop=150,
                                    settings=["callback=random", "receive-hold=20", "nb-per-nbl=3"])
        self.all_accounted_for(report, 150)

    def test_received_frames_are_whole_frames_of_the_capture_after_pauses(self):
        self.under_traffic("1ms+2msx100:pause", loop=20)
        known = set(padded(self.frames))
        self.assertTrue(all(frame in known for frame in read_capture(self.path("r.pcap"))))

    def test_two_drivers_of_frames_meet(self):
        """The generator's frames come in while the capture goes out."""
        report = self.run_driver(E1000E, "--send", self.path("send.pcap"), "--wire", "gen:3000,512",
                                 "--event", "1ms+3msx30:pause")
        self.balanced(report)
        self.assertEqual(report["cable"]["frames_in"], 3000)


if __name__ == "__main__":
    unittest.main()
