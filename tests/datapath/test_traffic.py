"""Real traffic with offloads on, by each of the ways that packets can take."""

import subprocess

import pytest

from conftest import peer
from world import HOST, PODS, VIP, VIP6, wait_for

a, b, c = PODS
MODES = ["fast", "slow", "packet"]
MEGABYTES = 1 << 20


@pytest.mark.parametrize("mode", MODES)
def test_every_kind_of_traffic(world, mode):
    world.start(mode)
    for ip in (b.ip, b.ip6, c.ip):
        a.run("ping", "-c", 3, "-i", 0.05, "-W", 2, ip)
        a.run("ping", "-c", 3, "-i", 0.05, "-W", 2, "-s", 20000, ip)
    for ip, port in ((b.ip, 8080), (b.ip6, 8080), (VIP, 80), (VIP6, 80)):
        peer(a, "transfer", ip, port, 64 * MEGABYTES)
    for ip in (b.ip, b.ip6):
        peer(a, "udp", ip, 8080, 18, 200)
        peer(a, "udp", ip, 8080, 1400, 50)
        peer(a, "udp", ip, 8080, 40000, 20)
    # Within one switch.
    peer(b, "transfer", c.ip, 8080, 16 * MEGABYTES)
    peer(b, "transfer", c.ip6, 8080, 16 * MEGABYTES)

    stats = world.stats()
    assert (stats["fast_packets"] > 1000) == (mode == "fast"), stats
    if mode == "fast":
        assert stats["slow"]["received"] < stats["fast_packets"], stats


@pytest.mark.parametrize("mode", ["fast", "slow"])
def test_without_offloads_of_the_sender(world, mode):
    """Full checksums and small segments come out right, too."""
    for pod in (a, b):
        pod.run("ethtool", "-K", "eth0", "tx", "off", "tso", "off", "gso",
                "off")
    try:
        world.start(mode)
        for ip, port in ((b.ip6, 8080), (VIP, 80), (VIP6, 80)):
            peer(a, "transfer", ip, port, 8 * MEGABYTES)
        peer(a, "udp", b.ip, 8080, 1400, 50)
    finally:
        for pod in (a, b):
            pod.run("ethtool", "-K", "eth0", "tx", "on", "tso", "on", "gso",
                    "on")


def test_a_stream_leaves_the_slow_path(world):
    world.start("fast")
    before = world.stats()
    # By number and not by time, in which a busy machine has few packets and
    # as many of those that pods send by themselves.
    peer(a, "messages", VIP, 80, 5000)
    after = world.stats()
    fast = after["fast_packets"] - before["fast_packets"]
    slow = after["slow"]["received"] - before["slow"]["received"]
    assert fast > 9900 and fast > 20 * slow, (fast, slow)


@pytest.mark.parametrize("ip", [b.ip, b.ip6])
@pytest.mark.parametrize("size", [2, 600])
def test_headers_that_are_elsewhere_in_memory_are_found(world, ip, size):
    """A device may leave all but the Ethernet header where it was."""
    world.start("fast")
    peer(a, "udp", ip, 8080, 100, 3)
    before = world.stats()
    peer(a, "scattered", ip, 8080, size, 50, a.mac, "0a:00:00:00:ff:00")
    after = world.stats()
    # Both ways, but for what begins the connection and makes its entries.
    fast = after["fast_packets"] - before["fast_packets"]
    assert fast >= 2 * 50 - 10, (before, after)


def test_ttl_and_the_router_as_a_hop(world):
    world.start("fast")
    done = a.run("ping", "-c", 1, "-W", 2, "-t", 1, b.ip, check=False)
    assert f"From {a.gateway}" in done.stdout, done.stdout
    assert "Time to live exceeded" in done.stdout


def test_policy_holds_on_both_paths(world):
    world.start("fast")
    peer(a, "udp", b.ip, 8080, 100, 20)
    done = a.run("bash", "-c", f"echo x > /dev/udp/{b.ip}/9999; "
                 f"echo x > /dev/udp/{b.ip}/9999", check=False)
    assert done.returncode == 0, done.stderr
    wait_for(lambda: world.stats()["slow"]["dropped"].get("BY_FLOW", 0) >= 2,
             "denied packets")


def test_a_frame_larger_than_the_way_out_is_dropped(world):
    host = ["nsenter", f"--net=/run/netns/{HOST}"]
    world.start("fast")
    try:
        for pod, mtu in ((a, 3000), (c, 1500)):
            pod.run("ip", "link", "set", "eth0", "mtu", mtu)
            subprocess.run([*host, "ip", "link", "set", pod.interface, "mtu",
                            str(mtu)], check=True)
        done = a.run("ping", "-c", 2, "-i", 0.05, "-W", 1, "-M", "do", "-s",
                     2500, c.ip, check=False)
        assert done.returncode != 0, done.stdout
        wait_for(lambda: world.stats()["slow"]["dropped"].get("OVER_MTU"),
                 "drop")
        # TCP agrees on a segment size that fits.
        peer(a, "transfer", c.ip, 8080, 4 * MEGABYTES)
    finally:
        for pod in (a, c):
            pod.run("ip", "link", "set", "eth0", "mtu", 1500)
            subprocess.run([*host, "ip", "link", "set", pod.interface, "mtu",
                            "1500"], check=True)
