"""The drawing board: turns outlines into lit shapes, and makes a product's seeded choices."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

from web.pictures.outline import disc, number
from web.pictures.palette import COLOURS, Tones, accents_for, backdrop_for, tones_of
from web.pictures.texture import PRINTS, is_stitched, material_tile, print_tile

FINE, SEAM = 2.5, 4.0
"""The two stroke widths of all details, in picture units (the picture is 400 wide)."""

Choice = TypeVar("Choice")


def group(*parts: str, transform: str = "") -> str:
    """Several drawn parts as one, moved by an SVG transform."""
    return f'<g transform="{transform}">{"".join(parts)}</g>'


class Sketch:
    """One picture in the making. The drawing methods return SVG text; definitions are kept for `document`.

    kind, colour and material must already be words of the catalogue: they choose, and are never written out.
    """

    def __init__(self, kind: str, colour: str, material: str, seed: int) -> None:
        self._key = f"{kind}|{seed}"
        self.colour = colour
        self.material = material
        hex_colour = COLOURS[colour]
        self.main: Tones = tones_of(hex_colour)
        self.backdrop = backdrop_for(hex_colour)
        self.accent: Tones = self.pick("accent", accents_for(hex_colour))
        self.print = "plain"
        # Names differ between pictures so that two of them put into one page do not share definitions.
        self._prefix = "f" + hashlib.blake2b(f"{self._key}|{colour}|{material}".encode(), digest_size=4).hexdigest()
        self._names: dict[object, str] = {}
        self._definitions: dict[str, str] = {}

    # -- choices ------------------------------------------------------------------------------------

    def _draw_of(self, what: str) -> int:
        return int.from_bytes(hashlib.blake2b(f"{self._key}|{what}".encode(), digest_size=4).digest(), "big")

    def pick(self, what: str, options: Sequence[Choice]) -> Choice:
        """One of the options, always the same for the same product and the same `what`."""
        return options[self._draw_of(what) % len(options)]

    def printed(self, *options: str) -> None:
        """Chooses the print that `form(printed=True)` carries, among the given prints or all."""
        self.print = self.pick("print", options or PRINTS)

    # -- definitions --------------------------------------------------------------------------------

    def _define(self, key: object, template: str) -> str:
        """Keeps a definition, whose text has {id} for its name; returns the paint that refers to it."""
        if key not in self._names:
            self._names[key] = f"{self._prefix}{len(self._names)}"
            paint = f"url(#{self._names[key]})"
            self._definitions[paint] = template.replace("{id}", self._names[key])
        return f"url(#{self._names[key]})"

    def _lit(self, tones: Tones) -> str:
        return self._define(
            tones,
            (
                '<linearGradient id="{id}" x2=".8" y2="1">'
                f'<stop stop-color="{tones.light}"/><stop offset=".5" stop-color="{tones.base}"/>'
                f'<stop offset="1" stop-color="{tones.shade}"/></linearGradient>'
            ),
        )

    def clip(self, outline: str, *inside: str) -> str:
        """Parts of which only what lies within the outline is seen."""
        paint = self._define(("clip", outline), f'<clipPath id="{{id}}"><path d="{outline}"/></clipPath>')
        return f'<g clip-path="{paint}">{"".join(inside)}</g>'

    # -- drawing ------------------------------------------------------------------------------------

    def form(self, outline: str, tones: Tones | None = None, *inside: str, printed: bool = False) -> str:
        """A solid lit from the upper left, in the product's colour and material unless `tones` says else.

        `inside` are parts that must not stick out of it; `printed` lays the picture's print over it.
        """
        own = tones is None or tones is self.main
        tones = tones or self.main
        layers = [self._lit(tones)]
        if printed and self.print != "plain":
            layers.append(self._define("print", print_tile(self.print, "{id}", self.accent.base)))
        if own and (tile := material_tile(self.material, "{id}", tones)):
            layers.append(self._define("material", tile))
        body = "".join(f'<path d="{outline}" fill="{paint}"/>' for paint in layers)
        return body + (self.clip(outline, *inside) if inside else "")

    def flat(self, outline: str, colour: str, opacity: float = 1) -> str:
        """An outline filled with one colour."""
        faint = f' opacity="{_short(opacity)}"' if opacity < 1 else ""
        return f'<path d="{outline}" fill="{colour}"{faint}/>'

    def ball(self, cx: float, cy: float, radius: float, tones: Tones | None = None, glint: float = 0.5) -> str:
        """A small round thing, such as a bead, with a point of light of opacity `glint` (0 for dull things)."""
        x, y, r = number(cx - radius * 0.3), number(cy - radius * 0.35), number(radius * 0.24)
        return (
            f'<circle cx="{number(cx)}" cy="{number(cy)}" r="{number(radius)}" fill="{self._lit(tones or self.main)}"/>'
        ) + (f'<circle cx="{x}" cy="{y}" r="{r}" fill="#fff" opacity="{_short(glint)}"/>' if glint else "")

    def gleam(self, outline: str, opacity: float = 0.35) -> str:
        """Light reflected by a glossy surface."""
        return self.flat(outline, "#fff", opacity)

    def dim(self, outline: str, opacity: float = 0.16) -> str:
        """A shadow that one part throws on another."""
        return self.flat(outline, "#141a2b", opacity)

    def line(self, data: str, colour: str | None = None, width: float = SEAM, opacity: float = 1) -> str:
        """A line with round ends, in the seam colour of the product unless given."""
        faint = f' opacity="{_short(opacity)}"' if opacity < 1 else ""
        ink = colour or self.main.line
        return f'<path d="{data}" fill="none" stroke="{ink}" stroke-width="{number(width)}"{faint}/>'

    def stitch(self, data: str, colour: str | None = None) -> str:
        """A row of stitches."""
        thread = colour or (self.main.highlight if is_stitched(self.material) else self.main.line)
        return self.dashes(data, thread, FINE, "6 6")

    def dashes(self, data: str, colour: str, width: float, pattern: str) -> str:
        """A broken line; `pattern` is an SVG dash array, whose dashes have round ends ("0 12" makes dots)."""
        return (
            f'<path d="{data}" fill="none" stroke="{colour}" stroke-width="{number(width)}" '
            f'stroke-dasharray="{pattern}"/>'
        )

    def tube(self, data: str, width: float, tones: Tones | None = None) -> str:
        """Something round and long: a strap, a handle, a cable."""
        tones = tones or self.main
        near, far = number(-width * 0.08), number(-width * 0.2)
        return (
            self.line(data, tones.shade, width)
            + group(self.line(data, tones.base, width * 0.72), transform=f"translate({near} {near})")
            + group(self.line(data, tones.highlight, width * 0.16, 0.7), transform=f"translate({far} {far})")
        )

    def rod(self, data: str, width: float, tones: Tones) -> str:
        """A thin bar or leg in two tones; cheaper than a tube."""
        shift = f"translate({number(-width * 0.14)} {number(-width * 0.14)})"
        return self.line(data, tones.deep, width) + group(self.line(data, tones.base, width * 0.6), transform=shift)

    def ground(self, cx: float = 200, y: float = 335, reach: float = 130) -> str:
        """The soft shadow under something that stands; `reach` is half its width."""
        paint = self._define(
            "ground",
            (
                f'<radialGradient id="{{id}}"><stop stop-color="{self.backdrop.shadow}" stop-opacity=".6"/>'
                f'<stop offset=".6" stop-color="{self.backdrop.shadow}" stop-opacity=".25"/>'
                f'<stop offset="1" stop-color="{self.backdrop.shadow}" stop-opacity="0"/></radialGradient>'
            ),
        )
        return self.flat(disc(cx, y, reach, max(9, reach * 0.12)), paint)

    # -- the finished picture -----------------------------------------------------------------------

    def document(self, drawn: str) -> str:
        """The whole SVG around a drawn product."""
        wall = self._define(
            "wall",
            (
                f'<radialGradient id="{{id}}" cx=".42" cy=".36" r=".75">'
                f'<stop stop-color="{self.backdrop.glow}"/>'
                f'<stop offset="1" stop-color="{self.backdrop.wall}"/></radialGradient>'
            ),
        )
        soft = self._define(
            "soft",
            (
                '<filter id="{id}" x="-20%" y="-20%" width="140%" height="140%"><feDropShadow dx="3" dy="7" '
                f'stdDeviation="6" flood-color="{self.backdrop.shadow}" flood-opacity=".45"/></filter>'
            ),
        )
        body = (
            f'<rect width="400" height="400" fill="{wall}"/>'
            f'<g filter="{soft}" stroke-linecap="round" stroke-linejoin="round">{drawn}</g>'
        )
        # A drawing may prepare variants that its seed does not choose; their definitions are left out.
        used = [text for paint, text in self._definitions.items() if paint in body]
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" role="img">'
            f"<defs>{''.join(used)}</defs>{body}</svg>"
        )


def _short(opacity: float) -> str:
    """An opacity as short as it goes."""
    return f"{opacity:.2g}"
