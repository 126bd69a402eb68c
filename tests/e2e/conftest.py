"""Fixtures of the end-to-end scenarios. They need root.

    ROUSE            the binary (out/rouse)
    ROUSE_E2E_SCALE  1.0; less repeats less, for slow binaries
    ROUSE_E2E_ENGINES  "host ovn"; fewer play less
"""

import os

import pytest

from engines import ENGINES, ROUSE
from scene import Scene

CHOSEN = os.environ.get("ROUSE_E2E_ENGINES", " ".join(sorted(ENGINES))).split()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Leave word for the fixtures whether the test went well."""
    outcome = yield
    setattr(item, f"report_{call.when}", outcome.get_result())


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "engines(*names, reason): only on these engines, and why")
    if os.geteuid():
        raise pytest.UsageError(
            "run me as root: I make network namespaces")
    if not os.path.exists(ROUSE):
        raise pytest.UsageError(f"no {ROUSE}: run ./build first, or say "
                                "where it is with ROUSE=")


def pytest_collection_modifyitems(items):
    """What cannot be on an engine is skipped, with the reason."""
    for item in items:
        engine = getattr(item, "callspec", None) and item.callspec.params.get(
            "engine")
        for mark in item.iter_markers("engines"):
            if engine and engine not in mark.args:
                item.add_marker(pytest.mark.skip(
                    reason=f"{engine}: {mark.kwargs['reason']}"))


@pytest.fixture(scope="module", params=CHOSEN)
def engine(request):
    return request.param


@pytest.fixture(scope="module")
def stage(engine, request):
    """The module's Scene: of OVN, an unclustered one on two chassis, or what
    SCENE = {...} in the module says."""
    with Scene(engine, **getattr(request.module, "SCENE", {})) as scene:
        yield scene


@pytest.fixture
def scene(stage, request):
    """The module's Scene, for one test: afterwards nothing may be under way,
    every packet must be accounted for, and the test's services go."""
    stage.check_foundation()
    yield stage
    failed = getattr(request.node, "report_call", None)
    if failed is None or failed.failed:
        stage.print_logs()
        stage.check_foundation()
        stage.clear()
        return
    try:
        stage.check_foundation()
        stage.settle()
        stage.check_accounts()
    except AssertionError:
        stage.print_logs()
        raise
    finally:
        stage.clear()
