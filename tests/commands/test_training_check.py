"""Every kind of problem in a trainer's files is named with file, line and remedy; files that are right are left alone.

The trainer here wrote a small bot that greets, finds parcels and says thanks. Each test spoils one thing.
"""
from __future__ import annotations

import os
import re
import shutil
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import commands.training_check
from commands.training_check import Problem, check
from commands.training_check.near_duplicates import RememberedVectors
from models.embedding import SentenceEmbedding
from shop.settings import ROOT
from tests.commands.published import publish_embedding

NLU = """version: "3.1"
nlu:
  - intent: greet
    examples: |
      - hello
      - good morning
      - hi there
      - hey you
      - good evening
  - intent: track_order
    examples: |
      - where is my parcel
      - has it left yet
      - track my package
      - when will it come
      - my order is late
"""
RULES = """version: "3.1"
rules:
  - rule: Greet
    steps:
      - intent: greet
      - action: utter_greet
  - rule: Track
    steps:
      - or:
          - intent: track_order
      - action: action_track
"""
DOMAIN = """version: "3.1"
intents:
  - greet
  - track_order
responses:
  utter_greet:
    - text: Hello.
  utter_track:
    - text: It is on its way.
actions:
  - action_track
"""
ACTION = """from actions.base import ShopAction


class Track(ShopAction):
    def act(self, turn):
        turn.say("utter_track")
"""
FILES = {"data/nlu/shop.yml": NLU, "data/rules/shop.yml": RULES, "domain.yml": DOMAIN, "actions/track.py": ACTION}


def far_apart(texts: list[str]) -> np.ndarray:
    """Vectors without any likeness, for the tests that are not about likeness."""
    return np.eye(len(texts), dtype=np.float32)


@pytest.fixture
def found(tmp_path) -> Callable[..., list[Problem]]:
    """Write the bot with ``changes``, ``(file, old, new)``, and check it."""

    def run(*changes: tuple[str, str, str], embed=far_apart) -> list[Problem]:
        files = dict(FILES)
        for file, old, new in changes:
            assert old in files.get(file, "")
            files[file] = files.get(file, "").replace(old, new, 1) if old else files.get(file, "") + new
        for file, content in files.items():
            path = tmp_path / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, "utf-8")
        return check(tmp_path, embed)

    return run


def brief(problems: list[Problem]) -> list[tuple[str, str, int]]:
    return [(problem.code, problem.file, problem.line) for problem in problems]


def test_files_that_are_right_have_no_problem(found):
    assert found() == []


def test_a_problem_is_one_line_with_file_line_message_and_remedy(found):
    (problem,) = found(("domain.yml", "  - greet\n", ""))
    assert problem.code == "intent-not-in-domain"
    assert str(problem) == (
        "data/nlu/shop.yml:3: The domain does not name the intent “greet”. "
        "Add “- greet” under “intents:” in domain.yml."
    )
    assert problem.severity == "error"


def test_an_intent_without_rule_or_story(found):
    problems = found(("data/rules/shop.yml", "          - intent: track_order\n", "          - intent: greet\n"))
    assert brief(problems) == [("intent-unanswered", "data/nlu/shop.yml", 10)]
    assert problems[0].severity == "error"


def test_a_story_or_a_slot_answers_an_intent_too(found):
    without = ("data/rules/shop.yml", "          - intent: track_order\n", "          - intent: greet\n")
    story = ("data/stories/a.yml", "", "stories:\n  - story: A\n    steps:\n      - intent: track_order\n")
    assert found(without, story) == []
    slot = ("domain.yml", "actions:\n", "slots:\n  late:\n    type: bool\n    mappings:\n      - type: from_intent\n"
                                        "        intent: track_order\n        value: true\nactions:\n")
    assert found(without, ("data/stories/a.yml", "", "stories: []\n"), slot) == []


