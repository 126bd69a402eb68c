import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from world import World  # noqa: E402


@pytest.fixture
def world(request):
    w = World()
    try:
        yield w
    finally:
        texts = [(x.name, x.text()) for x in w.wakers if x.log.exists()]
        try:
            w.close()
        finally:
            for name, text in texts:
                print(f"--- log of waker {name}\n{text[-6000:]}")
