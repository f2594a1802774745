"""The trainers' page: what was corrected in review becomes a change of the files, once a trainer wants it."""
from __future__ import annotations

import html
import re
import time
import uuid
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from shop import conversations, correction_decisions, reviews
from shop.owner import Owner
from shop.schema import audit_log, corrections

NLU = """# Written by hand.
nlu:
  - intent: greet   # a hello
    examples: |
      - hello
      - good morning

  - intent: track_order
    examples: |
      - where is my parcel
"""
RULES = "rules:\n  - rule: Greet\n    steps:\n      - intent: greet\n      - action: utter_greet\n"
DOMAIN = 'intents: [greet, track_order]\nresponses:\n  utter_greet:\n    - text: "Hello."\n'
EVIL = "<script>alert(1)</script>"
TRAINING = "/console/training"


@pytest.fixture
def project(console, tmp_path) -> Path:
    """A small project of a trainer's, which is the one that this console writes into."""
    root = tmp_path / "project"
    for file, content in {
        "data/nlu/shop.yml": NLU, "data/rules/shop.yml": RULES, "domain.yml": DOMAIN, "config.yml": "pipeline: []\n",
        "tests/conversations/held_out_nlu.csv": "text,intent\nany news of it,track_order\n",
        "tests/entities/development.jsonl": "",
    }.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(content, "utf-8")
    console.app.state.project_root = root
    return root


@pytest.fixture
def talk(console, project, staff_member):
    """Makes conversations, and corrections in them: ``talk.said("hi")``, ``talk.corrected(..., "intent", "greet")``."""
    reviewer = staff_member("reviewer", name="Rita Review")

    def said(*texts: str, customer_id: str | None = None, intent: str = "chitchat", entities=(), reply: str = "Hello."):
        with console.database.session() as db:
            owner = Owner(customer_id, None if customer_id else uuid.uuid4().hex)
            conversation = conversations.open_conversation(db, owner)
            for number, text in enumerate(texts):
                asked, _ = conversations.add_shopper_message(db, conversation.id, f"{number:08d}", text)
                conversations.add_bot_reply(db, conversation.id, asked.seq, [{"text": reply}], {
                    "intent": intent, "confidence": 0.4, "entities": list(entities), "actions": ["utter_greet"],
                })
        return conversation.id

    def corrected(conversation_id: str, kind: str, after, seq: int = 1):
        with console.database.session() as db:
            return reviews.correct(db, conversation_id, seq, kind, after, reviewer.staff_id)

    return SimpleNamespace(
        said=said, corrected=corrected, reviewer=reviewer,
        intent=lambda text, intent, **more: corrected(said(text, **more), "intent", intent),
    )


def shown_fields(page: str) -> dict[str, str]:
    """The hidden fields of the page's form."""
    return {html.unescape(name): html.unescape(value)
            for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)}


def decide(trainer, chosen, how: str = "accept", page: str | None = None, **fields):
    shown = shown_fields(page or trainer.get(TRAINING).text)
    ids = [str(each.correction_id) for each in chosen]
    return trainer.submit(f"{TRAINING}/{how}", **{**shown, "csrf": trainer.csrf, "correction": ids, **fields})


def status_of(console, correction) -> tuple[str, str | None]:
    with console.database.session() as db:
        row = db.execute(corrections.select().where(corrections.c.id == correction.correction_id)).one()
    return row.status, row.decision


def nlu(project: Path) -> str:
    return (project / "data" / "nlu" / "shop.yml").read_text("utf-8")


# ---- looking


def test_a_trainer_sees_what_was_corrected_as_a_change_of_the_file(talk, signed_in):
    talk.intent("has it arrived?", "track_order")
    page = signed_in("trainer").get(TRAINING).text
    assert "Rita Review" in page and "data/nlu/shop.yml" in page and "chitchat" in page
    assert '<p class="diff-added"><span class="quiet">added: </span>+      - has it arrived?</p>' in page
    assert page.count("<h1") == 1
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=", page)


def test_nothing_waits_at_first(project, signed_in):
    assert "No correction waits" in signed_in("admin").get(TRAINING).text


