"""Toys and games."""

from __future__ import annotations

from web.pictures.outline import around, box, disc, mirror, number, poly, segment, shift, turn
from web.pictures.palette import BRASS, CREAM, FLAME, LEAF, RUBBER, STEEL, WOOD, Tones, tones_of
from web.pictures.sketch import FINE, SEAM, Sketch

_PAINTS = tuple(tones_of(c) for c in ("#c65a4a", "#3f7fb5", "#e0b04a", "#5f9c6b"))


def _pawn(sketch: Sketch, x: float, y: float, tones: Tones) -> str:
    return sketch.form(
        (
            f"M{x - 22} {y}C{x - 22} {y - 16} {x - 8} {y - 24} {x - 7} {y - 46}H{x + 7}"
            f"C{x + 8} {y - 24} {x + 22} {y - 16} {x + 22} {y}Z"
        ),
        tones,
    ) + sketch.ball(x, y - 56, 15, tones)


def _die(sketch: Sketch, x: float, y: float) -> str:
    pips = "".join(disc(x + dx, y + dy, 4.5) for dx, dy in ((12, 12), (23, 23), (34, 34)))
    return sketch.form(box(x, y, 46, 46, 9), CREAM) + sketch.flat(pips, RUBBER.base)


def board_game(sketch: Sketch) -> str:
    board = poly((104, 148), (296, 148), (366, 306), (34, 306))
    style = sketch.pick("board", ("squares", "path", "star"))
    light = CREAM.base

    def at(u: float, v: float) -> tuple[float, float]:
        """A point of the board from its corner (0, 0) to (1, 1), in perspective."""
        depth = v * (0.78 + 0.22 * v)
        half = 88 + 66 * depth
        return 200 + (2 * u - 1) * half, 158 + 136 * depth

    if style == "squares":
        tiles = "".join(
            poly(at(i / 6, j / 6), at((i + 1) / 6, j / 6), at((i + 1) / 6, (j + 1) / 6), at(i / 6, (j + 1) / 6))
            for i in range(6)
            for j in range(6)
            if (i + j) % 2 == 0
        )
        surface = sketch.flat(poly(at(0, 0), at(1, 0), at(1, 1), at(0, 1)), light) + sketch.flat(
            tiles, sketch.accent.base
        )
    else:
        ring = [at(0.5 + 0.42 * (x - 200) / 100, 0.5 + 0.42 * (y - 200) / 100) for x, y in around(200, 200, 100, 12)]
        centre = "".join(
            segment(*at(0.5, 0.5), *at(0.5 + 0.3 * (x - 200) / 100, 0.5 + 0.3 * (y - 200) / 100))
            for x, y in around(200, 200, 100, 5)
        )
        fields = "".join(
            sketch.flat("".join(disc(x, y, 13, 8) for x, y in ring[start::4]), paint.base)
            for start, paint in enumerate(_PAINTS)
        )
        surface = (
            sketch.flat(poly(at(0, 0), at(1, 0), at(1, 1), at(0, 1)), light)
            + fields
            + (
                sketch.line(centre, sketch.accent.base, 7)
                if style == "star"
                else sketch.form(disc(*at(0.5, 0.5), 42, 20), sketch.accent)
            )
        )
    first, second = sketch.pick("pawns", ((0, 1), (1, 2), (3, 0), (2, 3)))
    return (
        sketch.ground(200, 318, 178)
        + sketch.form(shift(board, 0, 14), tones_of(sketch.main.deep))
        + sketch.form(board)
        + surface
        + sketch.line(poly((104, 148), (296, 148), (366, 306), (34, 306)), width=FINE, opacity=0.4)
        + _pawn(sketch, 160, 208, _PAINTS[first])
        + _pawn(sketch, 256, 250, _PAINTS[second])
        + _die(sketch, 104, 236)
    )


