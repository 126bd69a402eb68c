"""Many clients of one service; many services at once."""

import json
import re

import pytest

from scene import PATIENCE_S, scaled, wait_for


def test_many_clients(scene):
    """Clients, all within 100 ms, at one sleeping VIP: all answered, and the
    backend started once."""
    service = scene.add_service(delay_ms=200)
    count = scaled(500, 50)
    answers = service.exchanges_later(count, within_ms=100).result()
    assert [answer for answer in answers if not answer.ok] == []
    assert service.calls == ["start"]
    assert service.server["served"] == count
    scene.settle()
    assert scene.waker["services"]["waking"] == 0


def test_many_clients_on_all_sides(scene):
    """The same from both chassis and from outside, with one datagram each,
    which nobody sends again."""
    service = scene.add_service("udp", delay_ms=200)
    count = scaled(100, 20)
    later = [service.exchanges_later(count, 100, scene.host(name))
             for name in ("client", "client2", "external")]
    answers = sum((each.result() for each in later), [])
    assert [answer for answer in answers if not answer.ok] == []
    assert service.calls == ["start"]
    assert service.server["served"] == 3 * count


def test_many_services(scene):
    """Sleeping VIPs, hit within a second: all woken, none forgotten, although
    ovn-controller drops event rows."""
    services = [scene.new_service("udp", backend=f"backend{index % 2 + 1}")
                for index in range(scaled(1000, 100))]
    scene.add(*services, on=["sw0"], on_router=None, wake_timeout=300)
    answers = scene.client.exchange_all(
        [(service.address, service.port) for service in services], "udp",
        timeout=240.0, within_ms=1000)
    lost = [service.name for service, answer in zip(services, answers)
            if not answer.ok]
    assert lost == []
    scene.settle()
    status = scene.waker["services"]
    assert status["awake"] == len(services), status
    names = {service.name for service in services}
    starts = [name for call, name in scene.calls
              if call == "start" and name in names]
    assert sorted(starts) == sorted(names)


FLOOD = """
import os, socket, struct, sys, time
def csum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xffff) + (total >> 16)
    return ~(total + (total >> 16)) & 0xffff
sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
own = socket.inet_aton(sys.argv[1])
packets = []
for _ in range(2000):
    ports, low = os.urandom(4), os.urandom(2)
    to = bytes([192, 168]) + low
    tcp = ports + struct.pack("!IIBBHHH", 1, 0, 0x50, 2, 1000, 0, 0)
    pseudo = own + to + struct.pack("!BBH", 0, 6, len(tcp))
    tcp = tcp[:16] + struct.pack("!H", csum(pseudo + tcp)) + tcp[18:]
    packets.append((tcp, (socket.inet_ntoa(to), 0)))
print("ready", flush=True)
while True:
    for packet, to in packets:
        sock.sendto(packet, to)
"""


@pytest.mark.engines("host", reason="the datapath is Open vSwitch's, not "
                     "Rouse's")
def test_a_flood_does_not_keep_others_waiting(scene):
    """One pod sends SYNs to random addresses and ports without an end; the
    others' connections are made, also to what sleeps."""
    awake = scene.add_service(backend="backend2")
    assert awake.exchange().ok
    asleep = [scene.add_service("udp", backend="backend2", sync=False)
              for _ in range(scaled(20, 5))]
    scene.lab.sync()
    host = scene.host("backend1")
    flooder = host.spawn("flood", "/usr/bin/python3", "-c", FLOOD, host.ipv4)
    try:
        before = scene.lab.status()["fabric"]["datapath"]["custody"]
        wait_for(lambda: scene.lab.status()["fabric"]["datapath"]["custody"]
                 ["received"] > before["received"] + 20000, PATIENCE_S,
                 "the flood")
        answers = [awake.exchange() for _ in range(scaled(100, 20))]
        # One datagram each, which nobody sends again.
        answers += [service.exchange() for service in asleep]
        assert flooder.running()
    finally:
        flooder.kill()
    assert [answer for answer in answers if not answer.ok] == []
    # Few of their SYNs were lost, if any.
    again = [answer for answer in answers if answer.retransmits]
    assert len(again) <= len(answers) // 10, again


@pytest.mark.engines("host", reason="OVN carries established connections, "
                     "not Rouse")
def test_wakes_leave_a_stream_alone(scene):
    """Services are woken one after the other, on the same switches and router
    as an established stream: not one of its packets leaves the fast path."""
    if not scene.lab.status()["fabric"]["datapath"]["fast_path"]:
        pytest.skip("no fast path here")
    backend = scene.host("backend2")
    backend.listen(9510, "echo")
    stream = scene.client.open(backend.ipv4, 9510)
    services = [scene.new_service("udp", backend=f"backend{index % 2 + 1}")
                for index in range(scaled(300, 30))]
    scene.add(*services)

    def counts():
        """Out and in: of the socket, and of the two entries of the cache."""
        said = scene.client.exec("ss", "-tinH", "dport = :9510")
        entries = {flow["in"]: flow["packets"] for flow in json.loads(
            scene.lab.appctl("rouse/flows", "100", "address=20.0.0.3"))
            if ":9510" in flow["source"] + flow["destination"]}
        if set(entries) != {"client", "backend2"}:
            return None
        return [int(re.search(rf"\bsegs_{end}:(\d+)", said).group(1))
                - entries[port]
                for end, port in (("out", "client"), ("in", "backend2"))]

    def quiet():
        """The same twice, with a message on the fast path in between."""
        first = counts()
        scene.client.say(stream, timeout=10)
        return first is not None and first == counts() and first
    before = wait_for(quiet, PATIENCE_S, "the stream is on the fast path")
    for service in services:
        scene.client.say(stream, timeout=10)
        answer = service.exchange()
        assert answer.ok, answer
    scene.settle()
    scene.client.say(stream, timeout=10)
    # A late acknowledgement may be counted by one and not yet by the other.
    wait_for(lambda: counts() == before, 5, f"as before: {before}, "
             "segments of the socket less packets of the fast path")
    scene.client.hang_up(stream)
    backend.close(9510, "echo")
