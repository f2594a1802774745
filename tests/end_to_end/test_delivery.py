"""Nothing said is lost, doubled or reordered, whatever is killed."""
from __future__ import annotations

import asyncio
import json
import time

import pytest

from benchmarks.stack import PROCESSES

from .talk import Talk

SHOPPERS, SECONDS = 8, 12


@pytest.mark.parametrize("process", PROCESSES)
def test_nothing_is_lost_doubled_or_reordered_when_a_process_is_killed(stack, process):
    running = stack.spawn(
        "load", "--users", str(SHOPPERS), "--seconds", str(SECONDS), "--think-ms", "300", "--json",
        "--url", stack.websocket_url,
    )
    time.sleep(SECONDS / 3)
    stack.kill(process)
    stack.start(process)
    report = json.loads(stack.result(running))
    assert report["turns"] > 2 * SHOPPERS, report
    assert {key: report[key] for key in ("lost", "doubled", "reordered", "errors")} == {
        "lost": 0, "doubled": 0, "reordered": 0, "errors": 0}, report
    assert report["acked"] == report["sent"], report


@pytest.mark.parametrize("process", ["rasa", "actions"])
def test_a_shopper_is_told_that_the_bot_is_away_and_answered_once_it_is_back(stack, database, process):
    async def wait() -> None:
        notices: list[tuple[float, str]] = []
        async with Talk(stack, database) as talk:
            talk.client._on_frame = lambda frame: (
                notices.append((time.monotonic(), frame["code"])) if frame["type"] == "notice" else None
            )
            stack.kill(process)
            said_at = time.monotonic()
            answer = asyncio.create_task(talk.say("I need a warm blanket"))
            while not notices:
                await asyncio.sleep(0.05)
                assert time.monotonic() - said_at < 3.5, "The shopper was not told within 3 s."
            assert notices[0][1] == "bot_away"
            assert not answer.done()
            await asyncio.to_thread(stack.start, process)
            told = await answer
            assert told.intent == "search_product"
            assert told.drawn("cards")
            assert [code for _, code in notices] == ["bot_away", "bot_back"]

    asyncio.run(wait())


def test_a_cancellation_interrupted_by_a_crash_happens_once(stack, database, cast):
    """The action server dies while it cancels; the turn is run again under the same message, and cancels once."""
    from sqlalchemy import func, select  # noqa: PLC0415

    from shop import schema  # noqa: PLC0415

    async def cancel() -> None:
        async with Talk(stack, database, cast.customer_id("ada")) as talk:
            with database.session() as db:
                number = db.execute(
                    select(schema.orders.c.number).where(
                        schema.orders.c.customer_id == cast.customer_id("ada"),
                        schema.orders.c.status.in_(("placed", "packed")),
                    ).limit(1)
                ).scalar()
            if number is None:
                pytest.skip("Other tests have used up Ada's open orders.")
            asked = await talk.say(f"please cancel order {number}")
            assert "?" in asked.text, asked.text
            answer = asyncio.create_task(talk.say("yes please"))
            await asyncio.sleep(0.01)
            await asyncio.to_thread(stack.kill, "actions")
            await asyncio.to_thread(stack.start, "actions")
            assert "cancel" in (await answer).text.lower()
            with database.session() as db:
                changes = db.execute(
                    select(func.count()).select_from(schema.order_changes).where(
                        schema.order_changes.c.order_number == number, schema.order_changes.c.kind == "cancel"
                    )
                ).scalar()
            assert changes == 1

    asyncio.run(cancel())
