"""Which customer encoder goes with which index.

An index names the encoder whose columns it holds, and is opened with that one. So between two trainings, and after an
index is rolled back, what is asked and what is searched still belong together.
"""
from __future__ import annotations

import logging
from pathlib import Path

from models.customer_encoder.behaviour import BehaviourVectors
from models.errors import ModelsError
from models.registry import Registry, Version

logger = logging.getLogger(__name__)


def encoder_for_new_index(registry: Registry) -> Version | None:
    """The encoder that an index built now takes its columns from; None where customers are known by contents alone.

    One that was trained on another embedding reads texts wrongly, and is left out until it is trained anew.
    """
    champion = registry.champion("encoder")
    if champion is None:
        return None
    embedding = registry.require("embedding").name
    if champion.card.get("embedding") != embedding:
        logger.warning(
            "The customer encoder %s was trained with the embedding %s, but %s is in use: customers are known by what "
            "their products say. Run `floorwalker train encoder index`.",
            champion.name, champion.card.get("embedding"), embedding,
        )  # fmt: skip
        return None
    return champion


def encoder_of_index(models: Path) -> BehaviourVectors | None:
    """The encoder that the index in use below ``models`` was built with, open; None where it was built without one.

    None, too, without an index. Raises ModelsError where the encoder is gone or cannot be read.
    """
    index = Registry(models).champion("index")
    version = index.card.get("behaviour") if index else None
    if index is None or version is None:
        return None
    directory = models / "encoder" / version
    if not directory.is_dir():
        raise ModelsError(
            f"The index {index.name} was built with the customer encoder {version}, but {directory} is gone. "
            "Run `floorwalker train index`."
        )
    return BehaviourVectors.load(directory)
