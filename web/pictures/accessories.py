"""Accessories: things worn with clothes."""

from __future__ import annotations

from web.pictures.garment import rib
from web.pictures.outline import box, disc, fluffy, mirror, number, shift, turn
from web.pictures.palette import BRASS, STEEL, tones_of
from web.pictures.sketch import FINE, Sketch, group


def _fringe(sketch: Sketch, left: float, right: float, y: float, length: float) -> str:
    count = int((right - left) / 11)
    data = "".join(
        f"M{number(left + 6 + 11 * i)} {y}L{number(left + 6 + 11 * i + (i % 3 - 1) * 2)} {y + length}"
        for i in range(count)
    )
    return sketch.line(data, sketch.main.shade, 5)


def scarf(sketch: Sketch) -> str:
    sketch.printed("plain", "check", "stripe", "check", "band", "zigzag", "two-tone")
    left, right = (
        "M150 150C146 200 140 260 140 306L196 310C198 250 204 200 214 156Z",
        "M196 150C208 200 216 250 216 330L276 326C274 260 264 200 246 146Z",
    )
    loop = "M96 112C100 66 150 50 200 50C250 50 300 66 304 112C306 154 252 178 200 178C148 178 94 154 96 112Z"
    hole = disc(200, 96, 56, 24)
    return (
        _fringe(sketch, 140, 196, 306, 26)
        + sketch.form(left, printed=True)
        + sketch.line("M168 190C164 230 162 270 162 300", width=FINE)
        + _fringe(sketch, 218, 276, 326, 26)
        + sketch.dim("M190 170C200 210 206 250 206 330L222 330C222 250 216 200 206 160Z", 0.2)
        + sketch.form(right, printed=True)
        + sketch.line("M232 190C240 230 246 270 248 316", width=FINE)
        + sketch.form(loop, printed=True)
        + sketch.flat(hole, sketch.main.deep)
        + sketch.dim("M144 96C150 66 250 66 256 96C240 84 160 84 144 96Z", 0.25)
        + sketch.line("M112 128C140 160 260 160 290 126M128 94C134 130 250 142 282 100", width=FINE)
        + sketch.form(
            (
                "M172 138C190 130 216 132 232 142C236 160 232 174 226 182C210 188 190 188 178 182"
                "C170 170 168 154 172 138Z"
            ),
            printed=True,
        )
        + sketch.line("M190 142C186 156 188 170 194 180M212 142C214 156 212 170 208 182", width=FINE)
    )


def beanie(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "stripe", "zigzag", "two-tone", "speckle")
    dome = "M92 258C84 150 130 92 200 92C270 92 316 150 308 258Z"
    cuff = (
        "M80 250C80 236 88 228 100 230C160 242 240 242 300 230C312 228 320 236 320 250V296"
        "C320 308 312 314 300 314C240 324 160 324 100 314C88 314 80 308 80 296Z"
    )
    pompom = sketch.pick("pompom", (None, sketch.accent, sketch.main))
    ribs = (
        "M124 240C122 170 146 120 178 100M162 240C160 170 172 124 190 98M200 244V98M238 240"
        "C240 170 228 124 210 98M276 240C278 170 254 120 222 100"
    )
    return (
        (
            sketch.form(fluffy(200, 80, 42, 40, 13, 6), pompom)
            + sketch.line("M184 66L190 76M206 60L204 72M222 80L210 84M188 96L196 90", pompom.line, FINE, 0.6)
            if pompom
            else ""
        )
        + sketch.form(dome, printed=True)
        + sketch.line(ribs, width=FINE, opacity=0.7)
        + sketch.form(cuff)
        + rib(sketch, 88, 312, 252, 300, 12)
        + (sketch.form(box(222, 258, 42, 28, 4), sketch.accent) if sketch.pick("label", (True, False)) else "")
    )