def test_an_intent_of_the_domain_without_examples(found):
    problems = found(("domain.yml", "  - track_order\n", "  - track_order\n  - goodbye\n"),
                     ("data/rules/shop.yml", "", "  - rule: Bye\n    steps:\n      - intent: goodbye\n"))
    assert brief(problems) == [("intent-without-examples", "domain.yml", 5)]
    assert problems[0].severity == "warning"


def test_an_intent_that_only_a_button_names_needs_no_examples(found):
    assert found(
        ("domain.yml", "  - track_order\n", "  - track_order\n  - choose:\n      use_entities: []\n"),
        ("domain.yml", "    - text: Hello.\n",
         '    - text: Hello.\n      buttons:\n        - title: A\n          payload: \'/choose{"a": 1}\'\n'),
        ("data/rules/shop.yml", "", "  - rule: Choose\n    steps:\n      - intent: choose\n"),
    ) == []


def test_a_rule_that_misspells_an_intent(found):
    problems = found(("data/rules/shop.yml", "", "  - rule: Bye\n    steps:\n      - intent: goodby\n"))
    assert brief(problems) == [("intent-unknown", "data/rules/shop.yml", 14)]


def test_a_rule_may_name_an_intent_of_rasa(found):
    assert found(("data/rules/shop.yml", "", "  - rule: Ask\n    steps:\n      - intent: nlu_fallback\n")) == []


def test_fewer_than_five_examples(found):
    problems = found(("data/nlu/shop.yml", "      - hello\n", ""))
    assert brief(problems) == [("few-examples", "data/nlu/shop.yml", 3)]
    assert "has 4 examples" in problems[0].message


def test_examples_of_one_intent_are_counted_over_all_files(found):
    assert found(("data/nlu/shop.yml", "      - hello\n", ""),
                 ("data/nlu/more.yml", "", "nlu:\n  - intent: greet\n    examples: |\n      - hello\n")) == []


def test_an_example_in_two_intents(found):
    problems = found(("data/nlu/shop.yml", "      - track my package\n", "      - Hi there!\n"))
    assert brief(problems) == [("example-in-two-intents", "data/nlu/shop.yml", 14)]
    assert "“greet” in data/nlu/shop.yml:7" in problems[0].message
    assert problems[0].severity == "error"


def test_the_same_example_twice(found):
    problems = found(("data/nlu/shop.yml", "      - hey you\n", "      - hey you\n\n      - HELLO.\n"))
    assert brief(problems) == [("example-repeated", "data/nlu/shop.yml", 10)]
    assert "data/nlu/shop.yml:5" in problems[0].message


def test_an_example_without_its_dash(found):
    problems = found(("data/nlu/shop.yml", "      - hey you\n", "      - hey you\n      hello again\n      -\n"))
    assert brief(problems) == [
        ("example-malformed", "data/nlu/shop.yml", 9), ("example-malformed", "data/nlu/shop.yml", 10)]


def test_an_annotation_that_cannot_be_read(found):
    problems = found(("data/nlu/shop.yml", "- track my package", '- track [it]{"entity": }'))
    assert brief(problems)[0] == ("example-malformed", "data/nlu/shop.yml", 14)


def test_near_duplicates_across_intents(found, embedding_folder):
    embed = SentenceEmbedding.load(embedding_folder).embed
    assert found(embed=embed) == []
    problems = found(("data/nlu/shop.yml", "      - hey you\n", "      - where's my parcel?\n"), embed=embed)
    assert brief(problems) == [("near-duplicate", "data/nlu/shop.yml", 12)]
    assert "“where's my parcel?” (greet, data/nlu/shop.yml:8)" in problems[0].message
    assert problems[0].severity == "warning"


def test_near_duplicates_within_an_intent_are_welcome(found, embedding_folder):
    embed = SentenceEmbedding.load(embedding_folder).embed
    assert found(("data/nlu/shop.yml", "has it left yet", "where's my parcel?"), embed=embed) == []


