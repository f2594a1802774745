"""``python -m benchmarks [NAME ...]``: run the named measurements, or all, and print them as Markdown.

What needs the whole product runs against an installation of its own, made in a temporary folder, on free ports.
"""
from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import console, finding, personal_search, recommending, understanding
from benchmarks.markdown import table
from benchmarks.stack import PROCESSES, WIDE_LIMITS, Stack

SHOPPERS = 50
SEEDS = (1, 2, 3)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*MEASUREMENTS, *ALONE, []],
                        help=f"of {', '.join([*MEASUREMENTS, *ALONE])}; all by default")
    parser.add_argument("--seconds", type=int, default=30, help="length of each run under load (30)")
    parser.add_argument("--data", type=Path, help="folder of the public data sets (benchmarks that need one)")
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}\n", flush=True)
    names = arguments.names or [*MEASUREMENTS, *ALONE]
    for name in names:
        if name in ALONE:
            ALONE[name](arguments)
    if together := [name for name in names if name in MEASUREMENTS]:
        with_stack(together, arguments.seconds)


def with_stack(names: Sequence[str], seconds: int) -> None:
    """Run the measurements that need the whole product, in one installation of it."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder), **WIDE_LIMITS)
        started = time.perf_counter()
        stack.prepare()
        print(f"Set-up beside the environments: {time.perf_counter() - started:.0f} s\n", flush=True)
        started = time.perf_counter()
        stack.start()
        print(f"Start of the three processes: {time.perf_counter() - started:.0f} s\n", flush=True)
        try:
            for name in names:
                MEASUREMENTS[name](stack, seconds)
        finally:
            stack.stop()


def one_shopper(stack: Stack, seconds: int) -> None:
    table("One shopper", [load(stack, 1, seconds, seed, "--think-ms", "0") for seed in SEEDS])


def many_shoppers(stack: Stack, seconds: int) -> None:
    table(f"{SHOPPERS} shoppers at once, each writing again as soon as answered",
          [load(stack, SHOPPERS, seconds, seed, "--think-ms", "0") for seed in SEEDS])


def killed(stack: Stack, seconds: int) -> None:
    """Each process in turn is killed a third into a run and started again."""
    results = []
    for name in PROCESSES:
        running = stack.spawn("load", *load_arguments(stack, SHOPPERS, seconds, 1, "--think-ms", "500"))
        time.sleep(seconds / 3)
        stack.kill(name)
        stack.start(name)
        results.append({"killed": name, **json.loads(stack.result(running))})
    table("A process killed in the middle", results)


def load(stack: Stack, users: int, seconds: int, seed: int, *more: str) -> dict:
    return {"seed": seed, **json.loads(
        stack.floorwalker("load", *load_arguments(stack, users, seconds, seed, *more)).stdout)}


def load_arguments(stack: Stack, users: int, seconds: int, seed: int, *more: str) -> list[str]:
    return ["--users", str(users), "--seconds", str(seconds), "--seed", str(seed), "--json",
            "--url", stack.websocket_url, *more]


def intents(arguments: argparse.Namespace) -> None:
    if arguments.data is None:
        print("understanding: left out; name the folder of the public data with --data.\n")
        return
    understanding.banking77(arguments.data / "banking77")


def recommending_figures(arguments: argparse.Namespace) -> None:
    """Next purchases of the shop's own events, and of Beauty's where the public data are named."""
    beauty = arguments.data / "beauty" / "interactions.txt" if arguments.data else None
    recommending.measure(beauty, len(SEEDS))


# Those that need the whole product running, and those that start what they need themselves.
MEASUREMENTS = {"one_shopper": one_shopper, "many_shoppers": many_shoppers, "killed": killed,
                "live_intent": understanding.live_intent}
ALONE = {"understanding": intents, **finding.MEASUREMENTS, "recommending": recommending_figures,
         **personal_search.MEASUREMENTS, "console": console.registered}

if __name__ == "__main__":
    main()
