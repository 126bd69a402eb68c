"""What a network has to do for whoever is awake: real clients and servers, by
`rouse host` alone. (With OVN, packets of services that are awake are none of
Rouse's business.)"""

import contextlib
import os
import re
import shutil

import pytest

from lab import CommandError, run
from lab.network import add_veths, configure
from scene import PATIENCE_S, Later, scaled, wait_for

pytestmark = pytest.mark.engines(
    "host", reason="OVN carries this traffic, not Rouse")

PEER = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                    "network_peer.py")
BUSYBOX = shutil.which("busybox") or "busybox"

# The other pod of the switch, one behind the router, and the external host.
FAR = {"switch": "backend1", "router": "backend2", "outside": "external"}


def address_of(scene, far, ip):
    host = scene.host(FAR[far])
    return host.ipv6 if ip == 6 else host.ipv4


def nbctl(scene, *words):
    """Change the Northbound database, and wait until that is so."""
    scene.lab.nbctl("--wait=hv", *words)


def ping(host, address, count=3, size=56, wait=2, *options):
    """What ping prints."""
    return host.exec("ping", "-n", "-c", str(count), "-i", "0.05", "-s",
                     str(size), "-W", str(wait), *options, address,
                     check=False)


def wait_ping(host, address):
    """OVN's routers ask for neighbours they do not know, and drop what made
    them ask."""
    wait_for(lambda: " 0% packet loss" in ping(host, address, 1), PATIENCE_S,
             f"ping {address}")


@contextlib.contextmanager
def peer(host, what, port):
    """A server of network_peer.py; its Daemon."""
    daemon = host.spawn(f"{what}-{port}", "/usr/bin/python3", PEER, what,
                        port)
    kind = "-Hltn" if what == "receive" else "-Hlun"
    try:
        wait_for(lambda: f":{port} " in host.exec("ss", kind), PATIENCE_S,
                 f"the server on {host.name}")
        yield daemon
    finally:
        daemon.kill()


def ask(host, *words):
    """A client of network_peer.py: what it prints."""
    return host.exec("/usr/bin/python3", PEER, *words, timeout=PATIENCE_S)


def datapath(scene):
    return scene.lab.status()["fabric"]["datapath"]


# Ping, traceroute, path MTU.

@pytest.mark.parametrize("far", FAR)
@pytest.mark.parametrize("ip", [4, 6])
@pytest.mark.parametrize("size", [0, 1400, 20000])
def test_ping(scene, far, ip, size):
    """Also larger than any frame: in fragments, there and back."""
    address = address_of(scene, far, ip)
    wait_ping(scene.client, address)
    said = ping(scene.client, address, 5, size)
    assert " 0% packet loss" in said, said


@pytest.mark.parametrize("ip", [4, 6])
def test_ping_router(scene, ip):
    for address in {4: ("10.0.0.1", "20.0.0.1", "172.168.0.100"),
                    6: ("fd00:10::1", "fd00:20::1")}[ip]:
        said = ping(scene.client, address)
        assert " 0% packet loss" in said, said


@pytest.mark.parametrize("far,ip,hops", [
    ("switch", 4, ["10.0.0.3"]),
    ("router", 4, ["10.0.0.1", "20.0.0.3"]),
    ("outside", 4, ["10.0.0.1", "172.168.0.50"]),
    ("switch", 6, ["fd00:10::3"]),
    ("router", 6, ["fd00:10::1", "fd00:20::3"]),
])
def test_traceroute(scene, far, ip, hops):
    """The router answers what ends at it, with an address of its own."""
    address = address_of(scene, far, ip)
    wait_ping(scene.client, address)
    said = scene.client.exec(
        BUSYBOX, "traceroute6" if ip == 6 else "traceroute", "-n", "-q", "1",
        "-w", "2", "-m", "5", address)
    seen = [line.split()[1] for line in said.splitlines()[1:]]
    assert seen == hops, said


