"""Health checks of `rouse host`: backends that die, and come back."""

import pytest

from conftest import ROUSE
from lab import article, wait_for
from lab.embedded import HostLab

PORT = 8090
PODS = {"backend1": "10.0.0.3", "backend2": "20.0.0.3"}


@pytest.fixture(scope="module")
def lab():
    # Events stay: somebody else is to answer them.
    with HostLab("--no-waker", rouse=ROUSE) as lab:
        article.build(lab)
        yield lab


@pytest.fixture(autouse=True)
def logs(lab, request):
    failed = request.session.testsfailed
    yield
    if request.session.testsfailed > failed:
        lab.print_logs()


def add_checked(lab, name, vip, protocol="tcp", **options):
    """A load balancer on both backends, checked each second."""
    backends = [f"{ip}:{PORT}" for ip in PODS.values()]
    lab.add_service(name, f"{vip}:{PORT}", backends, protocol=protocol,
                    on=article.SWITCHES)
    values = dict(interval=1, timeout=1, success_count=1, failure_count=1)
    lab.nbctl(
        "--id=@check", "create", "Load_Balancer_Health_Check",
        f'vip="{vip}:{PORT}"',
        *(f"options:{key}={value}" for key, value in values.items()),
        "--", "set", "Load_Balancer", name, "health_check=@check",
        *(f"options:{key}={value}" for key, value in options.items()),
        *(f'ip_port_mappings:"{ip}"="{pod}:{ip[:-1]}254"'
          for pod, ip in PODS.items()))
    lab.sync()


def status(lab, protocol="tcp"):
    """{port: status} of the rows of Service_Monitor."""
    return {pod: lab.sbctl(
        "--bare", "--columns=status", "find", "Service_Monitor",
        f"logical_port={pod}", f"protocol={protocol}").strip()
        for pod in PODS}


def wait_status(lab, *expected, protocol="tcp"):
    wait_for(lambda: tuple(status(lab, protocol).values()) == expected, 15,
             f"{protocol} backends are {expected}")


def exchange_bodies(lab, vip, count=20):
    answers = lab.pods["client"].exchange_all([(vip, PORT)] * count)
    return {answer.body if answer.ok else answer.error for answer in answers}


def test_a_backend_dies_and_comes_back(lab):
    vip = "192.168.1.20"
    for pod in PODS:
        lab.pods[pod].listen(PORT)
    add_checked(lab, "checked", vip)
    wait_status(lab, "online", "online")
    assert exchange_bodies(lab, vip) == set(PODS)

    # The other one takes all, and nobody is refused.
    lab.pods["backend1"].close(PORT)
    wait_status(lab, "offline", "online")
    lab.sync()
    assert exchange_bodies(lab, vip) == {"backend2"}

    lab.pods["backend1"].listen(PORT)
    wait_status(lab, "online", "online")
    lab.sync()
    assert exchange_bodies(lab, vip) == set(PODS)
    lab.nbctl("lb-del", "checked")
    lab.sync()
    wait_status(lab, "", "")
    assert lab.status()["fabric"]["checks"]["services"] == 0
    for pod in PODS:
        lab.pods[pod].close(PORT)


def test_all_backends_are_offline(lab):
    """As good as a VIP without backends: who comes raises the event, and is
    served when one of them is back."""
    vip = "192.168.1.21"
    client = lab.pods["client"]
    add_checked(lab, "gone", vip, event="true")
    wait_status(lab, "offline", "offline")
    lab.sync()
    number = client.barrage(vip, PORT, timeout=20)
    row = wait_for(lambda: lab.sbctl(
        "--bare", "--columns=event_info", "list", "Controller_Event"), 5,
        "the event is raised")
    assert f"vip={vip}:{PORT}" in row.replace('"', ""), row
    assert lab.status()["fabric"]["held"]
    lab.pods["backend2"].listen(PORT)
    wait_status(lab, "offline", "online")
    wait_for(lambda: not lab.status()["fabric"]["held"], 10,
             "what was held goes on")
    client.end_barrage(number)
    assert exchange_bodies(lab, vip) == {"backend2"}
    lab.pods["backend2"].close(PORT)
    lab.nbctl("lb-del", "gone")
    lab.sync()


def test_udp(lab):
    """A port that nobody listens at answers with an error."""
    vip = "192.168.1.22"
    lab.pods["backend1"].listen(PORT, "udp")
    add_checked(lab, "datagrams", vip, "udp")
    wait_status(lab, "online", "offline", protocol="udp")
    lab.pods["backend2"].listen(PORT, "udp")
    wait_status(lab, "online", "online", protocol="udp")
    for pod in PODS:
        lab.pods[pod].close(PORT, "udp")
    wait_status(lab, "offline", "offline", protocol="udp")
    fabric = lab.status()["fabric"]
    assert fabric["balanced"] and fabric["datapath"]["balanced"], fabric
