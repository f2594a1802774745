"""Parts that clothes share: torsos, sleeves, collars, zips. All lie on the vertical middle of the picture."""

from __future__ import annotations

from dataclasses import dataclass

from web.pictures.outline import mirror, number, symmetric
from web.pictures.palette import STEEL, Tones
from web.pictures.sketch import FINE, Sketch


@dataclass(frozen=True)
class Cut:
    """The measures of a top, in picture units from the vertical middle (x) or the top (y)."""

    neck: float = 36
    neck_y: float = 84
    neckline_y: float = 106
    shoulder: float = 92
    shoulder_y: float = 106
    chest: float = 82
    waist: float = 78
    hem: float = 84
    hem_y: float = 330

    @property
    def armpit_y(self) -> float:
        return self.shoulder_y + 76

    @property
    def torso(self) -> str:
        """The closed outline of the body."""
        middle = (self.armpit_y + self.hem_y) / 2
        points = [
            f"M200 {self.neckline_y}",
            f"C{200 + self.neck * 0.6} {self.neckline_y} {200 + self.neck * 0.9} {self.neck_y + 8}",
            f"{200 + self.neck} {self.neck_y}",
            f"L{200 + self.shoulder} {self.shoulder_y}",
            (
                f"C{200 + self.shoulder - 8} {self.shoulder_y + 30} {200 + self.chest} "
                f"{self.armpit_y - 24} {200 + self.chest} {self.armpit_y}"
            ),
            f"C{200 + self.waist} {middle} {200 + self.waist} {middle} {200 + self.hem} {self.hem_y}",
            (f"C{200 + self.hem * 0.5} {self.hem_y + 7} {200 + self.hem * 0.3} {self.hem_y + 7} 200 {self.hem_y + 7}"),
        ]
        return symmetric(" ".join(points))

    @property
    def long_sleeve(self) -> str:
        """The right sleeve, hanging down."""
        s, y = 200 + self.shoulder, self.shoulder_y
        return (
            f"M{s - 16} {y - 4}C{s + 12} {y + 2} {s + 24} {y + 20} {s + 30} {y + 46}L{s + 56} {y + 196}"
            f"L{s + 16} {y + 204}L{200 + self.chest - 4} {self.armpit_y}Z"
        )

    @property
    def cuff(self) -> str:
        """The right cuff, over the end of the long sleeve."""
        s, y = 200 + self.shoulder, self.shoulder_y
        return f"M{s + 53} {y + 182}L{s + 57} {y + 206}L{s + 17} {y + 214}L{s + 11} {y + 190}Z"

    @property
    def short_sleeve(self) -> str:
        s, y = 200 + self.shoulder, self.shoulder_y
        return (
            f"M{s - 18} {y - 5}C{s + 8} {y} {s + 20} {y + 12} {s + 30} {y + 34}L{s + 52} {y + 84}"
            f"L{s + 4} {y + 104}L{200 + self.chest - 4} {self.armpit_y}Z"
        )

    @property
    def hem_band(self) -> str:
        """The ribbed band along the hem."""
        h, y = self.hem, self.hem_y
        return symmetric(
            f"M200 {y - 15}C{200 + h * 0.5} {y - 15} {200 + h * 0.7} {y - 18} {200 + h} {y - 20}"
            f"L{199 + h} {y + 3}C{200 + h * 0.5} {y + 9} {200 + h * 0.3} {y + 9} 200 {y + 9}"
        )


def pair(sketch: Sketch, outline: str, tones: Tones | None = None, *, printed: bool = False) -> str:
    """A part and its mirror image."""
    return sketch.form(outline, tones, printed=printed) + sketch.form(mirror(outline), tones, printed=printed)


def lines(sketch: Sketch, data: str, colour: str | None = None, width: float = FINE) -> str:
    """A seam and its mirror image."""
    return sketch.line(data + mirror(data), colour, width)


def sleeve_shadow(sketch: Sketch, cut: Cut) -> str:
    """The fold where a sleeve meets the body, on both sides."""
    s, y = 200 + cut.shoulder, cut.shoulder_y
    return lines(
        sketch,
        f"M{s} {y}C{s - 8} {y + 30} {200 + cut.chest} {cut.armpit_y - 24} {200 + cut.chest} {cut.armpit_y}",
    )


def neck_inside(sketch: Sketch, cut: Cut) -> str:
    """The inner back of an open neck."""
    n, y = cut.neck, cut.neck_y
    return sketch.flat(
        symmetric(
            f"M200 {y - 4}C{200 + n * 0.6} {y - 4} {200 + n * 0.8} {y - 2} {200 + n} {y}"
            f"C{200 + n * 0.9} {y + 20} {200 + n * 0.6} {cut.neckline_y} 200 {cut.neckline_y}"
        ),
        sketch.main.deep,
    )


def rib(sketch: Sketch, left: float, right: float, top: float, bottom: float, step: float = 9) -> str:
    """Fine upright lines, as in ribbed cuffs."""
    count = int((right - left) / step)
    data = "".join(f"M{number(left + step * (i + 0.5))} {number(top)}V{number(bottom)}" for i in range(count))
    return sketch.line(data, width=1.8, opacity=0.5)


def zip_line(sketch: Sketch, top: float, bottom: float, tones: Tones = STEEL) -> str:
    """A zip on the middle with its puller."""
    down = f"M200 {number(top)}V{number(bottom)}"
    return (
        sketch.line(down, sketch.main.deep, 8)
        + sketch.line(down, tones.base, 3)
        + sketch.line(f"M200 {number(top + 4)}V{number(top + 22)}", tones.light, 6)
    )


def buttons(sketch: Sketch, x: float, ys: tuple[float, ...], tones: Tones, radius: float = 5.5) -> str:
    return "".join(
        (
            f'<circle cx="{number(x)}" cy="{number(y)}" r="{radius}" fill="{tones.base}" '
            f'stroke="{tones.line}" stroke-width="1.5"/>'
        )
        for y in ys
    )
