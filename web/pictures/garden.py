"""Garden."""

from __future__ import annotations

from web.pictures.outline import box, disc, fluffy, mirror, poly, shift, turn
from web.pictures.palette import BRASS, DARK_WOOD, FLAME, LEAF, RUBBER, STEEL, WOOD, tones_of
from web.pictures.sketch import FINE, Sketch, group

_LEAF = "M200 196C176 160 178 112 200 84C222 112 224 160 200 196Z"
_BLOOMS = tuple(tones_of(c) for c in ("#e08aa0", "#e6bf45", "#d9623f", "#a98bd0", "#f6f1e6"))


def plant_pot(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "stripe", "zigzag", "dots", "speckle")
    plant = sketch.pick("plant", ("leaves", "cactus", "blooms", "succulent"))
    bloom = sketch.pick("bloom", _BLOOMS)
    fans = [turn(_LEAF, angle, (200, 206)) for angle in (-66, 66, -36, 36, 0)]
    stem = tones_of("#4f8a58")
    plants = {
        "leaves": "".join(sketch.form(fan, LEAF if i % 2 else stem) for i, fan in enumerate(fans))
        + sketch.line("M200 196V104M190 190L140 124M210 190L260 124", LEAF.line, FINE, 0.6),
        "cactus": sketch.line(
            "M170 158H146C138 158 134 152 134 144V126M230 140H252C260 140 264 134 264 126V110", LEAF.base, 24
        )
        + sketch.form(box(170, 62, 60, 150, 30), LEAF)
        + sketch.line("M186 84V196M200 76V196M214 84V196", LEAF.line, FINE, 0.6)
        + sketch.ball(200, 60, 13, bloom, 0),
        "blooms": sketch.line(
            "M200 200V110M192 200C180 160 160 150 146 136M208 200C220 160 244 150 256 130", LEAF.deep, 6
        )
        + sketch.form(turn(_LEAF, -72, (200, 206)) + turn(_LEAF, 72, (200, 206)), LEAF)
        + "".join(
            sketch.form(fluffy(x, y, 39, 39, 5, 17), bloom) + sketch.ball(x, y, 13, FLAME, 0)
            for x, y in ((200, 92), (142, 126), (260, 122))
        ),
        "succulent": "".join(
            sketch.form(turn(_LEAF, angle, (200, 200)), tones_of(LEAF.light) if abs(angle) > 30 else LEAF)
            for angle in (-80, 80, -52, 52, -24, 24, 0)
        ),
    }
    body = "M118 230H282L264 326C262 334 256 338 248 338H152C144 338 138 334 136 326Z"
    return (
        sketch.ground(200, 340, 104)
        + plants[plant]
        + sketch.form(body, None, sketch.gleam("M140 226H158L168 340H152Z", 0.22), printed=True)
        + sketch.dim("M118 230H282L280 242H120Z", 0.2)
        + sketch.form(box(106, 196, 188, 36, 8))
        + sketch.form("M126 336H274L270 348H130Z", tones_of(sketch.main.deep))
    )


def watering_can(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "band", "dots", "leaves", "two-tone")
    rose = sketch.pick("rose", (BRASS, STEEL, sketch.main, sketch.accent))
    body = "M140 164H304L314 318C314 330 306 336 296 336H148C138 336 130 330 130 318Z"
    return (
        sketch.ground(216, 338, 116)
        + sketch.line("M292 192C392 150 392 300 304 296", sketch.main.deep, 20)
        + sketch.line("M292 190C388 150 388 296 304 293", sketch.main.base, 13)
        + sketch.form("M136 304L58 142L80 132L146 232Z")
        + sketch.line("M92 164L150 184", sketch.main.deep, 8)
        + sketch.form(poly((34, 148), (92, 118), (84, 96), (18, 132)), rose)
        + sketch.flat("".join(disc(x, y, 3) for x, y in ((36, 134), (50, 127), (64, 120), (78, 112))), rose.line)
        + sketch.line("M166 160C172 76 276 76 282 160", sketch.main.deep, 18)
        + sketch.line("M165 158C172 78 274 78 281 158", sketch.main.base, 11)
        + sketch.form(
            body,
            None,
            sketch.gleam("M158 150H180L176 340H150Z", 0.22),
            sketch.dim("M284 150H330V350H286C296 290 292 220 284 150Z", 0.12),
            printed=True,
        )
        + sketch.form("M136 164C136 146 308 146 308 164C308 178 136 178 136 164Z", tones_of(sketch.main.light))
        + sketch.flat("M212 164C212 154 296 154 296 164C296 172 212 172 212 164Z", sketch.main.deep)
        + sketch.line("M132 300H312", width=FINE)
        + (
            sketch.line("M22 160V172M40 156V176M14 186V196M34 192V206M52 180V196", "#6fb2d6", 5)
            if sketch.pick("drops", (True, False))
            else ""
        )
    )


