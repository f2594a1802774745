"""``floorwalker evaluate recommend``: how often what a customer chose next stands at the top of what is recommended.

With ``--interactions`` on any data, without on the shop's own events. Leave one out: the last choice of each customer
is asked for, and no part of the encoder has seen it. The one before decides when training stops and how the blocks are
weighed; only then the closing epochs learn from it, too. It is trained, written down and opened as by `floorwalker
train encoder` and the action server.
"""
from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import mean, pstdev
from typing import Any

import numpy as np
from tqdm import tqdm

from commands.errors import CommandError
from commands.evaluation.arguments import positive
from commands.evaluation.recommend_rows import read_interactions
from commands.train_encoder import Recorded, settings_of_shop, shop_data
from models.customer_encoder.behaviour import BehaviourVectors
from models.customer_encoder.evaluation import always, figures, popularity
from models.customer_encoder.sequences import HeldOut, History, chosen_in_order, hold_out
from models.customer_encoder.training import Settings


@dataclass(frozen=True)
class Data:
    """``events``: of each customer, as they were recorded, to be asked as the action server asks."""

    product_ids: list[str]
    events: list[list[Recorded]]
    histories: list[History]
    text: np.ndarray | None
    about: dict[str, Any]


def add_recommend_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--interactions", type=Path, metavar="FILE",
                        help="a line a user, “user item item …”, oldest first (the shop's own events)")
    parser.add_argument("--seeds", type=positive, default=1, metavar="N",
                        help="repeat with N seeds and report the mean and the spread (1)")
    parser.add_argument("--seed", type=int, default=Settings.seed, metavar="S",
                        help=f"the first seed ({Settings.seed})")
    parser.add_argument("--on-validation", action="store_true",
                        help="ask for the choice before the last, to compare settings without looking at the test")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run_recommend(arguments: argparse.Namespace) -> int:
    found = evaluate_recommend(arguments)
    print(json.dumps(found, ensure_ascii=False, indent=1) if arguments.json else recommend_report(found))
    return 0


def evaluate_recommend(arguments: argparse.Namespace, settings: Settings | None = None) -> dict[str, Any]:
    """All figures. Raises CommandError where the data cannot be read or is too little to ask anything."""
    data = _from_file(arguments.interactions) if arguments.interactions else _from_shop()
    seen, questions = hold_out(data.histories)
    if arguments.on_validation:
        seen, questions = hold_out(seen)
    train_on, validation = hold_out(seen)
    if not validation or not questions:
        raise CommandError(
            "Nobody here chose at least twice after something was known of them, so there is nothing to ask. "
            "Name other data with --interactions."
        )
    trials = []
    for seed in range(arguments.seed, arguments.seed + arguments.seeds):
        own = replace(settings or settings_of_shop(), seed=seed)
        trials.append({"seed": seed, **_trial(data, train_on, validation, seen, questions, own)})
    spread = {key: pstdev(trial[key] for trial in trials) for key in trials[0]}
    baseline = figures(questions, always(popularity(seen, len(data.product_ids))))
    middle = {key: mean(trial[key] for trial in trials) for key in trials[0] if key != "seed"}
    return {
        **middle,
        "baseline": baseline,
        "times_baseline_hr_at_10": middle["hr_at_10"] / baseline["hr_at_10"] if baseline["hr_at_10"] else None,
        "spread": {key: value for key, value in spread.items() if key != "seed"},
        "per_seed": trials,
        "asked": len(questions), "products": len(data.product_ids), "customers": len(data.histories),
        "held_out": "the choice before the last" if arguments.on_validation else "the last choice",
        **data.about,
    }  # fmt: skip


def recommend_report(found: dict[str, Any]) -> str:
    """The figures for reading."""
    lines = [f"{found['asked']} customers asked for {found['held_out']}, among {found['products']} products.", ""]
    lines.append(f"{'':12}{'encoder':>10}{'spread':>10}{'popular':>10}")
    for key in found["baseline"]:
        lines.append(f"{key:12}{found[key]:10.4f}{found['spread'][key]:10.4f}{found['baseline'][key]:10.4f}")
    lines.append(f"\nTrained in {found['train_seconds']:.0f} s ({found['train_cpu_seconds']:.0f} s of processor time).")
    if found["bad_rows"]:
        lines.append(f"{found['bad_rows']} lines could not be used; the first: line {found['bad_lines'][0]['line']}, "
                     f"{found['bad_lines'][0]['reason']}.")
    return "\n".join(lines)


def _trial(
    data: Data, train_on: Sequence[History], validation: Sequence[HeldOut], seen: Sequence[History],
    questions: Sequence[HeldOut], settings: Settings,
) -> dict[str, float]:  # fmt: skip
    # Loaded only where something is trained: PyTorch takes seconds to import.
    from models.customer_encoder.fitting import closed, fit, save  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        fitted = fit(train_on, validation, len(data.product_ids), data.text, settings)
        fitted = closed(fitted, seen, len(data.product_ids), data.text, settings)
        save(fitted, data.product_ids, data.text, Path(folder) / "encoder")
        vectors = BehaviourVectors.load(Path(folder) / "encoder")
    products = vectors.products([Recorded("", each, None) for each in data.product_ids], data.text)
    bar = tqdm(total=len(questions), desc="asking", leave=False, disable=None)

    def scores(part: Sequence[HeldOut]) -> np.ndarray:
        bar.update(len(part))
        asked = [_vector(vectors, data.events[each.customer][: len(each.known)]) for each in part]
        return np.stack(asked) @ products.T

    found = figures(questions, scores)
    bar.close()
    return {
        **found, "train_seconds": fitted.card["train_seconds"], "train_cpu_seconds": fitted.card["train_cpu_seconds"]
    }


def _vector(vectors: BehaviourVectors, events: Sequence[Recorded]) -> np.ndarray:
    found = vectors.customer(events)
    return np.zeros(vectors.dimension, np.float32) if found is None else found


def _from_file(path: Path) -> Data:
    read = read_interactions(path)
    return Data(
        read.items,
        [[Recorded("purchase", read.items[row], None) for row in user] for user in read.users],
        [chosen_in_order(user) for user in read.users],
        None,
        {
            "interactions": sum(len(user) for user in read.users), "data": str(path), "data_hash": read.hash,
            "bad_rows": len(read.bad), "bad_lines": [asdict(each) for each in read.bad],
        },
    )  # fmt: skip


def _from_shop() -> Data:
    shop = shop_data()
    return Data(
        shop.product_ids, shop.events, shop.histories, shop.text,
        {
            "interactions": sum(len(each) for each in shop.events), "data": "the shop's events",
            "data_hash": shop.fingerprint, "bad_rows": 0, "bad_lines": [],
        },
    )  # fmt: skip
