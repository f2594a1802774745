"""Bags."""

from __future__ import annotations

from web.pictures.garment import lines, pair
from web.pictures.outline import box, disc, shift, symmetric
from web.pictures.palette import BRASS, LEATHER, RUBBER, STEEL, Tones
from web.pictures.sketch import FINE, Sketch


def _buckle(sketch: Sketch, x: float, y: float, tones: Tones, width: float = 22, height: float = 16) -> str:
    return sketch.line(box(x - width / 2, y - height / 2, width, height, 3), tones.base, 5)


def backpack(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "plain", "two-tone", "dots", "leaves")
    trim = sketch.pick("trim", (sketch.accent, LEATHER, sketch.main))
    style = sketch.pick("lid", ("zip", "flap"))
    body = symmetric("M200 78C246 78 280 102 286 160L296 312C296 326 286 334 272 334L200 334")
    lid = symmetric("M200 78C246 78 280 102 286 168C286 190 264 198 200 200")
    pocket = box(138, 222, 124, 90, 20)
    straps = (
        sketch.line("M164 190V232M236 190V232", trim.shade, 14)
        + sketch.line("M164 190V232M236 190V232", trim.light, 8)
        + _buckle(sketch, 164, 230, BRASS)
        + _buckle(sketch, 236, 230, BRASS)
    )
    tops = {
        "zip": sketch.line("M134 194C130 122 162 102 200 102C238 102 270 122 266 194", sketch.main.deep, 8)
        + sketch.line("M134 194C130 122 162 102 200 102C238 102 270 122 266 194", STEEL.light, 2)
        + sketch.line("M134 190V208", trim.base, 7),
        "flap": sketch.form(lid, None)
        + sketch.line("M114 168C114 190 136 198 200 200C264 198 286 190 286 168", width=FINE),
    }
    return (
        sketch.ground(200, 336, 128)
        + lines(sketch, "M270 130C318 170 320 260 296 318", sketch.main.deep, 16)
        + sketch.line("M172 84C166 44 234 44 228 84", trim.deep, 13)
        + sketch.line("M172 82C168 48 232 48 228 82", trim.light, 6)
        + sketch.form(body, printed=True)
        + tops[style]
        + pair(sketch, "M286 230C306 232 310 250 310 270V308C310 320 302 326 292 326Z")
        + sketch.form(pocket, sketch.main)
        + sketch.line(pocket, width=FINE)
        + sketch.line("M152 240H248", sketch.main.deep, 7)
        + sketch.line("M152 240H248", STEEL.light, 2)
        + sketch.line("M236 240V256", trim.base, 7)
        + (straps if style == "flap" else sketch.form(box(184, 264, 32, 22, 4), trim))
    )


def tote_bag(sketch: Sketch) -> str:
    sketch.printed("plain", "stripe", "dots", "two-tone", "leaves", "band", "check")
    handle = "M150 170C142 50 176 34 200 34C224 34 258 50 250 170"
    body = "M98 148H302L310 322C310 332 304 338 294 338H106C96 338 90 332 90 322Z"
    tones = sketch.pick("handles", (sketch.main, LEATHER, sketch.accent))
    back = "M160 150C156 70 182 54 200 54C218 54 244 70 240 150"
    patches = "M138 164H162V202H138ZM238 164H262V202H238Z"
    motif = sketch.pick("motif", ("none", "circle", "label")) if sketch.print == "plain" else "none"
    motifs = {
        "none": "",
        "circle": sketch.form(disc(200, 256, 40), sketch.accent)
        + sketch.line("M172 262C184 246 194 246 200 258C208 270 220 266 228 252", sketch.main.base, 5),
        "label": sketch.form(box(172, 238, 56, 34, 3), sketch.accent)
        + sketch.stitch(box(177, 243, 46, 24), sketch.accent.line),
    }
    return (
        sketch.ground(200, 338, 136)
        + sketch.line(back, tones.deep, 13)
        + sketch.form(body, printed=True)
        + sketch.line("M98 168H302", width=FINE)
        + sketch.flat("M98 148H302L302 156H97Z", sketch.main.deep)
        + sketch.tube(handle, 14, tones)
        + sketch.form(patches, tones)
        + sketch.stitch("M142 170H158V196H142ZM242 170H258V196H242Z", tones.line)
        + motifs[motif]
    )


