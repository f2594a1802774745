"""The real sentence embedding, exported once a session, and a small catalogue of this room's own."""
from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from models.embedding import SentenceEmbedding
from models.embedding_export import export, shipped_model


@dataclass(frozen=True)
class StockedVariant:
    colour: str = "grey"
    size: str = "one size"
    material: str = "cotton"
    price_cents: int = 1000
    stock: int = 3


@dataclass(frozen=True)
class StockedProduct:
    product_id: str
    title: str
    brand: str = "Harrow"
    category: str = "home"
    category_name: str = "Home & living"
    kind: str = ""
    description: str = ""
    attributes: dict = field(default_factory=dict)
    rating: float = 4.0
    variants: tuple[StockedVariant, ...] = (StockedVariant(),)


@pytest.fixture(scope="session")
def embedding_folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("embedding") / "exported"
    export(shipped_model(), folder)
    return folder


@pytest.fixture(scope="session")
def embedding(embedding_folder) -> SentenceEmbedding:
    return SentenceEmbedding.load(embedding_folder)


@pytest.fixture
def catalogue() -> list[StockedProduct]:
    blue42 = StockedVariant("blue", "42", "nylon", 8995)
    red41 = StockedVariant("red", "41", "leather", 12995, stock=0)
    return [
        StockedProduct("P1", "Trail running shoe", "Kestrel", "shoes", "Shoes", "running shoe",
                       "Light shoe with a grippy sole for forest paths.", variants=(blue42, red41)),
        StockedProduct("P2", "Leather ankle boot", "Harrow", "shoes", "Shoes", "ankle boot",
                       "Smooth leather boot with a low heel.",
                       variants=(StockedVariant("brown", "42", "leather", 14900),)),
        StockedProduct("P3", "Two-person tent", "Kestrel", "outdoor", "Camping & outdoor", "tent",
                       "Pitches in five minutes and keeps the rain out.",
                       variants=(StockedVariant("green", "one size", "polyester", 19900),)),
        StockedProduct("P4", "Cast iron frying pan", "Ember", "kitchen", "Kitchen", "frying pan",
                       "Heavy pan that browns evenly.",
                       variants=(StockedVariant("black", "28 cm", "cast iron", 5900, stock=0),)),
        StockedProduct("P5", "Wool blanket", "Loom", "home", "Home & living", "blanket",
                       "Warm throw for cold evenings on the sofa.",
                       variants=(StockedVariant("blue", "140 x 200 cm", "wool", 7900),)),
    ]
