"""The Southbound database of a network with many load balancers, as JSON.

Two switches and a router, as in the article, compiled by stock ovn-northd:
clients on one switch, backends on the other, ACLs that keep connections, and
load balancers on all three.
"""

import contextlib
import json
import os
import socket
import sys

from lab.stock import TOP

sys.path.insert(0, os.path.join(TOP, "tests", "differential"))

import run as differential      # noqa: E402  (the path comes first)
from stack import Stack         # noqa: E402

BACKENDS = 16
CLIENT = ("client", "00:00:00:00:01:02", "10.0.0.2")
ROUTER = {"sw0": ("00:00:00:00:ff:01", "10.0.0.1"),
          "sw1": ("00:00:00:00:ff:02", "20.0.0.1")}


def vip(number, second=16):
    return f"172.{second}.{number // 250}.{number % 250 + 1}"


def backend_ip(number):
    return f"20.0.0.{number % BACKENDS + 2}"


def backends(number):
    return ",".join(f"{backend_ip(number + i)}:8080" for i in range(2))


@contextlib.contextmanager
def network(path, balancers, spares):
    """Writes the tables to `path`, and yields a Stack for ovn-trace.

    `spares` are load balancers beyond `balancers`, with VIPs in 172.31/16:
    for pipeline_bench to add and to remove.
    """
    with Stack() as stack:
        stack.sbctl("chassis-add", "ch1", "geneve", "127.0.0.1")
        stack.sbctl("set", "chassis", "ch1",
                    "other_config:ct-no-masked-label=true")
        stack.nbctl(*_switch("sw0", [CLIENT]),
                    *_switch("sw1", [
                        (f"backend{i}", f"00:00:00:00:02:{i + 2:02x}",
                         backend_ip(i)) for i in range(BACKENDS)]),
                    *_router(), *_policy())
        _balance(stack.path("nb.sock"),
                 [vip(i) for i in range(balancers)]
                 + [vip(i, 31) for i in range(spares)])
        stack.nbctl("--timeout=300 --wait=sb sync")
        differential.dump(stack, path)
        yield stack


def _switch(name, ports):
    yield f"ls-add {name}"
    for port, mac, ip in ports:
        yield f"lsp-add {name} {port}"
        yield ["lsp-set-addresses", port, f"{mac} {ip}"]
        yield ["lsp-set-port-security", port, f"{mac} {ip}"]


def _router():
    yield "lr-add lr0"
    yield "set logical_router lr0 options:chassis=ch1"
    for switch, (mac, ip) in ROUTER.items():
        yield f"lrp-add lr0 lr0-{switch} {mac} {ip}/24"
        yield f"lsp-add {switch} {switch}-lr0"
        yield f"lsp-set-type {switch}-lr0 router"
        yield f"lsp-set-addresses {switch}-lr0 router"
        yield f"lsp-set-options {switch}-lr0 router-port=lr0-{switch}"


def _policy():
    yield "pg-add backends " + " ".join(
        f"backend{i}" for i in range(BACKENDS))
    for match, priority, verdict in (
            ("ip4.src == 10.0.0.0/24 && tcp.dst == {80, 443, 8080}", 1002,
             "allow-related"),
            ("icmp4", 1001, "allow-related"), ("ip", 1000, "drop")):
        yield ["acl-add", "backends", "to-lport", str(priority),
               f"outport == @backends && {match}", verdict]
    yield ["acl-add", "sw0", "from-lport", "1000",
           'inport == "client" && ip4', "allow-related"]


def _balance(path, vips):
    """One transaction for all: ovn-nbctl would need minutes."""
    rows = [{"op": "insert", "table": "Load_Balancer", "uuid-name": f"lb{i}",
             "row": {"name": f"lb{i}", "protocol": "tcp",
                     "vips": ["map", [[f"{vip}:80", backends(i)]]]}}
            for i, vip in enumerate(vips)]
    names = [["named-uuid", f"lb{i}"] for i in range(len(vips))]
    rows += [{"op": "insert", "table": "Load_Balancer_Group",
              "uuid-name": "all",
              "row": {"name": "all", "load_balancer": ["set", names]}}]
    rows += [{"op": "update", "table": table, "where": [],
              "row": {"load_balancer_group":
                      ["set", [["named-uuid", "all"]]]}}
             for table in ("Logical_Switch", "Logical_Router")]
    for result in _transact(path, ["OVN_Northbound", *rows]):
        if result and "error" in result:
            raise RuntimeError(f"load balancers: {result}")


def _transact(path, params):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(60)
        connection.connect(path)
        connection.sendall(json.dumps(
            {"id": 0, "method": "transact", "params": params}).encode())
        decoder, text = json.JSONDecoder(), ""
        while True:
            chunk = connection.recv(1 << 20).decode()
            text += chunk
            try:
                return decoder.raw_decode(text)[0]["result"]
            except ValueError:
                if not chunk:
                    raise RuntimeError("the database went away") from None
