"""How many conversations the model writes in: whole conversations, as many as the shop says."""
from __future__ import annotations

from uuid import UUID

import pytest

from actions import written_replies

CONVERSATIONS = [UUID(int=number).hex for number in range(2000)]


@pytest.mark.parametrize("share", [0, 25, 50, 100])
def test_the_model_writes_in_as_many_conversations_as_the_shop_says(monkeypatch, share):
    monkeypatch.setattr(written_replies.settings, "reply_share", share)
    written = [each for each in CONVERSATIONS if written_replies._is_written(each)]
    assert len(written) == pytest.approx(len(CONVERSATIONS) * share / 100, rel=0.1)
    assert written == [each for each in CONVERSATIONS if written_replies._is_written(each)]


def test_a_conversation_that_is_written_stays_so_when_the_share_grows(monkeypatch):
    monkeypatch.setattr(written_replies.settings, "reply_share", 20)
    few = {each for each in CONVERSATIONS if written_replies._is_written(each)}
    monkeypatch.setattr(written_replies.settings, "reply_share", 60)
    assert few < {each for each in CONVERSATIONS if written_replies._is_written(each)}
