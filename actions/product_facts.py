"""A product's attributes as facts in words, and which of them a question is about.

The catalogue decides what attributes there are. A unit stands at the end of an attribute's name, as everywhere
in this house: ``weight_g``, ``height_cm``, ``battery_h``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from actions.product_query import NO_CONTENT
from actions.product_stock import options
from actions.product_vocabulary import stems
from actions.product_wording import listing, plain, variant_words
from shop.catalogue import Product

UNITS = {
    "g": "g",
    "kg": "kg", "mm": "mm", "cm": "cm", "m": "m", "cm2": "cm²", "g_m2": "g/m²", "oz": "oz", "inches": "inches",
    "ml": "ml", "l": "l", "h": "hours", "hours": "hours", "min": "minutes", "minutes": "minutes", "days": "days",
    "months": "months", "years": "years", "w": "W", "v": "V", "mah": "mAh", "wh": "Wh", "lm": "lm", "db": "dB",
    "c": "°C", "percent": "%", "bft": "Beaufort", "hrc": "HRC",
}  # fmt: skip
MOST_FACTS = 5  # more than that in one breath is a data sheet


@dataclass(frozen=True)
class Topic:
    """Something shoppers ask about. ``asked``: how; ``keys``: parts of the attributes' names that answer it."""

    name: str
    asked: re.Pattern
    keys: tuple[str, ...]


def _topic(name: str, asked: str, *keys: str) -> Topic:
    return Topic(name, re.compile(rf"\b(?:{asked})\b", re.IGNORECASE), keys)


TOPICS = (
    _topic("the weight", r"weigh\w*|heav(?:y|ier)|how light|lightweight", "weight"),
    _topic(
        "the material",
        r"material\w*|made (?:of|from|out of)|fabric|real leather|leather|cotton|wool|vegan|upper|lining|sole|filling",
        "material", "fabric", "upper", "lining", "sole", "filling", "fill", "outer", "vegan", "composition",
    ),
    _topic(
        "whether it keeps water out",
        r"water ?-?(?:proof|resistant|repellent|tight)|waterproof|rain\w*|wet|splash\w*|get wet|swim\w*",
        "water", "weatherproof", "rain", "splash",
    ),
    _topic(
        "the care",
        r"wash\w*|clean\w*|care|iron(?:ed|ing)?|tumble|dryer|dishwasher|laundry|bleach",
        "care", "wash", "dishwasher", "clean",
    ),
    _topic(
        "the measurements",
        r"dimensions?|measure\w*|how (?:big|large|tall|wide|long|deep|high|thick)|height|width|length|depth|diameter|"
        r"thick(?:ness)?|tall|wide",
        "dimension", "height", "width", "length", "depth", "diameter", "thickness", "measure", "pack_size",
    ),
    _topic("how much it holds", r"capacity|volume|lit(?:re|er)s?|holds?|fits? in(?:to|side)?", "capacity", "volume"),
    _topic("the battery", r"batter(?:y|ies)|charg\w+|how long does it (?:last|run|play)|usb|runtime|plays?",
           "battery", "charg", "runtime", "usb", "case_hours"),
    _topic("how warm it is", r"warm\w*|cold|temperature|degrees|winter|season\w*|insulat\w+",
           "warm", "temperature", "season", "insulat", "comfort", "keeps", "fill_power"),
    _topic("the fit", r"fits?|fitting|run (?:small|large|big)|true to size|slim|loose|cut|rise", "fit", "cut", "rise"),
    _topic("where it is made", r"where (?:is|was) it made|made in|origin|country", "origin", "made_in", "country"),
    _topic("the warranty", r"warranty|guarantee\w*", "warranty", "guarantee"),
    _topic("the age it is for", r"what age|how old|years? old|age|kids?|child(?:ren)?|toddler", "age"),
    _topic("sustainability", r"sustainab\w+|organic|recycled|eco\w*|fair ?trade|certif\w+",
           "sustain", "organic", "recycled", "certif", "eco"),
    _topic("how it closes", r"zip\w*|button\w*|laces?|clos(?:ure|es|ed)|buckle|velcro", "clos", "zip", "fasten",
           "lace"),
    _topic("induction", r"induction|hobs?|oven|gas", "hob", "induction", "oven"),
    _topic("how many people it is for", r"how many (?:people|persons|players)|sleeps|players|persons",
           "player", "person", "people", "sleep"),
)  # fmt: skip


def label(key: str) -> str:
    """``weight_g`` -> ``weight``, ``fabric_g_m2`` -> ``fabric``."""
    unit = _unit(key)
    return (key.removesuffix(f"_{unit}") if unit else key).replace("_", " ")


def _unit(key: str) -> str | None:
    """The unit at the end of an attribute's name, the longest that fits; None where there is none."""
    return max((unit for unit in UNITS if key.endswith(f"_{unit}")), key=len, default=None)


