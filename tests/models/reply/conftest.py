"""The shop's own acts, examples and tables, read once; and a gate built of them."""
from __future__ import annotations

from pathlib import Path

import pytest

from models.reply.acts import Acts
from models.reply.claims import Claims
from models.reply.examples import Example, read_examples
from models.reply.facts import Locale
from models.reply.gate import ClaimGate
from models.reply.vocabulary import Vocabulary

DATA = Path(__file__).resolve().parents[3] / "data"
NAMES = ("Larkspur ankle boot", "Talon Trail running shoe", "Kestrin", "Ostravik", "Dunmarrow")


class Examples(list[Example]):
    """A list that does not fill the screen when a test fails."""

    def __repr__(self) -> str:
        return f"<{len(self)} examples>"


@pytest.fixture(scope="session")
def acts() -> Acts:
    return Acts.load(DATA / "replies" / "acts.toml")


@pytest.fixture(scope="session")
def examples(acts: Acts) -> Examples:
    return Examples(read_examples(sorted((DATA / "replies").glob("*.jsonl")), acts)[0])


@pytest.fixture(scope="session")
def claims() -> Claims:
    return Claims.load(DATA / "language" / "claims_en.toml")


@pytest.fixture(scope="session")
def vocabulary(examples: list[Example], claims: Claims) -> Vocabulary:
    return Vocabulary.of(examples, claims.negates)


@pytest.fixture(scope="session")
def gate(acts: Acts, vocabulary: Vocabulary, claims: Claims) -> ClaimGate:
    return ClaimGate(acts, vocabulary, claims, NAMES)


@pytest.fixture(scope="session")
def open_gate(acts: Acts, vocabulary: Vocabulary, claims: Claims) -> ClaimGate:
    """For a large model, which knows more words than its examples."""
    return ClaimGate(acts, vocabulary, claims, NAMES, open_vocabulary=True)


@pytest.fixture(scope="session")
def english() -> Locale:
    return Locale.load(DATA / "language" / "formats.toml", "en")


@pytest.fixture(scope="session")
def german() -> Locale:
    return Locale.load(DATA / "language" / "formats.toml", "de")
