"""A shopper at a browser in front of the scripted chat: the fixtures of the widget's tests."""
from __future__ import annotations

import pytest

from tests.web.browser import Shopper, start_browser
from tests.web.scripted_chat import ScriptedChat, serving


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    browser = start_browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.quit()


@pytest.fixture
def chat():
    return ScriptedChat()


@pytest.fixture
def url(chat):
    with serving(chat.app) as address:  # a port of its own for each test, and with it storage of its own
        yield address


@pytest.fixture
def shopper(driver, url):
    shopper = Shopper(driver)
    shopper.resize(1280, 900)
    shopper.visit(url)
    yield shopper
    driver.get("about:blank")
