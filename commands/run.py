"""``floorwalker run``: the three processes under a manager that starts again what dies."""
from __future__ import annotations

import argparse
import os
import socket
import sys
from pathlib import Path

from commands import serve
from commands.errors import CommandError
from commands.setup import prepare
from commands.train import NEEDED
from models.registry import Registry
from shop.private_files import OTHERS
from shop.settings import ROOT, settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-setup", action="store_true", help="do not look for what is missing first")


def run(arguments: argparse.Namespace) -> int:
    for name in ("port", "rasa_port", "actions_port"):
        _require_free(name, getattr(settings, name))
    os.umask(OTHERS)  # what the manager writes is nobody else's either
    if not arguments.no_setup:
        _prepare()
    (settings.var / "log").mkdir(parents=True, exist_ok=True)
    address = f"http://{settings.host}:{settings.port}"
    print(f"Starting. The shop will be at {address} in a moment; Ctrl-C stops it.", flush=True)
    manager = str(Path(sys.executable).with_name("supervisord"))
    environment = {**serve.environment(), "FLOORWALKER_PROGRAM": str(Path(sys.executable).with_name("floorwalker"))}
    os.chdir(ROOT)
    os.execve(manager, [manager, "--nodaemon", "--configuration", "supervisord.conf"], environment)  # noqa: S606
    return 0


def _prepare() -> None:
    """Make what is missing. A part that cannot be trained anew is no reason not to run with the one in use."""
    try:
        prepare()
    except CommandError as error:
        registry = Registry(settings.var / "models")
        if any(registry.champion(part) is None for part in NEEDED):
            raise
        print(f"{error}\nStarting with the versions in use.", file=sys.stderr, flush=True)


def _require_free(name: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host if name == "port" else "127.0.0.1", port))
        except OSError as error:
            raise CommandError(
                f"Port {port} is taken ({error.strerror}). Is Floorwalker running already? "
                f"If not, set FLOORWALKER_{name.upper()} to a free port."
            ) from error
