"""The trainers' page: corrections as changes of the files, accepted or refused; a conversation made a test."""
from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from models.training_data.dialogue_test import dialogue_test
from models.training_data.edits import Edit
from models.training_data.errors import TrainingDataError
from models.training_data.problem import ERROR
from models.training_data.proposal import Proposal, Proposer
from models.training_data.workspace import Workspace
from shop import correction_decisions, limits, reviews
from shop.correction_decisions import ToDecide
from shop.errors import BadInput, NotAllowed, NotFound
from shop.masking import mask_text
from shop.settings import ROOT
from web.console.access import Visit, page
from web.console.training_predictions import Predictions
from web.console.training_wishes import said_in, wishes

REASON_CHARS = 500
MOST_CHOSEN = 100
KINDS = {"intent": "Intent", "entities": "Entities", "action": "Action", "reply": "Reply"}


@dataclass(frozen=True)
class Row:
    """A correction as the page shows it."""

    item: ToDecide
    proposal: Proposal

    @property
    def was(self) -> str:
        """What was understood, done or said, in a few words."""
        return _told(self.item.correction.kind, self.item.correction.before)

    @property
    def wanted(self) -> str:
        return _told(self.item.correction.kind, self.item.correction.after)

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The diff as (kind, line); kind is "file", "place", "added", "removed" or "same"."""
        return diff_lines(self.proposal.diff)


@page("training")
def training(visit: Visit) -> Response:
    return _list(visit)


@page("training")
def decided(visit: Visit) -> Response:
    """What was decided last, and how to make it live."""
    return visit.show("training_decided.html", decided=correction_decisions.decided(visit.db), kinds=KINDS,
                      waiting=correction_decisions.count_waiting(visit.db))


@page("training")
def accept(visit: Visit) -> Response:
    """Write what was chosen into the files, and mark it as accepted: both or neither."""
    try:
        _workspace(visit).require_writable()
        chosen, rows = _chosen(visit)
        wrong = [row for row in rows if row.proposal.refused]
        if wrong:
            raise BadInput("correction", wrong[0].proposal.sentence, "it has an error, so it cannot be accepted.")
        for row in rows:
            if visit.form.get(f"proposal-{row.item.correction.correction_id}") != row.proposal.fingerprint:
                raise NotAllowed("changed_meanwhile", "The files were changed since this page was shown, and with them "
                                 "what would be written. Look again, then accept.")  # fmt: skip
            _decide(visit, row, "accepted", row.proposal.told)
        edits = _once([edit for row in rows for edit in row.proposal.edits])
        files = _workspace(visit).write(edits, _shown(visit)) if edits else []
    except (BadInput, NotAllowed, TrainingDataError) as error:
        return _again(visit, error)
    visit.note("training.accept", corrections=chosen, files=files)
    return visit.go("/console/training/decided", "training-accepted")


@page("training")
def refuse(visit: Visit) -> Response:
    """Refuse what was chosen, for a reason that the reviewer reads."""
    try:
        reason = limits.paragraph("reason", visit.form.get("reason", ""), REASON_CHARS, required=True)
        chosen, rows = _chosen(visit)
        for row in rows:
            _decide(visit, row, "refused", reason)
    except (BadInput, NotAllowed) as error:
        return _again(visit, error)
    visit.note("training.refuse", corrections=chosen)
    return visit.go("/console/training", "training-refused")


@page("training")
def predict(visit: Visit) -> Response:
    """Begin a prediction for some corrections; the answer names it."""
    body = visit.json_body or {}
    ids = body.get("corrections")
    if not isinstance(ids, list) or not all(type(each) is int for each in ids) or not 0 < len(ids) <= MOST_CHOSEN:
        raise BadInput("corrections", ids, f"give a list of 1 to {MOST_CHOSEN} numbers.")
    rows = _rows(visit, ids)
    if not rows:
        raise NotFound("correction that waits", ", ".join(map(str, ids[:5])))
    proposals = [row.proposal for row in rows if not row.proposal.refused]
    asked = _predictions(visit.request.app).ask(proposals, bool(body.get("effect")))
    return visit.json({"key": asked.key, "state": asked.state})


@page("training")
def prediction(visit: Visit) -> Response:
    """How far a prediction is; once it is done, what it says."""
    key = visit.request.path_params["key"]
    found = _predictions(visit.request.app).find(key)
    if found is None:
        raise NotFound("prediction", key)
    return visit.json({"key": key, "state": found.state, "message": found.message, "result": found.result})


@page("training")
def test(visit: Visit) -> Response:
    """A conversation as a dialogue test, to look at."""
    return _test(visit, visit.query("name"))


@page("training")
def save_test(visit: Visit) -> Response:
    """Write the dialogue test into the project's tests."""
    conversation_id = visit.request.path_params["conversation_id"]
    shopper, said = said_in(visit.db, conversation_id)
    edit, problems = dialogue_test(visit.form.get("name", ""), shopper, said)
    try:
        if any(problem.severity == ERROR for problem in problems):
            raise BadInput("conversation", conversation_id, "there is nothing to test in it.")
        if visit.form.get("shown") != _steps_digest(edit.conversation):
            raise NotAllowed("changed_meanwhile", "The test is another now than the one shown. Look, then save it.")
        _workspace(visit).write([edit], _shown(visit))
    except (BadInput, NotAllowed, TrainingDataError) as error:
        return _test(visit, edit.name, _sentence(error))
    visit.note("training.test", conversation=conversation_id, file=edit.file)
    return visit.go(f"/console/conversations/{conversation_id}", "training-test")