@pytest.mark.parametrize("role", ["viewer", "agent", "reviewer"])
def test_who_does_not_train_the_bot_neither_sees_nor_decides(role, talk, signed_in, console, project):
    correction = talk.intent("has it arrived?", "track_order")
    browser = signed_in(role)
    for path in (TRAINING, f"{TRAINING}/decided", f"{TRAINING}/conversations/{correction.conversation_id}"):
        assert browser.get(path).status_code == 403
    given = {"correction": str(correction.correction_id), f"seen-{correction.correction_id}": correction.version}
    assert browser.submit(f"{TRAINING}/accept", **given).status_code == 403
    assert browser.submit(f"{TRAINING}/refuse", reason="no", **given).status_code == 403
    assert browser.call("/console/api/training/predictions", {"corrections": [1]}).status_code == 403
    assert status_of(console, correction) == ("open", None) and nlu(project) == NLU


def test_another_site_cannot_have_a_trainer_accept(talk, signed_in, console, project):
    correction, trainer = talk.intent("has it arrived?", "track_order"), signed_in("trainer")
    fields = shown_fields(trainer.get(TRAINING).text) | {"correction": str(correction.correction_id)}
    forged = trainer.post(f"{TRAINING}/accept", data=fields, headers={"Origin": "https://evil.example"})
    without = trainer.submit(f"{TRAINING}/accept", **{**fields, "csrf": "x"})
    assert (forged.status_code, without.status_code) == (403, 403)
    assert nlu(project) == NLU


def test_what_a_shopper_types_is_text_and_never_markup(talk, signed_in, project):
    correction = talk.intent(f"{EVIL} where is it", "track_order")
    talk.corrected(correction.conversation_id, "reply", f"Better {EVIL}", seq=2)
    trainer = signed_in("trainer")
    assert EVIL not in trainer.get(TRAINING).text
    assert EVIL not in trainer.get(f"{TRAINING}/conversations/{correction.conversation_id}").text
    decide(trainer, [correction])
    assert f"      - {EVIL} where is it\n" in nlu(project)
    assert EVIL not in trainer.get(f"{TRAINING}/decided").text


def test_no_customers_data_is_shown_or_written(talk, signed_in, project, console):
    with console.database.session() as db:
        from shop import customers  # noqa: PLC0415

        ada = customers.by_email(db, "ada@example.com")
    said = f"I am {ada.first_name} {ada.last_name}, {ada.email}, 104877 is late"
    mark = {"entity": "order_number", "value": "104877", "start": said.index("104877"), "end": said.index("104877") + 6}
    correction = talk.intent(said, "track_order", customer_id=ada.customer_id, entities=[mark])
    talk.corrected(correction.conversation_id, "reply", f"Dear {ada.first_name}, it comes.", seq=2)
    trainer = signed_in("trainer")
    decide(trainer, [correction])
    pages = [trainer.get(path).text for path in (
        TRAINING, f"{TRAINING}/decided", f"{TRAINING}/conversations/{correction.conversation_id}")]
    for secret in (ada.last_name, ada.email, "104877"):
        assert all(secret not in text for text in [*pages, nlu(project)])
    assert "is late" in nlu(project)


# ---- deciding


def test_accepting_writes_the_line_and_nothing_else_and_is_noted(talk, signed_in, project, console):
    correction, trainer = talk.intent("good evening", "greet"), signed_in("trainer", name="Tom Train")
    answer = decide(trainer, [correction])
    assert (answer.status_code, answer.headers["location"]) == (303, f"{TRAINING}/decided?notice=training-accepted")
    assert nlu(project) == NLU.replace("      - good morning\n", "      - good morning\n      - good evening\n")
    assert status_of(console, correction) == ("accepted", "data/nlu/shop.yml: “good evening” added to greet")
    with console.database.session() as db:
        [noted] = db.execute(audit_log.select().where(audit_log.c.action == "training.accept")).all()
        [decided] = correction_decisions.decided(db)
    assert noted.actor == f"staff:{trainer.member.staff_id}"
    assert noted.detail == {"corrections": [correction.correction_id], "files": ["data/nlu/shop.yml"]}
    assert decided.by == "Tom Train"
    page = trainer.get(f"{TRAINING}/decided").text
    assert "make train" in page and "git diff" in page and "Tom Train" in page
    assert "No correction waits" in trainer.get(TRAINING).text


def test_several_are_accepted_at_once_and_the_same_words_are_written_once(talk, signed_in, project, console):
    chosen = [talk.intent("good evening", "greet"), talk.intent("good evening", "greet"),
              talk.intent("is it here yet", "track_order")]
    assert decide(signed_in("trainer"), chosen).status_code == 303
    assert nlu(project) == NLU.replace("      - good morning\n", "      - good morning\n      - good evening\n") + (
        "      - is it here yet\n")
    assert {status_of(console, each)[0] for each in chosen} == {"accepted"}


