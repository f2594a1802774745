"""A message's text in pieces: where its entities stand, and what is masked. Pure functions.

Places count the characters of the stored text, also where a piece shows something else in its stead.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from shop.masking import Known, mask_text, personal
from web.gateway.cleaning import typed_for_rasa


@dataclass(frozen=True)
class Piece:
    """Characters ``start`` to ``end`` as they are shown. ``entities``: names of those that it is part of.

    ``ends``: names of those that end with it, whose label is written behind it. ``masked``: ``text`` stands in for
    personal data.
    """

    text: str
    start: int
    end: int
    entities: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    masked: bool = False


@dataclass(frozen=True)
class Eyes:
    """What one member may see: all of it, or texts without personal data. ``known``: see ``shop.masking.known_of``."""

    sees: bool
    known: Known = ()

    def text(self, text: str | None, entities: Iterable[Mapping[str, Any]] | None = None) -> str:
        """``text`` as this member may read it; "" for None."""
        text = text or ""
        return text if self.sees else mask_text(text, entities, self.known)

    def pieces(self, text: str, entities: Sequence[Mapping[str, Any]], hidden: Sequence[Mapping] = ()) -> list[Piece]:
        """The text with ``entities`` marked. ``hidden``: further entities by which personal data is found."""
        masks = [] if self.sees else personal(text, [*entities, *hidden], self.known)
        return _pieces(text, [each for each in entities if has_place(each, text)], masks)


def has_place(entity: Mapping[str, Any], text: str) -> bool:
    """Whether the entity stands in ``text``: those of a button do not, and a damaged record must break no page."""
    start, end = entity.get("start"), entity.get("end")
    return (
        type(start) is int and type(end) is int and 0 <= start < end <= len(text)
        and isinstance(entity.get("entity"), str)
    )  # fmt: skip


def in_stored_text(text: str, entities: Iterable[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """Entities with their places in the text as it was typed: Rasa gets it without a slash in front."""
    shift = len(text) - len(typed_for_rasa(text)) if text.endswith(typed_for_rasa(text)) else 0
    found = []
    for entity in entities or ():
        if not isinstance(entity, Mapping):
            continue
        moved = {place: entity[place] + shift for place in ("start", "end") if type(entity.get(place)) is int}
        found.append({**entity, **moved})
    return found


def _pieces(text: str, entities: Sequence[Mapping[str, Any]], masks: Sequence[Any]) -> list[Piece]:
    def outside(place: int, low: bool) -> int:
        """A mark that ends within what is masked reaches over the whole of it."""
        for mask in masks:
            if mask.start < place < mask.end:
                return mask.start if low else mask.end
        return place

    spans = [(outside(each["start"], True), outside(each["end"], False), each["entity"]) for each in entities]
    hidden = {mask.start: mask for mask in masks}
    edges = sorted({0, len(text), *(place for span in spans for place in span[:2]),
                    *(place for mask in masks for place in (mask.start, mask.end))})  # fmt: skip
    found = []
    for start, end in pairwise(edges):
        names = tuple(dict.fromkeys(name for first, last, name in spans if first <= start and end <= last))
        ends = tuple(dict.fromkeys(name for _, last, name in spans if last == end))
        mask = hidden.get(start)
        shown = f"[{mask.kind}]" if mask else text[start:end]
        found.append(Piece(shown, start, end, names, ends, mask is not None))
    return found
