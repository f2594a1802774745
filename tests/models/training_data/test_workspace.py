"""What a trainer accepts is written whole, as it was shown, or not at all."""
from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from models.training_data.edits import AddConversation, AddExample, AddLine, AddResponse, AddRule, RemoveExample
from models.training_data.errors import CannotEdit, FileChanged, NotWritable
from models.training_data.workspace import NOTHING, Workspace

GREET = "nlu:\n  - intent: greet\n    examples: |\n      - hello\n"
BYE = "nlu:\n  - intent: bye\n    examples: |\n      - bye\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "data" / "nlu").mkdir(parents=True)
    (tmp_path / "data" / "nlu" / "a.yml").write_text(GREET, "utf-8")
    (tmp_path / "data" / "nlu" / "b.yml").write_text(BYE, "utf-8")
    (tmp_path / "tests" / "conversations").mkdir(parents=True)
    return tmp_path


HELLO = AddExample("data/nlu/a.yml", "greet", "good day")
SO_LONG = AddExample("data/nlu/b.yml", "bye", "so long")


def files(root: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in root.rglob("*") if path.is_file()}


def test_what_was_shown_is_written_and_told(root):
    workspace = Workspace(root)
    assert workspace.diff([HELLO]) == (
        "--- a/data/nlu/a.yml\n+++ b/data/nlu/a.yml\n@@ -2,3 +2,4 @@\n   - intent: greet\n     examples: |\n"
        "       - hello\n+      - good day\n"
    )
    both = [HELLO, SO_LONG]
    assert workspace.write(both, workspace.digests(both)) == ["data/nlu/a.yml", "data/nlu/b.yml"]
    assert files(root) == {"a.yml": GREET + "      - good day\n", "b.yml": BYE + "      - so long\n"}


def test_a_file_saved_since_the_diff_was_shown_is_not_overwritten_nor_is_any_other(root):
    workspace = Workspace(root)
    shown = workspace.digests([HELLO, SO_LONG])
    (root / "data" / "nlu" / "b.yml").write_text(BYE + "# mine\n", "utf-8")
    before = files(root)
    with pytest.raises(FileChanged, match=r"data/nlu/b\.yml"):
        workspace.write([HELLO, SO_LONG], shown)
    assert files(root) == before


def test_a_file_that_was_never_shown_is_not_written(root):
    with pytest.raises(FileChanged):
        Workspace(root).write([HELLO], {})


def test_where_one_change_cannot_be_made_none_is(root):
    workspace, gone = Workspace(root), RemoveExample("data/nlu/b.yml", "bye", "never said")
    before = files(root)
    with pytest.raises(CannotEdit):
        workspace.write([HELLO, gone], workspace.digests([HELLO, gone]))
    assert files(root) == before


def test_a_sentence_moves_from_one_intent_to_another(root):
    workspace = Workspace(root)
    edits = [RemoveExample("data/nlu/a.yml", "greet", "hello"), AddExample("data/nlu/b.yml", "bye", "hello")]
    workspace.write(edits, workspace.digests(edits))
    assert files(root) == {"a.yml": GREET.replace("      - hello\n", ""), "b.yml": BYE + "      - hello\n"}


