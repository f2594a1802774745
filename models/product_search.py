"""Finding products: by words, by likeness, for a customer.

Products and customers are vectors of one space, that of the sentence embedding, so one inner-product search in
one index answers all three.
"""
from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.customer_vector import Interaction, customer_vector
from models.embedding import SentenceEmbedding
from models.errors import VersionMismatch
from models.facets import FacetTable, Filters, Product
from models.product_index import ProductIndex
from models.registry import Registry

# How much a known customer's taste bends a search, against 1 for the words: enough to order equals, too little
# to bring a handbag among the saucepans.
CUSTOMER_WEIGHT = 0.25


@dataclass(frozen=True)
class Hit:
    """A product found, with its score: a cosine, or a sum of cosines where a customer's taste was added."""

    product_id: str
    score: float


def document(product: Product) -> str:
    """The text by which a product is embedded. What tells it from its neighbours comes first."""
    colours = sorted({variant.colour for variant in product.variants if variant.colour})
    materials = sorted({variant.material for variant in product.variants if variant.material})
    parts = (product.title, product.brand, product.kind, product.category_name,
             ", ".join(colours), ", ".join(materials), product.description)
    return ". ".join(part for part in parts if part)


class ProductSearch:
    """The index, its facets and the embedding that made it. Read by many threads, updated by one at a time."""

    def __init__(
        self, products: Sequence[Product], hashes: list[str], index: ProductIndex, embedding: SentenceEmbedding
    ) -> None:
        self.embedding = embedding
        self._state = _State(products, hashes, index)

    @classmethod
    def build(cls, products: Sequence[Product], embedding: SentenceEmbedding) -> ProductSearch:
        """Embed and index ``products``."""
        documents = [document(product) for product in products]
        vectors = embedding.embed(documents)
        return cls(products, [_hash(text) for text in documents], ProductIndex.build(vectors), embedding)

    def update(self, products: Sequence[Product]) -> int:
        """Take ``products`` as the whole catalogue now; returns how many texts had to be embedded.

        Only new and reworded products are embedded. Searches under way go on with the old catalogue.
        """
        state = self._state
        known = dict(zip(state.hashes, state.index.vectors(), strict=True))
        documents = [document(product) for product in products]
        hashes = [_hash(text) for text in documents]
        fresh = sorted({row for row, each in enumerate(hashes) if each not in known})
        for row, vector in zip(fresh, self.embedding.embed([documents[row] for row in fresh]), strict=True):
            known[hashes[row]] = vector
        vectors = np.stack([known[each] for each in hashes]) if hashes else np.empty((0, self.embedding.dimension))
        self._state = _State(products, hashes, ProductIndex.build(vectors.astype(np.float32)))
        return len(fresh)

    def search(
        self, text: str, filters: Filters | None = None, k: int = 10, customer: np.ndarray | None = None
    ) -> list[Hit]:
        """The ``k`` products that fit ``text`` best under ``filters``; fewer only where fewer meet them.

        ``customer``: the customer's vector, to bring what suits them forward among equals.
        """
        query = self.embedding.embed([text])[0]
        if customer is not None:
            query = query + CUSTOMER_WEIGHT * customer
        return self._state.nearest(query, filters, k)

    def recommend(self, customer: np.ndarray, filters: Filters | None = None, k: int = 10) -> list[Hit]:
        """The ``k`` products nearest to a customer's vector under ``filters``."""
        return self._state.nearest(customer, filters, k)

    def similar(self, product_id: str, filters: Filters | None = None, k: int = 10) -> list[Hit]:
        """The ``k`` products most like ``product_id``, itself left out; empty where the index has no such product."""
        state = self._state
        row = state.row_of_id.get(product_id)
        if row is None:
            return []
        hits = state.nearest(state.vectors[row], filters, k + 1)
        return [hit for hit in hits if hit.product_id != product_id][:k]

    def customer_vector(self, history: Sequence[Interaction]) -> np.ndarray | None:
        """The vector of a customer who did ``history`` (oldest first); None where nothing of it is known here."""
        state = self._state
        rows = [(each, state.row_of_id[each.product_id]) for each in history if each.product_id in state.row_of_id]
        return customer_vector([each for each, _ in rows], state.vectors[[row for _, row in rows]])

    def __len__(self) -> int:
        return len(self._state.ids)

    def save(self, models: Path, fingerprint: str = "") -> str:
        """Publish the vectors as a version of the part "index" below ``models``; returns its name.

        ``fingerprint``: what the caller recognises the inputs by; stored on the version's card.
        """
        registry = Registry(models)
        models.mkdir(parents=True, exist_ok=True)
        state = self._state
        version = _hash(self.embedding.version + "".join(state.hashes))
        draft = Path(tempfile.mkdtemp(prefix=".index.", dir=models))
        state.index.save(draft / "products.faiss")
        (draft / "hashes.json").write_text(json.dumps(state.hashes), "utf-8")
        registry.publish("index", version, draft, {
            "embedding": self.embedding.version, "products": len(state.ids), "fingerprint": fingerprint,
        })
        return version

    @classmethod
    def open(cls, models: Path, products: Sequence[Product]) -> ProductSearch:
        """Open the champion index below ``models`` for ``products``, the catalogue as it is now.

        Products added or reworded since the index was built are embedded here, so an index that is a little
        behind its catalogue never answers wrongly.

        Raises NothingTrained without an embedding or an index, VersionMismatch where they do not belong together.
        """
        registry = Registry(models)
        embedding = SentenceEmbedding.load(registry.require("embedding").directory)
        saved = registry.require("index")
        if saved.card["embedding"] != embedding.version:
            raise VersionMismatch(
                f"The index {saved.name} was built with embedding {saved.card['embedding']}, but {embedding.version} "
                "is in use. Run `floorwalker train index`."
            )
        index = ProductIndex.load(saved.directory / "products.faiss")
        hashes = json.loads((saved.directory / "hashes.json").read_text("utf-8"))
        search = cls.__new__(cls)
        search.embedding = embedding
        search._state = _State((), hashes, index)
        search.update(products)
        return search


class _State:
    """One catalogue with its index. Never changed, only replaced, so that a search needs no lock."""

    def __init__(self, products: Sequence[Product], hashes: list[str], index: ProductIndex) -> None:
        self.ids = [product.product_id for product in products]
        self.row_of_id = {product_id: row for row, product_id in enumerate(self.ids)}
        self.facets = FacetTable(products)
        self.hashes = hashes
        self.index = index
        self.vectors = index.vectors()

    def nearest(self, query: np.ndarray, filters: Filters | None, k: int) -> list[Hit]:
        """The ``k`` products nearest to ``query`` (d,) under ``filters``, best first; fewer where fewer meet them."""
        allowed = None if filters is None else self.facets.allowed(filters)
        rows, scores = self.index.search(query, k, allowed)
        return [Hit(self.ids[row], float(score)) for row, score in zip(rows, scores, strict=True)]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
