"""The words the demo shop is made of, read from the CSV files in data/demo."""
from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from shop.demo.wording import Sentence, sentence
from shop.settings import ROOT

FOLDER = ROOT / "data" / "demo"


@dataclass(frozen=True, eq=False)
class Feature:
    """What sets one of two near twins apart. ``title`` holds ``{kind}``; ``name`` is "" for the plain one.

    ``sets``: attribute -> value; a name that ends in + or - changes the attribute by the value instead.
    """

    name: str
    title: str
    sets: dict[str, str]
    price_percent: int


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of product ("running shoe").

    ``styles``: styles of brands that make it first, empty for all; ``made``: what of it the material is ("of" for
    all of it, "frame", "" where nobody asks); ``attributes``: name -> what its values may be.
    """

    name: str
    category: str
    sizes: str
    materials: list[str]
    palette: str
    price_min_cents: int
    price_max_cents: int
    season: str
    styles: list[str]
    made: str
    goes_with: list[str]
    attributes: dict[str, str] = field(default_factory=dict)
    features: list[Feature] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Brand:
    """``level``: budget, mid, premium or luxury; ``style``: what it is liked for; ``lines``: names of its lines."""

    name: str
    categories: list[str]
    level: str
    style: str
    lines: list[str]


@dataclass(frozen=True, eq=False)
class Material:
    """``said``: how it is called in a sentence; ``colours``: those it comes in, empty for all; ``care``: of clothes."""

    name: str
    said: str
    code: str
    price_percent: int
    colours: list[str]
    care: str


@dataclass(frozen=True, eq=False)
class Palette:
    """The colours a kind of product comes in, and how many of them one product has."""

    colours: list[str]
    fewest: int
    most: int


@dataclass(frozen=True)
class Category:
    """``synonyms``: other words that shoppers use for it."""

    slug: str
    name: str
    synonyms: list[str]


@dataclass(frozen=True)
class Vocabulary:
    """Everything, each part by name in the order of its file. ``sizes``: scheme -> (sizes, per cent a step)."""

    categories: dict[str, Category]
    kinds: dict[str, Kind]
    brands: dict[str, Brand]
    colours: dict[str, str]
    colour_codes: dict[str, str]
    palettes: dict[str, Palette]
    sizes: dict[str, tuple[list[str], int]]
    materials: dict[str, Material]


@lru_cache(maxsize=4)
def read_vocabulary(folder: Path = FOLDER) -> Vocabulary:
    """All words of ``folder``; raises FileNotFoundError or KeyError naming what is missing."""
    colours = read_rows(folder / "colours.csv")
    return Vocabulary(
        categories={
            row["slug"]: Category(row["slug"], row["name"], words(row["synonyms"]))
            for row in read_rows(folder / "categories.csv")
        },
        kinds=_kinds(folder),
        brands={
            row["brand"]: Brand(
                row["brand"], words(row["categories"]), row["level"], row["style"], words(row["lines"])
            )
            for row in read_rows(folder / "brands.csv")
        },
        colours={row["colour"]: row["hex"] for row in colours},
        colour_codes={row["colour"]: row["code"] for row in colours},
        palettes={
            row["palette"]: Palette(words(row["colours"]), int(row["fewest"]), int(row["most"]))
            for row in read_rows(folder / "palettes.csv")
        },
        sizes={
            row["scheme"]: (words(row["sizes"]), int(row["step_percent"]))
            for row in read_rows(folder / "sizes.csv")
        },
        materials={
            row["material"]: Material(
                row["material"], row["said"], row["code"], int(row["price_percent"]), words(row["colours"]), row["care"]
            )
            for row in read_rows(folder / "materials.csv")
        },
    )


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file with a head line."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def words(cell: str) -> list[str]:
    """A cell's parts, which semicolons separate."""
    return [part.strip() for part in cell.split(";") if part.strip()]


def _kinds(folder: Path) -> dict[str, Kind]:
    attributes: dict[str, dict[str, str]] = defaultdict(dict)
    for row in read_rows(folder / "attributes.csv"):
        attributes[row["kind"]][row["attribute"]] = row["values"]
    features = defaultdict(list)
    for row in read_rows(folder / "features.csv"):
        sets = dict(part.split("=", 1) for part in words(row["sets"]))
        features[row["kind"]].append(Feature(row["feature"], row["title"], sets, int(row["price_percent"])))
    sentences = defaultdict(list)
    for path in sorted((folder / "descriptions").glob("*.csv")):
        for row in read_rows(path):
            sentences[row["kind"]].append(sentence(row["role"], row["when"], row["sentence"]))
    return {
        row["kind"]: Kind(
            row["kind"], row["category"], row["sizes"], words(row["materials"]), row["palette"],
            int(row["price_min_cents"]), int(row["price_max_cents"]), row["season"], words(row["styles"]),
            row["made"], words(row["goes_with"]), attributes[row["kind"]], features[row["kind"]],
            sentences[row["kind"]] + sentences[""],
        )
        for row in read_rows(folder / "kinds.csv")
    }  # fmt: skip
