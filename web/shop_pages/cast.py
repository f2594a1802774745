"""The people of the demo whom one can sign in as."""
from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Person:
    """One of the cast: who it is, and what there is to try as them."""

    name: str
    email: str
    story: str


def demo_cast(db: Session) -> list[Person]:
    return []
