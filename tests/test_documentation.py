"""What the documentation points at is there: links, make targets, commands, pages.

``tests/commands/test_documentation.py`` compares the commands' and the settings' own pages with the code.
"""
from __future__ import annotations

import re
from pathlib import Path

import pytest

from commands import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
DOCS = sorted((ROOT / "docs").rglob("*.md"))
PAGES = [README, *DOCS, *sorted((ROOT / "requirements").glob("*.md")), *sorted((ROOT / "tests").rglob("*.md"))]

FENCED = re.compile(r"^( *)```[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`[^`\n]+`")
INDENTED = re.compile(r"(?:^ {4}\S.*\n)+", re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
# A command begins a line, behind variables that are set for it, or is called by its path.
CALL = re.compile(r"(?:^[ `]*(?:[A-Z_]+=\S+ +)*|bin/)floorwalker ([a-z]+)\b", re.MULTILINE)


def text_of(page: Path) -> str:
    return page.read_text("utf-8")


def prose_of(page: Path) -> str:
    """The page without its code, in which brackets are no links and ``#`` is no heading."""
    return INLINE.sub("`", FENCED.sub("", text_of(page)))


def code_of(page: Path) -> list[str]:
    """Fenced and indented blocks, and code in a line."""
    text = text_of(page)
    unfenced = FENCED.sub("", text)
    return [found[1] for found in FENCED.findall(text)] + INDENTED.findall(unfenced) + INLINE.findall(unfenced)


def anchors_of(page: Path) -> set[str]:
    """What ``#…`` may point at: the headings, as GitHub names them."""
    headings = re.findall(r"^#+ +(.+)$", FENCED.sub("", text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> list[str]:
    broken = []
    for link in LINK.findall(prose_of(page)):
        if re.match(r"[a-z]+:", link):
            continue  # another site: tests have no network
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.is_relative_to(ROOT) or not target.exists() or (anchor and anchor not in anchors_of(target)):
            broken.append(link)
    return broken


def make_targets() -> list[str]:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    return re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE)


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_reader_who_follows_a_link_arrives(page):
    assert broken_links(page) == []


def test_a_broken_link_would_be_noticed():
    page = ROOT / "docs" / "commands.md"
    assert "chat" in anchors_of(page)
    assert "no-such-section" not in anchors_of(page)
    assert LINK.findall("see [there](there.md#x), ![a picture](p.png)") == ["there.md#x", "p.png"]


def test_a_new_user_finds_the_two_commands_at_once():
    first_block = FENCED.search(text_of(README))
    assert first_block, "README.md shows no command"
    assert re.findall(r"^make [a-z]+", first_block[2], re.MULTILINE) == ["make run", "make test"]


def test_the_makefile_has_targets():
    assert {"run", "test"} <= set(make_targets())


@pytest.mark.parametrize("target", make_targets())
def test_every_target_of_make_is_documented(target):
    told = re.compile(rf"\bmake {re.escape(target)}\b(?!-)")
    assert any(told.search(text_of(page)) for page in [README, *DOCS])


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_target_of_make_is_documented_that_there_is_not(page):
    named = {name for block in code_of(page) for name in re.findall(r"(?:^|[`\s])make ([a-z-]+)", block)}
    assert named <= set(make_targets())


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_whoever_copies_a_command_calls_one_that_exists(page):
    called = {name for block in code_of(page) for name in CALL.findall(block)}
    assert called <= set(COMMANDS)


def test_commands_are_found_wherever_they_stand():
    text = "floorwalker run\nA=1 B=2 floorwalker load\n/srv/x/.venv/bin/floorwalker serve web\n`floorwalker chat`\n"
    assert CALL.findall(text) == ["run", "load", "serve", "chat"]


def test_the_index_names_every_page():
    index = set(LINK.findall(text_of(ROOT / "docs" / "README.md")))
    pages = {str(page.relative_to(ROOT / "docs")) for page in DOCS} - {"README.md"}
    assert pages <= index
