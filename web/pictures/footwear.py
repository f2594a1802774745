"""Shoes: seen from the side with the toe to the right, sandals from above."""

from __future__ import annotations

from web.pictures.outline import box, fluffy, number, shift, turn
from web.pictures.palette import BRASS, CREAM, DARK_WOOD, LEATHER, RUBBER, STEEL, Tones, tones_of
from web.pictures.sketch import FINE, Sketch, group

_CORK = tones_of("#b98a5c")


def _laces(sketch: Sketch, first: tuple[float, float], last: tuple[float, float], count: int, tones: Tones) -> str:
    """Lace rows between the top and the bottom of an instep."""
    (x1, y1), (x2, y2) = first, last
    rows = []
    for i in range(count):
        part = i / (count - 1)
        x, y = x1 + (x2 - x1) * part, y1 + (y2 - y1) * part
        rows.append(f"M{number(x - 17)} {number(y + 17)}L{number(x + 11)} {number(y - 5)}")
    data = "".join(rows)
    return sketch.line(data, tones.deep, 9) + sketch.line(data, tones.light, 6)


def running_shoe(sketch: Sketch) -> str:
    sole = sketch.pick("sole", (CREAM, CREAM, sketch.accent, tones_of("#e4e7ea")))
    flash = sketch.pick("flash", ("wave", "bars", "arrow"))
    upper = (
        "M72 268C66 240 60 202 74 168C80 158 92 156 100 164C116 184 138 190 160 180L182 148"
        "C190 138 206 140 212 150"
        "C226 176 248 200 274 212C304 222 336 232 344 268Z"
    )
    marks = {
        "wave": (
            "M128 262C150 214 196 214 224 240C240 254 262 254 286 236L292 246C268 270 236 272 214 256"
            "C194 240 162 236 150 266Z"
        ),
        "bars": ("M146 268L172 200L188 206L166 268ZM180 268L202 214L216 220L202 268ZM216 268L230 228L244 232L236 268Z"),
        "arrow": "M124 214L206 226L250 258L236 266L196 246L118 236Z",
    }
    midsole = (
        "M60 262C58 252 70 250 84 256C130 266 180 268 230 262C280 256 330 256 352 264C362 276 360 292 346 300"
        "C300 310 240 300 190 306C150 312 100 314 74 304C62 296 60 276 60 262Z"
    )
    tread = (
        "M66 294C100 304 150 300 190 296C240 290 300 300 354 290C352 302 346 308 336 309"
        "C290 314 240 306 190 313C150 319 100 320 78 312C68 308 66 302 66 294Z"
    )
    heel = "M72 268C66 240 60 202 74 168C82 160 92 160 98 166C90 196 96 232 122 268Z"
    toe = "M344 268C340 240 322 230 300 222C288 236 284 252 288 268Z"
    drawn = (
        sketch.ground(206, 318, 158)
        + sketch.form("M170 186L186 140C194 128 212 130 216 144L232 178L196 206Z", sketch.accent)
        + sketch.form(
            upper,
            None,
            sketch.flat(heel, sketch.main.deep),
            sketch.flat(toe, sketch.main.shade),
            sketch.flat(marks[flash], sketch.accent.base),
            sketch.line("M276 214C286 228 284 246 278 268", width=FINE, opacity=0.7),
        )
        + _laces(sketch, (200, 162), (262, 214), 5, sketch.pick("laces", (CREAM, sketch.accent)))
        + sketch.line("M78 170C88 160 98 166 104 174C120 192 142 194 164 182", sketch.main.deep, 7)
        + sketch.line("M74 172L66 152", sketch.accent.base, 7)
        + sketch.form(
            midsole,
            sole,
            sketch.line("M70 282C130 294 180 284 230 280C280 276 320 280 352 278", sole.deep, FINE),
        )
        + sketch.form(tread, RUBBER)
    )
    return group(drawn, transform="matrix(1.12 0 0 .98 -32 -12)")


