"""What the fast path remembers, and when it forgets."""

import json
import subprocess
import sys
import time

from conftest import PEER, peer
from world import (
    HOST, INSTANCE, LAB, NAME, PODS, SLEEPING, VIP, VIP6, wait_for)

a, b, c = PODS
SW0, LR0, SW1 = 1, 2, 3


def host(*argv):
    subprocess.run(["nsenter", f"--net=/run/netns/{HOST}", *argv], check=True)


def datapath_key(world, name):
    rows = json.loads(open(world.flows).read())["Datapath_Binding"]
    for row in rows:
        names = dict(row["external_ids"][1])
        if names.get("name") == name:
            return row["tunnel_key"]
    raise KeyError(name)


def streaming(pod, what, ip, port, seconds):
    return pod.spawn(sys.executable, PEER, what, ip, port, seconds,
                     stdout=-1, stderr=-1, text=True)


def result(stream):
    out, err = stream.communicate(timeout=120)
    assert stream.returncode == 0, err
    return json.loads(out)


def assert_intact(stream, may_lose=0):
    """No segment had to be sent again, in either direction.  Where entries go
    all the time, one of some ten thousand has been seen to."""
    got = result(stream)
    assert got["lost"] <= may_lose and got["messages"] > 0, got


def busy_entries(world, n):
    wait_for(lambda: sum(entry["packets"] > 10
                         for entry in world.entries()) >= n,
             f"{n} busy entries")


def test_an_entry_says_what_it_does(world):
    world.start("fast")
    stream = streaming(a, "stream", VIP, 80, 60)
    busy_entries(world, 2)
    entries = {entry["key"].split("tcp(")[1]: entry
               for entry in world.entries()}
    # Used just now, unless the processor was taken away from the stream.
    wait_for(lambda: all(entry["idle_ms"] < 500 for entry in world.entries()),
             "use")
    stream.terminate()
    assert_intact(stream)
    to = next(e for key, e in entries.items() if f"->{VIP}:80" in key)
    back = next(e for key, e in entries.items()
                if key.startswith(f"{b.ip}:8080->"))
    assert f"->{b.ip}:8080)" in to["actions"], to
    assert f"nat({VIP}:80->{a.ip}" in back["actions"], back
    assert "ttl-1" in to["actions"] and "ttl-1" in back["actions"]
    assert to["path"].startswith(f"sw0:{a.port} > "), to
    assert to["path"].endswith(f"> sw1:{b.port}"), to
    assert to["bytes"] > to["packets"] * 100


def test_a_new_acl_stops_a_stream_and_only_that(world):
    world.start("fast")
    streams = [streaming(a, "udpstream", pod.ip, 8080, 3) for pod in (b, c)]
    busy_entries(world, 4)
    # Above all others in the stage of ACLs towards a port.
    world.call("lab/add-flow", datapath_key(world, "sw1"), "egress", 4, 65535,
               f"ip4.dst == {b.ip} && udp", "drop;")
    wait_for(lambda: not any(f"->{b.ip}:8080)" in entry["key"]
                             for entry in world.entries()), "removal")
    world.call("lab/stats")
    lost = [result(stream)["lost"] for stream in streams]
    assert lost[0] > 3 and lost[1] == 0, lost
    assert world.stats()["flows_changed"] >= 1


def test_changes_elsewhere_leave_a_stream_on_the_fast_path(world):
    world.start("fast")
    stream = streaming(a, "stream", VIP, 80, 60)
    busy_entries(world, 2)
    before = world.stats()
    start = time.monotonic()
    keys = {entry["key"] for entry in world.entries()
            if entry["packets"] > 10}
    key = datapath_key(world, "sw0")
    rounds = 0
    # As long as it takes to change 20 times and to send 1,000 packets, which
    # is seconds where everybody wants the processor.
    while (after := world.stats()) and (
            rounds < 20
            or after["fast_packets"] < before["fast_packets"] + 1000):
        assert stream.poll() is None, stream.communicate()
        rounds += 1
        i = rounds % 250
        world.call("lab/add-flow", key, "ingress", 11, 120,
                   f"ct.new && ip4.dst == 10.8.0.{i} && tcp.dst == 80",
                   f"ct_lb_mark(backends={c.ip}:8080);")
        world.call("lab/changed")
    changed_for_ms = (time.monotonic() - start) * 1000
    ages = {entry["key"]: entry["age_ms"] for entry in world.entries()}
    # The same entries as before: not made anew.
    for key in keys:
        assert ages.get(key, 0) > changed_for_ms, (key, ages)
    assert after["flows_changed"] == before["flows_changed"], after
    # Neighbour discovery, and nothing of the stream.
    assert after["slow"]["received"] - before["slow"]["received"] < 20, (
        before, after)
    assert stream.poll() is None, stream.communicate()
    stream.kill()
    stream.communicate()


