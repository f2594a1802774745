"""Frames of the gateway as lines of text for a terminal."""
from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from actions.wording import day, money

WIDTH = 96
NAMES = {"bot": "bot", "staff": "staff", "shopper": "you", "system": "shop"}


def message_lines(message: dict[str, Any]) -> list[str]:
    """A message with everything drawn beside it; its buttons are numbered from 1 in brackets."""
    name = f"{plain(message.get('name') or NAMES[message['sender']])}: "
    lines = []
    for paragraph in plain(message["text"]).splitlines():
        first = " " * len(name) if lines else name
        lines += textwrap.wrap(paragraph, WIDTH, initial_indent=first, subsequent_indent=" " * len(name))
    for number, card in enumerate(message.get("cards") or (), 1):
        lines += _indented(card_lines(number, card))
    for key, draw in (("offer", offer_lines), ("order", order_lines), ("table", table_lines), ("link", link_lines)):
        if message.get(key):
            lines += _indented(draw(message[key]))
    if message.get("buttons"):
        lines += _indented(["   ".join(button_titles(message["buttons"]))])
    return lines


def button_titles(buttons: Sequence[dict[str, Any]]) -> list[str]:
    """``[1] Show more``, ``[2] Cheaper``"""
    return [f"[{number}] {plain(button['title'])}" for number, button in enumerate(buttons, 1)]


def card_lines(number: int, card: dict[str, Any]) -> list[str]:
    facts = [plain(card["brand"]), money(card["price_cents"], card["currency"])]
    if card.get("was_cents"):
        facts.append(f"was {money(card['was_cents'], card['currency'])}")
    if card.get("rating_count"):
        facts.append(f"{card['rating']:.1f}/5 by {card['rating_count']}")
    if not card["in_stock"]:
        facts.append("sold out")
    lines = [f"{number}. {plain(card['title'])} ({', '.join(facts)})"]
    beside = [plain(card[key]) for key in ("note", "reason") if card.get(key)]
    return lines + [f"   {line}" for line in beside]


def offer_lines(offer: dict[str, Any]) -> list[str]:
    lines = [f"% {plain(offer['title'])}, code {plain(offer['code'])}", f"  {plain(offer['text'])}"]
    return [*lines, f"  until {_day(offer['ends_at'])}"] if offer.get("ends_at") else lines


def order_lines(order: dict[str, Any]) -> list[str]:
    lines = [f"Order #{plain(order['number'])}: {plain(order['status_text'])}, "
             f"{money(order['total_cents'], order['currency'])}"]
    for line in order.get("lines") or ():
        lines.append(f"  {line['quantity']} x {plain(line['title'])}, {money(line['price_cents'], order['currency'])}")
    if order.get("expected"):
        lines.append(f"  expected {plain(order['expected'])}")
    if order.get("tracking_code"):
        lines.append(f"  {plain(order.get('carrier') or '')} {plain(order['tracking_code'])} "
                     f"{plain(order.get('tracking_url') or '')}".rstrip())
    return lines


def table_lines(table: dict[str, Any]) -> list[str]:
    rows = [[plain(str(cell)) for cell in row] for row in (table["columns"], *table["rows"])]
    widths = [max(len(row[column]) for row in rows if column < len(row)) for column in range(len(rows[0]))]
    drawn = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)).rstrip() for row in rows]
    return [drawn[0], "  ".join("-" * width for width in widths), *drawn[1:]]


def link_lines(link: dict[str, Any]) -> list[str]:
    return [f"{plain(link['title'])}: {plain(link['url'] or '')}"]


def plain(text: str) -> str:
    """``text`` without characters that would steer the terminal."""
    return "".join(char for char in text if char.isprintable() or char == "\n")


def _day(moment: str) -> str:
    try:
        return day(datetime.fromisoformat(moment))
    except ValueError:
        return plain(moment)


def _indented(lines: list[str]) -> list[str]:
    return [f"     {line}" for line in lines]
