"""Which product does the shopper mean: "the second one", "the blue one", "the Brisa jacket", "this"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from actions.base import Turn
from actions.product_query import NO_CONTENT, WORD
from actions.product_stock import among, price_of
from actions.product_vocabulary import stems
from actions.product_wording import button, listing, plain
from models.product_search import Filters
from shop import catalogue
from shop.catalogue import Product

CHOICES = 4  # buttons that fit beside each other on a phone
NAMED_AMONG_SHOWN = 80.0  # rapidfuzz, of 100: the shopper sees the list, so half a title and a slip of a key will do
NAMED_IN_CATALOGUE = 90.0  # out of the whole catalogue the name must be nearly right
TIE = 3.0  # two titles that match this equally are two candidates
CANDIDATES = 30

THIS = re.compile(r"\b(it|its|it's|this|that|these|those|them|they)\b", re.IGNORECASE)
THE_ONE = re.compile(r"\b(?:the|that|this|those|these)\s+(?:[\w'-]+\s+){1,3}ones?\b", re.IGNORECASE)
ALL_SHOWN = re.compile(r"\b(all|both|them|these|those|they|two|three|four|which)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Reference:
    """``products``: those meant, in the order said. Empty: ``candidates`` holds those it may have been, if any.

    ``out_of_range``: the place that was named though fewer were shown.
    """

    products: tuple[Product, ...] = ()
    candidates: tuple[Product, ...] = ()
    out_of_range: int | None = None

    @property
    def product(self) -> Product | None:
        return self.products[0] if self.products else None


def refer(turn: Turn, *, by: Sequence[str] = ("category", "brand", "colour", "material", "size")) -> Reference:
    """The one product that the shopper means. ``by``: properties that may tell it from the others shown.

    Where an action takes colour and size as the wished form ("do you have it in 42?"), it leaves them out of
    ``by``; "the blue one" is understood all the same.
    """
    shown = shown_products(turn)
    for look in (_by_button, _by_ordinal, _by_name):
        found = look(turn, shown)
        if found is not None:
            return found
    current = current_product(turn)
    if THE_ONE.search(turn.text):
        by = ("category", "brand", "colour", "material", "size")
    elif current and THIS.search(turn.text):
        return Reference((current,))
    found = _by_property(turn, shown, by) or _by_brand(turn, current)
    if found is not None:
        return found
    if current:
        return Reference((current,))
    return Reference(tuple(shown)) if len(shown) == 1 else Reference(candidates=tuple(shown))


def refer_to_several(turn: Turn, most: int) -> Reference:
    """The products, at most ``most``, that the shopper puts side by side."""
    shown = shown_products(turn)
    found = _by_button(turn, shown) or _by_ordinal(turn, shown)
    if found and found.out_of_range is not None:
        return found
    meant = list(found.products) if found else _all_named(turn, shown)
    current = current_product(turn)
    if len(meant) == 1 and current and current not in meant:
        meant.insert(0, current)  # "compare it with the second one"
    if len(meant) < 2:
        matching = [each for each in shown if _has(each, turn, ("category", "brand", "colour", "material"))]
        if 2 <= len(matching) < len(shown):
            meant = matching
        elif len(shown) == 2 or (len(shown) > 2 and not meant and ALL_SHOWN.search(turn.text)):
            meant = shown
    if len(meant) >= 2:
        return Reference(tuple(meant[:most]))
    return Reference(candidates=tuple(shown))


def shown_products(turn: Turn) -> list[Product]:
    """What was shown last, in its order, without what has left the catalogue since."""
    return catalogue.products(turn.db, turn.slot("shown_products") or [])


def current_product(turn: Turn) -> Product | None:
    """What "it" is: the product discussed last, unless the shopper has opened another product's page since."""
    focus, page = turn.slot("focus_product"), _page_product(turn.page)
    if focus and page and page != focus and page != _page_when_focused(turn):
        focus = page
    product_id = focus or page
    return catalogue.product(turn.db, product_id) if product_id else None


def ask_which(turn: Turn, reference: Reference, intent: str, **entities: Any) -> None:
    """Ask which product is meant, with a button each; ``entities`` go into the buttons ("in 42")."""
    candidates = reference.candidates[:CHOICES]
    if not candidates:
        turn.say("utter_ask_product_name")
        return
    buttons = [button(each.title, intent, product_id=each.product_id, **entities) for each in candidates]
    if reference.out_of_range is not None:
        turn.say("utter_ordinal_out_of_range", shown_count=len(shown_products(turn)), buttons=buttons)
    else:
        turn.say(
            "utter_ask_which_product",
            names=listing((plain(each.title) for each in candidates), "or"),
            buttons=buttons,
        )


def place(ordinal: int, count: int) -> int | None:
    """The index that an ordinal names: 1 is the first, -1 the last; None where there is no such place."""
    index = ordinal - 1 if ordinal > 0 else count + ordinal
    return index if 0 <= index < count and ordinal != 0 else None


def _page_product(page: Any) -> str | None:
    return page.get("product_id") if isinstance(page, dict) and page.get("kind") == "product" else None


def _page_when_focused(turn: Turn) -> str | None:
    """The product page that was open when the focus was set; None where there was none."""
    page = None
    answer = None
    for event in turn.tracker.events or []:
        if event.get("event") == "user":
            page = _page_product((event.get("metadata") or {}).get("page"))
        elif event.get("event") == "slot" and event.get("name") == "focus_product":
            answer = page
    return answer


def _by_button(turn: Turn, shown: Sequence[Product]) -> Reference | None:
    ids = turn.entities("product_id")
    if not ids:
        return None
    found = catalogue.products(turn.db, [str(each) for each in ids])
    return Reference(tuple(found)) if found else Reference(candidates=tuple(shown))


