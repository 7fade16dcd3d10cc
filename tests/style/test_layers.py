#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""scripts/check-layers refuses each forbidden include and token, and nothing else."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else os.getcwd()
SCRIPT = os.path.join(ROOT, "scripts", "check-layers")

# The headers that stand in the small tree the cases are planted in.
HEADERS = (
    "src/base/list.h", "src/seam/seam.h", "src/ram/ram.h", "src/dev/dev.h", "src/dev/domain.h",
    "src/dev/domain_table.h", "src/dev/soft/nic.h", "src/dev/vfio/group.h", "src/wire/wire.h",
    "src/nt/irql.h", "src/dma/dma.h", "src/hal/hal.h", "src/ndis/ndis_int.h", "src/load/load.h",
    "src/verify/verify.h", "src/trace/trace.h", "src/fault/fault.h", "src/run/run.h",
    "include/nt/ndis.h", "include/nt/wdm/mdl.h", "include/drydock/drydock.h",
    "drivers/one/one.h", "drivers/two/two.h", "tools/drydock/cli.h", "tools/port/port.h",
    "tests/unit/helper.h")

# file, line in it, whether it is allowed
CASES = (
    ("src/base/a.c", "#include <pthread.h>", True),
    ("src/base/a.c", '#include "seam/seam.h"', False),
    ("src/base/a.c", "static __thread int x;", True),
    ("src/seam/a.c", '#include "base/list.h"', True),
    ("src/seam/a.c", '#include "seam/api_ids.h"', True),
    ("src/seam/a.c", '#include "ram/ram.h"', False),
    ("src/ram/a.c", '#include "seam/seam.h"', True),
    ("src/ram/a.c", '#include "dev/dev.h"', False),
    ("src/dev/a.c", '#include "ram/ram.h"', True),
    ("src/dev/a.c", '#include "domain_table.h"', True),
    ("src/dev/a.c", '#include "dev/soft/nic.h"', False),
    ("src/dev/soft/a.c", '#include "dev/domain.h"', True),
    ("src/dev/soft/a.c", '#include "nic.h"', True),
    ("src/dev/soft/a.c", '#include "dev/soft/nic.h"', True),
    ("src/dev/soft/a.c", '#include "dev/vfio/group.h"', False),
    ("src/dev/soft/a.c", '#include "../vfio/group.h"', False),
    ("src/dev/soft/a.c", '#include "dev/domain_table.h"', False),
    ("src/dev/soft/a.c", '#include "dma/dma.h"', False),
    ("src/dev/soft/a.c", '#include "nt/irql.h"', False),
    ("src/dev/soft/a.c", "#include <ndis.h>", False),
    ("src/wire/a.c", "#include <pcap/pcap.h>", True),
    ("src/wire/a.c", '#include "ram/ram.h"', False),
    ("src/nt/a.c", "#include <ndis.h>", True),
    ("src/nt/a.c", '#include "dev/dev.h"', True),
    ("src/nt/a.c", '#include "dma/dma.h"', False),
    ("src/nt/a.c", '#include "ndis/ndis_int.h"', False),
    ("src/nt/a.c", "#include <jansson.h>", False),
    ("src/dma/a.c", '#include "dev/domain.h"', True),
    ("src/dma/a.c", '#include "nt/irql.h"', False),
    ("src/dma/a.c", '#include "ndis/ndis_int.h"', False),
    ("src/dma/a.c", "#include <ndis.h>", False),
    ("src/dma/a.c", "#  include  <wdm/mdl.h>", False),
    ("src/hal/a.c", '#include "dma/dma.h"', True),
    ("src/hal/a.c", '#include "ndis/ndis_int.h"', False),
    ("src/hal/a.c", '#include "verify/verify.h"', False),
    ("src/ndis/a.c", '#include "hal/hal.h"', True),
    ("src/ndis/a.c", '#include "dev/soft/nic.h"', False),
    ("src/ndis/a.c", '#include "run/run.h"', False),
    ("src/ndis/a.c", '#include "fault/fault.h"', False),
    ("src/ndis/a.c", '#include "ndis/no_such_file.h"', True),
    ("src/ndis/a.c", '#include "run/no_such_file.h"', False),
    ("src/ndis/a.c", '#include "no_such_file.h"', False),
    ("src/ndis/a.c", '#include "../../tests/unit/helper.h"', False),
    ("src/load/a.c", "#include <ndis.h>", True),
    ("src/load/a.c", "#include <gelf.h>", True),
    ("src/load/a.c", '#include "nt/irql.h"', False),
    ("src/verify/a.c", '#include "dma/dma.h"', True),
    ("src/verify/a.c", '#include "run/run.h"', False),
    ("src/verify/a.c", '#include "trace/trace.h"', False),
    ("src/run/a.c", '#include "dev/soft/nic.h"', True),
    ("src/run/a.c", '#include "verify/verify.h"', True),
    ("src/run/a.c", "#include <pthread.h>", False),
    ("src/run/a.c", "pthread_mutex_lock(&lock);", False),
    ("src/run/a.c", "clock_gettime(0, &now);", False),
    ("src/run/a.c", "getrandom(p, n, 0);", False),
    ("src/run/a.c", "static _Thread_local int x;", False),
    ("src/run/a.c", "/* not pthread_create() but dd_thread_start() */", True),
    ("src/run/a.c", 'dd_log("clock_gettime failed");', True),
    ("src/run/a.c", '/*\n#include "tests/unit/helper.h"\n*/', True),
    ("src/run/a.c", 'const char *c = "/*";\n#include "tests/unit/helper.h"', False),
    ("src/new/a.c", "int x;", False),
    ("include/nt/a.h", "#include <stddef.h>", True),
    ("include/nt/a.h", "#include <stdio.h>", False),
    ("include/nt/a.h", '#include "base/list.h"', False),
    ("include/drydock/a.h", "#include <stdint.h>", True),
    ("include/drydock/a.h", "#include <ndis.h>", False),
    ("drivers/one/a.c", "#include <NDIS.H>", True),
    ("drivers/one/a.c", '#include "one.h"', True),
    ("drivers/one/a.c", '#include "../two/two.h"', False),
    ("drivers/one/a.c", "#include <string.h>", False),
    ("drivers/one/a.c", '#include "base/list.h"', False),
    ("drivers/one/a.c", "#include <drydock/drydock.h>", False),
    ("tools/drydock/a.c", "#include <drydock/drydock.h>", True),
    ("tools/drydock/a.c", "#include <argp.h>", True),
    ("tools/drydock/a.c", '#include "cli.h"', True),
    ("tools/drydock/a.c", '#include "../port/port.h"', False),
    ("tools/drydock/a.c", '#include "run/run.h"', False),
    ("tests/unit/a.c", '#include "ndis/ndis_int.h"', True),
    ("fuzz/a.c", '#include "run/run.h"', True),
)


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text + "\n")


