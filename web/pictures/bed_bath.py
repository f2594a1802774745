"""Bed and bath."""

from __future__ import annotations

from web.pictures.garment import Cut, lines, pair, sleeve_shadow
from web.pictures.outline import box, disc, shift, turn
from web.pictures.palette import BRASS, CREAM, DARK_WOOD, STEEL, WOOD, tones_of
from web.pictures.sketch import FINE, SEAM, Sketch


def towel(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "plain", "stripe", "two-tone")
    rail = sketch.pick("rail", (STEEL, BRASS, WOOD))
    style = sketch.pick("style", ("rail", "folded"))
    bands = sketch.pick("bands", ("one", "three"))
    if style == "rail":
        weave = {
            "one": sketch.line("M96 300H304", sketch.accent.base, 18),
            "three": sketch.line("M96 282H304M96 296H304M96 310H304", sketch.accent.base, 6),
        }
        fringe = "".join(f"M{x} 344V354" for x in range(108, 300, 9))
        return (
            sketch.form(disc(60, 84, 20), rail)
            + sketch.form(disc(340, 84, 20), rail)
            + sketch.tube("M52 84H348", 17, rail)
            + sketch.form("M238 74H310V262H238Z", tones_of(sketch.main.deep))
            + sketch.line(fringe, sketch.main.shade, 4)
            + sketch.form(
                "M100 90C100 68 104 66 116 66H286C298 66 300 72 300 90V346H100Z",
                None,
                weave[bands],
                printed=True,
            )
            + sketch.line("M102 92H298", sketch.main.highlight, 4, 0.5)
            + sketch.line("M140 110C136 180 140 220 138 270M256 100C260 170 254 220 258 270", width=FINE, opacity=0.4)
        )
    stack = "".join(
        sketch.form(
            (
                f"M86 {y}H318C340 {y} 340 {y + 60} 318 {y + 60}H86"
                f"C74 {y + 60} 70 {y + 52} 70 {y + 46}V{y + 14}C70 {y + 8} 74 {y} 86 {y}Z"
            ),
            tones,
        )
        + sketch.line(f"M74 {y + 30}H322C328 {y + 30} 328 {y + 34} 322 {y + 34}", tones.line, FINE, 0.7)
        + sketch.line(
            f"M104 {y + 2}V{y + 28}M104 {y + 36}V{y + 58}"
            + (f"M118 {y + 2}V{y + 28}M118 {y + 36}V{y + 58}" if bands == "three" else ""),
            tones.line,
            SEAM,
            0.5,
        )
        for y, tones in ((268, sketch.main), (206, tones_of(sketch.main.light)), (144, sketch.main))
    )
    roll = (
        sketch.form("M122 82H286V144H122C92 144 92 82 122 82Z", sketch.accent)
        + sketch.form(disc(286, 113, 31), tones_of(sketch.accent.light))
        + sketch.line(
            (
                "M286 134C272 134 266 124 266 112C266 98 276 92 288 92C300 92 306 102 306 114"
                "C306 124 296 128 288 126C280 124 278 114 284 110"
            ),
            sketch.accent.line,
            FINE,
        )
    )
    return sketch.ground(200, 330, 150) + stack + roll


def bed_linen(sketch: Sketch) -> str:
    sketch.printed("plain", "stripe", "dots", "check", "leaves", "speckle", "zigzag", "two-tone")
    frame = sketch.pick("frame", (WOOD, DARK_WOOD, CREAM))
    pillow = (
        "M66 148C80 132 96 130 126 130C156 130 174 132 186 148C192 166 192 180 186 196"
        "C160 204 92 204 66 196C60 180 60 166 66 148Z"
    )
    return (
        sketch.ground(200, 348, 176)
        + sketch.form("M40 92C40 74 52 66 66 66H334C348 66 360 74 360 92V240H40Z", frame)
        + sketch.line("M58 92H342", frame.line, FINE, 0.6)
        + sketch.form("M36 318H60V352H40ZM364 318H340V352H360Z", frame)
        + sketch.form("M44 188H356L372 322H28Z", CREAM)
        + sketch.form(shift(pillow, 2, 0), CREAM, printed=False)
        + sketch.form(shift(pillow, 146, 0), CREAM)
        + sketch.form(shift(pillow, -2, 12), printed=True)
        + sketch.form(shift(pillow, 150, 12), printed=True)
        + sketch.line(
            shift("M66 148C60 166 60 180 66 196M186 148C192 166 192 180 186 196", -2, 12)
            + shift("M66 148C60 166 60 180 66 196M186 148C192 166 192 180 186 196", 150, 12),
            width=FINE,
            opacity=0.6,
        )
        + sketch.dim("M36 206C120 198 280 198 364 206V222H36Z", 0.12)
        + sketch.form("M38 216C120 206 280 206 362 216L384 330C300 344 100 344 16 330Z", printed=True)
        + sketch.form(
            "M38 214C120 204 280 204 362 214L368 250C280 240 120 240 32 250Z",
            sketch.pick("fold", (sketch.accent, CREAM, tones_of(sketch.main.light))),
        )
        + sketch.line(
            ("M120 262C116 290 112 310 106 334M280 262C284 290 290 312 294 334M204 256C202 280 204 300 202 320"),
            width=FINE,
            opacity=0.5,
        )
    )


