"""`rouse flows` says what the fast path does with real traffic."""

import json
import os
import subprocess

import pytest

from conftest import ROUSE
from lab import article, wait_for
from lab.embedded import HostLab


@pytest.fixture(scope="module")
def lab():
    with HostLab(rouse=ROUSE) as lab:
        article.build(lab)
        yield lab


def rouse(lab, *words):
    done = subprocess.run(
        [ROUSE, "flows", *words], capture_output=True, text=True, timeout=20,
        env={**os.environ, "ROUSE_RUNDIR": lab.machine.directory})
    assert done.returncode == 0, done
    return done.stdout


def flows(lab, *words):
    return json.loads(rouse(lab, "--json", *words))


@pytest.mark.parametrize("vip,ip", [("192.168.1.100", 4),
                                    ("fd00:192::100", 6)])
def test_a_connection_through_a_load_balancer(lab, vip, ip):
    """Two entries, one for each direction, with all there is to know."""
    if not lab.status()["fabric"]["datapath"]["fast_path"]:
        pytest.skip("no fast path here: "
                    + lab.status()["fabric"]["datapath"]["why_slow"])
    client = lab.pods["client"]
    port = 9600 + ip
    for name in ("backend1", "backend2"):
        lab.pods[name].listen(port, "echo")
    target = f"[{vip}]:{port}" if ip == 6 else f"{vip}:{port}"
    lab.add_service(f"echo{ip}", target, [
        f"[{host.ipv6}]:{port}" if ip == 6 else f"{host.ipv4}:{port}"
        for host in (lab.pods["backend1"], lab.pods["backend2"])],
        on=article.SWITCHES)
    lab.sync()
    stream = client.open(vip, port)

    def both():
        client.say(stream, timeout=5)
        found = flows(lab, "--address", vip)
        return len(found) == 2 and all(
            flow["packets"] >= 3 for flow in found) and found
    there, back = sorted(wait_for(both, 10, "both entries"),
                         key=lambda flow: flow["in"] != "client")
    backend = there["out"]
    host = lab.pods[backend]
    own = client.ipv6 if ip == 6 else client.ipv4
    other = host.ipv6 if ip == 6 else host.ipv4
    own, other = (f"[{each}]" if ip == 6 else each for each in (own, other))
    assert there["protocol"] == "tcp"
    assert there["source"].rpartition(":")[0] == own
    assert there["new_source"] == there["source"]
    assert there["destination"] == target
    assert there["new_destination"] == f"{other}:{port}"
    assert back["source"] == f"{other}:{port}"
    assert back["new_source"] == target
    assert back["new_destination"] == back["destination"] == there["source"]
    assert back["out"] == "client"
    assert there["path"].startswith("sw0:client"), there
    assert there["path"].endswith(f":{backend}"), there
    assert there["bytes"] > there["packets"] * 50
    assert 0 <= there["idle_ms"] <= there["age_ms"]

    # Each condition chooses by itself, and together.
    keys = {there["key"], back["key"]}
    for words in (("--port", "client"), ("--port", backend),
                  ("--address", other.strip("[]")),
                  ("--address", own.strip("[]")),
                  ("--address", vip, "--port", backend)):
        assert keys <= {flow["key"] for flow in flows(lab, *words)}, words
    for words in (("--port", "nosuch"), ("--address", "192.0.2.9"),
                  ("--address", vip, "--port", "ex0")):
        assert not flows(lab, *words), words
    assert len(flows(lab, "--count", "1", "--address", vip)) == 1

    table = rouse(lab, "--address", vip)
    assert f"{target}=>{other}:{port}" in table, table
    assert there["path"] in table, table
    client.hang_up(stream)
