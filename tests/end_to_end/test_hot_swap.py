"""A new model is taken over while a conversation goes on; old transcripts keep what they were answered with."""
from __future__ import annotations

import asyncio

from shop import conversations

from .talk import Talk


def test_a_conversation_goes_on_across_a_new_model(stack, database):
    async def talk_on() -> None:
        async with Talk(stack, database) as talk:
            found = await talk.say("I would like a green tent")
            assert found.drawn("cards")
            swapped = await asyncio.to_thread(stack.floorwalker, "train", "rasa", "--force")
            assert "swapped into the running bot" in swapped.stdout
            compared = await talk.say("compare the first two")
            assert "action_compare_products" in compared.actions
            with database.session() as db:
                heard = [each for each in conversations.messages_after(db, talk.id) if each.sender == "shopper"]
            assert len({each.model_version for each in heard}) == 2

    asyncio.run(talk_on())
