"""Connections that begin and end on the fast path, and what is never
answered."""

import json
import subprocess
import sys

import pytest

from conftest import PEER, peer
from test_cache import (
    assert_intact, busy_entries, datapath_key, streaming)
from world import HOST, PODS, VIP, VIP6, wait_for

a, b, c = PODS
# What goes then has another reason.
NEVER_IDLE = "--idle-ms", 1000 * 3600
# Above all others in the stage of load balancers; of ACLs towards a port.
LB, ACL_OUT = 11, 4
OTHER_BACKEND = (f"ct.new && ip4.dst == {VIP} && tcp.dst == 80",
                 f"ct_lb_mark(backends={c.ip}:8080);")

# Serves connections that it ends itself: argv: port, count.
CLOSER = """
import socket, sys
s = socket.create_server(("0.0.0.0", int(sys.argv[1])))
print("ready", flush=True)
for _ in range(int(sys.argv[2])):
    t, _ = s.accept()
    t.sendall(t.recv(1))
    t.close()
"""
# Argv: address, port, count, the port they all come from (0: any).
CLIENT = """
import socket, sys
for _ in range(int(sys.argv[3])):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("0.0.0.0", int(sys.argv[4])))
    s.settimeout(5)
    s.connect((sys.argv[1], int(sys.argv[2])))
    s.sendall(b"x")
    assert s.recv(1) == b"x"
    assert s.recv(1) == b""
    s.close()
"""
# Counts datagrams, and answers one that says so: argv: port.
SINK = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", int(sys.argv[1])))
print("ready", flush=True)
n = 0
while True:
    data, whence = s.recvfrom(100)
    n += 1
    if data == b"count":
        s.sendto(str(n).encode(), whence)
"""

# Serves one connection, and ends it when it is told to: argv: port.
LASTS = """
import socket, sys
s = socket.create_server(("0.0.0.0", int(sys.argv[1])))
print("ready", flush=True)
t, _ = s.accept()
while data := t.recv(100):
    t.sendall(data)
print("end", flush=True)
sys.stdin.readline()
t.close()
sys.stdin.readline()
"""
# Begins one, and ends it when it is told to: argv: address, port.
TALKS = """
import socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
for _ in range(30):
    s.sendall(b"x")
    assert s.recv(1) == b"x"
print("ready", flush=True)
sys.stdin.readline()
s.shutdown(socket.SHUT_WR)
assert s.recv(1) == b""
print("end", flush=True)
sys.stdin.readline()
"""
# Ends connections from port 33333 to an echo server, each with a FIN that comes
# twice, behind the last ACK: argv: address, count.
REPEATS = """
import socket, struct, sys
ETH_P_ALL, OUTGOING, FIN, ACK = 3, 4, 1, 16
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
wire.bind(("eth0", 0))
wire.settimeout(5)

def next_frame(outgoing, flags):
    while True:
        frame, whence = wire.recvfrom(2000)
        ends = struct.unpack("!HH", frame[34:38].ljust(4))
        if (33333 in ends and (whence[2] == OUTGOING) == outgoing
                and frame[12:14] == b"\\x08\\0"
                and frame[47] & (FIN | ACK) == flags):
            return frame

for _ in range(int(sys.argv[2])):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("", 33333))
    s.settimeout(5)
    s.connect((sys.argv[1], 80))
    s.sendall(struct.pack("!cQ", b"e", 0) + b"x")
    assert s.recv(1) == b"x"
    s.close()
    fin = next_frame(True, FIN | ACK)
    next_frame(False, FIN | ACK)
    next_frame(True, ACK)
    wire.send(fin)
