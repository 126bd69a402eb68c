"""Who may wake a service: what opens a connection, from where the service
says, and not too often."""

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
              timeout=PATIENCE_S)


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


def test_one_source_many_connections(scene):
    """A source that opens very many connections to one sleeping service keeps
    no other from waking for its client."""
    slow = scene.new_service()
    others = [scene.new_service(backend="backend2")
              for _ in range(scaled(10, 3))]
    scene.add(slow, delay_ms=PATIENCE_S * 1000, wake_timeout=PATIENCE_S)
    scene.add(*others)
    flood = Later(lambda: scan(scene.client, "S", [slow.vip],
                               scaled(20000, 5000)))
    slow.wait_state("waking")
    for service in others:
        answer = service.exchange(scene.host("client2"))
        assert answer.ok, answer
    assert slow.state == "waking"
    flood.result()
    # So that its last wake is not waited for.
    scene.lab.nbctl("lb-del", slow.name)
