"""Audio and gadgets."""

from __future__ import annotations

from web.pictures.outline import box, disc, mirror, poly, shift
from web.pictures.palette import BRASS, CREAM, LEATHER, RUBBER, STEEL, WOOD, tones_of
from web.pictures.sketch import FINE, SEAM, Sketch

_LIGHTS = ("#7be08c", "#6db8f0", "#f0b24d")


def headphones(sketch: Sketch) -> str:
    pads = sketch.pick("pads", (RUBBER, LEATHER, sketch.accent))
    ring = sketch.pick("ring", (STEEL, BRASS, sketch.accent))
    band = "M84 230C70 6 330 6 316 230"
    cup = "M92 196C60 196 44 224 44 260C44 296 60 324 92 324C106 324 112 314 112 300V220C112 206 106 196 92 196Z"
    pad = box(104, 196, 36, 128, 16)

    def side(part: str, tones=None) -> str:
        return sketch.form(part, tones) + sketch.form(mirror(part), tones)

    return (
        sketch.line(band, sketch.main.deep, 30)
        + sketch.line(shift(band, 0, -2), sketch.main.base, 24)
        + sketch.line("M122 96C150 60 250 60 278 96", pads.deep, 22)
        + sketch.line("M124 94C152 60 248 60 276 94", pads.light, 8)
        + sketch.line("M108 112C140 34 230 30 268 76", sketch.main.highlight, 4, 0.6)
        + side("M68 150H102V214H74Z", ring)
        + side(pad, pads)
        + side(cup)
        + sketch.line("M64 222C56 246 56 274 64 298" + mirror("M64 222C56 246 56 274 64 298"), ring.base, 6)
        + sketch.line(cup + mirror(cup), width=FINE, opacity=0.4)
        + sketch.flat(disc(82, 306, 4), sketch.pick("light", _LIGHTS))
    )


def earbuds(sketch: Sketch) -> str:
    inside = tones_of(sketch.main.deep)
    shell = sketch.pick(
        "shape",
        (
            "M72 232H328V268C328 318 300 340 262 340H138C100 340 72 318 72 268Z",
            "M92 232H308V288C308 324 284 340 252 340H148C116 340 92 324 92 288Z",
        ),
    )
    lid = "M90 188C90 100 130 78 168 78H232C270 78 310 100 310 188V226H90Z"
    bud = (
        "M150 142C150 116 168 104 188 106C204 108 210 122 204 138C200 152 194 158 192 172L190 232"
        "C190 240 174 240 172 232L168 176C156 170 150 158 150 142Z"
    )
    tip = "M150 128C134 122 122 134 126 150C130 162 144 164 154 158Z"
    one = shift(bud, -12, 10)
    return (
        sketch.ground(200, 342, 126)
        + sketch.form(lid)
        + sketch.form("M106 190C106 118 138 96 170 96H230C262 96 294 118 294 190V222H106Z", inside)
        + sketch.form(shift(tip, -12, 10), RUBBER)
        + sketch.form(mirror(shift(tip, -12, 10)), RUBBER)
        + sketch.form(one, tones_of(sketch.main.light))
        + sketch.form(mirror(one), tones_of(sketch.main.light))
        + sketch.line("M168 136C168 128 176 124 184 126M232 136C232 128 224 124 216 126", sketch.accent.base, 6)
        + sketch.form(shell)
        + sketch.line("M92 240H308", width=FINE, opacity=0.7)
        + sketch.gleam(box(104, 256, 12, 52, 6), 0.3)
        + sketch.flat(disc(200, 284, 6), sketch.pick("light", _LIGHTS))
        + sketch.line("M184 234H216", sketch.main.deep, 6)
    )


def _grille(sketch: Sketch, colour: str, left: int, right: int, top: int, bottom: int) -> str:
    """Rows of small holes: one dotted line a row."""
    rows = "".join(f"M{left + (i % 2) * 6} {y}H{right}" for i, y in enumerate(range(top, bottom, 11)))
    return sketch.dashes(rows, colour, 5, "0 12")


