import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from world import fresh_world  # noqa: E402


@pytest.fixture
def world():
    with fresh_world(print) as w:
        yield w
