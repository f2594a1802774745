"""The demo shop's promotions: running, over and still to come, with conditions on baskets and behaviour alone."""
from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from shop.demo.texts import money
from shop.demo.vocabulary import read_rows, words


def make_promotions(folder: Path, now: datetime) -> list[dict[str, Any]]:
    """Rows of the table ``promotions``; their dates are counted from ``now``."""
    return [_promotion(row, now) for row in read_rows(folder / "promotions.csv")]


def _promotion(row: dict[str, str], now: datetime) -> dict[str, Any]:
    conditions = {
        name: {"yes": True, "no": False}.get(value, int(value) if value.isdigit() else value)
        for name, value in (part.split("=", 1) for part in words(row["conditions"]))
    }
    value, minimum = int(row["value"]), int(row["min_subtotal_cents"])
    text = row["text"].format(
        value=value if row["kind"] == "percent" else money(value),
        minimum=money(minimum),
        min_orders=conditions.get("min_orders"),
        min_spent=money(conditions.get("min_spent_cents", 0)),
    )
    return {
        "code": row["code"], "title": row["title"], "text": text, "kind": row["kind"], "value": value,
        "category": row["category"] or None, "brand": row["brand"] or None, "min_subtotal_cents": minimum,
        "conditions": conditions, "starts_at": now + timedelta(days=int(row["starts_in_days"])),
        "ends_at": now + timedelta(days=int(row["ends_in_days"])), "active": True,
    }  # fmt: skip
