#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Edits: right to the byte, all or none, and nothing the second time."""
import os
import re
import shutil
import unittest

from porttest import NAMES, PortTest

HEAD = "typedef struct _A {\n  NDIS_HANDLE h;\n} A, *PA;\n"
SG = "NdisMInitializeScatterGatherDma"


class Fixtures(PortTest):
    def test_diff_applies_with_git_and_with_patch_and_equals_apply(self):
        for name in NAMES[:-1]:
            with self.subTest(fixture=name):
                folder = self.fixture(name)
                before = self.tree(folder)
                diff = self.drydock_bytes(folder, "--diff")
                results = []
                for command in (["git", "apply", "--whitespace=nowarn", "-"],
                                ["patch", "-p1", "-s", "--binary"]):
                    again = self.run_in(folder, *command, input=diff)
                    self.assertEqual(again.returncode, 0, again.stdout + again.stderr)
                    results.append(self.tree(folder))
                    for file, data in before.items():
                        self.file(os.path.join(folder, file), data)
                self.run_in(folder, os.environ["DRYDOCK"], "port", ".", "--apply", "-q")
                results.append(self.tree(folder))
                self.assertEqual(results[0], results[1])
                self.assertEqual(results[0], results[2])
                self.assertNotEqual(results[0], before)

    def drydock_bytes(self, folder, *args):
        return self.run_in(folder, os.environ["DRYDOCK"], "port", ".", *args).stdout

    def test_second_run_changes_nothing(self):
        for name in NAMES:
            with self.subTest(fixture=name):
                folder = self.fixture(name)
                self.port(folder, "--apply")
                once = self.tree(folder)
                self.port(folder, "--apply")
                self.assertEqual(self.tree(folder), once)
                self.assertEqual(self.port(folder, "--diff").stdout, "")

    def test_line_ends_tabs_and_other_bytes_stay(self):
        folder = self.fixture("mapreg")
        before = self.read(os.path.join(folder, "mapreg.c"))
        self.port(folder, "--apply")
        after = self.read(os.path.join(folder, "mapreg.c"))
        self.assertEqual(after.count(b"\n"), after.count(b"\r\n"))
        for line in before.split(b"\r\n"):
            if b"\xfc" in line or b"\xe4" in line or b"\xe9" in line:
                self.assertIn(line, after.split(b"\r\n"))

    def test_utf16_is_edited_as_the_same_text_in_ascii(self):
        for name in ("mapreg", "busmaster"):
            for codec, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")):
                with self.subTest(fixture=name, codec=codec):
                    folder = self.fixture(name)
                    plain = self.tree(folder)
                    self.port(folder, "--apply")
                    wanted = {file: mark + data.decode("latin-1").encode(codec)
                              for file, data in self.tree(folder).items()}
                    for file, data in plain.items():
                        self.file(os.path.join(folder, file),
                                  mark + data.decode("latin-1").encode(codec))
                    diff = self.drydock_bytes(folder, "--diff")
                    self.port(folder, "--apply")
                    self.assertEqual(self.tree(folder), wanted)
                    self.assertEqual(self.port(folder, "--diff").stdout, "")
                    for file, data in plain.items():
                        self.file(os.path.join(folder, file),
                                  mark + data.decode("latin-1").encode(codec))
                    again = self.run_in(folder, "git", "apply", "--whitespace=nowarn", "-",
                                        input=diff)
                    self.assertEqual(again.returncode, 0, again.stderr)
                    self.assertEqual(self.tree(folder), wanted)
                    shutil.rmtree(folder)

    def test_byte_order_mark_stays_first(self):
        text = f"int f(PA a) {{ return {SG}(a->h, 1, 2); }}\n" + HEAD
        after = self.applied(b"\xef\xbb\xbf" + text.encode())
        self.assertTrue(after.startswith(b"\xef\xbb\xbf"))
        self.assertEqual(after.count(b"\xef\xbb\xbf"), 1)
        self.assertEqual(after[3:], self.applied(text))

    def test_busmaster_gets_what_the_issue_promises(self):
        folder = self.fixture("busmaster")
        self.port(folder, "--apply")
        tree = {name: data.decode() for name, data in self.tree(folder).items()}
        memory = tree["memory.c"]
        self.assertIn("1514, &Adapter->NdisMiniportDmaHandle2);", memory)
        self.assertIn("!!(sizeof(PVOID) >= 4) : FALSE), /* , a comma (in a comment */", memory)
        self.assertIn("1514, &Adapter->NdisMiniportDmaHandle2 /* no jumbo frames */);", memory)
        self.assertIn("NdisMAllocateSharedMemoryAsyncEx(Adapter->NdisMiniportDmaHandle2, "
                      "/* length */", memory)
        self.assertEqual(memory.count("static NDIS_STATUS BmRegisterScatterGatherDma("), 1)
        self.assertLess(memory.index("static NDIS_STATUS BmRegisterScatterGatherDma("),
                        memory.index("/*\n * The longest frame"))
        self.assertIn("SharedMemAllocateCompleteHandler = BmAllocateComplete;", memory)
        self.assertNotIn("AllocateCompleteHandler = ", tree["init.c"].replace(
            "Other->AllocateCompleteHandler = NULL", ""))
        self.assertIn("MINIPORT_ALLOCATE_SHARED_MEM_COMPLETE BmAllocateComplete;",
                      tree["adapter.h"])
        self.assertRegex(tree["adapter.h"], r"AdapterHandle;\t/\*.*\*/\n\tNDIS_HANDLE "
                         r"NdisMiniportDmaHandle2;")
        self.assertIn("    NdisMInitializeScatterGatherDma(Adapter->AdapterHandle, FALSE, 1514);\n"
                      "#endif", tree["init.c"], "#if 0 is left alone")


