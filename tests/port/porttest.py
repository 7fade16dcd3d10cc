# SPDX-License-Identifier: MIT
"""What the tests of the porting tool share."""
import json
import os
import shutil
import subprocess

from cli import SOURCE, CliTest

FIXTURES = os.path.join(SOURCE, "tests", "port")
NAMES = ("busmaster", "mapreg", "slave", "traps", "rest", "ndis6")
GIT = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null",
       "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a",
       "GIT_COMMITTER_EMAIL": "a@b"}


class PortTest(CliTest):
    def fixture(self, name):
        """A copy of a fixture, to change."""
        to = self.path(name)
        shutil.copytree(os.path.join(FIXTURES, name), to)
        os.remove(os.path.join(to, "expected.txt"))
        return to

    def port(self, *args, status=None, **more):
        result = self.drydock("port", *args, **more)
        if status is not None:
            self.assertEqual(result.returncode, status, f"{args}: {result.stdout}{result.stderr}")
        return result

    def port_json(self, *args, **more):
        return json.loads(self.port(*args, "--json", "-", **more).stdout)

    def source(self, text, name="a.c"):
        return self.file(name, text)

    def findings(self, text, *args):
        return self.port_json(self.source(text), *args)["findings"]

    def applied(self, text, *args):
        """The text after --apply."""
        path = self.source(text)
        self.port(path, "--apply", *args)
        return self.read(path)

    @staticmethod
    def read(path):
        with open(path, "rb") as file:
            return file.read()

    @staticmethod
    def tree(folder):
        return {name: PortTest.read(os.path.join(folder, name))
                for name in sorted(os.listdir(folder))
                if os.path.isfile(os.path.join(folder, name))}

    def run_in(self, folder, *command, **more):
        more = {"stdout": subprocess.PIPE, **more}
        return subprocess.run(command, cwd=folder, stderr=subprocess.PIPE, check=False,
                              env={**os.environ, **GIT}, **more)
