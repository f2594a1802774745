"""What the shoppers of ``floorwalker load`` say: conversations in turns, drawn by weight, filled from the shop."""
from __future__ import annotations

import csv
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from commands.errors import CommandError
from shop import catalogue, schema
from shop.settings import ROOT

SCRIPTS = ROOT / "data" / "load" / "scripts.csv"
WHO = ("any", "customer", "guest")
PRICES = (20, 30, 50, 80, 120)
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Script:
    """One conversation: sentences with placeholders, said one after another."""

    name: str
    weight: float
    who: str  # one of WHO
    sentences: tuple[str, ...]

    @property
    def needs(self) -> frozenset[str]:
        return frozenset(_PLACEHOLDER.findall(" ".join(self.sentences)))


@dataclass(frozen=True)
class Persona:
    """Who talks: a customer, or a guest (None), with an order they can ask about where there is one."""

    customer_id: str | None = None
    order_number: str | None = None
    email: str | None = None


def read_scripts(path: Path = SCRIPTS) -> list[Script]:
    """The scripts in ``path``. Raises CommandError naming the line that cannot be used."""
    scripts = []
    with path.open(encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), 2):
            sentences = tuple(part.strip() for part in row["sentences"].split("|") if part.strip())
            if row["who"] not in WHO or not sentences or not row["weight"].isdecimal():
                raise CommandError(f"{path}, line {line}: write a name, a whole weight, one of {WHO}, and sentences.")
            scripts.append(Script(row["script"], int(row["weight"]), row["who"], sentences))
    return scripts


class Talk:
    """What one shopper says. ``words``: values of the placeholders that hold for the whole shop."""

    def __init__(
        self, scripts: Sequence[Script], persona: Persona, words: Mapping[str, Sequence[str]], seed: str
    ) -> None:
        self._random = random.Random(seed)  # noqa: S311 - the same seed says the same
        own = {"order_number": persona.order_number, "email": persona.email}
        self._words = {**words, **{name: [value] for name, value in own.items() if value}}
        who = {"any", "customer" if persona.customer_id else "guest"}
        known = {name for name, values in self._words.items() if values}
        self._scripts = [each for each in scripts if each.who in who and each.needs <= known]
        if not self._scripts:
            raise CommandError(f"No script of {SCRIPTS} can be said by {persona}. Load the demo shop first.")

    def next(self) -> list[str]:
        """The sentences of one conversation, placeholders filled alike throughout."""
        (script,) = self._random.choices(self._scripts, [each.weight for each in self._scripts])
        drawn = {name: self._random.choice(self._words[name]) for name in sorted(script.needs)}
        return [_PLACEHOLDER.sub(lambda match: drawn[match[1]], sentence) for sentence in script.sentences]

    def pause_s(self, think_s: float) -> float:
        """A time to think, between half and one and a half of ``think_s``."""
        return think_s * self._random.uniform(0.5, 1.5)


def personas(db: Session, users: int, seed: int) -> list[Persona]:
    """``users`` shoppers, every other one a different customer with orders, as far as there are such."""
    chance = random.Random(seed)  # noqa: S311 - the same seed draws the same
    orders = db.execute(
        select(schema.orders.c.customer_id, schema.orders.c.number, schema.orders.c.email)
        .where(schema.orders.c.customer_id.is_not(None))
        .order_by(schema.orders.c.number)
    ).all()
    newest = {row.customer_id: row for row in orders}  # numbers grow: the last one counts
    drawn = chance.sample(sorted(newest), min(users // 2, len(newest)))
    customers = [Persona(each, newest[each].number, newest[each].email) for each in drawn]
    # A guest asks about an order that a customer placed, proving it with the e-mail address.
    others = [row for row in newest.values() if row.customer_id not in set(drawn)] or list(newest.values())
    guests = []
    for _ in range(users - len(customers)):
        row = chance.choice(others) if others else None
        guests.append(Persona(None, row.number, row.email) if row else Persona())
    mixed = [*customers, *guests]
    chance.shuffle(mixed)
    return mixed


def shop_words(db: Session) -> dict[str, list[str]]:
    """Kinds of products, departments, colours and prices that can be asked for here."""
    words = catalogue.vocabulary(db)
    return {
        "kind": words["kinds"], "colour": words["colours"], "price": [str(price) for price in PRICES],
        "category": [names[0] for names in words["categories"].values()],
    }