@contextlib.contextmanager
def narrow(scene, mtu):
    """The way out has a smaller MTU than everything else."""
    nbctl(scene, "set", "Logical_Router_Port", "lr0-public",
          f"options:gateway_mtu={mtu}")
    try:
        yield
    finally:
        nbctl(scene, "remove", "Logical_Router_Port", "lr0-public",
              "options", "gateway_mtu")
        for host in (scene.client, scene.host("backend2")):
            for family in ("-4", "-6"):
                host.exec("ip", family, "route", "flush", "cache")


def test_path_mtu(scene):
    """What does not fit and may not be cut is answered, and hosts learn."""
    client, address = scene.client, scene.host("external").ipv4
    wait_ping(client, address)
    with narrow(scene, 1400):
        said = ping(client, address, 1, 1400, 2, "-M", "do")
        assert "Frag needed and DF set (mtu = 1400)" in said, said
        assert "mtu 1400" in client.exec("ip", "route", "get", address)
        said = ping(client, address, 3, 1372, 2, "-M", "do")
        assert " 0% packet loss" in said, said
    assert " 0% packet loss" in ping(client, address, 3, 1472, 2, "-M", "do")


def test_path_mtu_ipv6(scene):
    client, address = scene.client, scene.host("external").ipv6
    wait_ping(client, address)
    with narrow(scene, 1400):
        said = ping(client, address, 1, 1400, 2, "-M", "do")
        assert "Packet too big: mtu=1400" in said, said
        assert "mtu 1400" in client.exec("ip", "-6", "route", "get", address)
        said = ping(client, address, 3, 1352, 2, "-M", "do")
        assert " 0% packet loss" in said, said


@pytest.mark.parametrize("ip", [4, 6])
def test_stream_over_a_narrow_way(scene, ip):
    """TCP, whose segments come in large frames, finds its size."""
    address = address_of(scene, "outside", ip)
    wait_ping(scene.client, address)
    with narrow(scene, 1400), peer(scene.host("external"), "receive", 9100):
        sent, received = ask(scene.client, "send", address, 9100,
                             4 << 20).split()
        assert sent == received
        assert "mtu 1400" in scene.client.exec("ip", "route", "get", address)


# Streams and datagrams.

def offloads(host):
    said = host.exec("ethtool", "-k", "eth0")
    return re.findall(r"^(tx-checksumming|tcp-segmentation-offload|generic-"
                      r"segmentation-offload): on", said, re.MULTILINE)


@pytest.mark.parametrize("ip", [4, 6])
@pytest.mark.parametrize("far", FAR)
def test_what_is_sent_arrives(scene, far, ip):
    """Large transfers, by hosts that leave checksums and segments to their
    interfaces."""
    host = scene.host(FAR[far])
    assert len(offloads(scene.client)) == len(offloads(host)) == 3
    address = address_of(scene, far, ip)
    wait_ping(scene.client, address)
    with peer(host, "receive", 9000):
        before = datapath(scene)
        sent, received = ask(scene.client, "send", address, 9000,
                             scaled(64) << 20).split()
        after = datapath(scene)
    assert sent == received
    if after["fast_path"]:
        # Frames were larger than the interfaces' MTU: segments were not cut.
        frames = after["fast_packets"] - before["fast_packets"]
        octets = after["fast_bytes"] - before["fast_bytes"]
        assert frames and octets > 3000 * frames / 2, (before, after)


@pytest.mark.parametrize("ip", [4, 6])
def test_what_is_sent_to_a_vip_arrives(scene, ip):
    """The first packet wakes, the rest of the stream follows, all of it."""
    service = scene.add_service("http", ip, "backend2", driver="signal",
                                backends=None)
    with peer(service.backend, "receive", service.backend_port):
        scene.lab.set_backends(service.name, service.vip, [service.backends])
        scene.lab.sync()
        sent, received = ask(scene.client, "send", service.address,
                             service.port, scaled(32) << 20).split()
    assert sent == received


SIZES = [1, 1472, 1473, 2000, 2961, 8000, 20000, 40000, 65000]