def test_without_an_embedding_it_is_said_that_near_duplicates_were_not_looked_for(found, var):
    assert brief(found(embed=None)) == [("embedding-missing", "data/nlu/shop.yml", 5)]


def test_the_embedding_in_use_finds_near_duplicates_and_embeds_a_sentence_once(found, var, embedding_folder):
    publish_embedding(var / "models", embedding_folder, "one")
    spoilt = ("data/nlu/shop.yml", "      - hey you\n", "      - where's my parcel?\n")
    assert [problem.code for problem in found(spoilt, embed=None)] == ["near-duplicate"]
    remembered = (var / "training-check.npz").stat().st_mtime_ns
    assert [problem.code for problem in found(spoilt, embed=None)] == ["near-duplicate"]
    assert (var / "training-check.npz").stat().st_mtime_ns == remembered


def test_remembered_vectors_are_made_once_and_anew_for_another_embedding(tmp_path):
    asked: list[str] = []

    def embed(texts: list[str]) -> np.ndarray:
        asked.extend(texts)
        return np.array([[len(text), 1] for text in texts], np.float32)

    path = tmp_path / "vectors.npz"
    first = RememberedVectors(path, "one", lambda: embed)(["a", "bb", "a"])
    again = RememberedVectors(path, "one", lambda: embed)(["bb", "ccc"])
    assert first.tolist() == [[1, 1], [2, 1], [1, 1]]
    assert again.tolist() == [[2, 1], [3, 1]]
    assert asked == ["a", "bb", "ccc"]
    RememberedVectors(path, "two", lambda: embed)(["bb"])
    assert asked[3:] == ["bb"]
    for broken in (b"", b"half a fi", b"PK\x03\x04 and then nothing"):
        path.write_bytes(broken)
        assert RememberedVectors(path, "two", lambda: embed)(["bb"]).tolist() == [[2, 1]]


def test_a_text_annotated_as_two_entities(found):
    problems = found(("data/nlu/shop.yml", "track my package", "track to [Bern](city)"),
                     ("data/nlu/shop.yml", "my order is late", "my order to [bern](place) is late"))
    assert brief(problems) == [("entity-contradiction", "data/nlu/shop.yml", 16)]
    assert "“place” here and as “city” in data/nlu/shop.yml:14" in problems[0].message


def test_roles_tell_entities_apart_only_where_they_are_given(found):
    problems = found(("data/nlu/shop.yml", "track my package", 'track to [Bern]{"entity": "city", "role": "to"}'),
                     ("data/nlu/shop.yml", "my order is late", "my order to [Bern](city) is late"))
    assert brief(problems) == [("entity-contradiction", "data/nlu/shop.yml", 16)]


def test_a_text_annotated_here_and_left_bare_there(found):
    problems = found(("data/nlu/shop.yml", "track my package", "track the [light blue](colour) [bag](kind)"),
                     ("data/nlu/shop.yml", "my order is late", "my Light Blue thing, no baggage"))
    assert brief(problems) == [("entity-not-annotated", "data/nlu/shop.yml", 16)]
    assert problems[0].remedy.startswith("Write “[Light Blue](colour)”")


def test_an_unused_response(found):
    problems = found(("domain.yml", "  utter_track:\n", "  utter_old:\n    - text: Old.\n  utter_track:\n"))
    assert brief(problems) == [("response-unused", "domain.yml", 8)]
    assert problems[0].severity == "warning"


def test_responses_that_forms_rasa_and_code_choose_are_used(found):
    domain = ("domain.yml", "actions:\n", (
        "  utter_ask_size:\n    - text: Which?\n  utter_default:\n    - text: Pardon?\n"
        "  utter_why_size:\n    - text: So it fits.\n  utter_greet_guest:\n    - text: Hi.\n"
        "forms:\n  size_form:\n    required_slots:\n      - size\nactions:\n"
    ))
    code = ("actions/track.py", "",
            '        turn.say(f"utter_why_{slot}")\n        turn.say(f"utter_{turn.intent}_{who}")\n')
    assert found(domain, code) == []


