"""``floorwalker serve web|rasa|actions``: one process of the three, in the foreground.

The environment that a process needs is made here and nowhere else.
"""
from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from commands.errors import CommandError
from models.registry import Registry
from shop.private_files import OTHERS
from shop.secrets import secret
from shop.settings import ROOT, settings

RASA = ROOT / ".venv-rasa" / "bin" / "rasa"
# Rasa takes the secret of its API as an argument alone, and every user of the machine may read the arguments that a
# process was started with. So it gets it from its environment, which only its own user may read.
RASA_MAIN = (
    "import os, sys, warnings; sys.argv += ['--auth-token', os.environ['FLOORWALKER_RASA_API_TOKEN']]; "
    # Sanic shows deprecations as soon as it is imported, and nothing here can mend those of Rasa's old packages.
    "import sanic; warnings.simplefilter('ignore', DeprecationWarning); "
    # Rasa shows every UserWarning once, and pyparsing's deprecations are such: matplotlib is loaded before it does.
    "import matplotlib; "
    "from rasa.__main__ import main; main()"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("process", choices=("web", "rasa", "actions"), help="which process")


def run(arguments: argparse.Namespace) -> int:
    """Replace this process by the one asked for, so that signals and the process manager reach it directly."""
    program = {"web": web, "rasa": rasa, "actions": actions}[arguments.process]()
    os.chdir(ROOT)
    os.umask(OTHERS)  # Rasa makes its database of conversations with whatever rights this leaves
    os.execve(program[0], program, environment())  # noqa: S606 - no shell is wanted
    return 0


def environment() -> dict[str, str]:
    """The process environment of all three."""
    return {
        **os.environ,
        "FLOORWALKER_VAR": str(settings.var),
        "FLOORWALKER_DATABASE_URL": settings.database_url,
        "FLOORWALKER_PORT": str(settings.port),
        "FLOORWALKER_RASA_PORT": str(settings.rasa_port),
        "FLOORWALKER_ACTIONS_PORT": str(settings.actions_port),
        "FLOORWALKER_RASA_TOKEN": secret("rasa"),
        "FLOORWALKER_RASA_API_TOKEN": secret("rasa-api"),
        "PYTHONPATH": str(ROOT),
        # Three processes on few cores: a library that starts a thread a core takes them from its neighbours.
        "OMP_NUM_THREADS": "1",
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "SANIC_HOST": "127.0.0.1",  # the SDK listens on all addresses otherwise
        "RASA_TELEMETRY_ENABLED": "false",
        "RASA_CACHE_DIRECTORY": str(settings.var / "rasa-cache"),
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "SQLALCHEMY_WARN_20": "0",
        "PYTHONWARNINGS": "ignore",
    }


def web() -> list[str]:
    return [sys.executable, "-m", "web"]


def actions() -> list[str]:
    return [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(settings.actions_port), "--quiet"]


def rasa() -> list[str]:
    """Raises CommandError where Rasa is not installed, NothingTrained where it has no model."""
    return [
        str(rasa_program().with_name("python")), "-c", RASA_MAIN, "run", "--quiet",
        "--interface", "127.0.0.1", "--port", str(settings.rasa_port),
        "--model", str(rasa_model(Registry(settings.var / "models"))),
        "--endpoints", str(ROOT / "endpoints.yml"), "--credentials", str(ROOT / "credentials.yml"),
        "--enable-api",  # to take a new model while it runs
    ]


def rasa_program() -> Path:
    """Rasa's command in its own environment. Raises CommandError where it is missing."""
    if not RASA.is_file():
        raise CommandError(f"Rasa is not installed at {RASA}. Run `make setup`.")
    return RASA


def rasa_model(registry: Registry) -> Path:
    """The model archive in use. Raises NothingTrained where there is none."""
    return registry.require("rasa").directory / "rasa.tar.gz"
