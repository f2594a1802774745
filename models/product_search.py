"""Finding products: by words, by likeness, for a customer.

Products and customers are vectors of one space, and one index answers all three. Its columns are the sentence
embedding of a product's text and, where there are behaviour vectors, those beside it: a search asks with the words and
the customer, a recommendation with the customer alone. What is said in words is looked for in the lexical index too.
"""
from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from models import product_store, product_text
from models.customer_vector import Interaction, customer_vector
from models.embedding import SentenceEmbedding
from models.facets import FacetTable, Filters, Product
from models.lexical_index import weigh
from models.lexical_words import query_words
from models.product_ranking import fused
from models.product_segment import Segment
from models.registry import Registry

__all__ = ["BehaviourVectors", "Filters", "Hit", "ProductSearch"]

# How much a customer bends a search, against 1 for the words' cosine: CUSTOMER_WEIGHT where the encoder knows them (its
# scores have a standard deviation of 1), CONTENT_WEIGHT where only the texts of what they met do (a cosine). Chosen by
# `python -m benchmarks personal_search` on one half of the demo shop's customers. On the other half what was bought
# then ranks higher (NDCG@10 0.388 against 0.304 without the customer), and as many of the first ten are of the kind or
# department asked for (96.5 % against 96.9 %). More would rank it higher still, but bring other things.
CUSTOMER_WEIGHT = 0.08
CONTENT_WEIGHT = 0.5
# Of each way of finding so many are ranked together: a product that is third by words and two hundredth by likeness
# should be seen with both.
DEPTH = 200
# So many questions, made of the products' own texts, tell how exact an approximate index is.
QUESTIONS, SEED = 300, 7
ASKED_KEPT = 256  # vectors of the last texts: one message often asks several times, a little looser each time
# When the fresh part grows beyond this, or this share of the whole, it is joined to the large one.
FRESH_PRODUCTS = 500
FRESH_SHARE = 0.02


@dataclass(frozen=True)
class Hit:
    """A product found. ``score`` orders the hits of one search; ``cosine`` is what the texts have in common alone."""

    product_id: str
    score: float
    cosine: float


class BehaviourVectors(Protocol):
    """What customers' behaviour says of products: more columns beside those of the text."""

    dimension: int
    version: str

    def products(self, products: Sequence[Product], text_vectors: np.ndarray) -> np.ndarray:
        """(n, dimension) float32 for ``products`` with ``text_vectors`` (n, d), also for those nobody met yet."""

    def customer(self, events: Sequence[Interaction]) -> np.ndarray | None:
        """(dimension,) float32 of who did ``events``, oldest first; None where none of it is of a product known."""

    def bought_together(self, product_id: str) -> np.ndarray | None:
        """(dimension,) float32 that is near to what is bought with the product; None where nothing is known of it."""


@dataclass(frozen=True)
class _State:
    """One catalogue. Never changed, only replaced, so that a search needs no lock."""

    main: Segment
    fresh: Segment

    @property
    def segments(self) -> tuple[Segment, ...]:
        return (self.main, self.fresh) if len(self.fresh) else (self.main,)

    def place(self, product_id: str) -> tuple[Segment, int] | None:
        for segment in (self.fresh, self.main):
            if (row := segment.facets.row(product_id)) is not None:
                return segment, row
        return None


