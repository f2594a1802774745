"""``python -m benchmarks.console``: how long the console's list of conversations takes, whatever is asked of it.

Each kind of question is asked many times with other values, drawn by how common they are where that matters. Measured
is all that the server does for the rows, for somebody who may not see customers, whose rows take longest: the search,
what matched, and the masking; and at the end some whole pages, from the request to the last byte. "Found" is a median.
"""
from __future__ import annotations

import argparse
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
from sqlalchemy import func, select
from starlette.testclient import TestClient

from benchmarks import overview, transcripts
from benchmarks.markdown import table
from benchmarks.transcripts import GENERAL, ORDERS, PRODUCTS, REASONS, TAGS
from shop import staff, staff_sessions
from shop.conversation_outcomes import OUTCOMES
from shop.conversation_search import COUNT_LIMIT, Cursor, Filters, find
from shop.database import Database, open_database
from shop.schema import conversations, messages
from shop.settings import Settings
from web.app import create_app
from web.console.access import COOKIE_NAME
from web.console.transcript_rows import rows as rows_for

Ask = Callable[[np.random.Generator], Filters]
COMMON = ("order", "the", "your", "send", "size", "basket", "days", "boots", "delivery", "refund")
DEEP_PAGES = 20


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.console", description=__doc__)
    parser.add_argument("--database", default="sqlite",
                        help="sqlite (a temporary file), or the URL of an empty database, or of one filled before")
    parser.add_argument("--conversations", type=int, default=100_000)
    parser.add_argument("--messages", type=int, default=2_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--times", type=int, default=60, help="how often each kind is asked (60)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'shop.db'}" if arguments.database == "sqlite" else arguments.database
        database = open_database(url)
        try:
            measure(database, arguments)
        finally:
            database.close()


