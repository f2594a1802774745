"""Outlines as SVG path data, made of the absolute commands M, L, H, V, Q, C and Z only.

Keeping to these lets an outline be mirrored, turned and reversed as plain lists of points (H and V become L);
and moving the points rather than the drawn shape keeps the light coming from the same side.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

Point = tuple[float, float]
AXIS = 200.0
_TOKEN = re.compile(r"[MLHVQCZ]|-?\d+(?:\.\d+)?")
_ROUND = 0.5523  # how far a cubic's handles reach to follow a quarter of a circle


def number(value: float) -> str:
    """A coordinate with at most one decimal, as short as it goes."""
    text = f"{value:.1f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _segments(data: str) -> list[tuple[str, list[Point]]]:
    found: list[tuple[str, list[float]]] = []
    for token in _TOKEN.findall(data):
        if token.isalpha():
            found.append((token, []))
        else:
            found[-1][1].append(float(token))
    segments: list[tuple[str, list[Point]]] = []
    for command, values in found:
        if command in "HV":
            x, y = segments[-1][1][-1]
            segments.append(("L", [(values[0], y) if command == "H" else (x, values[0])]))
        else:
            segments.append((command, list(zip(values[::2], values[1::2], strict=True))))
    return segments


def _written(segments: list[tuple[str, list[Point]]]) -> str:
    return "".join(c + " ".join(f"{number(x)} {number(y)}" for x, y in points) for c, points in segments)


def mapped(data: str, move: Callable[[float, float], Point]) -> str:
    """The outline with every point moved."""
    return _written([(command, [move(x, y) for x, y in points]) for command, points in _segments(data)])


def mirror(data: str) -> str:
    """The outline seen in a mirror on the vertical middle of the picture."""
    return mapped(data, lambda x, y: (2 * AXIS - x, y))


def shift(data: str, dx: float, dy: float = 0) -> str:
    return mapped(data, lambda x, y: (x + dx, y + dy))


def turn(data: str, degrees: float, about: Point = (200, 200)) -> str:
    """The outline turned clockwise about a point."""
    cx, cy = about
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    return mapped(
        data,
        lambda x, y: (
            # Whole units: half a unit is not seen, and the pictures stay small.
            round(cx + (x - cx) * cosine - (y - cy) * sine),
            round(cy + (x - cx) * sine + (y - cy) * cosine),
        ),
    )


def symmetric(half: str) -> str:
    """A closed outline from its right half, which runs from the top middle to the bottom middle."""
    segments = _segments(half)
    back: list[tuple[str, list[Point]]] = []
    for index in range(len(segments) - 1, 0, -1):
        command, points = segments[index]
        target = segments[index - 1][1][-1]
        reverse = [*points[-2::-1], target]
        back.append((command, [(2 * AXIS - x, y) for x, y in reverse]))
    return _written(segments + back) + "Z"


def poly(*points: Point) -> str:
    return _written([("M", [points[0]]), ("L", list(points[1:]))]) + "Z"


def segment(x1: float, y1: float, x2: float, y2: float) -> str:
    """A straight line from one point to another."""
    return _written([("M", [(x1, y1)]), ("L", [(x2, y2)])])


def box(x: float, y: float, width: float, height: float, radius: float = 0) -> str:
    """A rectangle, its corners rounded by `radius`."""
    r = min(radius, width / 2, height / 2)
    right, bottom = x + width, y + height
    if r <= 0:
        return poly((x, y), (right, y), (right, bottom), (x, bottom))

    def corner(near: Point, tip: Point, far: Point) -> tuple[str, list[Point]]:
        if r < 20:
            return "Q", [tip, far]  # at small radii not told from a circle, and shorter
        reach = [tuple(a + (t - a) * _ROUND for a, t in zip(end, tip, strict=True)) for end in (near, far)]
        return "C", [(reach[0][0], reach[0][1]), (reach[1][0], reach[1][1]), far]

    corners = (
        ((right - r, y), (right, y), (right, y + r)),
        ((right, bottom - r), (right, bottom), (right - r, bottom)),
        ((x + r, bottom), (x, bottom), (x, bottom - r)),
        ((x, y + r), (x, y), (x + r, y)),
    )
    outline: list[tuple[str, list[Point]]] = [("M", [(x + r, y)])]
    for near, tip, far in corners:
        outline += [("L", [near]), corner(near, tip, far)]
    return _written(outline) + "Z"


def disc(cx: float, cy: float, rx: float, ry: float | None = None) -> str:
    """A circle, or an ellipse when `ry` is given."""
    ry = rx if ry is None else ry
    kx, ky = rx * _ROUND, ry * _ROUND
    return (
        _written(
            [
                ("M", [(cx, cy - ry)]),
                ("C", [(cx + kx, cy - ry), (cx + rx, cy - ky), (cx + rx, cy)]),
                ("C", [(cx + rx, cy + ky), (cx + kx, cy + ry), (cx, cy + ry)]),
                ("C", [(cx - kx, cy + ry), (cx - rx, cy + ky), (cx - rx, cy)]),
                ("C", [(cx - rx, cy - ky), (cx - kx, cy - ry), (cx, cy - ry)]),
            ]
        )
        + "Z"
    )


def smooth(points: Sequence[Point], closed: bool = True) -> str:
    """A soft curve through all points (Catmull-Rom)."""
    count = len(points)

    def at(index: int) -> Point:
        return points[index % count] if closed else points[min(count - 1, max(0, index))]

    curves: list[tuple[str, list[Point]]] = [("M", [points[0]])]
    for i in range(count if closed else count - 1):
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = (at(j) for j in range(i - 1, i + 3))
        near, far = (x1 + (x2 - x0) / 6, y1 + (y2 - y0) / 6), (x2 - (x3 - x1) / 6, y2 - (y3 - y1) / 6)
        curves.append(("C", [near, far, (x2, y2)]))
    return _written(curves) + ("Z" if closed else "")


def around(cx: float, cy: float, radius: float, count: int, start_deg: float = -90) -> list[Point]:
    """`count` points evenly spaced on a circle, clockwise from `start_deg` (-90 is the top)."""
    angles = (math.radians(start_deg + 360 * i / count) for i in range(count))
    return [(cx + radius * math.cos(a), cy + radius * math.sin(a)) for a in angles]


def fluffy(cx: float, cy: float, rx: float, ry: float, tufts: int, depth: float = 5) -> str:
    """An ellipse with a soft scalloped edge, as of fur or a pompom."""
    points = []
    for i in range(tufts * 2):
        angle = math.pi * i / tufts
        reach = depth if i % 2 else 0
        points.append((cx + (rx - reach) * math.cos(angle), cy + (ry - reach) * math.sin(angle)))
    return smooth(points)
