#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every construct of the fixtures is found, and nothing else."""
import collections
import os
import unittest

from porttest import FIXTURES, NAMES, PortTest

GONE = """
void f(void) { NdisFreePacket(p); }
"""


def expected_of(name):
    with open(os.path.join(FIXTURES, name, "expected.txt"), encoding="ascii") as file:
        return collections.Counter(line.strip() for line in file if line.strip())


class Fixtures(PortTest):
    def test_findings_are_those_expected_and_no_others(self):
        hits = misses = wrong = 0
        for name in NAMES:
            folder = os.path.join(FIXTURES, name)
            found = collections.Counter(f"{os.path.basename(f['file'])}:{f['line']} {f['rule']}"
                                        for f in self.port_json(folder)["findings"])
            expected = expected_of(name)
            hits += (found & expected).total()
            misses += (expected - found).total()
            wrong += (found - expected).total()
            with self.subTest(fixture=name):
                self.assertEqual(found - expected, collections.Counter(), "found, not expected")
                self.assertEqual(expected - found, collections.Counter(), "expected, not found")
        print(f"{hits} constructs found of {hits + misses}: recall {hits / (hits + misses):.1%}; "
              f"{wrong} false findings: precision {hits / (hits + wrong):.1%}")

    def test_every_rule_has_a_place_in_a_fixture(self):
        seen = {line.split()[1] for name in NAMES for line in expected_of(name)}
        rules = {line.split()[0]
                 for line in self.port("--list-rules", status=0).stdout.splitlines()}
        self.assertEqual(rules - seen, set())
        self.assertEqual(seen - rules, set())

    def test_the_dma_rules_have_their_ids(self):
        rules = {line.split()[0]
                 for line in self.port("--list-rules", status=0).stdout.splitlines()}
        self.assertEqual({"dma-init-sg", "dma-halt-dereg", "dma-sg-from-packet", "dma-shmem-async",
                          "dma-alloc-complete-handler", "dma-attr-busmaster", "dma-alloc-mapregs",
                          "dma-free-mapregs", "dma-start-physmap", "dma-complete-physmap",
                          "dma-shmem-alloc", "dma-shmem-free", "dma-alignment", "dma-chan",
                          "dma-phys-array", "dma-type-frag", "dma-update-shared-memory",
                          "dma-flush-buffer"} - rules, set())

    def test_places_have_function_and_condition(self):
        places = {(f["line"], f["rule"]): (f["function"], f["condition"])
                  for f in self.port_json(os.path.join(FIXTURES, "busmaster"))["findings"]
                  if f["file"].endswith(("memory.c", "init.c"))}
        self.assertEqual(places[20, "dma-init-sg"], ("BmSetupDma", "defined(BM_ALWAYS_DAC)"))
        self.assertEqual(places[23, "dma-init-sg"], ("BmSetupDma", "!defined(BM_ALWAYS_DAC)"))
        self.assertEqual(places[7, "dma-init-sg"], (None, "0"))
        self.assertEqual(places[10, "dma-attr-busmaster"], ("#define BM_FLAGS", None))

    def test_our_own_ndis6_driver_has_none(self):
        folder = os.path.join(FIXTURES, "..", "..", "drivers", "e1000e")
        report = self.port_json(folder, status=0)
        self.assertEqual(report["findings"], [])
        self.assertFalse(report["summary"]["ndis5"])


