"""The picture of whatever has no drawing of its own: a parcel."""

from __future__ import annotations

from web.pictures.outline import box, poly
from web.pictures.palette import PAPER
from web.pictures.sketch import FINE, Sketch


def parcel(sketch: Sketch) -> str:
    """A cardboard box closed with tape in the product's colour."""
    front, side, lid = (
        poly((76, 152), (236, 186), (236, 338), (76, 294)),
        poly((236, 186), (326, 148), (326, 288), (236, 338)),
        poly((76, 152), (166, 118), (326, 148), (236, 186)),
    )
    return (
        sketch.ground(206, 330, 150)
        + sketch.form(front, PAPER)
        + sketch.form(side, PAPER)
        + sketch.dim(side, 0.14)
        + sketch.form(lid, PAPER)
        + sketch.gleam(lid, 0.2)
        + sketch.form(poly((142, 166), (172, 172.500), (172, 224), (142, 216)))
        + sketch.form(poly((142, 166), (232, 130), (262, 136), (172, 172.500)))
        + sketch.line("M76 152L236 186L326 148M236 186V338", PAPER.line, FINE, 0.6)
        + sketch.form(box(96, 246, 44, 26, 4), PAPER)
        + sketch.line("M104 256L132 263M104 264L122 268", PAPER.line, FINE)
    )
