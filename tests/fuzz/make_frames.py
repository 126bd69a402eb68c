#!/usr/bin/python3
"""Writes corpus/frame/: frames of all protocols that the flows of
fuzz_network.c know, one file for each input of fuzz_frame. Run by hand when
the network changes."""

import ipaddress
import json
import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent
TABLES = json.loads((HERE / "../data/pipeline/rich.json").read_text())
PORTS = sorted([row["logical_port"] for row in TABLES["Port_Binding"]]
               + ["x-a", "x-b"])
WHAT_IF, AS_IT_IS, TWICE = 0x20, 0x40, 0x80

VM3, VM4, VM6 = "50:54:00:00:10:03", "50:54:00:00:10:04", "50:54:00:00:10:06"
LR, GW = "00:00:00:00:ff:01", "00:00:00:00:ff:05"
BROADCAST = "ff:ff:ff:ff:ff:ff"


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def ip(text):
    return ipaddress.ip_address(text).packed


def eth(dst, src, kind, payload, vlan=None):
    tag = struct.pack("!HH", 0x8100, vlan) if vlan is not None else b""
    return mac(dst) + mac(src) + tag + struct.pack("!H", kind) + payload


def arp(op, src, spa, tpa, dst=BROADCAST):
    return eth(dst, src, 0x806, struct.pack("!HHBBH", 1, 0x800, 6, 4, op)
               + mac(src) + ip(spa) + bytes(6) + ip(tpa))


def ipv4(src, dst, proto, payload, ttl=64, frag=0, options=b""):
    return struct.pack("!BBHHHBBH", 0x45 + len(options) // 4, 0,
                       20 + len(options) + len(payload), 7, frag, ttl, proto,
                       0) + ip(src) + ip(dst) + options + payload


def ipv6(src, dst, proto, payload, ttl=64):
    return struct.pack("!IHBB", 6 << 28, len(payload), proto, ttl) \
        + ip(src) + ip(dst) + payload


def packet(src, dst, proto, payload, eth_src=VM3, eth_dst=LR, vlan=None,
           **more):
    if ":" in src:
        return eth(eth_dst, eth_src, 0x86dd,
                   ipv6(src, dst, proto, payload, **more), vlan)
    return eth(eth_dst, eth_src, 0x800, ipv4(src, dst, proto, payload, **more),
               vlan)


def tcp(sport, dport, flags=2, payload=b""):
    return struct.pack("!HHIIBBHHH", sport, dport, 1000, 2000, 0x50, flags,
                       1000, 0, 0) + payload


def udp(sport, dport, payload=b"hello"):
    return struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload


def sctp(sport, dport, chunk=1):
    return struct.pack("!HHII", sport, dport, 0 if chunk == 1 else 77, 0) \
        + struct.pack("!BBHIIHHI", chunk, 0, 20, 1, 2, 3, 4, 5)


def icmp(kind, code, payload=b"\0\1\0\2ping"):
    return struct.pack("!BBH", kind, code, 0) + payload


def nd(kind, target, option=None, lladdr=VM4):
    body = icmp(kind, 0, bytes(4) + ip(target))
    return body + (bytes([option, 1]) + mac(lladdr) if option else b"")


def dhcp(kind, *options):
    body = struct.pack("!BBBBI", 1, 1, 6, 0, 0x11223344) + bytes(20) \
        + mac(VM3) + bytes(202) + bytes.fromhex("63825363")
    return udp(68, 67, body + bytes([53, 1, kind]) + b"".join(options)
               + b"\xff")


def dhcpv6(kind, *options):
    return udp(546, 547, bytes([kind, 1, 2, 3]) + b"".join(
        struct.pack("!HH", code, len(value)) + value
        for code, value in options))


def dns(name, kind, flags=0x100, count=1):
    labels = b"".join(bytes([len(x)]) + x.encode() for x in name.split("."))
    return udp(4000, 53, struct.pack("!HHHHHH", 7, flags, count, 0, 0, 0)
               + labels + b"\0" + struct.pack("!HH", kind, 1))


def frame(port, data, how=0):
    return struct.pack("!BH", PORTS.index(port) | how, len(data)) + data


def connection(port, peer_port, there, back, how=0):
    """SYN, SYN+ACK, ACK, data, FIN: "there" and "back" make the packets."""
    return b"".join([frame(port, there(2), how), frame(peer_port, back(0x12)),
                     frame(port, there(0x10)), frame(port, there(0x18)),
                     frame(peer_port, back(0x18)), frame(port, there(0x11)),
                     frame(peer_port, back(0x4))])


