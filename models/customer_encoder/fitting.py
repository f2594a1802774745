"""From histories to the files that serve: count, train, weigh both on what was held out, export.

``fit`` is all of it, the same for the shop's own events and for any data that `floorwalker evaluate recommend` reads.
"""
from __future__ import annotations

import hashlib
import json
import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.customer_encoder import transitions
from models.customer_encoder.evaluation import always, figures, popularity
from models.customer_encoder.network import CustomerNetwork
from models.customer_encoder.sequences import HeldOut, History
from models.customer_encoder.training import ASKED, JUDGED_BY, Settings, close, cpu_seconds, scorer, train
from models.customer_encoder.transitions import Factors, faded

OPSET = 17
TOGETHER_RANK = 64
# Weights of the counted transitions against the network, in standard deviations of the scores of each.
WEIGHTS = (0.0, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5)
RIDGE = 0.1


@dataclass(frozen=True)
class Fitted:
    """What was learned, before it is written down."""

    known: np.ndarray  # rows of the caller's products that have an identity here
    network: CustomerNetwork
    text_mean: np.ndarray
    text_scale: float
    transitions: Factors
    together: Factors
    transition_weight: float
    score_scale: float
    card: dict[str, Any]


def fit(
    histories: Sequence[History],
    questions: Sequence[HeldOut],
    products: int,
    text: np.ndarray | None,
    settings: Settings,
    checkpoint: Path | None = None,
    quiet: bool = False,
) -> Fitted:
    """Learn from ``histories`` and choose epoch and weight by ``questions``, which are not in them.

    ``text`` (products, t): vectors of all products, or None. Products that nobody met are given no identity: to the
    softmax they would be things that everybody refused.
    """
    began = time.perf_counter(), cpu_seconds()
    known = np.unique(np.concatenate([each.products for each in histories]))
    row = np.full(products, -1)
    row[known] = np.arange(len(known))
    histories = [_renumbered(each, row) for each in histories]
    asked = [
        HeldOut(each.customer, _renumbered(each.known, row), row[each.chosen][row[each.chosen] >= 0])
        for each in questions if (row[each.chosen] >= 0).any()
    ]  # fmt: skip
    mean, scale = np.zeros(0, np.float32), 1.0
    own = None
    if text is not None:
        mean = text[known].mean(0)
        scale = float(1 / max(1e-6, (text[known] - mean).std()))
        own = ((text[known] - mean) * scale).astype(np.float32)
    counted, together = _counted(histories, len(known), settings)
    counted_s = time.perf_counter() - began[0], cpu_seconds() - began[1]
    network, progress = train(histories, asked, own, counted.following, settings, checkpoint, quiet)
    began = time.perf_counter(), cpu_seconds()
    weight, deviation, tried = choose_weight(network, own, counted, asked, settings.seed)
    # Of the training, what was spent before a resumption counts, too.
    wall_s = counted_s[0] + progress.wall_s + time.perf_counter() - began[0]
    cpu_s = counted_s[1] + progress.cpu_s + cpu_seconds() - began[1]
    card = {
        "settings": asdict(settings), "customers": sum(len(each) > 1 for each in histories), "products": len(known),
        "events": int(sum(len(each) for each in histories)), "asked": len(asked),
        "epochs": progress.epoch, "best_epoch": progress.best_epoch, "transition_weights": tried,
        "train_seconds": round(wall_s, 1), "train_cpu_seconds": round(cpu_s, 1),
        "popularity": figures(asked, always(popularity(histories, len(known)))),
    }  # fmt: skip
    return Fitted(known, network, mean, scale, counted, together, weight, 1 / deviation, card)


def closed(
    fitted: Fitted, histories: Sequence[History], products: int, text: np.ndarray | None, settings: Settings,
    quiet: bool = False,
) -> Fitted:  # fmt: skip
    """``fitted`` trained on to the end with ``histories``, of which nothing is held out any more; changed in place.

    Epoch and weight stay what they were chosen to be. Products that are met here for the first time stay new.
    """
    began = time.perf_counter(), cpu_seconds()
    row = np.full(products, -1)
    row[fitted.known] = np.arange(len(fitted.known))
    histories = [_renumbered(each, row) for each in histories]
    own = None if text is None else ((text[fitted.known] - fitted.text_mean) * fitted.text_scale).astype(np.float32)
    close(fitted.network, histories, own, settings, quiet)
    counted, together = _counted(histories, len(fitted.known), settings)
    spent = {"train_seconds": time.perf_counter() - began[0], "train_cpu_seconds": cpu_seconds() - began[1]}
    card = fitted.card | {key: round(fitted.card[key] + seconds, 1) for key, seconds in spent.items()}
    return replace(fitted, transitions=counted, together=together, card=card)


def _counted(histories: Sequence[History], products: int, settings: Settings) -> tuple[Factors, Factors]:
    """(transitions, bought together), factored."""
    met = np.bincount(np.concatenate([each.products for each in histories]), minlength=products)
    follows = transitions.damped(transitions.transitions(histories, products), met)
    baskets = transitions.damped(transitions.bought_together(histories, products), met)
    return (
        transitions.factored(follows, settings.factors, settings.seed),
        transitions.factored(baskets, TOGETHER_RANK, settings.seed),
    )


