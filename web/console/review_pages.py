"""Reviewing: the ten that teach the most, corrections, tags, notes, whose a review is and when it is done."""
from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from models.informative import choose
from shop import conversation_notes, conversations, limits, review_queue, reviews
from shop.errors import BadInput, NotFound
from shop.masking import known_of
from shop.message import Message
from shop.review_queue import Candidate
from shop.reviews import Correction
from web.console.access import Visit, page
from web.console.conversation_pages import id_of
from web.console.conversation_view import REASON_TEXTS, entities_now, kinds_of, told
from web.console.marked_text import Eyes, has_place, in_stored_text
from web.console.sentence_vectors import SentenceVectors
from web.console.training_pages import project_root
from web.console.understanding_names import Names, NamesInUse

AT_A_TIME = 10


@page("review")
def queue(visit: Visit) -> Response:
    """What is worth a look: those ten of all that wait which teach the most, of one reason or of all."""
    reason = visit.query("reason") or None
    found = review_queue.candidates(visit.db, visit.member.staff_id, reason)
    texts = [each.text for each in found]
    places = choose(
        [each.weight for each in found], _vectors(visit.request.app).vectors(texts), [each.intent for each in found],
        AT_A_TIME,
    )  # fmt: skip
    chosen = [found[place] for place in places]
    return visit.show(
        "review.html", chosen=[(each, _sentence(visit, each)) for each in chosen], waiting=len(found), reason=reason,
        counts=review_queue.counts(visit.db), reason_texts=REASON_TEXTS, most=review_queue.CANDIDATES,
        most_counted=review_queue.MOST_COUNTED,
    )


@page("review")
def understanding(visit: Visit) -> Response:
    """A message as the editor needs it: its text in pieces, what was understood, its corrections, the names there are.

    Of a message of the bot, it is the message that it answered. ``replies`` are all that answered it.
    """
    conversation_id, seq = id_of(visit), visit.request.path_params["seq"]
    asked = _asked(visit, conversation_id, seq)
    talk = conversations.get(visit.db, conversation_id)
    sees = visit.member.sees_customers
    eyes = Eyes(sees, () if sees else known_of(visit.db, talk.customer_id))
    made = {(each.seq, each.kind): each for each in reviews.of_conversation(visit.db, conversation_id)}
    names = _names(visit.request.app)
    current = entities_now(asked, made.get((asked.seq, "entities")))
    understood = in_stored_text(asked.text, asked.entities)
    return visit.json({
        "seq": asked.seq, "kinds": kinds_of(asked), "intents": names.intents, "entity_names": names.entities,
        "actions": names.actions, "intent": asked.intent, "confidence": asked.intent_confidence,
        "ranking": list((asked.turn or {}).get("intent_ranking") or ()),
        "done_actions": asked.actions or [],
        "pieces": [
            {"text": piece.text, "start": piece.start, "end": piece.end, "masked": piece.masked}
            for piece in eyes.pieces(asked.text, [], [*current, *understood])
        ],
        "entities": _entities_shown(current, eyes, asked.text),
        "understood": _entities_shown(understood, eyes, asked.text),
        "corrections": {kind: _correction(made[asked.seq, kind], eyes)
                        for kind in kinds_of(asked) if (asked.seq, kind) in made},
        "replies": [
            {"seq": each.seq, "text": eyes.text(each.text),
             "correction": _correction(made[each.seq, "reply"], eyes) if (each.seq, "reply") in made else None}
            for each in conversations.replies_to(visit.db, conversation_id, asked.seq) if "reply" in kinds_of(each)
        ],
    })  # fmt: skip