CLIENT_ID = (1, bytes.fromhex("00030001505400001003"))
IA = (3, struct.pack("!III", 7, 0, 0))
MLD2 = icmp(143, 0, bytes.fromhex("00000001 04000000") + ip("ff05::9"))
HOP_BY_HOP = bytes([58, 0, 5, 2, 0, 0, 1, 0])


def on_switch(name, port, eth_src, src4, src6):
    """What a workload behind "port" may send."""
    both = [
        ("vip", "10.0.0.100", "fd00:10::100", 6, tcp(1000, 80)),
        ("vip-affinity", "10.0.0.106", "fd00:10::112", 6, tcp(1000, 80)),
        ("vip-empty", "10.0.0.105", "fd00:10::111", 6, tcp(1000, 80)),
        ("vip-reject", "10.0.0.104", None, 6, tcp(1000, 80)),
        ("vip-hash", "10.0.0.107", None, 6, tcp(1000, 80)),
        ("vip-any", "10.0.0.101", None, 17, udp(1000, 99)),
        ("vip-udp", "10.0.0.102", None, 17, udp(1000, 53)),
        ("vip-sctp", "10.0.0.108", None, 132, sctp(1000, 99)),
        ("vip-ping", "10.0.0.100", "fd00:10::100", None, None),
        ("peer", "10.0.0.4", "fd00:10::4", 6, tcp(1000, 22)),
        ("routed", "20.0.0.3", "fd00:20::3", 6, tcp(1000, 80)),
        ("routed-udp", "20.0.0.5", "fd00:20::5", 17, udp(1000, 8)),
        ("outside", "172.16.0.99", "fd00:72::3", 17, udp(1000, 53)),
        ("ecmp", "40.0.0.9", "fd00:40::9", 6, tcp(1000, 80)),
        ("discard", "50.0.0.9", None, 6, tcp(1000, 80)),
        ("router", "10.0.0.1", "fd00:10::1", None, None),
        ("ping", "20.0.0.3", "fd00:20::3", None, None),
    ]
    for what, dst4, dst6, proto, l4 in both:
        for src, dst, echo in ((src4, dst4, (1, icmp(8, 0))),
                               (src6, dst6, (58, icmp(128, 0)))):
            if dst:
                kind, body = (proto, l4) if proto else echo
                family = "6" if ":" in dst else "4"
                dst_mac = VM4 if what == "peer" else LR
                yield f"{name}-{what}-{family}", frame(
                    port, packet(src, dst, kind, body, eth_src, dst_mac),
                    TWICE)


