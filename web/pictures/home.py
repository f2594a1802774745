"""Home and living."""

from __future__ import annotations

from web.pictures.outline import around, box, disc, fluffy, number, poly, segment, shift, symmetric, turn
from web.pictures.palette import (
    BRASS,
    CREAM,
    FLAME,
    GLASS,
    LEAF,
    RUBBER,
    STEEL,
    WOOD,
    Tones,
    tones_of,
)
from web.pictures.sketch import FINE, Sketch, group

_PETALS = tuple(tones_of(c) for c in ("#e7a9b4", "#e6bf45", "#d9724f", "#b79ad1", "#f3ecdf"))


def cushion(sketch: Sketch) -> str:
    sketch.printed("plain", "stripe", "dots", "check", "leaves", "zigzag", "two-tone", "speckle")
    pillow = (
        "M70 82C110 96 290 96 330 82C344 78 352 92 346 104C332 150 332 250 346 300"
        "C352 316 340 326 326 320C290 308 110 308 74 320C60 326 48 316 54 300C68 250 68 150 54 104"
        "C48 92 56 78 70 82Z"
    )
    edge = sketch.pick("edge", ("piping", "tassels", "plain"))
    tassels = "".join(
        (f"M{x} {y}L{x + dx} {y + dy}M{x} {y}L{x + dx * 0.4} {y + dy * 1.3}M{x} {y}L{x + dx * 1.3} {y + dy * 0.4}")
        for x, y, dx, dy in ((60, 90, -18, -18), (340, 90, 18, -18), (338, 314, 18, 18), (62, 314, -18, 18))
    )
    return (
        (sketch.line(tassels, sketch.accent.base, 5) if edge == "tassels" else "")
        + sketch.form(pillow, printed=True)
        + (
            sketch.line(pillow, sketch.accent.base, 6)
            if edge == "piping"
            else sketch.line(pillow, width=FINE, opacity=0.5)
        )
        + sketch.line(
            (
                "M92 110C112 122 120 132 126 144M308 110C290 120 282 130 276 142M90 294"
                "C108 284 116 276 122 266M310 294C292 284 284 276 278 266"
            ),
            width=FINE,
            opacity=0.7,
        )
        + (
            sketch.ball(200, 202, 12, sketch.accent, 0)
            + sketch.line("M180 186L160 170M220 186L240 170M180 218L160 234M220 218L240 234", width=FINE)
            if sketch.pick("button", (False, False, True))
            else ""
        )
    )


def blanket(sketch: Sketch) -> str:
    sketch.printed("plain", "check", "stripe", "check", "zigzag", "band")
    inside = sketch.pick("inside", (sketch.main, sketch.main, sketch.accent))
    layers = ((272, 58), (216, 60), (160, 60))
    folds = "".join(
        sketch.form(
            (
                f"M84 {y}C60 {y} 60 {y + h} 84 {y + h}H322"
                f"C332 {y + h} 336 {y + h - 6} 336 {y + h - 12}V{y + 12}C336 {y + 6} 332 {y} 322 {y}Z"
            ),
            inside if i % 2 else tones_of(inside.light),
        )
        + sketch.line(f"M84 {y + h // 2}H330", inside.line, FINE, opacity=0.5)
        + sketch.dim(f"M76 {y + h - 8}H334V{y + h}H80Z", 0.14)
        for i, (y, h) in enumerate(layers)
    )
    drape = "M84 118C58 118 58 172 76 172V232H336V134C336 124 332 118 322 118Z"
    fringe = "".join(f"M{x} 232V{254 + (x // 11) % 2 * 4}" for x in range(82, 336, 11))
    return (
        sketch.ground(200, 332, 148)
        + folds
        + sketch.dim("M76 232H336V248H76Z", 0.22)
        + sketch.line(fringe, sketch.main.shade, 6)
        + sketch.form(drape, printed=True)
        + sketch.line("M76 172C120 160 290 160 336 166", width=FINE, opacity=0.4)
        + sketch.gleam("M84 118H322C332 118 336 124 336 134L336 142C250 134 150 134 68 142C70 126 76 118 84 118Z", 0.16)
        + (sketch.form(box(266, 190, 44, 28, 3), sketch.accent) if sketch.pick("label", (True, False)) else "")
    )


