"""Jackets and coats."""

from __future__ import annotations

from web.pictures.garment import Cut, buttons, lines, pair, sleeve_shadow, zip_line
from web.pictures.outline import box, mirror, symmetric
from web.pictures.palette import BRASS, CREAM, STEEL
from web.pictures.sketch import FINE, Sketch


def _stand_collar(sketch: Sketch, top: float = 66) -> str:
    outer = symmetric(f"M200 {top}C218 {top} 234 {top + 2} 240 {top + 6}L246 100C232 112 216 118 200 118")
    inner = symmetric(
        f"M200 {top + 4}C214 {top + 4} 228 {top + 5} 234 {top + 9}C228 {top + 24} 212 {top + 34} 200 {top + 44}"
    )
    return (
        sketch.form(outer)
        + sketch.flat(inner, sketch.accent.base)
        + sketch.dim(inner, 0.2)
        + lines(sketch, "M240 72L246 100C232 112 216 118 200 118")
    )


def rain_jacket(sketch: Sketch) -> str:
    cut = Cut(neck=42, neck_y=94, neckline_y=120, chest=86, waist=86, hem=94, hem_y=336)
    hood = "M200 34C244 34 268 64 264 102C256 128 230 138 200 150"
    opening = "M200 62C226 62 240 80 238 104C232 124 216 134 200 142"
    block = sketch.pick("block", ("none", "yoke", "hem"))
    blocks = {
        "none": "",
        "yoke": sketch.flat("M90 80H310V166L200 186L90 166Z", sketch.accent.base),
        "hem": sketch.flat("M90 272L200 258L310 272V350H90Z", sketch.accent.base),
    }
    flap = "M226 250L276 242L280 262L228 270Z"
    return (
        pair(sketch, cut.long_sleeve)
        + lines(sketch, "M310 290L341 284", width=7)
        + sketch.form(cut.torso, None, blocks[block])
        + sleeve_shadow(sketch, cut)
        + sketch.form(box(188, 130, 24, 208, 3))
        + sketch.line("M188 136V338M212 136V338", width=FINE)
        + buttons(sketch, 200, (170, 214, 258, 302), STEEL, 5)
        + pair(sketch, flap)
        + lines(sketch, flap)
        + sketch.form(symmetric(hood))
        + sketch.line(symmetric(hood), width=FINE, opacity=0.5)
        + sketch.flat(symmetric(opening), sketch.accent.deep)
        + sketch.line("M200 36V62", width=FINE)
        + sketch.line("M176 132V162M224 132V162", CREAM.base, 4)
        + sketch.gleam("M130 176C126 220 126 260 122 300L134 300C138 260 138 220 142 178Z", 0.22)
    )


def down_jacket(sketch: Sketch) -> str:
    cut = Cut(neck=40, neck_y=90, chest=92, waist=98, hem=90, hem_y=318, shoulder=94)
    hem = sketch.pick("lining", (sketch.accent, sketch.main))
    rows = (136, 172, 208, 244, 280)
    quilts = "".join(f"M84 {y}C120 {y + 14} 160 {y + 15} 200 {y + 10}C240 {y + 15} 280 {y + 14} 316 {y}" for y in rows)
    puffs = "".join(
        (f"M84 {y + 4}C120 {y + 18} 280 {y + 18} 316 {y + 4}L316 {y + 13}C280 {y + 24} 120 {y + 24} 84 {y + 13}Z")
        for y in rows
    )
    arm = cut.long_sleeve
    bands = "".join(
        (
            f"M{284 + i * 5} {150 + i * 34}"
            f"C{300 + i * 6} {156 + i * 34} {318 + i * 6} {150 + i * 34} {330 + i * 6} {140 + i * 34}"
        )
        for i in range(5)
    )
    collar = symmetric("M200 54C222 54 240 56 246 62L250 104C232 116 216 120 200 120")
    return (
        sketch.form(arm, None, sketch.line(bands))
        + sketch.form(mirror(arm), None, sketch.line(mirror(bands)))
        + pair(sketch, cut.cuff, hem)
        + sketch.form(cut.torso, None, sketch.gleam(puffs, 0.16), sketch.line(quilts))
        + sleeve_shadow(sketch, cut)
        + sketch.form(collar, None, sketch.line("M140 86C180 96 220 96 260 86"))
        + sketch.line(collar, width=FINE, opacity=0.6)
        + zip_line(sketch, 62, 324, sketch.pick("zip", (STEEL, BRASS, sketch.accent)))
        + lines(sketch, "M240 262L262 298", hem.deep, 6)
    )