def test_flush_costs_packets_their_short_cut_and_nothing_else(world):
    world.start("fast")
    stream = streaming(a, "stream", VIP, 80, 2)
    busy_entries(world, 2)
    for _ in range(20):
        world.call("lab/flush")
    busy_entries(world, 2)
    assert_intact(stream)


def test_idle_entries_go(world):
    world.start("fast", "--idle-ms", "300")
    peer(a, "udp", b.ip, 8080, 100, 10)
    assert world.stats()["n_flows"] >= 2
    wait_for(lambda: world.stats()["n_flows"] == 0, "idle removal")
    assert world.stats()["flows_idle"] >= 2


def test_a_full_table_takes_newcomers(world):
    world.start("fast", "--max-flows", "4")
    streams = [streaming(a, "udpstream", pod.ip, 8080, 2)
               for pod in (b, c) * 3]
    lost = [result(stream)["lost"] for stream in streams]
    stats = world.stats()
    assert lost == [0] * 6
    assert stats["flows_evicted"] > 0 and stats["n_flows"] <= 4, stats


def test_udp_outlives_conntracks_timeout_on_the_fast_path(world):
    """Its packets are not seen by conntrack, which must hear of them."""
    world.start("fast")
    stream = streaming(a, "udpstream", b.ip, 8080, 36)
    busy_entries(world, 2)
    before = world.stats()
    got = result(stream)
    after = world.stats()
    assert got["lost"] == 0, got
    assert after["flows_changed"] == before["flows_changed"], after
    assert after["slow"]["received"] - before["slow"]["received"] < 40


def test_a_flooding_port_is_limited_and_others_are_not(world):
    world.start("fast", "--slow-pps", "2000")
    # One way only: no connection, so that all of it takes the slow path.
    flood = c.spawn(sys.executable, "-c", f"""
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
end = time.monotonic() + 3
n = 0
while time.monotonic() < end:
    n = n % 60000 + 1
    s.sendto(b"x", ("{a.ip}", n))
""")
    time.sleep(0.5)
    done = a.run("ping", "-c", 20, "-i", 0.05, "-W", 10, b.ip, check=False)
    flood.wait()
    assert " 0% packet loss" in done.stdout, done.stdout
    port = json.loads(world.call("lab/port", c.interface))
    assert port["limited"] > 1000, port
    assert port["slow_packets"] < 2000 * 3.5 + 100, port
    assert world.stats()["limited"] >= port["limited"]


def test_interfaces_come_and_go(world):
    world.start("fast", ports=[f"{b.interface}={b.port}",
                               f"{c.interface}={c.port}", "dp-x=sw0-a"])

    def link():
        return json.loads(world.call("lab/link", "dp-x"))

    assert not link()["exists"]
    for _ in range(3):
        host("ip", "link", "add", "dp-x", "type", "veth", "peer", "name",
             "dp-y")
        host("ip", "link", "set", "dp-y", "up")
        host("ip", "link", "set", "dp-x", "mtu", "1400", "up")
        wait_for(lambda: link()["up"] and link()["mtu"] == 1400, "link")
        assert link()["error"] == ""
        host("ip", "link", "del", "dp-x")
        wait_for(lambda: not link()["exists"], "removal")
    world.call("lab/remove", "dp-x")
    world.call("lab/add", a.interface, a.port)
    peer(a, "transfer", b.ip, 8080, 1 << 20)
    world.call("lab/remove", a.interface)
    assert a.run("ping", "-c", 1, "-W", 0.3, b.ip, check=False).returncode
    world.call("lab/add", a.interface, a.port)
    peer(a, "transfer", b.ip, 8080, 1 << 20)


def n_syns_again(pod):
    """SYNs that were sent again because nobody had answered."""
    names, values = (line.split() for line in pod.run(
        "cat", "/proc/net/netstat").stdout.splitlines()
        if line.startswith("TcpExt:"))
    return int(values[names.index("TCPSynRetrans")])


def wake(world):
    """How many more SYNs it takes."""
    world.start("fast")
    client = a.spawn(sys.executable, PEER, "transfer", SLEEPING, 80, 1 << 20,
                     stderr=-1, text=True)
    wait_for(lambda: world.stats()["slow"]["held"] > 0, "held packet")
    key = datapath_key(world, "sw0")
    world.call("lab/add-flow", key, "ingress", 11, 65535,
               f"ct.new && ip4.dst == {SLEEPING} && tcp.dst == 80",
               f"ct_lb_mark(backends={b.ip}:8080);")
    world.call("lab/add-flow", key, "ingress", 5, 65535,
               f"ip4.dst == {SLEEPING} && tcp.dst == 80",
               "reg0[2] = 1; next;")
    before = n_syns_again(a)
    world.call("lab/replay")
    _, err = client.communicate(timeout=60)
    assert client.returncode == 0, err
    assert world.stats()["slow"]["held"] == 0
    return n_syns_again(a) - before


def test_a_packet_for_a_sleeping_vip_is_held_and_replayed(world):
    """A client that cannot run for a second sends another, all the same."""
    for _ in range(5):
        if not wake(world):
            return
        world.stop(remove=True)
    raise AssertionError("a retransmission was needed, each time")


