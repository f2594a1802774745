"""Whatever is asked of the list of conversations, it finds what a look at every single one finds, in the same order."""
from __future__ import annotations

import random
import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, update

from shop import conversation_search, conversations, schema
from shop.conversation_search import NOBODY, Filters, find
from shop.conversation_snippets import snippets
from shop.owner import Owner
from shop.search_words import wanted
from tests.shop.conftest import ADA, BEN, VISITOR

START = datetime(2026, 3, 1, tzinfo=UTC)
WORDS = ["order", "boots", "express", "delivery", "red", "late", "ordered", "the"]
INTENTS, ACTIONS, ENTITIES = ["track_order", "greet", "out_of_scope"], ["action_a", "action_b"], ["colour", "size"]
TAGS, REASONS, STATUSES = ["late", "praise"], ["low_confidence", "repeated"], ["bot", "waiting", "staff", "resolved"]


@dataclass
class Talk:
    """A conversation as the test remembers it."""

    id: str
    row: dict
    texts: list[str]
    intents: set[str]
    actions: set[str]
    entities: set[str]
    model: str
    tags: set[str]
    reasons: set[str]


@pytest.fixture
def talks(database) -> list[Talk]:
    """Sixty of them, some active at the same moment, in the order of the list."""
    chance = random.Random(3)  # noqa: S311 - not for secrets
    with database.session() as db:
        made = [_made(db, chance, number) for number in range(60)]
    return sorted(made, key=lambda each: (each.row["last_at"], each.id), reverse=True)


