"""What became of the messages of a load: counted from the stored conversations, not from the live stream.

Pure functions over what a shopper sent and what the gateway hands out afterwards with ``after`` 0.
"""
from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any


@dataclass
class Sent:
    """A message that a shopper sent. ``acks``: the different numbers it was acknowledged with."""

    id: str
    acks: tuple[int, ...] = ()
    refused: bool = False  # the gateway said that it would not store it: then it must not have


@dataclass(frozen=True)
class Account:
    """What went wrong in one conversation, or in all together; all 0 where nothing did.

    unstored: sent and in no history.      unanswered: stored, and without a reply.
    gaps: numbers that no message has.     extra: stored copies, and messages that nobody sent.
    answered_again: replies beyond the first to one message.
    overtaken: messages stored before one that was sent earlier, and replies before the reply to an earlier one.
    misnumbered: messages acknowledged with another number than they have, or with several.
    apologies: answers with which the bot only said that it had none. Not a loss, but worth knowing.
    """

    unstored: int = 0
    unanswered: int = 0
    gaps: int = 0
    extra: int = 0
    answered_again: int = 0
    overtaken: int = 0
    misnumbered: int = 0
    apologies: int = 0

    @property
    def lost(self) -> int:
        return self.unstored + self.unanswered + self.gaps

    @property
    def doubled(self) -> int:
        return self.extra + self.answered_again

    @property
    def reordered(self) -> int:
        return self.overtaken + self.misnumbered


def total(accounts: Iterable[Account]) -> Account:
    """All accounts added up."""
    accounts = list(accounts)
    return Account(**{each.name: sum(getattr(one, each.name) for one in accounts) for each in fields(Account)})


def account(sent: Sequence[Sent], history: Sequence[Mapping[str, Any]], base_seq: int = 0) -> Account:
    """Compare what was ``sent``, in this order, with the conversation's whole ``history``.

    ``history``: message frames of the gateway (seq, sender, at, and id or in_reply_to). What has a number up to
    ``base_seq`` was said before the load began: it counts for gaps alone.
    """
    copies: dict[str, list[int]] = {}
    replies: dict[int, list[Mapping[str, Any]]] = {}
    for frame in history:
        if frame["seq"] <= base_seq:
            continue
        if frame["sender"] == "shopper":
            copies.setdefault(frame["id"], []).append(frame["seq"])
        elif frame.get("in_reply_to") is not None:
            replies.setdefault(frame["in_reply_to"], []).append(frame)
    wanted = [each for each in sent if not each.refused]
    stored = [(each, min(copies[each.id])) for each in wanted if each.id in copies]
    answered = [seq for _, seq in stored if seq in replies]
    return Account(
        unstored=len(wanted) - len(stored),
        unanswered=len(stored) - len(answered),
        gaps=_gaps([frame["seq"] for frame in history]),
        extra=sum(len(seqs) for seqs in copies.values()) - len(stored),
        # One reply is stored in one transaction, so all its messages bear the same time.
        answered_again=sum(len({frame["at"] for frame in frames}) - 1 for frames in replies.values()),
        overtaken=_overtaken([seq for _, seq in stored])
        + _overtaken([min(frame["seq"] for frame in replies[seq]) for seq in answered])
        + sum(any(frame["seq"] < seq for frame in frames) for seq, frames in replies.items()),
        misnumbered=sum(bool(each.acks) and set(each.acks) != {seq} for each, seq in stored),
        apologies=sum(frames[0]["sender"] == "system" for frames in replies.values()),
    )


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest of ``values`` that at least ``share`` of them do not exceed (nearest rank); None for none."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _gaps(seqs: Sequence[int]) -> int:
    """How many numbers from 1 to the highest are missing."""
    return max(seqs, default=0) - len(set(seqs))


def _overtaken(seqs: Sequence[int]) -> int:
    """How many numbers are lower than one before them."""
    highest, count = 0, 0
    for seq in seqs:
        count += seq < highest
        highest = max(highest, seq)
    return count