def registered(arguments: argparse.Namespace) -> None:
    """On SQLite, at its full size: for ``python -m benchmarks``."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'shop.db'}")
        try:
            measure(database, argparse.Namespace(conversations=100_000, messages=2_000_000, seed=7, times=60))
        finally:
            database.close()


def measure(database: Database, arguments: argparse.Namespace) -> None:
    """Fill the database where it is empty, then ask and print."""
    if database.version() is None:
        started = time.perf_counter()
        transcripts.store(database, arguments.conversations, arguments.messages, arguments.seed)
        print(f"Filled and indexed in {time.perf_counter() - started:.0f} s", flush=True)
    database.check()
    with database.session() as db:
        talks = db.execute(select(func.count()).select_from(conversations)).scalar_one()
        said = db.execute(select(func.count()).select_from(messages)).scalar_one()
    rows = [_timed(database, name, ask, arguments) for name, ask in kinds().items()]
    rows.append(_deep(database, "page 20 of all", lambda random: Filters(), arguments))
    rows.append(_deep(database, "page 20 of a common word", lambda random: Filters(q="order"), arguments))
    rows.append(_deep(database, "page 20 of an intent and a word", _intent_and_common_word, arguments))
    rows.append(_everywhere(database, "any page of all, by its place", arguments))
    rows += _pages(database, arguments)
    table(f"{talks:,} conversations, {said:,} messages, {database.engine.dialect.name}, {platform.machine()}, "
          f"seed {arguments.seed}", rows)
    figures = overview.measure(database, arguments.seed, arguments.times)
    table("The overview: its figures, questions and pictures", figures)


def kinds() -> dict[str, Ask]:
    """Each kind of question, by name."""
    order_intents, product_intents = list(ORDERS), list(PRODUCTS)
    words = transcripts.vocabulary()
    end = transcripts.END

    def one(choices):
        return lambda random: str(random.choice(choices))

    intent, common = one([*ORDERS, *PRODUCTS, *GENERAL]), one(COMMON)
    order, product = one(order_intents), one(product_intents)

    def days(random):
        start = end - timedelta(days=float(random.uniform(0, transcripts.SPAN_DAYS)))
        return {"active_from": start, "active_until": start + timedelta(days=float(random.choice([1, 7, 30])))}

    def word(random, first, last):
        return words[int(random.integers(first, last))]

    return {
        "everything": lambda r: Filters(),
        "days": lambda r: Filters(**days(r)),
        "opened, two days long ago": lambda r: Filters(
            opened_from=(day := end - timedelta(days=float(r.uniform(400, 700)))),
            opened_until=day + timedelta(days=2)),
        "channel": lambda r: Filters(channel=one(["web", "rest", "telephone"])(r)),
        "status": lambda r: Filters(status=one(["bot", "waiting", "staff", "resolved"])(r)),
        "intent": lambda r: Filters(intent=intent(r)),
        "action": lambda r: Filters(action=f"action_{intent(r)}"),
        "entity": lambda r: Filters(entity=one(["order_number", "colour", "size", "price_max"])(r)),
        "model of long ago": lambda r: Filters(model="nlu-1"),
        "confidence below": lambda r: Filters(confidence_below=float(r.uniform(0.36, 0.9))),
        "confidence, a narrow span": lambda r: Filters(
            confidence_from=(low := float(r.uniform(0.4, 0.95))), confidence_below=low + 0.0002),
        "feedback": lambda r: Filters(feedback=one(["up", "down", "none"])(r)),
        "customer": lambda r: Filters(customer_ids=(f"C{int(r.integers(1, 20_001)):05d}",)),
        "length": lambda r: Filters(length_min=int(r.integers(2, 90)), length_max=int(r.integers(10, 120))),
        "review state": lambda r: Filters(review_state=one(["none", "open", "done"])(r)),
        "assigned to": lambda r: Filters(assigned_to=int(r.integers(0, 12))),
        "tag": lambda r: Filters(tag=one([*TAGS, "nothing has this"])(r)),
        "reason of review": lambda r: Filters(reason=one(REASONS)(r)),
        "outcome": lambda r: Filters(outcome=one([*OUTCOMES])(r)),
        "common word": lambda r: Filters(q=common(r)),
        "word of the first thousand": lambda r: Filters(q=word(r, 0, 1000)),
        "rare word": lambda r: Filters(q=word(r, 5000, 30_000)),
        "word that nobody said": lambda r: Filters(q=f"zzz{int(r.integers(1_000_000))}"),
        "beginning of a word, three letters": lambda r: Filters(q=word(r, 0, 30_000)[:3]),
        "beginning of a word, five letters": lambda r: Filters(q=word(r, 0, 30_000)[:5]),
        "an order's number": lambda r: Filters(q=str(r.integers(100_000, 999_999))),
        "two common words": lambda r: Filters(q=f"{common(r)} {common(r)}"),
        "two common words that seldom meet": lambda r: Filters(q="parcel boots "),
        "common and rare word": lambda r: Filters(q=f"{common(r)} {word(r, 5000, 30_000)}"),
        "four words": lambda r: Filters(q=f"{common(r)} {word(r, 0, 50)} {word(r, 0, 300)} {common(r)}"),
        "common phrase": lambda r: Filters(q=one(['"express delivery"', '"in stock"', '"on its way"'])(r)),
        "phrase of common words that nobody said": lambda r: Filters(q=f'"{common(r)} {common(r)} {common(r)}"'),
        "two intents' intent and action, often together": lambda r: Filters(
            intent=(asked := order(r)), action=f"action_{asked}"),
        "intent and action that seldom meet": lambda r: Filters(intent=order(r), action=f"action_{product(r)}"),
        "intent and word that seldom meet": lambda r: Filters(intent=product(r), q="order "),
        "intent and common word": _intent_and_common_word,
        "word and confidence that seldom meet": lambda r: Filters(q=common(r), confidence_below=0.37),
        "word and length that seldom meet": lambda r: Filters(q=common(r), length_max=2),
        "word, long ago": lambda r: Filters(q=common(r), active_until=end - timedelta(days=float(r.uniform(600, 729)))),
        "model of long ago and common word": lambda r: Filters(model="nlu-1", q=common(r)),
        "model of long ago, thumbs down, open": lambda r: Filters(model="nlu-1", feedback="down", review_state="open"),
        "reason and common word": lambda r: Filters(reason=one(REASONS)(r), q=common(r)),
        "reason and intent that seldom meet": lambda r: Filters(
            reason=REASONS[0], intent=order(r), action=f"action_{product(r)}"),
        "outcome and word that seldom meet": lambda r: Filters(
            outcome=one(["contained", "ordered", "not_understood"])(r), q=common(r), length_max=2),
        "outcome and common word": lambda r: Filters(outcome=one([*OUTCOMES])(r), q=common(r)),
        "tag and common word": lambda r: Filters(tag=one(TAGS)(r), q=common(r)),
        "status and rare word": lambda r: Filters(status="bot", q=word(r, 3000, 30_000)),
        "five filters": lambda r: Filters(
            intent=intent(r), q=common(r), channel="web", feedback="down", review_state="none", **days(r)),
        "any three at random": _any_three(intent, common, word, days),
    }


def _intent_and_common_word(random) -> Filters:
    return Filters(intent=str(random.choice([*ORDERS, *PRODUCTS])), q=str(random.choice(COMMON)))


def _any_three(intent, common, word, days) -> Ask:
    choices = (
        lambda r: {"intent": intent(r)}, lambda r: {"action": f"action_{intent(r)}"}, lambda r: {"q": common(r)},
        lambda r: {"q": word(r, 0, 3000)}, days, lambda r: {"entity": "colour"}, lambda r: {"feedback": "down"},
        lambda r: {"confidence_below": float(r.uniform(0.36, 0.8))}, lambda r: {"length_min": int(r.integers(2, 80))},
        lambda r: {"review_state": "open"}, lambda r: {"status": "resolved"}, lambda r: {"reason": REASONS[1]},
        lambda r: {"tag": TAGS[0]}, lambda r: {"channel": "rest"}, lambda r: {"model": "nlu-2"},
    )  # fmt: skip

    def ask(random) -> Filters:
        filters = Filters()
        for place in random.choice(len(choices), 3, replace=False):
            filters = replace(filters, **choices[place](random))
        return filters

    return ask


def _list(database: Database, filters: Filters, place: Cursor | None = None):
    with database.session() as db:
        page = find(db, filters, older_than=place)
        rows_for(db, page.rows, filters.q, sees_customers=False)
        return page


def _timed(database: Database, name: str, ask: Ask, arguments: argparse.Namespace) -> dict:
    random = np.random.default_rng([arguments.seed, len(name)])
    took_ms, meets = [], []
    for _ in range(arguments.times):
        filters = ask(random)
        started = time.perf_counter()
        page = _list(database, filters)
        took_ms.append((time.perf_counter() - started) * 1000)
        meets.append(page.count)
    return _figures(name, took_ms, statistics.median(meets))


def _deep(database: Database, name: str, ask: Ask, arguments: argparse.Namespace) -> dict:
    random = np.random.default_rng(arguments.seed)
    took_ms = []
    for _ in range(max(1, arguments.times // 6)):
        filters, place = ask(random), None
        for _ in range(DEEP_PAGES):
            started = time.perf_counter()
            page = _list(database, filters, place)
            last_ms = (time.perf_counter() - started) * 1000
            if page.older is None:
                break
            place = page.older
        took_ms.append(last_ms)
    return _figures(name, took_ms, COUNT_LIMIT + 1)


def _everywhere(database: Database, name: str, arguments: argparse.Namespace) -> dict:
    random = np.random.default_rng(arguments.seed)
    took_ms = []
    for _ in range(arguments.times):
        back = timedelta(days=float(random.uniform(0, transcripts.SPAN_DAYS)))
        started = time.perf_counter()
        _list(database, Filters(), Cursor(transcripts.END - back, "f" * 32))
        took_ms.append((time.perf_counter() - started) * 1000)
    return _figures(name, took_ms, COUNT_LIMIT + 1)


def _pages(database: Database, arguments: argparse.Namespace) -> list[dict]:
    """Whole pages, of the real application, signed in."""
    with tempfile.TemporaryDirectory() as folder:
        url = database.engine.url.render_as_string(hide_password=False)
        app = create_app(Settings({"FLOORWALKER_VAR": folder, "FLOORWALKER_DATABASE_URL": url}))
        with TestClient(app, base_url="http://shop.test") as browser:
            with app.state.database.session() as db:
                member = staff.add(db, f"{uuid4().hex}@example.com", "Ida", "agent")
                token = staff_sessions.begin(db, member.staff_id)
            browser.cookies.set(COOKIE_NAME, token, domain="shop.test", path="/console")
            asked = {"first page": "", "common word": "?q=order", "intent and word": "?intent=track_order&q=parcel"}
            return [_page(browser, f"whole page, {name}", query, arguments) for name, query in asked.items()]


def _page(browser: TestClient, name: str, query: str, arguments: argparse.Namespace) -> dict:
    took_ms = []
    for _ in range(arguments.times):
        started = time.perf_counter()
        browser.get(f"/console/conversations{query}").raise_for_status()
        took_ms.append((time.perf_counter() - started) * 1000)
    return _figures(name, took_ms, COUNT_LIMIT + 1)


def _figures(name: str, took_ms: list[float], meets: float) -> dict:
    return {
        "asked": name, "found": f"{meets:,.0f}" if meets <= COUNT_LIMIT else f"> {COUNT_LIMIT:,}",
        "median ms": f"{statistics.median(took_ms):.1f}", "95 % ms": f"{np.percentile(took_ms, 95):.1f}",
        "max ms": f"{max(took_ms):.1f}",
    }  # fmt: skip


if __name__ == "__main__":
    main()