def _made(db, chance, number: int) -> Talk:
    owner = chance.choice([Owner(ADA), Owner(BEN), Owner(visitor_id=VISITOR)])
    talk = conversations.open_conversation(db, owner, chance.choice(["web", "rest"])).id
    found = Talk(talk, {}, [], set(), set(), set(), chance.choice(["m1", "m2"]), set(), set())
    lowest, thumbs = None, {"up": 0, "down": 0}
    for turn in range(chance.choice([0, 1, 2, 3])):
        text = " ".join(chance.choices(WORDS, weights=range(8, 0, -1), k=chance.randint(1, 4)))
        answer = " ".join(chance.choices(WORDS, k=2)).capitalize() + "."
        understood = {
            "intent": chance.choice(INTENTS), "confidence": round(chance.random(), 3), "model_version": found.model,
            "actions": chance.sample(ACTIONS, chance.randint(0, 2)),
            "entities": [{"entity": name} for name in chance.sample(ENTITIES, chance.randint(0, 2))],
        }
        message, _ = conversations.add_shopper_message(db, talk, f"m{turn}", text)
        (reply,) = conversations.add_bot_reply(db, talk, message.seq, [{"text": answer}], understood)
        thumb = chance.choice([None, None, "up", "down"])
        if thumb:
            conversations.set_feedback(db, talk, reply.seq, thumb)
            thumbs[thumb] += 1
        found.texts += [text, answer]
        found.intents.add(understood["intent"])
        found.actions.update(understood["actions"])
        found.entities.update(each["entity"] for each in understood["entities"])
        lowest = understood["confidence"] if lowest is None else min(lowest, understood["confidence"])
    opened_at = START + timedelta(days=number // 3)
    changes = {
        "opened_at": opened_at, "last_at": opened_at + timedelta(days=chance.choice([0, 0, 5])),
        "status": chance.choice(STATUSES), "review_state": chance.choice(["none", "open", "done"]),
        "assigned_to": chance.choice([None, None, 7, 8]),
    }  # fmt: skip
    db.execute(update(schema.conversations).where(schema.conversations.c.id == talk).values(changes))
    found.tags, found.reasons = set(chance.sample(TAGS, chance.randint(0, 1))), set(chance.sample(REASONS, 1))
    db.execute(schema.review_reasons.delete().where(schema.review_reasons.c.conversation_id == talk))
    for tag in found.tags:
        db.execute(insert(schema.conversation_tags).values(conversation_id=talk, tag=tag))
    for reason in found.reasons:
        db.execute(insert(schema.review_reasons).values(conversation_id=talk, seq=1, reason=reason, weight=0.5))
    found.row = changes | {
        "customer_id": owner.customer_id, "channel": conversations.get(db, talk).channel, "lowest": lowest,
        "thumbs": thumbs, "length": len(found.texts),
    }  # fmt: skip
    return found


# ---- the same without a database


def fits(talk: Talk, asked: Filters) -> bool:
    row, given_up = talk.row, []
    given_up += [not _said(talk, asked.q)] if asked.q else []
    given_up += [
        bool(value) and not has(value) for value, has in (
            (asked.intent, lambda value: value in talk.intents), (asked.action, lambda value: value in talk.actions),
            (asked.entity, lambda value: value in talk.entities),
            (asked.model, lambda value: value == talk.model and bool(talk.texts)),
            (asked.tag, lambda value: value in talk.tags), (asked.reason, lambda value: value in talk.reasons),
            (asked.channel, lambda value: value == row["channel"]),
            (asked.status, lambda value: value == row["status"]),
            (asked.review_state, lambda value: value == row["review_state"]),
        )
    ]
    given_up += [
        limit is not None and not (value is not None and keeps(value, limit)) for limit, value, keeps in (
            (asked.opened_from, row["opened_at"], lambda value, limit: value >= limit),
            (asked.opened_until, row["opened_at"], lambda value, limit: value < limit),
            (asked.active_from, row["last_at"], lambda value, limit: value >= limit),
            (asked.active_until, row["last_at"], lambda value, limit: value < limit),
            (asked.confidence_below, row["lowest"], lambda value, limit: value < limit),
            (asked.confidence_from, row["lowest"], lambda value, limit: value >= limit),
            (asked.length_min, row["length"], lambda value, limit: value >= limit),
            (asked.length_max, row["length"], lambda value, limit: value <= limit),
        )
    ]
    if asked.feedback:
        thumbs = row["thumbs"]
        given_up.append(sum(thumbs.values()) > 0 if asked.feedback == "none" else thumbs[asked.feedback] == 0)
    if asked.customer_ids is not None:
        given_up.append(row["customer_id"] not in asked.customer_ids)
    if asked.assigned_to is not None:
        given_up.append(row["assigned_to"] != (asked.assigned_to or None))
    if asked.outcome == "not_understood":
        given_up.append("out_of_scope" not in talk.intents)
    if asked.outcome == "thumbed":
        given_up.append(sum(row["thumbs"].values()) == 0)
    return not any(given_up)


def _said(talk: Talk, q: str) -> bool:
    """Each quoted phrase in one message, each word anywhere, the last word begun."""
    parts = re.findall(r'"([^"]*)"|(\S+)', q)
    for number, (phrase, word) in enumerate(parts, 1):
        begun = rf"\b{word}" + ("" if number == len(parts) and len(word) >= 3 else r"\b")
        pattern = rf"\b{phrase}\b" if phrase else begun
        if not any(re.search(pattern, text, re.IGNORECASE) for text in talk.texts):
            return False
    return True


moments = st.integers(-1, 27).map(lambda days: START + timedelta(days=days))
queries = st.one_of(
    st.sampled_from(WORDS), st.lists(st.sampled_from(WORDS), min_size=2, max_size=3).map(" ".join),
    st.lists(st.sampled_from(WORDS), min_size=2, max_size=2).map(lambda words: f'"{" ".join(words)}"'),
    st.sampled_from(["or", "ord", "ordere", "nothing", "de del", '"express delivery" red']),
)  # fmt: skip
VALUES = {
    "q": queries, "opened_from": moments, "opened_until": moments, "active_from": moments, "active_until": moments,
    "channel": st.sampled_from(["web", "rest", "fax"]), "intent": st.sampled_from([*INTENTS, "none"]),
    "action": st.sampled_from([*ACTIONS, "none"]), "entity": st.sampled_from(ENTITIES),
    "model": st.sampled_from(["m1", "m2"]), "confidence_below": st.floats(0, 1), "confidence_from": st.floats(0, 1),
    "feedback": st.sampled_from(["up", "down", "none"]),
    "customer_ids": st.sampled_from([(ADA,), (ADA, BEN), (), ("C99999",)]), "length_min": st.integers(0, 7),
    "length_max": st.integers(0, 7), "status": st.sampled_from(STATUSES),
    "review_state": st.sampled_from(["none", "open", "done"]), "assigned_to": st.sampled_from([NOBODY, 7, 8, 9]),
    "tag": st.sampled_from([*TAGS, "none"]), "reason": st.sampled_from([*REASONS, "none"]),
    "outcome": st.sampled_from(["not_understood", "thumbed"]),
}  # fmt: skip
any_filters = st.sets(st.sampled_from(sorted(VALUES)), max_size=4).flatmap(
    lambda names: st.fixed_dictionaries({name: VALUES[name] for name in sorted(names)})
).map(lambda values: Filters(**values))  # fmt: skip
asking = settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))


def found(db, asked: Filters, size: int = 1000) -> list[str]:
    return [each.conversation_id for each in find(db, asked, size=size).rows]


def test_every_filter_is_tried_below():
    assert {each.name for each in fields(Filters)} - {"act"} == set(VALUES)


def test_each_filter_alone_finds_what_a_look_at_each_conversation_finds(database, talks):
    each_alone = st.sampled_from(sorted(VALUES)).flatmap(
        lambda name: VALUES[name].map(lambda value: Filters(**{name: value}))
    )

    @given(each_alone)
    @asking
    def try_it(asked):
        with database.session() as db:
            assert found(db, asked) == [talk.id for talk in talks if fits(talk, asked)]

    try_it()


