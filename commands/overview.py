"""``floorwalker overview``: the figures of a period in the terminal, brought up to date before."""
from __future__ import annotations

import argparse
import json
from typing import Any

from shop import daily_figures, unanswered
from shop.database import open_database
from shop.figures import Figures
from shop.overview import Overview, overview
from shop.periods import PRESET_DAYS, bounds, chosen, time_zone
from shop.settings import settings
from web.console.overview_figures import cards, days
from web.question_clustering import make_clusters


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--period", choices=list(PRESET_DAYS), default="28", help="days up to today (default: 28)")
    parser.add_argument("--from", dest="first", default="", metavar="DAY", help="first day, such as 2026-11-01")
    parser.add_argument("--to", dest="last", default="", metavar="DAY", help="last day")
    parser.add_argument("--recount", action="store_true", help="count every day anew, as after an import of orders")
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    database = open_database()
    try:
        database.check()
        daily_figures.refresh(database, everything=arguments.recount)
        clustered = make_clusters(database, settings.var / "models")
        with database.session() as db:
            zone = time_zone(db)
            period = chosen(zone, arguments.period, arguments.first, arguments.last)
            seen = overview(db, period, zone)
            clusters, rest = unanswered.seen(db, *bounds(period, zone))
    finally:
        database.close()
    if arguments.json:
        print(json.dumps(_as_json(seen, clusters, rest), ensure_ascii=False))
        return 0
    print(f"{days(period)}, beside {days(period.before)} ({zone.key})\n")
    for card in cards(seen):
        print(f"{card.title:<32} {card.value:>10}   {'; '.join([card.change, *card.lines])}")
    print()
    if clustered is None:
        print("What was not understood cannot be brought together: run `floorwalker setup` first.")
    for each in clusters:
        print(f"{each.size:>6} × {each.name}")
    if rest:
        print(f"{rest:>6} × like no others")
    return 0


def _as_json(seen: Overview, clusters: list[unanswered.ClusterSeen], rest: int) -> dict[str, Any]:
    def told(figures: Figures) -> dict[str, Any]:
        rates = ("containment", "handover_rate", "fallback_rate", "written_fallback_rate", "rating_mean",
                 "good_ratings", "thumbs_up_share", "orders_after_share")  # fmt: skip
        return vars(figures) | {name: getattr(figures, name) for name in rates}

    return {
        "from": seen.period.first.isoformat(), "to": seen.period.last.isoformat(), "figures": told(seen.figures),
        "before": told(seen.before),
        "steps": [{"from": step.period.first.isoformat(), "to": step.period.last.isoformat(),
                   "figures": told(step.figures)} for step in seen.steps],
        "unanswered": [{"id": each.id, "name": each.name, "terms": each.terms, "count": each.size,
                        "conversations": each.conversations} for each in clusters],
        "unanswered_alone": rest,
    }  # fmt: skip
