"""Trousers, from jeans to leggings."""

from __future__ import annotations

from collections.abc import Callable

from web.pictures.garment import buttons, lines, pair
from web.pictures.outline import box, mirror, symmetric
from web.pictures.palette import BRASS, STEEL, tones_of
from web.pictures.sketch import FINE, Sketch, group

Drawing = Callable[[Sketch], str]
_THREAD = tones_of("#d9a55c")


def _legs(waist: float, hip: float, knee: float, ankle: float, length: float, gap: float = 8) -> str:
    """Two legs from a waistband at y=62; widths from the middle outwards, `gap` between the ankles."""
    return symmetric(
        f"M200 62L{200 + waist} 62C{200 + waist + 6} 96 {200 + hip} 120 {200 + hip} 160"
        f"L{200 + knee} {(160 + length) / 2 + 10}"
        f"L{200 + ankle} {length}L{200 + gap} {length + 3}L203 196L200 186"
    )


def _waistband(sketch: Sketch, waist: float, loops: bool = True) -> str:
    band = symmetric(f"M200 58L{200 + waist + 1} 58L{200 + waist + 3} 82L200 84")
    loop = box(236, 54, 9, 34, 2)
    return (
        sketch.form(band)
        + sketch.line(f"M{197 - waist} 82C{200 - waist / 2} 85 {200 + waist / 2} 85 {203 + waist} 82", width=FINE)
        + (pair(sketch, loop) + lines(sketch, loop, width=1.8) if loops else "")
    )


def jeans(sketch: Sketch) -> str:
    cut = sketch.pick("cut", ((62, 76, 72, 64), (62, 74, 66, 52), (62, 78, 76, 84)))
    thread = sketch.pick("thread", (_THREAD.base, _THREAD.base, sketch.main.highlight))
    fade = "M222 150C216 190 224 240 240 270C256 240 258 190 250 150Z"
    turn_up = sketch.pick("turn-up", (True, False))
    ankle = cut[3]
    cuff = f"M206 324L{202 + ankle + 3} 320L{200 + ankle + 3} 346L206 350Z"
    return (
        sketch.form(_legs(*cut, 344), None, sketch.gleam(fade + mirror(fade), 0.13))
        + sketch.line("M200 84V186", width=FINE)
        + sketch.stitch("M212 84C212 130 210 150 200 162", thread)
        + lines(sketch, "M222 84C226 110 246 122 272 118")
        + sketch.stitch("M228 86C232 104 248 114 270 110M172 86C168 104 152 114 130 110", thread)
        + sketch.stitch(
            f"M270 160L{194 + cut[2]} 262L{194 + ankle} 330M130 160L{206 - cut[2]} 262L{206 - ankle} 330",
            thread,
        )
        + _waistband(sketch, cut[0])
        + buttons(sketch, 200, (71,), BRASS, 6)
        + (pair(sketch, cuff, tones_of(sketch.main.light)) + lines(sketch, cuff) if turn_up else "")
    )


def chinos(sketch: Sketch) -> str:
    cut = sketch.pick("cut", ((62, 76, 68, 52), (62, 76, 72, 60)))
    crease = "M240 150C244 220 236 280 232 340"
    return (
        sketch.form(_legs(*cut, 344))
        + lines(sketch, crease)
        + sketch.line("M200 84V186", width=FINE)
        + sketch.line("M212 86C212 130 210 150 200 162", width=FINE, opacity=0.7)
        + lines(sketch, "M236 86L268 134")
        + lines(sketch, f"M209 332L{200 + cut[3]} 329")
        + _waistband(sketch, cut[0])
        + (
            sketch.form("M135 58H265V83H135Z", sketch.accent) + sketch.line(box(186, 55, 28, 30, 4), BRASS.base, 5)
            if sketch.pick("belt", (0, 1, 1))
            else buttons(sketch, 200, (71,), sketch.accent)
        )
    )