class Handles(PortTest):
    def test_member_of_a_parameter(self):
        text = self.applied(HEAD + f"int f(PA a) {{\n  return {SG}(a->h, 1, 2);\n}}\n").decode()
        self.assertIn("(a->h, 1, 2, &a->NdisMiniportDmaHandle);", text)
        self.assertIn("  NDIS_HANDLE h;\n  NDIS_HANDLE NdisMiniportDmaHandle; /*", text)

    def test_handle_stored_in_the_function(self):
        text = self.applied(HEAD + f"int f(NDIS_HANDLE n) {{\n  PA a = g();\n  (a)->h = n;\n"
                            f"  return {SG}(n, 1, 2);\n}}\n").decode()
        self.assertIn("(n, 1, 2, &(a)->NdisMiniportDmaHandle);", text)

    def test_local_copy_of_the_handle(self):
        text = self.applied(HEAD + f"int f(A a[]) {{\n  NDIS_HANDLE n = a[0].h;\n"
                            f"  return {SG}(n, 1, 2);\n}}\n").decode()
        self.assertIn("(n, 1, 2, &a[0].NdisMiniportDmaHandle);", text)

    def test_cast_handle(self):
        text = self.applied(HEAD + f"int f(PA a) {{ return {SG}((NDIS_HANDLE)(a->h), 1, 2); }}\n")
        self.assertIn(b"((NDIS_HANDLE)(a->h), 1, 2, &a->NdisMiniportDmaHandle)", text)

    def test_two_structures_are_told_apart_by_type(self):
        other = "typedef struct { NDIS_HANDLE h; } B;\n"
        text = self.applied(other + HEAD + f"int f(A *a) {{ return {SG}(a->h, 1, 2); }}\n").decode()
        self.assertIn(other, text)
        self.assertIn("NDIS_HANDLE h;\n  NDIS_HANDLE NdisMiniportDmaHandle", text)

    def test_structure_on_one_line(self):
        text = self.applied("struct A { NDIS_HANDLE h; int x; };\nint f(struct A *a) { return "
                            f"{SG}(a->h, 1, 2); }}\n").decode()
        self.assertEqual(text.count("NDIS_HANDLE NdisMiniportDmaHandle;"), 1)
        self.assertLess(text.index("NDIS_HANDLE NdisMiniportDmaHandle;"), text.index("};"))

    def test_member_of_an_earlier_run_is_used_again(self):
        text = self.applied(HEAD + f"int f(PA a) {{ return {SG}(a->h, 1, 2); }}\n").decode()
        more = "int g(PA a) { return NdisMAllocateSharedMemoryAsync(a->h, 1, 0, a); }\n"
        text = self.applied(text + more + "void k(void) { NdisFreePacket(p); }\n").decode()
        self.assertIn("NdisMAllocateSharedMemoryAsyncEx(a->NdisMiniportDmaHandle, 1, 0, a)", text)
        self.assertNotIn("NdisMiniportDmaHandle2", text)


class Transactions(PortTest):
    ASYNC = "int g(PA a) { return NdisMAllocateSharedMemoryAsync(a->h, 1, 0, a); }\n"

    def refusals(self, text, *args):
        return {f["rule"]: f["no_edit"] for f in self.findings(text, *args) if f["no_edit"]}

    def test_out_of_reach_withdraws_all(self):
        text = (HEAD + f"int f(NDIS_HANDLE n) {{ return {SG}(n, 1, 2); }}\n"
                "int k(PA a) { return f(a->h); }\n" + self.ASYNC)
        refused = self.refusals(text)
        self.assertEqual(refused["dma-init-sg"],
                         "the adapter structure is out of reach in this function: pass it")
        self.assertIn("withdrawn with its partner dma-init-sg", refused["dma-shmem-async"])
        self.assertIn("line 4", refused["dma-shmem-async"])
        self.assertEqual(self.applied(text).decode(), text)

    def test_no_structure(self):
        self.assertEqual(self.refusals(f"int f(PA a) {{ return {SG}(a->h, 1, 2); }}\n"),
                         {"dma-init-sg": "no structure in these files has that NDIS_HANDLE"})

    def test_two_handlers_withdraw_all(self):
        text = (HEAD + f"int f(PA a) {{ return {SG}(a->h, 1, 2); }}\n"
                "void k(NDIS_MINIPORT_CHARACTERISTICS *c) {\n#ifdef X\n"
                " c->AllocateCompleteHandler = One;\n#else\n c->AllocateCompleteHandler = Two;\n"
                "#endif\n}\n")
        self.assertIn("two different handlers", self.refusals(text)["dma-alloc-complete-handler"])
        self.assertIn("withdrawn", self.refusals(text)["dma-init-sg"])

    def test_handler_without_a_registration_stays(self):
        text = "void k(NDIS_MINIPORT_CHARACTERISTICS *c) { c->AllocateCompleteHandler = One; }\n"
        self.assertIn("no DMA registration", self.refusals(text)["dma-alloc-complete-handler"])

    def test_in_a_macro_is_refused(self):
        text = HEAD + f"#define REG(a) {SG}((a)->h, 1, 2)\nint f(PA a) {{ return REG(a); }}\n"
        self.assertIn("in a macro", self.refusals(text)["dma-init-sg"])

    def test_partner_that_is_left_out_withdraws(self):
        text = HEAD + f"int f(PA a) {{ return {SG}(a->h, 1, 2); }}\n" + self.ASYNC
        self.assertIn("left out", self.refusals(text, "--class", "fix")["dma-shmem-async"])
        self.assertEqual(self.refusals(text), {})