@pytest.mark.parametrize("ip", [4, 6])
@pytest.mark.parametrize("far", FAR)
def test_fragments(scene, far, ip):
    """Datagrams in fragments come back as they were."""
    address = address_of(scene, far, ip)
    wait_ping(scene.client, address)
    with peer(scene.host(FAR[far]), "echo", 9001):
        assert ask(scene.client, "datagrams", address, 9001,
                   *SIZES) == f"{len(SIZES)}\n"


@pytest.mark.parametrize("ip", [4, 6])
@pytest.mark.parametrize("backend", ["backend1", "backend2"])
def test_fragments_to_a_vip(scene, ip, backend):
    """Also by way of a load balancer, and back."""
    service = scene.add_service("udp", ip, backend, driver="signal",
                                backends=None)
    with peer(service.backend, "echo", service.backend_port):
        scene.lab.set_backends(service.name, service.vip, [service.backends])
        scene.lab.sync()
        assert ask(scene.client, "datagrams", service.address, service.port,
                   *SIZES) == f"{len(SIZES)}\n"


@pytest.mark.parametrize("ip", [4, 6])
def test_fragments_wake(scene, ip):
    """A first datagram in fragments: held, all of them, and delivered."""
    service = scene.new_service("udp", ip)
    scene.install("start-echo", f"""#!/bin/sh
echo "$1" >>${{0%/*}}/start-echo.calls
[ "$1" != ready ] || test -e {service.backend.directory}/echo-up
""")
    scene.add(service, target="start-echo")
    up = os.path.join(service.backend.directory, "echo-up")
    with peer(service.backend, "echo", service.backend_port):
        with open(up, "w", encoding="ascii"):
            pass
        try:
            assert ask(scene.client, "datagrams", service.address,
                       service.port, 5000, 100) == "2\n"
        finally:
            os.unlink(up)
    service.wait_state("awake")


# DHCP, DNS.

@pytest.fixture
def newcomer(scene):
    """A pod of sw0 that knows none of its addresses."""
    pod, = scene.lab.add_pods({
        "name": "newcomer", "switch": "sw0", "chassis": 1,
        "mac": "50:54:00:00:10:77",
        "addresses": ["10.0.0.77/24", "fd00:10::77/64"], "gateways": []})
    pod.exec("ip", "address", "flush", "dev", "eth0", "scope", "global")
    yield pod
    scene.lab.remove_pod("newcomer")


LEASE = """#!/bin/sh
# What udhcpc has been told, as lines; and it is made so.
[ "$1" = bound ] || exit 0
env >@OUT
ip address add $ip/$mask dev $interface
ip route add default via $router
"""


def test_dhcp(scene, newcomer):
    """A real client gets its address and all options, and works with them."""
    options = scene.lab.nbctl("create", "DHCP_Options", "cidr=10.0.0.0/24",
                              'options:server_id="10.0.0.1"',
                              'options:server_mac="00:00:00:00:ff:01"',
                              'options:lease_time="3600"',
                              'options:router="10.0.0.1"',
                              'options:dns_server="{10.0.0.1, 10.0.0.53}"',
                              'options:domain_name="\\"lab.example\\""',
                              'options:mtu="1400"').strip()
    nbctl(scene, "lsp-set-dhcpv4-options", "newcomer", options)
    script = os.path.join(newcomer.directory, "lease")
    out = os.path.join(newcomer.directory, "lease.out")
    with open(script, "w", encoding="ascii") as file:
        file.write(LEASE.replace("@OUT", out))
    os.chmod(script, 0o755)
    said = newcomer.exec(BUSYBOX, "udhcpc", "-i", "eth0", "-n", "-q", "-f",
                         "-t", "5", "-T", "1", "-O", "mtu", "-O", "domain",
                         "-s", script, timeout=PATIENCE_S)
    with open(out, encoding="utf-8") as file:
        lease = dict(line.rstrip("\n").partition("=")[::2] for line in file)
    assert {key: lease.get(key) for key in (
        "ip", "mask", "router", "dns", "domain", "lease", "serverid", "mtu")
    } == {"ip": "10.0.0.77", "mask": "24", "router": "10.0.0.1",
          "dns": "10.0.0.1 10.0.0.53", "domain": "lab.example",
          "lease": "3600", "serverid": "10.0.0.1", "mtu": "1400"}, said
    wait_ping(newcomer, "20.0.0.3")
    nbctl(scene, "lsp-set-dhcpv4-options", "newcomer")
    scene.lab.nbctl("destroy", "DHCP_Options", options)
    said = newcomer.exec(BUSYBOX, "udhcpc", "-i", "eth0", "-n", "-q", "-f",
                         "-t", "2", "-T", "1", "-s", script, check=False)
    assert "10.0.0.77 obtained" not in said, said


