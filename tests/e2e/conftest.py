"""Fixtures of the end-to-end scenarios. They need root.

    ROUSE            the binary (out/rouse)
    ROUSE_E2E_SCALE  1.0; less repeats less, for slow binaries
"""

import os

import pytest

from scene import ROUSE, Scene


def pytest_configure(config):
    if os.geteuid():
        raise pytest.UsageError(
            "run me as root: I make network namespaces")
    if not os.path.exists(ROUSE):
        raise pytest.UsageError(f"no {ROUSE}: run ./build first, or say "
                                "where it is with ROUSE=")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Leave word for the fixtures whether the test went well."""
    outcome = yield
    setattr(item, f"report_{call.when}", outcome.get_result())


@pytest.fixture(scope="module", params=["ovn"])
def engine(request):
    return request.param


@pytest.fixture(scope="module")
def stage(engine, request):
    """The module's Scene: an unclustered OVN on two chassis, or what
    SCENE = {...} in the module says."""
    with Scene(engine, **getattr(request.module, "SCENE", {})) as scene:
        yield scene


@pytest.fixture
def scene(stage, request):
    """The module's Scene, for one test: afterwards nothing may be under way,
    every packet must be accounted for, and the test's services go."""
    stage.check_stock()
    yield stage
    failed = getattr(request.node, "report_call", None)
    if failed is None or failed.failed:
        stage.print_logs()
        stage.check_stock()
        stage.clear()
        return
    try:
        stage.check_stock()
        stage.settle()
        stage.check_accounts()
    except AssertionError:
        stage.print_logs()
        raise
    finally:
        stage.clear()