def check(root):
    return subprocess.run([SCRIPT, "--root", root], capture_output=True, text=True, check=False)


class Layers(unittest.TestCase):
    def setUp(self):
        self.tree = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.tree)

    def test_each_case_is_allowed_or_refused_as_the_table_says(self):
        for header in HEADERS:
            write(os.path.join(self.tree, header), "")
        self.assertEqual(check(self.tree).returncode, 0)
        for path, line, allowed in CASES:
            with self.subTest(path=path, line=line):
                planted = os.path.join(self.tree, path)
                write(planted, line)
                result = check(self.tree)
                os.remove(planted)
                self.assertEqual(result.returncode, 0 if allowed else 1, result.stdout)
                if not allowed:
                    self.assertRegex(result.stdout, rf"(?m)^{path}:\d+: ")
                    self.assertIn("    do: ", result.stdout)

    def test_an_include_planted_in_this_tree_is_found_at_its_line(self):
        for top in ("src", "include", "drivers", "tools"):
            shutil.copytree(os.path.join(ROOT, top), os.path.join(self.tree, top))
        planted = "src/dma/planted.c"
        self.assertNotIn(planted, check(self.tree).stdout)
        write(os.path.join(self.tree, planted), '#include "base/list.h"\n\n#include "ndis/host.h"')
        result = check(self.tree)
        self.assertEqual(result.returncode, 1)
        self.assertIn(f'{planted}:3: #include "ndis/host.h": ', result.stdout)

    def test_a_place_without_source_is_no_success(self):
        self.assertEqual(check(self.tree).returncode, 2)


unittest.main()
