"""What the base model reads: turns of dialogues and data-to-text rows become pairs, with values as placeholders."""
from __future__ import annotations

import gzip
import json

import pytest
import yaml

from models.reply import corpus
from models.reply.meaning import MARKS, Meaning
from shop.settings import ROOT

TALK = {"turns": [
    {"who": "user", "acts": [["INFORM", "city", ["Leeds"]]], "text": "I want a table in Leeds."},
    {"who": "assistant", "acts": [["OFFER", "name", ["The Old Mill"]], ["OFFER", "rating", ["4.5"]]],
     "text": "The Old Mill has 4.5 stars."},
    {"who": "user", "acts": [], "text": "  "},
    {"who": "assistant", "acts": [["REQUEST", "time", []], ["NOTIFY", "", []]], "text": "At what time?"},
]}  # fmt: skip


def written(path, rows):
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for row in rows:
            file.write((row if isinstance(row, str) else json.dumps(row)) + "\n")
    return path


def test_a_turn_says_its_acts_and_its_values_are_placeholders(tmp_path):
    found = {text: meaning for meaning, text in corpus.dialogue_pairs(written(tmp_path / "t.gz", [TALK] * 20))}
    offer = found["<1> has <2> stars."]
    assert (offer.act, offer.slots[:2]) == ("offer", (("name", None), ("rating", None)))
    # A slot without a value is asked for; what has no slot is an act only.
    assert found["At what time?"].act == "request+notify"
    assert found["At what time?"].slots[0] == ("time", "")
    assert found["I want a table in <1>."].act == "shopper_inform"


def test_the_shoppers_turns_are_told_apart_and_only_a_part_of_them_is_read(tmp_path):
    pairs = list(corpus.dialogue_pairs(written(tmp_path / "t.gz", [TALK] * 200)))
    shopper = sum(meaning.act.startswith("shopper_") for meaning, _ in pairs)
    assert len(pairs) - shopper == 400  # each turn of the assistant; the empty one is nobody's
    assert 60 < shopper < 140


def test_for_a_part_of_the_turns_it_is_told_what_was_heard(tmp_path):
    long = {"turns": [{"who": "user", "acts": [], "text": " ".join(f"w{n}" for n in range(50))},
                      {"who": "assistant", "acts": [["THANK", "", []]], "text": "Thanks."}]}  # fmt: skip
    pairs = [meaning for meaning, text in corpus.dialogue_pairs(written(tmp_path / "t.gz", [long] * 200))
             if text == "Thanks."]
    heard = [dict(meaning.slots)["heard"] for meaning in pairs if "heard" in dict(meaning.slots)]
    assert 25 < len(heard) < 85
    assert set(heard) == {" ".join(f"w{n}" for n in range(34, 50))}


def test_the_same_seed_reads_the_same(tmp_path):
    path = written(tmp_path / "t.gz", [TALK] * 30)
    assert list(corpus.dialogue_pairs(path)) == list(corpus.dialogue_pairs(path))
    assert list(corpus.dialogue_pairs(path, seed=1)) != list(corpus.dialogue_pairs(path))


def test_a_row_of_a_data_to_text_set_quotes_what_it_can(tmp_path):
    rows = [{"meaning": "inform(name=satellite;price=699 dollars;isforbusiness=true)",
             "reply": "The satellite costs 699 dollars and is for business."}]  # fmt: skip
    [(meaning, text)] = corpus.meaning_pairs(written(tmp_path / "m.jsonl.gz", rows))
    assert text == "The <1> costs <2> and is for business."
    assert meaning == Meaning("inform", (("name", None), ("price", None), ("isforbusiness", "true")))


def test_a_corpus_may_be_unpacked(tmp_path):
    (tmp_path / "m.jsonl").write_text('{"meaning": "thank()", "reply": "Thanks."}\n', "utf-8")
    assert list(corpus.meaning_pairs(tmp_path / "m.jsonl")) == [(Meaning("thank"), "Thanks.")]


@pytest.mark.parametrize("read", [corpus.dialogue_pairs, corpus.meaning_pairs])
def test_a_file_that_was_cut_off_is_named_with_its_line(tmp_path, read):
    good = json.dumps(TALK | {"meaning": "thank()", "reply": "Thanks."})
    path = written(tmp_path / "t.gz", [good, good[:40]])
    with pytest.raises(ValueError, match=r"t\.gz, line 2 is not JSON.*cut off"):
        list(read(path))
    with pytest.raises(OSError, match=r"gone\.gz"):
        list(read(tmp_path / "gone.gz"))


def test_the_projects_own_sentences_are_read():
    pairs = list(corpus.own_pairs(ROOT))
    acts = {meaning.act for meaning, _ in pairs}
    responses = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))["responses"]
    assert {name.removeprefix("utter_") for name in responses} <= acts and {"policy", "shopper"} <= acts
    assert len(pairs) > 2000
    for meaning, text in pairs:
        assert text and "](" not in text and "{" not in text
        assert all(mark in text for mark in MARKS[: len(meaning.placeholders)])


def test_a_part_is_kept_for_validation_by_its_text():
    pairs = [(Meaning("thank"), f"Thanks, number {number}.") for number in range(20_000)]
    kept = [pair for pair in pairs if corpus.for_validation(pair)]
    assert 140 < len(kept) < 270
    assert corpus.for_validation((Meaning("goodbye"), kept[0][1]))
