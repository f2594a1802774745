"""Training of the network: epochs, early stopping on what was held out, and a checkpoint after each epoch.

A training that was killed goes on from its last checkpoint and ends with the very same weights: the checkpoint holds
the optimiser and the states of all chance.
"""
from __future__ import annotations

import hashlib
import json
import logging
import math
import os
import resource
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from models.customer_encoder.evaluation import figures
from models.customer_encoder.network import CustomerNetwork, Shape
from models.customer_encoder.sequences import HeldOut, History, reversed_history, targets, windows
from models.customer_encoder.softmax import choice_loss, half_precision_pays

logger = logging.getLogger(__name__)

BATCH_CUSTOMERS = 128
ASKED = 5_000  # held-out customers that early stopping looks at, at most
JUDGED_BY = "ndcg_at_10"
CLIPPED_NORM = 5.0
PADDING = (0, 0, 0, -1, -1)  # of the columns of a batch


@dataclass(frozen=True)
class Settings:
    """How the encoder is trained; the defaults are what is shipped.

    ``reversed_share``: share of sequences that are learned the other way round; ``forgotten_share``: share of products
    whose identity is left out in a step, so that text alone learns to stand for them; ``factors``: rank of the counted
    transitions; ``patience``: epochs without a better figure until it stops; ``closing_epochs``: at the end,
    over all there is.
    """

    width: int = 256
    layers: int = 1
    heads: int = 4
    length: int = 50
    dropout: float = 0.5
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    reversed_share: float = 0.3
    forgotten_share: float = 0.3
    epochs: int = 8
    patience: int = 3
    closing_epochs: int = 3
    factors: int = 256
    seed: int = 7
    # One, though there are two cores: beside other processes two threads wait for each other, spinning, and a step was
    # measured to take fourteen times as long.
    threads: int = 1


@dataclass
class Progress:
    """What became of a training so far. ``cpu_s`` counts both cores."""

    epoch: int = 0
    best_epoch: int = 0
    best: float = -1.0
    wall_s: float = 0.0
    cpu_s: float = 0.0


@dataclass(frozen=True)
class Batch:
    """Sequences padded on the right: (customers, events) each; targets are -1 where there is nothing to learn."""

    products: torch.Tensor
    kinds: torch.Tensor
    gaps: torch.Tensor
    other: torch.Tensor
    chosen: torch.Tensor


def train(
    histories: Sequence[History],
    questions: Sequence[HeldOut],
    text: np.ndarray | None,
    start: np.ndarray,
    settings: Settings,
    checkpoint: Path | None = None,
    quiet: bool = False,
) -> tuple[CustomerNetwork, Progress]:
    """The network with the weights of its best epoch, and how the training went.

    ``text`` (products, t) or None; ``start`` (products, up to width): vectors to begin with, of transitions;
    ``checkpoint``: a file to go on from where it is of the same inputs and settings, removed by the caller.
    """
    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    chance = np.random.default_rng(settings.seed)
    network = CustomerNetwork(
        Shape(len(start), 0 if text is None else text.shape[1], settings.width, settings.layers, settings.heads,
              settings.length),
        settings.dropout,
    )
    texts = None if text is None else torch.from_numpy(np.ascontiguousarray(text, np.float32))
    begin_with(network, start, texts)
    optimiser = _optimiser(network, settings)
    lessons = _lessons(histories, settings)
    asked = [questions[row] for row in sorted(chance.permutation(len(questions))[:ASKED])]
    progress = Progress()
    best = _copied(network)
    fingerprint = _fingerprint(histories, asked, text, start, settings)
    if checkpoint is not None and (saved := _opened(checkpoint, fingerprint)) is not None:
        network.load_state_dict(saved["network"])
        optimiser.load_state_dict(saved["optimiser"])
        torch.set_rng_state(saved["torch"])
        chance.bit_generator.state = json.loads(saved["numpy"])
        best, progress = saved["best"], Progress(**saved["progress"])
        logger.info("Going on after epoch %d of %d.", progress.epoch, settings.epochs)
    while progress.epoch < settings.epochs and progress.epoch - progress.best_epoch < settings.patience:
        began, cpu = time.perf_counter(), cpu_seconds()
        done = progress.epoch / settings.epochs, (progress.epoch + 1) / settings.epochs
        _epoch(network, optimiser, lessons, texts, settings, chance, done, f"epoch {progress.epoch + 1}", quiet)
        judged = figures(asked, scorer(network, texts))[JUDGED_BY]
        progress.epoch += 1
        if judged > progress.best:
            progress.best, progress.best_epoch, best = judged, progress.epoch, _copied(network)
        progress.wall_s += time.perf_counter() - began
        progress.cpu_s += cpu_seconds() - cpu
        if not quiet:
            logger.info("Epoch %d: %s %.4f on held-out customers, %.0f s.", progress.epoch, JUDGED_BY, judged,
                        progress.wall_s)
        if checkpoint is not None:
            _save(checkpoint, {
                "fingerprint": fingerprint, "network": network.state_dict(), "optimiser": optimiser.state_dict(),
                "torch": torch.get_rng_state(), "numpy": json.dumps(chance.bit_generator.state), "best": best,
                "progress": asdict(progress),
            })
    network.load_state_dict(best)
    return network.eval(), progress


