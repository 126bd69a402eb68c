"""TCP packets that no connection has sent, from inside a pod.

    scanner.py FLAGS COUNT ADDRESS:PORT...   COUNT packets to each, from other
                                             ports each; FLAGS: some of SFRPAU,
                                             or "-" for none
"""

import socket
import struct
import sys

BITS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32, "-": 0}


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xffff:
        total = (total >> 16) + (total & 0xffff)
    return ~total & 0xffff


def own_address(address):
    """The address that packets to the other one come from."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((address, 9))
        return sock.getsockname()[0]


class Target:
    def __init__(self, target):
        address, _, port = target.rpartition(":")
        self.port = int(port)
        self.address = address.strip("[]")
        self.is_v6 = ":" in self.address
        family = socket.AF_INET6 if self.is_v6 else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_RAW,
                                  socket.IPPROTO_TCP)
        if self.is_v6:
            # The kernel puts the checksum there.
            self.sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_CHECKSUM,
                                 16)
        else:
            own = own_address(self.address)
            self.pseudo = (socket.inet_aton(own)
                           + socket.inet_aton(self.address)
                           + struct.pack("!BBH", 0, socket.IPPROTO_TCP, 20))

    def send(self, flags, number):
        def header(check):
            return struct.pack("!HHIIBBHHH", 1024 + number % 60000, self.port,
                               number, 1 if flags & BITS["A"] else 0, 5 << 4,
                               flags, 1024, check, 0)
        check = 0 if self.is_v6 else checksum(self.pseudo + header(0))
        self.sock.sendto(header(check), (self.address, 0))


def main(flags, count, *targets):
    bits = sum(BITS[flag] for flag in flags)
    targets = [Target(target) for target in targets]
    for number in range(int(count)):
        for target in targets:
            target.send(bits, number)


if __name__ == "__main__":
    main(*sys.argv[1:])
