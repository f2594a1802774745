"""The demo shop's customers: names from many cultures, addresses in invented towns, what they agreed to."""
from __future__ import annotations

import random
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from shop.demo.chance import pick, stream
from shop.demo.vocabulary import read_rows, words

COUNTRY = "Aldmark"  # invented, like its towns
DOMAINS = {"example.com": 0.55, "example.org": 0.25, "example.net": 0.2}
OLDEST_DAYS, YOUNGEST_DAYS = 1100, 12
PERSONALISATION, NEWSLETTER = 0.84, 0.46
MIXED_NAME = 0.12  # family names come from elsewhere too
_ASCII = str.maketrans({"ø": "o", "ł": "l", "ı": "i", "ß": "ss", "đ": "d", "Ø": "O", "Ł": "L", "İ": "I"})


@dataclass(frozen=True)
class Person:
    """``row``: of the table ``customers``; a guest's has the same keys, and an id of None."""

    row: dict[str, Any]
    consents: dict[str, bool]

    @property
    def customer_id(self) -> str | None:
        return self.row["id"]

    @property
    def name(self) -> str:
        return f"{self.row['first_name']} {self.row['last_name']}"


# Name, e-mail and what was agreed to, of the first customers; they are made for signing in and for tests.
CAST: tuple[tuple[str, str, str, dict[str, bool]], ...] = (
    ("Ada", "Lindqvist", "ada.lindqvist@example.com", {"personalisation": True, "newsletter": True}),
    ("Ben", "Okafor", "ben.okafor@example.org", {"personalisation": True, "newsletter": False}),
    ("Clara", "Moreau", "clara.moreau@example.com", {"personalisation": True, "newsletter": True}),
    ("Deniz", "Kaya", "deniz.kaya@example.net", {"personalisation": True, "newsletter": False}),
    ("Edith", "Nowak", "edith.nowak@example.com", {"personalisation": False, "newsletter": False}),
)
GUEST = ("Gita", "Sharma", "gita.sharma@example.org")
CAST_DAYS = (720, 1, 1000, 40, 400)  # how long ago they signed up


class PeopleMaker:
    """Makes people one after the other; no two share an e-mail address."""

    def __init__(self, folder: Path, seed: int, now: datetime) -> None:
        self._chance = stream(seed, "people")
        self._now = now
        rows = read_rows(folder / "names.csv")
        self._shares = {row["culture"]: float(row["share_percent"]) for row in rows}
        self._given = {row["culture"]: words(row["given"]) for row in rows}
        self._family = {row["culture"]: words(row["family"]) for row in rows}
        self._towns = [(row["town"], int(row["postcode_from"])) for row in read_rows(folder / "towns.csv")]
        self._town_weights = [1 / place for place in range(1, len(self._towns) + 1)]
        self._streets = [row["street"] for row in read_rows(folder / "streets.csv")]
        self._emails = {member[2] for member in CAST} | {GUEST[2]}

    def customers(self, count: int) -> list[Person]:
        """``count`` customers, the cast first. Those who came later have higher ids."""
        chance = self._chance
        ages = [chance.uniform(0, 1) ** 0.8 for _ in range(count - len(CAST))]
        days = sorted((YOUNGEST_DAYS + age * (OLDEST_DAYS - YOUNGEST_DAYS) for age in ages), reverse=True)
        people = [
            self._person(f"C{number:05d}", given, family, email, CAST_DAYS[number - 1], agreed)
            for number, (given, family, email, agreed) in enumerate(CAST, 1)
        ]
        for number, age_days in enumerate(days, len(CAST) + 1):
            agreed = {
                "personalisation": chance.random() < PERSONALISATION, "newsletter": chance.random() < NEWSLETTER,
            }  # fmt: skip
            people.append(self._person(f"C{number:05d}", *self._name(), age_days, agreed))
        return people[:count]

    def guest(self, fixed: tuple[str, str, str] | None = None) -> Person:
        """Somebody without an account."""
        return self._person(None, *(fixed or self._name()), 0, {})

    def _person(
        self, customer_id: str | None, given: str, family: str, email: str, age_days: float, agreed: dict
    ) -> Person:
        chance = self._chance
        town, first = chance.choices(self._towns, self._town_weights)[0]
        row = {
            "id": customer_id, "email": email, "first_name": given, "last_name": family,
            "phone": f"0555 {chance.randint(10, 99)} {chance.randint(1000, 9999)}" if chance.random() < 0.6 else None,
            "street": f"{chance.choice(self._streets)} {_house(chance)}",
            "postcode": f"{first + chance.randint(0, 9)}", "city": town, "country": COUNTRY,
            "created_at": (self._now - timedelta(days=age_days, minutes=chance.randint(0, 600))).replace(microsecond=0),
        }  # fmt: skip
        return Person(row, agreed)

    def _name(self) -> tuple[str, str, str]:
        chance = self._chance
        culture = pick(chance, self._shares)
        given = chance.choice(self._given[culture])
        family = chance.choice(
            self._family[pick(chance, self._shares) if chance.random() < MIXED_NAME else culture]
        )
        local = chance.choice((f"{given}.{family}", f"{given}{family[0]}", f"{given[0]}.{family}", f"{family}.{given}"))
        local, domain = _plain(local), pick(chance, DOMAINS)
        email, number = f"{local}@{domain}", 1
        while email in self._emails:
            number += chance.randint(1, 9)
            email = f"{local}{number}@{domain}"
        self._emails.add(email)
        return given, family, email


def _house(chance: random.Random) -> str:
    return f"{int(chance.expovariate(1 / 24)) + 1}{chance.choice('ab') if chance.random() < 0.08 else ''}"


def _plain(text: str) -> str:
    """``Róisín O'Brien`` as it stands in an e-mail address."""
    folded = unicodedata.normalize("NFKD", text.translate(_ASCII)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9.]", "", folded.lower())
