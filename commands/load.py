"""``floorwalker load``: many shoppers at once over WebSocket, and an exact account of their messages."""
from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import time
from collections import Counter
from dataclasses import asdict
from typing import Any

import uvloop
from tqdm import tqdm

from commands.errors import CommandError
from commands.gateway_address import base_url, session_token
from commands.load_accounting import percentile, total
from commands.load_scripts import Persona, Talk, personas, read_scripts, shop_words
from commands.load_shopper import Experience, Shopper
from shop.database import open_database

DRAIN_S = 30.0  # how long replies are waited for after the last sentence
AT_ONCE = 8  # sessions opened and conversations read again at a time
SHOWN_ERRORS = 5
LIMITS = (
    "FLOORWALKER_MESSAGES_PER_MINUTE, FLOORWALKER_MESSAGES_BURST, FLOORWALKER_ADDRESS_MESSAGES_PER_MINUTE, "
    "FLOORWALKER_ADDRESS_MESSAGES_BURST and FLOORWALKER_ADDRESS_CONNECTIONS"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--users", type=int, required=True, metavar="N", help="shoppers, half of them customers")
    parser.add_argument("--seconds", type=float, required=True, metavar="S", help="for how long they talk")
    parser.add_argument(
        "--think-ms", type=int, default=1000, metavar="MS",
        help="mean time between a reply and the next sentence (1000)",
    )
    parser.add_argument("--url", metavar="URL", help="the gateway (the one of the settings)")
    parser.add_argument("--seed", type=int, default=7, metavar="N", help="the same seed says the same (7)")
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """1 where a message was lost, doubled or reordered, or an error came up."""
    for name, low in (("users", 1), ("seconds", 1), ("think_ms", 0)):
        if not low <= getattr(arguments, name) <= 1_000_000:
            option = name.replace("_", "-")
            raise CommandError(f"--{option} is {getattr(arguments, name)}. Use {low} to 1000000.")
    logging.getLogger("web.gateway.client").setLevel(logging.WARNING)  # reconnects are counted, not told one by one
    scripts = read_scripts()
    database = open_database()
    try:
        database.check()
        with database.session() as db:
            people, words = personas(db, arguments.users, arguments.seed), shop_words(db)
    finally:
        database.close()
    talks = [Talk(scripts, each, words, f"{arguments.seed}.{number}") for number, each in enumerate(people)]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # half the CPU of the loop of the library
        experiences, until = runner.run(_load(arguments, people, talks))
    report = summary(experiences, arguments.seconds, until)
    if arguments.json:
        print(json.dumps(report, indent=2))
    else:
        _print(report)
    return 1 if report["errors"] or report["lost"] or report["doubled"] or report["reordered"] else 0


async def _load(
    arguments: argparse.Namespace, people: list[Persona], talks: list[Talk]
) -> tuple[list[Experience], float]:
    """What the shoppers lived through, and when they stopped, on the clock of ``time.monotonic``."""
    base = base_url(arguments.url)
    at_once = asyncio.Semaphore(AT_ONCE)

    async def shopper(person: Persona, talk: Talk) -> Shopper:
        async with at_once:
            token = await session_token(base, person.customer_id)
        return Shopper(base, token, talk, arguments.think_ms / 1000)

    async def reread(each: Shopper) -> None:
        async with at_once:
            await each.reread()

    shoppers = await asyncio.gather(*map(shopper, people, talks))
    started = time.monotonic()
    until = started + arguments.seconds
    watching = asyncio.create_task(_watch(shoppers, started, arguments.seconds, quiet=arguments.json))
    await asyncio.gather(*(each.talk(until, until + DRAIN_S) for each in shoppers))
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching
    await asyncio.gather(*map(reread, shoppers))
    return [each.experience for each in shoppers], until


async def _watch(shoppers: list[Shopper], started: float, seconds: float, quiet: bool) -> None:
    layout = "{l_bar}{bar}| {n:.0f}/{total:.0f} s, {postfix}"
    with tqdm(total=seconds, leave=False, disable=True if quiet else None, bar_format=layout) as bar:
        while True:
            bar.update(min(seconds, time.monotonic() - started) - bar.n)
            bar.set_postfix_str(f"{sum(len(each.experience.turns) for each in shoppers)} turns")
            await asyncio.sleep(1)


def summary(experiences: list[Experience], seconds: float, until: float) -> dict[str, Any]:
    """The report. ``turns_per_s`` counts what was answered ``until`` the shoppers stopped, the drain left out."""
    took_ms = [took for each in experiences for _, took in each.turns]
    in_time = sum(answered <= until for each in experiences for answered, _ in each.turns)
    accounts = total(each.account for each in experiences)
    errors = Counter(error for each in experiences for error in each.errors)
    sent = [message for each in experiences for message in each.sent]
    return {
        "users": len(experiences),
        "seconds": seconds,
        "turns": len(took_ms),
        "turns_per_s": round(in_time / seconds, 2),
        "p50_ms": _rounded(percentile(took_ms, 0.50)),
        "p95_ms": _rounded(percentile(took_ms, 0.95)),
        "p99_ms": _rounded(percentile(took_ms, 0.99)),
        "max_ms": _rounded(max(took_ms, default=None)),
        "sent": len(sent),
        "acked": sum(bool(message.acks) for message in sent),
        "errors": errors.total(),
        "lost": accounts.lost,
        "doubled": accounts.doubled,
        "reordered": accounts.reordered,
        "rate_limited": sum(each.rate_limited for each in experiences),
        "reconnects": sum(each.reconnects for each in experiences),
        "account": asdict(accounts),
        "error_messages": dict(errors.most_common(SHOWN_ERRORS)),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _print(report: dict[str, Any]) -> None:
    for name, value in report.items():
        if not isinstance(value, dict):
            print(f"{name:<14}{'-' if value is None else value:>12}")
    for name, value in report["account"].items():
        if value:
            print(f"  {name:<12}{value:>12}")
    for message, count in report["error_messages"].items():
        print(f"  {count} x {message}")
    if report["rate_limited"]:
        print(
            f"\nRATE LIMITED: the gateway held messages back {report['rate_limited']} times, so these figures show "
            f"its limits and not its speed. Start it with higher {LIMITS}, or give shoppers longer to think."
        )
