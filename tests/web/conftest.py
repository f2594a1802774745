"""The gateway on its stage: one web process for all tests that do not kill it."""
from __future__ import annotations

import pytest

from tests.web.gateway_stage import StandInRasa, WebProcess


@pytest.fixture(scope="session")
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="session")
def shared_stage(tmp_path_factory):
    rasa = StandInRasa()
    rasa.start()
    web = WebProcess(tmp_path_factory.mktemp("gateway"), rasa.port)
    web.start()
    rasa.token = web.secret("rasa")
    yield web, rasa
    web.stop()
    rasa.stop()


@pytest.fixture
def web(shared_stage):
    return shared_stage[0]


@pytest.fixture
def rasa(shared_stage):
    stand_in = shared_stage[1]
    stand_in.reset()
    return stand_in


@pytest.fixture
def stage(tmp_path):
    """Makes a web process of the test's own: ``stage(messages_burst=2) -> (web, rasa)``, both started."""
    opened = []

    def make(**settings):
        rasa = StandInRasa()
        rasa.start()
        web = WebProcess(tmp_path, rasa.port, **settings)
        web.start()
        rasa.token = web.secret("rasa")
        opened.append((web, rasa))
        return web, rasa

    yield make
    for web, rasa in opened:
        web.kill()
        rasa.stop()
