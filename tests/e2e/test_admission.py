"""Who may wake a service: what opens a connection, from where the service
says, and not too often."""

import contextlib
import json
import os
import xml.etree.ElementTree

import pytest

from scene import PATIENCE_S, Later, scaled, wait_for

SCANNER = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                       "scanner.py")

# FIN, RST and ACK in all combinations, what a server would answer with, and
# flags that nobody sends: nmap's NULL and Xmas scans.
STRAYS = ["F", "R", "A", "FA", "RA", "FR", "FRA", "PA", "SA", "SR", "SF",
          "-", "FPU"]


def scan(host, flags, targets, count=1):
    """Send packets with these flags to (address, port)s."""
    host.exec("/usr/bin/python3", SCANNER, flags, str(count), *targets,
              timeout=600)


def refused(scene):
    """Packets that were refused, by the counters of who holds."""
    return sum(sum(hold["refused"].values()) for hold in scene.holds)


def set_policy(scene, service, **keys):
    """Set keys, and wait until the chassis can have read them."""
    service.set_keys(**keys)
    uuid = service.row["_uuid"]

    def published():
        ids = scene.find("sb", "SB_Global")[0]["external_ids"]
        text = ids.get(f"rouse-service:{uuid}", "")
        return all(value in text for value in keys.values())
    wait_for(published, PATIENCE_S, "the policy Southbound", 0.05)
    scene.lab.sync()


def assert_asleep(scene, services):
    """Nobody has been woken."""
    scene.settle()
    assert {service.name: service.state for service in services} == {
        service.name: "asleep" for service in services}
    assert [service.calls for service in services] == [[]] * len(services)


@pytest.mark.parametrize("ip", [4, 6])
def test_strays_wake_nobody(scene, ip):
    """Packets of TCP that open no connection are dropped and counted,
    whatever their flags; the next client is served."""
    services = [scene.new_service(ip=ip, backend=backend)
                for backend in ("backend1", "backend2")]
    scene.add(*services)
    before = refused(scene)
    for name in ("client", "external"):
        for flags in STRAYS:
            scan(scene.host(name), flags, [each.vip for each in services])
    count = 2 * len(STRAYS) * len(services)
    wait_for(lambda: refused(scene) >= before + count, PATIENCE_S,
             f"{count} packets refused")
    assert_asleep(scene, services)
    assert all(service.exchange().ok for service in services)
    assert [service.calls for service in services] == [["start"]] * 2


def test_refusals_are_told_together(scene):
    """Each refused packet is counted in the service's row, but the waker has
    far fewer event rows to read."""
    service = scene.add_service(wake_from="192.0.2.0/24")
    before, rows = refused(scene), scene.waker["events"]["seen"]

    def counted():
        reason, _, number = service.keys.get("refused", "").partition("=")
        return int(number) if reason == "unlisted-source" else 0

    for _ in range(10):
        scan(scene.client, "S", [service.vip], 10)
    wait_for(lambda: refused(scene) == before + 100, PATIENCE_S,
             "100 packets refused")
    wait_for(lambda: counted() == 100, PATIENCE_S, "all of them counted")
    assert scene.waker["events"]["seen"] - rows < 10
    assert_asleep(scene, [service])


# Port scans.

NMAP = ["nmap", "-n", "-Pn", "--max-retries", "0", "--min-rate", "300",
        "--disable-arp-ping", "-oX", "-"]


class Scan:
    """An nmap under way over services, as a context manager."""

    def __init__(self, host, kind, services):
        ports = ",".join(str(each.port) for each in services)
        hosts = sorted({each.address for each in services})
        self.daemon = host.spawn(f"nmap{kind}", *NMAP, kind, "-p", ports,
                                 *hosts)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.daemon.kill()

    def result(self):
        """Ports that it looked at, by state."""
        self.daemon.wait(PATIENCE_S)
        with open(self.daemon.output, encoding="utf-8") as file:
            tree = xml.etree.ElementTree.fromstring(file.read())
        states = {}
        for state in tree.iter("state"):
            name = state.get("state")
            states[name] = states.get(name, 0) + 1
        for extra in tree.iter("extraports"):
            name = extra.get("state")
            states[name] = states.get(name, 0) + int(extra.get("count"))
        return states