def close(
    network: CustomerNetwork, histories: Sequence[History], text: np.ndarray | None, settings: Settings,
    quiet: bool = False,
) -> None:  # fmt: skip
    """Train on for a few epochs, with smaller steps, on ``histories``: all there are, what was held out included.

    What was held out has decided when to stop, and has done its work; being the latest there is, it tells most of what
    comes next.
    """
    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    chance = np.random.default_rng(settings.seed)
    texts = None if text is None else torch.from_numpy(np.ascontiguousarray(text, np.float32))
    optimiser = _optimiser(network, settings)
    lessons = _lessons(histories, settings)
    for epoch in range(settings.closing_epochs):
        # As in the last half of the training's own way down.
        done = (0.5 + 0.5 * each / settings.closing_epochs for each in (epoch, epoch + 1))
        _epoch(network, optimiser, lessons, texts, settings, chance, tuple(done), f"closing epoch {epoch + 1}", quiet)
    network.eval()


def _epoch(
    network: CustomerNetwork, optimiser: torch.optim.Optimizer, lessons: Sequence[tuple], text: torch.Tensor | None,
    settings: Settings, chance: np.random.Generator, done: tuple[float, float], name: str, quiet: bool,
) -> None:  # fmt: skip
    """One pass over ``lessons``. ``done``: how much of the training lies behind, before and after: the steps shrink."""
    half = half_precision_pays()
    steps = -(-len(lessons) // BATCH_CUSTOMERS)
    network.train()
    bar = tqdm(_batches(lessons, settings.reversed_share, chance), name, steps, leave=False,
               disable=True if quiet else None, unit="batch")
    for step, batch in enumerate(bar):
        now = done[0] + (done[1] - done[0]) * step / steps
        for group in optimiser.param_groups:
            group["lr"] = settings.learning_rate * (0.05 + 0.95 * (1 + math.cos(math.pi * now)) / 2)
        loss = batch_loss(network, batch, text, settings.forgotten_share, half)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), CLIPPED_NORM)
        optimiser.step()
        if step % 10 == 0:
            bar.set_postfix_str(f"loss {loss.item():.3f}")


def _optimiser(network: CustomerNetwork, settings: Settings) -> torch.optim.Optimizer:
    return torch.optim.AdamW(
        network.parameters(), settings.learning_rate, betas=(0.9, 0.98), weight_decay=settings.weight_decay
    )


def begin_with(network: CustomerNetwork, start: np.ndarray, text: torch.Tensor | None) -> None:
    """Set the products' vectors to ``start`` (products, up to width), as far as it says anything.

    It comes from counting, and saves the network most of its epochs. With texts, what they explain of it (ridge
    regression) goes to the projection and the rest to the identities.
    """
    width = network.shape.width
    known = torch.from_numpy(np.ascontiguousarray(start[:, :width], np.float32))
    if known.shape[1] == 0:
        return
    length = known.norm(dim=1, keepdim=True)
    known = known / (length + 1e-3 * length.mean()) * 0.3
    # Turned at random, so that each head of the attention sees a part of everything.
    turn, _ = torch.linalg.qr(torch.randn(width, width))
    known = known @ turn[: known.shape[1]]
    with torch.no_grad():
        network.identity.mul_(0.25).add_(known)
        if text is not None:
            weight = (length > 0).float()
            gram = text.T @ (text * weight) + 0.1 * len(text) * torch.eye(text.shape[1])
            network.projection.copy_(torch.linalg.solve(gram, text.T @ (known * weight)))
            network.identity.sub_(text @ network.projection * weight)


def batch_loss(
    network: CustomerNetwork, batch: Batch, text: torch.Tensor | None, forgotten_share: float, half: bool = False
) -> torch.Tensor:
    """The mean loss of what follows each event: the next other product, and the next one bought."""
    forgotten = None if text is None else torch.rand(network.shape.products) < forgotten_share
    vectors = network.products(text, forgotten)
    customers = network(vectors, batch.products, batch.kinds, batch.gaps)
    other, chosen = batch.other >= 0, batch.chosen >= 0
    rows = torch.cat([customers[other], customers[chosen]])
    right = torch.cat([batch.other[other], batch.chosen[chosen]])
    return choice_loss(rows, vectors, right, torch.ones(len(rows)), half)


