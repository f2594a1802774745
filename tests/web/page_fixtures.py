"""A browser without a screen in front of the real web application: the fixture of the pages' tests."""
from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.web.shop_visit import fill, settings_in
from web.app import create_app


@pytest.fixture
def client(tmp_path):
    app = create_app(settings_in(tmp_path))
    with TestClient(app, base_url="http://shop.test", headers={"Accept": "text/html"}) as browser:
        fill(app.state.database, tmp_path)
        yield browser
