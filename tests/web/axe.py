"""axe-core in the browser of the tests: what bars people from a page, found by rule."""
from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator
from functools import cache
from itertools import product

from selenium import webdriver

WIDTHS_PX = (1280, 375)
SCHEMES = ("light", "dark")


@cache
def axe_source() -> str:
    """The script axe-core. It travels in a package made for another browser driver, of which nothing else is used."""
    files = importlib.metadata.files("axe-playwright-python") or []
    script = next(each for each in files if each.name == "axe.min.js")
    return script.locate().read_text("utf-8")


def looks(driver: webdriver.Chrome) -> Iterator[str]:
    """Shows the page in each width and colour scheme, one after the other; yields the name of each."""
    for width_px, scheme in product(WIDTHS_PX, SCHEMES):
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width_px, "height": 900, "deviceScaleFactor": 1, "mobile": width_px < 500,
        })
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"},
        ]})
        yield f"{width_px} px, {scheme}"


def findings(driver: webdriver.Chrome) -> list[str]:
    """What axe-core objects to on the page as it stands, best practices included: a line each, empty for nothing."""
    driver.execute_script(axe_source())
    found = driver.execute_async_script(
        "const done = arguments[0];"
        "Promise.all(document.getAnimations().map((each) => each.finished.catch(() => null)))"
        "  .then(() => axe.run(document, {resultTypes: ['violations'], reporter: 'v1'}))"
        "  .then((result) => done(result.violations))"
        "  .catch((error) => done([{id: String(error), impact: 'failed', nodes: []}]))"
    )
    return [
        f"{rule['id']} ({rule['impact']}): {' '.join(map(str, node['target']))} — {_reason(node)}"
        for rule in found for node in rule["nodes"] or [{"target": [], "any": []}]
    ]


def _reason(node: dict) -> str:
    checks = [*node.get("any", []), *node.get("all", []), *node.get("none", [])]
    return "; ".join(check["message"] for check in checks) or "axe-core did not run"


def assert_nothing_bars_people(driver: webdriver.Chrome, page: str) -> None:
    """Fails with every finding in every look of the page that the browser shows."""
    found = [f"{page} at {look}: {line}" for look in looks(driver) for line in findings(driver)]
    assert not found, "\n".join(found)
