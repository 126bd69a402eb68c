"""The programs stay loaded from one start to the next."""

import pathlib
import re
import subprocess

from conftest import peer
from world import HOST, INSTANCE, PODS, VIP

a, b, c = PODS


def attached():
    """IDs of the programs at the pods' interfaces."""
    return [int(re.search(r" id (\d+)", subprocess.run(
        ["nsenter", f"--net=/run/netns/{HOST}", "tc", "filter", "show", "dev",
         pod.interface, "ingress"],
        check=True, capture_output=True, text=True).stdout)[1])
        for pod in PODS]


def pins(kind):
    [folder] = pathlib.Path("/sys/fs/bpf").glob(f"{INSTANCE}-v*")
    return list(folder.glob(f"{kind}-*"))


def start_anew(world):
    world.kill()
    world.start("fast")
    peer(a, "transfer", VIP, 80, 1 << 20)
    ids = attached()
    assert len(set(ids)) == 1, ids
    for kind in "port", "tap":
        assert len(pins(kind)) == 1, pins(kind)
    return ids[0]


def test_the_same_build_goes_on_with_them(world):
    world.start("fast")
    [first] = set(attached())
    assert start_anew(world) == first
    assert start_anew(world) == first


def test_another_build_brings_its_own(world):
    world.start("fast")
    [first] = set(attached())
    [port] = pins("port")
    port.rename(port.with_name("port-" + 40 * "0"))
    second = start_anew(world)
    assert second != first
    assert start_anew(world) == second


def test_they_are_not_taken_without_their_maps(world):
    """Otherwise they would go on by entries that nobody sees."""
    world.start("fast")
    [first] = set(attached())
    [port] = pins("port")
    (port.parent / "flows4").unlink()
    second = start_anew(world)
    assert second != first
    assert start_anew(world) == second