def gloves(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "stripe", "band", "zigzag", "speckle")
    hand = (
        "M92 268C88 236 74 216 66 190C60 172 80 164 88 180L102 206C100 170 94 130 96 104"
        "C98 88 118 88 120 104L126 164L128 88"
        "C130 72 150 72 152 88L154 164L164 96C166 82 184 84 184 100L180 176L192 128"
        "C196 114 212 118 210 134C206 180 196 220 192 268Z"
    )
    cuff = box(86, 262, 112, 56, 10)
    cuff_tones = sketch.pick("cuff", (sketch.main, sketch.accent))
    touch = sketch.pick("tips", (True, False))

    def one(tilt: float, dx: float, flip: bool) -> str:
        def placed(data: str) -> str:
            data = shift(turn(data, tilt, (140, 200)), dx)
            return mirror(data) if flip else data

        tips = disc(108, 104, 11, 13) + disc(140, 88, 11, 13)
        return (
            sketch.form(placed(hand), printed=True)
            + sketch.line(
                placed("M126 170V190M154 170V188M180 178L178 192M104 206C112 216 116 226 114 240"), width=FINE
            )
            + (sketch.flat(placed(tips), sketch.accent.base) if touch else "")
            + sketch.form(placed(cuff), cuff_tones)
            + sketch.line(placed("".join(f"M{x} 270V310" for x in range(98, 192, 12))), cuff_tones.line, 2, 0.6)
        )

    return one(-8, -16, False) + one(-8, -16, True)


def belt(sketch: Sketch) -> str:
    metal = sketch.pick("metal", (BRASS, STEEL))
    shape = sketch.pick("buckle", ("frame", "round", "plate"))
    frames = {
        "frame": box(106, 174, 56, 80, 9),
        "round": disc(134, 214, 40),
        "plate": box(102, 176, 66, 76, 12),
    }
    far = (
        "M60 150C60 125 123 104 200 104C277 104 340 125 340 150C340 158 333 166 321 173"
        "C296 159 250 150 200 150C150 150 104 159 79 173C67 166 60 158 60 150Z"
    )
    near = "M60 150C60 175 123 196 200 196C277 196 340 175 340 150V200C340 225 277 246 200 246C123 246 60 225 60 200Z"
    tail = "M134 190C166 196 226 198 262 190C278 190 288 202 286 216C284 230 274 238 262 240C226 248 166 246 134 240Z"
    seams = (
        "M66 164C82 186 134 202 200 202C266 202 318 186 334 164M66 206C84 224 136 239 200 239C264 239 316 224 334 206"
    )
    frame = frames[shape]
    buckle = (
        sketch.form(frame, metal) + sketch.line(box(114, 188, 42, 52, 6), metal.deep, FINE)
        if shape == "plate"
        else sketch.line(frame, metal.deep, 13)
        + sketch.line(frame, metal.light, 7)
        + sketch.line("M108 215H166", metal.base, 8)
    )
    drawn = (
        sketch.form(far, tones_of(sketch.main.deep))
        + sketch.form(near)
        + sketch.stitch(seams)
        + sketch.form(tail)
        + sketch.line(tail, width=FINE, opacity=0.6)
        + "".join(sketch.flat(disc(x, 218 - (x - 200) * 0.02, 4.5), sketch.main.line) for x in (198, 222, 246, 268))
        + buckle
        + sketch.rod("M180 188V250", 13, sketch.main)
    )
    return group(drawn, transform="matrix(1.22 0 0 1.22 -44 -18)")


