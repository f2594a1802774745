"""What one look of ``floorwalker doctor`` says."""
from __future__ import annotations

from dataclasses import dataclass

OK, WARN, FAIL = "ok", "warn", "fail"


@dataclass(frozen=True)
class Check:
    """``id`` is stable ("database.migrated"); ``status`` is OK, WARN or FAIL; ``hint`` is the remedy, "" where none is
    needed.
    """

    id: str
    status: str
    message: str
    hint: str = ""
