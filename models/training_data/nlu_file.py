"""An example put into an NLU file or taken out of it: one line changes, and every other byte stays as it is.

The YAML is read to know where an intent's examples stand; what is written is lines of text, formatted as the lines
beside them. What comes out is read again and must say what was meant, else nothing is changed.
"""
from __future__ import annotations

import re

import yaml

from models.training_data.errors import CannotEdit
from models.training_data.examples import Example, examples_of, intent_blocks, same
from models.training_data.yaml_tree import YamlSyntaxError, get, last_line, line, lines_of_block, parse, written_lines

DASH = re.compile(r"( *)-( *)")


def add_example(content: str, intent: str, written: str, file: str) -> str:
    """``content`` of ``file`` with ``written`` as the last example of ``intent``.

    ``written`` is one line as ``written_example`` makes it. Raises CannotEdit where the intent has no examples there
    or they stand in a form that is not written line by line.
    """
    listed = _listed(content, file)
    block = _block(content, intent, file)
    examples = get(block, "examples")
    lines = written_lines(content)
    if isinstance(examples, yaml.ScalarNode) and examples.style == "|":
        number, text = _last_of_block(examples, lines)
        addition = [f"{text}{written}"]
    elif isinstance(examples, yaml.SequenceNode) and examples.value and not examples.flow_style:
        number, dash = last_line(examples, lines), _dash_of(examples.value[-1], lines)
        addition = [f"{dash}- text: |", f"{dash}    {written}"]
    else:
        raise CannotEdit(file, f"The examples of “{intent}” do not stand in a block that begins with “examples: |”.",
                         "Write them so, or add the example in an editor.")
    changed = "".join(_inserted(lines, number, addition))
    _require(changed, file, {*listed, (intent, written)}, len(listed) + 1)
    return changed


def remove_example(content: str, intent: str, sentence: str, file: str) -> str:
    """``content`` of ``file`` without the examples of ``intent`` that say ``sentence``, annotated or not.

    Case, spaces and punctuation at the end do not count. Raises CannotEdit where there is none.
    """
    listed = _listed(content, file)
    lines = written_lines(content)
    gone = [example for example in _examples(content, file)
            if example.intent == intent and example.key == same(sentence)]
    if not gone:
        raise CannotEdit(file, f"“{sentence}” is no example of “{intent}” there.", "Look at the file.")
    for example in reversed(gone):
        numbers = _lines_of(content, example, lines, file)
        ended = lines[-1].endswith("\n")
        del lines[numbers.start - 1:numbers.stop - 1]
        if not ended and lines and lines[-1].endswith("\n"):
            lines[-1] = lines[-1].removesuffix("\n").removesuffix("\r")  # the file ends without one, as before
    changed = "".join(lines)
    said = {(each.intent, each.written) for each in gone}
    _require(changed, file, {each for each in listed if each not in said},
             len(listed) - len(gone))
    return changed


def _examples(content: str, file: str) -> list[Example]:
    return [
        found for intent, _, block in intent_blocks(_tree(content, file), file)
        for found in examples_of(block, intent, file) if isinstance(found, Example)
    ]


def _listed(content: str, file: str) -> list[tuple[str, str]]:
    return [(example.intent, example.written) for example in _examples(content, file)]


def _require(changed: str, file: str, wanted: set[tuple[str, str]], count: int) -> None:
    """What was written must read as it was meant: line breaks that YAML counts and we do not would shift it."""
    listed = _listed(changed, file)
    if set(listed) != wanted or len(listed) != count:
        raise CannotEdit(file, "The change would not be read as it is meant.")


def _tree(content: str, file: str) -> yaml.Node | None:
    try:
        return parse(content.encode("utf-8"))
    except YamlSyntaxError as error:
        raise CannotEdit(file, f"Line {error.line} is not YAML: {error.reason}.", "Mend it first.") from error


def _block(content: str, intent: str, file: str) -> yaml.Node:
    """The intent's first block that has examples."""
    blocks = [block for name, _, block in intent_blocks(_tree(content, file), file)
              if name == intent and get(block, "examples") is not None]
    if not blocks:
        raise CannotEdit(file, f"There is no intent “{intent}” with examples.", "Write its first examples by hand.")
    return blocks[0]


def _last_of_block(examples: yaml.ScalarNode, lines: list[str]) -> tuple[int, str]:
    """(number of the line, from 1, behind which the next example belongs, what stands before its sentence)."""
    written = [number for number, content in lines_of_block(examples) if content.strip()]
    if not written:
        opened = line(examples)  # an empty block: two columns further in than its key
        return opened, " " * (len(lines[opened - 1]) - len(lines[opened - 1].lstrip(" ")) + 2) + "- "
    last = written[-1]
    if last > len(lines) or not (found := DASH.match(lines[last - 1])):
        return last, " " * (len(lines[last - 1]) - len(lines[last - 1].lstrip(" "))) + "- "
    return last, f"{found[1]}-{found[2] or ' '}"


def _dash_of(item: yaml.Node, lines: list[str]) -> str:
    return DASH.match(lines[line(item) - 1])[1]


def _lines_of(content: str, example: Example, lines: list[str], file: str) -> range:
    """Numbers of the lines that hold an example and nothing else."""
    for intent, _, block in intent_blocks(_tree(content, file), file):
        examples = get(block, "examples")
        if intent != example.intent:
            continue
        if isinstance(examples, yaml.ScalarNode) and examples.style == "|":
            if example.place.line in (number for number, _ in lines_of_block(examples)):
                return range(example.place.line, example.place.line + 1)
        elif isinstance(examples, yaml.SequenceNode) and not examples.flow_style:
            for item in examples.value:
                if line(item) <= example.place.line <= last_line(item, lines):
                    return range(line(item), last_line(item, lines) + 1)
    raise CannotEdit(file, f"“{example.text}” does not stand on a line of its own.")


def _inserted(lines: list[str], number: int, addition: list[str]) -> list[str]:
    """``lines`` with ``addition`` behind line ``number``, ended as that line is."""
    ending = "\r\n" if any(each.endswith("\r\n") for each in lines[number - 1:number]) else "\n"
    before, behind = lines[:number], lines[number:]
    if before and not before[-1].endswith("\n"):  # the last line of a file that does not end its last line
        ending = "\r\n" if before[0].endswith("\r\n") else "\n"
        return [*before[:-1], before[-1] + ending, ending.join(addition)]
    return [*before, *(each + ending for each in addition), *behind]