def dig(host, *words):
    return host.exec("dig", "+time=2", "+tries=2", "+short", "@10.0.0.1",
                     *words, check=False).split()


def test_dns(scene):
    """Names of the Northbound database; changes take effect at once."""
    row = scene.lab.nbctl(
        "create", "DNS", 'records:"backend.example"="10.0.0.3 fd00:10::3"',
        'records:"3.0.0.10.in-addr.arpa"="backend.example"').strip()
    nbctl(scene, "set", "Logical_Switch", "sw0", f"dns_records={row}")
    client = scene.client
    assert dig(client, "backend.example") == ["10.0.0.3"]
    assert dig(client, "BACKEND.example", "AAAA") == ["fd00:10::3"]
    assert dig(client, "-x", "10.0.0.3") == ["backend.example."]
    nbctl(scene, "set", "DNS", row, 'records:"backend.example"="10.0.0.9"')
    assert dig(client, "backend.example") == ["10.0.0.9"]
    nbctl(scene, "clear", "Logical_Switch", "sw0", "dns_records")
    assert "10.0.0.9" not in dig(client, "backend.example")


# Address translation.

def test_snat(scene):
    """The external host sees the router's address, for TCP and UDP."""
    external = scene.host("external")
    wait_ping(scene.client, external.ipv4)
    for proto in ("http", "udp"):
        external.listen(9200, proto)
        for name in ("client", "client2", "backend1"):
            answer = scene.host(name).exchange(external.ipv4, 9200, proto)
            assert answer.ok, (name, answer)
        status, = [each for each in external.status()
                   if each["port"] == 9200]
        assert status["peer"] == "172.168.0.100", status
        external.close(9200, proto)


def test_many_behind_one_address(scene):
    """Connections of several pods at once, whose ports collide."""
    external = scene.host("external")
    external.listen(9201)
    names = ("client", "client2", "backend1", "backend2")
    count = scaled(200, 20)
    later = [Later(lambda name=name: scene.host(name).exchange_all(
        [(external.ipv4, 9201)] * count, within_ms=500)) for name in names]
    answers = sum((each.result() for each in later), [])
    external.close(9201)
    assert [answer for answer in answers if not answer.ok] == []


def test_floating_address(scene):
    """A pod gets an address of its own outside, and loses it."""
    external, backend = scene.host("external"), scene.host("backend1")
    nbctl(scene, "lr-nat-add", "lr0", "dnat_and_snat", "172.168.0.110",
          backend.ipv4)
    try:
        backend.listen(9202)
        wait_ping(external, "172.168.0.110")
        answer = external.exchange("172.168.0.110", 9202)
        assert answer.ok and answer.body == "backend1", answer
        external.listen(9203)
        assert backend.exchange(external.ipv4, 9203).ok
        assert [each["peer"] for each in external.status()
                if each["port"] == 9203] == ["172.168.0.110"]
    finally:
        nbctl(scene, "lr-nat-del", "lr0", "dnat_and_snat", "172.168.0.110")
        with contextlib.suppress(CommandError):
            external.close(9203)
    assert "100% packet loss" in ping(external, "172.168.0.110", 1, 56, 1)


# ACLs.

@pytest.fixture
def acls(scene):
    """ACLs of sw1, by priority, direction, match and verdict."""
    def add(*words):
        nbctl(scene, "acl-add", "sw1", *words)
    yield add
    nbctl(scene, "acl-del", "sw1")


