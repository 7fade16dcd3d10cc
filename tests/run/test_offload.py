#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Offloads of the e1000e driver: what the upper edge takes out of frames, the card puts back, so that
the wire shows the capture byte by byte; the report says that it was really asked for.
"""
import json
import struct
import unittest

from devices import on_each
from traffic import E1000E, FAST, TrafficTest, read_capture, write_capture

KINDS = ("checksum", "lso", "all")
MSS = 1460


def ones_sum(data, start=0):
    data = bytes(data) + bytes(len(data) % 2)
    total = start + sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def inverted(total):
    return struct.pack(">H", ~total & 0xffff)


def transport(protocol, pseudo, data, at, bad=False):
    """The header and data with their checksum at @at."""
    total = ones_sum(data, ones_sum(pseudo, protocol + len(data)))
    value = ~total & 0xffff or (0xffff if protocol == 17 else 0)
    return data[:at] + struct.pack(">H", value ^ bad) + data[at + 2:]


def ethernet(kind, body, tag=b""):
    return b"\x02\x00\x00\x00\x00\x99\x02\x00\x00\x00\x00\x98" + tag + kind + body


def ipv4(protocol, payload, ident=0x100, options=b"", flags=0x4000, bad=False):
    head = bytes([0x45 + len(options) // 4, 0]) + struct.pack(
        ">HHHBBH", 20 + len(options) + len(payload), ident, flags, 64, protocol, 0)
    head += bytes([192, 0, 2, 1, 198, 51, 100, 2]) + options
    sums = inverted(ones_sum(head))
    return head[:10] + bytes([sums[0] ^ bad, sums[1]]) + head[12:] + payload


V4 = bytes([192, 0, 2, 1, 198, 51, 100, 2])
V6 = bytes.fromhex("20010db8000000000000000000000001" "20010db8000000000000000000000002")


def tcp(data, seq=1, flags=0x10, options=b"", pseudo=V4, bad=False):
    head = struct.pack(">HHIIBBHHH", 1000, 2000, seq, 2, (5 + len(options) // 4) << 4, flags,
                       0x2000, 0, 0)
    return transport(6, pseudo, head + options + data, 16, bad)


def udp(data, pseudo=V4, bad=False, none=False):
    whole = struct.pack(">HHHH", 1000, 2000, 8 + len(data), 0) + data
    return whole if none else transport(17, pseudo, whole, 6, bad)


def frame4(protocol, payload, tag=b"", **more):
    return ethernet(b"\x08\x00", ipv4(protocol, payload, **more), tag)


def frame6(protocol, payload):
    return ethernet(b"\x86\xdd", b"\x60\0\0\0" + struct.pack(">HBB", len(payload), protocol, 64) +
                    V6 + payload)


def zero_sum_word(size):
    """What has to stand in @size bytes of zeros, so that UDP's sum comes out as zero."""
    return ~ones_sum(udp(bytes(size), none=True), ones_sum(V4, 17 + 8 + size)) & 0xffff


def every_kind():
    """Frames with right checksums."""
    data = bytes(range(101))
    stamps = b"\x01\x01\x08\x0a" + bytes(8)
    tag = b"\x81\x00\xa1\x23"
    return [
        frame4(6, tcp(data)), frame4(6, tcp(data, options=stamps)), frame4(6, tcp(b"")),
        frame4(6, tcp(data), options=b"\x94\x04\0\0"), frame4(6, tcp(data), tag),
        frame4(17, udp(data)), frame4(17, udp(b"x")), frame4(17, udp(data, none=True)),
        frame4(17, udp(data), tag), frame4(17, udp(b"")), frame4(6, tcp(data)) + bytes(7),
        frame4(17, udp(data)) + b"\xff" * 5, frame4(1, b"\x08\0\xf7\xff" + bytes(60)),
        frame4(6, data + b"x", flags=0x2000), frame4(17, data + b"y", flags=7),
        frame6(6, tcp(data, pseudo=V6)), frame6(17, udp(data, pseudo=V6)),
        frame6(58, bytes(40)), frame4(6, tcp(bytes(1460))), frame4(17, udp(bytes(1472))),
        # a sum that comes out as zero, which UDP sends as ffff
        frame4(17, udp(struct.pack(">H", zero_sum_word(58)) + bytes(56)))]


