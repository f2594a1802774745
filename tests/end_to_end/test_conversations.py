"""Every conversation in tests/conversations/*.yml, played through the running bot.

What a conversation may say stands in tests/conversations/README.md.
"""
from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from .talk import Answer, Talk

FOLDER = Path(__file__).resolve().parent.parent / "conversations"
CONVERSATIONS = [
    (path.stem, conversation)
    for path in sorted(FOLDER.glob("*.yml"))
    for conversation in yaml.safe_load(path.read_text("utf-8"))
]
KEYS = {"shopper", "press", "intent", "entities", "action", "says", "not_says", "cards", "buttons"}


@pytest.mark.parametrize(
    "conversation", [each for _, each in CONVERSATIONS], ids=[f"{stem}: {each['name']}" for stem, each in CONVERSATIONS]
)
def test_conversation(conversation, stack, database, cast):
    asyncio.run(play(conversation, stack, database, cast))


async def play(conversation: dict[str, Any], stack, database, cast) -> None:
    history = []
    async with Talk(stack, database, cast.customer_id(conversation["as"])) as talk:
        for step in conversation["steps"]:
            assert step.keys() <= KEYS, f"Unknown keys in {step}: {step.keys() - KEYS}."
            said = cast.fill(step["shopper"]) if "shopper" in step else cast.fill_pattern(step["press"])
            answer = await (talk.say(said) if "shopper" in step else talk.press(said))
            history.append(f"shopper: {said}\n    [{answer.intent} -> {', '.join(answer.actions)}]\nbot: {answer.text}"
                           f"\n    buttons: {answer.buttons}, cards: {len(answer.drawn('cards'))}")
            wrong = complaints(step, answer, cast)
            assert not wrong, "\n".join([*history, *wrong])


def complaints(step: dict[str, Any], answer: Answer, cast) -> list[str]:
    """What of ``step`` the answer does not meet."""
    wrong = []
    if "intent" in step and answer.intent != step["intent"]:
        wrong.append(f"Understood as {answer.intent}, not {step['intent']}.")
    missed = set(step.get("entities", ())) - {entity["entity"] for entity in answer.entities}
    if missed:
        wrong.append(f"Not found in it: {', '.join(sorted(missed))}.")
    if "action" in step and step["action"] not in answer.actions:
        wrong.append(f"{step['action']} did not run.")
    for pattern in step.get("says", []):
        if not re.search(cast.fill_pattern(pattern), answer.text, re.IGNORECASE):
            wrong.append(f"The bot does not say {pattern!r}.")
    for pattern in step.get("not_says", []):
        if re.search(cast.fill_pattern(pattern), answer.text, re.IGNORECASE):
            wrong.append(f"The bot says {pattern!r}.")
    if len(answer.drawn("cards")) < step.get("cards", 0):
        wrong.append(f"{len(answer.drawn('cards'))} cards, not {step['cards']}.")
    for pattern in step.get("buttons", []):
        if not any(re.search(cast.fill_pattern(pattern), title, re.IGNORECASE) for title in answer.buttons):
            wrong.append(f"No button is like {pattern!r}.")
    return wrong
