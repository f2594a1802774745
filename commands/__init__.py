"""What is typed: ``floorwalker COMMAND``. One module a command; this one finds and calls them.

A module of a command has ``HELP`` (one line), ``add_arguments(parser)`` and ``run(arguments) -> int``, the exit
status. It is imported only when it is called, so that ``floorwalker --help`` need not load PyTorch.
"""
from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys

from commands.errors import CommandError, expected_errors

# command -> (module, one line of help)
COMMANDS = {
    "setup": ("setup", "make the database, the demo shop and the trained parts where they are missing"),
    "run": ("run", "run everything, restarting what dies"),
    "serve": ("serve", "run one of the three processes: web, rasa or actions"),
    "doctor": ("doctor", "check this installation and say what is wrong and how to mend it"),
    "import": ("import_", "load products, orders, customers or events of another shop system, or the demo shop"),
    "search": ("search", "find products by a description"),
    "recommend": ("recommend", "recommend products to a customer"),
    "chat": ("chat", "talk to the running bot in the terminal"),
    "train": ("train", "train what changed and swap it into the running bot"),
    "evaluate": ("evaluate", "measure how well messages are understood"),
    "models": ("models", "list the trained versions, promote one or go back"),
    "overview": ("overview", "show how the bot and staff did in a period"),
    "load": ("load", "measure the running bot with many shoppers at once"),
    "staff": ("staff", "add people to the console, list them, make a link for a lost password"),
    "export": ("export", "write down everything stored of a customer"),
    "erase": ("erase", "erase a customer everywhere"),
    "backup": ("backup", "write a consistent copy of the databases"),
}


def parser() -> argparse.ArgumentParser:
    """The whole command line, for ``main`` and for the test that compares it with the documentation."""
    top = argparse.ArgumentParser(prog="floorwalker", description="A conversational shop assistant.")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (_, line) in COMMANDS.items():
        commands.add_parser(name, help=line, description=line[0].upper() + line[1:] + ".")
    return top


def main(arguments: list[str] | None = None) -> int:
    """Run ``floorwalker`` with ``arguments`` (the process's own by default); returns the exit status.

    1: the command ran and found something wrong. 2: it could not run as it was typed.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for room in ("actions", "commands", "models", "shop", "web"):
        logging.getLogger(room).setLevel(logging.INFO)
    top = parser()
    chosen = top.parse_args(arguments[:1]).command
    try:
        module = importlib.import_module(f"commands.{COMMANDS[chosen][0]}")
    except ValueError as error:  # the settings are read on import, and one is wrong: SettingError
        print(f"floorwalker {chosen}: {error}", file=sys.stderr)
        return 2
    line = COMMANDS[chosen][1]
    own = argparse.ArgumentParser(prog=f"floorwalker {chosen}", description=line[0].upper() + line[1:] + ".")
    module.add_arguments(own)
    try:
        return module.run(own.parse_args(arguments[1:]))
    except CommandError as error:
        print(f"floorwalker {chosen}: {error}", file=sys.stderr)
        return 2
    except expected_errors() as error:
        print(f"floorwalker {chosen}: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Who read the output has enough (`| head`). What is left in the buffer must not be written at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        return 130