"""


class Server:
    """A program in a pod that says "ready"."""

    def __init__(self, pod, program, *argv):
        self.process = pod.spawn(sys.executable, "-c", program,
                                 *argv, stdin=-1, stdout=-1, text=True)
        self.hear("ready")

    def hear(self, word):
        assert self.process.stdout.readline() == f"{word}\n"

    def go_on(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def slow(world):
    return world.stats()["slow"]["received"]


def add_flow(world, switch, pipeline, stage, match, actions):
    world.call("lab/add-flow", datapath_key(world, switch), pipeline, stage,
               65535, match, actions)


def test_connections_are_opened_and_ended_by_the_kernel(world):
    world.start("open", *NEVER_IDLE)
    for vip in (VIP, VIP6):
        peer(a, "connects", vip, 80, 3)
        before = world.stats()
        peer(a, "connects", vip, 80, 50)
        after = world.stats()
        assert after["opened"] - before["opened"] >= 48, (before, after)
        # Neighbour discovery, and nothing of connections.
        assert after["slow"]["received"] - before["slow"]["received"] < 30, (
            before, after)
    wait_for(lambda: world.stats()["flows_ended"] >= 2 * 106
             and world.stats()["n_flows"] == 0, "end of entries")


def test_one_that_lasts_becomes_known(world):
    world.start("open")
    peer(a, "connects", VIP, 80, 2)
    opened = world.stats()["opened"]
    stream = streaming(a, "stream", VIP, 80, 4)
    busy_entries(world, 2)
    assert world.stats()["opened"] == opened + 1
    before = slow(world)
    assert_intact(stream)
    assert slow(world) - before < 20
    stats = world.stats()
    assert stats["flows_refused"] == stats["flows_changed"] == 0, stats


def test_a_change_is_for_the_next_connection_and_no_other(world):
    """Not even for those that conntrack has not heard of."""
    world.start("open")
    peer(a, "connects", VIP, 80, 2)
    streams = []
    for number in range(3):
        opened = world.stats()["opened"]
        streams.append(streaming(a, "stream", VIP, 80, 8))
        wait_for(lambda: world.stats()["opened"] > opened, "opening")
        if number % 2:
            world.call("lab/remove-flow")
        else:
            add_flow(world, "sw0", "ingress", LB, *OTHER_BACKEND)
        # The first ones may teach the router where the backend is, which is
        # a change, too.
        peer(a, "connects", VIP, 80, 3)
    backends = [[f"->{pod.ip}:8080" in entry["actions"]
                 for entry in world.entries()].count(True) for pod in (b, c)]
    assert backends[0] >= 2 and backends[1] >= 1, "\n".join(
        f"{e['key']} {e['actions']} {e['packets']}" for e in world.entries())
    for stream in streams:
        assert_intact(stream)


def test_an_acl_stops_new_connections_at_once(world):
    world.start("open")
    peer(a, "connects", VIP, 80, 3)
    assert world.stats()["opened"] > 0
    add_flow(world, "sw1", "egress", ACL_OUT, f"ip4.dst == {b.ip} && tcp",
             "drop;")
    done = a.run("timeout", 1, sys.executable, PEER, "connects", VIP, 80, 1,
                 check=False)
    assert done.returncode == 124, done
    world.call("lab/remove-flow")
    peer(a, "connects", VIP, 80, 3)


def test_flows_that_look_at_the_clients_port_are_asked(world):
    world.start("open")
    add_flow(world, "sw1", "egress", ACL_OUT,
             f"ip4.dst == {b.ip} && tcp.src == 33333", "drop;")
    before = world.stats()
    peer(a, "connects", VIP, 80, 10)
    assert world.stats()["opened"] == before["opened"]
    done = a.run("timeout", 1, sys.executable, "-c", CLIENT, VIP, 80, 1,
                 33333, check=False)
    assert done.returncode == 124, done


def test_a_server_that_has_gone_refuses(world):
    world.start("open", *NEVER_IDLE)
    with Server(b, CLOSER, 8081, 1000):
        a.run(sys.executable, "-c", CLIENT, b.ip, 8081, 3, 0)
    opened = world.stats()["opened"]
    done = a.run(sys.executable, "-c", CLIENT, b.ip, 8081, 1, 0, check=False)
    assert "ConnectionRefusedError" in done.stderr, done
    assert world.stats()["opened"] == opened + 1 > 2, world.stats()
    wait_for(lambda: world.stats()["n_flows"] == 0, "end of entries")


def test_a_reset_after_the_end_ends_nothing_else(world):
    """A FIN is sent again where no answer came in time, as on a busy machine.
    Behind the last ACK, the server says to it that there is no connection."""
    world.start("open", *NEVER_IDLE)
    peer(a, "connects", VIP, 80, 2)
    opened = world.stats()["opened"]
    try:
        a.run("ethtool", "-K", "eth0", "tx", "off")
        a.run(sys.executable, "-c", REPEATS, VIP, 10)
    finally:
        a.run("ethtool", "-K", "eth0", "tx", "on")
    wait_for(lambda: world.stats()["flows_ended"] >= 2 * 12
             and world.stats()["n_flows"] == 0, "end of entries")
    assert world.stats()["opened"] > opened, world.stats()
    assert world.stats()["conntrack_open"] == 0, world.stats()


@pytest.mark.parametrize("slow", ["the client's", "both", "the server's"])
def test_an_end_is_known_whatever_way_it_takes(world, slow):
    """A FIN that comes the slow way is noted in no entry, and the last ACK may
    make one."""
    world.start("fast", *NEVER_IDLE)
    with (Server(b, LASTS, 8083) as server,
          Server(a, TALKS, b.ip, 8083) as client):
        busy_entries(world, 2)
        if slow != "the server's":
            world.call("lab/flush")
        client.go_on()
        server.hear("end")
        if slow != "the client's":
            world.call("lab/flush")
        server.go_on()
        client.hear("end")
        wait_for(lambda: world.stats()["n_flows"] == 0, "end of entries")
        assert world.stats()["conntrack_open"] == 0, world.stats()


@pytest.mark.parametrize("closed", ["one side", "both sides"])
def test_an_end_is_known_whatever_stops_packets_by_then(world, closed):
    """The entries saw it, or half of it, before the network changed so that
    nothing passes any more from the client to the server."""
    world.start("fast", *NEVER_IDLE)
    with (Server(b, LASTS, 8083) as server,
          Server(a, TALKS, b.ip, 8083) as client):
        busy_entries(world, 2)
        assert world.stats()["conntrack_open"] > 0
        client.go_on()
        server.hear("end")
        if closed == "both sides":
            server.go_on()
            client.hear("end")
        add_flow(world, "sw0", "ingress", 0, f"ip4.dst == {b.ip} && tcp",
                 "drop;")
        wait_for(lambda: world.stats()["n_flows"] <= 1, "refusal")
        if closed == "one side":
            server.go_on()
            client.hear("end")
        wait_for(lambda: world.stats()["conntrack_open"] == 0,
                 "end of the connection in conntrack")
        wait_for(lambda: world.stats()["n_flows"] == 0, "end of entries")
        world.call("lab/remove-flow")


def test_a_port_is_used_again_at_once(world):
    world.start("open", *NEVER_IDLE)
    with Server(b, CLOSER, 8081, 1000):
        a.run(sys.executable, "-c", CLIENT, b.ip, 8081, 30, 33333)
    wait_for(lambda: world.stats()["n_flows"] == 0, "end of entries")


def test_what_is_never_answered_leaves_the_slow_path(world):
    world.start("open")
    with Server(b, SINK, 8082):
        before = world.stats()
        done = a.run(sys.executable, "-c", f"""
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("{b.ip}", 8082))
s.settimeout(5)
for _ in range(1000):
    s.send(b"x")
    time.sleep(0.0002)