def bluetooth_speaker(sketch: Sketch) -> str:
    style = sketch.pick("style", ("pill", "tower", "retro"))
    hole = sketch.main.line
    if style == "pill":
        body = (
            "M94 130H306C346 130 358 168 358 208C358 248 346 286 306 286H94C54 286 42 248 42 208C42 168 54 130 94 130Z"
        )
        return (
            sketch.ground(200, 294, 160)
            + sketch.line("M326 140C376 100 392 170 356 190", sketch.accent.base, 9)
            + sketch.form(body, None, _grille(sketch, hole, 96, 306, 150, 280))
            + sketch.form("M94 130C70 150 70 266 94 286C54 286 42 248 42 208C42 168 54 130 94 130Z", RUBBER)
            + sketch.form("M306 130C330 150 330 266 306 286C346 286 358 248 358 208C358 168 346 130 306 130Z", RUBBER)
            + sketch.form(box(146, 116, 108, 22, 10), RUBBER)
            + sketch.line("M166 127H178M200 127H200M222 127H234M228 121V133", CREAM.base, SEAM)
            + sketch.form(box(172, 234, 56, 26, 6), sketch.accent)
            + sketch.gleam("M90 146H310C318 152 322 160 324 168H76C80 158 84 150 90 146Z", 0.18)
        )
    if style == "tower":
        return (
            sketch.ground(200, 342, 92)
            + sketch.line("M272 96C320 110 318 170 276 172", sketch.accent.base, 9)
            + sketch.form(
                "M126 96H274V306C274 328 254 340 200 340C146 340 126 328 126 306Z",
                None,
                _grille(sketch, hole, 138, 270, 122, 312),
                sketch.dim("M246 90H280V346H236C246 280 248 180 246 90Z", 0.14),
                sketch.gleam(box(138, 90, 16, 250, 8), 0.2),
            )
            + sketch.form("M124 300H276V312C276 332 254 344 200 344C146 344 124 332 124 312Z", RUBBER)
            + sketch.form(disc(200, 96, 76, 26), RUBBER)
            + sketch.form(disc(200, 94, 52, 16), tones_of(sketch.main.light))
            + sketch.line("M176 94H190M183 89V99M212 94H226", RUBBER.base, SEAM)
            + sketch.form(box(178, 206, 44, 44, 22), sketch.accent)
        )
    return (
        sketch.ground(200, 326, 150)
        + sketch.line("M112 118C112 66 288 66 288 118", LEATHER.deep, 15)
        + sketch.line("M112 116C112 68 288 68 288 116", LEATHER.light, 6)
        + sketch.form("M84 322H116V338H90ZM284 322H316L310 338H284Z", WOOD)
        + sketch.form(box(56, 114, 288, 212, 26))
        + sketch.form(box(72, 130, 256, 180, 16), sketch.accent)
        + "".join(
            sketch.form(disc(x, 230, 58), RUBBER)
            + sketch.line(disc(x, 230, 46), RUBBER.highlight, FINE, 0.6)
            + sketch.form(disc(x, 230, 24), STEEL)
            + sketch.form(disc(x, 230, 10), RUBBER)
            for x in (140, 260)
        )
        + "".join(sketch.ball(x, 152, 9, BRASS) for x in (174, 200, 226))
    )