def test_a_placeholder_for_an_intent_uses_no_other_response(found):
    domain = ("domain.yml", "actions:\n", "  utter_old_guest:\n    - text: Hi.\n  utter_greet_guest:\n"
                                          "    - text: Hi.\nactions:\n")
    code = ("actions/track.py", "", '        turn.say(f"utter_{turn.intent}_{who}")\n')
    assert brief(found(domain, code)) == [("response-unused", "domain.yml", 10)]


def test_a_response_that_a_rule_names_but_nobody_wrote(found):
    problems = found(("data/rules/shop.yml", "utter_greet", "utter_gret"))
    assert brief(problems) == [
        ("response-undefined", "data/rules/shop.yml", 6), ("response-unused", "domain.yml", 6)]


def test_a_response_that_an_action_names_but_nobody_wrote(found):
    problems = found(("actions/track.py", "", '        turn.say("utter_lost")\n        turn.say(f"utter_no_{slot}")\n'))
    assert brief(problems) == [
        ("response-undefined", "actions/track.py", 7), ("response-undefined", "actions/track.py", 8)]


def test_an_action_that_is_no_python_is_named_with_its_line(found):
    problems = found(("actions/track.py", "", "        turn.say(\n"))
    assert brief(problems) == [("code-syntax", "actions/track.py", 7), ("response-unused", "domain.yml", 8)]


@pytest.mark.parametrize(("file", "old", "new", "line"), [
    ("data/nlu/shop.yml", "  - intent: track_order\n", "  - intent track_order\n", 11),
    ("data/rules/shop.yml", "  - rule: Track\n", "\t- rule: Track\n", 7),
    ("data/rules/shop.yml", "rule: Track", 'rule: "Track', 7),
    ("data/nlu/shop.yml", "- hello", "- \u0007hello", 5),
])
def test_what_is_no_yaml_is_named_with_its_line(found, file, old, new, line):
    problems = found((file, old, new))
    # Nothing else: what the file defines is not called missing elsewhere.
    assert brief(problems) == [("yaml-syntax", file, line)]
    assert problems[0].severity == "error"


def test_a_file_in_another_encoding_is_named_with_its_line(found, tmp_path):
    found()
    (tmp_path / "data/nlu/latin.yml").write_bytes("nlu:\n# grün\n".encode("latin-1"))
    assert brief(check(tmp_path, far_apart)) == [("yaml-syntax", "data/nlu/latin.yml", 2)]


def test_a_file_that_cannot_be_read_is_named(found, tmp_path):
    found()
    (tmp_path / "data/nlu/lost.yml").symlink_to(tmp_path / "nowhere.yml")
    (problem,) = check(tmp_path, far_apart)  # and what it may define is not called missing elsewhere
    assert brief([problem]) == [("unreadable", "data/nlu/lost.yml", 1)]
    assert problem.severity == "error" and "No such file" in problem.message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_the_trainer_may_not_read_is_named(found, tmp_path):
    found()
    (tmp_path / "domain.yml").chmod(0)
    assert brief(check(tmp_path, far_apart)) == [("unreadable", "domain.yml", 1)]


def test_locks_and_drafts_of_editors_are_no_files_of_the_trainers(found, tmp_path):
    found()
    (tmp_path / "data/nlu/.#shop.yml").symlink_to("ada@desk.4711")  # as Emacs marks what has unsaved changes
    (tmp_path / "data/nlu/.shop.yml").write_text("half: [")
    assert check(tmp_path, far_apart) == []


