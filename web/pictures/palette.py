"""The colours of the pictures: the catalogue's colour words, and tones derived from them in OKLCH.

OKLCH is used because equal steps of its lightness look equal: the shade of a yellow and the shade of a
navy then seem lit by the same lamp, which steps in RGB or HSL do not give.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

COLOURS: dict[str, str] = {
    "black": "#23262b",
    "white": "#f4f2ec",
    "grey": "#8b9199",
    "navy": "#24365e",
    "blue": "#3d6fb6",
    "light blue": "#9cc3e6",
    "green": "#3f7d55",
    "olive": "#6f7443",
    "red": "#b93a3a",
    "burgundy": "#742b3d",
    "pink": "#e3a1b3",
    "orange": "#dd7f3b",
    "yellow": "#e6bf45",
    "beige": "#d8c5a4",
    "brown": "#7a5339",
    "purple": "#6d4f8d",
    "teal": "#2f7f86",
    "silver": "#c3c8cd",
    "gold": "#c9a24b",
}

Oklch = tuple[float, float, float]
"""Lightness 0-1, chroma 0-0.4, hue in radians."""


def to_oklch(hex_colour: str) -> Oklch:
    """The OKLCH coordinates of a colour written #rrggbb."""
    channels = [int(hex_colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return lightness, math.hypot(a, b), math.atan2(b, a)


def to_hex(colour: Oklch) -> str:
    """The nearest #rrggbb; what lies outside sRGB is clipped channel by channel."""
    lightness, chroma, hue = colour
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    encoded = (12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in (max(0.0, x) for x in linear))
    return "#" + "".join(f"{round(255 * min(1.0, c)):02x}" for c in encoded)


@dataclass(frozen=True)
class Tones:
    """One colour under the pictures' one lamp, from lit to unlit; `line` is for seams drawn upon it."""

    highlight: str
    light: str
    base: str
    shade: str
    deep: str
    line: str
    lightness: float


@lru_cache(maxsize=256)
def tones_of(hex_colour: str) -> Tones:
    """The tones of a colour written #rrggbb."""
    lightness, chroma, hue = to_oklch(hex_colour)

    def tone(step: float) -> str:
        # Very light and very dark ends are kept away from pure white and black, where form disappears.
        moved = min(0.985, max(0.13, lightness + step))
        # Highlights wash out and shades keep their colour, as paint and cloth do.
        return to_hex((moved, chroma * (1 - 0.9 * max(step, -step / 2)), hue))

    is_dark = lightness < 0.42
    return Tones(
        highlight=tone(0.17 if is_dark else 0.13),
        light=tone(0.075 if is_dark else 0.055),
        base=hex_colour,
        shade=tone(-0.055 if is_dark else -0.075),
        deep=tone(-0.1 if is_dark else -0.16),
        line=tone(0.17 if is_dark else -0.22),  # a dark seam on a dark cloth would not be seen
        lightness=lightness,
    )


WOOD = tones_of("#c69c6d")
DARK_WOOD = tones_of("#8a5f3c")
STEEL = tones_of("#b4bcc4")
BRASS = tones_of("#c9a24b")
RUBBER = tones_of("#33373d")
CREAM = tones_of("#f3ecdf")
LEATHER = tones_of("#a8713f")
LEAF = tones_of("#5b8a5c")
FLAME = tones_of("#f0a33c")
GLASS = tones_of("#cfe3e8")
PAPER = tones_of("#d9b88a")

_ACCENTS = ("#f3ecdf", "#33373d", "#b98252", "#24365e", "#c4673f", "#d9ae4a", "#7f9a7a", "#d79aa8", "#5f9aa0")


def accents_for(hex_colour: str) -> list[Tones]:
    """Second colours that stand out from the given one; never empty."""
    lightness, chroma, hue = to_oklch(hex_colour)

    def distance(other: str) -> float:
        l2, c2, h2 = to_oklch(other)
        return math.hypot(
            lightness - l2,
            chroma * math.cos(hue) - c2 * math.cos(h2),
            chroma * math.sin(hue) - c2 * math.sin(h2),
        )

    step = -0.2 if lightness > 0.5 else 0.24
    own = to_hex((lightness + step, chroma * 0.9, hue))
    return [tones_of(own)] + [tones_of(c) for c in _ACCENTS if distance(c) > 0.24]


@dataclass(frozen=True)
class Backdrop:
    """The background: `glow` where the lamp falls, `wall` at the edges, `shadow` on the ground."""

    glow: str
    wall: str
    shadow: str


@lru_cache(maxsize=64)
def backdrop_for(hex_colour: str) -> Backdrop:
    """A soft tint of the product's own hue behind dark products, of its complement behind light ones."""
    lightness, chroma, hue = to_oklch(hex_colour)
    if lightness > 0.8 and chroma < 0.02:
        # Whites lie on slate blue, which does not make them look dirty.
        wall, tint, hue = lightness - (0.19 if lightness > 0.9 else 0.125), 0.045, 4.1
    elif lightness > 0.73:
        wall, tint, hue = 0.9, 0.028, hue + math.pi
    else:
        wall, tint = 0.905, min(0.024, chroma * 0.4)
    return Backdrop(
        glow=to_hex((wall + 0.045, tint * 0.75, hue)),
        wall=to_hex((wall, tint, hue)),
        shadow=to_hex((wall - 0.35, tint, hue)),
    )