def flow(first, sizes, last=0x18, ident=0x100):
    """A TCP stream in segments; the next sequence number."""
    frames, seq = [], first
    for number, size in enumerate(sizes):
        flags = last if number == len(sizes) - 1 else 0x10
        payload = bytes((seq + i) & 0xff for i in range(size))
        frames.append(frame4(6, tcp(payload, seq, flags), ident=ident + number))
        seq += size
    return frames


def flow6(first, sizes, last=0x18, options=b""):
    """The same over IPv6."""
    frames, seq = [], first
    for number, size in enumerate(sizes):
        flags = last if number == len(sizes) - 1 else 0x10
        payload = bytes((seq + i) & 0xff for i in range(size))
        frames.append(frame6(6, tcp(payload, seq, flags, options, V6)))
        seq += size
    return frames


class OffloadTest(TrafficTest):
    def setUp(self):
        super().setUp()
        with open(self.path("lso.conf"), "w", encoding="utf-8") as file:
            file.write("*LsoV2IPv4 = 1\n*LsoV2IPv6 = 1\n")

    def sent(self, frames, kind, *more):
        write_capture(self.path("send.pcap"), frames)
        report = self.echoed("--config", self.path("lso.conf"), "--set", f"offload={kind}", *more,
                             frames=frames)
        return report["offload"], report

    def test_nothing_is_asked_for_by_default(self):
        report = self.echoed()
        self.assertEqual(report["settings"]["offload"], "none")
        self.assertEqual(set(report["offload"].values()), {0})

    def test_the_capture_is_the_same_with_every_kind(self):
        for kind in KINDS:
            with self.subTest(kind=kind):
                numbers, report = self.sent(self.whole, kind)
                self.assertEqual(numbers["checksums"] > 100, kind != "lso")
                self.assertEqual(numbers["large_sends"] > 10, kind != "checksum")
                self.assertEqual(numbers["verdicts_good"] > 100, kind != "lso")
                self.assertEqual(
                    report["send"]["net_buffers"],
                    len(self.whole) - numbers["large_segments"] + numbers["large_sends"])

    def test_every_kind_of_frame(self):
        frames = every_kind()
        for shape in ("flat", "header-split", "many", "leading-offset", "empty-mdls"):
            with self.subTest(shape=shape):
                numbers, _ = self.sent(frames, "checksum", "--set", f"mdl={shape}")
                # all but ICMPv6, of which the card knows no sum
                self.assertEqual(numbers["checksums"], len(frames) - 1)
                self.assertEqual(numbers["verdicts_bad"], 0)

    @on_each("qemu:e1000e", "qemu:e1000")
    def test_on_other_cards(self, device):
        """QEMU's e1000e writes sums into the memory it sends from; the 82540EM offers nothing.

        No large sends: QEMU 7.2 cuts them into IP fragments on a wire like ours.
        """
        for frames in (self.whole[:1000], every_kind()):
            numbers, _ = self.sent(frames, "checksum", "--device", device)
            self.assertEqual(numbers["checksums"] > 10, device == "qemu:e1000e")
            self.assertEqual(numbers["verdicts_good"] > 10, device == "qemu:e1000e")
            self.assertEqual(numbers["verdicts_bad"], 0)

    def test_every_length(self):
        frames = [frame4(6, tcp(bytes(range(n)))) for n in range(120)]
        frames += [frame4(17, udp(bytes(range(n)))) for n in range(120)]
        numbers, _ = self.sent(frames, "checksum", "--set", "nb-per-nbl=7")
        self.assertGreater(numbers["checksums"], 30)  # lists, of up to seven frames

    def test_wrong_checksums_stay_wrong_and_are_told(self):
        data = bytes(80)
        frames = [frame4(6, tcp(data, bad=True)), frame4(17, udp(data, bad=True)),
                  frame4(6, tcp(data), bad=True), frame6(6, tcp(data, pseudo=V6, bad=True)),
                  frame6(17, udp(data, pseudo=V6, bad=True)), frame4(6, tcp(data))]
        numbers, _ = self.sent(frames, "checksum")
        self.assertEqual((numbers["verdicts_bad"], numbers["verdicts_good"]), (5, 1))

    def test_a_stream_goes_down_as_large_sends(self):
        frames = flow(1, [MSS] * 20 + [77]) + flow(1, [MSS] * 40) + flow(5, [500, 500, 1])
        for shape in ("flat", "header-split", "leading-offset"):
            with self.subTest(shape=shape):
                numbers, report = self.sent(frames, "lso", "--set", f"mdl={shape}")
                self.assertEqual((numbers["large_sends"], numbers["large_segments"]), (3, 64))
                self.assertEqual(report["send"]["net_buffer_lists"], 3)

    def test_segments_on_the_wire(self):
        """Numbers, lengths, flags and sums, looked at here and not only against what was sent."""
        self.sent(flow(1, [MSS, MSS, 80], last=0x19), "lso")
        wire = read_capture(self.path("w.pcap"))
        self.assertEqual([len(f) for f in wire], [1514, 1514, 134])
        self.assertEqual([struct.unpack(">I", f[38:42])[0] for f in wire], [1, 1461, 2921])
        self.assertEqual([f[47] for f in wire], [0x10, 0x10, 0x19])
        for number, frame in enumerate(wire):
            self.assertEqual(struct.unpack(">HH", frame[16:20]), (len(frame) - 14, 0x100 + number))
            self.assertEqual(ones_sum(frame[14:34]), 0xffff)
            self.assertEqual(
                ones_sum(frame[34:], ones_sum(frame[26:34], 6 + len(frame) - 34)), 0xffff)

    def test_a_stream_over_ipv6_goes_down_as_large_sends(self):
        stamps = b"\x01\x01\x08\x0a" + bytes(8)
        frames = flow6(1, [1440] * 20 + [77]) + flow6(1, [1440] * 41) + flow6(7, [500, 500, 1])
        frames += flow6(1, [1400] * 3, options=stamps) + flow(1, [MSS] * 2)
        for shape, large in (("flat", (5, 70)), ("leading-offset", (5, 70)),
                             ("header-split", (1, 2))):
            with self.subTest(shape=shape):
                numbers, _ = self.sent(frames, "lso", "--set", f"mdl={shape}")
                self.assertEqual((numbers["large_sends"], numbers["large_segments"]), large)

    def test_segments_over_ipv6_on_the_wire(self):
        self.sent(flow6(1, [1440, 1440, 80], last=0x19), "lso")
        wire = read_capture(self.path("w.pcap"))
        self.assertEqual([len(f) for f in wire], [1514, 1514, 154])
        self.assertEqual([struct.unpack(">H", f[18:20])[0] for f in wire], [1460, 1460, 100])
        self.assertEqual([struct.unpack(">I", f[58:62])[0] for f in wire], [1, 1441, 2881])
        self.assertEqual([f[67] for f in wire], [0x10, 0x10, 0x19])
        for frame in wire:
            self.assertEqual(
                ones_sum(frame[54:], ones_sum(frame[22:54], 6 + len(frame) - 54)), 0xffff)

    def test_without_the_keyword_of_ipv6_only_ipv4_is_large(self):
        with open(self.path("lso.conf"), "w", encoding="utf-8") as file:
            file.write("*LsoV2IPv4 = 1\n")
        numbers, _ = self.sent(flow6(1, [1440] * 4) + flow(1, [MSS] * 4), "lso")
        self.assertEqual((numbers["large_sends"], numbers["large_segments"]), (1, 4))

    @on_each("soft:e1000e", "qemu:e1000e")
    def test_offloads_are_switched_while_traffic_goes_on(self, device):
        """Each switch is OID_TCP_OFFLOAD_PARAMETERS; no frame suffers."""
        first, second = ("all", "lso") if device == "soft:e1000e" else ("checksum", "none")
        frames = self.whole[:1500]
        _, before = self.sent(frames, first, "--device", device)
        numbers, report = self.sent(
            frames, first, "--device", device, "--event", f"0+2msx4:offload={second}",
            "--event", f"0.001+2msx4:offload={first}", "--event", "0:offload=none",
            "--event", "0:offload=checksum")
        self.assertGreaterEqual(report["events"]["oids"], before["events"]["oids"] + 3)
        self.assertEqual(numbers["verdicts_bad"], 0)

    def test_what_is_switched_off_is_not_asked_for(self):
        """A stream that goes down as large sends only: after the switch it goes down plain."""
        write_capture(self.path("send.pcap"), flow(1, [MSS] * 40))
        args = ("--send", self.path("send.pcap"), "--config", self.path("lso.conf"), "--set",
                "offload=lso", "--set", "send-window=1", "--loop", "200")
        before = self.run_driver(E1000E, *args)
        self.assertEqual(before["send"]["net_buffers"], before["offload"]["large_sends"])
        for _ in range(20):  # the run may be over before the switch
            report = self.run_driver(E1000E, *args, "--event", "0:offload=none")
            if report["send"]["net_buffers"] > report["offload"]["large_sends"]:
                return
        self.fail("large sends are asked for after they were switched off")

    def test_the_event_offload_wants_a_kind(self):
        for value in ("offload", "offload=", "offload=tcp"):
            result = self.drydock("run", E1000E, "--event", f"1:{value}")
            self.assertEqual(result.returncode, 2)
            self.assertIn("offload=none, checksum, lso or all", result.stderr)

    @on_each("qemu:e1000e")
    def test_qemus_fragments_of_a_large_send_are_seen(self, device):
        """QEMU 7.2 makes IP fragments of a large send on a wire like ours, 10.0 loses PSH."""
        write_capture(self.path("send.pcap"), flow(1, [MSS] * 3))
        result = self.drydock("run", E1000E, "--json", self.path("report.json"), *FAST, "--send",
                              self.path("send.pcap"), "--record", self.path("w.pcap"), "--device",
                              device, "--config", self.path("lso.conf"), "--set", "offload=lso")
        with open(self.path("report.json"), encoding="utf-8") as file:
            report = json.load(file)
        wire = read_capture(self.path("w.pcap"))
        rules = {finding["rule"] for finding in report["findings"]}
        expected = set()
        if any(frame[20] & 0x20 for frame in wire):
            expected = {"lso-bad-segments"}
        elif wire[-1][47] != 0x18:
            expected = {"lso-headers"}
        self.assertEqual(report["offload"]["large_sends"], 1)
        self.assertEqual(rules, expected)
        self.assertEqual(result.returncode, len(expected))

    def test_what_a_large_send_cannot_be_goes_down_apart(self):
        frames = flow(1, [MSS, MSS], ident=0x7fff) + flow(1, [MSS, MSS - 1, MSS])[::-1]
        frames += [frame4(6, tcp(bytes(100), 1, 0x18)), frame4(6, tcp(bytes(100), 101, 0x18))]
        numbers, _ = self.sent(frames, "lso")
        self.assertEqual(numbers["large_sends"], 0)

    def test_without_the_keyword_there_is_no_large_send(self):
        write_capture(self.path("send.pcap"), flow(1, [MSS] * 4))
        report = self.echoed("--set", "offload=all", frames=flow(1, [MSS] * 4))
        self.assertEqual((report["offload"]["large_sends"], report["offload"]["checksums"]), (0, 4))

    def test_keywords_are_the_administrators_and_the_request_is_newer(self):
        with open(self.path("lso.conf"), "a", encoding="utf-8") as file:
            file.write("*TCPChecksumOffloadIPv4 = 0\n*UDPChecksumOffloadIPv4 = 0\n")
        numbers, _ = self.sent(every_kind(), "checksum")
        self.assertGreater(numbers["checksums"], 10)

    def test_with_hard_settings(self):
        for settings in (["bounce=always"], ["callback=random", "sgl=split"],
                         ["map-registers=64", "iommu=off"], ["iommu=strict", "sgl=per-page"]):
            with self.subTest(settings=settings):
                words = [word for s in settings for word in ("--set", s)]
                numbers, _ = self.sent(self.whole[:1200], "all", *words)
                self.assertGreater(numbers["checksums"], 100)


if __name__ == "__main__":
    unittest.main()
