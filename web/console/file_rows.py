"""What files for people outside the console have in common: rows of a table, and values that JSON does not know."""
from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

# A spreadsheet takes what begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_row(cells: Sequence[Any]) -> str:
    """One row of CSV with its line end, times in ISO 8601. No cell is a formula."""
    out = io.StringIO()
    csv.writer(out).writerow([_cell(each) for each in cells])
    return out.getvalue()


def plain(value: Any) -> str:
    """For ``json.dumps(default=plain)``: times in ISO 8601. Raises TypeError for everything else."""
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
