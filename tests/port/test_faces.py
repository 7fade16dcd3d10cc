#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Text, JSON, SARIF, HTML, skeletons."""
import json
import os
import re
import shutil
import subprocess
import unittest

from porttest import FIXTURES, NAMES, SOURCE, PortTest

BUS = os.path.join(FIXTURES, "busmaster")


class Text(PortTest):
    def test_lines_are_those_of_a_compiler(self):
        out = self.port(BUS, "--only", "tx-complete", status=1).stdout.splitlines()
        self.assertRegex(out[0], r"/send\.c:65:13: warning: .* \[tx-complete\]$")
        self.assertRegex(out[1], r"/send\.c:65:13: note: instead: .*")
        self.assertIn("1 findings in 9 files", out[-1])

    def test_quiet_has_no_summary(self):
        self.assertNotIn("findings in", self.port(BUS, "--quiet").stdout)

    def test_only_skip_and_class_choose(self):
        rules = lambda *args: {f["rule"] for f in self.port_json(BUS, *args)["findings"]}
        self.assertEqual(rules("--only", "dma-shmem-alloc"), {"dma-shmem-alloc"})
        self.assertTrue(all(r.startswith("rx-") for r in rules("--only", "rx-")))
        self.assertFalse(any(r.startswith("reg-") for r in rules("--skip", "reg-")))
        self.assertEqual(rules("--class", "note"), {"dma-shmem-alloc", "dma-shmem-free"})
        self.port(BUS, "--class", "note", status=0)

    def test_every_rule_is_listed_and_explained(self):
        for line in self.port("--list-rules", status=0).stdout.splitlines():
            rule, cls = line.split()[:2]
            self.assertRegex(rule, r"^(dma|tx|rx|reg|int|mem)-")
            self.assertIn(cls, ("fix", "review", "manual", "note"))
            text = self.port("--explain", rule, status=0).stdout
            self.assertIn("NDIS 6   ", text)
            self.assertRegex(text, r"facts: section \d")

    def test_order_is_the_same_every_time(self):
        self.assertEqual(self.port(BUS, "--json", "-").stdout, self.port(BUS, "--json", "-").stdout)

    def test_a_file_named_twice_counts_once(self):
        file = os.path.join(BUS, "send.c")
        one, two = self.port_json(file), self.port_json(file, file, BUS)
        self.assertEqual(one["summary"]["findings"],
                         sum(f["file"] == file for f in two["findings"]))