def diff_lines(diff: str) -> list[tuple[str, str]]:
    """A unified diff as (kind, line) for the page: "file", "place", "added", "removed" or "same"."""
    found = []
    for line in diff.split("\n")[:-1]:
        if line.startswith("+++ "):
            found.append(("file", line.removeprefix("+++ b/")))
        elif line.startswith("@@"):
            found.append(("place", line))
        elif not line.startswith("--- "):
            found.append(({"+": "added", "-": "removed"}.get(line[:1], "same"), line))
    return found


def _list(visit: Visit, problem: str = "", status: int = 200) -> Response:
    rows = _rows(visit)
    groups: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        of = row.proposal.wish.intent or row.item.correction.kind
        groups.setdefault(row.proposal.file or "By hand", {}).setdefault(of, []).append(row)
    in_order = dict(sorted(groups.items(), key=lambda each: (each[0] == "By hand", each[0])))
    digests = {file: digest for row in rows for file, digest in row.proposal.digests.items()}
    return visit.show(
        "training.html", status, groups=in_order, kinds=KINDS, digests=digests,
        problem=problem or _hindrance(visit), reason=visit.form.get("reason", ""),
        chosen=set(visit.form_lists.get("correction", ())), waiting=correction_decisions.count_waiting(visit.db),
        shown=len(rows), writable=not _hindrance(visit),
    )  # fmt: skip


def _again(visit: Visit, error: Exception) -> Response:
    """The list with what went wrong. What the transaction wrote until then is not kept."""
    visit.db.rollback()
    return _list(visit, _sentence(error), 409 if isinstance(error, NotAllowed | TrainingDataError) else 400)


def _test(visit: Visit, name: str = "", problem: str = "") -> Response:
    conversation_id = visit.request.path_params["conversation_id"]
    shopper, said = said_in(visit.db, conversation_id)
    edit, problems = dialogue_test(name or _name(shopper.role, said), shopper, said)
    workspace = _workspace(visit)
    return visit.show(
        "training_test.html", 409 if problem else 200, conversation_id=conversation_id, edit=edit, problems=problems,
        digest=workspace.digest(edit.file), shown=_steps_digest(edit.conversation),
        problem=problem or _hindrance(visit),
        savable=not _hindrance(visit) and not any(each.severity == ERROR for each in problems),
    )  # fmt: skip


def _name(role: str, said: Sequence[Any]) -> str:
    """A name that a trainer may keep: who spoke, and of what."""
    who = {"guest": "a guest", "new": "a new customer"}.get(role, "a customer")
    intents = [each.intent for each in said if each.intent and each.intent not in ("greet", "inform", "nlu_fallback")]
    about = " and ".join(dict.fromkeys(each.replace("_", " ").replace("+", " and ") for each in intents[:3]))
    return f"{who} is answered: {about}" if about else f"{who} is answered"


