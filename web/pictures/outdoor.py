"""Camping and outdoor things."""

from __future__ import annotations

from web.pictures.outline import box, disc, mirror, poly
from web.pictures.palette import BRASS, CREAM, FLAME, LEAF, RUBBER, STEEL, WOOD, tones_of
from web.pictures.sketch import FINE, Sketch


def tent(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "two-tone", "band")
    style = sketch.pick("style", ("ridge", "dome"))
    grass = "".join(
        f"M{x} 330C{x + 2} 320 {x} 314 {x - 4} 308M{x} 330C{x + 4} 320 {x + 6} 314 {x + 12} 310" for x in (62, 330, 352)
    )
    ropes = sketch.line(
        "M84 200L36 326M316 200L364 326" if style == "dome" else "M200 92L24 322M200 92L376 322",
        CREAM.deep,
        FINE,
    )
    if style == "ridge":
        drawn = (
            sketch.line("M186 66L338 330M214 66L62 330", WOOD.deep, 8)
            + sketch.form(poly((200, 84), (344, 328), (56, 328)), printed=True)
            + sketch.flat(
                poly((200, 132), (262, 328), (138, 328)),
                sketch.main.line if sketch.main.lightness > 0.42 else sketch.main.deep,
            )
            + sketch.form("M200 112L200 150C186 210 172 270 140 328H110C150 260 180 180 200 112Z", sketch.accent)
            + sketch.form("M200 112L200 150C214 210 228 270 260 328H290C250 260 220 180 200 112Z", sketch.accent)
        )
    else:
        door = "M200 164C232 176 250 250 252 328H148C150 250 168 176 200 164Z"
        drawn = (
            sketch.form("M48 328C56 190 122 104 200 104C278 104 344 190 352 328Z", printed=True)
            + sketch.line("M200 104C130 150 96 240 92 328M200 104C270 150 304 240 308 328", width=FINE)
            + sketch.form(door, sketch.accent)
            + sketch.line("M200 164V328", sketch.accent.line)
            + sketch.line(door, width=FINE)
            + sketch.form("M160 120C180 102 220 102 240 120L230 142C212 132 188 132 170 142Z", sketch.accent)
        )
    return sketch.ground(200, 332, 168) + ropes + drawn + sketch.line(grass, LEAF.base, 4)


def sleeping_bag(sketch: Sketch) -> str:
    lining = sketch.accent
    body = (
        "M122 78C136 26 264 26 278 78C306 130 300 206 288 266C280 318 266 362 242 374H158"
        "C134 362 120 318 112 266C100 206 94 130 122 78Z"
    )
    opening = "M200 62C242 62 258 88 256 120C254 150 232 164 200 164C168 164 146 150 144 120C142 88 158 62 200 62Z"
    quilts = "".join(f"M90 {y}C150 {y + 15} 250 {y + 15} 310 {y}" for y in (194, 230, 266, 302, 338))
    flap = "M214 160C256 178 284 214 288 262C264 270 244 262 232 246C228 214 222 186 214 160Z"
    return (
        sketch.form(body, None, sketch.line(quilts + "M150 62L124 40M200 54V30M250 62L276 40"))
        + sketch.form(flap, lining)
        + sketch.line("M214 160C222 186 228 214 232 246C244 262 264 270 288 262", sketch.main.deep, 6)
        + sketch.line("M232 246L236 342", sketch.main.deep, 7)
        + sketch.line("M232 248L236 340", STEEL.light, 2)
        + sketch.form(opening, lining)
        + sketch.dim("M144 120C142 88 158 62 200 62C242 62 258 88 256 120C240 84 160 84 144 120Z", 0.25)
        + sketch.line(opening, sketch.main.deep, 6)
        + sketch.line("M176 162C172 178 166 186 168 204M186 164C188 180 184 190 186 200", lining.deep, 4)
        + (sketch.form(box(132, 282, 34, 26, 4), lining) if sketch.pick("label", (True, False)) else "")
    )


def hiking_poles(sketch: Sketch) -> str:
    grip = sketch.pick("grip", (RUBBER, tones_of("#b98a5c"), sketch.accent))
    basket = sketch.pick("basket", (RUBBER, sketch.accent))

    def pole() -> str:
        return (
            sketch.rod("M200 120V360", 10, STEEL)
            + sketch.tube("M200 110V248", 14)
            + sketch.line("M200 168V184M200 204V210", sketch.accent.base, 14)
            + sketch.form(box(190, 240, 20, 26, 5), RUBBER)
            + sketch.form(box(207, 246, 12, 9, 3), sketch.accent)
            + sketch.line("M196 46C164 60 168 108 192 112", sketch.accent.deep, 7)
            + sketch.form(
                ("M188 40C188 30 212 30 212 40L210 70C216 80 208 90 211 104L209 126H191L189 104C192 90 184 80 190 70Z"),
                grip,
            )
            + sketch.line("M191 82H209M190 94H209M191 106H209", grip.line, 2)
            + sketch.form("M176 338H224L212 350H188Z", basket)
            + sketch.line("M200 352V374", STEEL.deep, 6)
        )

    one = pole()
    return f'<g transform="rotate(21 200 210)">{one}</g><g transform="rotate(-21 200 210)">{one}</g>'


