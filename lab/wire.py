"""Prints each TCP and UDP packet of eth0 as a line of JSON, with the time at
which the kernel saw it: the other half of observe.PacketObserver."""

import ipaddress
import json
import socket
import struct
import time

SO_TIMESTAMPNS = 35
ETH_P_ALL, ETH_P_IP, ETH_P_IPV6 = 0x0003, 0x0800, 0x86dd
FLAGS = {0x02: "SYN", 0x10: "ACK", 0x01: "FIN", 0x04: "RST", 0x08: "PSH"}


def transport(frame):
    """(protocol, source, destination, TCP or UDP packet), or None."""
    kind = int.from_bytes(frame[12:14], "big")
    ip = frame[14:]
    if kind == ETH_P_IP and len(ip) >= 20:
        # The frame may be padded; the total length says where it ends.
        end = int.from_bytes(ip[2:4], "big")
        return ip[9], ip[12:16], ip[16:20], ip[(ip[0] & 15) * 4:end]
    if kind == ETH_P_IPV6 and len(ip) >= 40:
        return ip[6], ip[8:24], ip[24:40], ip[40:]
    return None


def describe(frame, out):
    """What Packet wants to know, but for the time; None: not of interest."""
    proto, source, destination, packet = transport(frame) or (None,) * 4
    if proto not in (6, 17) or len(packet) < (20 if proto == 6 else 8):
        return None
    ports = struct.unpack_from("!HH", packet)
    address = ipaddress.ip_address(destination if out else source)
    host = f"[{address}]" if address.version == 6 else str(address)
    header, flags = 8, ""
    if proto == 6:
        header = (packet[12] >> 4) * 4
        flags = " ".join(name for bit, name in FLAGS.items()
                         if packet[13] & bit)
    return {"out": out, "proto": "tcp" if proto == 6 else "udp",
            "peer": f"{host}:{ports[1 if out else 0]}",
            "port": ports[0 if out else 1], "flags": flags,
            "size": max(0, len(packet) - header)}


def main():
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                         socket.htons(ETH_P_ALL))
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    sock.bind(("eth0", ETH_P_ALL))
    print("ready", flush=True)
    while True:
        frame, ancillary, _, address = sock.recvmsg(65536, 256)
        since_boot = time.monotonic_ns() - time.time_ns()
        seen = describe(frame, address[2] == socket.PACKET_OUTGOING)
        if seen:
            seconds, nanoseconds = struct.unpack("qq", ancillary[0][2][:16])
            seen["ns"] = seconds * 10**9 + nanoseconds + since_boot
            print(json.dumps(seen), flush=True)


if __name__ == "__main__":
    main()
