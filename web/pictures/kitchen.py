"""Kitchen."""

from __future__ import annotations

from web.pictures.outline import box, disc, fluffy, poly
from web.pictures.palette import BRASS, CREAM, DARK_WOOD, GLASS, RUBBER, STEEL, WOOD, tones_of
from web.pictures.sketch import FINE, Sketch, group

_COFFEE = tones_of("#5a3a26")
_YOLK = tones_of("#f0b23c")


def _steam(sketch: Sketch, *xs: float, y: float = 90) -> str:
    data = "".join(f"M{x} {y}C{x - 14} {y - 18} {x + 14} {y - 30} {x} {y - 52}" for x in xs)
    return sketch.line(data, "#fff", 6, 0.75)


def frying_pan(sketch: Sketch) -> str:
    handle = sketch.pick("handle", (WOOD, DARK_WOOD, RUBBER, STEEL))
    egg = sketch.pick("egg", (True, False, False))
    coat = tones_of(sketch.main.deep)
    pan = (
        sketch.form("M172 208H228L222 366C222 378 216 384 200 384C184 384 178 378 178 366Z", handle)
        + sketch.flat(disc(200, 362, 7), handle.line)
        + sketch.line("M200 232V330", handle.highlight, 4, 0.5)
        + sketch.form(box(180, 212, 40, 34, 6), STEEL)
        + sketch.form(disc(200, 126, 116))
        + sketch.form(disc(200, 126, 98), coat)
        + sketch.line(disc(200, 126, 98), width=FINE)
        + sketch.line("M122 96C136 60 168 42 200 42", sketch.main.highlight, 5, 0.6)
        + (
            sketch.form(fluffy(196, 126, 62, 54, 5, 10), CREAM)
            + sketch.form(disc(204, 122, 24), _YOLK)
            + sketch.gleam(disc(196, 114, 7, 5), 0.7)
            if egg
            else sketch.line(disc(200, 126, 66), sketch.main.line, 2, 0.4)
            + sketch.line(disc(200, 126, 34), sketch.main.line, 2, 0.4)
        )
    )
    return group(pan, transform="rotate(-42 200 200) translate(0 4)")


def saucepan(sketch: Sketch) -> str:
    grip = sketch.pick("handle", (WOOD, RUBBER, STEEL, DARK_WOOD))
    two = sketch.pick("handles", (False, True))
    body = "M84 170H276V286C276 310 260 322 240 322H120C100 322 84 310 84 286Z"
    handles = (
        sketch.line("M84 206H50V236H84M276 206H310V236H276", grip.deep, 14)
        + sketch.line("M84 205H51V235H84M276 205H309V235H276", grip.base, 8)
        if two
        else sketch.form("M274 188L376 180C386 180 388 206 376 206L274 212Z", grip)
        + sketch.flat(disc(368, 193, 5), grip.line)
    )
    drawn = (
        sketch.ground(186, 324, 126)
        + handles
        + sketch.form(
            body,
            None,
            sketch.gleam(box(104, 150, 18, 190, 8), 0.28),
            sketch.dim("M250 160H290V330H230C250 300 254 240 250 160Z", 0.12),
        )
        + sketch.line("M90 296H270", width=FINE, opacity=0.7)
        + sketch.form(box(74, 160, 212, 20, 9), STEEL)
        + sketch.form("M82 160C90 120 270 120 278 160Z", sketch.pick("lid", (None, GLASS, None)))
        + sketch.line("M104 150C116 138 140 132 164 131", "#fff", 4, 0.5)
        + sketch.form(box(168, 112, 24, 18, 4), STEEL)
        + sketch.form(box(156, 96, 48, 22, 11), grip)
    )
    return group(drawn, transform=f"translate({20 if two else 0} -14)")


def chefs_knife(sketch: Sketch) -> str:
    handle = sketch.main
    blade = "M186 252L186 42C186 26 196 20 202 30C240 90 252 160 250 252Z"
    dimples = "".join(disc(206, y, 6, 11) for y in range(96, 236, 30))
    rivets = sketch.pick("rivets", (BRASS, STEEL))
    plank = sketch.pick("board", (WOOD, DARK_WOOD, tones_of("#dcc7a2")))
    board = sketch.form(
        box(56, 66, 288, 268, 22),
        plank,
        sketch.line(
            (
                "M60 112C140 104 250 122 340 110M60 172C150 182 260 160 340 174M60 236"
                "C130 226 260 246 340 232M60 292C150 300 250 284 340 296"
            ),
            plank.shade,
            FINE,
        ),
    ) + sketch.flat(disc(310, 100, 11), plank.line)
    knife = (
        sketch.form(blade, STEEL)
        + sketch.gleam("M232 252C236 160 226 96 200 34C238 90 252 160 250 252Z", 0.55)
        + (sketch.dim(dimples, 0.12) if sketch.pick("dimples", (True, False)) else "")
        + sketch.line("M186 244V44", STEEL.line, 3)
        + sketch.form("M184 250H226L222 274H186Z", STEEL)
        + sketch.form("M184 272H222C226 300 218 320 222 346C226 372 218 384 204 384C190 384 182 374 184 350Z", handle)
        + "".join(sketch.ball(203, y, 5.5, rivets) for y in (290, 320, 350))
        + sketch.line("M192 282V366", handle.highlight, 3, 0.5)
    )
    return board + group(knife, transform="rotate(38 200 200)")