@page("review")
def correct(visit: Visit) -> Response:
    """Make, change or take back corrections, all or none: {"changes": [{seq, kind, after, seen}]}, null takes back."""
    conversation_id = id_of(visit)
    changes = (visit.json_body or {}).get("changes")
    if not isinstance(changes, list) or not 0 < len(changes) <= AT_A_TIME or not all(map(_is_change, changes)):
        raise BadInput("changes", changes, f"send 1 to {AT_A_TIME} changes, each with seq, kind, after and seen.")
    for change in changes:
        seq, kind, after, seen = change["seq"], change["kind"], change.get("after"), change.get("seen")
        if after is None:
            reviews.withdraw(visit.db, conversation_id, seq, kind, seen or "")
            continue
        if kind == "entities":
            after = _kept_values(visit, conversation_id, seq, after)
        _check_name(visit, kind, after)
        reviews.correct(visit.db, conversation_id, seq, kind, after, visit.member.staff_id, seen)
    visit.note("review.correct", conversation=conversation_id,
               corrections=[f"{change['kind']} of {change['seq']}" for change in changes])  # fmt: skip
    return visit.json({"corrected": len(changes)})


@page("review")
def tag(visit: Visit) -> Response:
    """Add the tag in the form, or take away the one whose button was pressed."""
    conversation_id = id_of(visit)
    if removed := visit.form.get("remove"):
        reviews.remove_tag(visit.db, conversation_id, removed)
    else:
        reviews.add_tag(visit.db, conversation_id, visit.form.get("tag", ""), visit.member.staff_id)
    return _back(visit, conversation_id)


@page("review")
def note(visit: Visit) -> Response:
    """Write a note, on the whole or on message ``seq``; change or take back one's own with ``note``."""
    conversation_id, staff_id, form = id_of(visit), visit.member.staff_id, visit.form
    note_id = _whole(form.get("note"))
    if note_id is not None and "remove" in form:
        conversation_notes.remove(visit.db, conversation_id, note_id, staff_id)
    elif note_id is not None:
        conversation_notes.change(visit.db, conversation_id, note_id, staff_id, form.get("text", ""))
    else:
        text, seq = form.get("text", ""), _whole(form.get("seq"))
        made = conversation_notes.add(visit.db, conversation_id, staff_id, text, seq)
        visit.request.app.state.live.note(conversation_id, made)
    return _back(visit, conversation_id, _whole(form.get("seq")))


@page("review")
def state(visit: Visit) -> Response:
    """Mark the review as done, or as open again."""
    conversation_id = id_of(visit)
    reviews.set_state(visit.db, conversation_id, visit.form.get("state", ""), visit.form.get("expected", ""))
    visit.note("review.state", conversation=conversation_id, state=visit.form["state"])
    if visit.form["state"] == "done":
        return _back(visit, conversation_id, notice="review-done")
    return _back(visit, conversation_id, notice="review-open")


@page("review")
def assign(visit: Visit) -> Response:
    """Give the review to a colleague, or to nobody."""
    conversation_id = id_of(visit)
    reviewer_id, expected = _whole(visit.form.get("reviewer")), _whole(visit.form.get("expected"))
    if reviewer_id != expected:
        reviews.assign(visit.db, conversation_id, reviewer_id, expected)
        visit.note("review.assign", conversation=conversation_id, reviewer=reviewer_id)
    return _back(visit, conversation_id)


# ---- inside


def _sentence(visit: Visit, candidate: Candidate) -> str:
    """What the shopper said, as this member may see it."""
    if visit.member.sees_customers:
        return candidate.text
    found = conversations.message(visit.db, candidate.conversation_id, candidate.seq)
    talk = conversations.get(visit.db, candidate.conversation_id)
    eyes = Eyes(False, known_of(visit.db, talk.customer_id))
    return eyes.text(found.text, in_stored_text(found.text, found.entities))[: review_queue.TEXT_CHARS]


def _asked(visit: Visit, conversation_id: str, seq: int) -> Message:
    found = conversations.message(visit.db, conversation_id, seq)
    if found is not None and found.sender in ("bot", "system") and found.in_reply_to is not None:
        found = conversations.message(visit.db, conversation_id, found.in_reply_to)
    if found is None or found.sender != "shopper":
        raise NotFound("message of the shopper", f"{conversation_id}/{seq}")
    return found


def _entities_shown(entities: list[dict[str, Any]], eyes: Eyes, text: str) -> list[dict[str, Any]]:
    """Entities for the editor; one whose value is masked says so, and is sent back without it."""
    found = []
    for each in entities:
        if not has_place(each, text):
            continue
        value = each.get("value")
        masked = not eyes.sees and isinstance(value, str) and _is_personal(each, value, eyes, text)
        found.append({
            "entity": each["entity"], "start": each["start"], "end": each["end"],
            "value": None if masked else value, "masked": masked,
        })  # fmt: skip
    return found


