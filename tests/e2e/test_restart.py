"""`rouse host` dies by kill -9 and starts again; who is connected does not
notice."""

import itertools
import json
import signal
import time

import pytest

from engines import output
from scene import PATIENCE_S, article, scaled, wait_for

pytestmark = pytest.mark.engines(
    "host", reason="OVN carries established connections, not Rouse")

# Each test has its own: entries of connections that are over stay a while.
PORTS = itertools.count(9500)


def flows(scene, *words):
    return json.loads(scene.lab.appctl("rouse/flows", "1000", *words))


def datapath(scene):
    return scene.lab.status()["fabric"]["datapath"]


@pytest.fixture
def streams(scene):
    """Connections on every way there is, each with its entries: on a switch,
    through the router, through a load balancer, out by SNAT; IPv4 and IPv6.
    The router has learned one MAC outside, and the other one is written down.
    (client, stream) of each."""
    if not datapath(scene)["fast_path"]:
        pytest.skip("no fast path: " + datapath(scene)["why_slow"])
    port = next(PORTS)
    external = scene.host("external")
    scene.lab.nbctl("--wait=hv", "static-mac-binding-del", "lr0-public",
                    external.ipv4)
    far = [scene.host("backend1"), scene.host("backend2"), external]
    for host in far:
        host.listen(port, "echo")
    targets = [address for host in far for address in (host.ipv4, host.ipv6)]
    for number, (vip, own) in enumerate((
            ("192.168.1.250", "20.0.0.3"),
            ("fd00:192::250", "fd00:20::3"))):
        pair = [f"[{each}]:{port}" if ":" in each else f"{each}:{port}"
                for each in (vip, own)]
        scene.lab.add_service(f"lasting{number}", pair[0], pair[1:],
                              on=article.SWITCHES)
        targets.append(vip)
    scene.lab.sync()
    found = []
    for address in targets:
        # A router drops what makes it ask for a neighbour.
        wait_for(lambda address=address: " 0% packet loss" in (
            scene.client.exec("ping", "-c", "1", "-W", "1", address,
                              check=False))
                 or address.startswith(("192.", "fd00:192")),
                 PATIENCE_S, f"ping {address}")
        found.append((scene.client, scene.client.open(address, port)))

    def on_the_fast_path():
        for client, stream in found:
            client.say(stream, timeout=10)
        return len([flow for flow in flows(scene)
                    if f":{port}" in flow["source"]
                    + " " + flow["destination"]]) == 2 * len(found)
    wait_for(on_the_fast_path, PATIENCE_S, "entries of all")
    yield found
    for client, stream in found:
        client.hang_up(stream)
    for host in far:
        host.close(port, "echo")
    scene.lab.nbctl("--wait=hv", "lb-del", "lasting0", "--", "lb-del",
                    "lasting1", "--", "static-mac-binding-add", "lr0-public",
                    external.ipv4, external.mac)


def test_connections_outlive_it(scene, streams):
    """While nobody is there, and under the next one, which takes them over
    and asks for each."""
    for _ in range(scaled(5, 2)):
        scene.lab.daemon_host.kill()
        for client, stream in streams:
            client.say(stream, timeout=5)
        scene.lab.start_host()
        for client, stream in streams:
            client.say(stream, timeout=5)
        wait_for(lambda: datapath(scene)["flows_adopted"]
                 + datapath(scene)["flows_refused"] >= 2 * len(streams),
                 PATIENCE_S, "all are asked for")
        assert datapath(scene)["flows_refused"] == 0, datapath(scene)
        for client, stream in streams:
            client.say(stream, timeout=5)


def resets(host):
    """Of the host's TCP connections, so far."""
    names, values = (line.split() for line
                     in host.exec("cat", "/proc/net/snmp").splitlines()
                     if line.startswith("Tcp:"))
    return int(values[names.index("EstabResets")])


def test_a_large_transfer_outlives_it(scene, streams):
    """No reset, and something comes through in each second."""
    client, server = scene.client, scene.host("backend2")
    before = [resets(host) for host in (client, server)]
    receiver = server.spawn("receiver", "iperf3", "--server", "--port",
                            "9499", "--one-off")
    wait_for(lambda: ":9499 " in server.exec("ss", "-Hltn"), PATIENCE_S,
             "the server")
    sender = client.spawn("sender", "iperf3", "--client", server.ipv4,
                          "--port", "9499", "--json", "--time", "600")
    begun = time.monotonic()

    def moves():
        """More packets on the fast path than a moment ago."""
        def count():
            return sum(flow["packets"]
                       for flow in flows(scene, f"address={server.ipv4}")
                       if flow["destination"].endswith(":9499"))
        before = count()
        wait_for(lambda: count() > before + 100, PATIENCE_S,
                 "packets of the stream")
    moves()
    for _ in range(3):
        scene.lab.daemon_host.kill()
        scene.lab.start_host()
        moves()
    # So that its first second is over.
    wait_for(lambda: time.monotonic() > begun + 1.2, PATIENCE_S, "a second")
    assert sender.running(), output(sender)
    assert [resets(host) for host in (client, server)] == before
    sender.kill(signal.SIGINT)
    sender.wait(PATIENCE_S)
    receiver.kill()
    told = json.loads(output(sender))
    assert told.get("error", "").startswith("interrupt"), told
    assert told["intervals"]
    assert all(each["sum"]["bytes"] for each in told["intervals"]), told