def choose_weight(
    network: CustomerNetwork, text: np.ndarray | None, counted: Factors, asked: Sequence[HeldOut], seed: int
) -> tuple[float, float, dict[str, float]]:
    """The weight of the transitions that ranks best what ``asked`` chose, by the network's scores plus theirs.

    Returns (weight, standard deviation of the summed scores over the products, weight tried -> its figure).
    """
    chosen = np.random.default_rng(seed).permutation(len(asked))[:ASKED]
    asked = [asked[place] for place in sorted(chosen)]
    ours = scorer(network, None if text is None else torch.from_numpy(text))
    sample = asked[:256]
    if not sample:
        return 0.0, 1.0, {}
    deviations = float(ours(sample).std(1).mean()), float(transition_scores(counted, sample).std(1).mean())
    unit = deviations[0] / deviations[1] if deviations[1] > 0 else 0.0
    tried = {}
    for weight in WEIGHTS if unit else WEIGHTS[:1]:
        found = figures(asked, lambda part, w=weight * unit: ours(part) + w * transition_scores(counted, part))
        tried[weight] = found[JUDGED_BY]
    best = max(tried, key=tried.get)
    summed = ours(sample) + best * unit * transition_scores(counted, sample)
    return best * unit, max(1e-6, float(summed.std(1).mean())), {str(key): value for key, value in tried.items()}


def transition_scores(counted: Factors, questions: Sequence[HeldOut]) -> np.ndarray:
    """(questions, products): what follows the latest products of each."""
    customers = np.zeros((len(questions), counted.rank), np.float32)
    for place, each in enumerate(questions):
        products, weights = faded(each.known.products)
        customers[place] = weights @ counted.leading[products]
    return customers @ counted.following.T


def save(fitted: Fitted, product_ids: Sequence[str], text: np.ndarray | None, folder: Path) -> str:
    """Write encoder.onnx, products.npz and encoder.json into the new ``folder``; returns the version."""
    folder.mkdir(parents=True)
    export_encoder(fitted.network, folder / "encoder.onnx")
    own = None if text is None else ((text[fitted.known] - fitted.text_mean) * fitted.text_scale).astype(np.float32)
    with torch.no_grad():
        vectors = fitted.network.products(None if own is None else torch.from_numpy(own)).detach()
    # Where the transitions do not help, their columns would only make the index wider.
    follows = fitted.transitions if fitted.transition_weight else transitions.none(len(fitted.known))
    arrays = {
        "product_ids": np.array([product_ids[row] for row in fitted.known]),
        "identity": fitted.network.identity.detach().numpy(), "vectors": vectors.numpy(),
        "transitions_leading": follows.leading, "transitions_following": follows.following,
        "together_leading": fitted.together.leading, "together_following": fitted.together.following,
    }  # fmt: skip
    if own is not None:
        projections = {"encoder": fitted.network.projection.detach().numpy()}
        for name in ("transitions", "together"):
            for side in ("leading", "following"):
                projections[f"{name}_{side}"] = ridge(own, arrays[f"{name}_{side}"])
        # Centring and scaling of the texts go into the projection, so that serving takes text vectors as they are.
        for name, projection in projections.items():
            arrays[f"projection_{name}"] = (projection * fitted.text_scale).astype(np.float32)
            arrays[f"offset_{name}"] = (-fitted.text_mean * fitted.text_scale @ projection).astype(np.float32)
    np.savez(folder / "products.npz", **arrays)
    digest = hashlib.sha256()
    for file in ("encoder.onnx", "products.npz"):
        digest.update((folder / file).read_bytes())
    version = digest.hexdigest()[:12]
    (folder / "encoder.json").write_text(json.dumps({
        "version": version, "width": fitted.network.shape.width, "length": fitted.network.shape.length,
        "text_dimension": fitted.network.shape.text, "transition_weight": fitted.transition_weight,
        "score_scale": fitted.score_scale,
    }, indent=1) + "\n", "utf-8")  # fmt: skip
    return version


def ridge(text: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """The projection (t, rank) of ``text`` (products, t) that comes nearest to ``factors`` (products, rank)."""
    gram = text.T @ text + RIDGE * len(text) * np.eye(text.shape[1])
    return np.linalg.solve(gram, text.T @ factors)


class LastCustomer(torch.nn.Module):
    """The encoder as it is served: one customer, after their last event."""

    def __init__(self, network: CustomerNetwork) -> None:
        super().__init__()
        self.encoder = network.encoder

    def forward(self, products: torch.Tensor, kinds: torch.Tensor, gaps: torch.Tensor) -> torch.Tensor:
        return self.encoder(products, kinds, gaps)[:, -1]


def export_encoder(network: CustomerNetwork, path: Path) -> None:
    """Write the encoder as ONNX: vectors of products (1, n, width), kinds and gaps (1, n) -> customer (1, width)."""
    example = (torch.zeros(1, 3, network.shape.width), *(torch.zeros(1, 3, dtype=torch.int64),) * 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of shapes that are fixed here
        torch.onnx.export(
            LastCustomer(network).eval(), example, str(path), opset_version=OPSET,
            input_names=["products", "kinds", "gaps"], output_names=["customer"],
            dynamic_axes={name: {1: "events"} for name in ("products", "kinds", "gaps")},
            dynamo=False,  # the newer exporter needs one more package and gives the same graph
        )  # fmt: skip


def _renumbered(each: History, row: np.ndarray) -> History:
    """The same events with other numbers of products; those without one are left out."""
    there = row[each.products] >= 0
    return History(row[each.products][there], each.kinds[there], each.gaps[there], each.visits[there])