# By ACK, and by FIN, PSH and URG (Xmas); the other kinds are among STRAYS.
@pytest.mark.parametrize("kind", ["-sA", "-sX"])
def test_odd_port_scans(scene, kind):
    """Port scans that send no SYN wake nobody, whoever may."""
    services = [scene.new_service() for _ in range(8)]
    scene.add(*services)
    before = refused(scene)
    with Scan(scene.host("external"), kind, services) as nmap:
        assert sum(nmap.result().values()) >= len(services)
    assert refused(scene) > before
    assert_asleep(scene, services)


@pytest.mark.parametrize("name", ["client", "external"])
def test_client_in_a_port_scan(scene, name):
    """A SYN scan of services that list who may wake them wakes none of them;
    a client on the list, in the midst of it, wakes its own."""
    allowed = scene.host("client2")
    services = [scene.new_service() for _ in range(scaled(40, 12))]
    scene.add(*services, wake_from=f"{allowed.ipv4},{allowed.ipv6}")
    before = refused(scene)
    with Scan(scene.host(name), "-sS", services) as nmap:
        wait_for(lambda: refused(scene) > before, PATIENCE_S, "the scan")
        wanted = services[::4]
        for service in wanted:
            answer = service.exchange(allowed)
            assert answer.ok, answer
        found = nmap.result()
    scene.settle()
    assert sum(found.values()) >= len(services)
    assert {service.name: service.calls for service in services} == {
        service.name: ["start"] if service in wanted else []
        for service in services}


# What the service says.

def test_lists(scene):
    """rouse-wake-from and rouse-ignore-from, changed while it sleeps; why
    packets were refused is in the row and on the command line."""
    client = scene.client
    net = f"{client.ipv4.rpartition('.')[0]}.0/24"
    service = scene.add_service(wake_from="192.0.2.0/24")
    assert not service.exchange(client, timeout=1.5).ok
    set_policy(scene, service, wake_from=f"192.0.2.0/24,{client.ipv4}/32",
               ignore_from=net)
    assert not service.exchange(client, timeout=1.5).ok
    assert_asleep(scene, [service])
    wait_for(lambda: {"unlisted-source", "ignored-source"} <= {
        word.partition("=")[0]
        for word in service.keys.get("refused", "").split()}, PATIENCE_S,
        "both reasons in rouse-refused")
    assert client.ipv4 in service.keys["refused-last"]

    listed = json.loads(scene.rouse("service", "list", "--json").stdout)
    said = next(each for each in listed if each["name"] == service.name)
    assert said["refused"]["ignored-source"] >= 1, said
    assert said["refused"]["unlisted-source"] >= 1, said

    set_policy(scene, service, ignore_from="192.0.2.7")
    assert service.exchange(client).ok
    assert service.calls == ["start"]


def test_enough_packets(scene):
    """With rouse-wake-after, the client's third SYN wakes the service."""
    service = scene.add_service(wake_after="3/60s")
    answer = service.exchange()
    assert answer.ok, answer
    assert answer.retransmits >= 2, answer
    assert service.calls == ["start"]


def test_budget(scene):
    """As many wakes as rouse-wake-budget has, then none for this client; one
    that has not used up its own is served, and so are all once it is awake."""
    service = scene.add_service(wake_budget="source:2/1h")
    for _ in range(2):
        assert service.exchange().ok
        service.idle()
    assert not service.exchange(timeout=1.5).ok
    assert service.state == "asleep"
    assert service.exchange(scene.host("client2")).ok
    assert service.exchange().ok
    assert service.calls.count("start") == 3


# By hand: ROUSE_FLOOD=100000.
FLOOD = int(os.environ.get("ROUSE_FLOOD", scaled(20000, 5000)))


def test_one_source_many_connections(scene):
    """A source that opens very many connections to one sleeping service keeps
    no other from waking for its client."""
    slow = scene.new_service()
    others = [scene.new_service(backend="backend2")
              for _ in range(scaled(10, 3))]
    scene.add(slow, delay_ms=PATIENCE_S * 1000, wake_timeout=PATIENCE_S)
    scene.add(*others)
    flood = Later(lambda: scan(scene.client, "S", [slow.vip], FLOOD))
    slow.wait_state("waking")
    for service in others:
        answer = service.exchange(scene.host("client2"))
        print(answer)
        assert answer.ok, answer
    assert slow.state == "waking"
    flood.result(timeout=600)
    # So that its last wake is not waited for.
    scene.lab.nbctl("lb-del", slow.name)


