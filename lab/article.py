"""The topology of the article about OVN unidling: two switches and a public
one, joined by a router, and lb0 with a backend on each switch.

    sw0     10.0.0.0/24   fd00:10::/64    client (chassis 1), backend1 (2)
    sw1     20.0.0.0/24   fd00:20::/64    backend2 (1)
    public  172.168.0.0/24 fd00:172::/64  the external host, through br-ex
    lr0     joins them; SNAT to 172.168.0.100 on the last chassis
    lb0     192.168.1.100:80, on sw0, sw1 and lr0
    lb0-v6  [fd00:192::100]:80, likewise
"""

from .core import EXTERNAL_ADDRESSES, EXTERNAL_MAC

VIP = "192.168.1.100:80"
VIP6 = "[fd00:192::100]:80"
BACKENDS = ["10.0.0.3:80", "20.0.0.3:80"]
BACKENDS6 = ["[fd00:10::3]:80", "[fd00:20::3]:80"]
SWITCHES = ["sw0", "sw1"]
ROUTER = "lr0"

_PORT_MACS = {"sw0": "00:00:00:00:ff:01", "sw1": "00:00:00:00:ff:02",
              "public": "00:00:20:20:12:13"}
_PORT_ADDRESSES = {
    "sw0": ["10.0.0.1/24", "fd00:10::1/64"],
    "sw1": ["20.0.0.1/24", "fd00:20::1/64"],
    "public": ["172.168.0.100/24", "fd00:172::100/64"]}


def build(lab, services=True):
    """Build it all in a lab; with services=False, without lb0 and lb0-v6.
    The backends' servers are listening."""
    lab.nbctl(*_topology(lab.chassis[-1].name))
    last = len(lab.chassis)
    lab.add_pods(_pod("client", "sw0", 1, 2), _pod("backend1", "sw0", last, 3),
                 _pod("backend2", "sw1", 1, 3))
    for name in ("backend1", "backend2"):
        lab.pods[name].listen(80)
    if services:
        lab.add_service("lb0", VIP, BACKENDS, on=SWITCHES, on_router=ROUTER)
        lab.add_service("lb0-v6", VIP6, BACKENDS6, on=SWITCHES,
                        on_router=ROUTER)
    if lab.external:
        for prefix, gateway in (("192.168.1.0/24", "172.168.0.100"),
                                ("fd00:192::/64", "fd00:172::100"),
                                ("fd00:10::/64", "fd00:172::100"),
                                ("fd00:20::/64", "fd00:172::100")):
            lab.external.exec("ip", "route", "add", prefix, "via", gateway)
    lab.sync()


def sleep(lab):
    """Empty lb0 and lb0-v6 and wait until the chassis know."""
    lab.set_backends("lb0", VIP, [])
    lab.set_backends("lb0-v6", VIP6, [])
    lab.sync()


def _pod(name, switch, chassis, number):
    net = {"sw0": 10, "sw1": 20}[switch]
    return {"name": name, "switch": switch, "chassis": chassis,
            "mac": f"50:54:00:00:{net}:{number:02x}",
            "addresses": [f"{net}.0.0.{number}/24",
                          f"fd00:{net}::{number}/64"],
            "gateways": [f"{net}.0.0.1", f"fd00:{net}::1"]}


def _topology(gateway_chassis):
    words = ["lr-add", ROUTER]
    for switch, mac in _PORT_MACS.items():
        words += [
            "--", "ls-add", switch,
            "--", "lrp-add", ROUTER, f"lr0-{switch}", mac,
            *_PORT_ADDRESSES[switch],
            "--", "lsp-add", switch, f"{switch}-lr0",
            "--", "lsp-set-type", f"{switch}-lr0", "router",
            "--", "lsp-set-addresses", f"{switch}-lr0", "router",
            "--", "lsp-set-options", f"{switch}-lr0",
            f"router-port=lr0-{switch}"]
    # Asking the external host for its address would cost the first packet
    # to it up to a second, which is not what a lab is there to measure.
    for text in EXTERNAL_ADDRESSES:
        words += ["--", "static-mac-binding-add", "lr0-public",
                  text.partition("/")[0], EXTERNAL_MAC]
    words += [
        "--", "lsp-add", "public", "ln-public",
        "--", "lsp-set-type", "ln-public", "localnet",
        "--", "lsp-set-addresses", "ln-public", "unknown",
        "--", "lsp-set-options", "ln-public", "network_name=external",
        "--", "lrp-set-gateway-chassis", "lr0-public", gateway_chassis, "20"]
    for net in ("10.0.0.0/24", "20.0.0.0/24"):
        words += ["--", "lr-nat-add", ROUTER, "snat", "172.168.0.100", net]
    return words
