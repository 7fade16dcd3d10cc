#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A real report against the tables of docs/report.md: no key missing, none more, right types."""
import json
import os
import re
import unittest

from cli import E1000E, FAST, SEEDED, SOURCE, CliTest

TYPES = {"text": str, "number": (int, float), "object": dict, "array": list, "true or false": bool,
         "text or null": (str, type(None))}


def tables():
    """{heading of the first column: {key: (type, optional)}} of the document."""
    found, rows = {}, None
    with open(os.path.join(SOURCE, "docs", "report.md"), encoding="utf-8") as file:
        for line in file:
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if not line.startswith("|"):
                rows = None
            elif rows is None:
                rows = found.setdefault(cells[0], {})
            elif not cells[0].startswith("---"):
                rows[cells[0].strip("`")] = (cells[1], cells[3].startswith("if "))
    return found


class ReportTest(CliTest):
    tables = tables()

    def matches(self, value, table, extra=()):
        """Every key of the table is there with its type, and no other."""
        for key, (kind, optional) in table.items():
            if key not in value and optional:
                continue
            self.assertIn(key, value)
            self.assertIsInstance(value[key], TYPES[kind], key)
            if kind == "number":
                self.assertNotIsInstance(value[key], bool, key)
                self.assertGreaterEqual(value[key], 0, key)
        self.assertEqual(set(value) - set(table) - set(extra), set())

    def check(self, report):
        flat = {}
        for key, value in report.items():
            if isinstance(value, dict) and key != "settings":
                flat.update({f"{key}.{name}": number for name, number in value.items()})
            else:
                flat[key] = value
        self.matches(flat, self.tables["key"], extra=("findings", "findings_dropped"))
        self.assertIsInstance(report["findings_dropped"], int)
        for finding in report["findings"]:
            labels = [place["label"].replace(" ", "_") for place in finding["sites"]]
            self.matches(finding, self.tables["key of a finding"], extra=labels)
            for place, label in zip(finding["sites"], labels):
                self.matches(place, self.tables["key of a place"])
                self.assertIsInstance(finding[label], str)
            for frame in finding.get("stack", ()):
                self.matches(frame, self.tables["key of a stack frame"])

    def test_the_document_has_tables(self):
        self.assertEqual(set(self.tables), {"key", "key of a finding", "key of a place",
                                            "key of a stack frame"})
        self.assertGreater(len(self.tables["key"]), 40)

    def test_what_the_issue_demands_is_documented(self):
        for group, names in {
                "send": "net_buffer_lists net_buffers bytes completed failed",
                "receive": "net_buffer_lists bytes returned",
                "dma": "sg_lists_built sg_lists_freed sg_elements sg_elements_max "
                       "deferred_callbacks other_cpu_callbacks bounced_bytes "
                       "map_registers_peak shared_memory_bytes_peak "
                       "shared_memory_async iommu_faults",
                "interrupts": "delivered dpcs"}.items():
            for name in names.split():
                self.assertIn(f"{group}.{name}", self.tables["key"])
        for name in "driver device settings leaks seconds".split():
            self.assertIn(name, self.tables["key"])
        for name in "rule severity text".split():
            self.assertIn(name, self.tables["key of a finding"])

    def test_clean_run(self):
        report = self.run_driver(E1000E, "--send", self.capture(9), "--wire", "echo")
        self.check(report)
        self.assertEqual(report["end"], "done")
        self.assertEqual((report["send"]["net_buffers"], report["send"]["bytes"]), (9, 900))
        self.assertEqual((report["cable"]["frames_out"], report["cable"]["frames_in"]), (9, 9))

    def test_every_setting_is_reported(self):
        settings = re.findall(r"(?m)^  ([a-z][a-z0-9-]+) ",
                              self.drydock("settings").stdout.split("personalities")[0])
        report = self.run_driver(E1000E, "--set", "iommu=lazy", "--set", "mdl=many")
        self.assertEqual(list(report["settings"]), settings)
        self.assertTrue(all(isinstance(v, str) for v in report["settings"].values()))
        self.assertEqual((report["settings"]["iommu"], report["settings"]["mdl"]), ("lazy", "many"))

    def test_settings_of_a_report_are_accepted_again(self):
        first = self.run_driver(E1000E, "--personality", "hostile", "--send", self.capture(20))
        sets = [word for key, value in first["settings"].items() for word in ("--set",
                                                                              f"{key}={value}")]
        second = self.run_driver(E1000E, *sets, "--send", self.capture(20))
        self.assertEqual(first["settings"], second["settings"])

    def test_finding(self):
        config = self.file("config", "Bug = sgl-map-twice\n")
        report = self.run_driver(SEEDED, "--config", config, "--send", self.capture(1), status=1)
        self.check(report)
        finding = report["findings"][0]
        self.assertEqual((finding["rule"], finding["severity"]), ("sgl-map-twice", "warning"))
        self.assertRegex(finding["mapped_at"], r"^seeded_tx\.c:\d+ in Map$")
        self.assertEqual(finding["sites"][0]["api"], "NdisMAllocateNetBufferSGList")
        self.assertEqual(finding["sites"][0]["function"], "Map")
        self.assertGreater(finding["sites"][0]["line"], 0)
        self.assertTrue(os.path.basename(finding["sites"][0]["file"]) == "seeded_tx.c")

    def test_crash(self):
        config = self.file("config", "Bug = driver-crash\n")
        report = self.run_driver(SEEDED, "--config", config, status=1)
        self.check(report)
        self.assertEqual(report["end"], "crashed")
        self.assertGreater(len(report["findings"][0]["stack"]), 3)

    def test_leak(self):
        config = self.file("config", "Bug = halt-unfreed-object\n")
        report = self.run_driver(SEEDED, "--config", config, status=1)
        self.check(report)
        self.assertEqual(report["leaks"], 1)

    def test_equal_findings_are_one_with_a_count(self):
        config = self.file("config", "Bug = tx-bad-status\n")
        report = self.run_driver(SEEDED, "--config", config, "--send", self.capture(30), status=1)
        self.assertEqual([(f["rule"], f["count"]) for f in report["findings"]],
                         [("tx-bad-status", 30)])

    def test_standard_output_has_the_same_report(self):
        result = self.drydock("run", E1000E, "--json", "-", *FAST)
        self.check(json.loads(result.stdout))


if __name__ == "__main__":
    unittest.main()