def power_bank(sketch: Sketch) -> str:
    lights = "".join(
        sketch.flat(disc(160 + 22 * i, 92, 6), "#7be08c" if i < sketch.pick("charge", (2, 3, 4)) else sketch.main.line)
        for i in range(4)
    )
    body = box(118, 62, 156, 270, 24)
    finish = sketch.pick("finish", ("ribs", "plain", "band"))
    finishes = {
        "ribs": sketch.line("".join(f"M{x} 130V300" for x in range(148, 250, 13)), width=FINE, opacity=0.6),
        "plain": sketch.line(box(160, 176, 72, 72, 16), width=FINE, opacity=0.7),
        "band": sketch.flat("M110 250H290V284H110Z", sketch.accent.base),
    }
    bolt = "M202 168L176 216H194L186 254L218 202H200L210 168Z"
    cable = "M164 60C164 20 60 20 60 90C60 170 92 190 84 262"
    return (
        sketch.ground(200, 338, 112)
        + sketch.line(cable, sketch.accent.deep, 11)
        + sketch.line(cable, sketch.accent.light, 6)
        + sketch.form(box(152, 40, 24, 30, 4), RUBBER)
        + sketch.form(box(68, 258, 30, 42, 6), RUBBER)
        + sketch.form(box(74, 298, 18, 22, 2), STEEL)
        + sketch.form("M262 66C282 66 290 76 290 92V304C290 322 282 332 262 332Z", tones_of(sketch.main.deep))
        + sketch.form(body, None, finishes[finish], sketch.gleam("M118 62H170L118 220Z", 0.18))
        + sketch.line(body, width=FINE, opacity=0.35)
        + lights
        + (sketch.flat(bolt, sketch.accent.base if finish != "band" else CREAM.base) if finish != "ribs" else "")
        + sketch.flat(box(210, 54, 36, 8, 3), RUBBER.base)
    )


_SEGMENTS = {
    "0": "abcdef",
    "1": "bc",
    "3": "abcdg",
    "4": "bcfg",
    "5": "acdfg",
    "6": "acdefg",
    "7": "abc",
    "8": "abcdefg",
}
_STROKES = {
    "a": "M3 0H19",
    "b": "M22 3V19",
    "c": "M22 25V41",
    "d": "M3 44H19",
    "e": "M0 25V41",
    "f": "M0 3V19",
    "g": "M3 22H19",
}


def _clock_digits(time: str, x: float, y: float) -> str:
    """The path of a lit seven-segment time such as "730"."""
    return "".join(
        shift(
            _STROKES[name],
            x + 38 * place + (14 if place == len(time) - 2 or place == len(time) - 1 else 0),
            y,
        )
        for place, digit in enumerate(time)
        for name in _SEGMENTS[digit]
    )


def alarm_clock_radio(sketch: Sketch) -> str:
    glow = sketch.pick("glow", ("#ff9d5c", "#8fe3c0", "#f4f1e8", "#ff7a70"))
    time = sketch.pick("time", ("730", "645", "800", "635"))
    cabinet = sketch.pick("cabinet", (WOOD, sketch.main, sketch.main))
    digits = _clock_digits(time, 96, 172)
    colon = disc(139, 186, 3.5) + disc(139, 202, 3.5)
    return (
        sketch.ground(200, 306, 160)
        + sketch.rod("M300 128L346 40", 5, STEEL)
        + sketch.ball(346, 40, 7, STEEL)
        + sketch.form("M84 292H118L112 308H90ZM282 292H316L310 308H288Z", RUBBER)
        + sketch.form(box(46, 122, 308, 176, 34), cabinet)
        + sketch.form(box(60, 136, 280, 148, 24), None if cabinet is not sketch.main else tones_of(sketch.main.light))
        + sketch.form(box(76, 152, 148, 88, 12), tones_of("#1d2126"))
        + sketch.line(digits, glow, 6)
        + sketch.flat(colon, glow)
        + sketch.gleam(poly((84, 152), (130, 152), (96, 240), (76, 240), (76, 164)), 0.08)
        + _grille(sketch, sketch.main.line, 244, 326, 160, 226)
        + sketch.form(disc(304, 256, 17), sketch.accent)
        + sketch.line("M304 256L312 246", sketch.accent.line)
        + sketch.line("M86 262H112M128 262H154M170 262H196", sketch.main.line, 9)
        + sketch.form(box(140, 108, 120, 20, 9), sketch.accent)
    )


DRAWINGS = {
    "headphones": headphones,
    "earbuds": earbuds,
    "bluetooth speaker": bluetooth_speaker,
    "power bank": power_bank,
    "alarm clock radio": alarm_clock_radio,
}