def _is_personal(entity: dict[str, Any], value: str, eyes: Eyes, text: str) -> bool:
    said = eyes.pieces(text, [], [entity])
    within = any(piece.masked and piece.start < entity["end"] and entity["start"] < piece.end for piece in said)
    return within or eyes.text(value) != value


def _correction(made: Correction, eyes: Eyes) -> dict[str, Any]:
    before, after = told(made, eyes)
    shown = after if made.kind in ("intent", "action", "reply") else None
    return {"after": shown, "before": before, "told": after, "by": made.name, "version": made.version,
            "status": made.status}  # fmt: skip


def _kept_values(visit: Visit, conversation_id: str, seq: int, after: Any) -> Any:
    """Put back the values that the editor was not shown, where {"keep": true} stands instead."""
    if not isinstance(after, list) or not any(isinstance(each, dict) and each.get("keep") is True for each in after):
        return after
    message = conversations.message(visit.db, conversation_id, seq)
    if message is None:
        raise NotFound("message", f"{conversation_id}/{seq}")
    made = next((each for each in reviews.of_conversation(visit.db, conversation_id)
                 if (each.seq, each.kind) == (seq, "entities")), None)  # fmt: skip
    known = {
        (each.get("entity"), each.get("start"), each.get("end")): each.get("value")
        for each in [*in_stored_text(message.text, message.entities), *entities_now(message, made)]
    }
    kept = []
    for each in after:
        if isinstance(each, dict) and each.get("keep") is True:
            value = known.get((each.get("entity"), each.get("start"), each.get("end")))
            kept.append({**{key: each.get(key) for key in ("entity", "start", "end")}, "value": value})
        else:
            kept.append(each)
    return kept


def _check_name(visit: Visit, kind: str, after: Any) -> None:
    """Raises BadInput for a name that the trainers' files do not have."""
    if kind not in ("intent", "entities", "action"):
        return
    names = _names(visit.request.app).of(kind)
    given = [each.get("entity") for each in after if isinstance(each, dict)] if isinstance(after, list) else [after]
    unknown = [name for name in given if name not in names]
    if names and unknown:
        raise BadInput(kind, unknown[0], "it is not among the trainers' names: choose one from the list.")


def _is_change(change: Any) -> bool:
    return (
        isinstance(change, dict) and type(change.get("seq")) is int and isinstance(change.get("kind"), str)
        and (change.get("seen") is None or isinstance(change["seen"], str))
    )  # fmt: skip


def _whole(given: str | None) -> int | None:
    """The number in a field of a form; None for an empty one."""
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= 9):
        raise BadInput("number", given[: limits.NAME_CHARS], "reload the page, then try again.")
    return int(given)


def _back(visit: Visit, conversation_id: str, seq: int | None = None, notice: str | None = None) -> Response:
    place = f"?seq={seq}" if seq is not None else ""
    return visit.go(f"/console/conversations/{conversation_id}{place}", notice)


def _names(app: Starlette) -> Names:
    if not hasattr(app.state, "understanding_names"):
        app.state.understanding_names = NamesInUse(project_root(app))
    return app.state.understanding_names.names()


def _vectors(app: Starlette) -> SentenceVectors:
    if not hasattr(app.state, "sentence_vectors"):
        app.state.sentence_vectors = SentenceVectors(app.state.settings.var / "models")
    return app.state.sentence_vectors


_ONE = "/console/conversations/{conversation_id}"
_API = "/console/api/conversations/{conversation_id}"
routes: list[BaseRoute] = [
    Route("/console/review", queue, methods=["GET"]),
    Route(f"{_API}/messages/{{seq:int}}", understanding, methods=["GET"]),
    Route(f"{_API}/corrections", correct, methods=["POST"]),
    Route(f"{_ONE}/tags", tag, methods=["POST"]),
    Route(f"{_ONE}/notes", note, methods=["POST"]),
    Route(f"{_ONE}/review", state, methods=["POST"]),
    Route(f"{_ONE}/assign", assign, methods=["POST"]),
]