def table_lamp(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "plain", "stripe", "dots")
    base = sketch.pick("base", (WOOD, BRASS, CREAM, STEEL, sketch.accent))
    shade, rim = sketch.pick(
        "shade",
        (
            ("M152 62H248L300 196H100Z", 100),
            ("M128 70H272L284 196H116Z", 84),
            ("M200 52C270 52 306 120 308 196H92C94 120 130 52 200 52Z", 108),
        ),
    )
    foot = sketch.pick("foot", ("stick", "bottle", "tripod"))
    feet = {
        "stick": sketch.rod("M200 196V320", 13, base) + sketch.form("M142 334C142 312 258 312 258 334Z", base),
        "bottle": sketch.form("M186 196H214V226C258 244 262 306 236 336H164C138 306 142 244 186 226Z", base)
        + sketch.gleam("M164 262C158 284 162 304 170 318L178 318C172 300 172 282 178 258Z", 0.4),
        "tripod": "".join(sketch.rod(d, 10, base) for d in ("M200 200L142 336", "M200 200V330", "M200 200L258 336"))
        + sketch.form(disc(200, 206, 13), base),
    }
    return (
        sketch.ground(200, 338, 92)
        + feet[foot]
        + sketch.line("M228 196V236", BRASS.deep, 2)
        + sketch.ball(228, 240, 5, BRASS)
        + sketch.flat(disc(200, 196, rim, 12), "#ffedb8")
        + sketch.form(shade, printed=True)
        + sketch.line(shade, width=FINE, opacity=0.35)
    )


def vase(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "stripe", "two-tone", "speckle", "band", "zigzag", "dots")
    mouth, top, half = sketch.pick(
        "shape",
        (
            (28, 168, "C226 200 268 220 268 270C268 312 244 340 200 340"),
            (40, 168, "C246 230 240 290 230 340L200 340"),
            (44, 166, "C236 200 222 220 236 260C248 300 246 330 236 340L200 340"),
            (22, 190, "C222 200 284 214 284 268C284 320 246 340 200 340"),
        ),
    )
    body = symmetric(f"M200 {top}L{200 + mouth} {top}{half}")
    rim = sketch.form(disc(200, top, mouth, 8)) + sketch.flat(disc(200, top + 1, mouth - 5, 5), sketch.main.deep)
    bloom = sketch.pick("stems", ("flowers", "leaves", "dry", "none"))
    petals = sketch.pick("petals", _PETALS)
    stems = "M200 190C198 140 196 110 194 76M204 190C214 150 232 124 250 110M196 190C184 150 166 130 148 118"
    leaf = "M0 0C14 -12 34 -12 46 -2C34 12 12 12 0 0Z"
    leaves = [
        shift(turn(leaf, angle, (0, 0)), x, y)
        for x, y, angle in (
            (196, 120, -40),
            (198, 146, 215),
            (194, 92, 225),
            (218, 148, -70),
            (236, 122, 20),
            (180, 146, 205),
            (164, 130, -110),
            (194, 80, -80),
            (248, 112, -50),
            (150, 120, 190),
        )
    ]
    flowers = "".join(
        sketch.form(fluffy(x, y, r * 1.2, r * 1.2, 5, r * 0.5), petals)
        + sketch.ball(x, y, r * 0.45, FLAME if petals is not FLAME else CREAM, 0)
        for x, y, r in ((194, 72, 30), (254, 106, 25), (144, 112, 25))
    )
    dry = "".join(
        sketch.line(f"M{x} {y}L{x + dx} {y - 46}", WOOD.base, 13)
        for x, y, dx in ((194, 96, -2), (248, 122, 20), (150, 128, -20))
    )
    tops = {
        "flowers": sketch.line(stems, LEAF.deep, 5) + sketch.flat(leaves[3] + leaves[5], LEAF.base) + flowers,
        "leaves": sketch.line(stems, LEAF.deep, 4) + sketch.flat("".join(leaves), LEAF.base),
        "dry": sketch.line(stems, WOOD.deep, FINE) + dry,
        "none": "",
    }
    drawn = (
        sketch.ground(200, 342, 84)
        + rim
        + tops[bloom]
        + sketch.form(
            body,
            None,
            sketch.gleam("M150 196H170V346H150Z", 0.2),
            sketch.dim("M236 160H300V346H214C240 300 244 240 236 160Z", 0.12),
            printed=True,
        )
    )
    return drawn if bloom != "none" else group(drawn, transform="translate(-60 -98) scale(1.3)")


