"""Connections that the kernel has opened by itself, from beginning to end."""

import sys

import pytest

from conftest import peer
from test_cache import assert_intact, busy_entries, streaming
from test_connect import LB, OTHER_BACKEND, Server, add_flow
from world import PODS, VIP, VIP6, wait_for

a, b, c = PODS

# One connection to an echo server after the other from port 33333, each
# broken off: argv: address.
# Commands: "open", "talk", "break".
REUSES = """
import socket, struct, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
print("ready", flush=True)
for line in sys.stdin:
    if line == "open\\n":
        s = socket.socket(family)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                     struct.pack("ii", 1, 0))
        s.bind(("", 33333))
        s.settimeout(5)
        s.connect((sys.argv[1], 80))
        s.sendall(struct.pack("!cQ", b"e", 0))
    if line == "break\\n":
        s.close()
    else:
        s.sendall(b"x")
        assert s.recv(1) == b"x"
    print(line, end="", flush=True)
"""


class Client(Server):
    """Does what it is told."""

    def do(self, word):
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        self.hear(word)


def opened(world):
    return world.stats()["opened"]


@pytest.mark.parametrize("vip", [VIP, VIP6])
def test_a_port_is_used_again_that_conntrack_knows(world, vip):
    """Conntrack has a connection from that port that is over, and one that
    the kernel has opened is introduced to it: when flows change, both times.
    Neither hears of the other."""
    world.start("open")
    with Client(a, REUSES, vip) as client:
        for _ in range(3):
            peer(a, "connects", vip, 80, 2)
            before = opened(world)
            client.do("open")
            assert opened(world) == before + 1, world.stats()
            client.do("talk")
            add_flow(world, "sw0", "ingress", LB, *OTHER_BACKEND)
            client.do("talk")
            world.call("lab/remove-flow")
            client.do("talk")
            client.do("break")
        assert world.stats()["flows_changed"] == 0, world.stats()


def test_they_count_as_open_before_anybody_has_met_them(world):
    """Whoever asks which connections there are hears of those, too."""
    world.start("open")
    peer(a, "connects", VIP, 80, 2)
    wait_for(lambda: world.call("lab/open") == "0\n", "quiet")
    with Client(a, REUSES, VIP) as client:
        before = opened(world)
        client.do("open")
        n_open = int(world.call("lab/open"))
        assert opened(world) == before + 1 and n_open > 0
        client.do("break")
        wait_for(lambda: world.call("lab/open") == "0\n", "end")


def test_a_full_table_takes_newcomers(world):
    world.start("open", "--max-flows", "4")
    peer(a, "connects", VIP, 80, 2)
    before = opened(world)
    streams = [streaming(a, "stream", VIP, 80, 3) for _ in range(6)]
    for stream in streams:
        assert_intact(stream, may_lose=2)
    stats = world.stats()
    assert opened(world) > before and stats["flows_evicted"] > 0, stats


def test_a_flush_loses_none(world):
    world.start("open")
    peer(a, "connects", VIP, 80, 2)
    streams = []
    for _ in range(5):
        peer(a, "connects", VIP, 80, 2)
        before = opened(world)
        streams.append(streaming(a, "stream", VIP, 80, 3))
        wait_for(lambda: opened(world) > before, "opening")
        world.call("lab/flush")
    busy_entries(world, 2 * len(streams))
    for stream in streams:
        assert_intact(stream, may_lose=2)


def test_a_crash_while_ports_are_used_again(world):
    """Nobody tells the next start of connections that were broken off."""
    world.start("open")
    peer(a, "connects", VIP, 80, 2)
    with Client(a, REUSES, VIP) as client:
        client.do("open")
        client.do("break")
        for _ in range(2):
            peer(a, "connects", VIP, 80, 2)
            client.do("open")
            world.kill()
            client.do("talk")
            world.start("open")
            world.call("lab/adopt")
            client.do("talk")
            wait_for(lambda: world.stats()["flows_adopted"] >= 2, "adoption")
            client.do("talk")
            client.do("break")
        assert world.stats()["flows_refused"] == 0, world.stats()


# Connections that are broken off once the server has answered: argv: address,
# count.
BREAKS = """
import socket, struct, sys
for _ in range(int(sys.argv[2])):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                     struct.pack("ii", 1, 0))
        s.settimeout(5)
        s.connect((sys.argv[1], 80))
        s.sendall(struct.pack("!cQ", b"e", 0) + b"x")
        assert s.recv(1) == b"x"
"""


def test_the_server_hears_of_each_that_is_broken_off(world):
    """Whatever its port was used for before."""
    ports = "/proc/sys/net/ipv4/ip_local_port_range"
    before = a.run("cat", ports).stdout.strip()
    world.start("open")
    try:
        a.run("sh", "-c", f"echo 40000 40019 > {ports}")
        a.run(sys.executable, "-c", BREAKS, VIP, 300)
    finally:
        a.run("sh", "-c", f"echo {before} > {ports}")
    wait_for(lambda: f"{b.ip}" not in b.run(
        "ss", "-Htn", "state", "established", "sport", "=", ":8080").stdout,
        "end of all at the server")
    assert opened(world) > 200, world.stats()


def test_of_several_backends_none_is_foreseen(world):
    """The client's port is in the hash that chooses: each goes its way."""
    world.start("open")
    add_flow(world, "sw0", "ingress", LB, OTHER_BACKEND[0],
             f"ct_lb_mark(backends={b.ip}:8080,{c.ip}:8080);")
    peer(a, "connects", VIP, 80, 3)
    before = opened(world)
    peer(a, "connects", VIP, 80, 40)
    assert opened(world) == before, world.stats()
    stats = world.stats()
    assert stats["flows_refused"] == stats["flows_changed"] == 0, stats