def test_a_file_that_was_saved_meanwhile_is_not_written_over(talk, signed_in, project, console):
    correction, trainer = talk.intent("good evening", "greet"), signed_in("trainer")
    page = trainer.get(TRAINING).text
    (project / "data" / "nlu" / "shop.yml").write_text(NLU + "# saved in an editor\n", "utf-8")
    answer = decide(trainer, [correction], page=page)
    assert answer.status_code == 409 and "changed since this page was shown" in answer.text
    assert status_of(console, correction) == ("open", None)
    assert nlu(project) == NLU + "# saved in an editor\n"
    assert decide(trainer, [correction], page=answer.text).status_code == 303  # the page shows it anew


def test_what_became_a_matter_of_hand_meanwhile_is_not_marked_as_written(talk, signed_in, project, console):
    correction, trainer = talk.intent("good evening", "greet"), signed_in("trainer")
    page = trainer.get(TRAINING).text
    (project / "data" / "nlu" / "shop.yml").write_text(NLU.replace("intent: greet ", "intent: hello "), "utf-8")
    assert decide(trainer, [correction], page=page).status_code == 409
    assert status_of(console, correction) == ("open", None)


def test_what_the_reviewer_changed_meanwhile_is_looked_at_again(talk, signed_in, project, console):
    correction, trainer = talk.intent("good evening", "greet"), signed_in("trainer")
    page = trainer.get(TRAINING).text
    with console.database.session() as db:
        reviews.correct(db, correction.conversation_id, 1, "intent", "track_order", talk.reviewer.staff_id,
                        correction.version)
    assert decide(trainer, [correction], page=page).status_code == 409
    assert nlu(project) == NLU


def test_two_trainers_decide_once(talk, signed_in, project, console):
    correction, one, other = talk.intent("good evening", "greet"), signed_in("trainer"), signed_in("admin")
    pages = [one.get(TRAINING).text, other.get(TRAINING).text]
    assert decide(one, [correction], page=pages[0]).status_code == 303
    late = decide(other, [correction], "refuse", page=pages[1], reason="not ours")
    assert late.status_code == 409 and "Somebody has decided" in late.text
    assert status_of(console, correction)[0] == "accepted"


def test_one_that_cannot_be_written_keeps_the_others_from_being_half_written(talk, signed_in, project, console):
    chosen = [talk.intent("good evening", "greet"), talk.intent("Any news of it?", "track_order")]
    answer = decide(signed_in("trainer"), chosen)
    assert answer.status_code == 400 and "held out" in answer.text
    assert nlu(project) == NLU
    assert {status_of(console, each)[0] for each in chosen} == {"open"}
    assert re.search(rf'value="{chosen[0].correction_id}" checked', answer.text)  # what was chosen stays chosen


def test_refusing_needs_a_reason_which_the_reviewer_reads(talk, signed_in, project, console):
    correction, trainer = talk.intent("good evening", "greet"), signed_in("trainer")
    assert decide(trainer, [correction], "refuse", reason="  ").status_code == 400
    assert status_of(console, correction) == ("open", None)
    assert decide(trainer, [correction], "refuse", reason="That is a goodbye.").status_code == 303
    assert status_of(console, correction) == ("refused", "That is a goodbye.")
    assert nlu(project) == NLU
    assert "That is a goodbye." in trainer.get(f"{TRAINING}/decided").text


def test_nothing_chosen_is_nothing_done(talk, signed_in, project):
    talk.intent("good evening", "greet")
    trainer = signed_in("trainer")
    assert "choose at least one" in decide(trainer, []).text
    assert trainer.submit(f"{TRAINING}/accept", correction="1; drop table").status_code == 400
    assert nlu(project) == NLU


def test_what_is_left_to_a_person_can_be_marked_as_done(talk, signed_in, console, project):
    correction = talk.corrected(talk.said("hello there", intent="greet"), "action", "action_search")
    trainer = signed_in("trainer")
    page = trainer.get(TRAINING).text
    assert "To be done by hand" in page and "data/rules/shop.yml:2 answers “greet” with utter_greet" in page
    assert decide(trainer, [correction], page=page).status_code == 303
    assert status_of(console, correction) == ("accepted", "By hand.")


def test_a_better_reply_becomes_another_wording(talk, signed_in, project):
    correction = talk.corrected(talk.said("hello there"), "reply", "Good to see you.", seq=2)
    assert decide(signed_in("trainer"), [correction]).status_code == 303
    assert yaml.safe_load((project / "domain.yml").read_text("utf-8"))["responses"] == {
        "utter_greet": [{"text": "Hello."}, {"text": "Good to see you."}]}