def special():
    """What needs more than addresses."""
    p3 = ("10.0.0.3", "fd00:10::3")
    yield "dhcp-discover", frame("sw0-p3", packet(
        "0.0.0.0", "255.255.255.255", 17, dhcp(1), VM3, BROADCAST))
    yield "dhcp-request", frame("sw0-p3", packet(
        "0.0.0.0", "255.255.255.255", 17,
        dhcp(3, bytes([50, 4]) + ip("10.0.0.3")), VM3, BROADCAST))
    yield "dhcp-nak", frame("sw0-p3", packet(
        "0.0.0.0", "255.255.255.255", 17,
        dhcp(3, bytes([50, 4]) + ip("10.0.0.7")), VM3, BROADCAST))
    yield "dhcp-renew", frame("sw0-p3", packet(
        "10.0.0.3", "10.0.0.1", 17, dhcp(3, b"\0\0", b"\x37\2\1\3"), VM3, LR))
    for kind in (1, 3, 4, 9, 11):
        yield f"dhcpv6-{kind}", frame("sw0-p3", packet(
            "fe80::5254:ff:fe00:1003", "ff02::1:2", 17,
            dhcpv6(kind, CLIENT_ID, IA), VM3, "33:33:00:01:00:02"))
    for number, (name, kind) in enumerate((
            ("vm1.x.org", 1), ("VM1.X.org", 28), ("vm1.x.org", 255),
            ("no.org", 1))):
        yield f"dns-{number}", frame("sw0-p4", packet(
            "10.0.0.4", "10.0.0.5", 17, dns(name, kind), VM4, LR))
        yield f"dns6-{number}", frame("sw0-p4", packet(
            "fd00:10::4", "fd00:10::5", 17, dns(name, kind), VM4, LR))
    yield "rs", frame("sw0-p4", packet(
        "fe80::5254:ff:fe00:1004", "ff02::2", 58,
        icmp(133, 0, bytes(4) + b"\1\1" + mac(VM4)), VM4,
        "33:33:00:00:00:02", ttl=255))
    yield "ns-router", frame("sw0-p4", packet(
        "fd00:10::4", "ff02::1:ff00:1", 58, nd(135, "fd00:10::1", 1), VM4,
        "33:33:ff:00:00:01", ttl=255), TWICE)
    yield "ns-vm", frame("sw0-p4", packet(
        "fd00:10::4", "ff02::1:ff00:3", 58, nd(135, "fd00:10::3", 1), VM4,
        "33:33:ff:00:00:03", ttl=255))
    yield "ns-any", frame("sw0-p3", packet(
        "::", "ff02::1:ff00:3", 58, nd(135, "fd00:10::3"), VM3,
        "33:33:ff:00:00:03", ttl=255))
    yield "na", frame("sw1-p3", packet(
        "fd00:20::77", "fd00:20::1", 58, nd(136, "fd00:20::77", 2),
        "50:54:00:00:20:03", "00:00:00:00:ff:02", ttl=255))
    yield "na-public", frame("ln", packet(
        "fd00:72::99", "fd00:72::2", 58, nd(136, "fd00:72::99", 2),
        "00:00:00:00:bb:02", "00:00:00:00:ff:06", ttl=255))
    yield "arp-router", frame("sw0-p4", arp(1, VM4, "10.0.0.4", "10.0.0.1"))
    yield "arp-vm", frame("sw0-p4", arp(1, VM4, "10.0.0.4", "10.0.0.6"))
    yield "arp-virtual", frame("sw0-p4", arp(1, VM4, "10.0.0.10",
                                             "10.0.0.10"), TWICE)
    yield "arp-garp", frame("ln", arp(1, "00:00:00:00:bb:09", "172.16.0.9",
                                      "172.16.0.9"))
    yield "arp-reply", frame("ln", arp(2, "00:00:00:00:bb:09", "172.16.0.9",
                                       "172.16.0.2", "00:00:00:00:ff:06"))
    yield "arp-nat", frame("ln", arp(1, "00:00:00:00:bb:09", "172.16.0.9",
                                     "172.16.0.21"))
    yield "rarp", frame("ln", eth(BROADCAST, VM3, 0x8035, struct.pack(
        "!HHBBH", 1, 0x800, 6, 4, 3) + mac(VM3) * 2 + bytes(8)))
    yield "unknown-mac", frame("sw0-unk", packet(
        "10.0.0.88", "10.0.0.4", 6, tcp(1, 2), "0a:00:00:00:00:88", VM4),
        TWICE)
    yield "unknown-dst", frame("sw0-p4", packet(
        "10.0.0.4", "10.0.0.99", 6, tcp(1, 2), VM4, "0a:00:00:00:00:99"))
    yield "fwd-group", frame("sw0-p4", packet(
        "10.0.0.4", "10.0.0.78", 6, tcp(1, 2), VM4, "00:11:22:33:44:56"))
    yield "igmp", frame("sw1-p4", packet(
        "20.0.0.4", "224.0.0.22", 2, bytes.fromhex("2200000000000001"
                                                   "04000000e1010101"),
        "50:54:00:00:20:04", "01:00:5e:00:00:16", ttl=1))
    yield "mld", frame("sw1-p4", packet(
        "fe80::4", "ff02::16", 0, HOP_BY_HOP + MLD2, "50:54:00:00:20:04",
        "33:33:00:00:00:16", ttl=1))
    yield "multicast", frame("sw1-p4", packet(
        "20.0.0.4", "239.1.1.1", 17, udp(5, 6), "50:54:00:00:20:04",
        "01:00:5e:01:01:01"))
    yield "svc-check", frame("sw0-p3", packet(
        "10.0.0.3", "10.0.0.250", 6, tcp(8080, 5000, 0x12), VM3,
        "96:18:a7:93:2f:99"))
    for ttl in (0, 1):
        yield f"ttl-{ttl}", frame("sw0-p4", packet(
            "10.0.0.4", "20.0.0.3", 17, udp(33434, 33434), VM4, LR, ttl=ttl))
        yield f"ttl6-{ttl}", frame("sw0-p4", packet(
            "fd00:10::4", "fd00:20::3", 17, udp(33434, 33434), VM4, LR,
            ttl=ttl))
    yield "big", frame("sw0-p4", packet(
        "10.0.0.4", "172.16.0.99", 17, udp(1, 2, bytes(1600)), VM4, LR))
    yield "big6", frame("sw0-p4", packet(
        "fd00:10::4", "fd00:72::3", 17, udp(1, 2, bytes(1600)), VM4, LR))
    yield "options", frame("sw0-p4", packet(
        "10.0.0.4", "20.0.0.3", 17, udp(1, 2), VM4, LR,
        options=bytes([1, 1, 1, 0])))
    yield "hop-by-hop", frame("sw0-p4", packet(
        "fd00:10::4", "fd00:20::3", 0, bytes([17, 0, 1, 4, 0, 0, 0, 0])
        + udp(1, 2), VM4, LR))
    data = udp(1000, 53, bytes(range(40)))
    first = packet("10.0.0.4", "172.16.0.99", 17, data[:24], VM4, LR,
                   frag=0x2000)
    later = packet("10.0.0.4", "172.16.0.99", 17, data[24:], VM4, LR, frag=3)
    yield "fragments", frame("sw0-p4", first) + frame("sw0-p4", later)
    yield "fragments-twice", (frame("sw0-p4", later, TWICE)
                              + frame("sw0-p4", first, TWICE))
    frag6 = struct.pack("!BBHI", 17, 0, 1, 9)
    last6 = struct.pack("!BBHI", 17, 0, 3 << 3, 9)
    yield "fragments6", (
        frame("sw0-p4", packet("fd00:10::4", "fd00:10::100", 44,
                               frag6 + data[:24], VM4, LR))
        + frame("sw0-p4", packet("fd00:10::4", "fd00:10::100", 44,
                                 last6 + data[24:], VM4, LR)))
    yield "vlan", frame("ln", packet(
        "172.16.0.99", "172.16.0.2", 1, icmp(8, 0), "00:00:00:00:bb:01",
        "00:00:00:00:ff:06", vlan=5))
    yield "icmp-error", frame("sw0-p4", packet(
        "10.0.0.4", "20.0.0.3", 1, icmp(3, 1, bytes(4) + ipv4(
            "20.0.0.3", "10.0.0.4", 17, udp(5, 6))), VM4, LR))
    yield "truncated", frame("sw0-p3", packet(
        *p3[:1], "10.0.0.100", 6, tcp(1, 80), VM3, LR)[:40], AS_IT_IS)
    yield "garbage", frame("sw0-p3", eth(LR, VM3, 0x800, bytes(30)), AS_IT_IS)
    yield "llc", frame("sw0-p3", eth(LR, VM3, 8, b"\xaa\xaa\3" + bytes(9)))