# Bounds for all services together.

@contextlib.contextmanager
def bounds(scene, **keys):
    """NB_Global's keys: bounds(scene, held_packets=3)."""
    keys = {f"rouse-{key.replace('_', '-')}": value
            for key, value in keys.items()}
    scene.lab.nbctl("set", "NB_Global", ".", *(
        f"external_ids:{key}={value}" for key, value in keys.items()))
    try:
        yield
    finally:
        scene.lab.nbctl(*(word for key in keys for word in (
            "--", "remove", "NB_Global", ".", "external_ids", key)))


def wait_limits(scene, **limits):
    """Until each daemon that holds says so of itself."""
    wait_for(lambda: all(hold["limits"].items() >= limits.items()
                         for hold in scene.holds), PATIENCE_S, str(limits))


def held(scene):
    """Most packets and bytes that one daemon holds."""
    limits = [hold["limits"] for hold in scene.holds]
    return (max(each["held_packets"] for each in limits),
            max(each["held_bytes"] for each in limits))


def dropped(scene, reason):
    return scene.custody()["dropped"].get(reason, 0)


def test_bounds_of_what_is_held(scene):
    """As NB_Global has them: packets in all, of one source, and bytes; they
    are as before when it has none any more."""
    before = [hold["limits"] for hold in scene.holds]
    slow = scene.add_service("udp", delay_ms=PATIENCE_S * 1000,
                             wake_timeout=PATIENCE_S)
    # Both on one chassis, if there are any.
    one, other = scene.client, scene.host("backend2")
    full = {reason: dropped(scene, reason)
            for reason in ("SOURCE_FULL", "STORE_FULL")}
    with bounds(scene, held_packets=3, held_per_source=2):
        wait_limits(scene, packets=3, per_source=2)
        asked = [slow.exchanges_later(4, 100, one, timeout=9)]
        wait_for(lambda: held(scene)[0] == 2
                 and dropped(scene, "SOURCE_FULL") == full["SOURCE_FULL"] + 2,
                 PATIENCE_S, "the bound of a source")
        asked.append(slow.exchanges_later(4, 100, other, timeout=9))
        wait_for(lambda: held(scene)[0] == 3
                 and dropped(scene, "STORE_FULL") > full["STORE_FULL"],
                 PATIENCE_S, "the bound of all")
    with bounds(scene, held_bytes=2048):
        # One source has an eighth.
        wait_for(lambda: all(hold["limits"]["packets"] > 3
                             for hold in scene.holds), PATIENCE_S, "no bound")
        wait_limits(scene, bytes=2048)
        full = dropped(scene, "SOURCE_FULL")
        asked.append(slow.exchanges_later(20, 100, one, timeout=9))
        wait_for(lambda: dropped(scene, "SOURCE_FULL") >= full + 10,
                 PATIENCE_S, "the bound of bytes")
        assert held(scene)[1] <= 2048
    scene.lab.nbctl("lb-del", slow.name)
    for each in asked:
        assert not any(answer.ok for answer in each.result())
    wait_limits(scene, **{key: before[0][key] for key in (
        "packets", "bytes", "per_source")})


def test_bound_of_wakes(scene):
    """As many services are being started as NB_Global says; the next one when
    it says more."""
    slow = scene.new_service()
    other = scene.new_service(backend="backend2")
    scene.add(slow, delay_ms=PATIENCE_S * 1000, wake_timeout=PATIENCE_S)
    scene.add(other)
    with bounds(scene, max_wakes=1):
        wait_for(lambda: scene.waker["max_wakes"] == 1, PATIENCE_S,
                 "one wake at a time")
        first = slow.exchange_later(timeout=PATIENCE_S)
        wait_for(lambda: slow.calls == ["start"], PATIENCE_S, "its start")
        second = other.exchange_later(scene.host("client2"), PATIENCE_S)
        other.wait_state("waking")
        assert other.calls == []
        assert slow.state == "waking"
    assert second.result().ok
    assert slow.state == "waking"
    scene.lab.nbctl("lb-del", slow.name)
    assert not first.result().ok