def teapot(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "dots", "band", "leaves", "two-tone", "speckle")
    knob = sketch.pick("knob", (sketch.main, WOOD, sketch.accent, BRASS))
    handle_style = sketch.pick("handle", ("ear", "arch"))
    body = "M96 226C96 160 140 132 200 132C260 132 304 160 304 226C304 288 262 322 200 322C138 322 96 288 96 226Z"
    spout = "M92 268C56 246 60 196 28 170C40 158 62 160 72 170C88 190 92 204 112 208Z"
    handles = {
        "ear": sketch.tube("M292 184C372 152 376 270 290 280", 22),
        "arch": sketch.tube("M128 160C110 20 290 20 272 160", 15, sketch.pick("arch", (WOOD, DARK_WOOD, BRASS))),
    }
    return (
        sketch.ground(200, 328, 124)
        + handles[handle_style]
        + sketch.form(spout)
        + sketch.form(
            body,
            None,
            sketch.gleam("M120 216C122 180 146 158 172 150C146 176 136 204 136 244C124 240 120 228 120 216Z", 0.4),
            printed=True,
        )
        + sketch.form("M136 318H264L256 334H144Z", tones_of(sketch.main.shade))
        + sketch.form("M144 142C150 110 250 110 256 142C236 150 164 150 144 142Z")
        + sketch.line("M146 142C166 150 234 150 254 142", width=FINE)
        + sketch.ball(200, 104, 15, knob)
    )


def mug(sketch: Sketch) -> str:
    sketch.printed("plain", "stripe", "dots", "two-tone", "band", "speckle", "leaves", "zigzag")
    body = "M98 122H274V276C274 312 250 332 216 332H156C122 332 98 312 98 276Z"
    inside = sketch.pick("inside", (sketch.main, sketch.accent, CREAM))
    return (
        sketch.ground(190, 332, 118)
        + (_steam(sketch, 154, 188, 222, y=94) if sketch.pick("steam", (True, False)) else "")
        + sketch.line("M268 168C346 152 350 276 264 276", sketch.main.deep, 26)
        + sketch.line("M268 166C342 152 346 272 264 273", sketch.main.base, 19)
        + sketch.form(
            body,
            None,
            sketch.gleam(box(114, 100, 18, 250, 9), 0.3),
            sketch.dim("M252 110H290V340H210C246 310 254 240 252 110Z", 0.12),
            printed=True,
        )
        + sketch.form(disc(186, 122, 88, 24), inside)
        + sketch.flat(disc(186, 127, 76, 17), inside.deep)
        + sketch.form(disc(186, 131, 70, 13), _COFFEE)
        + (
            sketch.flat(
                (
                    "M186 250C168 234 154 220 160 204C164 192 180 194 186 208C192 194 208 192 212 204"
                    "C218 220 204 234 186 250Z"
                ),
                sketch.accent.base,
            )
            if sketch.print == "plain" and sketch.pick("heart", (True, False))
            else ""
        )
    )


def mixing_bowl(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "band", "two-tone", "stripe", "speckle", "dots")
    tool = sketch.pick("tool", ("whisk", "spoon", "none"))
    wires = (
        "M262 150C226 118 250 60 292 46M262 150C250 110 272 68 292 46M262 150C276 118 292 84 292 46"
        "M262 150C304 128 318 84 292 46"
    )
    tools = {
        "whisk": sketch.line("M292 46L232 176", STEEL.deep, 4)
        + group(sketch.line(wires, STEEL.base, 4), transform="rotate(180 262 120) translate(6 -34)")
        + sketch.rod("M270 86L300 26", 15, WOOD),
        "spoon": sketch.rod("M226 190L312 42", 15, WOOD),
        "none": "",
    }
    body = "M56 166H344C344 250 296 318 246 326H154C104 318 56 250 56 166Z"
    return (
        sketch.ground(200, 328, 122)
        + sketch.form(disc(200, 164, 146, 40), tones_of(sketch.main.shade))
        + sketch.form(disc(200, 172, 124, 28), CREAM)
        + sketch.dim("M76 164C110 130 290 130 324 164C280 148 120 148 76 164Z", 0.16)
        + tools[tool]
        + sketch.clip(
            "M50 180C90 214 310 214 350 180V340H50Z",
            sketch.form(
                body,
                None,
                sketch.gleam("M84 204C96 260 120 300 150 318L166 318C136 290 116 250 108 206Z", 0.3),
                printed=True,
            ),
        )
        + sketch.line("M56 168C66 216 334 216 344 168", sketch.main.light, 11)
        + sketch.line("M58 178C78 222 322 222 342 178", width=2, opacity=0.6)
        + sketch.form("M150 324H250L244 336H156Z", tones_of(sketch.main.deep))
    )


