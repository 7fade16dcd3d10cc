#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""doctor on machines that lack something: what works, what does not, what to do."""
import os
import shutil
import subprocess
import unittest

from cli import DRYDOCK, CAPTURE, E1000E, FAST, CliTest

ROOT = os.geteuid() == 0


class DoctorTest(CliTest):
    def doctor(self, *before, status=0, **changes):
        """The lines but the last, which has to fit the status."""
        environment = dict(os.environ, **changes)
        result = subprocess.run([*before, DRYDOCK, "doctor"], env=environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        self.assertEqual(result.stderr, "")
        *lines, last = result.stdout.splitlines()
        self.assertEqual(last, "something needed is missing" if status else
                         "everything needed is here")
        for line in lines:
            self.assertRegex(line, r"^(ok   \S|miss \S.*: \S)")
        return lines

    def line(self, lines, part):
        found = [line for line in lines if part in line]
        self.assertEqual(len(found), 1, f"{part}: {lines}")
        return found[0]

    def works(self, lines, part):
        self.assertTrue(self.line(lines, part).startswith("ok "), self.line(lines, part))

    def lacks(self, lines, part, advice):
        line = self.line(lines, part)
        self.assertTrue(line.startswith("miss "), line)
        self.assertIn(advice, line)

    def test_nothing_on_path(self):
        lines = self.doctor(PATH="", status=1)
        self.works(lines, "drydock-runner")
        self.works(lines, "devices inside the process")
        self.lacks(lines, "clang (drydock build)", "apt install clang")
        self.lacks(lines, "network cards of QEMU", "qemu-system-x86")
        self.lacks(lines, "ip (scripts/ping-through)", "apt install iproute2")
        self.lacks(lines, "ping (scripts", "apt install iputils-ping")
        self.lacks(lines, "iperf3", "apt install iperf3")
        self.lacks(lines, "gdb", "apt install gdb")
        self.lacks(lines, "tcpdump", "apt install tcpdump")

    def test_what_doctor_says_works_works_without_anything_on_path(self):
        command = [DRYDOCK, "run", E1000E, "--send", CAPTURE, "--wire", "echo", *FAST]
        result = subprocess.run(command, env=dict(os.environ, PATH=""), stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_a_device_that_doctor_misses_is_refused_with_the_same_advice(self):
        lines = self.doctor(PATH="", status=1)
        advice = self.line(lines, "network cards of QEMU").partition("optional: ")[2]
        result = subprocess.run([DRYDOCK, "run", E1000E, "--device", "qemu:e1000e"],
                                env=dict(os.environ, PATH=""), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertEqual(len(result.stderr.splitlines()), 1)
        self.assertIn(advice, result.stderr)

    def test_runner_and_headers_that_are_not_where_they_are_said_to_be(self):
        lines = self.doctor(DRYDOCK_RUNNER="/nonexistent", DRYDOCK_INCLUDE="/nonexistent", status=1)
        self.lacks(lines, "drydock-runner", "DRYDOCK_RUNNER names no program")
        self.lacks(lines, "Windows headers", "set DRYDOCK_INCLUDE")

    def test_drydock_away_from_everything_else(self):
        alone = self.path("drydock")
        shutil.copy(DRYDOCK, alone)
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith("DRYDOCK")}
        result = subprocess.run([alone, "doctor"], env=environment, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        self.assertEqual((result.returncode, result.stderr), (1, ""))
        lines = result.stdout.splitlines()
        self.lacks(lines, "drydock-runner", "build again with `make`")
        self.lacks(lines, "Windows headers", "set DRYDOCK_INCLUDE")

    @unittest.skipUnless(ROOT and shutil.which("setpriv"), "needs root and setpriv (util-linux)")
    def test_an_ordinary_user(self):
        user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        if subprocess.run([*user, "test", "-x", DRYDOCK], check=False).returncode != 0:
            self.skipTest(f"others than root cannot reach {DRYDOCK}")
        lines = self.doctor(*user, status=0 if shutil.which("clang") else 1)
        self.works(lines, "devices inside the process")
        self.lacks(lines, "make network interfaces", "needs CAP_NET_ADMIN: run as root")
        self.lacks(lines, "enter network namespaces", "needs CAP_SYS_ADMIN: run as root")

    @unittest.skipUnless(ROOT and shutil.which("unshare"), "needs root and unshare (util-linux)")
    def test_no_tun(self):
        folder = "/dev/net" if os.path.isdir("/dev/net") else "/dev"
        hide = ["unshare", "--mount", "sh", "-c",
                f'mount -t tmpfs none {folder} && exec "$0" "$@"']
        if subprocess.run([*hide, "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
            self.skipTest("no mount namespaces here")
        lines = self.doctor(*hide)
        self.lacks(lines, "tap interfaces of the kernel", "modprobe tun")
        self.works(lines, "devices inside the process")


if __name__ == "__main__":
    unittest.main()