def test_two_trainers_at_once_do_not_undo_each_other(root):
    """Both saw the same file; one of them is told to look again."""
    workspaces, outcomes = [Workspace(root), Workspace(root)], []
    edits = [HELLO, AddExample("data/nlu/a.yml", "greet", "morning")]
    shown = workspaces[0].digests([HELLO])
    begin = threading.Barrier(2)

    def accept(workspace: Workspace, edit: AddExample) -> None:
        begin.wait()
        try:
            outcomes.append(workspace.write([edit], shown))
        except FileChanged as error:
            outcomes.append(error)

    both = [threading.Thread(target=accept, args=each) for each in zip(workspaces, edits, strict=True)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(isinstance(each, FileChanged) for each in outcomes) == [False, True]
    assert files(root)["a.yml"].count("\n") == GREET.count("\n") + 1


@pytest.mark.parametrize("file", ["../outside.yml", "data/../../outside.yml", "/etc/outside.yml", "actions/base.py"])
def test_nothing_outside_the_trainers_files_is_ever_written(root, file):
    edit = AddLine(file, {"text": "x"}, "")
    with pytest.raises(NotWritable, match="none of the trainers' files"):
        Workspace(root).write([edit], {file: NOTHING})


def test_rights_of_a_file_stay_as_they_were(root):
    path = root / "data" / "nlu" / "a.yml"
    path.chmod(0o640)
    workspace = Workspace(root)
    workspace.write([HELLO], workspace.digests([HELLO]))
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(each.name for each in path.parent.iterdir()) == ["a.yml", "b.yml"]


def test_where_the_files_are_not_here_or_may_not_be_written_the_trainer_is_told(root, tmp_path):
    with pytest.raises(NotWritable, match="not on this machine"):
        Workspace(tmp_path / "elsewhere").require_writable()
    if os.geteuid() == 0:
        return  # root may write anywhere
    (root / "data" / "nlu").chmod(0o500)
    with pytest.raises(NotWritable, match="may not write"):
        Workspace(root).require_writable()


def test_a_file_that_is_no_utf_8_is_left_alone(root):
    (root / "data" / "nlu" / "a.yml").write_bytes(b"nlu:\n- intent: caf\xe9\n")
    with pytest.raises(CannotEdit, match="UTF-8"):
        Workspace(root).diff([HELLO])


def test_a_byte_order_mark_stays(root):
    path = root / "data" / "nlu" / "a.yml"
    path.write_bytes(b"\xef\xbb\xbf" + GREET.encode())
    workspace = Workspace(root)
    workspace.write([HELLO], workspace.digests([HELLO]))
    assert path.read_bytes() == b"\xef\xbb\xbf" + GREET.encode() + b"      - good day\n"


# ---- other files than examples


def test_a_line_goes_behind_its_like(root):
    content = '{"act": "a", "text": "1"}\n{"act": "b", "text": "2"}'
    added = AddLine("data/replies/x.jsonl", {"act": "a", "text": "é"}, "", "act").apply(content)
    assert added == '{"act": "a", "text": "1"}\n{"act": "a", "text": "é"}\n{"act": "b", "text": "2"}\n'
    assert AddLine("x", {"act": "c"}, "", "act").apply(content).endswith('{"act": "c"}\n')
    assert AddLine("x", {"act": "c"}, "").apply("") == '{"act": "c"}\n'


DOMAIN = """responses:
  # --- general ---
  utter_greet:
    - text: "Hello."
      buttons:
        - title: "Find"
          payload: "/search"

  # the end of it
  utter_bye:
    - text: Bye.
"""


def test_a_wording_of_a_response_follows_its_last():
    added = AddResponse("domain.yml", "utter_greet", 'Say "{name}": # hello').apply(DOMAIN)
    assert added == DOMAIN.replace('"/search"\n', '"/search"\n    - text: "Say \\"{name}\\": # hello"\n')
    assert AddResponse("domain.yml", "utter_bye", "So long.").apply(DOMAIN) == DOMAIN + '    - text: "So long."\n'
    with pytest.raises(CannotEdit, match="utter_nothing"):
        AddResponse("domain.yml", "utter_nothing", "x").apply(DOMAIN)


RULES = "version: '3.1'\nrules:\n  - rule: Greet\n    steps:\n      - intent: greet\n      - action: utter_greet\n"


def test_a_rule_follows_the_last_one_as_the_others_stand():
    added = AddRule("data/rules/x.yml", "ask_time", "utter_time").apply(RULES)
    assert added == RULES + (
        "  - rule: Answer ask time\n    steps:\n      - intent: ask_time\n      - action: utter_time\n")
    twice = AddRule("data/rules/x.yml", "b", "utter_b").apply(added.replace("  - rule: Answer", "\n  - rule: Answer"))
    assert "\n\n  - rule: Answer b\n" in twice
    with pytest.raises(CannotEdit, match="no list of rules"):
        AddRule("data/rules/x.yml", "b", "utter_b").apply("stories: []\n")


def test_a_conversation_begins_a_file_and_follows_the_last_one():
    first = AddConversation("tests/conversations/x.yml", "one", "- name: one\n  as: guest\n  steps: []\n").apply("")
    assert first.startswith("# ")
    both = AddConversation("x", "two", "- name: two\n  as: guest\n  steps: []\n").apply(first)
    assert both.startswith(first) and both.endswith("\n\n- name: two\n  as: guest\n  steps: []\n")
    with pytest.raises(CannotEdit, match="there already"):
        AddConversation("x", "two", "- name: two\n").apply(both)
    with pytest.raises(CannotEdit, match="no list"):
        AddConversation("x", "two", "- name: two\n").apply("stories: []\n")
