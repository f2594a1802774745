"""Every command, every option of its parser and every setting stands in the documentation."""
from __future__ import annotations

import argparse
import importlib
import re
from collections.abc import Iterator

import pytest

from commands import COMMANDS
from commands.load_scripts import read_scripts
from shop.settings import ROOT, TABLE

COMMANDS_PAGE = (ROOT / "docs" / "commands.md").read_text("utf-8")
SETTINGS_PAGE = (ROOT / "docs" / "settings.md").read_text("utf-8")


def section(name: str) -> str:
    found = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", COMMANDS_PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"docs/commands.md has no section on {name}"
    return found[1]


def options(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, sub in action.choices.items():
                yield name
                yield from options(sub)
        elif not isinstance(action, argparse._HelpAction):
            yield from action.option_strings


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented_with_every_option_and_an_example(name):
    module = importlib.import_module(f"commands.{COMMANDS[name][0]}")
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    text = section(name)
    assert f"    floorwalker {name}" in text
    missing = [each for each in options(parser) if not re.search(rf"`{re.escape(each)}[` ]|import {each}", text)]
    assert not missing


@pytest.mark.parametrize("name", COMMANDS)
def test_no_option_is_documented_that_a_command_does_not_have(name):
    module = importlib.import_module(f"commands.{COMMANDS[name][0]}")
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    documented = set(re.findall(r"^\| (`--?[a-z-]+`(?:, `--?[a-z-]+`)*) \|", section(name), re.MULTILINE))
    named = {each.strip("`") for row in documented for each in row.split(", ")}
    assert named <= set(options(parser))


def test_the_overview_names_every_command():
    for name in COMMANDS:
        assert f"[`{name}`](#{name})" in COMMANDS_PAGE


@pytest.mark.parametrize("setting", TABLE, ids=lambda setting: setting.name)
def test_every_setting_is_documented_with_its_default_and_meaning(setting):
    row = next((line for line in SETTINGS_PAGE.splitlines() if line.startswith(f"| `{setting.variable}` |")), None)
    assert row is not None
    assert setting.help in row
    if isinstance(setting.default, int | str) and setting.default:
        shown = int(setting.default) if isinstance(setting.default, bool) else setting.default
        assert f"| `{shown}` |" in row


def test_no_setting_is_documented_that_there_is_not():
    assert set(re.findall(r"FLOORWALKER_[A-Z_]+", SETTINGS_PAGE)) <= {setting.variable for setting in TABLE}


def test_the_scripts_of_a_load_can_all_be_read():
    scripts = read_scripts()
    assert len({script.name for script in scripts}) == len(scripts) >= 10
