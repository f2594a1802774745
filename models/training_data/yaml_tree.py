"""YAML as a tree of nodes that know their lines, which plain Python values do not.

Names are taken as they are written: an intent called ``no`` is not a boolean here.
"""
from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

# The loader written in C reads ten times as fast; the one in Python explains errors better.
FAST_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlSyntaxError(Exception):
    """A file is not YAML. ``line`` counts from 1, ``reason`` is a phrase."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


def compose(path: Path) -> yaml.Node | None:
    """The root node of the file at ``path``; None where it is empty. Raises YamlSyntaxError, OSError."""
    return parse(path.read_bytes())


def parse(raw: bytes) -> yaml.Node | None:
    """The root node of a file's content; None where it is empty. Raises YamlSyntaxError."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise YamlSyntaxError(raw[:error.start].count(b"\n") + 1, "a character is not UTF-8") from error
    try:
        return yaml.compose(text, Loader=FAST_LOADER)
    except yaml.YAMLError:
        try:
            return yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.reader.ReaderError as error:
            line = text[:error.position].count("\n") + 1
            raise YamlSyntaxError(line, "a control character stands here") from error
        except yaml.MarkedYAMLError as error:
            raise _syntax_error(error) from error


def _syntax_error(error: yaml.MarkedYAMLError) -> YamlSyntaxError:
    reason = (error.problem or str(error)).strip()
    mark = error.problem_mark or error.context_mark
    # What is never closed is only noticed at the end of the file; the trainer needs the line where it opens.
    if "end of stream" in reason and error.context_mark is not None:
        mark, reason = error.context_mark, "what opens here is not closed"
    return YamlSyntaxError((mark.line if mark else 0) + 1, reason)


def line(node: yaml.Node) -> int:
    """The line, from 1, on which ``node`` begins."""
    return node.start_mark.line + 1


def entries(node: yaml.Node | None) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    """(key, value) of a mapping, in order, repeated keys too; nothing where ``node`` is no mapping."""
    if isinstance(node, yaml.MappingNode):
        yield from node.value


def items(node: yaml.Node | None) -> list[yaml.Node]:
    """The items of a sequence; nothing where ``node`` is no sequence."""
    return node.value if isinstance(node, yaml.SequenceNode) else []


def get(node: yaml.Node | None, key: str) -> yaml.Node | None:
    """The value under ``key``; None where ``node`` is no mapping or lacks it."""
    return next((value for name, value in entries(node) if name.value == key), None)


def text(node: yaml.Node | None) -> str | None:
    """The text of a scalar; None for anything else, and for nothing (``key:`` without a value)."""
    if not isinstance(node, yaml.ScalarNode) or node.tag == "tag:yaml.org,2002:null":
        return None
    return node.value


def lines_of_block(node: yaml.ScalarNode) -> Iterator[tuple[int, str]]:
    """(line, text) of each line of a scalar; a scalar that is not a literal block (``|``) counts as one place."""
    for offset, content in enumerate(node.value.split("\n")):
        yield (line(node) + 1 + offset if node.style == "|" else line(node)), content


def written_lines(content: str) -> list[str]:
    """The lines of a file with their ends, as an editor counts them."""
    return re.findall(r"[^\n]*\n|[^\n]+", content)


def last_line(node: yaml.Node, lines: list[str]) -> int:
    """The last line, from 1, on which something of ``node`` stands; ``lines``: the file's.

    The end that YAML itself gives to a collection lies behind the blank lines and comments that follow it.
    """
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        end = node.end_mark.line + (node.end_mark.column > 0)
        while end > line(node) and not lines[end - 1].strip():
            end -= 1
        return end
    children = node.value if isinstance(node, yaml.SequenceNode) else [value for _, value in node.value]
    return last_line(children[-1], lines)
