"""The desk: the page on which agents live, what stands beside a conversation there, and notes on it."""
from __future__ import annotations

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from shop import canned_replies, conversation_notes, conversations, customers, takeover
from shop.conversations import Conversation
from shop.errors import BadInput, NotFound
from shop.masking import known_of
from web.console import desk_frames, handover_summary
from web.console.access import Visit, page
from web.console.customer_card import customer_card


@page("takeover")
def desk(visit: Visit) -> Response:
    """The page itself; everything in it comes by the socket and by the calls below."""
    return visit.show("desk.html")


@page("takeover")
def beside(visit: Visit) -> Response:
    """What stands beside a conversation: summary, notes, and for who may see them the customer's data, audited."""
    talk = _conversation(visit)
    known = known_of(visit.db, talk.customer_id)
    standing = takeover.standing(visit.db, talk.id)
    notes = conversation_notes.of(visit.db, talk.id)
    customer = customers.customer(visit.db, talk.customer_id) if talk.customer_id else None
    named = (customer.first_name, customer.last_name) if customer else (None, None)
    shown = {
        "name": desk_frames.shopper_name(*named, talk.id, visit.member),
        "summary": handover_summary.summary(visit.db, talk.id, standing, visit.member),
        "notes": [desk_frames.note_facts(each, visit.member, known) for each in notes],
        "customer": None,
    }
    if visit.member.sees_customers:
        shown["customer"] = customer_card(visit.db, talk)
        visit.note("desk", talk.customer_id, conversation=talk.id)
    return visit.json(shown)


@page("takeover")
def add_note(visit: Visit) -> Response:
    """A private note, shown at once to every colleague who has the conversation open."""
    talk = _conversation(visit)
    text = (visit.json_body or {}).get("text")
    if not isinstance(text, str):
        raise BadInput("text", text, "write the note as text.")
    note = conversation_notes.add(visit.db, talk.id, visit.member.staff_id, text)
    visit.note("note", talk.customer_id, conversation=talk.id)
    visit.request.app.state.live.note(talk.id, note)
    known = known_of(visit.db, talk.customer_id)
    return visit.json({"note": desk_frames.note_facts(note, visit.member, known)}, 201)


@page("takeover")
def canned(visit: Visit) -> Response:
    """All canned replies as they are written: their places are filled where they are inserted."""
    replies = canned_replies.all_replies(visit.db)
    return visit.json({"replies": [{"shortcut": each.shortcut, "text": each.text} for each in replies]})


def _conversation(visit: Visit) -> Conversation:
    conversation_id = visit.request.path_params["conversation_id"]
    found = conversations.get(visit.db, conversation_id)
    if found is None:
        raise NotFound("conversation", conversation_id)
    return found


routes: list[BaseRoute] = [
    Route("/console/desk", desk, methods=["GET"]),
    Route("/console/api/desk/{conversation_id}", beside, methods=["GET"]),
    Route("/console/api/desk/{conversation_id}/notes", add_note, methods=["POST"]),
    Route("/console/api/canned", canned, methods=["GET"]),
]
