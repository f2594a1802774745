"""Sport."""

from __future__ import annotations

from web.pictures.outline import around, box, disc, poly, segment, shift
from web.pictures.palette import CREAM, RUBBER, STEEL, tones_of
from web.pictures.sketch import FINE, SEAM, Sketch, group

_FELT = tones_of("#cfdc4a")


def yoga_mat(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "stripe", "leaves", "dots", "two-tone")
    inner = tones_of(sketch.main.light)
    if sketch.pick("style", ("spread", "rolled")) == "spread":
        coil = (
            "M306 156C290 156 280 144 280 130C280 114 292 104 306 104C320 104 330 114 330 128"
            "C330 142 320 150 308 148C298 146 292 138 294 128C296 118 306 116 312 122"
        )
        return (
            sketch.form(poly((96, 140), (304, 140), (366, 318), (34, 318)), printed=True)
            + sketch.line("M48 304H352", width=FINE, opacity=0.7)
            + sketch.dim(poly((92, 152), (308, 152), (316, 172), (84, 172)), 0.14)
            + sketch.form("M94 94H306V164H94C60 164 60 94 94 94Z", inner)
            + sketch.line("M84 114H270", sketch.main.highlight, 6, 0.5)
            + sketch.form(disc(306, 129, 35))
            + sketch.line(coil, sketch.main.deep, FINE)
            + sketch.line(disc(306, 129, 35), width=FINE, opacity=0.5)
        )
    coil = (
        "M98 268C70 268 50 246 50 220C50 192 72 174 98 174C124 174 142 196 142 220"
        "C142 244 122 258 98 258C76 258 62 240 62 220C62 200 78 186 98 186C116 186 130 202 130 220"
        "C130 236 114 246 98 246C84 246 76 232 76 220C76 208 86 200 98 200C110 200 118 210 116 222"
        "C114 232 104 234 98 230"
    )
    strap = sketch.pick("strap", (sketch.accent, RUBBER, CREAM))
    bands = "".join(
        sketch.form(
            (
                f"M{x} 160H{x + 22}C{x + 58} 166 {x + 74} 190 {x + 74} 220"
                f"C{x + 74} 250 {x + 58} 274 {x + 22} 280H{x}C{x + 36} 274 {x + 52} 250 {x + 52} 220"
                f"C{x + 52} 190 {x + 36} 166 {x} 160Z"
            ),
            strap,
        )
        for x in (146, 240)
    )
    return (
        sketch.ground(206, 282, 166)
        + sketch.line("M178 164C184 100 270 100 276 164", strap.deep, 9)
        + sketch.form("M98 162H306C344 162 364 186 364 220C364 254 344 278 306 278H98Z", printed=True)
        + sketch.dim("M98 252H356C346 270 328 278 306 278H98Z", 0.12)
        + bands
        + sketch.form(disc(98, 220, 58), inner)
        + sketch.line(coil, sketch.main.deep, SEAM)
        + sketch.line(disc(98, 220, 58), width=FINE, opacity=0.5)
    )


def dumbbell(sketch: Sketch) -> str:
    style = sketch.pick("heads", ("hex", "plates", "round"))
    bar = sketch.rod("M96 212H304", 26, STEEL) + sketch.line(
        "".join(f"M{x} 203V221" for x in range(164, 240, 9)), STEEL.line, 2
    )
    if style == "hex":
        head = "M64 166L86 138H122L142 166V258L122 286H86L64 258Z"
        heads = "".join(
            sketch.form(shift(head, dx))
            + sketch.line(shift("M64 166H142M64 258H142", dx), width=FINE)
            + sketch.gleam(shift("M64 166L86 138H122L142 166Z", dx), 0.14)
            + sketch.form(disc(103 + dx, 212, 22), sketch.accent)
            for dx in (-16, 210)
        )
    elif style == "plates":
        plates = ((46, 176, 18, 72), (66, 150, 26, 124), (94, 130, 30, 164))
        mirrored = tuple((400 - x - w, y, w, h) for x, y, w, h in plates)
        heads = "".join(
            sketch.form(box(x, y, w, h, 9), sketch.accent if w == 26 else None) for x, y, w, h in plates + mirrored
        )
    else:
        heads = "".join(
            sketch.form(box(x, 146, 92, 132, 40))
            + sketch.line(f"M{x + 24} 156V268M{x + 68} 156V268", width=FINE)
            + sketch.gleam(box(x + 32, 158, 28, 16, 8), 0.25)
            for x in (40, 268)
        )
    return sketch.ground(200, 290, 168) + bar + heads


def football(sketch: Sketch) -> str:
    ball = disc(200, 200, 132)
    patches = sketch.accent if sketch.main.lightness > 0.42 else CREAM
    near, far = around(200, 200, 46, 5), around(200, 200, 86, 5)
    left, right = around(200, 200, 110, 5, -113), around(200, 200, 110, 5, -67)
    seams = "".join(segment(*a, *b) for a, b in zip(near + right, far + left[1:] + left[:1], strict=True))
    rim = zip(far, right, around(200, 200, 144, 5, -74), around(200, 200, 144, 5, -106), left, strict=True)
    pentagons = poly(*near) + "".join(poly(*corners) for corners in rim)
    marks = sketch.flat(pentagons, patches.base) + sketch.line(seams, width=SEAM)
    return sketch.ground(206, 338, 110) + sketch.form(
        ball,
        None,
        marks,
        sketch.dim("M340 120C352 250 260 330 110 300C130 350 280 360 340 300Z", 0.16),
        sketch.gleam(disc(150, 130, 44, 32), 0.3),
    )


