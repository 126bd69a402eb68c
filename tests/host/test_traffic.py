"""Real traffic through `rouse host`, and services that sleep and wake."""

import pytest

from conftest import ROUSE
from lab import article, backends, wait_for
from lab.embedded import HostLab

@pytest.fixture(scope="module", params=["compile", "northd"])
def lab(request):
    """Flows by Rouse's own compiler, or by a stock ovn-northd."""
    with HostLab(rouse=ROUSE, northd=request.param == "northd") as lab:
        article.build(lab)
        yield lab


@pytest.fixture(autouse=True)
def accounts(lab):
    """After each test, every packet is accounted for."""
    yield
    try:
        wait_for(lambda: not lab.status()["fabric"]["held"], 10, "no packet "
                 "is held")
        fabric = lab.status()["fabric"]
        assert fabric["balanced"], fabric
        assert fabric["datapath"]["balanced"], fabric
    except AssertionError:
        lab.print_logs()
        raise


def ping(host, address, count=3):
    return host.exec("ping", "-c", str(count), "-i", "0.05", "-W", "1",
                     address, check=False)


@pytest.mark.parametrize("address", [
    "10.0.0.3", "fd00:10::3",       # the same switch
    "10.0.0.1", "fd00:10::1",       # the router
    "20.0.0.3", "fd00:20::3",       # through the router
    "172.168.0.50",                 # outside, by SNAT and localnet
])
def test_ping(lab, address):
    # OVN asks for a neighbour that it does not know, and drops the packet.
    ping(lab.pods["client"], address, 1)
    assert " 0% packet loss" in ping(lab.pods["client"], address)


def test_a_datapath_gets_another_tunnel_key(lab):
    """Its ports and flows go on with it."""
    client, before = lab.pods["client"], lab.status()["fabric"]["network"]
    for key in ("4711", "4712"):
        lab.nbctl("--wait=hv", "set", "Logical_Switch", "sw0",
                  f"other_config:requested-tnl-key={key}")
        assert lab.sbctl("--bare", "--columns=tunnel_key", "find",
                         "Datapath_Binding",
                         "external_ids:name=sw0").strip() == key
        wait_for(lambda: " 0% packet loss" in ping(client, "20.0.0.3", 1),
                 10, "a ping's answer")
        assert " 0% packet loss" in ping(client, "10.0.0.3")
        assert lab.status()["fabric"]["network"] == before


def test_a_load_balancer_with_backends(lab):
    client = lab.pods["client"]
    for address in ("192.168.1.100", "fd00:192::100"):
        answers = client.exchange_all([(address, 80)] * 20)
        assert all(answer.ok for answer in answers), answers
        assert {answer.body for answer in answers} == {"backend1", "backend2"}


def add_service(lab, name, vip, backend, target, proto="tcp", **ids):
    """A service that is asleep; target is the exec driver's."""
    lab.add_service(name, vip, [], protocol=proto, on=article.SWITCHES,
                    external_ids={"rouse-driver": "exec",
                                  "rouse-target": target,
                                  "rouse-backends": backend, **ids})
    lab.sync()


def state_of(lab, name):
    return lab.nbctl("--if-exists", "get", "Load_Balancer", name,
                     "external_ids:rouse-state").strip().strip('"')


def test_a_tcp_service_wakes(lab):
    client = lab.pods["client"]
    add_service(lab, "web", "192.168.1.7:8080", "10.0.0.3:8080",
                backends.target(["backend1"], 8080, delay_ms=50))
    answer = client.exchange("192.168.1.7", 8080)
    assert answer.ok and answer.body == "backend1", answer
    assert answer.retransmits == 0 and answer.connect_ms < 900, answer
    wait_for(lambda: state_of(lab, "web") == "awake", 5, "awake")
    wait_for(lambda: lab.sbctl("list", "Controller_Event") == "", 5,
             "the event is gone")
    assert client.exchange("192.168.1.7", 8080).connect_ms < 100