class ProductSearch:
    """The index, its facets and the embedding that made it. Read by many threads, updated by one at a time."""

    def __init__(self, main: Segment, embedding: SentenceEmbedding, behaviour: BehaviourVectors | None = None) -> None:
        self.embedding = embedding
        self.behaviour = behaviour
        self._writing = threading.Lock()
        self._asked: dict[str, np.ndarray] = {}
        self._keeping = threading.Lock()
        self._state = _State(main, self._segment([], beside=main))

    @classmethod
    def build(
        cls, products: Sequence[Product], embedding: SentenceEmbedding, behaviour: BehaviourVectors | None = None,
        threads: int = 1, known: Mapping[str, np.ndarray] | None = None,
    ) -> ProductSearch:
        """Embed and index ``products``; ``threads`` are used for building alone.

        ``known``: vectors of texts by their digest (``product_store.text_vectors``), which are not embedded again.
        """
        search = cls.__new__(cls)
        search.embedding, search.behaviour = embedding, behaviour
        search.__init__(search._segment(products, threads=threads, known=known or {}), embedding, behaviour)
        return search

    def _segment(
        self, products: Sequence[Product], beside: Segment | None = None, threads: int = 1,
        known: Mapping[str, np.ndarray] | None = None,
    ) -> Segment:
        vectors = self._text_vectors(products, known or {})
        if self.behaviour is not None:
            vectors = np.hstack([vectors, self.behaviour.products(products, vectors)]).astype(np.float32)

        def questions() -> np.ndarray:
            asked = self.embedding.embed(product_text.pieces(products, QUESTIONS, SEED))
            return np.stack([self._wide(each) for each in asked])

        return Segment.build(products, vectors, beside, questions=questions, threads=threads)

    def _text_vectors(self, products: Sequence[Product], known: Mapping[str, np.ndarray]) -> np.ndarray:
        digests = [product_text.digest(product) for product in products] if known else [""] * len(products)
        new = [row for row, digest in enumerate(digests) if digest not in known]
        embedded = self.embedding.embed([product_text.document(products[row]) for row in new])
        if len(new) == len(products):
            return embedded
        vectors = np.empty((len(products), self.embedding.dimension), dtype=np.float32)
        vectors[new] = embedded
        for row, digest in enumerate(digests):
            if digest in known:
                vectors[row] = known[digest]
        return vectors

    # ---- finding

    def search(
        self, text: str, filters: Filters | None = None, k: int = 10, customer: np.ndarray | None = None
    ) -> list[Hit]:
        """The ``k`` products that fit ``text`` best under ``filters``; fewer only where fewer meet them.

        ``customer``: the customer's vector, to bring what suits them forward among equals.
        """
        state = self._state
        query = self._wide(self._embedded(text))
        plain = query
        if customer is not None:
            taste = self._wide(customer)
            known = taste[self.embedding.dimension :].any()
            query = query + np.float32(CUSTOMER_WEIGHT if known else CONTENT_WEIGHT) * taste
        lexicals = [segment.lexical for segment in state.segments]
        words = weigh(query_words(text, lexicals), lexicals)
        ids: list[str] = []
        parts = []
        for segment in state.segments:
            allowed = segment.facets.allowed(filters)
            rows, by_words = segment.candidates(query, words, allowed, max(k, DEPTH))
            ids += [segment.facets.ids[row] for row in rows]
            cosines = segment.index.scores(plain, rows)
            likeness = cosines if query is plain else segment.index.scores(query, rows)
            parts.append((by_words, cosines, likeness))
        by_words, cosines, likeness = (np.concatenate(each) for each in zip(*parts, strict=True))
        scores = fused(by_words, likeness)
        best = np.argsort(-scores, kind="stable")[:k]
        return [Hit(ids[row], float(scores[row]), float(cosines[row])) for row in best]

    def _embedded(self, text: str) -> np.ndarray:
        vector = self._asked.get(text)
        if vector is None:
            vector = self.embedding.embed([text])[0]
            with self._keeping:
                self._asked[text] = vector
                while len(self._asked) > ASKED_KEPT:
                    del self._asked[next(iter(self._asked))]
        return vector

    def recommend(self, customer: np.ndarray, filters: Filters | None = None, k: int = 10) -> list[Hit]:
        """The ``k`` products nearest to a customer's vector under ``filters``."""
        return self._nearest(self._state, self._wide(customer), filters, k)

    def similar(self, product_id: str, filters: Filters | None = None, k: int = 10) -> list[Hit]:
        """The ``k`` products whose texts are most like that of ``product_id``, itself left out; empty without it."""
        state = self._state
        own = self._vector(state, product_id)
        if own is None:
            return []
        hits = self._nearest(state, self._wide(own[: self.embedding.dimension]), filters, k + 1)
        return [hit for hit in hits if hit.product_id != product_id][:k]

    def bought_together(self, product_id: str, filters: Filters | None = None, k: int = 10) -> list[Hit]:
        """The ``k`` products most bought in one visit with ``product_id``; empty where that is not known."""
        query = self.behaviour.bought_together(product_id) if self.behaviour is not None else None
        if query is None:
            return []
        hits = self._nearest(self._state, self._of_behaviour(query), filters, k + 1)
        return [hit for hit in hits if hit.product_id != product_id and hit.score > 0][:k]

    def customer_vector(self, history: Sequence[Interaction], behaviour: bool = True) -> np.ndarray | None:
        """The vector of a customer who did ``history`` (oldest first); None where nothing of it is known here.

        From the encoder; by the texts of the products alone where there is none, and without ``behaviour``.
        """
        if behaviour and self.behaviour is not None and (found := self.behaviour.customer(history)) is not None:
            return self._of_behaviour(found)
        state = self._state
        known = [(each, own) for each in history
                 if each.product_id and (own := self._vector(state, each.product_id)) is not None]
        texts = np.array([own[: self.embedding.dimension] for _, own in known])
        found = customer_vector([each for each, _ in known], texts) if known else None
        return None if found is None else self._wide(found)

    def vectors(self, product_ids: Sequence[str], text_only: bool = False) -> np.ndarray:
        """(n, d) float32: the products' vectors, zeros where the index has none. ``text_only``: those of their texts.

        With ``text_only`` they have length 1, so that their inner products are cosines.
        """
        state = self._state
        columns = self.embedding.dimension if text_only else len(self._wide(np.zeros(self.embedding.dimension)))
        found = np.zeros((len(product_ids), columns), dtype=np.float32)
        for place, product_id in enumerate(product_ids):
            if (own := self._vector(state, product_id)) is not None:
                found[place] = own[:columns]
        return found

    @staticmethod
    def _vector(state: _State, product_id: str) -> np.ndarray | None:
        place = state.place(product_id)
        return place[0].index.vector(place[1]) if place else None

    def _nearest(self, state: _State, query: np.ndarray, filters: Filters | None, k: int) -> list[Hit]:
        text = query.copy()
        text[self.embedding.dimension :] = 0
        hits = []
        for segment in state.segments:
            rows, scores = segment.index.search(query, k, segment.facets.allowed(filters))
            cosines = segment.index.scores(text, rows)
            hits += [Hit(segment.facets.ids[row], float(score), float(cosine))
                     for row, score, cosine in zip(rows, scores, cosines, strict=True)]
        return sorted(hits, key=lambda hit: -hit.score)[:k]

    def _wide(self, vector: np.ndarray) -> np.ndarray:
        """``vector`` as a question to all columns: that of a text, of a customer's behaviour, or of both already."""
        text = self.embedding.dimension
        behaviour = self.behaviour.dimension if self.behaviour is not None else 0
        if len(vector) == text + behaviour:
            return vector.astype(np.float32)
        if len(vector) == text:
            return np.concatenate([vector, np.zeros(behaviour)]).astype(np.float32)
        if len(vector) == behaviour:
            return self._of_behaviour(vector)
        raise ValueError(f"A vector of {len(vector)} numbers fits neither the text ({text}) nor behaviour "
                         f"({behaviour}). Make it with the models that this index was built with.")

    def _of_behaviour(self, vector: np.ndarray) -> np.ndarray:
        """``vector`` of behaviour as a question to all columns; its length may happen to be that of a text."""
        return np.concatenate([np.zeros(self.embedding.dimension), vector]).astype(np.float32)

    @property
    def card(self) -> dict[str, Any]:
        """What is to be known of the vector index: its kind and, where it is not exact, the recall measured."""
        return self._state.main.index.card

    @property
    def totals(self) -> tuple[int, int, int, int]:
        """(products, variants, variants in stock, sum of their prices in cents): to see whether a catalogue is held."""
        return tuple(map(sum, zip(*(segment.facets.totals for segment in self._state.segments), strict=True)))

    def __len__(self) -> int:
        return sum(int(segment.facets.alive.sum()) for segment in self._state.segments)

    # ---- changing

    def apply(self, changed: Iterable[Product], removed: Iterable[str] = ()) -> int:
        """Take over products that were added or changed, and those that are gone; returns how many were embedded.

        What has its old text keeps its vector: a price or the stock costs next to nothing. Searches under way go on
        with the old catalogue.
        """
        with self._writing:
            state = self._state
            patches: dict[int, dict[int, Product | None]] = {id(segment): {} for segment in state.segments}
            reworded: dict[str, Product] = {}
            for product in changed:
                place = state.place(product.product_id)
                same = place is not None and place[0].digests[place[1]] == product_text.digest(product)
                if place is not None:
                    patches[id(place[0])][place[1]] = product if same else None
                if not same:
                    reworded[product.product_id] = product
            for product_id in removed:
                if (place := state.place(product_id)) is not None:
                    patches[id(place[0])][place[1]] = None
            main, fresh = (segment.patched(patches.get(id(segment), {})) for segment in (state.main, state.fresh))
            if reworded or not fresh.facets.alive.all():
                fresh = fresh.joined(self._segment(list(reworded.values()), beside=main))
            if len(fresh) > max(FRESH_PRODUCTS, FRESH_SHARE * len(main)):
                main, fresh = main.joined(fresh), self._segment([], beside=main)
            self._state = _State(main, fresh)
            return len(reworded)

    def update(self, products: Sequence[Product]) -> int:
        """Take ``products`` as the whole catalogue now; returns how many texts had to be embedded."""
        there = {product.product_id for product in products}
        gone = [
            product_id for segment in self._state.segments
            for product_id in segment.facets.ids if product_id and product_id not in there
        ]
        return self.apply(products, gone)

    # ---- keeping

    def save(self, models: Path, fingerprint: str = "") -> str:
        """Publish the index as a version of the part "index" below ``models``; returns its name.

        ``fingerprint``: what the caller recognises the inputs by; stored on the version's card.
        """
        with self._writing:
            state = self._state
            whole = state.main.joined(state.fresh) if len(state.fresh) else state.main
            behaviour = self.behaviour.version if self.behaviour is not None else None
            return product_store.save(models, whole, {
                "embedding": self.embedding.version, "behaviour": behaviour, "fingerprint": fingerprint,
            })

    @classmethod
    def open(
        cls, models: Path, products: Sequence[Product], behaviour: BehaviourVectors | None = None
    ) -> ProductSearch:
        """Open the champion index below ``models`` for ``products``, the catalogue as it is now.

        Products added or reworded since the index was built are embedded here, so an index that is a little
        behind its catalogue never answers wrongly.

        Raises NothingTrained without an embedding or an index, VersionMismatch where they do not belong together,
        ModelsError where the index cannot be read.
        """
        embedding = SentenceEmbedding.load(Registry(models).require("embedding").directory)
        saved, ids = product_store.load(models, embedding.version, behaviour.version if behaviour else None)
        now = {product.product_id: product for product in products}
        rows: list[Product | None] = []
        for product_id, digest in zip(ids, saved.digests, strict=True):
            product = now.get(product_id)
            same = product is not None and digest == product_text.digest(product)
            rows.append(now.pop(product_id) if same else None)
        main = Segment(FacetTable(rows), saved.digests, saved.index, saved.lexical)
        search = cls(main, embedding, behaviour)
        search.apply(now.values())
        return search
