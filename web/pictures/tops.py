"""Tops and shirts."""

from __future__ import annotations

from web.pictures.garment import Cut, buttons, lines, neck_inside, pair, rib, sleeve_shadow
from web.pictures.outline import box, mirror, symmetric
from web.pictures.palette import CREAM
from web.pictures.sketch import FINE, Sketch


def _neckband(cut: Cut, depth: float) -> str:
    """A band that follows the neckline."""
    n, y, low = cut.neck, cut.neck_y, cut.neckline_y
    return symmetric(
        f"M200 {low}C{200 + n * 0.6} {low} {200 + n * 0.9} {y + 8} {200 + n} {y}L{200 + n + 9} {y + 3}"
        f"C{200 + n} {y + 16 + depth * 0.6} {200 + n * 0.6} {low + depth} 200 {low + depth}"
    )


def t_shirt(sketch: Sketch) -> str:
    sketch.printed()
    cut = Cut(neckline_y=sketch.pick("neck", (110, 116, 122)))
    motif = sketch.pick("motif", ("none", "pocket", "sun", "peak")) if sketch.print == "plain" else "none"
    motifs = {
        "none": "",
        "pocket": sketch.form("M222 150H262V186L242 198L222 186Z", sketch.accent)
        + sketch.line("M222 160H262", sketch.accent.line, FINE),
        "sun": f'<circle cx="200" cy="206" r="34" fill="{sketch.accent.base}"/>'
        + sketch.line("M150 216H250M160 232H240", sketch.main.base, 7),
        "peak": sketch.flat("M148 232L188 176L208 202L220 188L252 232Z", sketch.accent.base)
        + sketch.flat("M176 194L188 176L202 194L192 200L186 192Z", CREAM.base),
    }
    return (
        neck_inside(sketch, cut)
        + pair(sketch, cut.short_sleeve, printed=True)
        + sketch.form(cut.torso, printed=True)
        + sleeve_shadow(sketch, cut)
        + sketch.form(_neckband(cut, 9), sketch.pick("collar", (sketch.main, sketch.main, sketch.accent)))
        + motifs[motif]
        + lines(sketch, "M293 207L337 189")
        + sketch.stitch("M120 322C160 330 240 330 280 322")
    )


def _shirt_collar(sketch: Sketch) -> str:
    leaf = "M200 116L214 82C222 76 230 76 238 82L246 92L228 134Z"
    return (
        sketch.form("M168 78C184 68 216 68 232 78L200 116Z", sketch.main, sketch.dim(box(150, 60, 100, 60), 0.25))
        + pair(sketch, leaf)
        + lines(sketch, leaf)
    )


def shirt(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "stripe", "check", "dots", "leaves", "speckle")
    cut = Cut(hem_y=322)
    pockets = sketch.pick("pockets", (0, 1, 2))
    pocket = "M226 164H266V204L246 212L226 204Z"
    return (
        pair(sketch, cut.long_sleeve, printed=True)
        + pair(sketch, cut.cuff)
        + lines(sketch, cut.cuff)
        + sketch.form(cut.torso, printed=True)
        + sleeve_shadow(sketch, cut)
        + sketch.flat(box(190, 112, 20, 216), sketch.main.light, 0.6)
        + sketch.line("M190 116V328M210 116V328", width=FINE, opacity=0.6)
        + (sketch.form(pocket, printed=True) + sketch.line(pocket, width=FINE) if pockets else "")
        + (sketch.form(mirror(pocket), printed=True) + sketch.line(mirror(pocket), width=FINE) if pockets == 2 else "")
        + _shirt_collar(sketch)
        + buttons(
            sketch,
            200,
            (140, 178, 216, 254, 292),
            sketch.pick("buttons", (CREAM, sketch.accent, sketch.main)),
        )
    )