def test_where_the_files_are_not_the_console_says_so_and_writes_nothing(talk, signed_in, console, project):
    correction, trainer = talk.intent("good evening", "greet"), signed_in("trainer")
    page = trainer.get(TRAINING).text
    console.app.state.project_root = project / "elsewhere"
    told = trainer.get(TRAINING).text
    assert "not on this machine" in told and re.search(r'id="accept" disabled', told)
    assert decide(trainer, [correction], page=page).status_code == 409
    assert status_of(console, correction) == ("open", None)


# ---- a conversation as a test


def test_a_conversation_becomes_a_dialogue_test_with_one_click(talk, signed_in, project, console):
    conversation_id = talk.said("where is 104877", "hello", intent="track_order")
    talk.corrected(conversation_id, "intent", "greet", seq=3)
    path, trainer = f"{TRAINING}/conversations/{conversation_id}", signed_in("trainer")
    page = trainer.get(path).text
    fields = shown_fields(page) | {"csrf": trainer.csrf, "name": "a guest asks for a parcel"}
    answer = trainer.submit(path, **fields)
    assert (answer.status_code, answer.headers["location"]) == (
        303, f"/console/conversations/{conversation_id}?notice=training-test")
    written = (project / "tests" / "conversations" / "reviewed.yml").read_text("utf-8")
    assert yaml.safe_load(written) == [{"name": "a guest asks for a parcel", "as": "guest", "steps": [
        {"shopper": "where is {guest.shipped}", "intent": "track_order", "action": "utter_greet"},
        {"shopper": "hello", "intent": "greet"},  # what was done for another intent is nothing to ask for
    ]}]
    again = trainer.submit(path, **fields)
    assert again.status_code == 409 and "changed since this page was shown" in again.text
    fields |= shown_fields(again.text)
    assert "there already" in trainer.submit(path, **fields).text
    with console.database.session() as db:
        assert db.execute(audit_log.select().where(audit_log.c.action == "training.test")).one()


def test_a_conversation_that_went_on_meanwhile_is_shown_again(talk, signed_in, project, console):
    conversation_id = talk.said("hello")
    path, trainer = f"{TRAINING}/conversations/{conversation_id}", signed_in("trainer")
    fields = shown_fields(trainer.get(path).text) | {"csrf": trainer.csrf, "name": "x"}
    talk.corrected(conversation_id, "intent", "greet")
    assert trainer.submit(path, **fields).status_code == 409
    assert not (project / "tests" / "conversations" / "reviewed.yml").exists()


def test_a_conversation_that_is_not_there_is_not_found(project, signed_in):
    assert signed_in("trainer").get(f"{TRAINING}/conversations/{'0' * 32}").status_code == 404


# ---- predictions


PREDICTIONS = "/console/api/training/predictions"
PREDICTION_S = 120  # a process of its own on a busy machine


def test_a_trainer_is_told_why_nothing_can_be_predicted(talk, signed_in, project):
    """Here nothing was trained yet; the command that predicts really runs, and says so."""
    correction, trainer = talk.intent("good evening", "greet"), signed_in("trainer")
    asked = trainer.call(PREDICTIONS, {"corrections": [correction.correction_id], "effect": False}).json()
    assert asked["state"] in ("waiting", "running", "failed")

    def ended():
        found = trainer.get(f"{PREDICTIONS}/{asked['key']}", headers={"Accept": "application/json"}).json()
        return found if found["state"] not in ("waiting", "running") else None

    deadline = time.monotonic() + PREDICTION_S
    while (found := ended()) is None:
        assert time.monotonic() < deadline, "the prediction does not end"
        time.sleep(0.1)
    assert found["state"] == "failed" and "floorwalker train embedding" in found["message"]


@pytest.mark.parametrize("ids", [None, [], ["1"], [True], "1", list(range(500))])
def test_a_program_that_asks_for_nonsense_is_told(ids, project, signed_in):
    assert signed_in("trainer").call(PREDICTIONS, {"corrections": ids}).status_code == 400


def test_a_prediction_that_nobody_asked_for_is_not_found(project, signed_in):
    trainer = signed_in("trainer")
    assert trainer.get(f"{PREDICTIONS}/nothing", headers={"Accept": "application/json"}).status_code == 404
    assert trainer.call(PREDICTIONS, {"corrections": [999]}).status_code == 404
