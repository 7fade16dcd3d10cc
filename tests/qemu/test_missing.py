#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A machine without QEMU, and programs that are none."""
import os
import unittest

from qemu import DRYDOCK, E1000E, TrafficTest


class MissingTest(TrafficTest):
    def setUp(self):
        super().setUp()
        for name in "PATH", "DRYDOCK_QEMU":
            self.addCleanup(self.restore, name, os.environ.pop(name, None))
        os.mkdir(self.path("empty"))
        os.environ["PATH"] = self.path("empty")

    @staticmethod
    def restore(name, value):
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value

    def test_the_reason_and_the_package_are_named(self):
        for model in "e1000e", "rtl8139", "nosuchcard":
            self.refused("run", E1000E, "--device", "qemu:" + model,
                         says=["no qemu-system-x86_64 on PATH", "package qemu-system-x86"])

    def test_the_list_of_devices_says_so_and_goes_on(self):
        result = self.drydock("devices")
        self.assertEqual(result.returncode, 0, result.stderr)
        line = [one for one in result.stdout.splitlines() if one.startswith("qemu:")]
        self.assertEqual(len(line), 1, result.stdout)
        self.assertIn("install the Debian package qemu-system-x86", line[0])
        self.assertIn("soft:e1000e", result.stdout)

    def test_soft_devices_do_not_need_it(self):
        self.echoed()

    def program(self, text):
        path = self.file("program", text)
        os.chmod(path, 0o755)
        os.environ["DRYDOCK_QEMU"] = path
        os.environ["PATH"] = "/usr/bin:/bin"
        return path

    def test_a_named_program_that_is_not_there(self):
        os.environ["DRYDOCK_QEMU"] = "/nonexistent/qemu"
        self.refused("run", E1000E, "--device", "qemu:e1000e",
                     says="DRYDOCK_QEMU names /nonexistent/qemu")

    def test_a_program_that_is_no_qemu(self):
        self.program("#!/bin/sh\nexit 1\n")
        self.refused("run", E1000E, "--device", "qemu:e1000e", says="-device help` fails")
        self.program("#!/bin/sh\necho hello\n")
        self.refused("run", E1000E, "--device", "qemu:e1000e", says="offers no PCI network device")

    def fake(self, does):
        self.program("#!/bin/sh\n[ \"$1\" = -device ] && {\n"
                     "printf 'Network devices:\\nname \"e1000e\", bus PCI\\n\\n'\nexit 0\n}\n" +
                     does)

    def test_a_qemu_that_does_not_start(self):
        self.fake("echo 'qemu: could not find ROM' >&2\nexit 1\n")
        self.refused("run", E1000E, "--device", "qemu:e1000e",
                     says="QEMU ended with status 1: qemu: could not find ROM")

    def test_a_qemu_that_speaks_nonsense(self):
        # its end of the register stream is the number behind id=qt
        self.fake("for word; do case $word in socket,id=qt,fd=*) fd=${word##*=};; esac; done\n"
                  "eval \"echo hello >&$fd\"\nexec sleep 100\n")
        self.refused("run", E1000E, "--device", "qemu:e1000e", says="QEMU sent 'hello'")

    def test_a_model_nobody_has(self):
        self.fake("exit 0\n")
        self.refused("run", E1000E, "--device", "qemu:e1000ee",
                     says=["unknown device 'qemu:e1000ee'", "did you mean 'qemu:e1000e'"])

    def test_drydock_is_the_one_under_test(self):
        self.assertTrue(os.path.isabs(DRYDOCK))


unittest.main()