def test_a_crash_and_a_restart_are_not_noticed(world):
    world.start("fast")
    streams = [streaming(a, "stream", VIP, 80, 60),
               streaming(a, "stream", VIP6, 80, 60),
               streaming(b, "stream", c.ip, 8080, 60),
               streaming(a, "udpstream", c.ip, 8080, 60)]
    busy_entries(world, 8)
    world.kill()
    time.sleep(1.5)
    world.start("fast")
    assert world.stats()["n_flows"] >= 8
    world.call("lab/adopt")
    wait_for(lambda: world.stats()["flows_adopted"] >= 8, "adoption")
    stats = world.stats()
    assert stats["flows_refused"] == 0, stats
    time.sleep(0.5)
    world.kill()
    world.start("fast")
    world.call("lab/adopt")
    wait_for(lambda: world.stats()["flows_adopted"] >= 8, "adoption")
    for stream in streams:
        stream.terminate()
    for stream in streams:
        assert_intact(stream)
    # Connections that ended are in conntrack again: FINs were answered.
    assert world.stats()["flows_refused"] == 0, world.stats()


def test_an_adopted_entry_that_became_wrong_goes(world):
    world.start("fast")
    stream = streaming(a, "udpstream", c.ip, 8080, 4)
    busy_entries(world, 2)
    world.kill()
    world.start("fast")
    world.call("lab/add-flow", datapath_key(world, "sw1"), "egress", 4, 65535,
               f"ip4.dst == {c.ip} && udp", "drop;")
    world.call("lab/adopt")
    wait_for(lambda: world.stats()["flows_refused"] >= 1, "refusal")
    assert result(stream)["lost"] > 3


def test_a_second_daemon_of_that_name_is_refused(world):
    world.start("fast")
    other = subprocess.run(
        ["nsenter", f"--net=/run/netns/{HOST}", str(LAB), "--flows",
         world.flows, "--name", NAME, "--control", f"{world.directory}/other.ctl"],
        capture_output=True, text=True, timeout=20, check=False)
    assert other.returncode != 0
    assert "another daemon" in other.stderr, other.stderr
    peer(a, "transfer", VIP, 80, 1 << 20)


def test_nothing_stays_behind(world):
    world.start("fast")
    peer(a, "udp", b.ip, 8080, 100, 10)
    world.stop(remove=True)
    shown = subprocess.run(
        ["nsenter", f"--net=/run/netns/{HOST}", "tc", "qdisc", "show", "dev",
         a.interface], capture_output=True, text=True, check=True).stdout
    assert "clsact" not in shown
    links = subprocess.run(
        ["nsenter", f"--net=/run/netns/{HOST}", "ip", "-o", "link"],
        capture_output=True, text=True, check=True).stdout
    assert INSTANCE not in links
    pins = subprocess.run(["ls", "/sys/fs/bpf"], capture_output=True,
                          text=True, check=True).stdout
    assert f"{INSTANCE}-v" not in pins


def wait_for_answers(questions, known=None):
    """Linux has asked, and was told -- what it knew."""
    for pod, ip in questions:
        wait_for(lambda: pod.neighbour(ip)[1] not in ("PROBE", "INCOMPLETE"),
                 f"end of the questions of {pod.name} for {ip}")
    told = [pod.neighbour(ip) for pod, ip in questions]
    assert all(mac and state != "FAILED" for mac, state in told), told
    assert [mac for mac, _ in told] == (known or [mac for mac, _ in told])
    return [mac for mac, _ in told]


def test_neighbours_are_answered_while_the_daemon_is_down(world):
    world.start("fast")
    gateways = [(pod, ip) for pod in (a, c)
                for ip in (pod.gateway, pod.gateway6)]
    # Each asks everybody, once.
    streams = [streaming(a, "udpstream", ip, 8080, 3)
               for ip in (c.ip, c.ip6)]
    busy_entries(world, 4)
    # IPv6 makes sure from another address, which is another question.
    for pod in (a, c):
        pod.make_sure(pod.gateway6)
    known = wait_for_answers(gateways)
    world.settle()
    world.kill()
    # What nobody can tell them they give up: the streams would stop.
    for pod, ip in gateways:
        pod.make_sure(ip, of_one=False)
    for got in map(result, streams):
        assert got["lost"] == 0, got
    wait_for_answers(gateways, known)
    # Nothing is sent any more: nobody but the one that it knows is asked.
    for pod, ip in gateways:
        pod.make_sure(ip)
    wait_for_answers(gateways, known)


def test_answers_to_neighbours_are_taken_up(world):
    world.start("fast")
    peer(a, "udp", c.ip, 8080, 100, 5)
    world.kill()
    world.start("fast")
    world.call("lab/adopt")
    answered = world.stats()["answered"]
    a.forget_neighbours()
    peer(a, "udp", c.ip, 8080, 100, 5)
    assert world.stats()["answered"] > answered