def sneaker(sketch: Sketch) -> str:
    sole = sketch.pick("sole", (CREAM, CREAM, tones_of("#e9dcc3"), tones_of("#c98a4e")))
    upper = (
        "M76 270C70 240 70 206 80 176C86 168 96 168 104 174C122 188 146 190 166 180L190 152"
        "C198 144 210 146 214 154"
        "L262 206C296 216 334 226 342 270Z"
    )
    mark = sketch.pick("mark", ("stripe", "tab", "panel", "clean"))
    marks = {
        "stripe": sketch.flat("M150 270L196 206L214 218L180 270ZM196 270L222 226L236 234L214 270Z", sketch.accent.base),
        "tab": sketch.flat("M70 170H112C104 196 104 220 112 240H70Z", sketch.accent.base),
        "panel": sketch.flat("M70 236C120 244 150 232 190 214C210 240 214 254 216 276H70Z", sketch.accent.base),
        "clean": sketch.stitch("M112 180C104 210 106 240 116 268"),
    }
    sole_outline = box(66, 262, 288, 40, 17)
    drawn = (
        sketch.ground(208, 306, 156)
        + sketch.form("M168 186L194 142C202 132 214 134 218 144L238 184L200 206Z", sketch.main)
        + sketch.form(
            upper,
            None,
            marks[mark],
            sketch.flat("M346 270C342 240 322 230 296 222C276 234 268 252 270 270Z", sketch.main.shade),
            sketch.line("M296 222C276 234 268 252 270 270", width=FINE),
            sketch.line("M166 182C176 206 196 222 222 232C240 226 252 216 262 206", width=FINE),
        )
        + _laces(sketch, (204, 168), (250, 210), 4, sketch.pick("laces", (CREAM, CREAM, sketch.accent)))
        + sketch.line("M82 178C90 170 98 174 106 180C124 192 146 194 168 184", sketch.main.deep, 7)
        + sketch.form(sole_outline, sole, sketch.flat(box(60, 290, 300, 16), sole.deep))
        + sketch.line("M76 276H344", sole.deep, FINE)
    )
    return group(drawn, transform="matrix(1.1 0 0 1.06 -30 -22)")


def hiking_boot(sketch: Sketch) -> str:
    sole = sketch.pick("sole", (RUBBER, RUBBER, tones_of("#7a5a3a")))
    upper = (
        "M84 274C76 220 86 160 80 96C84 86 96 84 104 90C124 102 150 100 172 86C182 82 192 88 194 98"
        "C198 130 204 158 222 178L262 206C300 214 336 226 344 274Z"
    )
    lugs = "".join(box(70 + 31 * i, 300, 21, 17, 4) for i in range(9))
    laces = "M176 112L204 106M180 136L209 130M187 158L217 150M203 182L232 170M224 200L250 186"
    return (
        sketch.ground(208, 320, 158)
        + sketch.form("M152 104L172 74C182 66 200 70 202 84L214 160L180 176Z", sketch.accent)
        + sketch.form(
            upper,
            None,
            sketch.flat("M70 84H170L162 124C130 132 100 130 70 122Z", sketch.accent.base),
            sketch.flat("M70 224C110 230 120 250 124 276H70Z", sketch.main.deep),
            sketch.flat("M350 276C350 240 322 228 292 220C270 232 262 252 262 276Z", sketch.main.deep),
            sketch.flat(
                "M168 120C174 170 196 206 250 230L262 206L224 178C204 158 198 130 194 98L172 90Z",
                sketch.main.shade,
            ),
            sketch.stitch("M164 124C168 180 196 222 256 238"),
            sketch.stitch("M96 136C92 170 98 200 120 226"),
        )
        + sketch.line(laces, sketch.accent.deep, 9)
        + sketch.line(laces, sketch.pick("laces", (CREAM, BRASS, STEEL)).light, 5)
        + sketch.line("M80 100L76 76C84 70 92 74 92 86", sketch.accent.deep, 6)
        + sketch.form("M66 270C150 280 250 274 352 266C362 282 360 298 352 308H74C62 304 62 286 66 270Z", sole)
        + sketch.flat(lugs, sole.deep)
        + sketch.line("M72 282C150 290 260 286 352 280", sketch.accent.base, FINE)
    )


def sandal(sketch: Sketch) -> str:
    bed = sketch.pick("bed", (_CORK, LEATHER, DARK_WOOD, CREAM))
    style = sketch.pick("straps", ("two bars", "crossed", "toe post"))
    buckle = sketch.pick("buckle", (BRASS, STEEL))
    foot = (
        "M142 60C176 58 186 92 182 134C178 170 176 190 180 226C186 276 178 334 140 336"
        "C104 336 92 296 98 244C102 206 92 172 92 134C92 92 108 62 142 60Z"
    )
    bars = {
        "two bars": [
            "M84 132C110 100 164 98 190 128L188 158C160 134 114 134 88 162Z",
            "M88 206C112 182 160 180 186 204L186 234C158 212 116 214 90 236Z",
        ],
        "crossed": ["M84 130L102 106L192 210L182 236Z", "M190 126L170 104L86 216L98 238Z"],
        "toe post": [
            (
                "M136 92L148 92C150 130 170 156 192 178L186 204C160 186 146 160 142 130"
                "C138 160 118 186 92 206L84 182C112 158 132 130 136 92Z"
            )
        ],
    }[style]
    parts = [
        sketch.form(shift(turn(foot, -4, (140, 200)), 3, 8), RUBBER),
        sketch.form(turn(foot, -4, (140, 200)), bed),
        sketch.line(turn("M106 250C110 300 120 322 140 322C162 322 172 290 168 246", -4, (140, 200)), bed.deep, FINE),
        *(sketch.form(bar) for bar in bars),
    ]
    if style == "two bars":
        parts += [sketch.line(box(162, y, 18, 24, 4), buckle.base, 5) for y in (117, 193)]
    else:
        parts.append(sketch.form("M86 250C110 232 160 230 184 248L184 270C158 252 114 254 90 272Z"))
    return "".join(parts) + _mirrored(*parts)