def wooden_train(sketch: Sketch) -> str:
    cargo = sketch.pick("cargo", ("logs", "blocks", "star"))
    wheel_tones = sketch.pick("wheels", (sketch.accent, WOOD, RUBBER))

    def wheel(x: float, r: float) -> str:
        hub = BRASS if wheel_tones is WOOD else WOOD
        return sketch.ball(x, 308 - r, r, wheel_tones, 0) + sketch.ball(x, 308 - r, round(r * 0.36), hub, 0)

    loads = {
        "logs": "".join(
            sketch.ball(x, y, 17, WOOD, 0) + sketch.ball(x, y, 9, tones_of(WOOD.shade), 0)
            for x, y in ((56, 200), (92, 200), (74, 170))
        ),
        "blocks": "".join(
            sketch.form(box(x, y, 34, 34, 4), t)
            for x, y, t in ((38, 182, _PAINTS[0]), (76, 182, _PAINTS[1]), (58, 148, _PAINTS[2]))
        ),
        "star": sketch.form(poly((42, 216), (42, 176), (74, 146), (106, 176), (106, 216)), _PAINTS[3])
        + sketch.form(box(64, 186, 20, 30, 3), CREAM),
    }
    rails = "".join(f"M{x} 314V324" for x in range(30, 390, 42))
    return (
        sketch.ground(200, 330, 190)
        + sketch.line(rails, WOOD.deep, 9)
        + sketch.line("M14 312H386", WOOD.base, 8)
        + loads[cargo]
        + sketch.form(box(24, 214, 104, 56, 8), sketch.accent)
        + sketch.line("M128 254H160", RUBBER.base, 7)
        + sketch.form(box(154, 242, 216, 30, 8), WOOD)
        + sketch.form(box(232, 178, 118, 66, 14))
        + sketch.form(box(344, 172, 16, 76, 6), sketch.accent)
        + sketch.form("M296 178V142L286 118H330L320 142V178Z", WOOD)
        + sketch.line("M284 118H332", sketch.accent.base, 10)
        + sketch.form("M236 178C236 156 268 156 268 178Z", BRASS)
        + sketch.form(box(162, 124, 78, 122, 8))
        + sketch.form(box(178, 144, 46, 46, 8), CREAM)
        + sketch.form(box(150, 106, 102, 22, 9), sketch.accent)
        + sketch.line("M268 180V242M306 180V242", width=FINE, opacity=0.7)
        + "".join(sketch.ball(x, y, r, CREAM, 0) for x, y, r in ((322, 90, 15), (298, 62, 19), (264, 46, 14)))
        + wheel(54, 24)
        + wheel(100, 24)
        + wheel(192, 36)
        + wheel(274, 27)
        + wheel(334, 27)
    )


def plush_bear(sketch: Sketch) -> str:
    snout = CREAM if sketch.main.lightness < 0.85 else tones_of("#e3cfae")
    leg, arm = (
        "M124 270C92 268 70 292 76 322C82 346 116 350 140 338C160 326 160 284 124 270Z",
        "M142 190C112 190 84 222 82 254C80 278 104 284 120 264C132 248 146 240 156 226Z",
    )
    wear = sketch.pick("wear", ("bow", "scarf", "jumper", "none"))
    dark = "#2c2622" if sketch.main.lightness > 0.42 else "#0c0d10"

    def both(part: str, tones: Tones | None = None) -> str:
        return sketch.form(part, tones) + sketch.form(mirror(part), tones)

    ears = (
        (136, 78, 32, sketch.main),
        (264, 78, 32, sketch.main),
        (136, 80, 17, snout),
        (264, 80, 17, snout),
    )
    pads = ((108, 316, 20, snout), (292, 316, 20, snout))
    body = disc(200, 258, 78, 80)
    stripes = sketch.flat("M110 196H290V300H110Z", sketch.accent.base) + sketch.line(
        "M110 240H290M110 270H290", sketch.accent.light, 9
    )
    wears = {
        "bow": sketch.form(
            "M200 188L164 168C156 180 156 196 164 208ZM200 188L236 168C244 180 244 196 236 208Z",
            sketch.accent,
        )
        + sketch.ball(200, 188, 12, sketch.accent, 0),
        "scarf": sketch.form("M140 176C170 194 230 194 260 176L266 198C230 216 170 216 134 198Z", sketch.accent)
        + sketch.form("M222 200L250 196L262 258L234 262Z", sketch.accent)
        + sketch.line("M236 246L260 242", sketch.accent.line, SEAM),
        "jumper": "",
        "none": "",
    }
    return (
        sketch.ground(200, 342, 130)
        + "".join(sketch.ball(x, y, r, tones, 0) for x, y, r, tones in ears)
        + sketch.form(
            body, None, stripes if wear == "jumper" else sketch.flat(disc(200, 268, 48, 52), snout.base, 0.85)
        )
        + both(leg)
        + "".join(sketch.ball(x, y, r, tones, 0) for x, y, r, tones in pads)
        + both(arm)
        + sketch.line(arm + mirror(arm), width=FINE, opacity=0.35)
        + sketch.form(
            "M200 58C258 58 290 92 288 132C286 170 250 190 200 190C150 190 114 170 112 132C110 92 142 58 200 58Z"
        )
        + sketch.form(disc(200, 150, 40, 31), snout)
        + sketch.flat("M184 134C184 124 216 124 216 134C216 144 208 150 200 150C192 150 184 144 184 134Z", dark)
        + sketch.line("M200 150V160M184 164C190 172 200 170 200 160C200 170 210 172 216 164", dark, SEAM)
        + sketch.ball(160, 116, 10, tones_of(dark), 0.9)
        + sketch.ball(240, 116, 10, tones_of(dark), 0.9)
        + wears[wear]
        + sketch.stitch("M200 62V104")
    )