def test_acls_change(scene, acls):
    """Each change is in effect once ovn-nbctl is back, for connections that
    are established, too."""
    backend = scene.host("backend2")
    backend.listen(9300, "echo")
    backend.listen(9301)
    stream = scene.client.open(backend.ipv4, 9300)
    for _ in range(scaled(10, 3)):
        scene.client.say(stream, timeout=30)
        acls("to-lport", "1000", "tcp.dst == 9301", "reject")
        answer = scene.client.exchange(backend.ipv4, 9301)
        assert answer.error == "ECONNREFUSED", answer
        scene.client.say(stream, timeout=30)

        acls("to-lport", "1001", "tcp.dst == 9300", "drop")
        with pytest.raises(CommandError):
            scene.client.say(stream, timeout=0.3)
        nbctl(scene, "acl-del", "sw1")
        # What was said is said again by TCP; the echo of both comes.
        scene.client.hang_up(stream)
        stream = scene.client.open(backend.ipv4, 9300)
        answer = scene.client.exchange(backend.ipv4, 9301)
        assert answer.ok, answer
    scene.client.hang_up(stream)


def test_stateful_acls(scene, acls):
    """What is allowed one way comes back; nothing begins the other way."""
    backend = scene.host("backend2")
    backend.listen(9302)
    scene.client.listen(9302)
    acls("to-lport", "0", 'outport == "backend2"', "drop")
    acls("from-lport", "0", 'inport == "backend2"', "drop")
    # Neighbours must be found.
    for direction in ("to-lport", "from-lport"):
        acls(direction, "900", "arp || nd", "allow")
    assert scene.client.exchange(backend.ipv4, 9302,
                                 timeout=1.0).error == "timeout"
    acls("to-lport", "1000", "ip4.src == 10.0.0.2 && tcp", "allow-related")
    answer = scene.client.exchange(backend.ipv4, 9302)
    assert answer.ok, answer
    assert backend.exchange(scene.client.ipv4, 9302,
                            timeout=1.0).error == "timeout"


# Ports.

def test_ports_come_and_go(scene):
    """Hundreds, while an established stream goes on."""
    count = scaled(300, 30)
    machine = scene.lab.machine
    backend = scene.host("backend2")
    backend.listen(9400, "echo")
    stream = scene.client.open(backend.ipv4, 9400)
    names = [f"p{number}" for number in range(count)]
    far = scene.lab.namespace("machine")
    # Each port's multicast goes to all others: thousands of ports would send
    # millions of packets, and that is not what this is about.
    run(["sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1"], ns=far)
    add_veths([((far, name), (far, f"{name}-pod")) for name in names])
    configure(far, [f"link set {name}{end} up" for name in names
                    for end in ("", "-pod")])
    try:
        for _ in range(2):
            for start in range(0, count, 50):
                some = names[start:start + 50]
                scene.lab.nbctl(*(
                    word for number, name in enumerate(some, start)
                    for word in (
                        "--", "lsp-add", "sw0", name, "--",
                        "lsp-set-addresses", name,
                        f"52:54:00:01:{number >> 8:02x}:{number & 255:02x} "
                        f"fd00:10::1:{number:x}")))
                machine.vsctl(*(
                    word for name in some for word in (
                        "--", "add-port", "br-int", name, "--", "set",
                        "Interface", name, f"external_ids:iface-id={name}")))
                scene.client.say(stream, timeout=5)
            scene.lab.nbctl(*(
                word for name in names for word in (
                    "--", "wait-until", "Logical_Switch_Port", name,
                    "up=true")), timeout=PATIENCE_S)
            assert scene.lab.status()["fabric"]["ports"] >= count
            scene.client.say(stream, timeout=5)
            machine.vsctl(*(word for name in names
                            for word in ("--", "del-port", name)))
            scene.client.say(stream, timeout=5)
            nbctl(scene, *(word for name in names
                           for word in ("--", "lsp-del", name)))
            scene.client.say(stream, timeout=5)
    finally:
        configure(far, [f"link delete {name}" for name in names])
        run(["sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=0"], ns=far)
    scene.client.hang_up(stream)
    wait_for(lambda: scene.lab.status()["fabric"]["ports"]
             == len(scene.lab.pods) + 1, PATIENCE_S, "the ports of before")
