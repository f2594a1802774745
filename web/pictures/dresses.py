"""Dresses and skirts."""

from __future__ import annotations

from web.pictures.garment import Cut, lines, neck_inside, pair, rib, sleeve_shadow
from web.pictures.outline import box, symmetric
from web.pictures.palette import BRASS, CREAM
from web.pictures.sketch import FINE, Sketch, group

_EDGE = 5.0


def summer_dress(sketch: Sketch) -> str:
    sketch.printed("plain", "dots", "leaves", "stripe", "check", "leaves", "speckle")
    bodice = symmetric("M200 122C216 122 226 112 236 96C240 120 252 140 256 156C252 172 248 180 246 190L200 194")
    skirt = symmetric("M200 190L246 188C262 234 286 282 306 330C272 352 236 350 200 352")
    folds = "M222 206C232 250 240 300 244 348M240 204C258 250 274 292 284 338"
    straps = sketch.pick("straps", ("M236 98L226 48", "M234 102C240 76 232 56 216 44"))
    frill = symmetric("M200 296L288 286L304 326C272 350 236 348 200 350")
    return (
        lines(sketch, straps, sketch.main.shade, 11)
        + lines(sketch, straps, sketch.main.light, 6)
        + sketch.form(skirt, printed=True)
        + lines(sketch, folds, width=FINE)
        + (sketch.line("M112 287C150 300 250 300 288 287", width=FINE) if sketch.pick("frill", (True, False)) else "")
        + sketch.form(bodice, printed=True)
        + lines(sketch, "M200 122C216 122 226 112 236 96", width=_EDGE)
        + sketch.form(box(153, 180, 94, 16, 4), sketch.pick("waist", (sketch.main, sketch.accent)))
        + (
            sketch.line("M222 196C230 216 226 230 232 246M226 194C240 208 246 218 258 226", sketch.accent.deep, 6)
            if sketch.pick("bow", (True, False))
            else ""
        )
        + (sketch.line("M200 130V178", CREAM.deep, FINE) if sketch.pick("placket", (True, False)) else "")
        + sketch.gleam(frill, 0.06)
    )


def knit_dress(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "plain", "band", "stripe", "two-tone")
    cut = Cut(neck=30, neck_y=52, neckline_y=72, shoulder=76, shoulder_y=68, chest=66, waist=56, hem=98, hem_y=368)
    roll = symmetric("M200 22C216 22 226 24 230 30L234 66C224 78 212 82 200 82")
    is_roll = sketch.pick("neck", (True, True, False))
    ribs = "".join(
        f"M{200 + 14 * i} 92C{200 + 9 * i} 196 {200 + 10 * i} 214 {200 + 21 * i} 352" for i in (-3, -2, -1, 0, 1, 2, 3)
    )
    collar = sketch.form(roll) + rib(sketch, 170, 230, 32, 72) + sketch.line("M170 32C186 40 214 40 230 32", width=FINE)
    belt = symmetric("M200 186H262V206H200")
    drawn = (
        pair(sketch, cut.long_sleeve, printed=True)
        + pair(sketch, cut.cuff)
        + lines(sketch, cut.cuff)
        + sketch.form(cut.torso, None, sketch.line(ribs, width=FINE, opacity=0.45), printed=True)
        + sleeve_shadow(sketch, cut)
        + (collar if is_roll else neck_inside(sketch, cut) + lines(sketch, "M200 74C218 74 228 64 231 54", width=_EDGE))
        + (
            sketch.clip(cut.torso, sketch.form(belt, sketch.accent)) + sketch.form(box(188, 182, 24, 28, 5), BRASS)
            if sketch.pick("belt", (True, False))
            else ""
        )
        + sketch.line("M106 352C150 361 250 361 294 352", width=FINE)
    )
    return group(drawn, transform="matrix(.84 0 0 1 32 2)")