def shorts(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "stripe", "check", "leaves", "dots")
    leg = symmetric("M200 98L262 98C270 130 282 160 286 190L300 296L210 304L200 226")
    band = symmetric("M200 94L264 94L267 122L200 124")
    drawstring = "M192 118C184 134 180 150 184 166M208 118C216 134 220 148 215 160"
    return (
        sketch.form(leg, printed=True)
        + sketch.line("M200 124V226", width=FINE)
        + lines(sketch, "M240 126L276 172")
        + lines(sketch, "M210 290L298 282")
        + sketch.form(band)
        + sketch.line("M134 122C160 126 240 126 266 122", width=FINE)
        + (
            sketch.line("".join(f"M{x} 99V118" for x in range(146, 260, 9)), width=1.8, opacity=0.5)
            + sketch.line(drawstring, sketch.main.deep, 6)
            + sketch.line(drawstring, sketch.accent.base, 4)
            if sketch.pick("waist", (True, False))
            else buttons(sketch, 200, (108,), sketch.accent)
        )
    )


def leggings(sketch: Sketch) -> str:
    leg = symmetric(
        "M200 56L250 56C254 96 258 120 259 156C260 196 254 226 248 252C244 290 238 320 232 348"
        "L208 350C206 300 208 250 203 196L200 186"
    )
    band = symmetric("M200 52L251 52C254 72 256 84 256 98C236 108 216 110 200 110")
    style = sketch.pick("panel", ("side", "mesh", "plain"))
    side = "M264 104H246C246 180 244 230 234 262L222 352H270Z"
    mesh = "M200 236L262 214V280L200 300Z"
    inside = {
        "side": sketch.flat(side + mirror(side), sketch.accent.base),
        "mesh": sketch.flat(mesh + mirror(mesh), sketch.main.deep),
        "plain": "",
    }
    return (
        sketch.form(leg, None, inside[style])
        + sketch.line("M200 110V186", width=FINE)
        + sketch.form(band)
        + sketch.line("M144 98C170 112 230 112 256 98", width=FINE)
        + sketch.stitch("M209 338L234 336M191 338L166 336")
        + sketch.gleam("M150 130C142 170 156 220 160 250C166 220 156 170 160 130Z", 0.16)
        + sketch.flat(box(226, 74, 14, 5, 2), sketch.accent.base)
    )


def hiking_trousers(sketch: Sketch) -> str:
    thigh = "M236 182H278L276 232H234Z"
    knee = "M214 250L270 246L266 296L212 298Z"
    return (
        sketch.form(_legs(62, 80, 74, 62, 340), None, sketch.flat(knee + mirror(knee), sketch.accent.base))
        + lines(sketch, knee, width=FINE)
        + sketch.line("M200 84V186", width=FINE)
        + lines(sketch, "M262 86L246 140", sketch.main.deep, 7)
        + lines(sketch, "M262 86L246 140", STEEL.light, FINE)
        + pair(sketch, thigh)
        + lines(sketch, thigh)
        + pair(sketch, "M234 180H280V198L257 204L234 198Z", sketch.pick("flap", (sketch.main, sketch.accent)))
        + lines(sketch, "M234 198L257 204L280 198")
        + buttons(sketch, 257, (194,), STEEL, 3.5)
        + buttons(sketch, 143, (194,), STEEL, 3.5)
        + _waistband(sketch, 62)
        + sketch.form(box(176, 60, 48, 22, 4), sketch.accent)
        + sketch.form(box(186, 58, 28, 26, 4), STEEL)
        + lines(sketch, "M208 330L262 326")
    )


def _slim(drawing: Drawing) -> Drawing:
    """The same trousers on a taller person."""
    return lambda sketch: group(drawing(sketch), transform="matrix(.88 0 0 1.06 24 -14)")


DRAWINGS: dict[str, Drawing] = {
    "jeans": _slim(jeans),
    "chinos": _slim(chinos),
    "shorts": shorts,
    "leggings": _slim(leggings),
    "hiking trousers": _slim(hiking_trousers),
}
