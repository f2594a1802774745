"""Finding what a query asks for, and the nearest honest alternative where there is nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from actions.product_query import Query
from actions.product_stock import in_stock, price_of
from actions.product_vocabulary import Vocabulary, stems
from models.product_search import Filters, ProductSearch
from shop import catalogue
from shop.catalogue import Product

SPARE = 20  # so many more are read at once as may turn out to be sold out, or not to have what was asked for
PAGE = 6  # cards a reply: what a phone shows with two swipes
DEPTH = 120  # of the nearest products so many are looked at for sorting and paging
# Where a search is sorted by price or rating, only what fits the words about as well as the best may take part:
# else "the cheapest trail shoes" would be whatever costs least in the whole shop.
SORT_MARGIN = 0.15
# Below this cosine even the nearest product has nothing to do with the words ("insurance" 0.20, "drill" 0.25). Above
# it, cosines do not tell what a shop has ("perfume" 0.46 without any) from what it has under another description
# ("something for the balcony" 0.44), so short names are looked up in titles as well.
NEAR_WORDS = 0.28
SHORT_NAME_WORDS = 2

# What is left out first where nothing fits: what hurts least. A shoe of the wrong size is of no use, and what
# somebody does not want ("no leather") may be a matter of health or conscience.
GIVE_UP_ORDER = (
    ("material",),
    ("colour",),
    ("brand",),
    ("price_min_cents", "price_max_cents"),
    ("size",),
    ("not_colour",),
    ("not_brand",),
    ("not_material",),
    ("category", "not_category"),
)
PRICE = ("price_min_cents", "price_max_cents")
NEAR_PRICE = 1.25  # up to a quarter dearer, most would rather see it than another colour


@dataclass(frozen=True)
class Found:
    """One page of results. ``left_out``: filters that had to be dropped, in the names of ``Query.filters``.

    ``fit``: "named" where a category, a kind, or a title vouches for it; "near" where only the likeness of the
    words does; "far" where the shop hardly has such a thing at all.
    """

    products: tuple[Product, ...]
    query: Query  # the one that found them: the shopper's, or a looser one
    left_out: tuple[str, ...] = ()
    more: bool = False
    fit: str = "named"


class Finder:
    """Searches for one shopper. ``customer``: their vector, or None."""

    def __init__(
        self, db: Session, search: ProductSearch, vocabulary: Vocabulary, customer: np.ndarray | None = None
    ) -> None:
        self._db = db
        self._search = search
        self._vocabulary = vocabulary
        self._customer = customer

    def find(self, query: Query, exclude: tuple[str, ...] = ()) -> Found:
        """The page of ``query`` at its offset, what can be bought first.

        Where nothing that can be bought fits, filters are left out, the least painful first. Empty only where
        the shop has nothing at all to offer beyond the offset.
        """
        found = self._page(query, exclude)
        if found.products and not query.shown_offset:
            fit = self._fit(query, found.products)
            return (self._named_otherwise(query, exclude) if fit != "named" else None) or replace(found, fit=fit)
        if found.products or query.shown_offset:
            return found
        for names in self._give_up(query, exclude):
            looser = query.without(*names)
            if names == PRICE:  # "the nearest is ..." must come first
                looser = replace(looser, sort="price_asc" if "price_max_cents" in query.filters else "price_desc")
            found = self._page(looser, exclude)
            if found.products:
                # What follows is not offered: the next page is again asked for with all filters.
                return replace(found, left_out=tuple(name for name in query.filters if name in names), more=False)
        return found

    def _named_otherwise(self, query: Query, exclude: tuple[str, ...]) -> Found | None:
        """What is named, though not in the colour or material wished for; None where nothing is.

        To somebody who wants a red kettle, another kettle is nearer than a red hole punch.
        """
        for name in ("material", "colour"):
            if name in query.filters:
                looser = query.without(name)
                found = self._page(looser, exclude)
                if found.products and self._fit(looser, found.products) == "named":
                    return replace(found, left_out=(name,), more=False)
        return None

    def ranked(
        self, query: Query, exclude: tuple[str, ...] = (), buyable: bool = True, need: int = DEPTH
    ) -> list[Product]:
        """Products that fit, best first, at most DEPTH. ``buyable``: only with a fitting variant in stock.

        The first ``need`` are right where there are so many; what follows them may be left out.
        """
        kinds = self._vocabulary.kinds_in(query.text)
        filters = Filters(**query.filters, kind=kinds, in_stock=buyable, exclude_ids=exclude)
        hits = self._search.search(self._words(query), filters, DEPTH, customer=self._customer)
        likeness = {hit.product_id: hit.cosine for hit in hits}
        products = self._read(list(likeness), query, buyable, DEPTH if query.sort else need)
        if query.sort and products:
            floor = max(likeness[each.product_id] for each in products) - SORT_MARGIN
            near = [each for each in products if kinds or not query.text or likeness[each.product_id] >= floor]
            products = sorted(near, key=_sort_key(query.sort, query.filters))
        return products

    def _read(self, ids: Sequence[str], query: Query, buyable: bool, need: int) -> list[Product]:
        """The products of ``ids`` that are as they should be, the first ``need`` of them at least."""
        said, products = set(stems(query.text)), []
        start, size = 0, min(DEPTH, need + SPARE)
        while start < len(ids):
            batch = catalogue.products(self._db, ids[start : start + size])
            # The index may be a sale behind; the database is not.
            products += [each for each in batch if bool(in_stock(each, query.filters)) == buyable]
            # Where a trait was asked for, those that have it come first, however far down they are.
            if len(products) >= need and not _traits_named(products, said):
                break
            start, size = start + size, DEPTH
        return _with_traits(products, said)

    def _page(self, query: Query, exclude: tuple[str, ...]) -> Found:
        need = query.shown_offset + PAGE + 1
        products = self.ranked(query, exclude, need=need)
        if products and len(products) < query.shown_offset + PAGE:
            # Few can be bought: what is sold out follows them, and its card says so.
            products += self.ranked(query, exclude, buyable=False, need=need)
        page = products[query.shown_offset : query.shown_offset + PAGE]
        return Found(tuple(page), query, more=len(products) > query.shown_offset + PAGE)

    def _give_up(self, query: Query, exclude: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """Sets of filters to leave out: each alone, then more and more together, then all."""
        present = [group for group in GIVE_UP_ORDER if any(name in query.filters for name in group)]
        if PRICE in present and self._price_is_near(query, exclude):
            present.remove(PRICE)
            present.insert(0, PRICE)
        last = [group for group in present if group[0].startswith("not_") or group[0] == "category"]
        first = [group for group in present if group not in last]
        yield from first
        yield from list(accumulate(first))[1:]
        yield from list(accumulate(last, initial=tuple(name for group in first for name in group)))[1:]

    def _price_is_near(self, query: Query, exclude: tuple[str, ...]) -> bool:
        limit = query.filters.get("price_max_cents")
        if limit is None:
            return False
        open_ended = query.without(*PRICE)
        prices = [price_of(each, open_ended.filters)[0] for each in self.ranked(open_ended, exclude)]
        above = [price for price in prices if price > limit]
        return bool(above) and min(above) <= limit * NEAR_PRICE

    def _fit(self, query: Query, products: Sequence[Product]) -> str:
        if not query.text or self._vocabulary.kinds_in(query.text) or "category" in query.filters:
            return "named"
        words = stems(query.text)
        named = {stem for each in products for stem in stems(f"{each.title} {each.kind}")}
        if words and words[-1] in named:
            return "named"
        if "brand" in query.filters:
            return "near"  # the brand is right, but nothing says that the thing is
        nearest = max((hit.cosine for hit in self._search.search(query.text, None, PAGE)), default=0.0)
        if len(words) <= SHORT_NAME_WORDS or nearest < NEAR_WORDS:
            return "far"
        return "near"

    def _words(self, query: Query) -> str:
        """The text that is embedded. Filters alone make no text, so their own words stand for it."""
        words = [query.text] if query.text else self._vocabulary.category_names(query.filters.get("category") or [])
        for name in ("colour", "material", "brand"):
            words += query.filters.get(name) or []
        return " ".join(words)


def _with_traits(products: Sequence[Product], said: set[str]) -> list[Product]:
    """Of "waterproof boots" those that are, then those of which it is not known; not those that are not.

    A trait is an attribute that is true or false; all products stay where its name is not said.
    """
    named = _traits_named(products, said)
    asked = [([value for name, value in _traits(each).items() if name in named], each) for each in products]
    kept = [(-len(values), each) for values, each in asked if False not in values]
    return [each for _, each in sorted(kept, key=lambda pair: pair[0])]


def _traits_named(products: Sequence[Product], said: set[str]) -> set[frozenset[str]]:
    """The traits that are asked for. What some product without the trait is called by is no trait but a thing.

    Who wants a phone charger does not want a phone because its attributes say that a charger comes with it.
    """
    named = {name for each in products for name in _traits(each) if name <= said}
    return {
        name for name in named
        if not any(name not in _traits(each) and name <= set(stems(each.title)) for each in products)
    }


def _traits(product: Product) -> dict[frozenset[str], bool]:
    return {_name_stems(name): value for name, value in product.attributes.items() if isinstance(value, bool)}


@lru_cache(maxsize=10_000)
def _name_stems(name: str) -> frozenset[str]:
    return frozenset(stems(name.replace("_", " ")))


def _sort_key(sort: str, filters: dict[str, Any]) -> Any:
    if sort == "price_asc":
        return lambda each: price_of(each, filters)[0]
    if sort == "price_desc":
        return lambda each: -price_of(each, filters)[0]
    if sort == "rating":
        return lambda each: (-each.rating, -each.rating_count)
    return lambda each: -each.added_at.timestamp()
