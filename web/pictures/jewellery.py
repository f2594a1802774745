"""Watches and jewellery."""

from __future__ import annotations

import math

from web.pictures.outline import around, box, disc, number, poly, symmetric
from web.pictures.palette import BRASS, CREAM, RUBBER, STEEL, Tones, tones_of
from web.pictures.sketch import FINE, Sketch

_GEMS = tuple(tones_of(c) for c in ("#5fa8c9", "#b8486a", "#58a07a", "#8a6bb8", "#e6eef2", "#e0b04a"))


def _ring_line(sketch: Sketch, data: str, width: float) -> str:
    """A metal wire in three tones."""
    tones = sketch.main
    return (
        sketch.line(data, tones.deep, width)
        + sketch.line(data, tones.base, width * 0.66)
        + sketch.line(data, tones.highlight, width * 0.22)
    )


def _gem(sketch: Sketch, cx: float, cy: float, size: float, gem: Tones) -> str:
    """A cut stone seen from the side, its point down."""
    s = size
    whole = poly(
        (cx - s, cy - s * 0.3),
        (cx - s * 0.55, cy - s * 0.8),
        (cx + s * 0.55, cy - s * 0.8),
        (cx + s, cy - s * 0.3),
        (cx, cy + s),
    )
    table = poly((cx - s * 0.4, cy - s * 0.3), (cx + s * 0.4, cy - s * 0.3), (cx, cy + s))
    return (
        sketch.form(whole, gem)
        + sketch.flat(table, gem.highlight, 0.75)
        + sketch.flat(poly((cx + s * 0.4, cy - s * 0.3), (cx + s, cy - s * 0.3), (cx, cy + s)), gem.shade)
        + sketch.line(f"M{number(cx - s)} {number(cy - s * 0.3)}H{number(cx + s)}", gem.deep, 2)
    )


def wristwatch(sketch: Sketch) -> str:
    metal = sketch.pick("case", (STEEL, BRASS, STEEL))
    face = sketch.pick("face", (CREAM, RUBBER, sketch.main, tones_of("#e9edf0")))
    upper = "M168 130L172 44C172 32 180 28 188 28H212C220 28 228 32 228 44L232 130Z"
    lower = "M168 270L174 352C176 368 188 374 200 374C212 374 224 368 226 352L232 270Z"
    ticks = "".join(
        f"M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}"
        for (x1, y1), (x2, y2) in zip(around(200, 200, 62, 12), around(200, 200, 54, 12), strict=True)
    )
    holes = "".join(disc(200, y, 3.5) for y in (316, 332, 348))
    small = sketch.pick("small", (True, False))
    case = (
        disc(200, 200, 82)
        if sketch.pick("shape", ("round", "round", "cushion")) == "round"
        else box(122, 122, 156, 156, 44)
    )
    return (
        sketch.form(upper)
        + sketch.stitch("M177 48L174 118M223 48L226 118")
        + sketch.form(lower)
        + sketch.stitch("M174 282L179 350M226 282L221 350")
        + sketch.flat(holes, sketch.main.line)
        + sketch.line("M172 58H228", metal.deep, 5)
        + sketch.form(box(278, 190, 16, 20, 4), metal)
        + sketch.form(case, metal)
        + sketch.line(case, metal.line, 2, 0.6)
        + sketch.form(disc(200, 200, 69), face)
        + sketch.line(ticks, face.line, FINE)
        + (
            sketch.line(disc(200, 230, 15), face.line, 2) + sketch.line("M200 230L206 222", face.line, 2)
            if small
            else sketch.form(box(238, 192, 20, 16, 2), CREAM)
        )
        + sketch.line("M200 200L172 172M200 200L232 166", face.line, 6)
        + sketch.line("M200 214L200 148", sketch.accent.base, FINE)
        + sketch.flat(disc(200, 200, 6), face.line)
        + sketch.gleam("M142 178C152 148 178 136 206 136L168 246C146 230 138 204 142 178Z", 0.14)
    )


def bracelet(sketch: Sketch) -> str:
    style = sketch.pick("style", ("beads", "chain", "bangle"))
    gem = sketch.pick("gem", _GEMS)
    points = [(200 + 128 * math.cos(math.radians(a)), 206 + 92 * math.sin(math.radians(a))) for a in range(0, 360, 18)]
    if style == "beads":
        beads = [sketch.ball(x, y, 18, gem if i % 5 == 0 else None) for i, (x, y) in enumerate(points)]
        return sketch.line(disc(200, 206, 128, 92), sketch.main.deep, 5) + "".join(beads)
    if style == "chain":
        loop = disc(200, 206, 128, 92)
        links = sketch.line(loop, sketch.main.deep, 7) + "".join(
            sketch.dashes(loop, colour, width, "12 24")
            for colour, width in (
                (sketch.main.deep, 26),
                (sketch.main.base, 20),
                (sketch.main.highlight, 9),
                (sketch.main.deep, 5),
            )
        )
        charm = _ring_line(sketch, "M200 300V318", 6) + sketch.form(
            symmetric("M200 330C212 312 236 318 230 338C226 350 210 358 200 368"), gem
        )
        return links + charm
    return (
        _ring_line(sketch, disc(200, 206, 130, 96), 30)
        + "".join(sketch.ball(x, y, 9, gem) for x, y in points[3:8])
        + sketch.line("M104 268C84 250 74 220 80 190", "#fff", 5, 0.6)
    )


