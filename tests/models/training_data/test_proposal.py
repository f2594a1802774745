"""A reviewer's correction becomes the change that a trainer would make, or says why it cannot."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.training_data.errors import FileChanged
from models.training_data.problem import ERROR
from models.training_data.proposal import Proposer, Wish
from models.training_data.said_reply import spoken, with_placeholders
from shop.masking import personal

ROOT = Path(__file__).resolve().parents[3]
NLU = """nlu:
  # a hello
  - intent: greet
    examples: |
      - hello
      - good morning
  - intent: track_order
    examples: |
      - where is my parcel
      - track 104312
"""
RULES = "rules:\n  - rule: Greet\n    steps:\n      - intent: greet\n      - action: utter_greet\n"
DOMAIN = """intents: [greet, track_order]
actions: [action_track]
responses:
  utter_greet:
    - text: "Hello."
  utter_wait:
    - text: "It comes on {day}, {first_name}."
"""
CONFIG = "pipeline:\n  - name: bot.entity_extractor.ShopEntityExtractor\n"
ACTS = """tones = ["neutral", "warm"]
anywhere = ["first_name"]
[acts.track]
facts = ["number", "status"]
[acts.chat]
heard = true
"""
EXAMPLES = [
    {"act": "track", "tone": "warm", "facts": {"number": "104312", "status": "on its way"},
     "text": "Order #{number} is {status}."},
    {"act": "chat", "tone": "neutral", "facts": {}, "heard": "how are you", "text": "Very well, thank you."},
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    claims = (ROOT / "data" / "language" / "claims_en.toml").read_text("utf-8")
    for file, content in {
        "data/nlu/shop.yml": NLU, "data/rules/shop.yml": RULES, "domain.yml": DOMAIN, "config.yml": CONFIG,
        "data/replies/acts.toml": ACTS, "data/replies/a.jsonl": "".join(f"{json.dumps(row)}\n" for row in EXAMPLES),
        "data/language/claims_en.toml": claims, "tests/entities/development.jsonl": '{"text": "hi", "entities": []}\n',
        "tests/entities/test_set.jsonl": '{"text": "two red mugs", "entities": []}\n',
        "tests/conversations/held_out_nlu.csv": "text,intent\nany news of my box,track_order\n",
    }.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(content, "utf-8")
    return tmp_path


def intent(text: str, name: str, **more) -> Wish:
    return Wish(1, "intent", text, intent=name, personal=personal(text), **more)


def codes(proposal) -> list[str]:
    return [problem.code for problem in proposal.problems]


def added(proposal) -> list[str]:
    return [line[1:] for line in proposal.diff.split("\n") if line.startswith("+") and not line.startswith("+++")]


def removed(proposal) -> list[str]:
    return [line[1:] for line in proposal.diff.split("\n") if line.startswith("-") and not line.startswith("---")]


def test_a_misunderstood_sentence_becomes_an_example_of_its_intent(root):
    proposal = Proposer(root).propose(intent("has it arrived?", "track_order"))
    assert (proposal.file, added(proposal), removed(proposal)) == ("data/nlu/shop.yml", ["      - has it arrived?"], [])
    assert not proposal.problems and not proposal.hint and not proposal.refused
    assert "added to track_order" in proposal.told


def test_what_the_shopper_wrote_of_themselves_is_not_learnt(root):
    proposal = Proposer(root).propose(intent("I'm Berta Holt, 104877 has not come, berta@home.example", "track_order"))
    [example] = added(proposal)
    assert "Berta" not in example and "104877" not in example and "home.example" not in example
    assert example.strip().startswith("- I'm ") and "has not come" in example
    assert proposal.sentence == example.strip().removeprefix("- ")


def test_a_sentence_that_teaches_another_intent_moves(root):
    proposal = Proposer(root).propose(intent("Where is my parcel?", "greet"))
    assert removed(proposal) == ["      - where is my parcel"]
    assert added(proposal) == ["      - Where is my parcel?"]
    assert codes(proposal) == ["example-in-two-intents"] and not proposal.refused


def test_what_the_files_say_already_need_not_be_written(root):
    proposal = Proposer(root).propose(intent("Hello!", "greet"))
    assert not proposal.edits and "data/nlu/shop.yml:5" in proposal.hint


def test_a_held_out_sentence_is_never_learnt(root):
    proposal = Proposer(root).propose(intent("Any news of my box?", "track_order"))
    assert codes(proposal) == ["held-out"] and proposal.refused


def test_an_intent_without_examples_and_two_requests_are_a_trainers_to_write(root):
    assert "Add an intent" in Proposer(root).propose(intent("sharpen my knife", "sharpening")).hint
    assert "several requests" in Proposer(root).propose(intent("hello, where is it", "greet+track_order")).hint


def test_a_file_that_is_no_yaml_is_named_and_nothing_is_proposed(root):
    (root / "data" / "nlu" / "shop.yml").write_text(NLU + "  - intent: [\n", "utf-8")
    proposal = Proposer(root).propose(intent("has it arrived", "track_order"))
    assert not proposal.edits


def test_the_diff_is_what_accepting_writes_and_only_of_the_file_as_it_was_shown(root):
    proposer = Proposer(root)
    proposal = proposer.propose(intent("has it arrived", "track_order"))
    (root / "data" / "nlu" / "shop.yml").write_text(NLU + "# mine\n", "utf-8")
    with pytest.raises(FileChanged):
        proposer.workspace.write(proposal.edits, proposal.digests)
    (root / "data" / "nlu" / "shop.yml").write_text(NLU, "utf-8")
    proposer.workspace.write(proposal.edits, proposal.digests)
    assert (root / "data" / "nlu" / "shop.yml").read_text("utf-8") == NLU + "      - has it arrived\n"


# ---- entities


COAT = {"start": 2, "end": 6, "entity": "colour", "value": "navy"}


def entities(text: str, *marks, name: str = "track_order") -> Wish:
    return Wish(2, "entities", text, intent=name, entities=marks, personal=personal(text, marks))


def test_where_entities_follow_rules_the_sentence_joins_those_that_rules_are_mended_by(root):
    proposal = Proposer(root).propose(entities("a navy coat", COAT))
    assert proposal.file == "tests/entities/development.jsonl"
    assert json.loads(added(proposal)[0]) == {"text": "a navy coat", "entities": [
        {"entity": "colour", "value": "navy", "start": 2, "end": 6}]}
    assert "floorwalker evaluate entities" in proposal.hint


def test_a_sentence_of_the_test_set_of_entities_is_left_in_peace(root):
    assert codes(Proposer(root).propose(entities("two red mugs", {**COAT, "start": 4, "end": 7}))) == ["held-out"]


def test_where_they_are_learnt_the_example_is_annotated(root):
    (root / "config.yml").write_text("pipeline:\n  - name: DIETClassifier\n", "utf-8")
    proposal = Proposer(root).propose(entities("a navy coat", COAT))
    assert added(proposal) == ["      - a [navy](colour) coat"]
    (root / "data" / "nlu" / "shop.yml").write_text(NLU + "      - a navy coat\n", "utf-8")
    again = Proposer(root).propose(entities("a navy coat", COAT))
    assert (removed(again), added(again)) == (["      - a navy coat"], ["      - a [navy](colour) coat"])


def test_an_annotation_that_contradicts_the_others_is_named(root):
    (root / "config.yml").write_text("pipeline:\n  - name: DIETClassifier\n", "utf-8")
    (root / "data" / "nlu" / "shop.yml").write_text(NLU + "      - a [navy](brand) box\n", "utf-8")
    assert codes(Proposer(root).propose(entities("a navy coat", COAT))) == ["entity-contradiction"]


def test_marks_that_overlap_are_an_error_and_no_crash(root):
    proposal = Proposer(root).propose(entities("a navy coat", COAT, {**COAT, "start": 3, "end": 9}))
    assert codes(proposal) == ["not-written"] and proposal.refused


# ---- actions


def action(name: str, wanted: str) -> Wish:
    return Wish(3, "action", "where is it", intent=name, wanted=wanted)


def test_an_intent_that_nothing_answers_gets_a_rule(root):
    proposal = Proposer(root).propose(action("track_order", "action_track"))
    assert added(proposal) == ["  - rule: Answer track order", "    steps:", "      - intent: track_order",
                               "      - action: action_track"]
    assert not proposal.problems


def test_a_rule_for_an_action_that_nobody_wrote_is_marked(root):
    assert codes(Proposer(root).propose(action("track_order", "action_dream"))) == ["action-unknown"]


def test_a_rule_that_says_otherwise_is_shown_and_not_contradicted(root):
    other = Proposer(root).propose(action("greet", "action_track"))
    assert not other.edits and "data/rules/shop.yml:2 answers “greet” with utter_greet" in other.hint
    assert "already" in Proposer(root).propose(action("greet", "utter_greet")).hint


# ---- replies


def reply(said: str, wanted: str, **more) -> Wish:
    known = (("name", "Berta"),)
    return Wish(4, "reply", said, wanted=wanted, wanted_personal=personal(wanted, None, known),
                personal=personal(said, None, known), **more)


WRITTEN = (("track", "Order #{number} is {status}."),)


def test_a_better_reply_becomes_an_example_with_placeholders_and_made_up_values(root):
    said = reply("Order #104877 is packed.", "Order #104877 is packed, it is.", written=WRITTEN)
    proposal = Proposer(root).propose(said)
    assert json.loads(added(proposal)[0]) == {
        "act": "track", "tone": "neutral", "facts": {"number": "104312", "status": "on its way"},
        "text": "Order #{number} is {status}, it is.",
    }
    assert "104877" not in proposal.diff and not proposal.refused
    content = (root / "data/replies/a.jsonl").read_text("utf-8").splitlines()
    assert proposal.edits[0].apply("\n".join(content)).splitlines()[0::2] == content  # behind its like


@pytest.mark.parametrize(("wanted", "code"), [
    ("Order #104877 is packed. Guaranteed by tomorrow.", "reply-refused"),
    ("Your order is packed.", "reply-form"),
    ("Order #104877 is packed, Berta.", "reply-value"),
    ("Order #104877 is packed, ring 5550.", "reply-value"),
    ("Order #104877 is packed.", "reply-repeated"),
])
def test_a_reply_that_would_promise_leave_out_or_tell_too_much_is_refused(root, wanted, code):
    proposal = Proposer(root).propose(reply("Order #104877 is packed.", wanted, written=WRITTEN))
    assert code in codes(proposal) and proposal.refused


def test_what_the_domain_says_gets_another_wording(root):
    proposal = Proposer(root).propose(reply("It comes on Friday, Berta.", "Berta, expect it on Friday."))
    assert added(proposal) == ['    - text: "{first_name}, expect it on {day}."']
    assert not proposal.refused


def test_a_reply_that_comes_from_nowhere_is_kept_for_a_person_to_read(root):
    proposal = Proposer(root).propose(reply("Somebody typed this.", "Dear Berta, 104877 is here."))
    assert not proposal.edits and not proposal.refused
    assert "Berta" not in proposal.hint and "104877" not in proposal.hint and "is here" in proposal.hint


def test_small_talk_is_learnt_with_what_was_heard(root):
    said = "Very well, thank you."
    proposal = Proposer(root).propose(reply(said, "Fine, thank you.", heard="are you well", written=[("chat", said)]))
    assert json.loads(added(proposal)[0])["heard"] == "are you well"


@pytest.mark.parametrize(("said", "template", "facts"), [
    ("Order #1 is on its way. It comes Friday.", "Order #{n} is {s}. {e}",
     {"n": "1", "s": "on its way", "e": "It comes Friday."}),
    ("It is as it is now. That helps.", "{text}. That helps.", {"text": "It is as it is now"}),
    ("It is so! That helps.", "{text}. That helps.", {"text": "It is so!"}),
    ("An XL shirt fits.", "a {size} shirt fits.", {"size": "XL"}),
    ("Hello Ada, Ada.", "Hello {name}, {name}.", {"name": "Ada"}),
    ("It costs 3 (net).", "It costs {price} (net).", {"price": "3"}),
])
def test_facts_are_found_where_the_template_has_them(said, template, facts):
    assert spoken(said, [("act", "{anything}"), ("act", template)]).facts == facts


def test_a_fact_is_replaced_only_as_a_whole_and_the_longest_first():
    facts = {"a": "12", "b": "12 mugs"}
    assert with_placeholders("120 are not 12 mugs, 12 neither {a}", facts) == "120 are not {b}, {a} neither {a}"


def test_every_error_keeps_a_change_from_being_written(root):
    proposal = Proposer(root).propose(intent("any news of my box", "track_order"))
    assert [each.severity for each in proposal.problems] == [ERROR]


@pytest.mark.parametrize("kind", ["intent", "entities"])
def test_the_projects_own_files_take_corrections(kind):
    """The real files, of which nothing is written."""
    text = "my box 104877 never turned up"
    wish = Wish(5, kind, text, intent="track_order", personal=personal(text),
                entities=[{"start": 7, "end": 13, "entity": "order_number", "value": "104877"}])
    proposal = Proposer(ROOT).propose(wish)
    assert len(added(proposal)) == 1 and not removed(proposal) and not proposal.problems
    assert "104877" not in proposal.diff