def shoulder_bag(sketch: Sketch) -> str:
    metal = sketch.pick("metal", (BRASS, STEEL))
    flap = sketch.pick(
        "flap",
        (
            (
                "M84 190C84 176 92 170 104 170H296C308 170 316 176 316 190C316 262 258 282 200 282"
                "C142 282 84 262 84 190Z"
            ),
            (
                "M84 190C84 176 92 170 104 170H296C308 170 316 176 316 190V232"
                "C316 246 308 252 296 252H104C92 252 84 246 84 232Z"
            ),
            "M84 190C84 176 92 170 104 170H296C308 170 316 176 316 190L210 274C204 278 196 278 190 274Z",
        ),
    )
    clasp_y = 268 if "282" in flap else 246
    strap = "M96 184C96 30 304 30 304 184"
    return (
        sketch.ground(200, 336, 132)
        + (sketch.rod(strap, 9, metal) if sketch.pick("strap", (False, False, True)) else sketch.tube(strap, 13))
        + sketch.form(box(80, 174, 240, 162, 26))
        + sketch.line("M92 310C130 322 270 322 308 310", width=FINE)
        + sketch.clip(box(80, 174, 240, 162, 26), sketch.dim(shift(flap, 0, 12)))
        + sketch.form(flap)
        + sketch.line(flap, width=FINE, opacity=0.6)
        + sketch.form(box(186, clasp_y - 14, 28, 28, 7), metal)
        + sketch.line(f"M200 {clasp_y - 5}V{clasp_y + 5}", metal.line)
        + "".join(sketch.line(disc(x, 182, 9), metal.base, 5) for x in (96, 304))
        + (
            sketch.line("M268 280V300M262 300L258 326M268 300V328M274 300L278 326", sketch.accent.base, 4)
            if sketch.pick("tassel", (True, False))
            else ""
        )
    )


def travel_bag(sketch: Sketch) -> str:
    trim = sketch.pick("trim", (LEATHER, sketch.accent, RUBBER))
    sketch.printed("plain", "plain", "stripe", "check", "two-tone")
    body = (
        "M60 210C60 172 84 152 120 152H280C316 152 340 172 340 210L344 298C344 318 330 328 312 328H88"
        "C70 328 56 318 56 298Z"
    )
    ends = "M60 210C60 172 84 152 108 152C92 190 92 290 100 328H88C70 328 56 318 56 298Z"
    belts = "M138 152H160V328H138ZM240 152H262V328H240Z"
    return (
        sketch.ground(200, 330, 152)
        + sketch.line("M152 170C152 84 248 84 248 170", trim.deep, 12)
        + sketch.form(body, printed=True)
        + pair(sketch, ends, trim)
        + sketch.line("M112 176H288", sketch.main.deep, 8)
        + sketch.line("M112 176H288", STEEL.light, 2)
        + sketch.form(box(168, 236, 64, 56, 8))
        + sketch.line(box(168, 236, 64, 56, 8), width=FINE)
        + sketch.form(belts, trim)
        + sketch.stitch("M143 156V324M155 156V324M245 156V324M257 156V324", trim.line)
        + sketch.tube("M149 200C149 96 251 96 251 200", 13, trim)
        + sketch.form(box(182, 112, 36, 20, 8), trim)
        + sketch.line("M288 176V194", BRASS.base, 7)
        + _buckle(sketch, 149, 212, BRASS, 26, 16)
        + _buckle(sketch, 251, 212, BRASS, 26, 16)
        + (sketch.form("M292 180L316 190L310 226L286 218Z", sketch.accent) if sketch.pick("tag", (True, False)) else "")
    )


def belt_bag(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "dots", "two-tone", "zigzag", "speckle")
    body = "M96 178C96 162 108 156 124 156H276C292 156 304 162 304 178C310 250 280 296 200 296C120 296 90 250 96 178Z"
    pocket = "M112 226C160 238 240 238 288 226C282 268 252 288 200 288C148 288 118 268 112 226Z"
    strap = sketch.pick("strap", (RUBBER, sketch.accent, sketch.main))
    loop = "M100 190C36 176 40 92 120 84C170 76 230 76 280 84C360 92 364 176 300 190"
    return (
        sketch.tube(loop, 20, strap)
        + sketch.form(box(166, 62, 68, 34, 8), RUBBER)
        + sketch.line("M188 70V88M212 70V88", RUBBER.highlight, 3)
        + pair(sketch, "M304 172L326 166C340 176 334 196 318 200L300 216Z", strap)
        + sketch.form(body, printed=True)
        + sketch.line("M116 188C160 198 240 198 284 188", sketch.main.deep, 8)
        + sketch.line("M116 188C160 198 240 198 284 188", STEEL.light, 2)
        + sketch.line("M276 190L280 214", sketch.accent.base, 7)
        + sketch.form(pocket)
        + sketch.line(pocket, width=FINE)
        + sketch.form(box(180, 252, 40, 16, 4), sketch.accent)
    )


DRAWINGS = {
    "backpack": backpack,
    "tote bag": tote_bag,
    "shoulder bag": shoulder_bag,
    "travel bag": travel_bag,
    "belt bag": belt_bag,
}