class Rules(PortTest):
    def rules(self, text, *args):
        return [(f["line"], f["rule"]) for f in self.findings(text + GONE, *args)
                if f["rule"] != "rx-packet-alloc"]

    def test_names_in_comments_and_strings_are_none(self):
        self.assertEqual(self.rules('/* NdisMSendComplete(a) */ // NdisMSendComplete(a)\n'
                                    'char *s = "NdisMSendComplete(", c = \'"\';\n'
                                    '/* a comment \\*/ int NdisMSendCompleteX;\n'), [])

    def test_names_behind_a_dot_are_members(self):
        self.assertEqual(self.rules("void g(void) { t->NdisMSendComplete(a); "
                                    "t.NdisMIndicateStatus(b); }"), [])

    def test_spliced_lines_and_digraph_free_macros(self):
        self.assertEqual(self.rules("#define A(x) \\\r\n  NdisMSendComplete(x, \\\r\n y)\n"),
                         [(2, "tx-complete")])

    def test_alignment_and_map_register_count(self):
        self.assertEqual(self.rules("void g(void) { NdisMGetDmaAlignment(h); "
                                    "NdisQueryMapRegisterCount(b, &n); HalGetAdapter(d, &n); }"),
                         [(1, "dma-alignment"), (1, "dma-mapreg-count"), (1, "dma-hal-adapter")])

    def test_list_by_extension_is_found_without_the_macro(self):
        self.assertEqual(self.rules("void g(void) { l = e->NdisPacketInfo"
                                    "[ScatterGatherListPacketInfo]; }"),
                         [(1, "dma-sg-from-packet")])

    def test_other_packet_information_is_not_the_list(self):
        self.assertEqual(self.rules("void g(void) { v = NDIS_PER_PACKET_INFO_FROM_PACKET(p, "
                                    "Ieee8021QInfo); }"), [(1, "tx-packet-info")])

    def test_aborted_status_counts_only_in_a_send_completion(self):
        self.assertEqual(self.rules("void g(void) { s = NDIS_STATUS_REQUEST_ABORTED; }"), [])

    def test_failing_paths_reach_through_callers(self):
        text = ("int setup(A *a) {\n"
                " return NdisMInitializeScatterGatherDma(a->h, 1, 2);\n}\n"
                "int middle(A *a) {\n"
                " int s = setup(a);\n if (s) { return s; }\n"
                " if (a->bad) {\n  return NDIS_STATUS_FAILURE;\n }\n"
                " return NDIS_STATUS_SUCCESS;\n}\n"
                "int init(A *a) {\n int s = middle(a);\n if (s) return s;\n s = more(a);\n"
                " return s;\n}\n")
        self.assertEqual(self.rules(text, "--only", "dma-halt-dereg"),
                         [(8, "dma-halt-dereg"), (16, "dma-halt-dereg")])

    def test_a_path_that_deregisters_is_fine(self):
        text = ("int init(A *a) {\n int s = NdisMInitializeScatterGatherDma(a->h, 1, 2);\n"
                " if (s) return s;\n s = more(a);\n"
                " if (s) NdisMDeregisterScatterGatherDma(a->d);\n return s;\n}\n")
        self.assertEqual(self.rules(text, "--only", "dma-halt-dereg"), [])

    def test_a_path_through_halt_is_counted_there(self):
        text = ("void halt(A *a) { }\nvoid reg(NDIS_MINIPORT_CHARACTERISTICS *c) {\n"
                " c->HaltHandler = halt;\n}\n"
                "int init(A *a) {\n int s = NdisMInitializeScatterGatherDma(a->h, 1, 2);\n"
                " if (s) return s;\n s = more(a);\n if (s) {\n  halt(a);\n  return s;\n }\n"
                " s = last(a);\n return s;\n}\n")
        self.assertEqual(self.rules(text, "--only", "dma-halt-dereg"),
                         [(1, "dma-halt-dereg"), (14, "dma-halt-dereg")])

    def test_notes_alone_are_status_0(self):
        text = "void g(void) { NdisMFreeSharedMemory(a, 1, 0, v, p); }\n"
        self.port(self.source(text), "--force-ndis5", status=0)
        self.assertEqual([f["class"] for f in self.findings(text, "--force-ndis5")], ["note"])

    def test_a_tree_without_a_sign_of_ndis5_is_left_alone(self):
        text = "void g(void) { NdisFreeBuffer(b); NdisFlushBuffer(b, 1); }\n"
        self.assertEqual(self.findings(text), [])
        self.assertEqual(len(self.findings(text, "--force-ndis5")), 2)

    def test_utf16_places_are_bytes(self):
        text = "/* \u4e2d */ void g(void) { NdisFreeBuffer(b); NdisFreePacket(p); }\r\n"
        path = self.file("w.c", b"\xff\xfe" + text.encode("utf-16-le"))
        found = self.port_json(path)["findings"]
        self.assertEqual([f["rule"] for f in found], ["mem-buffer-free", "rx-packet-alloc"])
        at = self.read(path).index("NdisFreeBuffer".encode("utf-16-le"))
        self.assertEqual([(e["offset"], e["length"], e["text"]) for e in found[0]["edits"]],
                         [(at, 28, "NdisFreeMdl")])


unittest.main()
