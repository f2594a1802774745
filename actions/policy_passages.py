"""Questions about the shop's terms that no response answers: the passage of a policy page that does, word for word."""
from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from actions.base import Turn
from actions.order_questions import PERSON
from models.passages import Found
from shop.policies import Policy

logger = logging.getLogger(__name__)

# So much nearer than the general answer a passage must be to be said in its place; chosen on the examples of
# data/nlu/policies.yml, which the general answers are meant for (docs/shop.md).
CLEARLY_NEARER = 0.12
# Their responses say all that their pages do.
ANSWERED_WHOLLY = ("contact", "opening_hours")
MOST_CHARS = 300  # a longer message tells a story and does not ask one thing


def quoted(turn: Turn, buttons: Sequence[dict[str, str]] = ()) -> bool:
    """Say the passage that answers the message, if one surely does; False where nothing was said."""
    found = _found(turn)
    if found is None:
        return False
    _say(turn, found, buttons)
    return True


def quoted_instead(
    turn: Turn, pages: Sequence[Policy], facts: Mapping[str, Any], buttons: Sequence[dict[str, str]]
) -> bool:
    """Say the passage in place of the intent's general answer, if it is clearly nearer to what was asked.

    It must stand on one of ``pages``, the intent's own: else the intent or the passage is mistaken. False where
    nothing was said.
    """
    found = None if turn.intent in ANSWERED_WHOLLY else _found(turn)
    if found is None or found.passage.slug not in {page.slug for page in pages}:
        return False
    in_use = turn.runtime.passages
    general = in_use.passages(turn.db, turn.search.embedding).likeness_of_answers(
        turn.text, in_use.wordings(f"utter_{turn.intent}", facts), found.passage.source
    )
    if found.likeness - general < CLEARLY_NEARER:
        return False
    _say(turn, found, buttons)
    return True


def _found(turn: Turn) -> Found | None:
    if turn.text.startswith("/") or len(turn.text) > MOST_CHARS:
        return None
    return turn.runtime.passages.passages(turn.db, turn.search.embedding).best(turn.text)


def _say(turn: Turn, found: Found, buttons: Sequence[dict[str, str]]) -> None:
    passage = found.passage
    logger.info("Passage of %s, nearness %.2f.", passage.slug, found.score)
    turn.say(
        "utter_policy_passage", passage=passage.text, source=passage.source,
        link={"title": passage.source, "url": f"/policy/{passage.slug}"},
        # In the middle of a form its own buttons come next.
        buttons=[] if turn.tracker.active_loop_name else [*buttons, PERSON],
    )
