"""Items put behind the last one of a list in a YAML file: a rule, a wording of a response, a conversation."""
from __future__ import annotations

import json

import yaml

from models.training_data.errors import CannotEdit
from models.training_data.yaml_tree import YamlSyntaxError, get, items, last_line, line, parse, text, written_lines

NEW_CONVERSATIONS = "# What shoppers said, made into tests in the console. No value in them is a real person's.\n"


def add_rule(content: str, intent: str, action: str, file: str) -> str:
    """``content`` of ``file`` with a rule behind its last: ``action`` answers ``intent``. Raises CannotEdit."""
    rules = get(_tree(content, file), "rules")
    if not items(rules) or rules.flow_style:
        raise CannotEdit(file, "It has no list of rules to write one behind.")
    indent, blank = _indent(rules, content), _blank_between(rules, content)
    name = f"Answer {intent.replace('_', ' ')}"
    block = [f"{indent}- rule: {name}", f"{indent}  steps:", f"{indent}    - intent: {intent}",
             f"{indent}    - action: {action}"]
    changed = _behind(content, last_line(rules, written_lines(content)), ([""] if blank else []) + block)
    added = _items(changed, "rules", file)
    _require(len(added) == len(rules.value) + 1 and [
        {name.value: value.value for name, value in step.value} for step in items(get(added[-1], "steps"))
    ] == [{"intent": intent}, {"action": action}], file)
    return changed


def add_response(content: str, response: str, wording: str, file: str) -> str:
    """``content`` of ``file`` with one more wording of ``response``. Raises CannotEdit where it has no list of them."""
    wordings = get(get(_tree(content, file), "responses"), response)
    if not items(wordings) or wordings.flow_style:
        raise CannotEdit(file, f"There is no list of wordings of “{response}”.")
    number = last_line(wordings, written_lines(content))
    changed = _behind(content, number, [f"{_indent(wordings, content)}- text: {json_text(wording)}"])
    now = items(get(get(_tree(changed, file), "responses"), response))
    _require(len(now) == len(wordings.value) + 1 and text(get(now[-1], "text")) == wording, file)
    return changed


def add_conversation(content: str, name: str, conversation: str, file: str) -> str:
    """``content`` of ``file`` (which may be empty) with ``conversation``, an item of its list, behind the last.

    Raises CannotEdit where a conversation of that name is there, or where the content is no list of conversations.
    """
    content = content if content.strip() else NEW_CONVERSATIONS
    tree = _tree(content, file)
    if tree is not None and (not isinstance(tree, yaml.SequenceNode) or tree.flow_style):
        raise CannotEdit(file, "It is no list of conversations.", "Move it away, or save the test by hand.")
    known = [text(get(item, "name")) for item in items(tree)]
    if name in known:
        raise CannotEdit(file, f"A test “{name}” is there already.", "Give it another name.")
    changed = content.rstrip("\n") + "\n\n" + conversation.rstrip("\n") + "\n"
    _require([text(get(item, "name")) for item in items(_tree(changed, file))] == [*known, name], file)
    return changed


def json_text(value: str) -> str:
    """``value`` as a scalar in double quotes: YAML reads what JSON writes."""
    return json.dumps(value, ensure_ascii=False)


def _tree(content: str, file: str) -> yaml.Node | None:
    try:
        return parse(content.encode("utf-8"))
    except YamlSyntaxError as error:
        raise CannotEdit(file, f"Line {error.line} is not YAML: {error.reason}.", "Mend it first.") from error


def _items(content: str, key: str, file: str) -> list[yaml.Node]:
    return items(get(_tree(content, file), key))


def _require(right: bool, file: str) -> None:
    if not right:
        raise CannotEdit(file, "The change would not be read as it is meant.")


def _indent(listed: yaml.SequenceNode, content: str) -> str:
    """What stands before the dashes of a list."""
    written = written_lines(content)[line(listed.value[-1]) - 1]
    return written[:written.index("-")]


def _blank_between(listed: yaml.SequenceNode, content: str) -> bool:
    """Whether the items of a list are set apart by a blank line."""
    begins = line(listed.value[-1]) - 1
    return len(listed.value) > 1 and begins > 0 and not written_lines(content)[begins - 1].strip()


def _behind(content: str, number: int, addition: list[str]) -> str:
    """``content`` with lines behind line ``number``, ended as the line there is."""
    lines = written_lines(content)
    ending = "\r\n" if lines[number - 1].endswith("\r\n") else "\n"
    if not lines[number - 1].endswith("\n"):
        lines[number - 1] += ending
    return "".join([*lines[:number], *(each + ending for each in addition), *lines[number:]])
