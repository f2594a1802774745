"""``floorwalker train encoder``: the customer encoder, from the shop's events.

What is trained is asked what customers bought last, which it did not see. A candidate that is worse at it than showing
what is popular, or than the encoder in use, is refused.
"""
from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np

from commands.errors import CommandError
from models.customer_encoder.behaviour import BehaviourVectors
from models.customer_encoder.evaluation import Scorer, always, figures, popularity
from models.customer_encoder.sequences import HeldOut, History, history, hold_out
from models.customer_encoder.training import JUDGED_BY, Settings
from models.embedding import SentenceEmbedding
from models.product_text import document
from models.registry import Registry, Version
from shop import catalogue
from shop.database import open_database
from shop.events_export import training_histories
from shop.settings import settings

FEWEST_HISTORIES = 300  # with at least two events; below, content alone knows customers as well
FEWEST_ASKED = 50  # held-out purchases, below which a comparison is chance
# A candidate may be so much worse than the encoder in use before it is refused: less is chance.
TOLERANCE = 0.02
# Folder inside a version: the encoder as it was judged, before its closing epochs. Later candidates are compared with
# this one, for the version in use has learned from what it would be asked.
JUDGED = "judged"


@dataclass(frozen=True)
class Recorded:
    """One event, as much of it as the encoder reads."""

    kind: str
    product_id: str
    at: datetime | None


@dataclass(frozen=True)
class ShopData:
    """What the shop knows: products with their texts, and histories of their events."""

    registry: Registry
    product_ids: list[str]
    documents: list[str]
    events: list[list[Recorded]]
    histories: list[History]
    fingerprint: str

    @cached_property
    def text(self) -> np.ndarray:
        """Vectors of the texts: (products, 384). Made when first asked for: whether to train is decided without."""
        embedding = SentenceEmbedding.load(self.registry.require("embedding").directory, threads=os.cpu_count() or 1)
        return embedding.embed(self.documents)


def settings_of_shop() -> Settings:
    """The settings shipped."""
    return Settings()


def train_encoder(registry: Registry, force: bool) -> bool:
    """Train and publish; returns whether a new version is in use.

    With too little data nothing is trained, said and no error: the customer's vector is then that of the contents.
    Raises CommandError where the candidate is refused; the encoder in use stays.
    """
    data = shop_data(registry)
    champion = registry.intact("encoder")
    if not force and champion is not None and champion.card.get("fingerprint") == data.fingerprint:
        return False
    usable = sum(len(each) > 1 for each in data.histories)
    train_on, asked = hold_out(data.histories)
    if usable < FEWEST_HISTORIES or len(asked) < FEWEST_ASKED:
        print(f"too little to learn from ({usable} histories of at least {FEWEST_HISTORIES}, {len(asked)} held-out "
              f"purchases of at least {FEWEST_ASKED}); customers are known by what their products say, ",
              end="", flush=True)
        return False
    # Loaded only where something is trained: PyTorch takes seconds to import.
    from models.customer_encoder.fitting import closed, fit, save  # noqa: PLC0415

    checkpoint = registry.root / ".encoder.checkpoint"
    fitted = fit(train_on, asked, len(data.product_ids), data.text, settings_of_shop(), checkpoint)
    try:
        with registry.draft("encoder") as folder:
            save(fitted, data.product_ids, data.text, folder / "candidate")
            found = figures(asked, _scorer(BehaviourVectors.load(folder / "candidate"), data))
            card = {**fitted.card, **found, "fingerprint": data.fingerprint, "customer_data": True,
                    "embedding": registry.require("embedding").name}
            _refuse_worse(found, always(popularity(train_on, len(data.product_ids))), asked, champion, data, card)
            # Now that it is judged, what was held out is learned from as well.
            fitted = closed(fitted, data.histories, len(data.product_ids), data.text, settings_of_shop())
            version = save(fitted, data.product_ids, data.text, folder / "draft")
            card |= {key: fitted.card[key] for key in ("train_seconds", "train_cpu_seconds")}
            (folder / "candidate").rename(folder / "draft" / JUDGED)
            registry.publish("encoder", version, folder / "draft", card)
    finally:
        checkpoint.unlink(missing_ok=True)  # also of a candidate refused: the same again would be refused again
    return True


def shop_data(registry: Registry | None = None) -> ShopData:
    """Products and histories of the shop. Raises CommandError without a catalogue, NothingTrained without embedding."""
    registry = registry or Registry(settings.var / "models")
    embedded_with = registry.require("embedding")
    database = open_database()
    try:
        with database.session() as db:
            products = list(catalogue.all_products(db))
            row_of_id = {each.product_id: row for row, each in enumerate(products)}
            events = [
                [Recorded(each.kind, each.product_id, each.at) for each in done if each.product_id in row_of_id]
                for done in training_histories(db)
            ]
    finally:
        database.close()
    if not products:
        raise CommandError("The catalogue is empty. Load one with `floorwalker import`.")
    events = [each for each in events if each]
    digest = hashlib.sha256(f"{embedded_with.name} {settings_of_shop()}".encode())
    documents = [document(each) for each in products]
    for product, text in zip(products, documents, strict=True):
        digest.update(f"{product.product_id}\0{text}\0".encode())
    for done in events:
        digest.update("".join(f"{each.kind}{each.product_id}{each.at}" for each in done).encode() + b"\n")
    return ShopData(
        registry, [each.product_id for each in products], documents, events,
        [history(each, row_of_id) for each in events], digest.hexdigest()[:12],
    )  # fmt: skip


def _scorer(vectors: BehaviourVectors, data: ShopData) -> Scorer:
    """Scores as the action server would give them."""
    products = vectors.products([Recorded("", each, None) for each in data.product_ids], data.text)

    def scores(asked: list[HeldOut]) -> np.ndarray:
        customers = [vectors.customer(data.events[each.customer][: len(each.known)]) for each in asked]
        return np.stack([np.zeros(vectors.dimension, np.float32) if each is None else each for each in customers]
                        ) @ products.T

    return scores


def _refuse_worse(
    found: dict[str, float], popular: Scorer, asked: list[HeldOut], champion: Version | None, data: ShopData,
    card: dict[str, Any],
) -> None:  # fmt: skip
    """Note the rivals' figures on the ``card``. Raises CommandError where the candidate loses to one of them."""
    rivals = {"what is popular": figures(asked, popular)}
    # Vectors of another embedding mean nothing to it: it could not be in use any longer anyway.
    if champion is not None and champion.card.get("embedding") == card["embedding"]:
        rivals[f"the encoder in use ({champion.name})"] = figures(
            asked, _scorer(BehaviourVectors.load(champion.directory / JUDGED), data)
        )
    for name, rival in rivals.items():
        card.setdefault("rivals", {})[name] = rival
        if found[JUDGED_BY] < rival[JUDGED_BY] * (1 - TOLERANCE):
            raise CommandError(
                f"The new encoder is worse than {name} on {len(asked)} held-out purchases ({JUDGED_BY} "
                f"{found[JUDGED_BY]:.4f} against {rival[JUDGED_BY]:.4f}) and was refused; what is in use stays. "
                "Train again when there are more events."
            )
