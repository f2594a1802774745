"""How long the console's overview takes: the page's figures from the store, and counting all days anew."""
from __future__ import annotations

import time
from datetime import timedelta

import numpy as np
from sqlalchemy import insert, select

from benchmarks import transcripts
from shop import daily_figures, unanswered
from shop.database import Database
from shop.overview import overview
from shop.periods import PRESET_DAYS, bounds, chosen, time_zone
from shop.schema import conversations, handovers, orders
from web.console.overview_figures import cards

HANDED_OVER = 0.1
ORDERS = 100_000
BATCH = 5_000
NOW = transcripts.END - timedelta(hours=1)


def measure(database: Database, seed: int, times: int) -> list[dict[str, object]]:
    """A row a period, ``p50_ms`` and ``p95_ms`` of ``times`` requests' queries and pictures; one for counting all."""
    _fill(database, seed)
    started = time.perf_counter()
    days = daily_figures.refresh(database, everything=True, now=NOW)
    print(f"{days} days were counted in {time.perf_counter() - started:.0f} s", flush=True)
    rows: list[dict[str, object]] = []
    for preset in PRESET_DAYS:
        taken = []
        for _ in range(times):
            begun = time.perf_counter()
            with database.session() as db:
                zone = time_zone(db)
                period = chosen(zone, preset, now=NOW)
                seen = overview(db, period, zone, now=NOW)
                unanswered.seen(db, *bounds(period, zone))
            for card in cards(seen):
                str(card.chart.svg)
            taken.append((time.perf_counter() - begun) * 1000)
        rows.append({
            "overview of": preset if preset == "today" else f"{preset} days", "meet": seen.figures.conversations,
            "p50_ms": round(float(np.percentile(taken, 50)), 1), "p95_ms": round(float(np.percentile(taken, 95)), 1),
        })  # fmt: skip
    return rows


def _fill(database: Database, seed: int) -> None:
    """People and orders, which the transcripts have none of; nothing where they are there already."""
    random = np.random.default_rng(seed)
    with database.session() as db:
        if db.execute(select(handovers.c.id)).first() is not None:
            return
        talks = db.execute(select(conversations.c.id, conversations.c.opened_at, conversations.c.customer_id)).all()
        asked = [
            {"conversation_id": each.id, "reason": "asked", "requested_at": each.opened_at, "after_seq": 1,
             "taken_at": each.opened_at + timedelta(seconds=float(random.exponential(60))),
             "answered_at": each.opened_at + timedelta(seconds=float(90 + random.exponential(60))),
             "ended_at": each.opened_at + timedelta(minutes=20), "ended_as": "resolved"}
            for each in talks if random.random() < HANDED_OVER
        ]  # fmt: skip
        people = sorted({each.customer_id for each in talks if each.customer_id})
        placed = [
            {"number": f"{number:07d}", "customer_id": str(random.choice(people)), "status": "delivered",
             "placed_at": NOW - timedelta(days=float(random.uniform(0, transcripts.SPAN_DAYS))), "currency": "EUR",
             "subtotal_cents": 5000, "total_cents": 5000, "payment_method": "card", "email": "", "name": "",
             "street": "", "postcode": "", "city": "", "country": ""}
            for number in range(ORDERS)
        ]  # fmt: skip
        for table, rows in ((handovers, asked), (orders, placed)):
            for first in range(0, len(rows), BATCH):
                db.execute(insert(table), rows[first : first + BATCH])