def pillow(sketch: Sketch) -> str:
    piping = sketch.pick("piping", (sketch.accent, sketch.main, CREAM))
    count = sketch.pick("count", (1, 2, 2))
    puff = (
        "M44 192C40 180 48 174 60 178C120 160 280 160 340 178C352 174 360 180 356 192"
        "C342 228 342 286 356 322C360 334 352 340 340 336C280 350 120 350 60 336C48 340 40 334 44 322"
        "C58 286 58 228 44 192Z"
    )
    dents = (
        "M64 198C88 206 104 216 112 232M336 198C312 206 296 216 288 232M66 316C90 308 104 300 112 288"
        "M334 316C310 308 296 300 288 288"
    )

    def one(dy: float, degrees: float, tones=None) -> str:
        def placed(data: str) -> str:
            return shift(turn(data, degrees, (200, 250)), 0, dy)

        return (
            sketch.form(placed(puff), tones)
            + sketch.line(placed(puff), piping.deep if piping is sketch.main else piping.base, SEAM)
            + sketch.line(placed(dents), width=FINE, opacity=0.55)
        )

    return sketch.ground(200, 336, 160) + (
        one(-8, 0) + one(-112, -5, tones_of(sketch.main.light)) if count == 2 else one(-20, -4)
    )


def bathrobe(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "plain", "stripe", "dots", "check")
    cut = Cut(neck=38, neck_y=56, neckline_y=150, shoulder=92, shoulder_y=76, chest=84, waist=76, hem=102, hem_y=352)
    trim = sketch.pick("trim", (sketch.accent, tones_of(sketch.main.light), CREAM))
    left = "M164 50C150 60 146 90 152 120C160 160 182 190 200 214L214 200C196 176 178 130 176 60Z"
    right = (
        "M236 50C250 60 254 90 248 120C240 160 214 196 190 226L190 348L206 350L206 236"
        "C232 206 262 160 266 120C268 90 258 62 236 50Z"
    )
    pocket = "M222 256H272V304C272 310 268 314 262 314H232C226 314 222 310 222 304Z"
    sash = "M120 206C160 214 240 214 280 206L282 230C240 238 160 238 118 230Z"
    loose = (
        "M196 222C186 250 184 274 188 304L206 302C204 276 206 250 210 226ZM208 222"
        "C222 244 228 262 230 286L246 280C242 258 232 236 220 218Z"
    )
    return (
        sketch.form("M164 50C180 40 220 40 236 50L214 120L200 160L180 110Z", tones_of(sketch.main.deep))
        + pair(sketch, cut.long_sleeve, printed=True)
        + pair(sketch, cut.cuff, trim)
        + lines(sketch, cut.cuff, trim.line)
        + sketch.form(cut.torso, printed=True)
        + sleeve_shadow(sketch, cut)
        + sketch.flat("M176 62C190 56 210 56 224 62L206 150L196 166Z", sketch.main.deep)
        + sketch.form(left, trim)
        + sketch.form(right, trim)
        + sketch.line(right, trim.line, FINE, 0.6)
        + sketch.form(pocket, printed=True)
        + sketch.line(pocket, width=FINE)
        + sketch.line("M222 268H272", trim.base, 7)
        + sketch.form(sash, trim)
        + sketch.line(sash, trim.line, FINE, 0.7)
        + sketch.form(loose, trim)
        + sketch.line(loose, trim.line, FINE, 0.6)
        + sketch.form(box(190, 202, 32, 34, 9), trim)
        + sketch.line(box(190, 202, 32, 34, 9), trim.line, FINE)
    )


DRAWINGS = {"towel": towel, "bed linen": bed_linen, "pillow": pillow, "bathrobe": bathrobe}