def tennis_racket(sketch: Sketch) -> str:
    head = disc(200, 118, 78, 96)
    strings = "".join(f"M{x} 20V216" for x in range(136, 270, 16)) + "".join(
        f"M110 {y}H290" for y in range(32, 214, 16)
    )
    grip = sketch.pick("grip", (RUBBER, sketch.accent, tones_of("#a8713f")))
    wraps = "".join(f"M190 {y + 8}L210 {y}" for y in range(296, 376, 13))
    racket = (
        sketch.clip(head, sketch.line(strings, STEEL.deep, 2))
        + sketch.line("M160 198C176 236 192 246 194 290M240 198C224 236 208 246 206 290", sketch.main.deep, 13)
        + sketch.line("M160 196C176 234 191 244 193 290M240 196C224 234 207 244 205 290", sketch.main.base, 8)
        + sketch.line(head, sketch.main.deep, 18)
        + sketch.line(head, sketch.main.base, 12)
        + sketch.line("M132 90C140 50 170 26 200 26", sketch.main.highlight, 4)
        + sketch.line("M262 66C272 82 277 100 277 120M123 120C123 138 128 154 134 168", sketch.accent.base, 12)
        + sketch.line("M166 206C186 196 214 196 234 206", sketch.accent.deep, 8)
        + sketch.form(box(188, 276, 24, 106, 6), grip)
        + sketch.line(wraps, grip.line, FINE)
        + sketch.form(box(185, 374, 30, 12, 5), RUBBER)
    )
    ball = sketch.form(
        disc(312, 300, 36),
        _FELT,
        sketch.line("M276 282C300 284 312 312 304 340M322 262C318 284 330 300 352 304", CREAM.base, 5),
    )
    return group(racket, transform="rotate(32 200 200)") + (ball if sketch.pick("ball", (True, True, False)) else "")


def resistance_band(sketch: Sketch) -> str:
    if sketch.pick("style", ("handles", "loops")) == "loops":
        bands = []
        for i, tones in enumerate((sketch.accent, tones_of(sketch.main.light), sketch.main)):
            y = 122 + 66 * i
            bands.append(
                sketch.line(disc(200, y, 128, 50), tones.deep, 34)
                + sketch.line(shift(disc(200, y, 128, 50), 0, -2), tones.base, 28)
                + sketch.line(f"M84 {y + 14}C104 {y + 44} 150 {y + 50} 200 {y + 50}", tones.highlight, 5, 0.7)
            )
        return "".join(bands)
    tube = "M118 132C60 220 100 330 200 330C300 330 340 220 282 132"
    inner = "M146 150C130 220 150 290 200 290C250 290 270 220 254 150"

    def grip(flipped: bool) -> str:
        one = (
            sketch.line("M94 72L128 142L158 72", RUBBER.base, 9)
            + sketch.tube("M86 70H166", 30, sketch.pick("grip", (RUBBER, sketch.accent)))
            + sketch.form(disc(128, 144, 14), STEEL)
        )
        return f'<g transform="matrix(-1 0 0 1 400 0)">{one}</g>' if flipped else one

    return (
        sketch.tube(tube, 20)
        + sketch.tube(inner, 16, tones_of(sketch.main.light))
        + sketch.line("M186 330H214", sketch.accent.base, 24)
        + grip(False)
        + grip(True)
    )


def bike_helmet(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "plain", "two-tone")
    shell = "M58 236C50 150 116 86 206 86C296 86 352 150 350 226C350 240 342 246 330 246L96 256C72 258 60 254 58 236Z"
    vents = (
        "M112 196C116 160 138 134 166 122L176 140C154 152 140 174 136 198ZM164 194"
        "C168 166 184 146 204 138L216 156C202 164 192 178 190 194ZM216 192C220 172 230 162 244 156"
        "L258 176C250 180 246 186 244 192ZM200 112C236 106 274 118 298 142L288 152"
        "C266 132 234 124 206 128Z"
    )
    visor = sketch.pick("visor", (True, False))
    return (
        sketch.line("M112 250C124 300 160 330 196 342M236 246C228 290 216 322 196 342M196 342L214 352", RUBBER.base, 9)
        + sketch.line("M196 340L222 350", sketch.accent.base, 12)
        + sketch.form("M76 246L330 238C330 262 322 268 306 268L110 278C90 278 80 268 76 246Z", RUBBER)
        + sketch.form(
            shell,
            None,
            sketch.flat(vents, sketch.main.deep if sketch.main.lightness > 0.42 else "#0d0f12"),
            sketch.line(vents, sketch.accent.base, FINE),
            sketch.flat("M52 220C150 214 260 212 356 200V226H52Z", sketch.accent.base),
            printed=True,
        )
        + sketch.gleam("M96 170C108 130 140 104 176 98C140 116 118 144 108 174Z", 0.35)
        + (sketch.form("M300 224C336 216 372 222 384 242C360 246 330 250 304 250Z", RUBBER) if visor else "")
        + sketch.form(disc(74, 232, 9), sketch.accent)
    )


DRAWINGS = {
    "yoga mat": yoga_mat,
    "dumbbell": dumbbell,
    "football": football,
    "tennis racket": tennis_racket,
    "resistance band": resistance_band,
    "bike helmet": bike_helmet,
}