def puzzle(sketch: Sketch) -> str:
    knob, half = 26, 62

    def side(x1: float, y1: float, x2: float, y2: float, out: int) -> str:
        """An edge with a knob (out=1), a hole (-1) or nothing (0), on its left side as one walks along."""
        mx, my, dx, dy = (x1 + x2) / 2, (y1 + y2) / 2, (x2 - x1) / (2 * half), (y2 - y1) / (2 * half)
        if not out:
            return f"L{number(x2)} {number(y2)}"

        def at(along: float, away: float) -> str:
            return f"{number(mx + dx * along + dy * away * out)} {number(my + dy * along - dx * away * out)}"

        return (
            f"L{at(-12, 0)}C{at(-4, knob * 0.3)} {at(-28, knob * 1.35)} {at(0, knob * 1.35)}"
            f"C{at(28, knob * 1.35)} {at(4, knob * 0.3)} {at(12, 0)}L{number(x2)} {number(y2)}"
        )

    def piece(cx: float, cy: float, top: int, right: int, bottom: int, left: int) -> str:
        a, b, c, d = (
            (cx - half, cy - half),
            (cx + half, cy - half),
            (cx + half, cy + half),
            (cx - half, cy + half),
        )
        return (
            f"M{number(a[0])} {number(a[1])}"
            + side(*a, *b, top)
            + side(*b, *c, right)
            + side(*c, *d, bottom)
            + side(*d, *a, left)
            + "Z"
        )

    loose = turn(shift(piece(262, 138, 0, 0, 1, -1), 24, -18), sketch.pick("tilt", (14, -10, 20)), (286, 120))
    pieces = (
        (piece(138, 138, 0, 1, -1, 0), sketch.main),
        (piece(138, 262, 1, -1, 0, 0), sketch.accent),
        (piece(262, 262, -1, 0, 0, 1), tones_of(sketch.main.light)),
        (loose, sketch.pick("fourth", (CREAM, sketch.main, sketch.accent))),
    )
    picture = sketch.pick("picture", ("plain", "hill", "dots"))
    extras = {
        "plain": "",
        "hill": sketch.flat(disc(112, 116, 18), FLAME.base)
        + sketch.clip(
            pieces[0][0],
            sketch.flat("M70 190C100 140 130 150 150 176C170 150 190 150 210 170V230H70Z", LEAF.base),
        ),
        "dots": "".join(
            sketch.flat(disc(x, y, 9), CREAM.base, 0.85)
            for x, y in ((108, 118), (158, 160), (240, 292), (290, 248), (284, 290))
        ),
    }
    drawn = "".join(
        sketch.form(outline, tones) + sketch.line(outline, tones.line, FINE, 0.55) for outline, tones in pieces
    )
    return f'<g transform="translate(-14 16)">{drawn}{extras[picture]}</g>'


def kite(sketch: Sketch) -> str:
    shape = sketch.pick("shape", ("diamond", "delta"))
    second = sketch.accent
    tail = "M172 262C140 290 200 312 166 336C136 356 110 336 84 364"
    bows = ((164, 282, 30), (176, 318, -20), (128, 346, 10))
    ribbons = "".join(
        sketch.form(
            turn(poly((x, y), (x - 22, y - 12), (x - 22, y + 12)), angle, (x, y))
            + turn(poly((x, y), (x + 22, y - 12), (x + 22, y + 12)), angle, (x, y)),
            tones,
        )
        for (x, y, angle), tones in zip(bows, (sketch.main, second, sketch.main), strict=True)
    )
    line = sketch.line(tail, CREAM.deep, SEAM)
    clouds = sketch.flat(
        (
            "M292 300C278 300 276 282 292 280C294 264 318 262 324 276C340 270 352 284 346 296"
            "C344 300 340 300 336 300ZM54 118C44 118 42 104 54 102C58 90 76 90 80 102"
            "C92 100 96 116 86 118Z"
        ),
        "#fff",
        0.6,
    )
    if shape == "diamond":
        top, right, bottom, left, middle = (246, 40), (330, 146), (170, 266), (114, 96), (214, 122)
        sails = (
            sketch.form(poly(top, right, middle))
            + sketch.form(poly(right, bottom, middle), second)
            + sketch.form(poly(bottom, left, middle))
            + sketch.form(poly(left, top, middle), second)
        )
        spars = sketch.line(segment(*top, *bottom) + segment(*left, *right), WOOD.deep, SEAM)
        motif = (
            sketch.form(disc(222, 134, 26), CREAM)
            + sketch.line("M212 130V128M232 130V128M210 142C216 152 228 152 234 142", RUBBER.base, SEAM)
            if sketch.pick("face", (True, False))
            else ""
        )
        return clouds + line + ribbons + sails + spars + motif
    sails = (
        sketch.form(poly((232, 44), (352, 186), (214, 170)), second)
        + sketch.form(poly((232, 44), (70, 140), (172, 176), (214, 170)))
        + sketch.form(poly((214, 170), (172, 176), (186, 262)), tones_of(sketch.main.deep))
        + sketch.line("M232 44L186 262M232 44L172 176M146 94L156 168M292 114L280 178", WOOD.deep, SEAM)
    )
    return (
        clouds
        + sketch.line("M186 262C150 290 200 312 166 336C136 356 110 336 84 364", STEEL.light, SEAM)
        + ribbons
        + sails
    )


DRAWINGS = {
    "board game": board_game,
    "wooden train": wooden_train,
    "plush bear": plush_bear,
    "puzzle": puzzle,
    "kite": kite,
}
