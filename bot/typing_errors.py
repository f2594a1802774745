"""Typing errors, made on purpose: the same text and seed always give the same errors."""
from __future__ import annotations

import random

# Keys that stand beside each other on the keyboards most shops' customers type on (QWERTY), row by row.
ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
KINDS = ("swap", "drop", "double", "neighbour")


def neighbours(key: str) -> str:
    """Keys to the left and right of ``key``, a lower-case letter or a digit; empty for any other character."""
    for row in ROWS:
        place = row.find(key)
        if key and place >= 0:
            return row[max(place - 1, 0):place] + row[place + 1:place + 2]
    return ""


def disturb(text: str, share: float, seed: int) -> str:
    """``text`` with typing errors at ``share`` of its characters (0 to 1), rounded, at least one where share > 0.

    Each error swaps a character with the next, drops it, doubles it, or types a neighbouring key instead; where the
    keyboard has no neighbour, or there is no next character, it is doubled. A text of one character stays as it is:
    nothing of it would be left to understand.
    """
    if share <= 0 or len(text) < 2:
        return text
    # Seeded by the text too, so that a sentence's errors do not depend on the sentences before it.
    chance = random.Random(f"{seed}:{text}")  # noqa: S311 - no secret
    places = set(chance.sample(range(len(text)), min(max(1, round(share * len(text))), len(text) - 1)))
    written: list[str] = []
    skip = -1
    for place, character in enumerate(text):
        if place == skip:
            continue
        if place not in places:
            written.append(character)
            continue
        kind = chance.choice(KINDS)
        beside = neighbours(character.lower())
        if kind == "swap" and place + 1 < len(text):
            written += [text[place + 1], character]
            skip = place + 1
        elif kind == "drop":
            continue
        elif kind == "neighbour" and beside:
            typed = chance.choice(beside)
            written.append(typed.upper() if character.isupper() else typed)
        else:
            written += [character, character]
    return "".join(written)
