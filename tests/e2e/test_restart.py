"""`rouse host` dies by kill -9 and starts again; who is connected does not
notice."""

import itertools
import json

import pytest

from scene import PATIENCE_S, Later, article, scaled, wait_for

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


def test_a_large_transfer_outlives_it(scene, streams):
    """No reset, and something comes through in each second."""
    peer = scene.host("backend2").spawn(
        "receiver", "iperf3", "--server", "--port", "9499", "--one-off")
    wait_for(lambda: ":9499 " in scene.host("backend2").exec("ss", "-Hltn"),
             PATIENCE_S, "the server")
    later = Later(lambda: json.loads(scene.client.exec(
        "iperf3", "--client", "20.0.0.3", "--port", "9499", "--json",
        "--time", str(scaled(4, 2)), timeout=PATIENCE_S)))
    wait_for(lambda: any(flow["packets"] > 100
                         for flow in flows(scene, "address=20.0.0.3")
                         if flow["destination"].endswith(":9499")),
             PATIENCE_S, "the stream is on the fast path")
    for _ in range(3):
        scene.lab.daemon_host.kill()
        scene.lab.start_host()
    assert later.running, "the stream was over too early"
    told = later.result()
    peer.kill()
    assert "error" not in told, told
    assert told["end"]["sum_received"]["bytes"] > 1 << 20, told["end"]
    assert all(each["sum"]["bytes"] for each in told["intervals"]), told

