"""The first packet wakes a service and is itself delivered."""

import dataclasses
import json

import pytest

from scene import PATIENCE_S, article, scaled, wait_for


@dataclasses.dataclass
class Case:
    """A client, a backend, and where the load balancer hangs."""
    client: str
    backend: str
    on: list
    on_router: str

    def __str__(self):
        where = {(True, True): "both", (True, False): "switch",
                 (False, True): "router"}[bool(self.on), bool(self.on_router)]
        return f"{self.client}-{self.backend}-{where}"


# A pod meets the load balancer on its switch, the external host on the
# router: a load balancer that is on the other only is none for them.
CASES = [
    Case("client", "backend1", article.SWITCHES, "lr0"),
    Case("client", "backend2", article.SWITCHES, None),
    Case("client2", "backend1", ["sw1"], "lr0"),
    Case("external", "backend1", article.SWITCHES, "lr0"),
    Case("external", "backend2", [], "lr0"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("ip", [4, 6])
@pytest.mark.parametrize("proto", ["http", "udp", "sctp"])
def test_first_packet(scene, proto, ip, case):
    """Answered, by one start, from the client's own address; the states and
    the rows are as they should be."""
    client = scene.host(case.client)
    service = scene.add_service(proto, ip, case.backend, on=case.on,
                                on_router=case.on_router)
    before = scene.custody()
    with scene.history(service) as states:
        answer = service.exchange(client)
        assert answer.ok, answer
        service.wait_state("awake")

    assert answer.body.split()[0] == (
        "init-ack" if proto == "sctp" else case.backend)
    assert service.server["peer"] == (client.ipv6 if ip == 6
                                      else client.ipv4)
    assert states == ["asleep", "waking", "awake"]
    assert service.calls == ["start"]
    assert service.row["vips"] == {service.vip: service.backends}
    scene.settle()
    after = scene.custody()
    assert after["received"] > before["received"]
    assert after["sent"] > before["sent"]
    # UDP and SCTP clients of the lab send one packet; with TCP, a slow wake
    # lets the client's retransmission take the place of the first.
    if proto != "http":
        assert after["dropped"] == before["dropped"]


def test_stages_of_the_last_wake(scene):
    """Of the client's wait, the row and the command line say where it went:
    from the packet to the waker, the driver, the backend, and back to the
    packet."""
    service = scene.add_service(delay_ms=400)
    assert service.exchange().ok
    wait_for(lambda: "replay=" in service.keys.get("last-wake", ""),
             PATIENCE_S, "all stages of the last wake")
    listed = json.loads(scene.rouse("service", "list", "--json").stdout)
    wake = next(each["last_wake"] for each in listed
                if each["name"] == service.name)
    stages = ("event", "needs", "start", "ready", "backoff", "replay")
    assert wake["total"] >= sum(wake.get(each, 0) for each in stages), wake
    assert wake["start"] + wake["ready"] >= 400, wake
    assert f" replay={wake['replay']} " in scene.rouse(
        "service", "show", service.name).stdout


@pytest.mark.parametrize("ip", [4, 6])
@pytest.mark.parametrize("proto", ["http", "udp", "sctp"])
def test_vip_without_port(scene, proto, ip):
    # Two hosts that have not talked SCTP yet: the userspace conntrack of
    # Open vSwitch does not tell their associations apart.
    service = scene.add_service(proto, ip, "backend2", port=False)
    answer = service.exchange(scene.host("client2"))
    assert answer.ok, answer
    assert service.server["served"] == 1
    service.wait_state("awake")


def test_one_syn_is_enough(scene):
    """The packet that is delivered is the first one. A machine that is slow
    just then makes the client send a second: so, one of some tries."""
    for _ in range(8):
        service = scene.add_service()
        before = scene.custody()
        answer = service.exchange()
        assert answer.ok, answer
        scene.settle()
        after = scene.custody()
        if answer.retransmits == 0:
            # The packets that follow may meet a cached flow of before.
            came = after["received"] - before["received"]
            assert after["sent"] - before["sent"] == came >= 1
            assert after["dropped"] == before["dropped"]
            return
    pytest.fail("no connection of 8 without a second SYN")


def test_first_datagrams(scene):
    """Each first datagram to a sleeping service is answered, and nobody
    sends it a second time."""
    services = [scene.new_service("udp", ip=6 if index % 2 else 4)
                for index in range(scaled(200, 20))]
    scene.add(*services)
    unanswered = [service.name for service in services
                  if not service.exchange().ok]
    assert unanswered == []
    scene.settle()
    assert [server["served"] for server in scene.host("backend1").status()
            ] == [1] * len(services)
    assert sorted(scene.calls[-len(services):]) == sorted(
        ("start", service.name) for service in services)


def test_several_vips(scene):
    """One load balancer, VIPs of both families: the first packet to any of
    them wakes the service, and all VIPs are back."""
    service = scene.new_service()
    other = dataclasses.replace(service, address="fd00:192::f0")
    third = dataclasses.replace(service, address="192.168.1.240")
    every = [service, other, third]
    vips = {each.vip: each.backends for each in every}
    scene.add(service, backends=" ".join(
        f"{vip}={backends}" for vip, backends in vips.items()))
    for each in every[1:]:
        scene.lab.set_backends(service.name, each.vip, [])
    scene.lab.sync()

    answer = other.exchange()
    assert answer.ok, answer
    service.wait_state("awake")
    assert service.row["vips"] == vips
    assert all(each.exchange().ok for each in every)
    assert service.calls == ["start"]


def test_clients_on_all_sides(scene):
    """Clients on both chassis and outside, at once: both chassis hold, one
    wake."""
    service = scene.add_service(delay_ms=300)
    later = [service.exchange_later(scene.host(name))
             for name in ("client", "client2", "external")]
    answers = [each.result() for each in later]
    assert all(answer.ok for answer in answers), answers
    assert service.calls == ["start"]


def test_awake_service_is_left_alone(scene):
    """Packets to a service that is awake are none of Rouse's business."""
    service = scene.add_service()
    assert service.exchange().ok
    scene.settle()
    before = scene.custody(), scene.waker["events"]["seen"]
    assert all(service.exchange().ok for _ in range(20))
    scene.settle()
    assert (scene.custody(), scene.waker["events"]["seen"]) == before


# Load balancers with a health check.

def add_health_check(scene, service, interval=1):
    """Let the chassis probe the service's backend."""
    pod = service.backend
    scene.lab.nbctl(
        "--", "--id=@check", "create", "Load_Balancer_Health_Check",
        f'vip="{service.vip}"', f"options:interval={interval}",
        "options:timeout=1", "options:success_count=1",
        "options:failure_count=1",
        "--", "set", "Load_Balancer", service.name, "health_check=@check",
        f'ip_port_mappings:"{pod.ipv4}"="{pod.name}:10.0.0.254"')
    scene.lab.sync()


def monitor_status(scene, service):
    """The status of the backend's Service_Monitor row; [] without."""
    rows = scene.find("sb", "Service_Monitor",
                      f"port={service.backend_port}")
    return rows[0]["status"] if rows else None


def test_health_check(scene):
    """With a health check, the packet waits until the backend is online:
    one datagram is enough, although a backend that has not been probed yet
    is one for OVN."""
    for _ in range(3):
        service = scene.add_service("udp", delay_ms=50)
        add_health_check(scene, service)
        answer = service.exchange()
        assert answer.ok, answer
        assert monitor_status(scene, service) == "online"
        service = scene.add_service(delay_ms=50)
        add_health_check(scene, service)
        answer = service.exchange()
        assert answer.ok, answer
        # A client whose first SYN still waits may get in with its second.
        wait_for(lambda: monitor_status(scene, service) == "online",
                 PATIENCE_S, "online")


def test_health_check_offline_first(scene):
    """A backend that answers the driver before it answers the health check:
    the packet is not lost in between, it waits for `online`."""
    # "ready" is true at once, the port opens after the first probe.
    scene.install("early", '#!/bin/sh\n[ "$1" != start ] || '
                  'exec "${0%/*}/serve" "$@"\n')
    service = scene.new_service("udp")
    scene.add(service, target=f"early {service.backend.directory} udp "
                              f"{service.backend_port} 1500")
    add_health_check(scene, service)
    later = service.exchange_later()
    service.wait_state("awake")
    answer = later.result()
    assert answer.ok, answer
    assert monitor_status(scene, service) == "online"