def connections():
    yield "tcp-balanced", connection(
        "sw1-p3", "sw0-p3",
        lambda flags: packet("20.0.0.3", "10.0.0.110", 6,
                             tcp(1000, 80, flags), "50:54:00:00:20:03",
                             "00:00:00:00:ff:02"),
        lambda flags: packet("10.0.0.3", "20.0.0.3", 6,
                             tcp(80, 1000, flags), VM3, LR))
    yield "tcp-hairpin", connection(
        "sw0-p3", "sw0-p3",
        lambda flags: packet("10.0.0.3", "10.0.0.110", 6,
                             tcp(1000, 80, flags), VM3, LR),
        lambda flags: packet("10.0.0.3", "10.0.0.110", 6,
                             tcp(80, 1000, flags), VM3, LR))
    yield "tcp-hairpin6", connection(
        "sw0-p3", "sw0-p3",
        lambda flags: packet("fd00:10::3", "fd00:10::112", 6,
                             tcp(1000, 80, flags), VM3, LR),
        lambda flags: packet("fd00:10::3", "fd00:10::112", 6,
                             tcp(80, 1000, flags), VM3, LR))
    yield "tcp-snat", connection(
        "sw0-p5", "ln",
        lambda flags: packet("10.0.0.5", "172.16.0.99", 6,
                             tcp(1000, 80, flags), "50:54:00:00:10:05", LR),
        lambda flags: packet("172.16.0.99", "172.16.0.20", 6,
                             tcp(80, 1000, flags), "00:00:00:00:bb:01",
                             "00:00:00:00:ff:06"))
    yield "tcp-dnat", connection(
        "ln", "sw0-p6",
        lambda flags: packet("172.16.0.99", "172.16.0.21", 6,
                             tcp(1000, 80, flags), "00:00:00:00:bb:01",
                             "00:00:00:00:aa:01"),
        lambda flags: packet("10.0.0.6", "172.16.0.99", 6,
                             tcp(80, 1000, flags), VM6, LR))
    for dst in ("172.16.0.10", "172.16.0.12"):
        yield f"tcp-gateway-{dst[-2:]}", connection(
            "ln", "sw1-p4",
            lambda flags, dst=dst: packet(
                "172.16.0.99", dst, 6, tcp(1000, 80, flags),
                "00:00:00:00:bb:01", GW),
            lambda flags: packet("20.0.0.4", "100.64.0.2", 6,
                                 tcp(80, 1000, flags), "50:54:00:00:20:04",
                                 "00:00:00:00:ff:02"))
    yield "tcp-ecmp-symmetric", connection(
        "ln", "sw0-p4",
        lambda flags: packet("40.0.0.9", "10.0.0.4", 6,
                             tcp(1000, 80, flags), "00:00:00:00:bb:01", GW),
        lambda flags: packet("10.0.0.4", "40.0.0.9", 6,
                             tcp(80, 1000, flags), VM4, LR))
    yield "udp-established", b"".join(
        frame("sw1-p3", packet("20.0.0.3", "10.0.0.102", 17, udp(1000, 53),
                               "50:54:00:00:20:03", "00:00:00:00:ff:02"))
        + frame("sw0-p3", packet("10.0.0.3", "20.0.0.3", 17, udp(53, 1000),
                                 VM3, LR)) for _ in range(2))


