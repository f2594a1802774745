"""What the doors for whole files have in common: counts, and rows that were refused while the others were stored."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from shop.catalogue_import import ImportCount
from shop.errors import BadInput


@dataclass
class BulkCount(ImportCount):
    """``refused``: (position of the row in the batch, from 0, and why). ``notes``: liberties taken, and how often."""

    refused: list[tuple[int, BadInput]] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