def rug(sketch: Sketch) -> str:
    style = sketch.pick("style", ("border", "diamonds", "stripes", "round"))
    ink, second = sketch.accent.base, sketch.main.deep
    if style == "round":
        rings = "".join(
            sketch.line(disc(200, 210, r, r * 0.78), colour, 12) for r, colour in ((116, ink), (78, second), (44, ink))
        )
        return (
            sketch.form(disc(200, 218, 156, 122), tones_of(sketch.main.shade))
            + sketch.form(disc(200, 210, 154, 120))
            + rings
            + sketch.stitch(disc(200, 210, 143, 111))
        )
    mat = poly((104, 104), (296, 104), (352, 306), (48, 306))
    fringe = "".join(
        (
            f"M{number(104 + 8.3 * i)} 104L{number(102 + 8.4 * i)} 90M{number(48 + 13.2 * i)} 306"
            f"L{number(44 + 13.4 * i)} 326"
        )
        for i in range(24)
    )
    diamond = "M200 126L236 168L200 216L164 168ZM200 204L244 250L200 298L156 250Z"
    side = (
        "M128 150L148 178L122 206L102 178ZM272 150L298 178L278 206L252 178ZM112 226L136 256L104 288"
        "L82 256ZM288 226L318 256L296 288L264 256Z"
    )
    inside = {
        "border": sketch.line(poly((122, 122), (278, 122), (322, 286), (78, 286)), ink, 11)
        + sketch.line(poly((144, 142), (256, 142), (290, 264), (110, 264)), second, FINE)
        + sketch.flat("M200 164L236 204L200 246L164 204Z", ink),
        "diamonds": sketch.flat(diamond, ink)
        + sketch.flat(side, second)
        + sketch.line(diamond, second, FINE)
        + sketch.line("M100 118H300M52 294H348", ink, 6),
        "stripes": "".join(
            sketch.line(f"M40 {y}H360", colour, w)
            for y, w, colour in (
                (124, 12, ink),
                (148, 6, second),
                (186, 22, ink),
                (224, 8, second),
                (256, 14, ink),
                (288, 8, second),
            )
        ),
    }
    return (
        sketch.line(fringe, CREAM.shade, 4)
        + sketch.form(mat, None, inside[style])
        + sketch.line(mat, width=FINE, opacity=0.5)
    )