def cap(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "two-tone", "check", "speckle", "dots")
    brim_tones = sketch.pick("brim", (sketch.main, sketch.accent, sketch.main))
    dome = "M70 246C66 150 116 96 190 96C262 96 304 156 302 240C230 262 140 264 70 246Z"
    brim = (
        "M178 238C230 222 288 220 306 228C350 236 382 254 388 268C390 278 380 280 368 276"
        "C318 262 244 260 176 272C162 262 160 246 178 238Z"
    )
    badge = sketch.pick("badge", ("none", "round", "patch", "peak"))
    badges = {
        "none": "",
        "round": sketch.form(disc(230, 176, 27), sketch.accent)
        + sketch.line("M216 184L226 168L234 178L240 170L246 184", sketch.main.base, 4),
        "patch": sketch.form(box(204, 156, 54, 38, 6), sketch.accent),
        "peak": sketch.line("M206 194L224 160L236 180L244 168L256 194", sketch.accent.base, 6),
    }
    return (
        sketch.form(dome, printed=True)
        + sketch.line("M190 98C150 130 134 200 136 256M190 98C196 130 196 190 190 232", width=FINE)
        + sketch.line("M74 236C130 252 170 252 184 246", width=FINE)
        + sketch.form(disc(192, 96, 13, 7), brim_tones)
        + "".join(sketch.flat(disc(x, y, 4), sketch.main.line) for x, y in ((160, 142), (112, 160)))
        + badges[badge]
        + sketch.form(brim, brim_tones)
        + sketch.dim("M178 238C230 222 288 220 306 228L304 240C270 234 220 238 172 254Z", 0.18)
        + sketch.stitch("M190 258C250 246 310 250 352 272", brim_tones.line)
    )


def sunglasses(sketch: Sketch) -> str:
    lens = sketch.pick("lens", ("pilot", "round", "square", "cat"))
    shapes = {
        "pilot": "M222 166C250 156 320 154 340 172C346 220 330 264 284 264C240 264 220 220 222 166Z",
        "round": disc(280, 210, 58),
        "square": box(220, 160, 122, 94, 26),
        "cat": "M222 182C240 164 310 160 352 146C358 200 336 262 284 262C238 262 216 220 222 182Z",
    }
    shape = shapes[lens]
    glass = sketch.pick("glass", (tones_of("#4a4038"), tones_of("#31404f"), tones_of("#4c5b45"), tones_of("#7a4a52")))
    frame = sketch.line(shape, sketch.main.deep, 19) + sketch.line(shape, sketch.main.base, 13)
    streak = "M246 190L272 174M250 212L292 184"
    return (
        sketch.line("M336 178C356 130 350 100 330 92M64 178C44 130 50 100 70 92", sketch.main.deep, 11)
        + sketch.form(shape, glass)
        + sketch.form(mirror(shape), glass)
        + sketch.line(streak + shift(streak, -160), "#fff", 7, 0.45)
        + frame
        + sketch.line(mirror(shape), sketch.main.deep, 19)
        + sketch.line(mirror(shape), sketch.main.base, 13)
        + sketch.line("M178 188C190 174 210 174 222 188", sketch.main.deep, 15)
        + sketch.line("M178 186C190 172 210 172 222 186", sketch.main.light, 8)
        + sketch.line("M330 172L340 170M60 170L70 172", BRASS.light, 6)
    )


def socks(sketch: Sketch) -> str:
    sketch.printed("plain", "stripe", "dots", "zigzag", "check", "stripe", "speckle")
    tip = sketch.pick("tip", (sketch.accent, sketch.accent, sketch.main))
    sock = (
        "M106 76H178L180 210C182 230 196 240 216 252L256 276C284 294 270 334 236 332"
        "C200 330 150 306 122 282C102 264 102 240 104 214Z"
    )
    cuff = box(102, 66, 80, 38, 9)
    toe = "M226 250L290 290L280 340H214C210 310 212 276 226 250Z"
    heel = "M96 214C124 216 146 240 142 270L128 300L90 280Z"

    def one(dx: float, dy: float) -> str:
        cuff_here = shift(cuff, dx, dy)
        marks = sketch.flat(shift(toe, dx, dy), tip.base) + sketch.flat(shift(heel, dx, dy), tip.base)
        ribs = "".join(f"M{x + dx} {74 + dy}V{98 + dy}" for x in range(112, 178, 10))
        return (
            sketch.form(shift(sock, dx, dy), None, marks, printed=True)
            + sketch.form(cuff_here, tip)
            + sketch.line(ribs, tip.line, 2, 0.6)
        )

    return group(one(58, -6), sketch.dim(shift(sock, 6, 12), 0.14), one(-20, 14))


DRAWINGS = {
    "scarf": scarf,
    "beanie": beanie,
    "gloves": gloves,
    "belt": belt,
    "cap": cap,
    "sunglasses": sunglasses,
    "socks": socks,
}
