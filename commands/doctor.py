"""``floorwalker doctor``: what is wrong with this installation, and how to mend it."""
from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import asdict

from commands.doctor_check import FAIL, OK, Check
from commands.doctor_data import data_checks
from commands.doctor_environment import environment_checks
from commands.doctor_processes import process_checks


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """1 where anything fails; warnings alone are 0."""
    checks: list[Check] = []
    for group in (environment_checks, data_checks, process_checks):
        for check in group():
            checks.append(check)
            if not arguments.json:
                print(f"{check.status:<5}{check.id:<20} {check.message}", flush=True)
                if check.status != OK and check.hint:
                    print(f"{'':<25} -> {check.hint}", flush=True)
    counts = Counter(check.status for check in checks)
    if arguments.json:
        print(json.dumps({"status": worst(checks), "checks": [asdict(check) for check in checks]}, indent=2))
    else:
        print(f"\n{counts['ok']} ok, {counts['warn']} to look at, {counts['fail']} failed")
    return 1 if counts[FAIL] else 0


def worst(checks: list[Check]) -> str:
    """The gravest status among ``checks``; "ok" for none."""
    return max((check.status for check in checks), key=("ok", "warn", "fail").index, default=OK)
