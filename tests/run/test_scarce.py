#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
What is needed runs out, or comes late: map registers, shared memory, asynchronous allocations; and
the Nth call fails while the adapter is paused and reset. Nothing leaks, crashes or hangs, frames
that can go out do, and the next load works.
"""
import json
import time
import unittest

from traffic import E1000E, TrafficTest, padded, write_capture

LONG_MS = 60000  # an allocation that does not come before the run is over
GROWS = ["receive-hold=250"]


def sets(*settings):
    return [word for setting in settings for word in ("--set", setting)]


class ScarceTest(TrafficTest):
    def setUp(self):
        super().setUp()
        self.frames = self.frames[:200]
        write_capture(self.path("send.pcap"), self.frames)

    def copied(self, *settings):
        """Every frame there and back, none of them mapped."""
        report = self.echoed(*sets(*settings))
        self.assertEqual(report["dma"]["sg_lists_built"], 0, settings)
        self.assertEqual(report["dma"]["bounced_bytes"], 0, settings)

    # --- map registers ---

    def test_no_transfer_may_have_the_registers_it_needs(self):
        """Each MDL takes one; with three and more MDLs one register never suffices."""
        for callback in ("inline", "deferred", "random"):
            with self.subTest(callback=callback):
                report = self.echoed(*sets("map-registers=1", "map-registers-per-transfer=1",
                                           "mdl=header-split", f"callback={callback}"))
                self.assertEqual(report["dma"]["sg_lists_built"], 0)
                self.assertLessEqual(report["dma"]["map_registers_peak"], 1)

    def test_one_register_for_all_sends(self):
        """One at a time fits; all others wait for it."""
        report = self.echoed(*sets("map-registers=2", "mdl=flat"))
        self.assertGreater(report["dma"]["sg_lists_built"], 0)
        self.assertGreater(report["dma"]["queued_requests"], 0)
        self.assertLessEqual(report["dma"]["map_registers_peak"], 2)

    def test_memory_out_of_reach_that_may_not_be_bounced(self):
        for mdl in ("flat", "header-split", "many", "leading-offset", "empty-mdls"):
            with self.subTest(mdl=mdl):
                self.copied("bounce=never", "iommu=off", "address-bits=32", "ram-high=64M",
                            f"mdl={mdl}")

    def test_every_mapping_fails(self):
        self.copied("bounce=always", "map-registers-per-transfer=1", "mdl=header-split")

    # --- shared memory ---

    def test_machines_that_are_too_small(self):
        """Large rings and buffers, in machines of 32 MiB and up: the driver refuses with what it
        has given back, or runs; where it only just runs, it cannot grow, and does with less."""
        config = self.file("config", "*ReceiveBuffers = 1024\n*TransmitBuffers = 2048\n"
                           "*JumboPacket = 9014\n")
        ends = []
        for ram in range(32, 129, 8):
            with self.subTest(ram=ram):
                ends.append(self.small_machine(config, ram))
        self.assertEqual((ends[0], ends[-1]), ("refused", "done"))
        self.assertEqual(ends, sorted(ends, reverse=True))  # more memory never makes it worse

    def small_machine(self, config, ram):
        path = self.path("small.json")
        result = self.drydock("run", E1000E, "--send", self.path("send.pcap"), "--wire", "echo",
                              "--received", self.path("r.pcap"), "--json", path, "--quiet",
                              "--config", config, *sets("settle=0.1", f"ram={ram}M", "iommu=off",
                                                        "address-bits=32", *GROWS))
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
        refused = report["end"] == "refused"
        self.assertEqual(result.returncode, 1 if refused else 0, result.stdout + result.stderr)
        self.assertEqual([f["rule"] for f in report["findings"]],
                         ["driver-refused"] if refused else [])
        self.assertEqual(report["leaks"], 0)
        if not refused:
            self.same(self.path("r.pcap"), padded(self.frames))
        return report["end"]

    def short_run(self, *args):
        """A run that may be refused; never anything worse."""
        path = self.path("short.json")
        result = self.drydock("run", E1000E, "--send", self.path("send.pcap"), "--wire", "echo",
                              "--received", self.path("r.pcap"), "--json", path, "--set",
                              "settle=0.1", "--set", "watchdog=5", "--quiet", *args)
        self.assertEqual(result.returncode, 0, f"{args}: {result.stdout}{result.stderr}")
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
        bad = [f for f in report["findings"] if f["severity"] != "info"]
        self.assertEqual((bad, report["leaks"]), ([], 0), args)
        self.assertIn(report["end"], ("done", "refused"))
        return report

    def test_shared_memory_runs_out(self):
        """Every allocation of shared memory fails once, one after the other, then all is well."""
        number = 1
        while True:
            report = self.short_run("--set", f"fail=SHMEM_ALLOCATE:{number}")
            if report["fail"]["failed"] is None:
                break
            self.assertEqual(report["fail"]["failed"], "SHMEM_ALLOCATE")
            number += 1
        self.assertGreater(number, 4)
        self.echoed()  # the next load works

    # --- asynchronous allocations that are not done yet ---

    def late(self, *events, delay_ms=LONG_MS, loop=40, settings=()):
        """Growing receive buffers take @delay_ms; meanwhile the events. Far less than the delay
        passes: whoever waits for memory at a pause or halt is told at once, or does not wait."""
        args = [word for event in events for word in ("--event", event)]
        begin = time.monotonic()
        report = self.run_traffic("--wire", "echo", "--loop", str(loop), *args, "--trace",
                                  self.path("trace"),
                                  *sets(f"shmem-delay={delay_ms}", *GROWS, *settings))
        self.assertLess(time.monotonic() - begin, 30)
        self.balanced(report)
        return report

    def pending_at(self, callback):
        """The trace shows an allocation that was pending when the driver's @callback was entered,
        and that each got an answer. None: it was pending to the end, when the machine goes down."""
        pending = answered = at_callback = 0
        with open(self.path("trace"), encoding="utf-8") as trace:
            for line in trace:
                if "SHMEM_ASYNC_CALL" in line and "a=0x103 " in line:
                    pending += 1
                elif "SHMEM_ASYNC_DONE" in line:
                    pending, answered = pending - 1, answered + 1
                elif "CALLBACK_ENTER" in line and callback and callback in line:
                    at_callback += pending > 0
        if callback is None:
            self.assertGreater(pending, 0)
            return
        self.assertGreater(at_callback, 0, callback)
        self.assertEqual((pending, answered > 0), (0, True))

    def test_pending_at_halt(self):
        self.assertEqual(self.late()["dma"]["shared_memory_async"], 0)
        self.pending_at("MiniportPause")

    def test_pending_at_pause(self):
        report = self.late("10ms+30msx20:pause", loop=150)
        self.assertEqual(report["events"]["pauses"], 20)
        self.pending_at("MiniportPause")
        self.pending_at("MiniportRestart")

    def test_pending_at_reset(self):
        report = self.late("10ms+30msx20:reset", loop=150)
        self.assertEqual(report["events"]["resets"], 20)
        self.pending_at("MiniportResetEx")

    def test_pending_at_removal(self):
        for when in ("200ms", "400ms"):
            with self.subTest(when=when):
                self.late(f"{when}:remove", loop=1000)
                self.pending_at("MiniportDevicePnPEventNotify")

    def test_pending_at_sleep(self):
        self.late("10ms+40msx10:sleep", loop=150)
        self.pending_at("MiniportPause")

    def test_pending_at_shutdown(self):
        self.run_traffic("--wire", "echo", "--loop", "1000", "--event", "400ms:shutdown", "--trace",
                         self.path("trace"), *sets(f"shmem-delay={LONG_MS}", *GROWS))
        self.pending_at(None)

    def test_it_comes_while_the_adapter_is_paused_or_reset(self):
        for delay_ms in (1, 3, 10):
            for event in ("pause", "reset"):
                with self.subTest(delay_ms=delay_ms, event=event):
                    self.late(f"1ms+2msx30:{event}", delay_ms=delay_ms, loop=100)

    def test_it_comes_late_but_it_comes(self):
        report = self.late(delay_ms=20, loop=100)
        self.assertGreater(report["dma"]["shared_memory_async"], 0)

    # --- the Nth call fails ---

    def sweep(self, *args, step_after=60):
        """Every N at first, then in growing steps until no call is left to fail."""
        number, tried = 1, 0
        while True:
            report = self.short_run("--set", f"fail={number}", *args)
            if report["fail"]["failed"] is None:
                self.same(self.path("r.pcap"), padded(self.frames))
                return number, tried
            tried += 1
            number += 1 if number < step_after else 1 + number // 12

    def test_sweep_of_200_frames(self):
        last, tried = self.sweep()
        self.assertGreater(last, 200)
        self.echoed()
        print(f"beyond the last call at N={last}, {tried} runs")

    def test_sweep_with_pauses_and_resets(self):
        """The Nth call is another one in each run, as the events fall, and how many there are
        differs, too: until N is beyond the most calls any run made."""
        config = self.file("config", "*ReceiveBuffers = 32\n*TransmitBuffers = 32\n")
        events = ["--config", config, "--loop", "3", "--event", "2ms+4msx8:pause", "--event",
                  "4ms+6msx5:reset"]
        number, tried = 1, 0
        most = self.short_run("--set", "fail=1000000", *events)["fail"]["calls"]
        while number <= most:
            report = self.short_run("--set", f"fail={number}", *events)
            tried += report["fail"]["failed"] is not None
            most = max(most, report["fail"]["calls"])
            number += 1 if number < 40 else 1 + number // 8
        self.assertGreater(tried, 40)
        self.echoed()
        print(f"beyond {most} calls at N={number}, {tried} runs in which one failed")


if __name__ == "__main__":
    unittest.main()