class Statements(PortTest):
    GONE = "void z(void) { NdisFreePacket(p); }\n"

    def edited(self, text):
        return self.applied(text + self.GONE).decode()[:-len(self.GONE)]

    def test_dropped_statement_takes_its_line(self):
        self.assertEqual(self.edited("void f(void)\n{\n\tx();\n\tNdisUpdateSharedMemory(a, b);\n"
                                     "\ty();\n}\n"), "void f(void)\n{\n\tx();\n\ty();\n}\n")

    def test_dropped_statement_leaves_neighbours(self):
        self.assertEqual(self.edited("void f(void) { x(); NdisMUpdateSharedMemory(a); y(); }\n"),
                         "void f(void) { x();  y(); }\n")

    def test_only_statement_of_an_if_stays(self):
        text = "void f(void) { if (a) NdisMUpdateSharedMemory(a); }\n"
        self.assertEqual(self.edited(text), text)

    def test_flush_turns_the_direction(self):
        self.assertEqual(self.edited("void f(void) { NdisFlushBuffer(b, w ? 1 : 0); }\n"),
                         "void f(void) { KeFlushIoBuffers(b, !(w ? 1 : 0), TRUE); }\n")

    def test_fragments_get_the_new_member_name(self):
        text = self.edited("void f(void) { NDIS_PHYSICAL_ADDRESS_UNIT u[2]; "
                           "x(u[g(1)].PhysicalAddress, v.PhysicalAddress, u[0].Length); }\n")
        self.assertEqual(text, "void f(void) { SCATTER_GATHER_ELEMENT u[2]; "
                         "x(u[g(1)].Address, v.PhysicalAddress, u[0].Length); }\n")

    def test_fragments_declared_twice_are_renamed_once(self):
        text = self.edited("struct a { NDIS_PHYSICAL_ADDRESS_UNIT u[2]; };\n"
                           "struct b { NDIS_PHYSICAL_ADDRESS_UNIT u[2]; };\n"
                           "void f(void) { x(a->u[0].PhysicalAddress); }\n"
                           "void g(void) { NDIS_PHYSICAL_ADDRESS_UNIT v, *u; { "
                           "NDIS_PHYSICAL_ADDRESS_UNIT v; x(v.PhysicalAddress); }\n"
                           " x(v.PhysicalAddress, u->PhysicalAddress); }\n"
                           "void h(void) { x(v.PhysicalAddress); y(b.u[1].PhysicalAddress); }\n")
        self.assertNotIn("NDIS_PHYSICAL_ADDRESS_UNIT", text)
        self.assertIn("f(void) { x(a->u[0].Address); }", text)
        self.assertIn("x(v.Address); }\n x(v.Address, ", text)
        self.assertIn("h(void) { x(v.PhysicalAddress); y(b.u[1].Address); }", text)

    def test_static_handler_stays_static(self):
        text = self.edited(HEAD + "static VOID Done(NDIS_HANDLE c, PVOID v);\n"
                           f"int f(PA a) {{ return {SG}(a->h, 1, 2); }}\n"
                           "void k(void) { NDIS_MINIPORT_CHARACTERISTICS c;\n"
                           "  c.AllocateCompleteHandler = Done;\n}\n")
        self.assertEqual(len(re.findall(r"static MINIPORT_ALLOCATE_SHARED_MEM_COMPLETE Done;",
                                        text)), 2)
        self.assertNotIn("AllocateCompleteHandler = Done;\n}\n", text.split("void k")[1])

    def test_last_line_without_an_end(self):
        path = self.source("void f(void) { NdisFreeBuffer(b); NdisFreePacket(p); }")
        diff = self.port(path, "--diff").stdout
        self.assertEqual(diff.count("\\ No newline at end of file"), 2)


unittest.main()
