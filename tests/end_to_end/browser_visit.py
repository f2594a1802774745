"""A person at a browser in the running demo shop: sees the pages and talks to the bot behind the widget."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import TimeoutException

from benchmarks.stack import Stack
from shop import conversations
from shop.database import Database
from shop.owner import Owner
from tests.web.browser import Shopper

WIDGET = "document.querySelector('floorwalker-chat')"


@dataclass(frozen=True)
class Reply:
    """What the widget shows of the answer to one message: texts, and the elements that were drawn."""

    seqs: list[int]
    text: str
    cards: list[Any]
    orders: list[str]
    buttons: list[str]


class Visitor(Shopper):
    """One browser tab. ``ask`` and ``press`` return once the whole answer is on the screen."""

    def __init__(self, driver: webdriver.Chrome, stack: Stack, database: Database, cast: Any = None) -> None:
        super().__init__(driver)
        self.stack = stack
        self.database = database
        self.cast = cast  # tests/end_to_end/conftest.py

    def go(self, path: str) -> None:
        self.visit(self.stack.url + path)

    def page(self, selector: str) -> list[Any]:
        """Elements of the page itself, outside the widget."""
        return self.driver.find_elements("css selector", selector)

    def arrive(self, path: str, query: str = "") -> None:
        """Wait until a click has led to the page at ``path`` and the widget is there."""
        self.until(lambda: self.js("return location.pathname === arguments[0] && location.search.includes(arguments[1])"
                                   f" && document.readyState === 'complete' && !!{WIDGET}?.shadowRoot?.firstChild",
                                   path, query))

    def sign_in(self, email: str, customer_id: str) -> None:
        """Sign in on the demo shop, as a customer who has a new conversation: what others said as her is left."""
        with self.database.session() as db:
            conversations.open_conversation(db, Owner(customer_id, None))
        self.driver.get(self.stack.url + "/sign-in")
        self.page(f"button[value='{email}']")[0].click()
        self.arrive("/", "notice=welcome")

    def sign_out(self) -> None:
        self.page("form[action='/sign-out'] button")[0].click()
        self.arrive("/", "notice=goodbye")

    @property
    def conversation(self) -> str:
        """The id of the conversation in the widget, once the server has told it."""
        return self.until(lambda: self.js(f"return {WIDGET}.conversation"))

    def ask(self, text: str) -> Reply:
        """Type ``text`` and wait for its answer."""
        before = self.caught_up()
        self.say(text)
        return self._reply(before)

    def press(self, title: str) -> Reply:
        """Press the suggested answer ``title`` and wait for what comes back."""
        before = self.caught_up()
        self.until(lambda: [each for each in self.all(".choices button") if each.text == title])[0].click()
        return self._reply(before)

    def caught_up(self) -> int:
        """Wait until everything said so far is on the screen; returns the number of the last message, 0 for none."""
        self.until(lambda: self.js(f"const chat = {WIDGET}; return chat.connection.up && chat.last >= chat.replayUpTo"))
        return self.js(f"return {WIDGET}.last")

    def bubbles(self) -> list[tuple[int, str]]:
        """(number, text) of everything said, as it stands on the screen; the greeting has no number."""
        return [tuple(each) for each in self.js(
            f"return [...{WIDGET}.shadowRoot.querySelectorAll('.message')].filter((each) => each.seq)"
            ".map((each) => [each.seq, each.querySelector('.bubble')?.lastChild.textContent ?? ''])"
        )]

    def stored(self) -> list[conversations.Message]:
        """The conversation as the shop has it, oldest first."""
        with self.database.session() as db:
            return conversations.messages_after(db, self.conversation, 0, 200)

    def _reply(self, before: int) -> Reply:
        try:
            said = self.until(lambda: self.js(
                f"return [...{WIDGET}.bySeq.entries()]"
                ".find(([seq, node]) => seq > arguments[0] && node.matches('.shopper'))?.[0]", before,
            ))
            return self._shown(self.until(lambda: self._replies(said)))
        except TimeoutException as error:
            logs = "\n".join(f"{name} said:\n{self.stack.log(name)}" for name in ("web", "rasa", "actions"))
            raise AssertionError(f"No answer is on the screen: {self.texts('.bubble')}\n{logs}") from error

    def _replies(self, said: int) -> list[int]:
        """The numbers of all messages that answer message ``said``; empty until all are on the screen."""
        with self.database.session() as db:
            seqs = [reply.seq for reply in conversations.replies_to(db, self.conversation, said)]
        return seqs if self.js(f"return arguments[0].every((seq) => {WIDGET}.bySeq.has(seq))", seqs) else []

    def _shown(self, seqs: list[int]) -> Reply:
        def drawn(selector: str, what: str) -> list[Any]:
            return self.js(
                f"return arguments[0].flatMap((seq) => [...{WIDGET}.bySeq.get(seq).querySelectorAll(arguments[1])])"
                f".map((each) => {what})", seqs, selector,
            )

        return Reply(
            seqs, "\n".join(drawn(".bubble", "each.lastChild.textContent")), drawn(".card", "each"),
            drawn(".order", "each.innerText"), drawn(".choices button", "each.textContent"),
        )


@contextmanager
def another_tab(driver: webdriver.Chrome) -> Iterator[tuple[str, str]]:
    """Opens a tab and puts it in front; gives (former tab, new tab). At the end the new one is closed."""
    former = driver.current_window_handle
    driver.switch_to.new_window("tab")
    opened = driver.current_window_handle
    try:
        yield former, opened
    finally:
        driver.switch_to.window(opened)
        driver.close()
        driver.switch_to.window(former)
