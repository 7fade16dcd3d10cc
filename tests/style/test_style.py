#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""scripts/check-style finds each thing it says it finds, and lets good files pass."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else os.getcwd()
SCRIPT = os.path.join(ROOT, "scripts", "check-style")
HEAD = "/* SPDX-License-Identifier: MIT */\n"
MACRO = "".join(line.ljust(99) + "\\\n"
                for line in ("#define DO(x)", "    do {", "        (void)x;"))
GOOD = HEAD + "\n" + MACRO + """    } while (0)
#define EACH(i, n) for (i = 0; i < (n); i++)

int f(int n);
int f(int n)
{
    if (n > 1) {
        return 1;
    } else if (n < 0) {
        return 2; /* if (n) a comment; */
    }
    for (;;) {
        break;
    }
    do {
        n++;
    } while (n < 3);
    return n;
}
"""
BODY = HEAD + "int f(int n);\nint f(int n)\n{\n%s\n    return n;\n}\n"

# file, text, what the line of the report says
BAD = (
    ("src/a.c", GOOD.replace(HEAD, ""), "SPDX"),
    ("src/a.c", BODY % "    if (n)\n        n++;", "'if' without a brace"),
    ("src/a.c", BODY % "    if (n) {\n        n++;\n    } else\n        n--;", "'else' without"),
    ("src/a.c", BODY % "    for (; n < 3;)\n        n++;", "'for' without"),
    ("src/a.c", BODY % "    while (n < (3))\n        n++;", "'while' without"),
    ("src/a.c", BODY % "    n++; // one more", "// comment"),
    ("src/a.c", BODY % "  n++;", "clang-format"),
    ("src/a.c", HEAD + "int f(int n) {\n    return n;\n}\n", "clang-format"),
    ("src/a.c", HEAD + "/* a\tb */\n", "a tab"),
    ("src/a.c", HEAD + "/* a  \n */\n", "white space"),
    ("src/a.c", HEAD + "int x;", "no newline"),
    ("src/a.c", HEAD + "/* FIXME later */\n", "FIXME without"),
    ("src/a.c", HEAD + "int x;\n" * 500, "over 500 lines"),
    ("src/a.def", "X(1)\n", "SPDX"),
    ("scripts/a", "#!/bin/sh\nset -eu\n", "SPDX"),
    ("scripts/a", "#!/bin/sh\n# SPDX-License-Identifier: MIT\n#" + "x" * 100 + "\n", "columns"),
)
FINE = (
    ("src/a.c", GOOD),
    ("src/a.c", HEAD + "int x;\n" * 499),
    ("src/a.c", HEAD + "/* FIXME (#12) later */\n"),
    ("src/a.c", HEAD + 'const char *url = "http://example.org";\n'),
    ("scripts/a", "#!/bin/sh\n# SPDX-License-Identifier: MIT\nset -eu\n"),
    ("docs/a.md", "no licence line here\n"),
)


class Style(unittest.TestCase):
    def setUp(self):
        self.tree = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.tree)
        shutil.copy(os.path.join(ROOT, ".clang-format"), self.tree)

    def check(self, path, text, *options):
        file_path = os.path.join(self.tree, path)
        os.makedirs(os.path.dirname(file_path), exist_ok=True)
        with open(file_path, "w", encoding="utf-8") as file:
            file.write(text)
        result = subprocess.run([SCRIPT, "--root", self.tree, *options], capture_output=True,
                                text=True, check=False)
        if "--fix" not in options:
            os.remove(file_path)
        return result

    def test_each_bad_file_is_named_with_its_fault(self):
        for path, text, fault in BAD:
            with self.subTest(fault=fault):
                result = self.check(path, text)
                self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
                self.assertRegex(result.stdout, rf"(?m)^{path}:\d+: .*{fault}")

    def test_good_files_pass(self):
        for path, text in FINE:
            with self.subTest(path=path, text=text[:80]):
                result = self.check(path, text)
                self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_fix_rewrites_what_clang_format_can(self):
        self.check("src/a.c", HEAD + "int  f( int n ){return n;}\n", "--fix")
        result = self.check("src/b.c", GOOD)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


unittest.main()