def _by_ordinal(turn: Turn, shown: Sequence[Product]) -> Reference | None:
    ordinals = [int(each) for each in turn.entities("ordinal")]
    if not ordinals or not shown:
        return None
    places = [place(each, len(shown)) for each in ordinals]
    if None in places:
        return Reference(candidates=tuple(shown), out_of_range=ordinals[places.index(None)])
    return Reference(tuple(shown[each] for each in dict.fromkeys(places)))


def _by_name(turn: Turn, shown: Sequence[Product]) -> Reference | None:
    """By title or brand, among those shown first and then in the whole catalogue."""
    said = name_words(turn.text)
    if not said:
        return None
    best = named(said, shown, NAMED_AMONG_SHOWN)
    if not best and len(said.split()) > 1:
        hits = turn.search.search(said, None, CANDIDATES)
        best = named(said, catalogue.products(turn.db, [hit.product_id for hit in hits]), NAMED_IN_CATALOGUE)
    if not best:
        return None
    return Reference(tuple(best)) if len(best) == 1 else Reference(candidates=tuple(best))


def name_words(text: str) -> str:
    """The words of ``text`` that may be part of a name; "" for a button and where nothing is left."""
    if text.startswith("/"):
        return ""
    words = [word for word in WORD.findall(text.lower()) if word not in NO_CONTENT and not word.isdigit()]
    return " ".join(stems(" ".join(words)))


def named(said: str, products: Sequence[Product], floor: float) -> list[Product]:
    """Products whose title is said: the best, and those as good as it; empty where none reaches ``floor``."""
    scored = [(_name_score(said, each), each) for each in products]
    top = max((score for score, _ in scored), default=0.0)
    best = [each for score, each in scored if score >= max(floor, top - TIE)]
    # Whoever says "Jiffy Studio headphones" has said "Jiffy headphones" too: the longest whole title is meant.
    words = set(said.split())
    whole = [(len(title), each) for each in best if (title := set(stems(each.title))) <= words]
    longest = max((length for length, _ in whole), default=0)
    return [each for length, each in whole if length == longest] or best


def _name_score(said: str, product: Product) -> float:
    title = " ".join(stems(product.title))
    brand = " ".join(stems(product.brand))
    full = title if brand in title else f"{brand} {title}"
    return max(fuzz.token_set_ratio(said, title), fuzz.token_set_ratio(said, full))


def _all_named(turn: Turn, shown: Sequence[Product]) -> list[Product]:
    """Each product of which the name is said in "the Brisa or the Alder", in the order said."""
    meant: dict[str, Product] = {}
    for part in re.split(r"\b(?:and|or|with|than|to|versus|vs|from)\b|[,;?]", turn.text, flags=re.IGNORECASE):
        said = name_words(part)
        if not said:
            continue
        best = named(said, shown, NAMED_AMONG_SHOWN)
        if not best and len(said.split()) > 1:
            hits = turn.search.search(said, None, CANDIDATES)
            best = named(said, catalogue.products(turn.db, [hit.product_id for hit in hits]), NAMED_IN_CATALOGUE)
        if len(best) == 1:
            meant.setdefault(best[0].product_id, best[0])
    return list(meant.values())


def _by_property(turn: Turn, shown: Sequence[Product], by: Sequence[str]) -> Reference | None:
    """Among those shown, by what tells it from the others: a property, or being the cheapest."""
    matching = [each for each in shown if _has(each, turn, by)]
    if not any(turn.entities(name) for name in by):
        matching = list(shown)
    if matching and (extreme := _extreme(turn, matching)):
        return Reference((extreme,))
    if not matching or len(matching) == len(shown):
        return None
    pictured = [each for each in matching if _pictured_in(each, turn.entities("colour"))]
    best = pictured if len(pictured) == 1 else matching
    return Reference(tuple(best)) if len(best) == 1 else Reference(candidates=tuple(best))


def _by_brand(turn: Turn, current: Product | None) -> Reference | None:
    """ "The Tern", where none of that brand is shown: the one discussed, else what the brand has to offer."""
    brands = [str(each) for each in turn.entities("brand")]
    if not brands:
        return None
    if current and among(current.brand, brands):
        return Reference((current,))
    hits = turn.search.search(name_words(turn.text) or brands[0], Filters(brand=brands), CHOICES)
    found = tuple(catalogue.products(turn.db, [hit.product_id for hit in hits]))
    return Reference(found) if len(found) == 1 else Reference(candidates=found)


def _has(product: Product, turn: Turn, by: Sequence[str]) -> bool:
    """Whether the product has everything said of it; False where nothing of ``by`` was said."""
    values = {
        "category": [product.category], "brand": [product.brand], "colour": product.colours,
        "material": product.materials, "size": product.sizes,
    }  # fmt: skip
    asked = {name: [str(each) for each in turn.entities(name)] for name in by if turn.entities(name)}
    return bool(asked) and all(any(among(value, words) for value in values[name]) for name, words in asked.items())


def _pictured_in(product: Product, colours: Sequence[str]) -> bool:
    """Whether its card shows it in one of ``colours``: people say "the blue one" of what looks blue."""
    return any(product.picture == product.picture_in(colour) for colour in colours)


def _extreme(turn: Turn, products: Sequence[Product]) -> Product | None:
    """The cheapest, dearest, best rated or newest of ``products``, where the shopper said so."""
    sort = turn.entity("sort")
    if not sort or len(products) < 2:
        return None
    keys = {
        "price_asc": lambda each: -price_of(each, {})[0],
        "price_desc": lambda each: price_of(each, {})[0],
        "rating": lambda each: (each.rating, each.rating_count),
        "newest": lambda each: each.added_at,
    }
    return max(products, key=keys[sort]) if sort in keys else None
