"""Which drawing belongs to which kind of product."""

from __future__ import annotations

from collections.abc import Callable

from web.pictures import (
    accessories,
    audio,
    bags,
    bed_bath,
    dresses,
    footwear,
    garden,
    home,
    jackets,
    jewellery,
    kitchen,
    outdoor,
    sport,
    tops,
    toys,
    trousers,
)
from web.pictures.parcel import parcel
from web.pictures.sketch import Sketch

Drawing = Callable[[Sketch], str]

_GROUPS = (
    footwear,
    jackets,
    tops,
    trousers,
    dresses,
    bags,
    accessories,
    jewellery,
    outdoor,
    sport,
    kitchen,
    home,
    bed_bath,
    audio,
    toys,
    garden,
)
_DRAWINGS: dict[str, Drawing] = {kind: drawing for group in _GROUPS for kind, drawing in group.DRAWINGS.items()}

KINDS = frozenset(_DRAWINGS)
"""The kinds that have a drawing of their own."""


def drawing_of(kind: str) -> Drawing:
    """The drawing of a kind; a parcel for a kind that has none."""
    return _DRAWINGS.get(kind, parcel)