def evening_dress(sketch: Sketch) -> str:
    style = sketch.pick("neck", ("heart", "one shoulder", "halter"))
    skirt = "M160 160C150 214 118 296 90 356C150 378 250 378 310 356C282 296 250 214 240 160Z"
    tops = {
        "heart": (
            "M200 82C208 64 232 58 244 78C250 104 246 132 238 172H162C154 132 150 104 156 78C168 58 192 64 200 82Z"
        ),
        "one shoulder": ("M154 92C192 94 224 66 238 22L256 28C254 76 248 126 238 172H162C158 140 150 116 154 92Z"),
        "halter": (
            "M186 22L214 22C226 62 246 86 250 106C248 132 242 152 238 172H162C158 152 152 132 150 106"
            "C154 86 174 62 186 22Z"
        ),
    }
    folds = {
        "heart": "M200 84V164",
        "one shoulder": "M240 66C216 100 186 118 158 124M244 96C222 124 192 142 162 148",
        "halter": "M196 36C194 80 180 110 166 132M204 36C206 80 220 110 234 132",
    }
    slit = "M216 206C230 262 244 320 248 372L204 374C212 316 216 262 216 206Z"
    sparkle = "".join(
        f"M{x} {y - 4}V{y + 4}M{x - 4} {y}H{x + 4}"
        for x, y in (
            (176, 118),
            (222, 110),
            (198, 140),
            (168, 226),
            (144, 300),
            (186, 286),
            (262, 326),
            (166, 344),
            (204, 212),
        )
    )
    return (
        sketch.form(
            skirt,
            None,
            sketch.flat(slit, sketch.main.deep),
            sketch.line("M216 206C230 262 244 320 248 370", sketch.main.highlight, FINE),
        )
        + sketch.line("M176 180C168 240 146 306 126 362M194 182C190 250 182 306 174 370", width=FINE, opacity=0.7)
        + sketch.form(tops[style])
        + sketch.line(folds[style], width=FINE, opacity=0.7)
        + sketch.form(box(158, 156, 84, 20, 5), sketch.pick("sash", (sketch.accent, sketch.main)))
        + (
            sketch.line(sparkle, CREAM.highlight, FINE, 0.85)
            if sketch.pick("sparkle", (True, False))
            else sketch.gleam("M146 230C136 280 122 320 108 352L122 358C136 320 150 280 158 230Z", 0.16)
        )
    )


def skirt(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "check", "dots", "leaves", "stripe", "zigzag")
    style = sketch.pick("style", ("flared", "pleated", "straight"))
    bodies = {
        "flared": "M200 110L252 108C280 170 306 240 322 304C284 326 240 322 200 324",
        "pleated": "M200 110L252 108L312 306L282 316L250 310L226 318L200 312",
        "straight": "M200 110L252 108C272 150 272 240 266 318L200 322",
    }
    details = {
        "flared": "M224 130C240 190 252 250 258 316M240 128C264 190 284 240 296 310",
        "pleated": "M212 116L226 316M228 116L252 310M242 116L282 314",
        "straight": "M232 116C234 132 232 140 228 148",
    }
    band = symmetric("M200 88L254 86L256 112L200 114")
    return (
        sketch.form(symmetric(bodies[style]), printed=True)
        + lines(sketch, details[style])
        + (
            sketch.line("M200 240V320", width=FINE) + sketch.stitch("M136 308C160 313 240 313 264 308")
            if style == "straight"
            else ""
        )
        + sketch.form(band, sketch.pick("band", (sketch.main, sketch.main, sketch.accent)))
        + sketch.line("M145 112C170 115 230 115 255 112", width=FINE)
        + (sketch.line(box(212, 94, 9, 12, 2), BRASS.base, FINE) if style != "flared" else "")
    )


DRAWINGS = {
    "summer dress": summer_dress,
    "knit dress": knit_dress,
    "evening dress": evening_dress,
    "skirt": skirt,
}
