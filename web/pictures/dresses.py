"""Dresses and skirts."""
from __future__ import annotations

from web.pictures.garment import Cut, lines, neck_inside, pair, rib, sleeve_shadow
from web.pictures.outline import box, symmetric
from web.pictures.palette import BRASS, CREAM
from web.pictures.sketch import FINE, Sketch


def summer_dress(sketch: Sketch) -> str:
    sketch.printed("plain", "dots", "leaves", "stripe", "check", "leaves", "speckle")
    bodice = symmetric("M200 122C216 122 226 112 236 96C240 120 252 140 256 156C252 172 248 180 246 190L200 194")
    skirt = symmetric("M200 190L246 188C262 234 286 282 306 330C272 352 236 350 200 352")
    folds = "M222 206C232 250 240 300 244 348M240 204C258 250 274 292 284 338"
    straps = sketch.pick("straps", ("M236 98L226 48", "M234 102C240 76 232 56 216 44"))
    frill = symmetric("M200 296L288 286L304 326C272 350 236 348 200 350")
    return (
        lines(sketch, straps, sketch.main.shade, 11) + lines(sketch, straps, sketch.main.light, 6)
        + sketch.form(skirt, printed=True) + lines(sketch, folds, width=FINE)
        + (sketch.line("M112 287C150 300 250 300 288 287", width=FINE) if sketch.pick("frill", (True, False)) else "")
        + sketch.form(bodice, printed=True) + lines(sketch, "M200 122C216 122 226 112 236 96", width=SEAM_EDGE)
        + sketch.form(box(153, 180, 94, 16, 4), sketch.pick("waist", (sketch.main, sketch.accent)))
        + (sketch.line("M222 196C230 216 226 230 232 246M226 194C240 208 246 218 258 226", sketch.accent.deep, 6) if sketch.pick("bow", (True, False)) else "")
        + (sketch.line("M200 130V178", CREAM.deep, FINE) if sketch.pick("placket", (True, False)) else "")
        + sketch.gleam(frill, 0.06)
    )


SEAM_EDGE = 5.0


def knit_dress(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "plain", "band", "stripe", "two-tone")
    cut = Cut(neck=30, neck_y=66, neckline_y=86, shoulder=78, shoulder_y=84, chest=68, waist=58, hem=88, hem_y=346)
    roll = symmetric("M200 36C216 36 226 38 230 44L234 80C224 92 212 96 200 96")
    is_roll = sketch.pick("neck", (True, True, False))
    ribs = "".join(f"M{200 + 14 * i} 104C{200 + 9 * i} 200 {200 + 10 * i} 210 {200 + 17 * i} 330" for i in (-3, -2, -1, 0, 1, 2, 3))
    collar = sketch.form(roll) + rib(sketch, 170, 230, 46, 86) + sketch.line("M170 46C186 54 214 54 230 46", width=FINE)
    belt = symmetric("M200 208H262V228H200")
    return (
        pair(sketch, cut.long_sleeve, printed=True) + pair(sketch, cut.cuff) + lines(sketch, cut.cuff)
        + sketch.form(cut.torso, None, sketch.line(ribs, width=FINE, opacity=0.45), printed=True) + sleeve_shadow(sketch, cut)
        + (collar if is_roll else neck_inside(sketch, cut) + lines(sketch, "M200 88C218 88 228 78 231 68", width=SEAM_EDGE))
        + (sketch.clip(cut.torso, sketch.form(belt, sketch.accent)) + sketch.form(box(188, 204, 24, 28, 5), BRASS)
           if sketch.pick("belt", (True, False)) else "")
        + sketch.line("M116 330C150 338 250 338 284 330", width=FINE)
    )


def evening_dress(sketch: Sketch) -> str:
    style = sketch.pick("neck", ("heart", "one shoulder", "halter"))
    skirt = "M158 176C148 226 128 300 108 350C160 366 240 366 292 350C272 300 252 226 242 176Z"
    tops = {
        "heart": "M200 108C208 90 232 84 244 104C250 128 246 150 240 184H160C154 150 150 128 156 104C168 84 192 90 200 108Z",
        "one shoulder": "M152 116C190 118 226 88 240 40L258 46C256 96 250 140 240 184H160C156 158 150 136 152 116Z",
        "halter": "M186 44L214 44C226 84 246 108 250 128C248 150 244 166 240 184H160C156 166 152 150 150 128C154 108 174 84 186 44Z",
    }
    slit = "M214 214C226 262 236 310 238 360L204 362C212 310 214 262 214 214Z"
    sparkle = "".join(f"M{x} {y - 4}V{y + 4}M{x - 4} {y}H{x + 4}" for x, y in ((176, 132), (222, 126), (198, 156), (168, 236), (148, 300), (190, 286), (252, 318), (180, 336)))
    return (
        sketch.form(skirt, None, sketch.flat(slit, sketch.main.deep), sketch.line("M214 214C226 262 236 310 238 360", sketch.main.highlight, FINE))
        + sketch.line("M178 190C170 240 154 300 140 354M194 192C190 250 184 300 180 358", width=FINE, opacity=0.7)
        + sketch.form(tops[style]) + sketch.line("M200 110V170" if style == "heart" else "M176 134C188 150 212 150 226 132", width=FINE, opacity=0.7)
        + sketch.form(box(157, 170, 86, 20, 5), sketch.pick("sash", (sketch.accent, sketch.main)))
        + (sketch.line(sparkle, CREAM.highlight, FINE, 0.85) if sketch.pick("sparkle", (True, False)) else sketch.gleam("M150 236C142 280 132 320 122 350L136 354C146 320 154 280 160 236Z", 0.16))
    )


def skirt(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "check", "dots", "leaves", "stripe", "zigzag")
    style = sketch.pick("style", ("flared", "pleated", "straight"))
    bodies = {
        "flared": "M200 110L252 108C280 170 306 240 322 304C284 326 240 322 200 324",
        "pleated": "M200 110L252 108L312 306L282 316L250 310L226 318L200 312", "straight": "M200 110L252 108C272 150 272 240 266 318L200 322",
    }
    details = {
        "flared": "M224 130C240 190 252 250 258 316M240 128C264 190 284 240 296 310",
        "pleated": "M212 116L226 316M228 116L252 310M242 116L282 314", "straight": "M232 116C234 132 232 140 228 148",
    }
    band = symmetric("M200 88L254 86L256 112L200 114")
    return (
        sketch.form(symmetric(bodies[style]), printed=True) + lines(sketch, details[style])
        + (sketch.line("M200 240V320", width=FINE) + sketch.stitch("M136 308C160 313 240 313 264 308") if style == "straight" else "")
        + sketch.form(band, sketch.pick("band", (sketch.main, sketch.main, sketch.accent))) + sketch.line("M145 112C170 115 230 115 255 112", width=FINE)
        + (sketch.line(box(212, 94, 9, 12, 2), BRASS.base, FINE) if style != "flared" else "")
    )


DRAWINGS = {"summer dress": summer_dress, "knit dress": knit_dress, "evening dress": evening_dress, "skirt": skirt}
