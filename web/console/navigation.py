"""The console's parts, and who sees which in the navigation."""
from __future__ import annotations

from dataclasses import dataclass

from shop.staff import Member


@dataclass(frozen=True)
class Part:
    """One entry of the navigation. ``key``: typed after "g", it leads there."""

    path: str
    label: str
    right: str
    key: str


PARTS = (
    Part("/console/desk", "Desk", "takeover", "d"),
    Part("/console/conversations", "Conversations", "transcripts.read", "c"),
    Part("/console/review", "Review", "review", "r"),
    Part("/console/training", "Training", "training", "t"),
    Part("/console/overview", "Overview", "overview.read", "o"),
    Part("/console/people", "People", "people", "p"),
    Part("/console/audit", "Audit", "audit.read", "a"),
)


def parts_for(member: Member | None) -> list[Part]:
    """What ``member`` may open; empty for nobody."""
    return [part for part in PARTS if member is not None and member.may(part.right)]


def first_page(member: Member) -> str:
    """Where the day begins: the desk for who may take conversations over, else the conversations."""
    return "/console/desk" if member.may("takeover") else "/console/conversations"