def fleece_jacket(sketch: Sketch) -> str:
    cut = Cut(chest=86, waist=84, hem=82)
    yoke = sketch.pick("yoke", ("yoke", "none", "sleeves"))
    trim = sketch.accent
    pocket = "M222 162H268V204C268 210 264 212 258 212H222Z"
    sleeves = trim if yoke == "sleeves" else sketch.main
    tufts = "".join(
        f"M{x} {y}C{x + 4} {y - 6} {x + 10} {y - 6} {x + 12} {y + 1}"
        for x, y in (
            (136, 210),
            (160, 246),
            (232, 240),
            (254, 276),
            (142, 286),
            (172, 176),
            (224, 300),
            (170, 304),
            (136, 252),
            (250, 224),
        )
    )
    return (
        pair(sketch, cut.long_sleeve, sleeves)
        + pair(sketch, cut.cuff, trim)
        + sketch.form(
            cut.torso,
            None,
            sketch.flat("M90 80H310V152H90Z", trim.base) if yoke == "yoke" else "",
            sketch.line(tufts, width=FINE, opacity=0.55),
        )
        + sleeve_shadow(sketch, cut)
        + sketch.form(cut.hem_band, trim)
        + _stand_collar(sketch, 62)
        + zip_line(sketch, 96, 332)
        + sketch.form(pocket, trim)
        + sketch.line("M226 176H264", trim.line)
        + sketch.line("M258 176V188", STEEL.light, 5)
    )


def softshell_jacket(sketch: Sketch) -> str:
    cut = Cut(chest=84, waist=76, hem=82)
    panels = sketch.pick("panels", ("sides", "shoulders", "chest"))
    shapes = {
        "sides": "M290 150C262 200 258 260 276 340H310V150Z",
        "shoulders": "M236 80L300 96V146C270 146 250 126 236 80Z",
        "chest": "M200 190C230 190 256 180 300 160V200C256 216 230 222 200 222Z",
    }
    panel, arm = shapes[panels], "M294 128C306 150 312 180 318 220L334 216C330 180 322 150 308 118Z"
    return (
        pair(sketch, cut.long_sleeve)
        + pair(sketch, arm, sketch.accent)
        + lines(sketch, "M312 293L343 287", sketch.main.deep, 9)
        + sketch.form(cut.torso, None, sketch.flat(panel + mirror(panel), sketch.accent.base))
        + sleeve_shadow(sketch, cut)
        + lines(sketch, "M238 240L266 290", sketch.main.deep, 8)
        + lines(sketch, "M239 242L265 288", STEEL.light, FINE)
        + _stand_collar(sketch, 60)
        + zip_line(sketch, 92, 334, sketch.pick("zip", (STEEL, sketch.accent)))
        + sketch.line("M238 150V182", sketch.main.deep, 8)
        + sketch.line("M238 152V180", STEEL.light, FINE)
        + sketch.stitch("M122 324C160 332 240 332 278 324")
    )


def wool_coat(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "plain", "check")
    cut = Cut(neck=40, neck_y=72, neckline_y=150, shoulder=88, shoulder_y=94, chest=78, waist=76, hem=98, hem_y=352)
    horn = sketch.pick("buttons", (BRASS, sketch.accent, sketch.main))
    lapel = "M238 70L252 82C258 104 262 118 262 132L244 136L250 148L202 206L200 158Z"
    rows = sketch.pick("rows", ((166, 234), (212,)))
    belt = sketch.pick("belt", (False, True))
    flap = "M232 272H276V290H232Z"
    return (
        pair(sketch, cut.long_sleeve, printed=True)
        + lines(sketch, "M302 274L338 267", width=FINE)
        + sketch.form(cut.torso, printed=True)
        + sleeve_shadow(sketch, cut)
        + sketch.line("M206 204C208 260 208 310 210 356", sketch.main.deep)
        + sketch.form("M162 74C180 62 220 62 238 74L200 160Z", sketch.accent)
        + sketch.form("M200 160L180 88C190 82 210 82 220 88Z", CREAM)
        + pair(sketch, lapel)
        + lines(sketch, lapel)
        + (
            sketch.form("M118 226C160 232 240 232 282 226L284 246C240 252 160 252 116 246Z")
            + sketch.line("M118 227C160 233 240 233 282 227M116 246C160 252 240 252 284 246", width=FINE)
            + sketch.line(box(186, 222, 28, 34, 5), horn.base, 6)
            if belt
            else ""
        )
        + "".join(buttons(sketch, x, (216, 262, 306) if not belt else (206, 276, 318), horn, 7) for x in rows)
        + pair(sketch, flap)
        + lines(sketch, flap)
    )


DRAWINGS = {
    "rain jacket": rain_jacket,
    "down jacket": down_jacket,
    "fleece jacket": fleece_jacket,
    "softshell jacket": softshell_jacket,
    "wool coat": wool_coat,
}