def extra():
    """One for each flow of the switch "extra"."""
    for port in range(1, 15):
        for src, dst in (("10.9.0.9", "10.9.0.1"), ("fd09::99", "fd09::1")):
            family = "6" if ":" in src else "4"
            yield f"x-tcp-{port}-{family}", frame(
                "x-a", packet(src, dst, 6, tcp(7, port, 2, b"data"),
                              vlan=0x3007 if port in (6, 7) else None), TWICE)
            if port in (3, 4, 5):
                yield f"x-udp-{port}-{family}", frame(
                    "x-a", packet(src, dst, 17, udp(7, port)))
            if port in (1, 3, 5):
                yield f"x-sctp-{port}-{family}", frame(
                    "x-a", packet(src, dst, 132, sctp(7, port)))
    yield "x-ping", frame("x-a", packet("10.9.0.9", "10.9.0.1", 1,
                                        icmp(8, 0)))
    for kind in (128, 129):
        yield f"x-ping6-{kind}", frame("x-a", packet(
            "fd09::99", "fd09::1", 58, icmp(kind, 0)))
    yield "x-dhcp", frame("x-a", packet("0.0.0.0", "255.255.255.255", 17,
                                        dhcp(1), VM3, BROADCAST))
    yield "x-dhcpv6", frame("x-a", packet("fe80::1", "ff02::1:2", 17,
                                          dhcpv6(1, CLIENT_ID, IA)))
    yield "x-rs", frame("x-a", packet("fe80::1", "ff02::2", 58,
                                      icmp(133, 0, bytes(4)), ttl=255))
    yield "x-dns", frame("x-a", packet("10.9.0.9", "10.9.0.1", 17,
                                       dns("a.b", 255)))
    yield "x-arp", frame("x-a", arp(1, VM3, "10.9.0.9", "10.9.0.1"))
    for kind, option in ((135, 1), (136, 2)):
        yield f"x-nd-{kind}", frame("x-a", packet(
            "fd09::99", "fd09::1", 58, nd(kind, "fd09::1", option), ttl=255))


def main():
    folder = HERE / "corpus" / "frame"
    for old in folder.iterdir():
        # What a fuzzer has found stays.
        if not old.name.startswith("found-"):
            old.unlink()
    seeds = [*on_switch("p3", "sw0-p3", VM3, "10.0.0.3", "fd00:10::3"),
             *on_switch("p4", "sw0-p4", VM4, "10.0.0.4", "fd00:10::4"),
             *special(), *connections(), *extra()]
    seeds += [(f"if-{name}", bytes([data[0] & ~TWICE | WHAT_IF]) + data[1:])
              for name, data in seeds if "-vip" in name or "-out" in name]
    for name, data in seeds:
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
