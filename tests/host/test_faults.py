"""What `rouse host` and its network survive."""

import hashlib
import os
import signal
import threading

import pytest

from conftest import ROUSE
from lab import article, backends, wait_for
from lab.embedded import HostLab
from test_traffic import add_service, ping, state_of


@pytest.fixture(scope="module")
def lab():
    with HostLab(rouse=ROUSE) as lab:
        article.build(lab)
        yield lab


def ready(lab):
    wait_for(lambda: " 0% packet loss" in ping(lab.pods["client"],
                                               "20.0.0.3", 1), 10,
             "packets go through")


@pytest.mark.parametrize("database", ["northbound", "southbound",
                                      "open_vswitch"])
def test_a_database_server_dies_while_a_service_sleeps(lab, database):
    """It is back within moments; what sleeps still wakes."""
    client = lab.pods["client"]
    number = ["northbound", "southbound", "open_vswitch"].index(database)
    port = 8100 + number
    add_service(lab, f"db{number}", f"192.168.2.{number + 1}:{port}",
                f"10.0.0.3:{port}", backends.target(["backend1"], port))
    before = lab.status()["databases"][database]
    os.kill(before["pid"], signal.SIGKILL)
    answer = client.exchange(f"192.168.2.{number + 1}", port, timeout=15)
    assert answer.ok, answer
    wait_for(lambda: lab.status()["databases"][database]["starts"]
             == before["starts"] + 1, 5, "another server")
    lab.sync()


def test_killed_and_started_again(lab):
    """The network is there again, and so is what slept."""
    client = lab.pods["client"]
    add_service(lab, "reborn", "192.168.2.10:8110", "10.0.0.3:8110",
                backends.target(["backend1"], 8110))
    lab.daemon_host.kill()
    lab.start_host()
    ready(lab)
    answer = client.exchange("192.168.2.10", 8110, timeout=10)
    assert answer.ok, answer
    # The gateway port of the router is bound to its chassis, too.
    bound = {"client", "backend1", "backend2", "cr-lr0-public"}
    wait_for(lambda: {line.split()[1].strip('"') for line
                      in lab.sbctl("show").splitlines()
                      if "Port_Binding" in line} == bound, 5,
             "all ports are bound")
    assert lab.sbctl("show").count("Chassis ") == 1


def test_killed_when_only_the_driver_knows(lab):
    """It starts a backend, and dies before a database knows of it: the wake
    goes on, though nobody asks again."""
    client = lab.pods["client"]
    add_service(lab, "begun", "192.168.2.12:5312", "10.0.0.3:5312",
                backends.target(["backend1"], 5312, "udp", delay_ms=1500),
                proto="udp")
    databases = lab.status()["databases"]
    servers = [databases[name]["pid"] for name in ("northbound",
                                                   "southbound")]
    for pid in servers:
        os.kill(pid, signal.SIGSTOP)
    answer = client.exchange("192.168.2.12", 5312, "udp", timeout=0.5)
    assert not answer.ok, answer
    assert any(server["port"] == 5312
               for server in lab.pods["backend1"].status())
    lab.daemon_host.kill()
    for pid in servers:
        os.kill(pid, signal.SIGKILL)
    lab.start_host()
    wait_for(lambda: state_of(lab, "begun") == "awake", 20, "begun awake")
    answer = client.exchange("192.168.2.12", 5312, "udp", timeout=5)
    assert answer.ok, answer


def test_killed_while_it_holds_a_packet(lab):
    """The packet is lost with it; the client's next SYN wakes."""
    client = lab.pods["client"]
    add_service(lab, "slow", "192.168.2.11:8111", "10.0.0.3:8111",
                backends.target(["backend1"], 8111, delay_ms=300))
    killer = threading.Timer(0.1, lab.daemon_host.kill)
    killer.start()
    starter = threading.Timer(0.2, lab.start_host)
    starter.start()
    answer = client.exchange("192.168.2.11", 8111, timeout=15)
    killer.join()
    starter.join()
    assert answer.ok, answer
    wait_for(lambda: state_of(lab, "slow") == "awake", 5, "awake")


def test_a_pod_goes_and_comes_back(lab):
    client, backend = lab.pods["client"], lab.pods["backend1"]
    lab.machine.vsctl("del-port", "backend1")
    wait_for(lambda: "100% packet loss" in ping(client, "10.0.0.3", 1), 5,
             "it is gone")
    lab.machine.vsctl("add-port", "br-int", "backend1", "--", "set",
                      "Interface", "backend1",
                      "external_ids:iface-id=backend1")
    wait_for(lambda: " 0% packet loss" in ping(client, "10.0.0.3", 1), 5,
             "it is back")


def test_an_acl_takes_effect_at_once(lab):
    client = lab.pods["client"]
    ready(lab)
    lab.nbctl("--wait=hv", "acl-add", "sw1", "to-lport", "1000",
              "ip4.src == 10.0.0.2 && icmp4", "drop")
    assert "100% packet loss" in ping(client, "20.0.0.3", 3)
    lab.nbctl("--wait=hv", "acl-del", "sw1")
    assert " 0% packet loss" in ping(client, "20.0.0.3", 3)


SEND = """
import hashlib, os, socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
data = os.urandom(1 << 20) * 32
with socket.socket(family) as s:
    s.connect((sys.argv[1], 9000))
    s.sendall(data)
    s.shutdown(socket.SHUT_WR)
    answer = s.recv(100).decode()
print(hashlib.sha256(data).hexdigest(), answer)
"""

RECEIVE = """
import hashlib, socket, sys
digest = hashlib.sha256()
with socket.socket(socket.AF_INET6) as s:
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("::", 9000))
    s.listen()
    for _ in range(2):
        c, _ = s.accept()
        digest = hashlib.sha256()
        while data := c.recv(1 << 16):
            digest.update(data)
        c.sendall(digest.hexdigest().encode())
        c.close()
"""


def test_what_is_sent_arrives(lab):
    """32 MiB each over IPv4 and IPv6, offloads on, through the router."""
    server = lab.pods["backend2"].spawn("receiver", "/usr/bin/python3", "-c",
                                        RECEIVE)
    client = lab.pods["client"]
    wait_for(lambda: ":9000" in lab.pods["backend2"].exec("ss", "-Hltn"), 5,
             "the server")
    for address in ("20.0.0.3", "fd00:20::3"):
        sent, received = client.exec("/usr/bin/python3", "-c", SEND,
                                     address, timeout=60).split()
        assert sent == received
        assert len(sent) == hashlib.sha256().digest_size * 2
    server.kill()


def test_the_end_is_clean(lab):
    """Told to end, it ends, and leaves no server."""
    pids = [db["pid"] for db in lab.status()["databases"].values()]
    assert lab.status()["fabric"]["balanced"]
    lab.appctl("exit")
    wait_for(lambda: not lab.daemon_host.running(), 10, "the end")
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)