def value_words(key: str, value: Any) -> str:
    """``("weight_g", 320)`` -> ``320 g``; yes and no for truth; lists joined."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return listing(value)
    words = f"{value:,}" if isinstance(value, int) and value >= 10_000 else str(value)
    unit = _unit(key)
    return f"{words} {UNITS[unit]}" if unit and re.fullmatch(r"-?[\d.,]+", words) else words


def facts(product: Product) -> dict[str, str]:
    """All attributes in words: label -> value, in the catalogue's order; what is empty is left out."""
    return {
        label(key): value_words(key, value)
        for key, value in product.attributes.items()
        if value is not None and value not in ("", [])
    }


def facts_asked_for(product: Product, text: str) -> tuple[dict[str, str], str | None]:
    """(facts that answer ``text``, what was asked about that the catalogue does not know).

    ({}, None) where the question is about no attribute that anyone would expect.
    """
    found: dict[str, str] = {}
    unknown = None
    asked = set(stems(text)) - NO_CONTENT - set(stems(product.title))
    for key, value in product.attributes.items():
        if asked & (set(stems(label(key).replace("-", " "))) - NO_CONTENT):
            found[label(key)] = value_words(key, value)
    for topic in TOPICS:
        if not topic.asked.search(text):
            continue
        answers = {
            label(key): value_words(key, value)
            for key, value in product.attributes.items()
            if any(f"_{key}".find(f"_{part}") >= 0 for part in topic.keys)  # a whole word of it, or its beginning
        }
        if topic.name == "the material" and product.materials:
            answers = {"material": listing(product.materials), **answers}
        found |= answers
        if not answers and unknown is None:
            unknown = topic.name
    return found, None if found else unknown


def always_known(product: Product, text: str, money: Callable[[int], str]) -> dict[str, str]:
    """Facts that every product has, where ``text`` asks for them: price, rating, colours, sizes."""
    found = {}
    if re.search(r"\b(price|costs?|how much (?:is|are|for|do you want))\b", text, re.IGNORECASE):
        found["price"] = money(product.price_cents)
    if re.search(r"\b(rating|rated|reviews?|stars?)\b", text, re.IGNORECASE):
        found["rating"] = rating_words(product)
    if re.search(r"\b(colou?rs?)\b", text, re.IGNORECASE) and product.colours:
        found["colours"] = listing(product.colours)
    sizes = [size for size in options(product.variants, "size") if size != "one size"]
    if re.search(r"\b(sizes?)\b", text, re.IGNORECASE) and sizes:
        found["sizes"] = listing(sizes)
    return found


def described_about(product: Product, text: str) -> str | None:
    """The sentence of the description that speaks of what was asked, or None."""
    asked = {stem for stem in stems(text) if len(stem) > 3} - NO_CONTENT - set(stems(f"{product.title} {product.kind}"))
    asked -= {"this", "have", "does", "come", "tell", "about", "know", "good", "used"}
    for sentence in re.split(r"(?<=[.!?])\s+", product.description):
        if asked & set(stems(sentence)):
            return sentence
    return None


def first_sentences(text: str, limit: int = 240) -> str:
    """Whole sentences from the beginning of ``text``, at most ``limit`` characters; one, cut off, if it is longer.

    What a foreign catalogue leaves without a full stop gets one, as more is said behind it.
    """
    kept = ""
    for sentence_ in re.split(r"(?<=[.!?])\s+", text):
        if kept and len(kept) + len(sentence_) >= limit:
            break
        kept = f"{kept} {sentence_}".strip()
    kept = plain(kept, 2 * limit)
    return kept if not kept or kept[-1] in ".!?…" else f"{kept}."


def rating_words(product: Product) -> str:
    """``4.4 of 5 (32 reviews)``, or that nobody has rated it."""
    if not product.rating_count:
        return "not rated yet"
    return f"{product.rating:.1f} of 5 ({product.rating_count} review{'s' if product.rating_count != 1 else ''})"


def in_a_breath(product: Product) -> str:
    """The main facts in one line: ``material leather, weight 640 g, waterproof yes``; "" where there are none."""
    first = {"material": listing(product.materials)} if product.materials else {}
    known = {**first, **facts(product)}
    return ", ".join(_spoken(name, value) for name, value in list(known.items())[:MOST_FACTS])


def sentence(found: dict[str, str]) -> str:
    """``weight 320 g and waterproof: yes``."""
    return listing(_spoken(name, value) for name, value in found.items())


def _spoken(name: str, value: str) -> str:
    return f"{name}: {value}" if value in ("yes", "no") else f"{name} {value}"


def forms(product: Product) -> str:
    """``navy, size 42`` for a product of one form, else ""."""
    only = product.variants[0] if len(product.variants) == 1 else None
    return variant_words(only.colour, only.size) if only else ""
