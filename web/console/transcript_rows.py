"""Conversations as the list shows them to one member: with names, or without anything personal."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from shop import customer_lookup, search_words
from shop.conversation_search import Found
from shop.conversation_snippets import Snippet, snippets
from shop.masking import known_of_all
from web.console.marked_text import Eyes

INTENTS_SHOWN = 4


@dataclass(frozen=True)
class Row:
    """``found`` as it is stored, what may be read of it beside: ``preview`` and ``snippet`` are for this member."""

    found: Found
    who: str
    preview: str
    snippet: Snippet | None

    @property
    def path(self) -> str:
        place = f"?seq={self.snippet.seq}" if self.snippet else ""
        return f"/console/conversations/{self.found.conversation_id}{place}"

    @property
    def intents(self) -> Sequence[str]:
        return self.found.intents[:INTENTS_SHOWN]

    @property
    def more_intents(self) -> int:
        return max(0, len(self.found.intents) - INTENTS_SHOWN)


def rows(db: Session, page: Sequence[Found], q: str, sees_customers: bool) -> list[Row]:
    """The rows of a page, with what matched ``q``; empty for an empty page."""
    eyes = eyes_for(db, page, sees_customers)
    names = customer_lookup.names(db, [each.customer_id for each in page if each.customer_id]) if sees_customers else {}

    def mask(conversation_id: str, text: str, entities: list[dict[str, Any]] | None) -> str:
        return eyes[conversation_id].text(text, entities)

    matched = snippets(
        db, [each.conversation_id for each in page], search_words.wanted(q), None if sees_customers else mask
    )
    return [
        Row(
            each, who(each, names), eyes[each.conversation_id].text(each.preview), matched.get(each.conversation_id)
        ) for each in page
    ]  # fmt: skip


def eyes_for(db: Session, page: Sequence[Found], sees_customers: bool) -> dict[str, Eyes]:
    """What the member may see of each conversation, by its id."""
    if sees_customers:
        return {each.conversation_id: Eyes(True) for each in page}
    known = known_of_all(db, {each.customer_id for each in page})
    return {each.conversation_id: Eyes(False, known[each.customer_id]) for each in page}


def who(found: Found, names: dict[str, str]) -> str:
    """A customer's name where it may be seen."""
    if found.customer_id is None:
        return "Visitor"
    return names.get(found.customer_id, "Customer")