def candle(sketch: Sketch) -> str:
    style = sketch.pick("style", ("jar", "pillar", "holder"))
    flame = "M200 {0}C{1} {2} {1} {3} 200 {4}C{5} {3} {5} {2} 200 {0}Z"

    def lit(top: float) -> str:
        return (
            sketch.flat(disc(200, top + 30, 54), FLAME.highlight, 0.24)
            + sketch.line(f"M200 {top + 44}V{top + 66}", RUBBER.base, 4)
            + sketch.form(flame.format(top, 226, top + 28, top + 52, top + 56, 174), FLAME)
            + sketch.flat(flame.format(top + 24, 212, top + 38, top + 50, top + 54, 188), "#fff3c9")
        )

    if style == "jar":
        return (
            sketch.ground(200, 336, 112)
            + sketch.form(box(116, 138, 168, 198, 22), GLASS)
            + sketch.form(box(124, 192, 152, 138, 16))
            + sketch.form(disc(200, 194, 76, 15), tones_of(sketch.main.light))
            + lit(128)
            + sketch.form(box(150, 232, 100, 66, 4), CREAM)
            + sketch.line(box(156, 238, 88, 54, 2), sketch.accent.base, 2)
            + sketch.form("M200 248C214 262 212 280 200 284C188 280 186 262 200 248Z", sketch.accent)
            + sketch.gleam(box(128, 150, 12, 160, 6), 0.6)
            + sketch.line(disc(200, 140, 82, 13), GLASS.deep, 4)
        )
    wax = box(136, 130, 128, 200, 8) if style == "pillar" else box(172, 110, 56, 176, 6)
    top = (200, 134, 64, 13) if style == "pillar" else (200, 114, 28, 7)
    drip = (
        "M136 134C140 170 156 176 158 150C162 200 182 196 180 150C200 158 230 148 264 134Z"
        if style == "pillar"
        else "M172 114C174 142 184 144 186 126C190 150 200 150 228 114Z"
    )
    metal = sketch.pick("holder", (BRASS, STEEL, RUBBER))
    holder = (
        sketch.form(disc(200, 326, 96, 17), metal)
        if style == "pillar"
        else sketch.line("M276 308C330 290 330 340 270 332", metal.deep, 9)
        + sketch.form("M96 310C110 338 290 338 304 310Z", metal)
        + sketch.form(box(160, 272, 80, 38, 8), metal)
    )
    return (
        sketch.ground(200, 338, 112)
        + (holder if style == "pillar" else "")
        + sketch.form(wax)
        + sketch.form(disc(*top), tones_of(sketch.main.light))
        + sketch.flat(drip, sketch.main.light)
        + lit(top[1] - 62)
        + (holder if style == "holder" else "")
    )


def _dial(sketch: Sketch, face: Tones, radius: float) -> str:
    ticks = "".join(
        segment(*outer, *inner)
        for outer, inner in zip(around(200, 200, radius - 12, 12), around(200, 200, radius - 24, 12), strict=True)
    )
    return sketch.form(disc(200, 200, radius), face) + sketch.line(ticks, face.line, 5)


def wall_clock(sketch: Sketch) -> str:
    face = sketch.pick("face", (CREAM, tones_of("#e9edf0"), sketch.accent, sketch.main))
    frame = sketch.pick("frame", ("round", "square", "sun"))
    rays = "".join(segment(*a, *b) for a, b in zip(around(200, 200, 116, 24), around(200, 200, 162, 24), strict=True))
    frames = {
        "round": sketch.form(disc(200, 200, 144)),
        "square": sketch.form(box(64, 64, 272, 272, 40)),
        "sun": sketch.line(rays, sketch.main.deep, 8)
        + sketch.line(rays, sketch.main.light, 3)
        + sketch.form(disc(200, 200, 122)),
    }
    hands = RUBBER.base if face.lightness > 0.6 else CREAM.base
    radius = 104 if frame == "sun" else 120
    return (
        frames[frame]
        + sketch.dim(disc(200, 203, radius + 4), 0.2)
        + _dial(sketch, face, radius)
        + sketch.line("M200 200L154 160", hands, 9)
        + sketch.line("M200 200L248 136", hands, 6)
        + sketch.line("M200 222V118", sketch.accent.base if face is not sketch.accent else sketch.main.base, FINE)
        + sketch.ball(200, 200, 9, BRASS)
        + sketch.gleam("M104 170C116 130 150 104 190 100L150 220C116 220 100 196 104 170Z", 0.12)
    )


DRAWINGS = {
    "cushion": cushion,
    "blanket": blanket,
    "table lamp": table_lamp,
    "vase": vase,
    "rug": rug,
    "candle": candle,
    "wall clock": wall_clock,
}