def _steps_digest(conversation: str) -> str:
    """Another for every content but the name, which is changed while the rest is looked at."""
    return hashlib.sha256(conversation.partition("\n")[2].encode()).hexdigest()[:12]


def _rows(visit: Visit, ids: Sequence[int] | None = None) -> list[Row]:
    waiting = correction_decisions.waiting(visit.db, ids)
    language = re.split("[-_]", visit.request.app.state.settings.locale)[0]
    proposer = Proposer(project_root(visit.request.app), language)
    return [Row(item, proposer.propose(wish))
            for item, wish in zip(waiting, wishes(visit.db, waiting), strict=True)]


def _chosen(visit: Visit) -> tuple[list[int], list[Row]]:
    """Ids and rows of what was chosen. Raises BadInput where nothing was, NotAllowed where somebody was quicker."""
    given = visit.form_lists.get("correction", [])
    if not given or len(given) > MOST_CHOSEN or not all(each.isascii() and each.isdigit() for each in given):
        raise BadInput("correction", given, "choose at least one.")
    ids = list(dict.fromkeys(int(each) for each in given))
    rows = _rows(visit, ids)
    if len(rows) != len(ids):
        raise NotAllowed("decided", "Somebody has decided about one of them meanwhile. Look again, then choose.")
    return ids, rows


def _decide(visit: Visit, row: Row, status: str, decision: str) -> None:
    correction = row.item.correction
    seen = visit.form.get(f"seen-{correction.correction_id}", "")
    if not seen:
        raise BadInput("seen", seen, "reload the page, then decide.")
    if not reviews.decide(visit.db, correction.correction_id, status, visit.member.staff_id, decision, seen):
        raise NotAllowed("changed_meanwhile", "A correction was changed since the page was shown. Look again.")


def _shown(visit: Visit) -> dict[str, str]:
    """file -> its digest when the page was shown, from the form's fields ``digest-<file>``."""
    return {name.removeprefix("digest-"): value for name, value in visit.form.items() if name.startswith("digest-")}


def _once(edits: Sequence[Edit]) -> list[Edit]:
    """The edits without repetitions: two reviewers may have corrected the same words of two shoppers."""
    found: list[Edit] = []
    for edit in edits:
        if edit not in found:
            found.append(edit)
    return found


def _sentence(error: Exception) -> str:
    if isinstance(error, BadInput):
        return f"{error.field.capitalize()}: {error.remedy}"
    return error.message if isinstance(error, NotAllowed) else str(error)


def _told(kind: str, content: dict[str, Any]) -> str:
    """What stands before or after a correction, without personal data."""
    if kind == "intent":
        return content.get("intent") or "not understood"
    if kind == "action":
        return content.get("action") or ", ".join(content.get("actions") or ()) or "nothing"
    if kind == "entities":
        return ", ".join(dict.fromkeys(each["entity"] for each in content["entities"])) or "none"
    return mask_text(content.get("text") or "")


def _hindrance(visit: Visit) -> str:
    """Why nothing can be written from here; "" where it can."""
    try:
        _workspace(visit).require_writable()
    except TrainingDataError as error:
        return str(error)
    return ""


def _workspace(visit: Visit) -> Workspace:
    return Workspace(project_root(visit.request.app))


def project_root(app: Starlette) -> Path:
    """The folder whose files are changed: this process's own project, unless a test gave it another."""
    return getattr(app.state, "project_root", ROOT)


def _predictions(app: Starlette) -> Predictions:
    if not hasattr(app.state, "predictions"):
        app.state.predictions = Predictions(project_root(app), app.state.settings)
    return app.state.predictions


routes: list[BaseRoute] = [
    Route("/console/training", training, methods=["GET"]),
    Route("/console/training/decided", decided, methods=["GET"]),
    Route("/console/training/accept", accept, methods=["POST"]),
    Route("/console/training/refuse", refuse, methods=["POST"]),
    Route("/console/training/conversations/{conversation_id}", test, methods=["GET"]),
    Route("/console/training/conversations/{conversation_id}", save_test, methods=["POST"]),
    Route("/console/api/training/predictions", predict, methods=["POST"]),
    Route("/console/api/training/predictions/{key}", prediction, methods=["GET"]),
]