@pytest.mark.parametrize("few", [1, 12, 3000])
def test_filters_together_find_what_a_look_at_each_conversation_finds(database, talks, monkeypatch, few):
    """With ``few`` at 1 nearly all are walked to, at 3000 none is."""
    monkeypatch.setattr(conversation_search, "FEW", few)

    @given(any_filters)
    @asking
    def try_it(asked):
        with database.session() as db:
            assert found(db, asked) == [talk.id for talk in talks if fits(talk, asked)]

    try_it()


@pytest.mark.parametrize("few", [1, 3000])
def test_pages_show_each_conversation_once_both_ways(database, talks, monkeypatch, few):
    monkeypatch.setattr(conversation_search, "FEW", few)

    @given(any_filters, st.integers(1, 9))
    @settings(asking, max_examples=30)
    def try_it(asked, size):
        with database.session() as db:
            pages = [find(db, asked, size=size)]
            while pages[-1].older:
                pages.append(find(db, asked, older_than=pages[-1].older, size=size))
            expected = [talk.id for talk in talks if fits(talk, asked)]
            assert [row.conversation_id for page in pages for row in page.rows] == expected
            assert pages[0].count == len(expected)
            assert [page.newer is None for page in pages] == [True] + [False] * (len(pages) - 1)
            for behind, page in zip(pages[1:], pages, strict=False):
                back = find(db, asked, newer_than=behind.newer, size=size)
                assert back.rows == page.rows
                assert (back.newer is None) == (page is pages[0])

    try_it()


def test_somebody_who_pages_while_others_write_misses_nothing_that_stood_still(database, talks):
    """What is written in moves to the front; no other is skipped or shown twice."""
    moved, seen, place = set(), [], None
    while True:
        with database.session() as db:
            page = find(db, Filters(), older_than=place, size=7)
        seen += [row.conversation_id for row in page.rows]
        place = page.older
        if place is None:
            break
        with database.session() as db:
            for old in (talks[-len(moved) - 1].id, seen[-1]):
                conversations.add_shopper_message(db, old, f"n{len(seen)}", "still there?")
                moved.add(old)
    assert len(seen) == len(set(seen))
    assert [each for each in seen if each not in moved] == [talk.id for talk in talks if talk.id not in moved]


def test_counting_stops_where_it_gets_long(db, talks, monkeypatch):
    monkeypatch.setattr(conversation_search, "COUNT_LIMIT", 20)
    assert find(db, Filters(), size=5).count == 21
    asked = Filters(customer_ids=("C99999",))
    assert find(db, asked, size=5).count == 0


HOSTILE = [
    '"', '""', "*", "'", "\\", ":*", "a & b", "a | !b", "<->", "NEAR(a b)", "a AND", "-a", "^a", "col:a", "{", ")",
    "\x00", "%", "_", "__", "a" * 5000, '"' * 99, "🦊", "é" * 50, "ﷺ", "\ud800", "1=1; --", "$$", "'' OR 1",
]  # fmt: skip


def test_nothing_that_is_typed_breaks_the_search(db, talks):
    for q in HOSTILE:
        for asked in (Filters(q=q), Filters(q=f"order {q}"), Filters(q=f"{q} order"), Filters(intent=q)):
            find(db, asked)


def test_what_matched_is_shown_with_its_words_marked(database, visitor):
    with database.session() as db:
        talk = conversations.open_conversation(db, visitor).id
        long = "x " * 300 + "the Délivery " + "y " * 300
        for number, text in enumerate(["Express, please", "is express delivery dear?", long]):
            conversations.add_shopper_message(db, talk, f"m{number}", text)

        def shown(q):
            snippet = snippets(db, [talk], wanted(q)).get(talk)
            return snippet and (snippet.seq, [text for text, hit in snippet.parts if hit])

        assert shown('"express delivery"') == (2, ["express", "delivery"])
        assert shown("expr") == (1, ["Express"])
        assert shown("nothing") is None
        assert shown("the delivery") == (3, ["the", "Délivery"])
        text = "".join(part for part, _ in snippets(db, [talk], wanted("the delivery"))[talk].parts)
        assert text.startswith("…")
        assert text.endswith("…")
        assert len(text) < 200


def test_what_matched_is_shown_as_somebody_may_see_it(database, visitor):
    with database.session() as db:
        talk = conversations.open_conversation(db, visitor).id
        conversations.add_shopper_message(db, talk, "m1", "mail ada@example.com by express")
        masked = snippets(db, [talk], wanted("express"), lambda talk, text, entities: text.replace("ada", "[name]"))
        assert masked[talk].parts == (("mail [name]@example.com by ", False), ("express", True))
