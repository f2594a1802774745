"""The index on disk: a version of the part "index" that is there whole or not at all."""
from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path
from typing import Any

import numpy as np

from models.embedding import SentenceEmbedding
from models.errors import ModelsError, VersionMismatch
from models.facets import FacetTable
from models.lexical_index import LexicalIndex
from models.product_index import ProductIndex
from models.product_segment import Segment
from models.registry import Registry

logger = logging.getLogger(__name__)

ROWS, WORDS = "rows.json", "words.npz"
# Changes with the files above and with the texts of products: an index of another format is built anew.
FORMAT = 3


def save(models: Path, segment: Segment, card: dict[str, Any]) -> str:
    """Publish ``segment`` below ``models``; returns the version's name. ``card`` names the embedding it is of.

    A crash leaves the version before in use, and a folder beside it that nobody reads.
    """
    registry = Registry(models)
    alive = segment.facets.alive
    rows = {
        "ids": segment.facets.ids,
        # What is gone must not come back as soon as a product has its text again.
        "digests": [each if there else "" for each, there in zip(segment.digests, alive.tolist(), strict=True)],
    }
    named = json.dumps([card["embedding"], card.get("behaviour"), rows])
    version = hashlib.sha256(named.encode()).hexdigest()[:16]
    with registry.draft("index") as folder:
        draft = folder / "draft"
        draft.mkdir()
        segment.index.save(draft)
        segment.lexical.save(draft / WORDS)
        (draft / ROWS).write_text(json.dumps(rows), "utf-8")
        registry.publish(
            "index", version, draft,
            {**card, "format": FORMAT, "products": int(alive.sum()), "search": segment.index.card},
        )
    return version


def load(models: Path, embedding: str, behaviour: str | None) -> tuple[Segment, list[str]]:
    """The champion below ``models`` and its rows' product ids; its facets are empty, as they are never saved.

    Raises NothingTrained where there is none, VersionMismatch where it is of another embedding or other behaviour
    vectors, ModelsError where a file is missing, broken or of another version than its neighbours.
    """
    saved = Registry(models).require("index")
    for what, used in (("embedding", embedding), ("behaviour", behaviour), ("format", FORMAT)):
        if saved.card.get(what) != used:
            raise VersionMismatch(
                f"The index {saved.name} was built with {what} {saved.card.get(what)}, but {used} is in use. "
                "Run `floorwalker train index`."
            )
    index = ProductIndex.load(saved.directory)
    lexical = LexicalIndex.load(saved.directory / WORDS)
    try:
        rows = json.loads((saved.directory / ROWS).read_text("utf-8"))
        ids, digests = rows["ids"], rows["digests"]
    except (OSError, ValueError, KeyError) as error:
        raise ModelsError(
            f"{saved.directory / ROWS} cannot be read: {error}. Run `floorwalker train index`."
        ) from error
    counts = {len(ids), len(digests), len(index), len(lexical)}
    if len(counts) > 1:
        raise ModelsError(
            f"The files in {saved.directory} are of different catalogues ({sorted(counts)} products). "
            "Run `floorwalker train index`."
        )
    return Segment(FacetTable([None] * len(ids)), digests, index, lexical), ids


def text_vectors(models: Path, embedding: SentenceEmbedding) -> dict[str, np.ndarray]:
    """The vectors of the texts in the champion below ``models``, by their digest: what need not be embedded again.

    Empty where there is none, or none of this embedding and format. One that cannot be read is logged and empty, too:
    the remedy that its error names is to train the index, which is when this is asked.
    """
    champion = Registry(models).intact("index")
    if champion is None or champion.card.get("embedding") != embedding.version or champion.card.get("format") != FORMAT:
        return {}
    try:
        segment, _ = load(models, embedding.version, champion.card.get("behaviour"))
    except ModelsError as error:
        logger.warning("All texts are embedded again: %s", error)
        return {}
    # A copy: what the index gives lies in memory that is gone with it.
    columns = segment.index.vectors()[:, : embedding.dimension].copy()
    return {digest: columns[row] for row, digest in enumerate(segment.digests) if digest}