def test_the_intent_that_the_trainers_page_adds_can_be_added_to_the_shop_as_it_stands_there(tmp_path):
    for room in ("actions", "bot", "commands", "shop", "web"):
        (tmp_path / room).symlink_to(ROOT / room)
    shutil.copytree(ROOT / "data", tmp_path / "data")
    shutil.copy(ROOT / "domain.yml", tmp_path)
    before = check(tmp_path, far_apart)
    page = (ROOT / "docs" / "trainers.md").read_text("utf-8")
    blocks = re.findall(r"   ```yaml\n(.*?)   ```\n", page, re.DOTALL)
    examples, name, response, rule = (textwrap.indent(textwrap.dedent(block), "  ") for block in blocks)
    domain = (tmp_path / "domain.yml").read_text("utf-8")
    (tmp_path / "domain.yml").write_text(
        domain.replace("\nintents:\n", f"\nintents:\n{name}")
        .replace("\nresponses:\n", f"\nresponses:\n{response}"), "utf-8",
    )
    for file, added in (("nlu", examples), ("rules", rule)):
        with (tmp_path / "data" / file / "policies.yml").open("a", encoding="utf-8") as written:
            written.write(added)
    found = check(tmp_path, far_apart)
    assert [(each.code, each.message) for each in found] == [(each.code, each.message) for each in before]
    (tmp_path / "data" / "rules" / "policies.yml").write_text((ROOT / "data" / "rules" / "policies.yml").read_text())
    assert {each.code for each in check(tmp_path, far_apart)} - {each.code for each in before} == {
        "intent-unanswered"}  # so the rest was read


def test_every_kind_of_problem_is_documented_and_tested():
    page = (ROOT / "docs" / "evaluation.md").read_text("utf-8")
    documented = {code for row in re.findall(r"^\| (`[a-z-]+`.*?) \| (?:error|warning) \|", page, re.MULTILINE)
                  for code in re.findall(r"`([a-z-]+)`", row)}
    modules = [*Path(commands.training_check.__file__).parent.glob("*.py"),
               *(ROOT / "models" / "training_data" / f"{name}.py" for name in ("files", "sentences", "entities"))]
    sources = "".join(path.read_text("utf-8") for path in modules)
    found = set(re.findall(r'"([a-z]+(?:-[a-z]+)*)", (?:ERROR|WARNING)\b', sources))
    assert found == documented
    tests = Path(__file__).read_text("utf-8")
    assert {code for code in found if f'"{code}"' not in tests} == set()


@pytest.mark.parametrize(("file", "old", "new", "line", "remedy"), [
    ("data/nlu/shop.yml", "    examples: |\n", "    exampels: |\n", 4, "Did you mean “examples”?"),
    ("data/rules/shop.yml", "rules:\n", "ruels:\n", 2, "Did you mean “rules”?"),
    ("data/rules/shop.yml", "      - intent: greet\n", "      - intend: greet\n", 5, "Did you mean “intent”?"),
    ("data/rules/shop.yml", "  - rule: Greet\n", "  - rule: Greet\n    zzz: 1\n", 4, "Use one of: rule, steps"),
    ("domain.yml", "responses:\n", "response:\n", 5, "Did you mean “responses”?"),
    ("domain.yml", "    - text: Hello.\n", "    - txt: Hello.\n", 7, "Did you mean “text”?"),
])
def test_unknown_keys_are_named_with_the_likely_one(found, file, old, new, line, remedy):
    problem = next(problem for problem in found((file, old, new)) if problem.code == "unknown-key")
    assert (problem.file, problem.line) == (file, line)
    assert problem.remedy.startswith(remedy)


def test_a_key_that_stands_twice(found):
    problems = found(("domain.yml", "  utter_track:\n", "  utter_greet:\n    - text: Hi.\n  utter_track:\n"))
    assert brief(problems) == [("repeated-key", "domain.yml", 8)]
    assert "line 6" in problems[0].message


def test_errors_come_first(found):
    problems = found(("data/nlu/shop.yml", "      - hello\n", ""),
                     ("data/rules/shop.yml", "          - intent: track_order\n", "          - intent: greet\n"))
    assert [problem.severity for problem in problems] == ["error", "warning"]


def test_an_empty_project_has_no_problem(tmp_path: Path):
    assert check(tmp_path, far_apart) == []