def necklace(sketch: Sketch) -> str:
    gem = sketch.pick("gem", _GEMS)
    chain = "M92 54C84 150 138 240 200 262C262 240 316 150 308 54"
    style = sketch.pick("pendant", ("drop", "disc", "bar", "gem", "beads"))
    links = sketch.line(chain, sketch.main.deep, 9) + sketch.dashes(chain, sketch.main.light, 6, "4 11")
    loop = _ring_line(sketch, disc(200, 268, 9), 5)
    drop = symmetric("M200 276C210 300 232 314 232 336C232 354 218 364 200 364")
    pendants = {
        "drop": sketch.form(drop, gem) + sketch.gleam(disc(189, 334, 6, 11), 0.55),
        "disc": sketch.form(disc(200, 314, 38))
        + sketch.line(disc(200, 314, 28), width=2)
        + sketch.line("M200 300V328M186 314H214", width=FINE),
        "bar": sketch.form(box(148, 278, 104, 18, 6))
        + "".join(sketch.flat(disc(x, 287, 4), gem.base) for x in (176, 200, 224)),
        "gem": sketch.form(disc(200, 318, 44)) + _gem(sketch, 200, 318, 28, gem),
        "beads": "".join(
            sketch.ball(x, y, r, gem)
            for x, y, r in ((200, 284, 23), (158, 260, 19), (242, 260, 19), (124, 226, 16), (276, 226, 16))
        ),
    }
    return links + (loop if style != "beads" else "") + pendants[style]


def earrings(sketch: Sketch) -> str:
    gem = sketch.pick("gem", _GEMS)
    style = sketch.pick("style", ("hoops", "drops", "studs", "leaves"))
    hook = "M126 152C126 116 100 112 104 84C108 60 140 62 142 86"
    designs = {
        "hoops": _ring_line(sketch, disc(124, 228, 62, 70), 20) + sketch.form(disc(124, 156, 13), gem),
        "drops": _ring_line(sketch, hook, 6)
        + sketch.form(disc(126, 164, 15))
        + sketch.form(
            ("M126 180C136 216 168 240 168 278C168 308 150 324 126 324C102 324 84 308 84 278C84 240 116 216 126 180Z"),
            gem,
        )
        + sketch.gleam(disc(110, 276, 9, 20), 0.5),
        "studs": sketch.form(disc(124, 200, 62))
        + sketch.line(disc(124, 200, 50), width=FINE)
        + _gem(sketch, 124, 200, 40, gem),
        "leaves": _ring_line(sketch, hook, 6)
        + sketch.form("M126 150C168 190 172 270 126 326C80 270 84 190 126 150Z")
        + sketch.line(
            (
                "M126 170V316M126 210L148 192M126 210L104 192M126 250L154 228M126 250L98 228M126 286"
                "L148 268M126 286L104 268"
            ),
            width=FINE,
        ),
    }
    one = designs[style]
    return one + f'<g transform="translate(150 14)">{one}</g>'


def ring(sketch: Sketch) -> str:
    gem = sketch.pick("gem", _GEMS)
    style = sketch.pick("style", ("solitaire", "signet", "band", "trio"))
    hoop = disc(200, 240, 92, 96)
    body = (
        sketch.line(hoop, sketch.main.deep, 30)
        + sketch.line(hoop, sketch.main.base, 22)
        + sketch.line("M122 200C108 240 116 290 150 316", sketch.main.highlight, 8)
    )
    tops = {
        "solitaire": sketch.flat(poly((164, 150), (236, 150), (216, 118), (184, 118)), sketch.main.deep)
        + _gem(sketch, 200, 100, 58, gem)
        + sketch.line("M160 96L178 146M240 96L222 146", sketch.main.light, 7),
        "signet": sketch.form(box(146, 92, 108, 84, 30))
        + sketch.line(box(160, 106, 80, 56, 20), width=FINE)
        + sketch.line("M184 134H216M200 120V148", width=4),
        "band": "".join(
            sketch.ball(x, y, 12, gem) for x, y in ((200, 144), (168, 150), (232, 150), (140, 168), (260, 168))
        ),
        "trio": _gem(sketch, 150, 122, 32, gem) + _gem(sketch, 250, 122, 32, gem) + _gem(sketch, 200, 106, 46, gem),
    }
    return sketch.ground(200, 346, 96) + body + tops[style]


DRAWINGS = {
    "wristwatch": wristwatch,
    "bracelet": bracelet,
    "necklace": necklace,
    "earrings": earrings,
    "ring": ring,
}
