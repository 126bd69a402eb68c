"""`rouse lflow-list` and `rouse trace`: the flows of a running `rouse host`,
which are not Southbound, and those of one that writes them."""

import json
import os
import subprocess

import pytest

from conftest import ROUSE
from lab import article, run, stock, wait_for
from lab.embedded import HostLab

# From a pod to the load balancer's VIP: the router, a backend, hairpins.
QUESTION = ('inport == "client" && eth.src == {mac} && '
            "eth.dst == 00:00:00:00:ff:01 && ip4.src == {ip} && "
            "ip4.dst == 192.168.1.100 && ip.ttl == 64 && "
            "tcp.src == 4000 && tcp.dst == 80")


@pytest.fixture(scope="module")
def lab():
    with HostLab("--southbound-flows", rouse=ROUSE) as lab:
        article.build(lab)
        lab.sync()
        yield lab


def rouse(lab, *words, status=0):
    done = subprocess.run(
        [ROUSE, *words], capture_output=True, text=True, timeout=30,
        env={**os.environ, "ROUSE_RUNDIR": lab.machine.directory,
             "OVN_SB_DB": lab.remote("sb")})
    assert done.returncode == status, done
    return done.stdout if not status else done.stderr


def by_datapath(text):
    """{first line of a datapath's pipeline: its flows, in a fixed order}"""
    found, lines = {}, None
    for line in text.splitlines():
        if line.startswith("Datapath: "):
            lines = found[line] = []
        elif line:
            lines.append(line)
    return {title: sorted(lines) for title, lines in found.items()}


def trace(lab, *words):
    client = lab.pods["client"]
    return rouse(lab, "trace", "--ct=new", *words,
                 QUESTION.format(mac=client.mac, ip=client.ipv4))


def test_the_same_as_ovn_sbctl(lab):
    southbound = by_datapath(lab.sbctl("lflow-list"))
    assert len(southbound) > 4, southbound.keys()
    assert by_datapath(rouse(lab, "lflow-list")) == southbound


def test_ovn_trace_reads_them(lab):
    client = lab.pods["client"]
    said = run([stock.program("ovn-trace"), f"--db={lab.remote('sb')}",
                "--ct=new", "--minimal",
                QUESTION.format(mac=client.mac, ip=client.ipv4)])
    assert 'output("backend' in said, said


@pytest.mark.parametrize("name", ["sw0", article.ROUTER])
def test_one_datapath(lab, name):
    southbound = lab.sbctl("lflow-list", name)
    assert by_datapath(rouse(lab, "lflow-list", name)) == by_datapath(
        southbound)
    uuid = southbound[southbound.index("(") + 1:southbound.index(")")]
    assert rouse(lab, "lflow-list", uuid) == rouse(lab, "lflow-list", name)


def test_a_datapath_that_is_not_there(lab):
    assert "sw9: there is no such" in rouse(lab, "lflow-list", "sw9",
                                            status=3)


def test_the_same_when_they_are_not_southbound(lab):
    """Flows and traces; then also of what has changed since."""
    flows = by_datapath(lab.sbctl("lflow-list"))
    tables = json.loads(rouse(lab, "lflow-list", "--json"))
    way = trace(lab)
    assert 'output("backend' in way, way
    lab.start_host_anew()
    wait_for(lambda: not lab.sbctl("lflow-list").strip(), 10,
             "no flows Southbound")
    assert by_datapath(rouse(lab, "lflow-list")) == flows
    assert len(json.loads(rouse(lab, "lflow-list", "--json"))
               ["Logical_Flow"]) == len(tables["Logical_Flow"])
    assert trace(lab) == way
    lab.add_service("other", "192.168.1.100:81", ["10.0.0.3:81"],
                    on=article.SWITCHES)
    lab.sync()
    assert "tcp.dst == 81" in rouse(lab, "lflow-list", "sw0")


def test_many_pieces(lab):
    """Hundreds of load balancers: each flow once, however many answers they
    come in, and while others change."""
    lab.start_host_anew("--southbound-flows")
    lab.nbctl(*[word for i in range(300) for word in (
        "--", "lb-add", f"many{i}", f"172.16.{i // 250}.{i % 250}:80",
        "10.0.0.3:80", "--", "ls-lb-add", "sw0", f"many{i}")])
    lab.sync()
    flows = by_datapath(lab.sbctl("lflow-list"))
    assert sum(map(len, flows.values())) > 1000
    assert by_datapath(rouse(lab, "lflow-list")) == flows
