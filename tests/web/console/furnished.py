"""A console with something on every page of it: for looking at all of them as a person at a browser does."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import update

from shop import (
    canned_replies,
    conversations,
    daily_figures,
    reviews,
    schema,
    staff,
    staff_links,
    staff_sessions,
    takeover,
    tickets,
    unanswered,
)
from shop.clock import utc_now
from shop.database import Database
from shop.owner import Owner
from shop.unanswered import NamedCluster
from tests.shop.takeover_stage import keep_hours
from tests.shop.test_overview import hand_over, talk
from tests.shop.test_unanswered import ask
from tests.web.console.review_stage import ADA, BEN, conversation_of_ada, note, say

PROJECT = {
    "data/nlu/shop.yml": "nlu:\n  - intent: greet\n    examples: |\n      - hello\n      - good morning\n\n"
    "  - intent: track_order\n    examples: |\n      - where is my parcel\n",
    "data/rules/shop.yml": "rules:\n  - rule: Greet\n    steps:\n      - intent: greet\n      - action: utter_greet\n",
    "domain.yml": 'intents: [greet, track_order]\nresponses:\n  utter_greet:\n    - text: "Hello."\n',
    "config.yml": "pipeline: []\n",
    "tests/conversations/held_out_nlu.csv": "text,intent\nany news of it,track_order\n",
    "tests/entities/development.jsonl": "",
}


@dataclass(frozen=True)
class Furnished:
    """``token``: of the session of an administrator who sees customers. ``invitation``: of a link not used yet."""

    member: staff.Member
    token: str
    talk: str  # a conversation with everything in it
    held: str  # one that the administrator holds
    invitation: str


def furnish(database: Database) -> Furnished:
    """Fill the shop of ``shop_visit.fill`` with staff, conversations, corrections, figures and questions."""
    with database.session() as db:
        keep_hours(db)
        member = staff.add(db, "mina@shop.test", "Mina Marsh", "admin", True)
        colleague = staff.add(db, "rita@shop.test", "Rita Review", "reviewer", False)
        token = staff_sessions.begin(db, member.staff_id)
        invitation = staff_links.new_link(db, colleague.staff_id)
        staff.set_available(db, member.staff_id, True)
        staff.seen(db, member.staff_id)
        canned_replies.add(db, "hello", "Hello {first_name}, how can I help?", member.staff_id)
        shown = conversation_of_ada(db)
        note(db, shown, colleague.staff_id, "She asked twice.", 1)
        reviews.add_tag(db, shown, "sizes", colleague.staff_id)
        reviews.correct(db, shown, 5, "intent", "track_order", colleague.staff_id)
        held, waiting = (conversations.open_conversation(db, Owner(customer)).id for customer in (BEN, ADA))
        for each in (held, waiting):
            seq = say(db, each, "can I talk to a person", intent="human_handoff", confidence=0.9)
            takeover.request(db, each, "asked", seq)
        takeover.take(db, held, member.staff_id)
        takeover.say(db, held, member.staff_id, "Good morning, what can I do for you?")
        tickets.open_ticket(db, "complaint", "It arrived broken.", request_id="furnished", customer_id=ADA)
        _past(db)
    daily_figures.refresh(database)
    return Furnished(member, token, shown, held, invitation)


def _past(db) -> None:
    """Some days with figures, and questions that were not answered."""
    now = utc_now()
    for days in range(1, 12):
        for number in range(days % 4 + 2):
            moment = now - timedelta(days=days, hours=number)
            one = talk(db, "track_order", "search_product", "nlu_fallback" if number == 1 else "greet", at=moment)
            if number == 0:
                hand_over(db, one, at=moment, taken=2, answered=3, ended=9, ended_as="resolved")
                db.execute(
                    update(schema.conversations).where(schema.conversations.c.id == one)
                    .values(csat=days % 3 + 3, csat_at=moment)
                )  # fmt: skip
    gifts = [ask(db, text, at=now - timedelta(days=2)) for text in ("do you sell gift cards", "gift card?", "vouchers")]
    alone = ask(db, "my cat is ill", at=now - timedelta(days=1))
    unanswered.replace(db, [NamedCluster("gifts", gifts[0].text, ["gift", "card"], gifts)], [alone], "first")


def make_project(root: Path) -> Path:
    """A small project of a trainer's, for the training page to write into."""
    for file, content in PROJECT.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(content, "utf-8")
    return root