def garden_chair(sketch: Sketch) -> str:
    style = sketch.pick("style", ("slats", "cushioned"))
    legs = sketch.pick("legs", (sketch.main, sketch.main, DARK_WOOD, WOOD))
    slats = "".join(
        sketch.form(turn(box(x, 66 - h, 27, 156 + h, 10), lean, (200, 260)))
        for x, h, lean in ((120, -12, -5), (152, 4, -2.5), (186.5, 10, 0), (221, 4, 2.5), (253, -12, 5))
    )
    pad = sketch.form("M124 96C124 80 136 76 200 76C264 76 276 80 276 96L280 212H120Z", sketch.accent) + sketch.line(
        "M122 146H278M121 180H279", sketch.accent.line, FINE, 0.6
    )
    return (
        sketch.ground(200, 344, 140)
        + sketch.rod("M112 214L96 300", 14, tones_of(sketch.main.deep))
        + sketch.rod("M288 214L304 300", 14, tones_of(sketch.main.deep))
        + sketch.line("M122 110H278M118 176H282", sketch.main.deep, 12)
        + slats
        + (pad if style == "cushioned" else "")
        + sketch.form(
            poly((112, 214), (288, 214), (314, 262), (86, 262)),
            sketch.accent if style == "cushioned" else None,
        )
        + (sketch.line("M106 226H294M100 238H300M93 250H307", width=FINE) if style == "slats" else "")
        + sketch.form(box(80, 260, 240, 20, 6))
        + sketch.form(poly((84, 200), (106, 200), (98, 346), (74, 346)), legs)
        + sketch.form(poly((316, 200), (294, 200), (302, 346), (326, 346)), legs)
        + sketch.form("M62 186C62 178 68 174 76 174H108C114 174 118 178 117 186L114 204H68Z")
        + sketch.form(mirror("M62 186C62 178 68 174 76 174H108C114 174 118 178 117 186L114 204H68Z"))
    )