def scorer(network: CustomerNetwork, text: torch.Tensor | None):
    """Scores (questions, products) of the network as it is, for ``evaluation.figures``."""
    network.eval()
    with torch.no_grad():
        vectors = network.products(text).detach()

    def scores(questions: Sequence[HeldOut]) -> np.ndarray:
        return (customers(network, vectors, [each.known for each in questions]) @ vectors.T).numpy()

    return scores


def customers(network: CustomerNetwork, vectors: torch.Tensor, histories: Sequence[History]) -> torch.Tensor:
    """Vectors (histories, width) of customers after their last event."""
    length = network.shape.length
    last = [slice(max(0, len(each) - length), len(each)) for each in histories]
    counts = torch.tensor([part.stop - part.start for part in last])
    columns = [
        torch.from_numpy(_padded([getattr(each, name)[part] for each, part in zip(histories, last, strict=True)], 0))
        for name in ("products", "kinds", "gaps")
    ]
    with torch.no_grad():
        return network(vectors, *columns)[torch.arange(len(histories)), counts - 1]


def cpu_seconds() -> float:
    """Seconds of both cores that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _lessons(histories: Sequence[History], settings: Settings) -> list[tuple[tuple[np.ndarray, ...], ...]]:
    """All pieces of all histories, each as it was and reversed."""
    return [(lesson(each), lesson(reversed_history(each))) for each in windows(histories, settings.length)]


def lesson(piece: History) -> tuple[np.ndarray, ...]:
    """Columns of one sequence: products, kinds and gaps of all events but the last, and their two targets."""
    columns = (piece.products, piece.kinds, piece.gaps, *targets(piece))
    return tuple(column[:-1] for column in columns)


def _batches(
    lessons: Sequence[tuple[tuple[np.ndarray, ...], ...]], reversed_share: float, chance: np.random.Generator
) -> Iterator[Batch]:
    """All lessons (as they were, reversed) once, those of about one length together, in an order of chance."""
    lengths = np.array([len(forwards[0]) for forwards, _ in lessons])
    order = np.argsort(lengths + chance.random(len(lessons)) * 0.9)
    groups = [order[start : start + BATCH_CUSTOMERS] for start in range(0, len(order), BATCH_CUSTOMERS)]
    for group in chance.permutation(len(groups)):
        turned = (chance.random(len(groups[group])) < reversed_share).astype(int)
        taken = [lessons[row][turn] for row, turn in zip(groups[group], turned, strict=True)]
        columns = [_padded(column, fill) for column, fill in zip(zip(*taken, strict=True), PADDING, strict=True)]
        yield Batch(*(torch.from_numpy(column) for column in columns))


def _padded(columns: Sequence[np.ndarray], fill: int) -> np.ndarray:
    table = np.full((len(columns), max(1, *(len(each) for each in columns))), fill, np.int64)
    for row, each in enumerate(columns):
        table[row, : len(each)] = each
    return table


def _copied(network: CustomerNetwork) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def _fingerprint(histories: Sequence[History], asked: Sequence[HeldOut], text, start, settings: Settings) -> str:
    digest = hashlib.sha256(json.dumps(asdict(settings)).encode())
    for each in (*histories, *(question.known for question in asked)):
        digest.update(each.products.tobytes() + each.kinds.tobytes() + each.gaps.tobytes())
    digest.update(b"" if text is None else np.ascontiguousarray(text).tobytes())
    digest.update(np.ascontiguousarray(start).tobytes())
    return digest.hexdigest()


def _save(checkpoint: Path, state: dict[str, Any]) -> None:
    draft = checkpoint.with_name(f".{checkpoint.name}.{os.getpid()}")
    torch.save(state, draft)
    os.replace(draft, checkpoint)


def _opened(checkpoint: Path, fingerprint: str) -> dict[str, Any] | None:
    """The checkpoint, or None, with the reason logged, where there is none of the same inputs."""
    if not checkpoint.is_file():
        return None
    try:
        saved = torch.load(checkpoint, weights_only=True)
    except Exception as error:  # torch raises what its reader of the day raises for a damaged file
        logger.warning("The checkpoint %s cannot be read (%s); training begins anew.", checkpoint, error)
        return None
    if saved["fingerprint"] != fingerprint:
        logger.info("The checkpoint %s is of other data or settings; training begins anew.", checkpoint)
        return None
    return saved