class Reports(PortTest):
    def test_json_has_the_fields_and_adds_up(self):
        report = self.port_json(BUS)
        for f in report["findings"]:
            for key in ("file", "line", "column", "rule", "class", "function", "condition", "text"):
                self.assertIn(key, f)
        self.assertEqual(sum(report["summary"]["classes"].values()), len(report["findings"]))
        self.assertEqual(sum(report["summary"]["rules"].values()), len(report["findings"]))

    def test_sarif_fixes_give_the_bytes_of_apply(self):
        for name in NAMES[:-1]:
            with self.subTest(fixture=name):
                folder = self.fixture(name)
                sarif = json.loads(self.port(folder, "--sarif", "-").stdout)
                self.assertEqual(sarif["version"], "2.1.0")
                before, edits = self.tree(folder), []
                rules = sarif["runs"][0]["tool"]["driver"]["rules"]
                for result in sarif["runs"][0]["results"]:
                    self.assertEqual(rules[result["ruleIndex"]]["id"], result["ruleId"])
                    edits += [(c["artifactLocation"]["uri"].split("/")[-1], r)
                              for fix in result.get("fixes", []) for c in fix["artifactChanges"]
                              for r in c["replacements"]]
                self.port(folder, "--apply")
                self.assertEqual(self.patched(before, edits), self.tree(folder))

    @staticmethod
    def patched(tree, edits):
        out = dict(tree)
        key = lambda e: (e[1][0], e[1][1]["deletedRegion"]["byteOffset"],
                         e[1][1]["deletedRegion"]["byteLength"] > 0, e[0])
        for _, (name, edit) in sorted(enumerate(edits), key=key, reverse=True):
            at = edit["deletedRegion"]["byteOffset"]
            end = at + edit["deletedRegion"]["byteLength"]
            text = edit["insertedContent"]["text"].encode("latin-1")
            out[name] = out[name][:at] + text + out[name][end:]
        return out

    def test_sarif_columns_are_units_of_text(self):
        text = "/* \u4e2d\U0001f600\u00e9 */ void g(void) { NdisFreePacket(p); }\n"
        # a pair of surrogates is two units; the byte order mark is one
        for codec, more in (("utf-8", 1), ("utf-16-le", 2), ("latin-1", 0)):
            data = text.replace("\u4e2d\U0001f600", "??") if codec == "latin-1" else text
            mark = b"\xff\xfe" if codec == "utf-16-le" else b""
            path = self.file("a.c", mark + data.encode(codec))
            sarif = json.loads(self.port(path, "--sarif", "-").stdout)
            region = sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]
            self.assertEqual(region["byteOffset"],
                             self.read(path).index("NdisFreePacket".encode(codec)))
            self.assertEqual(region["startColumn"], data.index("Ndis") + 1 + more, codec)

    def test_html_is_whole_and_its_links_work(self):
        page = self.path("p.html")
        for name in NAMES:
            self.port(os.path.join(FIXTURES, name), "--html", page)
            with open(page, encoding="utf-8") as file:
                text = file.read()
            ids = set(re.findall(r'id="([^"]+)"', text))
            self.assertEqual(set(re.findall(r'href="#([^"]+)"', text)) -
                             (ids if name != "ndis6" else ids | {"next", "rules", "skeletons"}),
                             set())
            steps, _, rows = text.partition("<table>")
            for rule in re.findall(r'<tr id="(r-[^"]+)"', rows):
                self.assertIn(f'href="#{rule}"', steps, "each rule has its place in the order")
            self.assertEqual(re.findall(r'(?:src|href)="(?!#)', text), [])
            self.assertNotIn("@import", text)
            os.remove(page)

    def test_report_beside_findings(self):
        path = self.path("r.json")
        self.assertIn("findings in", self.port(BUS, "--json", path, status=1).stdout)
        with open(path, encoding="utf-8") as file:
            self.assertTrue(json.load(file)["findings"])
        self.assertEqual(os.listdir(self.folder), ["r.json"])


class Skeletons(PortTest):
    def write(self, name):
        folder = self.path(name + "-6")
        self.port(os.path.join(FIXTURES, name), "--skeleton", folder, status=1)
        return folder

    def test_they_compile_as_they_stand(self):
        for name, level in (("busmaster", 630), ("mapreg", 60), ("slave", 620), ("traps", 687)):
            folder = self.write(name)
            for cc in ("gcc", "clang"):
                if not shutil.which(cc):
                    continue
                for file in sorted(f for f in os.listdir(folder) if f.endswith(".c")):
                    result = subprocess.run(
                        [cc, "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-Wno-multichar",
                         "-fshort-wchar", f"-DNDIS{level}_MINIPORT=1", "-isystem",
                         os.path.join(SOURCE, "include", "nt"), "-fsyntax-only", file],
                        cwd=folder, capture_output=True, text=True, check=False)
                    self.assertEqual(result.returncode, 0, f"{name} {file}: {result.stderr}")

    def test_names_and_places_are_the_drivers(self):
        tree = {n: d.decode() for n, d in self.tree(self.write("busmaster")).items()}
        self.assertIn("PORT: the loop of send.c:9", tree["ndis6_send.c"])
        self.assertIn("VOID BmProcessSGList(PDEVICE_OBJECT pDO", tree["ndis6_send.c"])
        self.assertIn("NdisMDeregisterScatterGatherDma(Adapter->NdisMiniportDmaHandle2)",
                      tree["ndis6_init.c"])
        self.assertIn("} BM_ADAPTER;", tree["ndis6.h"])
        self.assertFalse([n for n, text in tree.items() if "@" in re.sub(r"@(Count|Limit|Keep|"
                          r"Status|At)\b", "", text)])

    def test_free_comes_before_completion(self):
        send = self.tree(self.write("busmaster"))["ndis6_send.c"].decode()
        done = send[send.index("VOID BmSendDone"):send.index("/* How many elements")]
        self.assertLess(done.index("NdisMFreeNetBufferSGList"), done.index("BmNblDrop"))


unittest.main()