def lantern(sketch: Sketch) -> str:
    style = sketch.pick("light", ("flame", "bulb"))
    frame = sketch.pick("frame", (STEEL, BRASS, RUBBER))
    lights = {
        "flame": sketch.form("M200 196C222 222 224 250 200 258C176 250 178 222 200 196Z", FLAME)
        + sketch.form("M200 224C210 236 210 250 200 254C190 250 190 236 200 224Z", CREAM),
        "bulb": sketch.form("M200 182C232 182 236 216 216 236V250H184V236C164 216 168 182 200 182Z", CREAM)
        + sketch.form(box(182, 246, 36, 24, 4), STEEL)
        + sketch.line("M182 258H218", STEEL.line, 2),
    }
    return (
        sketch.ground(200, 342, 100)
        + sketch.line("M134 150C126 20 274 20 266 150", frame.deep, 9)
        + sketch.line("M134 148C128 24 272 24 266 148", frame.light, 4)
        + sketch.form(box(180, 78, 40, 26, 8))
        + sketch.form("M150 104H250C258 116 268 132 272 152H128C132 132 142 116 150 104Z")
        + sketch.flat(box(140, 150, 120, 120, 22), "#fff3c9")
        + sketch.flat(disc(200, 226, 50), FLAME.highlight, 0.55)
        + lights[style]
        + sketch.gleam(box(150, 164, 14, 88, 7), 0.7)
        + sketch.line("M142 152V272M258 152V272M142 212H258", frame.deep, 6)
        + sketch.line("M141 152V272M257 152V272M142 211H258", frame.light, 2)
        + sketch.form("M128 268H272L284 316C286 330 280 338 268 338H132C120 338 114 330 116 316Z")
        + sketch.line("M122 296H278", width=FINE)
        + sketch.form(disc(200, 318, 10), frame)
        + sketch.line("M150 128H250", width=FINE)
    )


def water_bottle(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "two-tone", "band", "speckle", "leaves")
    lid = sketch.pick("lid", (RUBBER, WOOD, STEEL, sketch.accent))
    style = sketch.pick("style", ("loop", "sport", "plain"))
    body = (
        "M150 146C150 126 172 122 174 104H226C228 122 250 126 250 146V322C250 340 240 350 224 350H176"
        "C160 350 150 340 150 322Z"
    )
    tops = {
        "loop": sketch.line("M176 72C172 28 228 28 224 72", lid.deep, 13)
        + sketch.line("M176 70C174 32 226 32 224 70", lid.light, 6),
        "sport": sketch.form(box(186, 30, 28, 36, 8), sketch.accent)
        + sketch.line("M186 50H214", sketch.accent.line, 2),
        "plain": "",
    }
    return (
        sketch.ground(204, 350, 82)
        + tops[style]
        + sketch.form(box(168, 62, 64, 44, 9), lid)
        + sketch.line("M178 72V98M190 72V98M202 72V98M214 72V98M224 72V98", lid.line, 2, 0.6)
        + sketch.form(body, printed=True)
        + sketch.line("M174 108H226", width=FINE)
        + sketch.line("M152 316H248", width=FINE)
        + sketch.gleam("M162 154C162 146 166 142 172 138V312H162Z", 0.4)
        + sketch.dim("M236 140C244 142 250 146 250 156V322C250 340 240 350 230 350C236 300 238 200 236 140Z", 0.1)
        + (sketch.form(box(184, 206, 32, 44, 6), sketch.accent) if sketch.print == "plain" else "")
    )


def camping_stove(sketch: Sketch) -> str:
    flame = "M{0} 138C{1} 122 {1} 112 {0} 92C{2} 112 {2} 122 {0} 138Z"
    flames = "".join(
        sketch.flat(flame.format(x, x + 11, x - 11), colour)
        for x, colour in ((164, "#5b9bd5"), (188, "#7fb8e6"), (212, "#7fb8e6"), (236, "#5b9bd5"))
    )
    arm = "M226 168L290 140L290 112L306 104"
    canister = (
        "M120 246C120 226 150 216 200 216C250 216 280 226 280 246V318C280 336 264 344 248 344H152"
        "C136 344 120 336 120 318Z"
    )
    pot = sketch.pick("pot", (True, False))
    pan = (
        sketch.form("M120 42H280V88C280 98 274 102 266 102H134C126 102 120 98 120 88Z", STEEL)
        + sketch.line("M114 42H286", STEEL.deep, 7)
        + sketch.line("M286 56H344", RUBBER.base, 11)
        + sketch.gleam(box(132, 52, 12, 40, 6), 0.5)
    )
    return (
        sketch.ground(200, 344, 104)
        + (pan if pot else "")
        + flames
        + "".join(sketch.line(d, STEEL.deep, 10) + sketch.line(d, STEEL.light, 4) for d in (arm, mirror(arm)))
        + sketch.form("M150 138H250L240 164H160Z", STEEL)
        + sketch.line("M168 148V156M184 148V156M200 148V156M216 148V156M232 148V156", STEEL.line, FINE)
        + sketch.form(box(182, 162, 36, 44, 5), BRASS)
        + sketch.rod("M218 186H276", 8, STEEL)
        + sketch.form(box(270, 174, 32, 24, 7), RUBBER)
        + sketch.form(box(168, 202, 64, 22, 6), STEEL)
        + sketch.form(
            canister,
            None,
            sketch.flat("M110 264H290V306H110Z", sketch.accent.base),
            sketch.gleam("M136 224H156V350H136Z", 0.25),
        )
        + sketch.form("M200 268C212 282 214 298 200 302C186 298 188 282 200 268Z", FLAME)
    )


DRAWINGS = {
    "tent": tent,
    "sleeping bag": sleeping_bag,
    "hiking poles": hiking_poles,
    "lantern": lantern,
    "water bottle": water_bottle,
    "camping stove": camping_stove,
}
