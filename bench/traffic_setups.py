"""What bench/traffic compares: two hosts each, and an address to reach one
from the other, joined by a veth pair, by `rouse host`, or by stock OVN."""

import contextlib
import dataclasses
from collections.abc import Callable

from lab import Host, Lab, article, wait_for
from lab.embedded import HostLab
from lab.network import add_namespaces, add_veths

VIP = "192.168.1.200"
# Behind the VIP; and for all else: a client's connections to both must not
# be the same to conntrack, for which the first one is not over at once.
PORT, DIRECT_PORT = 7000, 7001
STREAM_PORT = 5201


@dataclasses.dataclass(frozen=True)
class Setup:
    """A client, a server's address, and the address of a load balancer
    before it (or the server's own)."""
    name: str
    client: Host
    server: Host
    vip: str
    # Starts what has crashed again; tells whether anything had.
    revive: Callable[[], bool] = lambda: False

    @property
    def address(self):
        return self.server.ipv4


@contextlib.contextmanager
def veth(options):
    """Nothing between the two but a pair of interfaces."""
    with _Bare(rouse=options.rouse) as lab:
        yield Setup("veth", lab.pods["client"], lab.pods["server"],
                    lab.pods["server"].ipv4)


@contextlib.contextmanager
def host(options):
    with HostLab(rouse=options.rouse) as lab:
        yield _on_article(lab, "host")


@contextlib.contextmanager
def ovn(options):
    # One chassis: no tunnel between the two, as with the others.
    with Lab(chassis=1, rouse=options.rouse) as lab:
        yield dataclasses.replace(_on_article(lab, "ovn"),
                                  revive=lambda: _revive(lab))


def _revive(lab):
    """ovs-vswitchd 3.1.0 can die of connections that come and go quickly, see
    README.md; Debian's service starts it again."""
    client, server = lab.pods["client"], lab.pods["backend1"]
    if lab.chassis[0].vswitchd.running():
        return False
    lab.chassis[0].restart_vswitchd()
    # Its flows come a while later.
    wait_for(lambda: " 0% packet loss" in client.exec(
        "ping", "-c", "1", "-W", "1", server.ipv4, check=False), 30,
        "packets through the switch")
    return True


SETUPS = {"veth": veth, "host": host, "ovn": ovn}


def _on_article(lab, name):
    """Two pods on a switch of the article's topology."""
    article.build(lab)
    lab.add_service("load", f"{VIP}:{PORT}",
                    [f"{lab.pods['backend1'].ipv4}:{PORT}"],
                    on=article.SWITCHES, on_router=article.ROUTER)
    lab.sync()
    return Setup(name, lab.pods["client"], lab.pods["backend1"], VIP)


class _Bare(Lab):
    """A lab of two hosts, and nothing else."""

    def _start(self):
        self.pods = {
            name: Host(self, name, f"02:00:0a:00:00:0{number}",
                       [f"10.0.0.{number}/24"])
            for number, name in enumerate(("client", "server"), 1)}
        hosts = list(self.pods.values())
        add_namespaces([pod.ns for pod in hosts])
        add_veths([tuple((pod.ns, "eth0") for pod in hosts)])
        for pod in hosts:
            pod.start()
        for pod in hosts:
            pod.wait_agent()
