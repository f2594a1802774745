"""A trainer adds an intent while shoppers talk: the new model takes over, and they notice by its answer alone."""
from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from benchmarks.project_copy import copy_project
from benchmarks.understanding import LESSONS, teach, watching
from shop import conversations

from .talk import Talk

LESSON = LESSONS[0]
PATIENCE_SECONDS = 240


@pytest.fixture
def watched(stack, tmp_path):
    """A copy of the project that is watched for this running bot; afterwards the bot has its own model again."""
    copy = copy_project(tmp_path / "project")
    with watching(copy, stack) as watcher:
        yield copy, watcher
    if "swapped into the running bot" in "".join(watcher.lines):
        stack.floorwalker("models", "rollback", "rasa")


async def ask_until_taught(talk: Talk) -> list[str]:
    """Ask for the new thing, again and again, until it is answered; returns all answers."""
    answers = [(await talk.say(LESSON.question)).text]
    while answers[-1] != LESSON.response:
        await asyncio.sleep(0.2)  # between an answer and the next sentence, as shoppers do
        answers.append((await talk.say(LESSON.question)).text)
    return answers


def test_an_intent_that_a_trainer_saves_is_answered_in_the_conversations_under_way(stack, database, cast, watched):
    copy, watcher = watched

    async def talk_on() -> None:
        async with (
            Talk(stack, database) as browsing, Talk(stack, database) as tracking, Talk(stack, database) as asking,
        ):
            assert (await browsing.say("I would like a green tent")).drawn("cards")
            await tracking.say("any idea where my parcel has got to?")
            wanted = await tracking.say(cast.fill("it is {guest.shipped}"))
            assert "on its way" not in wanted.text  # a form is open, and has one of the two things that it asks for

            watcher.idle.clear()
            teach(copy, LESSON)
            answers = await asyncio.wait_for(ask_until_taught(asking), PATIENCE_SECONDS)
            assert len(answers) > 2  # somebody talked all the time while it was learnt and swapped
            assert all(answers)

            compared = await browsing.say("compare the first two")  # what was found before is still known
            assert "action_compare_products" in compared.actions
            proven = await tracking.say(cast.fill("{guest.email}"))  # and the form goes on where it was
            assert "action_order_task" in proven.actions and "on its way" in proven.text
            assert (await tracking.say(LESSON.question)).text == LESSON.response
            for talk in (browsing, tracking, asking):
                nothing_is_lost_and_each_answer_keeps_its_model(database, talk)

    asyncio.run(talk_on())
    watcher.wait()
    assert "trained" in "".join(watcher.lines) and "error" not in "".join(watcher.lines)


def nothing_is_lost_and_each_answer_keeps_its_model(database, talk: Talk) -> None:
    with database.session() as db:
        said = conversations.messages_after(db, talk.id, 0, 1000)
    assert [message.seq for message in said] == list(range(1, len(said) + 1))
    asked = [message for message in said if message.sender == "shopper"]
    answered = Counter(message.in_reply_to for message in said if message.sender == "bot")
    assert all(message.state == "answered" and answered[message.seq] for message in asked)
    models = [message.model_version for message in asked]
    # Two models, the first one up to some message and the second one from there on.
    assert len(set(models)) == 2 and models == sorted(models, key=[models[0], models[-1]].index)