def coffee_maker(sketch: Sketch) -> str:
    style = sketch.pick("style", ("filter", "moka", "press"))
    if style == "filter":
        drawn = (
            sketch.form(
                "M108 62C108 50 116 44 128 44H272C284 44 292 50 292 62V128H190V296H300V324"
                "C300 332 294 338 286 338H114C106 338 100 332 100 324V300L108 290Z"
            )
            + sketch.dim("M172 128H196V296H172Z", 0.22)
            + sketch.flat("M100 296H300V308H100Z", sketch.main.deep)
            + sketch.form("M206 128H274L262 160H218Z", RUBBER)
            + sketch.form(
                "M204 186H278C296 214 296 256 284 294H198C186 256 186 214 204 186Z",
                GLASS,
                sketch.flat("M180 232H310V300H180Z", _COFFEE.base),
            )
            + sketch.gleam(box(200, 204, 9, 76, 4), 0.5)
            + sketch.form(box(200, 170, 82, 18, 6), RUBBER)
            + sketch.line("M284 200C330 196 330 270 290 274", RUBBER.base, 12)
            + sketch.form(disc(136, 92, 17), sketch.accent)
            + sketch.line("M136 92V80", sketch.accent.line)
            + sketch.line("M122 150V250", GLASS.base, 9)
            + sketch.line("M122 190V250", "#6fb2d6", 5)
            + sketch.line("M172 74H268M172 92H240", width=FINE)
        )
        return sketch.ground(200, 338, 120) + drawn
    if style == "moka":
        return (
            sketch.ground(196, 342, 92)
            + sketch.tube("M258 128H322V240", 18, sketch.pick("grip", (RUBBER, DARK_WOOD)))
            + sketch.form(poly((134, 214), (258, 214), (276, 340), (116, 340)))
            + sketch.line("M170 216L158 338M222 216L234 338", width=FINE)
            + sketch.gleam(poly((170, 216), (196, 216), (192, 338), (158, 338)), 0.22)
            + sketch.form(box(128, 196, 136, 24, 6), STEEL)
            + sketch.ball(248, 262, 8, BRASS)
            + sketch.form(poly((122, 92), (270, 92), (250, 198), (142, 198)))
            + sketch.form(poly((122, 92), (140, 92), (132, 128), (98, 100)))
            + sketch.line("M166 94L174 196M224 94L218 196", width=FINE)
            + sketch.gleam(poly((166, 94), (196, 94), (196, 196), (174, 196)), 0.22)
            + sketch.form(poly((124, 92), (196, 62), (268, 92)), sketch.accent)
            + sketch.ball(196, 56, 13, RUBBER)
        )
    return (
        sketch.ground(192, 342, 92)
        + sketch.line("M258 150C334 140 334 282 260 282", sketch.main.deep, 20)
        + sketch.line("M258 148C330 140 330 278 260 279", sketch.main.base, 14)
        + sketch.rod("M192 40V120", 7, STEEL)
        + sketch.ball(192, 42, 15)
        + sketch.form(
            box(126, 116, 132, 216, 12),
            GLASS,
            sketch.flat(box(120, 196, 150, 140), _COFFEE.base),
            sketch.flat(box(120, 186, 150, 14), STEEL.deep),
        )
        + sketch.gleam(box(140, 130, 14, 186, 7), 0.45)
        + sketch.form("M120 116C120 92 264 92 264 116Z")
        + sketch.form("M132 116L112 108L126 136Z", GLASS)
        + sketch.line("M122 150H262M122 300H262M126 120V340M258 120V340", sketch.main.deep, 9)
        + sketch.line("M122 149H262M122 299H262M126 120V340M258 120V340", sketch.main.base, 6)
    )


DRAWINGS = {
    "frying pan": frying_pan,
    "saucepan": saucepan,
    "chef's knife": chefs_knife,
    "teapot": teapot,
    "mug": mug,
    "mixing bowl": mixing_bowl,
    "coffee maker": coffee_maker,
}