def test_a_backend_that_does_not_listen_yet_refuses_nobody(lab):
    """A driver that says too early that the backend is there: its answer to
    the probe is a RST, the client's SYN waits."""
    client = lab.pods["client"]
    directory = lab.directory("exec.d")
    backends.program(directory, "early", f"""#!/bin/sh
case $1 in start)
    {lab.pods["backend1"].shell_listen(8082, delay_ms=300)} ;;
esac
""")
    add_service(lab, "early", "192.168.1.11:8082", "10.0.0.3:8082", "early")
    before = lab.status()["fabric"]["probes"]
    answer = client.exchange("192.168.1.11", 8082)
    after = lab.status()["fabric"]["probes"]
    assert answer.ok and answer.retransmits == 0, answer
    assert 300 <= answer.connect_ms < 900, answer
    assert after["refused"] > before["refused"]
    assert after["answered"] > before["answered"]


def test_the_event_names_the_chassis(lab):
    client = lab.pods["client"]
    add_service(lab, "slow", "192.168.1.12:8083", "10.0.0.3:8083",
                backends.target(["backend1"], 8083, delay_ms=400))
    number = client.barrage("192.168.1.12", 8083)
    row = wait_for(lambda: lab.sbctl(
        "--columns=event_type,chassis,event_info,seq_num", "list",
        "Controller_Event"), 5, "the row")
    client.end_barrage(number)
    chassis = lab.sbctl("--columns=_uuid", "--bare", "list",
                        "Chassis").strip()
    assert "empty_lb_backends" in row and chassis in row, row
    assert "192.168.1.12:8083" in row


def test_a_udp_service_gets_its_first_datagram(lab):
    client, backend = lab.pods["client"], lab.pods["backend2"]
    backend.listen(5353, "udp")
    add_service(lab, "dns", "192.168.1.8:5353", "20.0.0.3:5353",
                backends.target(["backend2"], 5353, "udp"), "udp")
    answer = client.exchange("192.168.1.8", 5353, "udp")
    assert answer.ok and answer.answer_ms < 500, answer


def test_ipv6_wakes_too(lab):
    client = lab.pods["client"]
    add_service(lab, "six", "[fd00:192::7]:8081", "[fd00:10::3]:8081",
                backends.target(["backend1"], 8081))
    answer = client.exchange("fd00:192::7", 8081)
    assert answer.ok and answer.connect_ms < 500, answer


def test_who_does_not_wake_is_refused_at_the_deadline(lab):
    client = lab.pods["client"]
    add_service(lab, "dead", "192.168.1.9:80", "10.0.0.3:80",
                "no-such-program", **{"rouse-wake-timeout": "1"})
    answer = client.exchange("192.168.1.9", 80)
    assert answer.error == "ECONNREFUSED", answer
    wait_for(lambda: state_of(lab, "dead") == "failed", 5, "failed")


def test_a_stray_wakes_nobody(lab):
    """An ACK without a connection raises no event."""
    client = lab.pods["client"]
    add_service(lab, "quiet", "192.168.1.10:80", "10.0.0.3:80",
                backends.target(["backend1"]))
    before = lab.status()["waker"]["wakes"]
    client.exec("/usr/bin/python3", "-c", """
import socket, struct
def csum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xffff) + (total >> 16)
    return ~(total + (total >> 16)) & 0xffff
src, dst = "10.0.0.2", "192.168.1.10"
tcp = struct.pack("!HHIIBBHHH", 40000, 80, 1, 1, 0x50, 0x10, 1000, 0, 0)
pseudo = (socket.inet_aton(src) + socket.inet_aton(dst)
          + struct.pack("!BBH", 0, 6, len(tcp)))
tcp = tcp[:16] + struct.pack("!H", csum(pseudo + tcp)) + tcp[18:]
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
for i in range(3):
    s.sendto(tcp, (dst, 0))
""")
    ping(client, "10.0.0.1")
    assert lab.sbctl("list", "Controller_Event") == ""
    assert lab.status()["waker"]["wakes"] == before
    assert state_of(lab, "quiet") in ("asleep", "")
