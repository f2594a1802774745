"""Printed patterns (stripes, dots...) and the textures of materials, as SVG pattern elements."""

from __future__ import annotations

from collections.abc import Callable

from web.pictures.palette import Tones

PRINTS = ("plain", "stripe", "dots", "check", "two-tone", "band", "speckle", "zigzag", "leaves")
"""What a printed surface may carry; every name but "plain" is a key of the prints below."""


def _tile(identifier: str, width: float, height: float, content: str, turned: int = 0) -> str:
    rotation = f' patternTransform="rotate({turned})"' if turned else ""
    return (
        f'<pattern id="{identifier}" width="{width}" height="{height}" '
        f'patternUnits="userSpaceOnUse"{rotation}>'
        f"{content}</pattern>"
    )


def _stroke(data: str, colour: str, width: float, opacity: float = 1) -> str:
    faint = f' opacity="{opacity}"' if opacity < 1 else ""
    return f'<path d="{data}" fill="none" stroke="{colour}" stroke-width="{width}"{faint}/>'


def print_tile(name: str, identifier: str, ink: str) -> str:
    """The pattern element of a print, or "" for "plain"."""
    dot = '<circle cx="{}" cy="{}" r="{}" fill="' + ink + '"/>'
    tiles: dict[str, Callable[[], str]] = {
        "plain": lambda: "",
        "stripe": lambda: _tile(identifier, 26, 26, f'<rect y="8" width="26" height="9" fill="{ink}"/>'),
        "dots": lambda: _tile(identifier, 32, 32, dot.format(8, 8, 4.5) + dot.format(24, 24, 4.5)),
        "check": lambda: _tile(
            identifier, 40, 40, _stroke("M20 0V40", ink, 14, 0.4) + _stroke("M0 20H40", ink, 14, 0.4)
        ),
        "two-tone": lambda: _tile(identifier, 400, 400, f'<rect y="225" width="400" height="175" fill="{ink}"/>'),
        "band": lambda: _tile(identifier, 400, 400, _stroke("M0 192H400", ink, 26) + _stroke("M0 218H400", ink, 6)),
        "speckle": lambda: _tile(
            identifier,
            46,
            46,
            dot.format(6, 9, 2.5)
            + dot.format(27, 4, 2)
            + dot.format(38, 26, 3)
            + dot.format(17, 31, 2)
            + dot.format(30, 41, 2.5),
        ),
        "zigzag": lambda: _tile(identifier, 30, 34, _stroke("M-8 10L7 24L22 10L37 24", ink, 5)),
        "leaves": lambda: _tile(
            identifier,
            44,
            44,
            (
                '<path d="M6 22C8 8 20 6 24 4C24 16 18 22 6 22ZM40 40C30 40 26 34 26 26'
                f'C36 28 40 32 40 40Z" fill="{ink}"/>'
            ),
            turned=12,
        ),
    }
    return tiles[name]()


_KNIT = frozenset({"wool", "merino wool", "fleece"})
_METAL = frozenset({"stainless steel", "aluminium", "silver", "gold-plated"})
_STITCHED = frozenset({"leather", "suede"})
_GRAINED = frozenset({"wood", "bamboo"})
MATERIALS = (
    _KNIT
    | _METAL
    | _STITCHED
    | _GRAINED
    | {
        "cotton",
        "organic cotton",
        "linen",
        "recycled polyester",
        "polyester",
        "nylon",
        "down",
        "silk",
        "viscose",
        "denim",
        "cast iron",
        "ceramic",
        "glass",
        "rubber",
        "cork",
        "plastic",
        "paper",
    }
)


def is_stitched(material: str) -> bool:
    """Whether seams in this material show their thread."""
    return material in _STITCHED or material == "denim"


def material_tile(material: str, identifier: str, tones: Tones) -> str:
    """The pattern element that suggests a material, or "" where a plain surface already does."""
    dark, pale = tones.line if tones.lightness < 0.42 else tones.deep, tones.highlight
    tile = ""
    if material in _KNIT:
        tile = _tile(identifier, 10, 8, _stroke("M0 1L5 6L10 1", dark, 1.6, 0.4))
    elif material in _METAL:
        gleam = f'<path d="M96 0H134L104 400H66ZM150 0H158L128 400H120Z" fill="{pale}" opacity=".5"/>'
        tile = _tile(identifier, 220, 400, gleam)
    elif material in _GRAINED:
        grain = "M0 5C30 1 60 9 90 5M0 14C25 18 65 10 90 14M0 23C40 19 55 27 90 23"
        tile = _tile(identifier, 90, 28, _stroke(grain, dark, 1.6, 0.45))
    elif material == "denim":
        tile = _tile(identifier, 7, 7, _stroke("M0 7L7 0", pale, 1.1, 0.45))
    elif material == "linen":
        tile = _tile(identifier, 9, 9, _stroke("M0 2H9M4 0V9", dark, 0.9, 0.35))
    elif material == "cork":
        flecks = f'<path d="M4 5H8V7H4ZM16 12H19V15H16ZM10 20H15V22H10Z" fill="{dark}" opacity=".6"/>'
        tile = _tile(identifier, 24, 26, flecks)
    elif material == "cast iron":
        tile = _tile(identifier, 8, 8, f'<circle cx="3" cy="3" r="1" fill="{pale}" opacity=".35"/>')
    return tile
