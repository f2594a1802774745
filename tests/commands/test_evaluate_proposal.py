"""``floorwalker evaluate proposal``: what a trainer's examples would do, before they are in any file."""
from __future__ import annotations

import io
import json
from types import SimpleNamespace

import pytest

from commands import serve
from commands.errors import CommandError
from commands.evaluation.proposal import effect, read_changes, with_changes
from commands.evaluation.sentences import Sentence
from shop.settings import settings
from tests.commands.published import publish_embedding

GREETINGS = ["hello", "good morning", "hi there", "hey", "good evening to you", "hello again"]
PARCELS = ["where is my parcel", "has my order left yet", "track my package", "when does my parcel arrive",
           "my delivery has not come", "is the package on its way"]
SHOES = ["I need running shoes", "do you have hiking boots", "looking for sandals", "show me blue sneakers",
         "trainers in size 42", "warm slippers please"]
ASKED = [("good afternoon", "greet"), ("has my package been sent", "track_order"), ("winter boots", "search_product")]


@pytest.fixture
def bench(var, embedding_folder, tmp_path) -> SimpleNamespace:
    """A var folder with the embedding, and a shop's files: examples, held-out sentences, and what no shop answers."""
    publish_embedding(var / "models", embedding_folder)
    train, test, outside, changes = (
        tmp_path / name for name in ("train.jsonl", "test.csv", "outside.csv", "changes.json"))
    train.write_text("".join(
        json.dumps({"text": text, "intent": intent}) + "\n"
        for intent, texts in (("greet", GREETINGS), ("track_order", PARCELS), ("search_product", SHOES))
        for text in texts
    ))
    test.write_text("text,intent\n" + "".join(f"{text},{intent}\n" for text, intent in ASKED))
    outside.write_text("text\nwill it rain in Oslo\n")
    changes.write_text(json.dumps({"changes": [
        {"id": 7, "add": [{"text": "hello, a pair of boots", "intent": "search_product"}]},
        {"id": 8, "add": [{"text": "track my package", "intent": "greet"}],
         "remove": [{"text": "Track my package!", "intent": "track_order"}]},
        {"id": 9},
    ]}))
    files = ("--train", train, "--test", test, "--out-of-scope", outside)
    return SimpleNamespace(changes=changes, files=files, folder=tmp_path)


rasa = pytest.mark.skipif(not serve.RASA.is_file(), reason="Rasa's environment is not installed: make setup")


@rasa
def test_a_trainer_learns_what_would_be_answered_otherwise(bench, floorwalker):
    ran = floorwalker("evaluate", "proposal", bench.changes, *bench.files, "--json")
    assert ran.status == 0
    found = ran.json["effect"]
    assert found["sentences"] == len(ASKED) + 1
    for when in ("before", "after"):
        assert all(0 <= share <= 1 for share in found[when].values())
    assert [(each["text"], each["intent"]) for each in found["learnt"]] == [
        ("hello, a pair of boots", "search_product"), ("track my package", "greet")]
    assert found["learnt"][1]["before"] == "track_order"
    changed = found["better"] + found["worse"] + found["otherwise"]
    assert all(each["before"] != each["after"] for each in changed)
    # What was found out of the files as they are is not found out again.
    kept = (settings.var / "proposal-before.json").read_text()
    assert floorwalker("evaluate", "proposal", bench.changes, *bench.files, "--json").json["effect"] == found
    assert (settings.var / "proposal-before.json").read_text() == kept


def test_like_examples_of_other_intents_are_named_with_their_place(bench, floorwalker):
    found = floorwalker("evaluate", "proposal", bench.changes, *bench.files, "--conflicts", "--json").json
    assert "effect" not in found
    [boots], [package] = found["conflicts"]["7"], found["conflicts"]["8"]
    assert found["conflicts"]["9"] == []
    assert {each["intent"] for each in boots["near"]} <= {"greet", "track_order"}
    likeness = [each["likeness"] for each in package["near"]]
    assert likeness == sorted(likeness, reverse=True) and likeness[0] > 0.5
    assert all(each["text"] != "track my package" for each in package["near"])  # it moves, so it is no conflict
    assert all(each["file"].endswith("train.jsonl") and each["line"] > 0 for each in package["near"])
    shown = floorwalker("evaluate", "proposal", bench.changes, *bench.files, "--conflicts").out
    assert "“track my package” (greet) is like" in shown


def test_the_changes_may_come_from_another_program(bench, floorwalker, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(bench.changes.read_text()))
    assert "7" in floorwalker("evaluate", "proposal", "-", *bench.files, "--conflicts", "--json").json["conflicts"]


def test_before_anything_was_trained_a_trainer_is_told_what_to_do(var, tmp_path, floorwalker):
    (tmp_path / "changes.json").write_text('{"changes": []}')
    ran = floorwalker("evaluate", "proposal", tmp_path / "changes.json", "--conflicts")
    assert ran.status == 2 and "floorwalker train embedding" in ran.err
    ran = floorwalker("evaluate", "proposal", tmp_path / "none.json")
    assert ran.status == 2 and "Check the path" in ran.err


@pytest.mark.parametrize("content", [
    "", "[]", "{}", '{"changes": 1}', '{"changes": [{}]}', '{"changes": [{"id": 1, "add": [{"text": "x"}]}]}',
    '{"changes": [{"id": 1, "add": [{"text": " ", "intent": "x"}]}]}', '{"changes": [{"id": 1}, {"id": "1"}]}',
])
def test_changes_that_cannot_be_read_are_named(content):
    with pytest.raises(CommandError, match="changes"):
        read_changes(content)


def sentence(text: str, intent: str) -> Sentence:
    return Sentence(text, intent, "", 0)


def test_a_sentence_that_moves_is_learnt_once():
    [moved] = read_changes(json.dumps({"changes": [
        {"id": 1, "add": [{"text": "b", "intent": "y"}], "remove": [{"text": "B.", "intent": "x"}]}]}))
    after = with_changes([sentence("a", "x"), sentence("b", "x"), sentence("b", "z")], [moved])
    assert [(each.text, each.intent) for each in after] == [("a", "x"), ("b", "z"), ("b", "y")]


def test_better_worse_and_wrong_again_are_told_apart():
    held_out = [sentence("a", "x"), sentence("b", "x"), sentence("c", "x"), sentence("d", "x"), sentence("e", "")]
    before = [("y", "y"), ("x", "x"), ("y", "y"), ("x", "x"), ("nlu_fallback", "x")]
    after = [("x", "x"), ("y", "y"), ("z", "z"), ("x", "x"), ("out_of_scope", "out_of_scope")]
    found = effect(held_out, [], before, after)
    assert {kind: [each["text"] for each in found[kind]] for kind in ("better", "worse", "otherwise")} == {
        "better": ["a"], "worse": ["b"], "otherwise": ["c"]}
    assert (found["before"]["accuracy"], found["after"]["answered_rightly"]) == (0.5, 0.5)
    assert (found["before"]["refused"], found["after"]["refused"]) == (1.0, 1.0)


def test_a_shop_that_holds_nothing_out_still_learns_of_its_own_sentences():
    found = effect([], [sentence("a", "x")], [("y", "y")], [("x", "x")])
    assert found["before"] == {"accuracy": None, "answered_rightly": None, "refused": None}
    assert found["learnt"] == [{"text": "a", "intent": "x", "before": "y", "after": "x"}]
