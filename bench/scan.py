"""SYNs to many services from one address, at a steady rate, until killed:

    scan.py RATE ADDRESS:PORT...

What a port scan is to sleeping services, at a cost that leaves the machine to
those who are measured."""

import socket
import struct
import sys
import time

SYN = 2


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xffff:
        total = (total >> 16) + (total & 0xffff)
    return ~total & 0xffff


def syn(own, address, source_port, port):
    pseudo = (own + socket.inet_aton(address)
              + struct.pack("!BBH", 0, socket.IPPROTO_TCP, 20))
    fields = [source_port, port, source_port, 0, 5 << 4, SYN, 1024, 0, 0]
    fields[7] = checksum(pseudo + struct.pack("!HHIIBBHHH", *fields))
    return struct.pack("!HHIIBBHHH", *fields)


def main(rate, *targets):
    sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
    targets = [target.split(":") for target in targets]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((targets[0][0], 9))
        own = socket.inet_aton(probe.getsockname()[0])
    number, due = 0, time.monotonic()
    while True:
        address, port = targets[number % len(targets)]
        sock.sendto(syn(own, address, 1024 + number % 60000, int(port)),
                    (address, 0))
        number += 1
        due += 1 / float(rate)
        time.sleep(max(0, due - time.monotonic()))


if __name__ == "__main__":
    main(*sys.argv[1:])
