"""Products in the terminal: as aligned columns for people, as JSON for programs."""
from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import Any

from actions.wording import money

MIN_TITLE_CHARS = 20


def table(cards: Sequence[dict[str, Any]]) -> str:
    """The cards of ``actions.product_cards`` as lines; a card's note and reason follow it."""
    ids = max((len(card["product_id"]) for card in cards), default=0)
    brands = max((len(card["brand"]) for card in cards), default=0)
    prices = max((len(money(card["price_cents"])) for card in cards), default=0)
    around = 4 + ids + brands + prices + 15
    title_chars = max(MIN_TITLE_CHARS, shutil.get_terminal_size((110, 24)).columns - around)
    titles = min(title_chars, max((len(card["title"]) for card in cards), default=0))
    lines = []
    for number, card in enumerate(cards, 1):
        rating = f"{card['rating']:.1f}" if card["rating_count"] else "-"
        lines.append(
            f"{number:>3} {card['product_id']:<{ids}}  {_fit(card['title'], titles)}  {card['brand']:<{brands}}  "
            f"{money(card['price_cents']):>{prices}}  {rating:>3}"
        )
        beside = ". ".join(filter(None, (card["note"], card["reason"])))
        if beside:
            lines.append(f"{'':>{5 + ids}} {beside}")
    return "\n".join(lines)


def _fit(text: str, chars: int) -> str:
    return f"{text:<{chars}}" if len(text) <= chars else f"{text[: chars - 1]}…"
