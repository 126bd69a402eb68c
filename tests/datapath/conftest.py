import sys
import pathlib

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from world import PODS, World  # noqa: E402

PEER = str(pathlib.Path(__file__).with_name("peer.py"))


@pytest.fixture(scope="session")
def the_world():
    with World() as world:
        servers = []
        for pod in PODS[1:]:
            server = pod.spawn(sys.executable, PEER, "serve", 8080,
                               stdout=-1, text=True)
            assert server.stdout.readline() == "ready\n"
            servers.append(server)
            pod.children.remove(server)
        yield world
        for server in servers:
            server.kill()
            server.wait()
            server.stdout.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """What there was when a test failed."""
    report = (yield).get_result()
    world = item.funcargs.get("world") if call.when == "call" else None
    if report.failed and world and world.daemon:
        report.sections.append(("datapath", world.describe()))


@pytest.fixture
def world(the_world):
    """Nothing runs; what a test starts ends, and every packet is accounted
    for.  Workloads know no neighbours: they ask the daemon of the test, which
    knows nothing of what an earlier one has answered."""
    for pod in PODS:
        pod.forget_neighbours()
    yield the_world
    try:
        if the_world.daemon:
            stats = the_world.stats()
            assert stats["balances"], stats
    finally:
        the_world.clear()


def peer(pod, *words, **options):
    done = pod.run(sys.executable, PEER, *words, check=False, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout
