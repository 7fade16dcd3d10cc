#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The layout oracle: records as the Windows target lays them out, and as the pass makes them.

Our headers and the fixtures' structures, and declarations made at random; the difference is empty.
"""
import os
import random
import re
import subprocess
import unittest

from cli import SOURCE, CliTest

NT = os.path.join(SOURCE, "include", "nt")
FIXTURE = os.path.join(SOURCE, "tests", "build", "sources-driver", "Inc", "Deep", "Layout.h")
WINDOWS = ["clang", "--target=x86_64-pc-windows-msvc", "-fms-extensions", "-fms-compatibility",
           "-w", "-DDRYDOCK_DRIVER=1", "-DNDIS680_MINIPORT=1", "-isystem", NT,
           "-isystem", NT + "/crt"]
DUMP = ["-fsyntax-only", "-Xclang", "-fdump-record-layouts-complete"]
HEADERS = "".join(f"#include <{h}>\n" for h in ("ndis.h", "ntstrsafe.h", "intrin.h", "xfilter.h"))
SIZE = re.compile(r"\[sizeof=(\d+),")


def simple(line):
    """A line of the dump: offset, and the member's name; how its type is spelled is no matter."""
    offset, _, rest = re.sub(r"\((anonymous|unnamed)[^)]*\)", "*", line).partition("|")
    words = rest.split()
    unnamed = not words or offset.strip().endswith("-")  # a bit-field of no bits
    return offset.strip(), "" if unnamed else words[-1]


def records(dump):
    """name: list of (offset, member) and the size, for each named record."""
    found = {}
    for block in dump.split("*** Dumping AST Record Layout")[1:]:
        lines = [x for x in block.split("\n") if "|" in x]
        head = lines[0].partition("|")[2].strip()
        name = head.split("(")[0].strip()
        size = SIZE.search(block)
        if name and size and re.match(r"(struct|union) \w+$", name):
            found[name] = [simple(x) for x in lines[1:] if "[sizeof" not in x] + [size.group(1)]
    return found


class Layouts(CliTest):
    def windows(self, source):
        result = subprocess.run([*WINDOWS, *DUMP, source], capture_output=True, text=True,
                                check=False)
        self.assertEqual(result.returncode, 0, result.stderr[:2000])
        return records(result.stdout)

    def through_the_pass(self, source):
        built = self.drydock("build", source, "-o", self.path("d.so"), "--keep", "--ndis", "6.80")
        self.assertEqual(built.returncode, 0, built.stderr)
        folder = self.path("d.so.build")
        name = next(n for n in os.listdir(folder) if n.endswith(".pass"))
        flags = self.drydock("build", "--print-flags").stdout.split()
        flags = [f for f in flags if f.startswith(("-f", "-m"))]
        result = subprocess.run(["clang", "-x", "cpp-output", "-std=gnu11", "-w", *flags, *DUMP,
                                 os.path.join(folder, name)],
                                capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stderr[:2000])
        return records(result.stdout)

    def compare(self, source, at_least):
        wanted, got = self.windows(source), self.through_the_pass(source)
        self.assertGreater(len(wanted), at_least)
        missing = sorted(n for n in set(wanted) - set(got) if not n.startswith("struct __NS"))
        self.assertEqual(missing, [])
        for name in sorted(set(wanted) & set(got)):
            with self.subTest(record=name):
                self.assertEqual(got[name], wanted[name])

    def test_headers_and_fixtures(self):
        source = self.file("a.c", f'{HEADERS}#include "{FIXTURE}"\n')
        self.compare(source, 200)

    def test_declarations_made_at_random(self):
        rng = random.Random(20240229)
        base = ["char", "short", "int", "long", "long long", "unsigned long", "unsigned __int64",
                "long unsigned int", "unsigned char", "long *", "wchar_t", "__int64", "long double",
                "signed long int", "const long", "volatile unsigned long long"]
        bits = ["char", "unsigned short", "long", "unsigned long", "int", "unsigned __int64",
                "long long"]
        text = [HEADERS]
        for number in range(150):
            pack = rng.choice((0, 0, 0, 1, 2, 4, 8))
            lines = []
            for member in range(rng.randint(1, 9)):
                if rng.random() < 0.35:
                    kind = rng.choice(bits)
                    width = rng.randint(1, 7 if "char" in kind else 15 if "short" in kind else 31)
                    lines.append(f"{kind} m{member} : {width};")
                elif rng.random() < 0.15:
                    lines.append(f"union {{ long u{member}; long long v{member}; }};")
                else:
                    array = f"[{rng.randint(1, 4)}]" if rng.random() < 0.2 else ""
                    lines.append(f"{rng.choice(base)} m{member}{array};")
            keyword = rng.choice(("struct", "struct", "union"))
            body = f"{keyword} _R{number} {{ {' '.join(lines)} }};\n"
            text.append(f"#pragma pack(push, {pack})\n{body}#pragma pack(pop)\n" if pack else body)
        self.compare(self.file("a.c", "".join(text)), 350)


if __name__ == "__main__":
    unittest.main()
