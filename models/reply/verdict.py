"""What the claim gate says of a reply."""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """``reason`` is a stable code, with what it is about behind a colon ("missing_fact:title"); None where ``ok``.

    ``detail`` is for people: the words that were refused.
    """

    ok: bool
    reason: str | None = None
    detail: str = ""


PASSED = Verdict(True)


def refused(reason: str, detail: str) -> Verdict:
    return Verdict(False, reason, detail)
