"""A reviewer corrects, a trainer accepts, the YAML changes, and after a training the bot answers rightly."""
from __future__ import annotations

import asyncio
import re

import pytest
import yaml
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.support.ui import WebDriverWait

from tests.web.axe import assert_nothing_bars_people

from .console_of_copy import PASSWORD, ConsoleOfCopy, copy_with_tests, hidden_fields
from .talk import Talk
from .test_conversations import play

pytest_plugins = ("tests.web.browser_fixtures",)

# What the bot takes for something else today, and what it is.
SAID, MEANT = "my box never turned up", "track_order"
ALSO_SAID = "that blanket is not for me after all"
PREDICTED_SECONDS = 240


@pytest.fixture(scope="module")
def console(stack, database, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trainer")
    opened = ConsoleOfCopy(copy_with_tests(folder / "project"), stack, database)
    with opened.serving(folder / "web.log"):
        yield opened


async def asked(stack, database, text: str):
    async with Talk(stack, database) as talk:
        return talk.id, await talk.say(text)


def corrected(console, reviewer, conversation_id: str, intent: str) -> None:
    page = f"/console/conversations/{conversation_id}"
    change = {"seq": 1, "kind": "intent", "after": intent, "seen": None}
    reviewer.call(page, f"/console/api/conversations/{conversation_id}/corrections", {"changes": [change]})


def test_what_a_reviewer_corrects_and_a_trainer_accepts_the_bot_understands(stack, database, cast, console):
    conversation_id, answer = asyncio.run(asked(stack, database, SAID))
    assert answer.intent != MEANT, "It is understood already: another sentence would show more."
    corrected(console, console.signed_in("reviewer", "Rita"), conversation_id, MEANT)

    trainer = console.signed_in("trainer", "Tom")
    page = trainer.page("/console/training")
    assert f"+      - {SAID}" in page
    file = console.project / "data" / "nlu" / "orders.yml"
    before = file.read_text("utf-8")
    [chosen] = re.findall(r'name="correction" value="(\d+)"', page)
    trainer.submit("/console/training/accept", **hidden_fields(page), correction=chosen)
    lines = file.read_text("utf-8").split("\n")
    [added] = [number for number, line in enumerate(lines) if line == f"      - {SAID}"]
    assert lines[:added] + lines[added + 1:] == before.split("\n")

    try:
        assert "swapped into the running bot" in console.run("train", "rasa")
        _, answer = asyncio.run(asked(stack, database, SAID))
        assert (answer.intent, "order_form" in answer.actions) == (MEANT, True)

        # The conversation as a test: the running bot passes it now.
        path = f"/console/training/conversations/{conversation_id}"
        trainer.submit(path, **hidden_fields(trainer.page(path)), name="a guest whose box never came is heard")
        written = (console.project / "tests" / "conversations" / "reviewed.yml").read_text("utf-8")
        [conversation] = yaml.safe_load(written)
        assert conversation["steps"] == [{"shopper": SAID, "intent": MEANT}]
        asyncio.run(play(conversation, stack, database, cast))
    finally:
        stack.floorwalker("models", "rollback", "rasa")


def test_a_trainer_sees_what_an_example_is_like_and_what_it_would_do(stack, database, console, driver):
    conversation_id, answer = asyncio.run(asked(stack, database, ALSO_SAID))
    wanted = "return_item" if answer.intent != "return_item" else "cancel_order"
    corrected(console, console.signed_in("reviewer", "Rita"), conversation_id, wanted)
    driver.get(f"{console.url}/console/sign-in")
    driver.find_element("name", "email").send_keys(console.member("admin", "Tessa"))
    driver.find_element("name", "password").send_keys(PASSWORD + "\n")
    wait(driver, lambda: "/sign-in" not in driver.current_url)
    driver.get(f"{console.url}/console/training")
    change = driver.find_element("css selector", ".training-change")
    assert ALSO_SAID in change.text

    near = wait(driver, lambda: [each.text for each in change.find_elements("css selector", ".training-near li")])
    assert len(near) <= 3 and all(re.search(r"\d+ % “.+” \w+ data/nlu/\w+\.yml:\d+", each) for each in near)
    driver.find_element("css selector", "#predict").click()
    assert "Choose at least one" in wait(driver, lambda: driver.find_element("id", "toasts").text)
    driver.find_element("tag name", "body").send_keys("jx")  # the first correction, chosen by keys alone
    assert wait(driver, lambda: driver.find_element("id", "chosen-count").text == "1 chosen")
    driver.find_element("tag name", "body").send_keys("p")
    effect = wait(driver, lambda: driver.find_element("id", "effect").text, PREDICTED_SECONDS)
    assert "held-out sentences" in effect and "best guess is right" in effect
    assert f"“{ALSO_SAID}” ({wanted}): {answer.intent} → {wanted}" in effect
    assert_nothing_bars_people(driver, "the trainers' page with a prediction")

    driver.find_element("id", "accept").click()
    wait(driver, lambda: driver.current_url.endswith("/console/training/decided?notice=training-accepted"))
    assert f"“{ALSO_SAID}” added to {wanted}" in driver.find_element("tag name", "main").text
    assert_nothing_bars_people(driver, "what was decided")
    driver.get(f"{console.url}/console/training/conversations/{conversation_id}")
    assert ALSO_SAID in driver.find_element("css selector", ".training-yaml").text
    assert_nothing_bars_people(driver, "a conversation as a test")


def wait(driver, condition, patience_s: float = 30):
    """What ``condition`` returns once it is true. Fails after ``patience_s``."""
    waiting = WebDriverWait(driver, patience_s, poll_frequency=0.05, ignored_exceptions=(WebDriverException,))
    return waiting.until(lambda _: condition())