s.send(b"count")
print(s.recv(100).decode())
for _ in range(10):
    s.send(b"count")
    assert int(s.recv(100)) > 1000
""")
        after = world.stats()
    assert int(done.stdout) == 1001, done
    assert after["slow"]["received"] - before["slow"]["received"] < 100, (
        before, after)
    # Answered, it is one as all others.
    assert after["flows_changed"] == before["flows_changed"] + 1, after


def test_connections_are_opened_while_the_daemon_is_down(world):
    world.start("open")
    peer(a, "connects", VIP, 80, 3)
    world.kill()
    stream = streaming(a, "stream", VIP, 80, 3)
    peer(a, "connects", VIP, 80, 3)
    world.start("open")
    world.call("lab/adopt")
    assert_intact(stream)
    assert world.stats()["flows_refused"] == 0, world.stats()
    peer(a, "connects", VIP, 80, 3)


def test_frames_are_handed_to_the_other_end_where_there_is_one(world):
    world.start("open")
    host = ["nsenter", f"--net=/run/netns/{HOST}"]
    stream = streaming(a, "stream", VIP, 80, 3)
    busy_entries(world, 2)
    assert all("peer(" in entry["actions"] for entry in world.entries()), (
        world.entries())
    # Shaped, frames must pass the queue.
    try:
        subprocess.run([*host, "tc", "qdisc", "replace", "dev", b.interface,
                        "root", "pfifo"], check=True)
        subprocess.run([*host, "ip", "link", "set", b.interface, "mtu",
                        "1499"], check=True)
        wait_for(lambda: any(",out(" in entry["actions"]
                             and entry["packets"] > 10
                             for entry in world.entries()), "redirection")
    finally:
        subprocess.run([*host, "tc", "qdisc", "del", "dev", b.interface,
                        "root"], check=True)
        subprocess.run([*host, "ip", "link", "set", b.interface, "mtu",
                        "1500"], check=True)
    # The kernel drops what is in a queue when its discipline changes.
    assert_intact(stream, may_lose=2)
    assert json.loads(world.call("lab/link", b.interface))["mtu"] == 1500
