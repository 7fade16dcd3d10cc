#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Bad input: one line, status 2, nothing half-written."""
import os
import shutil
import signal
import tempfile
import unittest

from porttest import PortTest

FIXABLE = "void f(void) { NdisFreeBuffer(b); NdisFreePacket(p); }\n"


class Input(PortTest):
    def test_no_such_path(self):
        self.refused("port", self.path("no"), says=("no", "No such file"))

    def test_no_path(self):
        self.refused("port", says="no file or folder")

    def test_binary(self):
        self.refused("port", self.file("x.c", b"int x;\0"), says=("x.c", "NUL byte at offset 6"))

    def test_binary_in_a_folder(self):
        self.file("a.c", FIXABLE)
        self.file("x.h", b"\x7fELF\0\0")
        self.refused("port", self.folder, "--apply", says="x.h")
        self.assertEqual(self.read(self.path("a.c")).decode(), FIXABLE)

    def test_empty_folder(self):
        self.file("readme.txt", "NdisMSendComplete")
        self.refused("port", self.folder, says="no C or C++ source")

    def test_a_pipe_and_a_device(self):
        os.mkfifo(self.path("p.c"))
        self.refused("port", self.path("p.c"), says="not a regular file")
        self.refused("port", "/dev/zero", says="not a regular file")

    def test_unreadable(self):
        path = self.file("a.c", FIXABLE)
        os.chmod(path, 0)
        os.chmod(self.folder, 0o755)
        more = {}
        if os.geteuid() == 0:
            if not self.reachable():
                self.skipTest("root reads everything, and nobody else may start the program here")
            more = {"user": 65534, "group": 65534}
        self.assertEqual(self.drydock("port", path, **more).returncode, 2)
        self.assertIn("Permission denied", self.drydock("port", path, **more).stderr)

    @staticmethod
    def reachable():
        path = os.environ["DRYDOCK"]
        while path != "/":
            path = os.path.dirname(path)
            if not os.stat(path).st_mode & 1:
                return False
        return True

    def test_unknown_rule_and_class(self):
        path = self.file("a.c", FIXABLE)
        self.refused("port", path, "--only", "dma-nothing", says="dma-nothing")
        self.refused("port", path, "--skip", "x", says="--skip x")
        self.refused("port", path, "--class", "fix,bad", says="fix, review, manual or note")
        self.refused("port", "--explain", "nothing", says="no such rule")

    def test_two_on_standard_output(self):
        path = self.file("a.c", FIXABLE)
        self.refused("port", path, "--json", "-", "--diff", says="standard output")
        self.refused("port", path, "--apply", "--diff", says="exclude")


class Output(PortTest):
    def test_report_that_cannot_be_written(self):
        path = self.file("a.c", FIXABLE)
        for option in ("--json", "--sarif", "--html"):
            self.refused("port", path, option, self.path("no/r"), says="No such file")

    def test_a_full_device_is_told_and_stays_a_device(self):
        path = self.file("a.c", FIXABLE)
        for option in ("--json", "--sarif", "--html"):
            link = self.path("full")
            os.symlink("/dev/full", link)
            self.refused("port", path, option, link, says="full: the ")
            self.assertTrue(os.path.islink(link))
            os.remove(link)
        for args in ((), ("--diff",), ("--json", "-")):
            with open("/dev/full", "w", encoding="ascii") as full:
                result = self.run_in(self.folder, os.environ["DRYDOCK"], "port", path, *args,
                                     stdout=full)
            self.assertEqual((result.returncode, len(result.stderr.splitlines())), (2, 1), args)

    def test_skeleton_never_overwrites(self):
        path, folder = self.file("a.c", FIXABLE), self.path("out")
        os.mkdir(folder)
        self.file("out/ndis6_send.c", "mine")
        result = self.port(path, "--skeleton", folder, "-q", status=2)
        self.assertIn("is there already", result.stderr)
        self.assertEqual(os.listdir(folder), ["ndis6_send.c"])

    def test_skeleton_of_nothing(self):
        result = self.port(self.file("a.c", "int x;\n"), "--skeleton", self.path("out"), status=2)
        self.assertIn("no skeletons to write", result.stderr)
        self.assertFalse(os.path.exists(self.path("out")))

    def test_check_of_nothing(self):
        self.refused("port", "--check", self.path("no"), says="No such file")
        os.mkdir(self.path("empty"))
        self.refused("port", "--check", self.path("empty"), says="no C source")
        self.refused("port", self.path("empty"), "--device", "null", says="belongs to --check")


class Apply(PortTest):
    def test_read_only_target_changes_no_file(self):
        first, second = self.file("a.c", FIXABLE), self.file("b.c", FIXABLE)
        os.chmod(second, 0o444)
        result = self.port(self.folder, "--apply", "-q", status=2)
        self.assertIn("b.c: is read-only", result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1)
        self.assertEqual(self.read(first).decode(), FIXABLE)
        self.assertEqual(sorted(os.listdir(self.folder)), ["a.c", "b.c"])

    def test_uncommitted_changes_are_refused_unless_forced(self):
        path = self.file("a.c", FIXABLE)
        self.run_in(self.folder, "git", "init", "-q")
        self.assertIn("not committed", self.port(path, "--apply", "-q", status=2).stderr)
        self.run_in(self.folder, "git", "add", "a.c")
        self.run_in(self.folder, "git", "commit", "-q", "-m", "a")
        self.port(path, "--apply", "-q", status=1)
        self.assertIn(b"NdisFreeMdl", self.read(path))
        self.file("a.c", FIXABLE)
        self.file("a.c", FIXABLE + "/* */\n")
        self.assertIn("not committed", self.port(path, "--apply", "-q", status=2).stderr)
        self.port(path, "--apply", "--force", "-q", status=1)
        self.assertIn(b"NdisFreeMdl", self.read(path))

    def test_a_signal_before_the_end_takes_everything_back(self):
        self.file("a.c", FIXABLE)
        self.file("b.c", FIXABLE)

        def send_late():
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
            os.kill(os.getpid(), signal.SIGTERM)

        result = self.port(self.folder, "--apply", "-q", preexec_fn=send_late)
        self.assertIn("interrupted; nothing was changed", result.stderr)
        self.assertEqual(result.returncode, 2)
        self.assertEqual(set(self.tree(self.folder)), {"a.c", "b.c"})
        self.assertEqual({d.decode() for d in self.tree(self.folder).values()}, {FIXABLE})

    def test_mode_is_kept_and_nothing_is_left_beside(self):
        path = self.file("a.c", FIXABLE)
        os.chmod(path, 0o640)
        self.port(path, "--apply", status=1)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o640)
        self.assertEqual(os.listdir(self.folder), ["a.c"])

    def test_folder_that_takes_no_file(self):
        if os.geteuid() == 0 and not Input.reachable():
            self.skipTest("root writes everywhere, and nobody else may start the program here")
        folder = tempfile.mkdtemp(prefix="drydock-port-")
        self.addCleanup(shutil.rmtree, folder)
        path = os.path.join(folder, "a.c")
        with open(path, "w", encoding="ascii") as file:
            file.write(FIXABLE)
        os.chmod(path, 0o666)
        os.chmod(folder, 0o555)
        more = {"user": 65534, "group": 65534} if os.geteuid() == 0 else {}
        result = self.drydock("port", path, "--apply", "-q", **more)
        os.chmod(folder, 0o755)
        self.assertEqual(result.returncode, 2)
        self.assertIn("Permission denied", result.stderr)
        self.assertEqual(self.read(path).decode(), FIXABLE)


unittest.main()
