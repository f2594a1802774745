"""The canned replies: a list that agents keep themselves."""
from __future__ import annotations

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from shop import canned_replies
from shop.errors import BadInput, NotFound
from web.console.access import Visit, page


@page("takeover")
def canned(visit: Visit) -> Response:
    """The list; ``?edit=7`` opens one of them in the form."""
    number = visit.query("edit")
    edited = canned_replies.reply(visit.db, int(number)) if number.isdecimal() and len(number) < 10 else None
    if number and edited is None:
        raise NotFound("canned reply", number)
    form = {"shortcut": edited.shortcut, "text": edited.text} if edited else {"shortcut": "", "text": ""}
    return _list(visit, form, edited)


@page("takeover")
def save(visit: Visit) -> Response:
    """Add one, or change the one that the form names."""
    shortcut, text = visit.form.get("shortcut", ""), visit.form.get("text", "")
    edited = _named(visit) if visit.form.get("id") else None
    try:
        if edited is None:
            saved = canned_replies.add(visit.db, shortcut, text, visit.member.staff_id)
        else:
            saved = canned_replies.change(visit.db, edited.reply_id, shortcut, text, visit.member.staff_id)
    except BadInput as error:
        problem = f"{error.field.capitalize()}: {error.remedy}"
        return _list(visit, {"shortcut": shortcut[:80], "text": text[:4000]}, edited, problem, 400)
    visit.note("canned_reply", shortcut=saved.shortcut)
    return visit.go("/console/canned", "canned-saved")


@page("takeover")
def remove(visit: Visit) -> Response:
    """Delete one."""
    gone = _named(visit)
    canned_replies.remove(visit.db, gone.reply_id)
    visit.note("canned_reply_removed", shortcut=gone.shortcut)
    return visit.go("/console/canned", "canned-removed")


def _named(visit: Visit) -> canned_replies.CannedReply:
    """The reply that the form names. Raises NotFound."""
    number = visit.form.get("id", "")
    found = canned_replies.reply(visit.db, int(number)) if number.isdecimal() and len(number) < 10 else None
    if found is None:
        raise NotFound("canned reply", number)
    return found


def _list(
    visit: Visit, form: dict[str, str], edited: canned_replies.CannedReply | None, problem: str = "", status: int = 200
) -> Response:
    replies = canned_replies.all_replies(visit.db)
    return visit.show("canned.html", status, replies=replies, form=form, edited=edited, problem=problem)


routes: list[BaseRoute] = [
    Route("/console/canned", canned, methods=["GET"]),
    Route("/console/canned", save, methods=["POST"]),
    Route("/console/canned/remove", remove, methods=["POST"]),
]
