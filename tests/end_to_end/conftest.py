"""One running installation for all tests that only talk to it."""
from __future__ import annotations

import pytest

from benchmarks.stack import Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    running = Stack(tmp_path_factory.mktemp("floorwalker"))
    running.prepare()
    running.start()
    yield running
    running.stop()