def bird_feeder(sketch: Sketch) -> str:
    style = sketch.pick("style", ("house", "tube"))
    bird_tones = sketch.pick("bird", (tones_of("#d9724f"), tones_of("#4f8fc0"), tones_of("#e0b04a")))
    bird = (
        sketch.form(
            (
                "M286 222C286 196 318 190 330 208L352 204L334 222C334 248 310 262 286 256L254 270"
                "L268 244C272 232 280 228 286 222Z"
            ),
            bird_tones,
        )
        + sketch.ball(320, 212, 4, RUBBER)
        + sketch.form("M286 234C300 226 314 236 310 250C298 254 288 250 286 234Z", tones_of(bird_tones.deep))
        + sketch.line("M298 258V272M310 256V272", RUBBER.base, FINE)
    )
    hook = sketch.line("M200 20V78", RUBBER.base, 4) + sketch.line(disc(200, 30, 11), RUBBER.base, 4)
    seeds = "".join(
        disc(x, y, 5, 4)
        for x, y in (
            (150, 246),
            (172, 238),
            (196, 246),
            (218, 236),
            (244, 246),
            (184, 226),
            (208, 222),
            (230, 226),
            (160, 228),
        )
    )
    if style == "house":
        return (
            hook
            + sketch.form("M112 150H288V262H112Z", tones_of("#efe6d4"))
            + sketch.flat("M128 262L140 222C170 206 230 206 260 222L272 262Z", tones_of("#b8874e").base)
            + sketch.flat(seeds, tones_of("#7a5533").base)
            + sketch.form(box(110, 150, 18, 114), WOOD)
            + sketch.form(box(272, 150, 18, 114), WOOD)
            + sketch.form(poly((200, 66), (330, 156), (312, 176), (200, 100), (88, 176), (70, 156)))
            + sketch.form(poly((200, 98), (302, 166), (98, 166)), tones_of(sketch.main.shade))
            + sketch.form(disc(200, 138, 15), sketch.accent)
            + sketch.form(box(76, 260, 248, 24, 6))
            + sketch.line("M96 284L112 300M304 284L288 300", sketch.main.deep, 6)
            + bird
        )
    return (
        hook
        + sketch.form(box(156, 116, 88, 176, 8), tones_of("#dfecef"))
        + sketch.flat("M156 168C180 160 220 172 244 162V292H156Z", "#b8874e")
        + sketch.flat(shift(seeds, 0, -30) + shift(seeds, 2, 22), "#7a5533")
        + sketch.gleam(box(166, 124, 12, 160, 6), 0.6)
        + sketch.form("M200 66C240 70 262 94 270 122H130C138 94 160 70 200 66Z")
        + sketch.form("M120 286H280C280 308 252 318 200 318C148 318 120 308 120 286Z")
        + sketch.line("M244 272H330M156 240H92", sketch.main.deep, 8)
        + sketch.form(disc(200, 210, 13), sketch.accent)
        + bird
    )


def secateurs(sketch: Sketch) -> str:
    grip = "M198 180C216 174 226 190 232 206C256 250 284 300 280 350C278 372 254 376 248 354C242 306 206 254 186 208Z"
    blade = "M184 196C166 158 164 112 190 62C214 92 228 126 226 160C224 182 218 194 208 204Z"
    hook_blade = "M192 206C222 188 244 154 244 112C244 92 238 78 228 66C254 74 270 100 268 132C266 172 240 206 208 222Z"
    catch = sketch.pick("catch", (BRASS, RUBBER, sketch.accent))
    sleeve = sketch.pick("sleeve", ("full", "ends"))
    ends = "M248 244C268 284 284 316 280 350C278 372 254 376 248 354C244 318 230 284 212 252Z"
    base = sketch.main if sleeve == "full" else STEEL
    tool = (
        sketch.form(mirror(grip), base)
        + (sketch.form(mirror(ends)) if sleeve == "ends" else "")
        + sketch.form(hook_blade, STEEL)
        + sketch.line("M176 236L226 246L172 258L230 270", STEEL.deep, 5)
        + sketch.form(grip, base)
        + (sketch.form(ends) if sleeve == "ends" else "")
        + sketch.line("M218 222C240 262 262 304 264 346M182 222C160 262 138 304 136 346", sketch.main.line, FINE, 0.7)
        + sketch.form(blade, STEEL)
        + sketch.gleam("M190 62C214 92 228 126 226 160C224 182 218 194 208 204L200 198C216 160 212 110 190 62Z", 0.5)
        + sketch.form(disc(200, 194, 20), STEEL)
        + sketch.ball(200, 194, 11, catch)
        + sketch.line("M194 194H206", catch.line, FINE)
        + sketch.form(box(222, 212, 16, 24, 5), catch)
    )
    sprig = sketch.line("M60 92C90 104 116 112 146 112", LEAF.deep, 6) + sketch.form(
        shift(turn("M0 0C14 -18 40 -18 54 -4C40 14 14 14 0 0Z", 220, (0, 0)), 92, 108)
        + shift(turn("M0 0C14 -18 40 -18 54 -4C40 14 14 14 0 0Z", 100, (0, 0)), 96, 112),
        LEAF,
    )
    return (sprig if sketch.pick("sprig", (True, False)) else "") + group(tool, transform="rotate(16 200 210)")


DRAWINGS = {
    "plant pot": plant_pot,
    "watering can": watering_can,
    "garden chair": garden_chair,
    "bird feeder": bird_feeder,
    "secateurs": secateurs,
}
