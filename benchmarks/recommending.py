"""``python -m benchmarks.recommending [--beauty FILE] [--seeds N]``: the figures of recommending, as Markdown.

Of the demo shop's own events, and with ``--beauty`` of a file's, both by ``floorwalker evaluate recommend``.
"""
from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

KEYS = ("hr_at_5", "hr_at_10", "hr_at_20", "ndcg_at_5", "ndcg_at_10", "ndcg_at_20")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recommending", description=__doc__)
    parser.add_argument("--beauty", type=Path, metavar="FILE", help="interactions, a line a user")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="seeds of each figure (3)")
    arguments = parser.parse_args()
    measure(arguments.beauty, arguments.seeds)


def measure(beauty: Path | None, seeds: int) -> None:
    """Print the figures of the shop's events and, where a file is named, of ``beauty``."""
    sources: list[tuple[str, list[str]]] = [("the shop's own events", [])]
    if beauty:
        sources.append((beauty.parent.name, ["--interactions", str(beauty.resolve())]))
    print(f"{os.cpu_count()} cores, {seeds} seeds\n\n| data | | {' | '.join(KEYS)} | s | CPU s |")
    print(f"|---|---|{'---|' * (len(KEYS) + 2)}", flush=True)
    for name, more in sources:
        found = evaluate(*more, "--seeds", str(seeds))
        seconds = f"{found['train_seconds']:.0f} | {found['train_cpu_seconds']:.0f}"
        cells = (f"{found[key]:.4f} ± {found['spread'][key]:.4f}" for key in KEYS)
        print(f"| {name} | encoder | {' | '.join(cells)} | {seconds} |")
        popular = (f"{found['baseline'][key]:.4f}" for key in KEYS)
        print(f"| {name} | popularity | {' | '.join(popular)} | | |", flush=True)


def evaluate(*arguments: str) -> dict[str, Any]:
    """The figures of one evaluation; its progress goes to the terminal."""
    command = [sys.executable, "-m", "commands", "evaluate", "recommend", "--json", *arguments]
    finished = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(finished.stdout)


if __name__ == "__main__":
    main()
