"""What a shopper is looking for, as it grows over several messages: text, filters, sort and page.

Pure data: no database, no index. ``Query`` is what the ``search`` slot carries; ``Said`` is what one message
adds to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from statistics import median_low
from typing import Any

LISTED = ("category", "brand", "colour", "size", "material")
NEGATED = ("not_category", "not_brand", "not_colour", "not_material")
PRICES = {"price_min": "price_min_cents", "price_max": "price_max_cents"}
SORTS = ("price_asc", "price_desc", "rating", "newest")
TEXT_LIMIT = 200  # characters; the embedding reads about that much, and a slot should not grow for ever

# Words that say "search" or "please" but nothing about the product: they would only pull the embedding aside.
_NO_CONTENT = (
    "a about actually add after again all also always am an and another any anything are around as at available "
    "be because been below best bit brand brands but buy buying by can cart basket trolley catalogue cheap "
    "cheaper cheapest check color colors colour colours compare consider could couple currently detail details "
    "did different do does else euro euros ever fancy few find fine for from further get give go going good got "
    "great guess had has have having hear hello help here hey hi hm hmm hope hoping how hunting i i'd i'll i'm "
    "i've ideally idea if in info information instead interested into is it it's its just keen kind kinds know "
    "latest left less let let's like little look looking lot love made make makes material matter max may maybe "
    "me mine more most much my need needed new newest nice no not nothing now of off offer oh ok okay on one ones "
    "only or other others our over own perfect perhaps please plan prefer preferably price priced expensive "
    "pricey pricier put rated rather really recommend right search searching see seen sell selling shopping "
    "should show size so some something sort sorts still stock stuff such suggest take tell thank thanks that "
    "that's the their them then there there's these they thing things think this those thought thoughts three to "
    "today too two type under up us use very want wanted was we we're well what what's whatever where where's "
    "which who's will wish with without would yes yet you you've your"
)
# At the beginning these tell something after all: "something for a picnic" is a better question than "picnic".
KEPT_IN_FRONT = frozenset(("something", "anything"))
NO_CONTENT = frozenset(_NO_CONTENT.split())
WORD = re.compile(r"[a-z0-9][a-z0-9'-]*", re.IGNORECASE)
SUPERLATIVE = re.compile(r"\b(cheapest|lowest|least expensive|best price)\b", re.IGNORECASE)
FACETS = {
    "brand": r"brands?|makes?|labels?|makers?|manufacturers?",
    "colour": r"colou?rs?|shades?",
    "size": r"sizes?",
    "material": r"materials?|fabrics?",
    "price": r"prices?|budgets?|costs?",
}
ANOTHER = r"\b(?:another|other|different|some other|any other)\s+(?:{facet})\b"
WHATEVER = (
    r"\b(?:any|whatever|whichever)\s+(?:the\s+)?(?:{facet})\b|"
    r"\b(?:{facet})\s+(?:doesn'?t|does not|don'?t|do not)\s+matter\b|"
    r"\bno matter (?:what |which )?(?:the )?(?:{facet})\b|"
    r"\b(?:forget|drop|ignore|never mind|regardless of) the (?:{facet})\b"
)


@dataclass(frozen=True)
class Shown:
    """What the shopper sees while they say "cheaper": prices in cents and brands of the products shown last."""

    prices_cents: tuple[int, ...] = ()
    brands: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()
    focus_price_cents: int | None = None


@dataclass(frozen=True)
class Said:
    """What one message says about the product wanted."""

    text: str = ""  # without openings, prices and attribute words; "" where nothing else was said
    filters: dict[str, Any] = field(default_factory=dict)
    sort: str | None = None
    superlative: bool = False  # "the cheapest" and not "cheaper"
    others: tuple[str, ...] = ()  # facets of which another value is wanted
    whatever: tuple[str, ...] = ()  # facets that no longer matter

    @property
    def empty(self) -> bool:
        return not (self.text or self.filters or self.sort or self.others or self.whatever)

    @property
    def only_attributes(self) -> bool:
        """Whether it would be no search of its own: "in blue, under 50", "leather"."""
        materials = [word.lower() for word in self.filters.get("material", [])]
        bare = not self.text or self.text.lower() in materials
        return not self.empty and bare and "category" not in self.filters


def said(text: str, entities: Sequence[dict[str, Any]]) -> Said:
    """Read one message. ``entities`` as in Rasa's ``latest_message``; a button's payload has no text of its own."""
    filters: dict[str, Any] = {}
    sort = None
    spans = []
    for entity in entities:
        name, value = entity["entity"], entity["value"]
        if name in LISTED or name in NEGATED:
            values = filters.setdefault(name, [])
            values.extend(one for one in _as_list(value) if one not in values)
        elif name in PRICES:
            filters[PRICES[name]] = int(value)
        elif name == "sort" and value in SORTS:
            sort = value
        elif name == "amount" and not any(each["entity"] in PRICES for each in entities):
            filters["price_max_cents"] = int(value)  # "50 euros": said alone, it is what they want to spend
        elif name not in ("ordinal", "quantity", "amount"):
            continue
        # Some words stay: "hiking boots" says more than the category "shoes", and "down jacket" is one thing.
        if name not in ("category", "material") and entity.get("start") is not None:
            spans.append((entity["start"], entity["end"]))
    for name in NEGATED:  # "boots, not leather": a negated value is never wanted as well
        wanted = name.removeprefix("not_")
        if name in filters and wanted in filters:
            filters[wanted] = [one for one in filters[wanted] if one not in filters[name]]
            if not filters[wanted]:
                del filters[wanted]
    plain = "" if text.startswith("/") else text
    others = tuple(facet for facet, words in FACETS.items() if re.search(ANOTHER.format(facet=words), plain, re.I))
    whatever = tuple(facet for facet, words in FACETS.items() if re.search(WHATEVER.format(facet=words), plain, re.I))
    return Said(
        text=_content(plain, spans),
        filters=filters,
        sort=sort,
        superlative=bool(SUPERLATIVE.search(plain)),
        others=others,
        whatever=whatever,
    )


def _as_list(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


def content_of(text: str) -> str:
    """``text`` if it says anything about a product; "" where only filler is left."""
    return "" if all(word in NO_CONTENT or word.isdigit() for word in WORD.findall(text.lower())) else text


def trimmed(text: str) -> str:
    """``text`` without filler at its ends: ``what headphones have you got`` -> ``headphones``."""
    words = content_of(text).split()
    while words and _filler(words[-1]):
        words.pop()
    while words and _filler(words[0]) and words[0].lower() not in KEPT_IN_FRONT:
        words.pop(0)
    return " ".join(words).strip(" ,.;:!?-")


def _filler(word: str) -> bool:
    bare = word.strip(' ,.;:!?-()"').lower()
    return not bare or bare in NO_CONTENT


def _content(text: str, spans: list[tuple[int, int]]) -> str:
    """The words about the product itself; "" where only filler is left."""
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return trimmed(text)[:TEXT_LIMIT]


@dataclass(frozen=True)
class Query:
    """A running search. ``filters`` holds lists for facets and whole cents for prices, each only where it is set.

    ``source``: "search", or "recommend" where taste and not words finds; ``like``: the product it should be like;
    ``goes_with``: the product it should go with.
    """

    text: str = ""
    filters: dict[str, Any] = field(default_factory=dict)
    sort: str | None = None
    shown_offset: int = 0
    source: str = "search"
    like: str | None = None
    goes_with: str | None = None

    @property
    def empty(self) -> bool:
        return not (self.text or self.filters or self.sort)

    @classmethod
    def of(cls, message: Said) -> Query:
        """A new search from one message."""
        return cls(text=message.text, filters={**message.filters}, sort=message.sort)

    @classmethod
    def from_slot(cls, value: Any) -> Query | None:
        """The running search; None where there is none."""
        if not isinstance(value, dict):
            return None
        return cls(
            text=value.get("text") or "",
            filters={**(value.get("filters") or {})},
            sort=value.get("sort"),
            shown_offset=int(value.get("shown_offset") or 0),
            source=value.get("source") or "search",
            like=value.get("like"),
            goes_with=value.get("goes_with"),
        )

    def to_slot(self) -> dict[str, Any]:
        return asdict(self)

    def without(self, *names: str) -> Query:
        """The same search with some filters left out."""
        return replace(self, filters={key: value for key, value in self.filters.items() if key not in names})

    def refined(self, message: Said, shown: Shown) -> Query:
        """This search with a message's wishes on top: new values replace old ones, negations add up.

        A category that is not among the current ones starts a new search.
        """
        wanted = message.filters.get("category")
        current = self.filters.get("category")
        if wanted and not set(wanted) & set(current or ()):
            return Query.of(message)
        filters = {**self.filters}
        for name in LISTED:
            if name in message.filters:
                filters[name] = message.filters[name]
                _take(filters, f"not_{name}", message.filters[name])
        for name in NEGATED:
            if name in message.filters:
                _put(filters, name, message.filters[name])
                _take(filters, name.removeprefix("not_"), message.filters[name])
        for facet in message.whatever:
            for name in (facet, f"not_{facet}", f"{facet}_min_cents", f"{facet}_max_cents"):
                filters.pop(name, None)
        if "brand" in message.others:
            filters.pop("brand", None)
            _put(filters, "not_brand", shown.brands)
        for facet in ("colour", "material"):
            if facet in message.others:
                _put(filters, f"not_{facet}", filters.pop(facet, None) or getattr(shown, f"{facet}s", ()))
        _set_prices(filters, message, shown)
        # A category named again ("hiking boots" while looking at shoes) is a new subject in the same department.
        gone = [word for word in self.filters.get("material", []) if word not in filters.get("material", [])]
        text = message.text if wanted and message.text else _joined(_without(self.text, gone), message.text)
        source = "search" if message.text else self.source  # words about the thing itself: now it is a search
        return replace(
            self, text=text, filters=filters, sort=message.sort or self.sort, shown_offset=0, source=source,
            like=self.like if source == "recommend" else None,
            goes_with=self.goes_with if source == "recommend" else None,
        )  # fmt: skip


def _put(filters: dict[str, Any], name: str, values: Sequence[str]) -> None:
    joined = list(dict.fromkeys([*filters.get(name, []), *values]))
    if joined:
        filters[name] = joined


def _take(filters: dict[str, Any], name: str, values: Sequence[str]) -> None:
    left = [one for one in filters.get(name, []) if one not in values]
    if left:
        filters[name] = left
    else:
        filters.pop(name, None)


def _set_prices(filters: dict[str, Any], message: Said, shown: Shown) -> None:
    """A bound said replaces the old one; "cheaper" is below what is discussed, else below the middle of what is shown.

    Below the cheapest shown would mostly find nothing; below the median always drops the dearer half.
    """
    low, high = message.filters.get("price_min_cents"), message.filters.get("price_max_cents")
    if low is not None or high is not None:
        for name, value in (("price_min_cents", low), ("price_max_cents", high)):
            if value is not None:
                filters[name] = value
        if filters.get("price_min_cents", 0) > filters.get("price_max_cents", 2**62):
            # They contradict each other: what was said last counts.
            filters.pop("price_min_cents" if high is not None else "price_max_cents")
    elif message.sort == "price_asc" and not message.superlative:
        limits = [limit for limit in (shown.focus_price_cents, filters.get("price_max_cents")) if limit is not None]
        if shown.focus_price_cents is None and shown.prices_cents:
            limits.append(median_low(shown.prices_cents))
        if limits:
            below = min(limits)
            filters["price_max_cents"] = below if below == filters.get("price_max_cents") else below - 1
            if filters.get("price_min_cents", 0) > filters["price_max_cents"]:
                filters.pop("price_min_cents")


def _without(text: str, words: Sequence[str]) -> str:
    for word in words:
        text = re.sub(rf"\b{re.escape(word)}\b", " ", text, flags=re.IGNORECASE)
    return " ".join(text.split())


def _joined(text: str, more: str) -> str:
    more = re.sub(r"^(?:something|anything)\s+", "", more, flags=re.IGNORECASE)
    if not more or more.lower() in text.lower():
        return text
    return f"{text} {more}".strip()[-TEXT_LIMIT:]
