#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A Linux interface driven by a Windows miniport: what follows what, and the end.

Needs root, /dev/net/tun, ip and ping; else everything here is skipped, with the reason.
"""
import ctypes
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))

# pylint: disable=wrong-import-position
from cli import DRYDOCK, E1000E, CliTest

EXPERIMENT, SIOCADDMULTI = 0x88b5, 0x8931
CLONE_NEWNET, PR_CAPBSET_DROP, CAP_NET_ADMIN = 0x40000000, 24, 12
SLOW = 20  # seconds to wait for anything
libc = ctypes.CDLL(None, use_errno=True)


def ip(*args, check=True):
    return subprocess.run(["ip", *args], stdin=subprocess.DEVNULL, text=True, check=check,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout


def why_not():
    """The reason why these tests cannot run here, or None."""
    for program, package in (("ip", "iproute2"), ("ping", "iputils-ping")):
        if not shutil.which(program):
            return f"{program} is missing; install {package}"
    if os.geteuid() != 0:
        return "making network namespaces needs root"
    if not os.path.exists("/dev/net/tun"):
        return "there is no /dev/net/tun"
    name = f"ddt-{os.getpid()}-try"
    made = subprocess.run(["ip", "netns", "add", name], stdin=subprocess.DEVNULL, text=True,
                          stderr=subprocess.PIPE, check=False)
    if made.returncode != 0:
        return f"no network namespace can be made here: {made.stderr.strip()}"
    ip("netns", "del", name)
    return None


def frame(to, number=0):
    return bytes.fromhex(to) + bytes.fromhex("0200000000bb88b5") + bytes([number]) * 86


class Namespace:
    def __init__(self, name):
        self.name = name
        ip("netns", "add", name)
        self.quiet()

    def quiet(self):
        """No IPv6 of its own accord: tests count frames."""
        for what in ("all", "default"):
            subprocess.run(["ip", "netns", "exec", self.name, "sysctl", "-qw",
                            f"net.ipv6.conf.{what}.disable_ipv6=1"], check=False,
                           stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def remove(self):
        ip("netns", "del", self.name, check=False)

    def ip(self, *args, check=True):
        return ip("-n", self.name, *args, check=check)

    def packets(self, link):
        """A socket for whole frames of our EtherType."""
        with open("/proc/self/ns/net", "rb") as mine, \
                open(f"/run/netns/{self.name}", "rb") as theirs:
            if libc.setns(theirs.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            try:
                sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EXPERIMENT))
                sock.bind((link, EXPERIMENT))
            finally:
                libc.setns(mine.fileno(), CLONE_NEWNET)
        return sock


def frames_at(sock, seconds=0.3):
    """What arrived, until nothing came for some time."""
    found = []
    while select.select([sock], [], [], seconds)[0]:
        data, where = sock.recvfrom(2048)
        if where[2] != socket.PACKET_OUTGOING:
            found.append(data)
    return found


@unittest.skipIf(why_not(), why_not())
class TapTest(CliTest):
    def setUp(self):
        super().setUp()
        self.near, self.far = (Namespace(f"ddt-{os.getpid()}-{side}") for side in ("a", "b"))
        self.addCleanup(self.far.remove)
        self.addCleanup(self.near.remove)
        self.process = None

    def start(self, *args, up=True, **more):
        """The driver between two kernels; waits until the interfaces are there."""
        more = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **more}
        self.process = subprocess.Popen(
            [DRYDOCK, "run", E1000E, "--tap", self.near.name + ":dd0", "--wire",
             f"tap:{self.far.name}:dd1", "--json", self.path("report.json"), *args],
            stdin=subprocess.DEVNULL, **more)
        self.addCleanup(self.stop_anyhow)
        self.until(lambda: "dd0" in self.near.ip("link") and "dd1" in self.far.ip("link"))
        if up:
            self.near.ip("addr", "add", "10.9.0.1/24", "dev", "dd0")
            self.far.ip("addr", "add", "10.9.0.2/24", "dev", "dd1")
            self.near.ip("link", "set", "dd0", "up")
            self.far.ip("link", "set", "dd1", "up")
            self.until(lambda: self.running(self.near, "dd0") and self.running(self.far, "dd1"))
            self.until(lambda: self.ping("-c", "1", "-W", "1") == 0)

    def stop_anyhow(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()

    def stop(self, sig=signal.SIGINT, status=0):
        """Interrupts the run; the report and what was printed on standard error."""
        if sig:
            self.process.send_signal(sig)
        out, err = self.process.communicate(timeout=SLOW * 3)
        self.assertEqual(self.process.returncode, status, f"{out}{err}")
        with open(self.path("report.json"), encoding="utf-8") as file:
            report = json.load(file)
        if status == 0:
            self.assertEqual((report["end"], report["leaks"], report["findings"]), ("done", 0, []))
            self.assertEqual(report["send"]["net_buffer_lists"], report["send"]["completed"])
            self.assertEqual(report["receive"]["net_buffer_lists"], report["receive"]["returned"])
            self.assertEqual(report["dma"]["sg_lists_built"], report["dma"]["sg_lists_freed"])
        return report, err

    def until(self, true, seconds=SLOW):
        deadline = time.monotonic() + seconds
        while not true():
            self.assertLess(time.monotonic(), deadline, "it did not become so")
            self.assertIsNone(self.process.poll(), "the run has ended")
            time.sleep(0.02)

    def ping(self, *args):
        return subprocess.run(["ip", "netns", "exec", self.near.name, "ping", "-n", "-q", *args,
                               "10.9.0.2"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False).returncode

    @staticmethod
    def link(space, name):
        return json.loads(space.ip("-j", "link", "show", name))[0]

    def running(self, space, name):
        return "LOWER_UP" in self.link(space, name)["flags"]

    # --- the end ---

    def test_interrupts_end_the_run_in_good_order(self):
        for sig in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(sig=sig):
                self.start("--cpus", "2")
                self.assertEqual(self.ping("-f", "-c", "300"), 0)
                report, _ = self.stop(sig)
                self.assertGreaterEqual(report["tap"]["from_kernel"], 300)
                self.assertGreaterEqual(report["tap"]["to_kernel"], 300)
                self.assertEqual(report["settings"]["packet-filter"], "directed")
                self.assertNotIn("dd0", self.near.ip("link"))
                self.assertNotIn("dd1", self.far.ip("link"))

    def test_a_duration_ends_it(self):
        self.start("--duration", "0.5", up=False)
        self.stop(sig=None)

    def test_a_far_kernel_alone_runs_until_it_is_interrupted(self):
        self.process = subprocess.Popen(
            [DRYDOCK, "run", E1000E, "--wire", f"tap:{self.far.name}:dd1", "--json",
             self.path("report.json"), "--received", self.path("r.pcap")], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self.stop_anyhow)
        self.until(lambda: "dd1" in self.far.ip("link"))
        self.far.ip("link", "set", "dd1", "up")
        self.until(lambda: self.running(self.far, "dd1"))
        with self.far.packets("dd1") as sock:
            sock.send(frame("ffffffffffff"))
        time.sleep(0.5)
        self.assertIsNone(self.process.poll())
        report, _ = self.stop()
        self.assertGreaterEqual(report["receive"]["net_buffer_lists"], 1)

    def test_a_run_from_a_capture_is_interrupted_too(self):
        self.process = subprocess.Popen(
            [DRYDOCK, "run", E1000E, "--send", self.capture(), "--loop", "1000000000", "--json",
             self.path("report.json")], text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self.stop_anyhow)
        time.sleep(1)
        report, _ = self.stop()
        self.assertGreater(report["send"]["net_buffers"], 0)

    def test_surprise_removal_ends_it(self):
        self.start("--event", "3s:remove")
        self.ping("-f", "-c", "5000")
        self.stop(sig=None)

    # --- counters ---

    def test_nothing_is_shown_in_a_pipe(self):
        self.start(up=False)
        time.sleep(1.2)
        _, err = self.stop()
        self.assertEqual(err, "")

    def test_counters_are_shown_on_a_terminal(self):
        ours, theirs = pty.openpty()
        self.start(stderr=theirs)
        os.close(theirs)
        self.ping("-f", "-c", "100")
        text, deadline = b"", time.monotonic() + SLOW
        while not re.search(rb"out \d+ frames, .*Mbit/s +in \d+ frames", text):
            self.assertLess(time.monotonic(), deadline, text)
            if select.select([ours], [], [], 1)[0]:
                text += os.read(ours, 4096)
        self.stop()
        os.close(ours)

    # --- what follows what ---

    def test_address_and_mtu_are_the_miniports(self):
        self.start("--config", self.file("config", "NetworkAddress = 020304050607\n"))
        self.assertEqual(self.link(self.near, "dd0")["address"], "02:03:04:05:06:07")
        self.assertEqual(self.link(self.near, "dd0")["mtu"], 1500)
        self.near.ip("link", "set", "dd0", "mtu", "1400")
        time.sleep(0.3)
        self.assertEqual(self.link(self.near, "dd0")["mtu"], 1400)
        self.near.ip("link", "set", "dd0", "mtu", "9000")
        self.until(lambda: self.link(self.near, "dd0")["mtu"] == 1500)
        self.near.ip("link", "set", "dd0", "address", "02:99:99:99:99:99")
        self.until(lambda: self.link(self.near, "dd0")["address"] == "02:03:04:05:06:07")
        self.assertEqual(self.ping("-c", "1", "-W", "2"), 0)
        _, err = self.stop()
        self.assertIn("the miniport's MTU is 1500: the interface's, set to 9000, was set back", err)
        self.assertIn("address is its own", err)

    def test_carrier_follows_the_cable(self):
        self.start("--set", "link=down", "--event", "1s:link-up", "--event", "3s:link-down",
                   up=False)
        for space, name in ((self.near, "dd0"), (self.far, "dd1")):
            space.ip("link", "set", name, "up")
            self.assertFalse(self.running(space, name))
        self.until(lambda: self.running(self.near, "dd0") and self.running(self.far, "dd1"))
        self.until(lambda: not self.running(self.near, "dd0") and
                   not self.running(self.far, "dd1"))
        self.stop()

    def near_gets(self, to):
        """How many of five frames to @to the near kernel receives."""
        with self.near.packets("dd0") as near, self.far.packets("dd1") as far:
            for number in range(5):
                far.send(frame(to, number))
            return len(frames_at(near))

    def settles(self, to, count):
        """The setting has reached the device: five frames make @count."""
        deadline = time.monotonic() + SLOW
        while (got := self.near_gets(to)) != count:
            self.assertLess(time.monotonic(), deadline, f"{got} frames, not {count}")

    def test_promiscuous_mode_reaches_the_miniport(self):
        self.start()
        own = self.link(self.near, "dd0")["address"].replace(":", "")
        self.assertEqual(self.near_gets("020000000099"), 0)
        self.assertEqual(self.near_gets(own), 5)
        self.near.ip("link", "set", "dd0", "promisc", "on")
        self.settles("020000000099", 5)
        self.near.ip("link", "set", "dd0", "promisc", "off")
        self.settles("020000000099", 0)
        self.stop()

    def test_joined_groups_reach_the_miniport(self):
        self.start()
        self.assertEqual(self.near_gets("01005e112233"), 0)
        self.near.ip("maddr", "add", "01:00:5e:11:22:33", "dev", "dd0")
        self.settles("01005e112233", 5)
        self.assertEqual(self.near_gets("01005e445566"), 0)
        self.near.ip("link", "set", "dd0", "allmulticast", "on")
        self.settles("01005e445566", 5)
        self.near.ip("link", "set", "dd0", "allmulticast", "off")
        self.near.ip("maddr", "del", "01:00:5e:11:22:33", "dev", "dd0")
        self.settles("01005e112233", 0)
        self.stop()

    def test_more_groups_than_the_miniport_has_room_for(self):
        self.start()
        with self.near.packets("dd0") as sock:
            for number in range(140):
                group = bytes.fromhex("01005e0077") + bytes([number])
                fcntl.ioctl(sock, SIOCADDMULTI, struct.pack("16sH14s", b"dd0", 0, group))
        self.settles("01005e00778b", 5)
        self.settles("01005e445566", 5)
        self.stop()

    def test_an_interface_that_is_down_receives_nothing(self):
        self.start()
        self.near.ip("link", "set", "dd0", "down")
        time.sleep(0.5)
        with self.far.packets("dd1") as far:
            for number in range(20):
                far.send(frame("ffffffffffff", number))
        time.sleep(0.3)
        self.near.ip("link", "set", "dd0", "up")
        self.until(lambda: self.running(self.near, "dd0"))
        self.until(lambda: self.ping("-c", "1", "-W", "1") == 0)
        report, _ = self.stop()
        self.assertEqual(report["tap"]["refused"], 0)

    # --- under way ---

    def test_pauses_and_resets_while_kernels_talk(self):
        self.start("--event", "1s+20msx50:pause", "--event", "1s+170msx6:reset")
        self.ping("-i", "0.002", "-c", "1000")
        self.assertEqual(self.ping("-c", "3", "-W", "5"), 0)
        report, _ = self.stop()
        self.assertEqual(report["events"]["pauses"], 50)
        self.assertEqual(report["events"]["resets"], 6)

    def test_the_cable_out_and_in_while_kernels_talk(self):
        self.start("--event", "1s+100msx20:link-down", "--event", "1050ms+100msx20:link-up")
        self.ping("-i", "0.002", "-c", "1200")
        self.until(lambda: self.ping("-c", "1", "-W", "1") == 0)
        self.stop()

    def test_a_bad_cable(self):
        self.start("--event", "2s:wire-drop=10", "--event", "2s:wire-drop=10,out", "--event",
                   "2s:wire-corrupt=10", "--event", "2s:wire-duplicate=10,out", "--event",
                   "2s:wire-reorder=10", "--event", "2s:wire-delay=2ms,out")
        self.ping("-i", "0.005", "-c", "600", "-s", "200")
        self.assertEqual(self.ping("-c", "3", "-W", "5"), 0)
        report, _ = self.stop()
        faults = report["wire_faults"]
        self.assertEqual((faults["dropped"], faults["corrupted"], faults["duplicated"],
                          faults["reordered"]), (20, 10, 10, 10))
        self.assertGreater(faults["delayed"], 100)

    def test_a_frame_in_many_pieces_and_line_interrupts(self):
        self.start("--set", "mdl=many", "--set", "interrupt=line", "--set", "nb-per-nbl=3")
        self.assertEqual(self.ping("-f", "-c", "500", "-s", "1400"), 0)
        self.stop()

    # --- what cannot be done ---

    def refuses(self, *args, says):
        self.refused("run", E1000E, "--json", self.path("none.json"), *args, says=says)

    def test_bad_input_is_one_line_and_status_2(self):
        self.near.ip("tuntap", "add", "dev", "taken", "mode", "tap")
        for args, says in (
                (["--tap", self.near.name + ":taken"], ("taken", "is there already")),
                (["--wire", f"tap:{self.near.name}:taken"], ("taken", "is there already")),
                (["--tap", "ddt-nobody:dd0"], "no network namespace 'ddt-nobody'"),
                (["--tap", "a-name-much-too-long"], "no name of an interface"),
                (["--wire", "tap:"], "no name of an interface"),
                (["--tap", ":dd0"], "namespace is missing"),
                (["--tap", self.near.name + ":dd0", "--send", self.capture()],
                 "--tap and --send"),
                (["--tap", self.near.name + ":dd0", "--wire", f"tap:{self.near.name}:dd0"],
                 "is there already")):
            with self.subTest(args=args):
                self.refuses(*args, says=says)

    def test_without_the_capability(self):
        def drop():
            libc.prctl(PR_CAPBSET_DROP, CAP_NET_ADMIN, 0, 0, 0)

        result = self.drydock("run", E1000E, "--tap", "ddnever0", preexec_fn=drop)
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertIn("needs CAP_NET_ADMIN", result.stderr)

    def test_without_a_tun_device(self):
        if not shutil.which("unshare"):
            self.skipTest("unshare is missing; install util-linux")
        result = subprocess.run(
            ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /dev/net && exec "$@"', "sh",
             DRYDOCK, "run", E1000E, "--tap", self.near.name + ":dd0"], text=True, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if "mount:" in result.stderr:
            self.skipTest("nothing can be mounted here")
        self.assertEqual(result.returncode, 2)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertIn("there is no /dev/net/tun here", result.stderr)


if __name__ == "__main__":
    reason = why_not()
    if reason:
        print(reason)
        sys.exit(77)
    unittest.main()