def _mirrored(*parts: str) -> str:
    """The other one of a pair."""
    return f'<g transform="matrix(-1 0 0 1 400 0)">{"".join(parts)}</g>'


def ankle_boot(sketch: Sketch) -> str:
    style = sketch.pick("style", ("elastic", "zip", "laces"))
    heel = sketch.pick("heel", (DARK_WOOD, RUBBER))
    upper = (
        "M104 284C98 250 106 230 104 190L98 84C130 92 172 92 204 82C206 130 206 168 222 196"
        "C246 222 326 218 342 262C344 272 344 280 340 286Z"
    )
    details = {
        "elastic": sketch.flat("M136 88H184C184 140 178 186 160 214C142 186 136 140 136 88Z", sketch.main.deep)
        + sketch.line("M146 96V180M156 96V200M166 96V196M176 96V172", width=FINE, opacity=0.6),
        "zip": sketch.line("M160 92C160 160 166 220 170 284", sketch.main.deep, 9)
        + sketch.line("M160 92C160 160 166 220 170 284", STEEL.light, FINE)
        + sketch.line("M165 130V150", BRASS.base, 6),
        "laces": sketch.flat(
            "M176 84L210 82C208 150 212 180 250 210L236 226C190 206 176 150 176 84Z", sketch.main.deep
        ),
    }
    laces = "M174 104L206 98M176 128L207 122M180 152L210 145M188 176L218 166M204 198L236 186"
    return (
        sketch.ground(214, 326, 148)
        + sketch.form("M98 84C130 74 172 72 204 82C172 94 130 94 98 84Z", sketch.accent)
        + sketch.line("M100 96L96 66C106 58 116 62 116 86", sketch.main.deep, 7)
        + sketch.form(
            upper,
            None,
            details[style],
            sketch.line("M100 236C130 240 140 262 142 288", width=FINE),
            sketch.stitch("M222 200C214 226 216 254 226 286"),
        )
        + (sketch.line(laces, CREAM.deep, 8) + sketch.line(laces, CREAM.light, 5) if style == "laces" else "")
        + sketch.form("M100 288H174L168 326H104Z", heel)
        + sketch.form(
            (
                "M98 280C180 290 270 288 344 274C354 284 354 298 344 306C300 310 240 312 206 302"
                "C186 296 170 298 168 302H102C96 296 96 288 98 280Z"
            ),
            heel,
        )
    )


def slipper(sketch: Sketch) -> str:
    sketch.printed("plain", "plain", "check", "dots", "speckle")
    trim = sketch.pick("trim", (CREAM, CREAM, sketch.accent))
    foot = (
        "M142 58C180 58 190 96 186 140C182 180 180 206 182 240C184 296 172 338 140 338"
        "C106 338 94 300 96 250C98 206 90 176 90 138C90 94 106 58 142 58Z"
    )
    top = (
        "M142 58C180 58 192 96 189 140C188 166 186 184 186 204C164 190 118 192 92 208"
        "C92 184 86 164 87 138C87 94 104 58 142 58Z"
    )
    middle = (140, 200)
    motif = sketch.pick("motif", ("none", "heart", "bar"))
    motifs = {
        "none": "",
        "heart": sketch.flat(
            (
                "M139 150C126 138 116 128 120 116C124 106 136 108 139 118C142 108 155 106 158 116"
                "C162 128 152 138 139 150Z"
            ),
            trim.base,
        ),
        "bar": sketch.stitch("M112 96C128 84 152 84 168 96"),
    }
    parts = [
        sketch.form(shift(turn(foot, -3, middle), 2, 8), sketch.pick("sole", (RUBBER, _CORK))),
        sketch.form(turn(foot, -3, middle), trim),
        sketch.dim(turn("M92 214C118 196 164 194 186 210L184 226C160 212 120 214 94 230Z", -3, middle)),
        sketch.form(turn(top, -3, middle), printed=True),
        motifs[motif],
        sketch.form(turn(fluffy(139, 204, 53, 16, 9, 5), -5, (139, 204)), trim),
    ]
    return "".join(parts) + _mirrored(*parts)


DRAWINGS = {
    "running shoe": running_shoe,
    "sneaker": sneaker,
    "hiking boot": hiking_boot,
    "sandal": sandal,
    "ankle boot": ankle_boot,
    "slipper": slipper,
}
