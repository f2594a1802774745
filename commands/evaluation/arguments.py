"""Types of arguments that several evaluations take."""
from __future__ import annotations

import argparse


def positive(text: str) -> int:
    """A whole number above 0. Raises ArgumentTypeError, quoting what was typed."""
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return number
