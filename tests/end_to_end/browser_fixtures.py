"""Somebody at a browser in front of the running shop: the fixtures of the end-to-end browser tests."""
from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.end_to_end.browser_visit import Visitor, another_tab

pytest_plugins = ("tests.web.browser_fixtures",)


@pytest.fixture
def visitor(driver, request) -> Iterator[Visitor]:
    """Somebody whom the running shop has never seen, on its home page."""
    # Asked for in here: as arguments they would start three processes before the test is skipped for want of a browser.
    stack, database, cast = map(request.getfixturevalue, ("stack", "database", "cast"))
    with another_tab(driver):  # with it a session storage of its own
        driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        driver.execute_cdp_cmd(
            "Storage.clearDataForOrigin", {"origin": stack.url, "storageTypes": "local_storage"}
        )
        visitor = Visitor(driver, stack, database, cast)
        visitor.resize(1280, 900)
        visitor.go("/")
        yield visitor