def jumper(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "stripe", "band", "zigzag", "speckle", "two-tone")
    cut = Cut(chest=86, waist=84, hem=80, neckline_y=110)
    style = sketch.pick("style", ("crew", "roll", "cables"))
    cables = "".join(
        (
            f"M{x} 128C{x + 16} 146 {x - 16} 164 {x} 182C{x + 16} 200 {x - 16} 218 {x} 236"
            f"C{x + 16} 254 {x - 16} 272 {x} 290"
        )
        for x in (166, 200, 234)
    )
    collar = "M200 56C216 56 228 58 234 64L240 98C228 108 214 112 200 112"
    neck = (
        sketch.form(symmetric(collar))
        + rib(sketch, 164, 236, 64, 104)
        + sketch.line("M164 66C184 74 216 74 236 66", width=FINE)
        if style == "roll"
        else neck_inside(sketch, cut)
        + sketch.form(_neckband(cut, 14))
        + sketch.line("M164 88C170 112 184 124 200 124C216 124 230 112 236 88", width=FINE)
    )
    return (
        pair(sketch, cut.long_sleeve, printed=True)
        + pair(sketch, cut.cuff)
        + lines(sketch, cut.cuff)
        + sketch.form(cut.torso, printed=True)
        + sleeve_shadow(sketch, cut)
        + (
            sketch.line(cables + mirror(cables), sketch.main.deep, 5)
            if style == "cables" and sketch.print == "plain"
            else ""
        )
        + sketch.form(cut.hem_band)
        + sketch.line("M120 311C160 316 240 316 280 311", width=FINE)
        + rib(sketch, 122, 278, 318, 332)
        + neck
    )


def hoodie(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "plain", "band", "two-tone")
    cut = Cut(neck=40, chest=88, waist=86, hem=82, neck_y=92, neckline_y=120)
    lining = sketch.pick("lining", (sketch.accent, sketch.main))
    hood = "M200 44C236 44 262 66 260 98C256 124 232 138 200 148"
    opening = "M200 68C222 68 238 82 236 102C232 122 216 132 200 140"
    cords = "M186 138C184 154 182 168 182 186M214 138C216 150 218 162 218 178"
    return (
        pair(sketch, cut.long_sleeve, printed=True)
        + pair(sketch, cut.cuff)
        + lines(sketch, cut.cuff)
        + sketch.form(cut.torso, printed=True)
        + sleeve_shadow(sketch, cut)
        + sketch.form(symmetric("M200 236H240L270 294V312H200"))
        + lines(sketch, "M240 238L268 292")
        + sketch.line("M160 238H240", width=FINE)
        + sketch.form(cut.hem_band)
        + sketch.line("M118 311C160 316 240 316 282 311", width=FINE)
        + rib(sketch, 120, 280, 318, 332)
        + sketch.form(symmetric(hood))
        + sketch.line(symmetric(hood), width=FINE, opacity=0.5)
        + sketch.flat(symmetric(opening), lining.deep)
        + sketch.line("M200 140V148", width=FINE)
        + sketch.line(cords, sketch.main.deep, 6)
        + sketch.line(cords, CREAM.base, 4)
    )


def polo_shirt(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "stripe", "two-tone", "band", "dots")
    cut = Cut()
    tip = sketch.pick("tip", (sketch.main, sketch.accent))
    placket = box(187, 112, 26, 72, 3)
    edge = "M300 206L341 189"
    return (
        pair(sketch, cut.short_sleeve, printed=True)
        + sketch.form(cut.torso, printed=True)
        + sleeve_shadow(sketch, cut)
        + sketch.line(edge + mirror(edge), tip.deep, 7)
        + sketch.form(placket)
        + sketch.line(placket, width=FINE, opacity=0.7)
        + _shirt_collar(sketch)
        + lines(sketch, "M205 120L226 129L242 94", tip.highlight)
        + buttons(sketch, 200, (132, 152, 172), CREAM, 4.5)
        + sketch.form("M232 160L246 160L246 176L239 182L232 176Z", sketch.accent)
    )


DRAWINGS = {"t-shirt": t_shirt, "shirt": shirt, "jumper": jumper, "hoodie": hoodie, "polo shirt": polo_shirt}
