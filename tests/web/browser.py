"""A headless Chromium for tests, driven by selenium."""
from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE_S = 15
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
)


class Shopper:
    """Somebody at a browser. ``find`` and ``all`` look inside the widget's shadow root."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def visit(self, url: str) -> None:
        self.driver.get(url)
        self.until(lambda: self.js("return !!document.querySelector('floorwalker-chat')?.shadowRoot.firstChild"))

    def js(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def all(self, selector: str) -> list[Any]:
        return self.js(
            "return [...(document.querySelector('floorwalker-chat')?.shadowRoot.querySelectorAll(arguments[0]) ?? [])]",
            selector,
        )

    def find(self, selector: str) -> Any:
        return self.until(lambda: self.all(selector))[0]

    def texts(self, selector: str) -> list[str]:
        return self.js(
            "return [...(document.querySelector('floorwalker-chat')?.shadowRoot.querySelectorAll(arguments[0]) ?? [])]"
            ".map((each) => each.textContent)", selector,
        )

    def focused(self) -> str:
        """Class or tag of what has the focus inside the widget; "" where nothing in it has."""
        return self.js(
            "const it = document.querySelector('floorwalker-chat').shadowRoot.activeElement;"
            "return it ? it.className || it.tagName.toLowerCase() : ''"
        )

    def open_chat(self) -> None:
        self.find(".launcher").click()
        self.until(lambda: self.all(".log > *"))

    def say(self, text: str) -> None:
        self.find("textarea").send_keys(text + "\n")

    def until(self, condition: Callable[[], Any], patience_s: float = PATIENCE_S) -> Any:
        """What ``condition`` returns once it is true. Fails after ``patience_s``.

        A page that is just being left answers with an error of the driver: asked again, the next page answers.
        """
        waiting = WebDriverWait(
            self.driver, patience_s, poll_frequency=0.05, ignored_exceptions=(WebDriverException,)
        )
        return waiting.until(lambda _: condition())

    def resize(self, width_px: int, height_px: int) -> None:
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width_px, "height": height_px, "deviceScaleFactor": 1, "mobile": width_px < 500,
        })


@contextmanager
def browsers_of(tmp_path_factory: pytest.TempPathFactory, *names: str) -> Iterator[list[webdriver.Chrome]]:
    """A browser for each name, strangers to each other."""
    opened = [start_browser(tmp_path_factory.mktemp(name)) for name in names]
    for driver in opened:
        driver.set_script_timeout(30)
    yield opened
    for driver in opened:
        driver.quit()


def start_browser(profile: Path) -> webdriver.Chrome:
    """Skips the test where there is no browser; fails it where the environment says that there has to be one."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    chromedriver = shutil.which("chromedriver")
    if not chromium or not chromedriver:
        reason = f"no browser here (chromium: {chromium}, chromedriver: {chromedriver}); install both to run this"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={profile}", "--window-size=1280,900"):
        options.add_argument(flag)
    return webdriver.Chrome(options=options, service=Service(chromedriver))
