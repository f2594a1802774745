"""The demo shop's product pictures: what a shopper sees, and what a stranger cannot make them do."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from web.pictures import KINDS, draw
from web.pictures.palette import COLOURS, backdrop_for, tones_of
from web.pictures.texture import MATERIALS

KINDS_CSV = Path(__file__).parents[2] / "data" / "demo" / "kinds.csv"
LIMIT_BYTES = 6000
ELEMENTS = {
    "svg", "defs", "g", "path", "circle", "rect", "pattern", "clipPath", "filter", "feDropShadow",
    "linearGradient", "radialGradient", "stop",
}  # fmt: skip
SEEDS = range(12)


def kinds_on_sale() -> list[str]:
    """The kinds that the demo shop's vocabulary names."""
    with KINDS_CSV.open(newline="", encoding="utf-8") as file:
        return sorted({row["kind"] for row in csv.DictReader(file)})


def without_names(svg: str) -> str:
    """The picture with its definitions' generated names removed, so that only the drawing is compared."""
    return re.sub(r"f[0-9a-f]{6,}", "", svg)


@pytest.mark.parametrize("kind", kinds_on_sale())
def test_a_shopper_sees_a_drawing_of_the_thing_and_not_a_parcel(kind: str) -> None:
    assert kind in KINDS
    assert without_names(draw(kind, "navy")) != without_names(draw("no such thing", "navy"))


def test_no_two_kinds_look_the_same() -> None:
    pictures = {without_names(draw(kind, "teal", "cotton", 5)) for kind in KINDS}
    assert len(pictures) == len(KINDS)


@pytest.mark.parametrize("kind", [*kinds_on_sale(), "unknown"])
def test_every_picture_is_small_well_formed_and_made_of_harmless_elements_only(kind: str) -> None:
    colours, materials = sorted(COLOURS), ["", *sorted(MATERIALS)]
    for seed in range(60):
        svg = draw(kind, colours[seed % len(colours)], materials[seed % len(materials)], seed)
        assert len(svg.encode()) < LIMIT_BYTES
        root = ElementTree.fromstring(svg)  # noqa: S314 - our own text
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert root.get("viewBox") == "0 0 400 400"
        assert {element.tag.rpartition("}")[2] for element in root.iter()} <= ELEMENTS
        for element in root.iter():
            assert not (element.text or "").strip()
            for name, value in element.attrib.items():
                assert not name.startswith("on") and "href" not in name and name != "style"
                assert "url(" not in value or re.fullmatch(r"url\(#f[0-9a-f]+\)", value)


@pytest.mark.parametrize("kind", kinds_on_sale())
def test_everything_a_picture_refers_to_is_defined_in_it(kind: str) -> None:
    for seed in SEEDS:
        svg = draw(kind, "olive", "denim", seed)
        defined = re.findall(r'id="(\w+)"', svg)
        assert len(defined) == len(set(defined))
        assert set(re.findall(r"url\(#(\w+)\)", svg)) == set(defined)


@pytest.mark.parametrize("kind", kinds_on_sale())
def test_drawings_contain_only_numbers_a_browser_can_read(kind: str) -> None:
    for seed in SEEDS:
        for path in re.findall(r' d="([^"]*)"', draw(kind, "red", "leather", seed)):
            assert re.fullmatch(r"M[MLHVQCZ0-9 .\-]+", path), path
            counts = {"M": 2, "L": 2, "H": 1, "V": 1, "Q": 4, "C": 6, "Z": 0}
            for command, numbers in re.findall(r"([MLHVQCZ])([^MLHVQCZ]*)", path):
                given = len(re.findall(r"-?\d+(?:\.\d+)?", numbers))
                # Several points after one letter repeat the command; none at all, or half of one, is a slip.
                assert given == 0 if command == "Z" else given and given % counts[command] == 0, path


def test_the_same_product_always_looks_the_same() -> None:
    before = draw("mug", "navy", "ceramic", 7)
    draw("mug", "red", "glass", 8)
    assert draw("mug", "navy", "ceramic", 7) == before


@pytest.mark.parametrize("kind", kinds_on_sale())
def test_twenty_products_of_a_kind_do_not_all_look_alike(kind: str) -> None:
    assert len({without_names(draw(kind, "blue", "", seed)) for seed in range(20)}) >= 4


def test_a_product_keeps_its_shape_when_a_shopper_picks_another_colour() -> None:
    def shapes(colour: str) -> list[str]:
        return re.findall(r' d="([^"]*)"', draw("backpack", colour, "nylon", 3))

    assert shapes("navy") == shapes("red")
    assert draw("backpack", "navy") != draw("backpack", "red")


def test_every_colour_of_the_catalogue_stands_out_from_its_background() -> None:
    def luminance(hex_colour: str) -> float:
        channels = [int(hex_colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for colour, hex_colour in COLOURS.items():
        product, wall = luminance(hex_colour), luminance(backdrop_for(hex_colour).glow)
        contrast = (max(product, wall) + 0.05) / (min(product, wall) + 0.05)
        assert contrast > 1.25, colour


def test_tones_run_from_light_to_dark() -> None:
    for hex_colour in COLOURS.values():
        tones = tones_of(hex_colour)
        steps = [tones.highlight, tones.light, tones.base, tones.shade, tones.deep]
        sums = [sum(int(step[i : i + 2], 16) for i in (1, 3, 5)) for step in steps]
        assert sums == sorted(sums, reverse=True)


@pytest.mark.parametrize(
    "hostile",
    ['"><script>alert(1)</script>', "url(https://example.org/x)", "{id}", "../../etc/passwd", "\x00", ""],
)
def test_words_from_outside_are_never_written_into_a_picture(hostile: str) -> None:
    assert draw(hostile, hostile, hostile, 1) == draw("unknown", "grey", "", 1)
    assert draw("mug", hostile, hostile, 1) == draw("mug", "grey", "", 1)


@pytest.mark.parametrize("seed", [-1, -(10**40), 2**63, pytest.param(10**5000, id="5000 digits")])
def test_any_whole_number_is_a_seed(seed: int) -> None:
    ElementTree.fromstring(draw("kite", "red", "nylon", seed))  # noqa: S314 - our own text


def test_a_very_long_kind_is_a_parcel() -> None:
    assert draw("x" * 1_000_000) == draw("unknown")


def test_a_kind_is_recognised_however_it_is_capitalised() -> None:
    assert draw(" Running Shoe ", "Navy") == draw("running shoe", "navy")
