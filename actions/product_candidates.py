"""What may be recommended: where it comes from, and which of it the shop and the shopper's past allow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np

from actions.base import Turn
from actions.product_finder import DEPTH, PAGE
from actions.product_personal import VISIT, purchases, taste
from actions.product_query import Query
from actions.product_stock import among, in_stock
from actions.product_talk import finder, words_of
from models.product_search import Filters, Hit, ProductSearch
from models.recommending import Bought, Rules, ordered, too_soon
from shop import carts, catalogue, popularity
from shop.catalogue import Product
from shop.clock import utc_now
from shop.events import Event

TOGETHER_FEWEST = 2  # people who bought two things together, before one is recommended with the other


@dataclass(frozen=True)
class Candidates:
    """Products, best first, with scores (n,) and the response that introduces them.

    ``rules``: as they hold for these; ``pins``: products that the shop wants among them, at their places.
    """

    response: str
    products: Sequence[Product]
    scores: np.ndarray
    rules: Rules
    pins: Sequence[Product] = ()

    def arranged(self, search: ProductSearch, need: int) -> list[Product]:
        """In the order in which they are shown, page by page; the first ``need`` of them, where there are so many."""
        vectors = search.vectors([each.product_id for each in self.products], text_only=True)
        return ordered(self.products, self.scores, vectors, self.rules, PAGE, self.pins, need)


def candidates(turn: Turn, query: Query, done: Sequence[Event]) -> Candidates:
    """What may be recommended to who did ``done``, from the source that the query asks for."""
    source = _Source(turn, query, done)
    if query.like:
        return source.alike()
    if query.goes_with:
        return source.going_with()
    if query.text:
        return source.for_words()
    personal = source.personal()
    return personal if personal and (personal.products or personal.pins) else source.popular()


class _Source:
    """One shopper's question, with what is left out of every answer to it."""

    def __init__(self, turn: Turn, query: Query, done: Sequence[Event]) -> None:
        self._turn, self._query, self._done = turn, query, done
        self._search = turn.search
        self._rules = turn.runtime.merchandising.rules()
        # What is asked for by name or in an order of its own is not bent by what the shop would like to sell.
        self._unbent = replace(self._rules, diversity=0.0, boosts=())
        lines = carts.cart(turn.db, turn.owner).lines if turn.customer_id or turn.visitor_id else []
        # Bought products are left to the rules: some may be wanted again.
        self._known = {line.product.product_id for line in lines} | _seen_now(done)
        self._too_soon = self._soon_again()

    def alike(self) -> Candidates:
        unlimited = replace(self._unbent, same_kind=0, same_brand=0)  # somebody asks for things that are alike
        hits = self._search.similar(self._query.like, self._filters(self._known - _seen_now(self._done)), DEPTH)
        return self._of_hits("utter_recommend_similar", hits, unlimited)

    def going_with(self) -> Candidates:
        """What is bought with the product: by the encoder, else by counting orders."""
        product_id = self._query.goes_with
        unbent = replace(self._rules, diversity=0.0)
        hits = self._search.bought_together(product_id, self._filters(self._known | {product_id}), DEPTH)
        if hits:
            return self._of_hits("utter_recommend_with", hits, unbent)
        counted = popularity.bought_with(self._turn.db, product_id, TOGETHER_FEWEST, DEPTH)
        found = filter(self._in_department, catalogue.products(self._turn.db, counted))
        return self._in_order("utter_recommend_with", found, unbent)

    def for_words(self) -> Candidates:
        query = self._query
        named = words_of(self._turn).kinds_in(query.text)
        own_rules = replace(self._unbent, same_kind=0, same_brand=0) if named else self._unbent
        sort = None if query.sort == "popular" else query.sort
        found = finder(self._turn).ranked(replace(query, sort=sort), tuple(sorted(self._known)))
        found = [each for each in found if self._may_be_shown(each)]
        return Candidates("utter_recommend_for", found, _descending(found), own_rules)

    def personal(self) -> Candidates | None:
        """What the shopper's vector is near to; None where there is none, or another order is asked for.

        All of it may be refused by the rules: who bought running shoes is near to running shoes.
        """
        vector = taste(self._turn, self._done) if self._query.sort is None else None
        if vector is None:
            return None
        hits = self._search.recommend(vector, self._filters(self._known), DEPTH)
        return self._of_hits("utter_recommend_personal", hits, self._rules, self._pins())

    def popular(self) -> Candidates:
        """What is bought most lately, then what is rated most often; or what is new, or in the order asked for."""
        turn, query = self._turn, self._query
        sort = query.sort or "popular"
        slugs = query.filters.get("category") or [""]
        found = [each for slug in slugs for each in catalogue.by_category(turn.db, slug, sort, page_size=DEPTH).items]
        if query.filters.keys() - {"category"}:
            found = list({each.product_id: each for each in [*found, *self._meeting(sort)]}.values())
        if sort != "popular":
            response = {"newest": "utter_recommend_new", "rating": "utter_recommend_popular"}.get(sort)
            return self._in_order(response or "utter_recommend_range", found, self._unbent)
        inside = {each.product_id for each in found}
        lately = catalogue.products(turn.db, turn.runtime.popular(turn.db))
        lately = [each for each in lately if slugs == [""] or each.category in slugs or each.product_id in inside]
        found = {each.product_id: each for each in [*lately, *found]}.values()
        return self._in_order("utter_recommend_popular", found, self._rules, self._pins())

    def _meeting(self, sort: str) -> list[Product]:
        """What meets the filters: of the first products in any order they may leave next to nothing."""
        if sort == "popular":
            found = finder(self._turn).ranked(replace(self._query, sort=None))
            return sorted(found, key=lambda each: (-each.rating_count, -each.rating))
        return finder(self._turn).ranked(replace(self._query, sort=sort))

    def _of_hits(
        self, response: str, hits: Sequence[Hit], rules: Rules, pins: Sequence[Product] = ()
    ) -> Candidates:
        score = {hit.product_id: hit.score for hit in hits}
        # The index may be a sale behind; the database is not.
        products = [each for each in catalogue.products(self._turn.db, score)
                    if in_stock(each, self._query.filters) and self._may_be_shown(each)]
        return Candidates(response, products, np.array([score[each.product_id] for each in products]), rules, pins)

    def _in_order(
        self, response: str, found: Iterable[Product], rules: Rules, pins: Sequence[Product] = ()
    ) -> Candidates:
        """Candidates that come in an order and without scores."""
        products = [each for each in found if self._meets(each) and self._may_be_shown(each)]
        return Candidates(response, products, _descending(products), rules, pins)

    def _pins(self) -> list[Product]:
        wanted = catalogue.products(self._turn.db, [product_id for product_id, _ in self._rules.pins])
        return [
            each for each in wanted if self._in_department(each) and self._meets(each) and self._may_be_shown(each)
        ]

    def _filters(self, exclude: set[str]) -> Filters:
        return Filters(**self._query.filters, in_stock=True, exclude_ids=tuple(sorted(exclude)))

    def _in_department(self, product: Product) -> bool:
        wanted = self._query.filters.get("category")
        return not wanted or among(product.category, wanted)

    def _meets(self, product: Product) -> bool:
        """Whether the product meets the other filters, can be bought, and is not before the shopper's eyes already."""
        filters: dict[str, Any] = self._query.filters
        brands = filters.get("brand")
        return (
            product.product_id not in self._known
            and (not brands or among(product.brand, brands))
            and not among(product.brand, filters.get("not_brand"))
            and not among(product.category, filters.get("not_category"))
            and bool(in_stock(product, filters))
        )

    def _may_be_shown(self, product: Product) -> bool:
        return self._rules.refusal(product) is None and not self._too_soon(product)

    def _soon_again(self) -> Callable[[Product], bool]:
        """Whether a product is too soon after what the shopper has bought."""
        query, rules = self._query, self._rules
        done = purchases(self._turn, self._done, utc_now() - timedelta(days=rules.longest_again_days))
        found = catalogue.products(self._turn.db, [each.product_id for each in done])
        products = {each.product_id: each for each in found}
        bought = [Bought(products[each.product_id], each.at, each.kept) for each in done if each.product_id in products]
        if query.like or query.goes_with or query.text or query.filters.get("category"):
            # Who names a department, a product or a purpose wants the kind, whatever they have of it.
            rules = replace(rules, again=tuple(replace(each, kind_days=0) for each in rules.again))
        return too_soon(rules, bought, utc_now())


def _seen_now(done: Sequence[Event]) -> set[str]:
    """What was looked at just now is no news. What was looked at in an earlier visit may be just what is wanted."""
    since = utc_now() - VISIT
    return {each.product_id for each in done if each.product_id and each.kind != "purchase" and each.at >= since}


def _descending(products: Sequence[Product]) -> np.ndarray:
    return -np.arange(len(products), dtype=np.float64)
