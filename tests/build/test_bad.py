#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Trees that cannot be built: one clear line with file and line, status 2, no driver."""
import os
import unittest

from cli import CliTest


class BadTree(CliTest):
    def bad(self, *args, says=(), lines=1):
        """Status 2, at most so many lines, nothing left behind."""
        before = sorted(os.listdir(self.folder))
        result = self.drydock("build", *args, "-o", self.path("d.so"))
        self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
        self.assertLessEqual(len(result.stderr.splitlines()), lines, result.stderr)
        for part in [says] if isinstance(says, str) else says:
            self.assertIn(part, result.stderr)
        self.assertEqual(sorted(os.listdir(self.folder)), before)
        return result.stderr

    def test_no_sources(self):
        self.file("readme.txt", "no driver here")
        self.bad(self.folder, says=(self.folder, "no source files"))

    def test_no_such_thing(self):
        self.bad(self.path("none"), says=("none", "No such file"))
        self.bad(self.file("x.txt", "x"), says="neither a folder")

    def test_project_that_is_no_xml(self):
        self.file("d.vcxproj", "<Project>\n  <ItemGroup>\n</Project>\n")
        self.bad(self.folder, says=("d.vcxproj:3: not an XML project file", "mismatched tag"))

    def test_several_projects(self):
        self.file("a.vcxproj", "<Project/>")
        self.file("b.vcxproj", "<Project/>")
        self.bad(self.folder, says=("2 project files", ".vcxproj"))

    def test_project_template(self):
        self.file("a.vcxproj", "<Project><A>@PRODUCT_VERSION@</A></Project>")
        self.bad(self.path("a.vcxproj"), says="a template")

    def test_project_that_names_a_missing_source(self):
        self.file("sources", "SOURCES=gone.c\n")
        self.bad(self.path("sources"), says=("sources: names", "gone.c", "not there"))

    def test_sources_file_with_a_mistake(self):
        self.file("sources", "SOURCES=a.c\n\n!endif\n")
        self.bad(self.folder, says="sources:3: !endif without !if")
        self.file("sources", b"\0\1\2")
        self.bad(self.folder, says="sources: not a text file")

    def test_circular_include(self):
        self.file("a.c", '#include "x.h"\n')
        self.file("x.h", '\n#include "y.h"\n')
        self.file("y.h", '#include "X.h"\n')
        text = self.bad(self.path("a.c"), says=("include each other without end",
                                                "x.h -> y.h -> x.h", "include guard"))
        self.assertRegex(text, r"^\S*[xy]\.h:\d+: error: ")

    def test_missing_header(self):
        self.file("a.c", '#include "first.h"\n')
        self.file("first.h", '\n#include "sub\\gone.h"\n')
        text = self.bad(self.path("a.c"), says=("first.h:2: error: header 'sub/gone.h' not found",
                                                "-I", "--provide gone.h=FILE"))
        self.assertNotIn("a.c", text)

    def test_missing_header_of_many_sources_is_said_once(self):
        self.file("all.h", '#include "gone.h"\n')
        for name in "abc":
            self.file(name + ".c", '#include "all.h"\n')
        self.file("sources", "SOURCES=a.c b.c c.c\n")
        self.bad(self.folder, lines=2,
                 says=("all.h:1: error: header 'gone.h'", "3 of 3 files do not compile"))

    def test_generated_headers(self):
        for name, says in (("drvwmi.h", ".mof"), ("eventmsg.h", ".mc"),
                           ("version.h", "build script")):
            with self.subTest(name=name):
                source = self.file("a.c", f'#include "{name}"\n')
                self.bad(source, says=(says, "a.c:1"))

    def test_error_shows_the_drivers_own_line(self):
        source = self.file("a.c", "#include <ndis.h>\n#define LONGS long\n\n"
                                  "LONGS a = nonsense + 5L;\n")
        text = self.bad(source, lines=2)
        self.assertIn("a.c:4: error: use of undeclared identifier 'nonsense'", text)
        self.assertIn("    LONGS a = nonsense + 5L;", text)

    def test_overloads_that_are_one_here(self):
        source = self.file("a.cpp", "int f(int) { return 1; }\nint f(long) { return 2; }\n")
        self.bad(source, says=("a.cpp:2: error: redefinition of 'f'", "differ only by long and int",
                               "a.cpp:1: note"), lines=5)

    def test_global_object_with_a_constructor(self):
        source = self.file("a.cpp", "struct S { int x; S(); };\nS::S() : x(1) { }\nS global;\n")
        self.bad(source, says=("a.cpp", "constructor", "never runs"))

    def test_privileged_instruction(self):
        source = self.file("a.c", "#include <ndis.h>\n#include <intrin.h>\nULONG64 f(void)\n{\n"
                                  "    return __readmsr(0x10);\n}\n")
        self.bad(source, says=("a.c:5: error", "privileged instruction"), lines=2)

    def test_jumps_that_no_one_can_follow(self):
        source = self.file("a.c", "#include <ndis.h>\nvoid f(int a)\n{\n    void *p = &&out;\n"
                                  "    __try {\n        goto *p;\n    } __finally {\n"
                                  "        a++;\n    }\n"
                                  "out:\n    return;\n}\n")
        self.bad(source, says=("a.c:6: goto without a label inside __try",))

    def test_wrong_options(self):
        source = self.file("a.c", "int a;\n")
        for option, value, says in (("--sanitize", "thread", "address,undefined"),
                                    ("--optimize", "9", "write 0"), ("--std", "c++98", "c++17"),
                                    ("--ndis", "5.1", "unknown level"),
                                    ("--provide", "x", "NAME=FILE"),
                                    ("--provide", "x=" + self.path("no"), "NAME=FILE")):
            with self.subTest(option=option):
                self.bad(source, option, value, says=(option, says))


if __name__ == "__main__":
    unittest.main()
