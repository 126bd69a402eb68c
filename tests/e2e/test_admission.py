"""Who may wake a service: what opens a connection, from where the service
says, and not too often."""

import os
import xml.etree.ElementTree

import pytest

from scene import PATIENCE_S, scaled, wait_for

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
    return scene.custody()["dropped"].get("NOT_ADMITTED", 0)


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
