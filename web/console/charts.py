"""Pictures of figures, written as SVG by the server: lines and bars with labelled axes, read out by their table.

Colours come from the page (``currentColor`` and the classes of console/overview.css), so that a picture is right in
light and in dark. A picture is one image to a screen reader; what it shows stands in the table behind it.
"""
from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 380, 170
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 12, 26
TICKS = 4
# What an axis is divided by: tens and their fractions, whole ones only, or what clocks show, in milliseconds.
FRACTIONS = (1, 2, 2.5, 5, 10)
WHOLE = (1, 2, 5, 10)
CLOCK_MS = tuple(1000 * seconds for seconds in (
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400,
))  # fmt: skip
LABEL_WIDTH = 62  # of "24 Nov", with room around it

Value = float | None
Write = Callable[[float], str]


@dataclass(frozen=True)
class Series:
    """One line or one set of bars. ``values``: one a step, None where there is none. ``shy``: drawn dashed and grey."""

    name: str
    values: Sequence[Value]
    shy: bool = False


@dataclass(frozen=True)
class Chart:
    """A picture. ``labels``: the name of each step; ``write``: how a value is written; ``name``: unique on its page.

    ``highest``: where the axis ends at least, None: at the largest value. ``bars``: the first series stands as bars.
    ``unit``: "number", "count" (the axis shows whole ones) or "time" (milliseconds).
    """

    name: str
    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    write: Write
    bars: bool = False
    lowest: float = 0.0
    highest: float | None = None
    unit: str = "number"

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return all(value is None for series in self.series for value in series.values)

    @property
    def description(self) -> str:
        """What it shows in a sentence a series: from where to where, and how high."""
        sentences = []
        for series in self.series:
            there = [(label, value) for label, value in zip(self.labels, series.values, strict=True)
                     if value is not None]  # fmt: skip
            if there:
                highest = max(there, key=lambda each: each[1])
                sentences.append(
                    f"{series.name}: {self.write(there[0][1])} ({there[0][0]}) to {self.write(there[-1][1])} "
                    f"({there[-1][0]}), at most {self.write(highest[1])} ({highest[0]})."
                )
        return " ".join(sentences) or "Nothing to show."

    def rows(self) -> list[tuple[str, list[str]]]:
        """The table behind the picture: (label, what each series says there), "–" for nothing."""
        return [
            (label, ["–" if series.values[place] is None else self.write(series.values[place])
                     for series in self.series])
            for place, label in enumerate(self.labels)
        ]  # fmt: skip

    @property
    def svg(self) -> Markup:
        """The picture, for the page to place; "" where there is nothing to draw."""
        if self.empty:
            return Markup("")
        top, ticks = self._scale()
        parts = [self._axes(top, ticks)]
        for place, series in reversed(list(enumerate(self.series))):
            draw = self._bars if self.bars and place == 0 else self._line
            parts.append(draw(series, top, place))
        parts.append(self._hints())
        return Markup(  # noqa: S704 - every part is escaped where it is made
            f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'aria-labelledby="{escape(self.name)}-title {escape(self.name)}-desc">'
            f'<title id="{escape(self.name)}-title">{escape(self.title)}</title>'
            f'<desc id="{escape(self.name)}-desc">{escape(self.description)}</desc>{"".join(parts)}</svg>'
        )

    # ---- from values to places

    def _scale(self) -> tuple[float, list[float]]:
        """(where the axis ends, what stands beside it)."""
        largest = max(value for series in self.series for value in series.values if value is not None)
        span = max(largest, self.highest or 0.0) - self.lowest
        step = _round_step((span or 1.0) / TICKS, self.unit)
        count = math.ceil((span or 1.0) / step - 1e-9)
        return self.lowest + step * count, [self.lowest + step * place for place in range(count + 1)]

    def _x(self, place: int) -> float:
        """The middle of a step."""
        return LEFT + (WIDTH - LEFT - RIGHT) * (place + 0.5) / len(self.labels)

    def _y(self, value: float, top: float) -> float:
        part = (value - self.lowest) / (top - self.lowest)
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - min(1.0, max(0.0, part)))

    # ---- drawing

    def _axes(self, top: float, ticks: list[float]) -> str:
        parts = []
        for tick in ticks:
            y = self._y(tick, top)
            parts.append(
                f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="currentColor" stroke-opacity=".2"/>'
                f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{escape(self.write(tick))}</text>'
            )
        every = math.ceil(len(self.labels) * LABEL_WIDTH / (WIDTH - LEFT - RIGHT))
        for place in range(0, len(self.labels), every):
            parts.append(
                f'<text x="{self._x(place):.1f}" y="{HEIGHT - 8}" text-anchor="middle">'
                f"{escape(self.labels[place])}</text>"
            )
        return "".join(parts)

    def _bars(self, series: Series, top: float, place: int) -> str:
        width = (WIDTH - LEFT - RIGHT) / len(self.labels) * 0.7
        bottom = self._y(self.lowest, top)
        return "".join(
            f'<rect class="bar-{place}" x="{self._x(step) - width / 2:.1f}" y="{self._y(value, top):.1f}" '
            f'width="{width:.1f}" height="{bottom - self._y(value, top):.1f}" fill="currentColor"/>'
            for step, value in enumerate(series.values) if value is not None
        )

    def _line(self, series: Series, top: float, place: int) -> str:
        look = 'stroke-dasharray="4 4" stroke-opacity=".65"' if series.shy else 'stroke-width="2"'
        path, dots, drawing = [], [], False
        for step, value in enumerate(series.values):
            if value is None:
                drawing = False
                continue
            x, y = self._x(step), self._y(value, top)
            path.append(f"{'L' if drawing else 'M'}{x:.1f} {y:.1f}")
            alone = not drawing and (step + 1 == len(series.values) or series.values[step + 1] is None)
            if alone or (not series.shy and len(self.labels) <= 31):
                dots.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="currentColor"/>')
            drawing = True
        kind = f"line-{place}{' shy' if series.shy else ''}"
        return (
            f'<g class="{kind}"><path d="{"".join(path)}" fill="none" stroke="currentColor" {look}/>'
            f"{''.join(dots)}</g>"
        )

    def _hints(self) -> str:
        """What a pointer that rests on a step is told."""
        width = (WIDTH - LEFT - RIGHT) / len(self.labels)
        return "".join(
            f'<rect x="{LEFT + place * width:.1f}" y="{TOP}" width="{width:.1f}" height="{HEIGHT - TOP - BOTTOM}" '
            f'fill-opacity="0"><title>{escape(label)}: '
            f"{escape(', '.join(f'{series.name} {told}' for series, told in zip(self.series, values, strict=True)))}"
            "</title></rect>"
            for place, (label, values) in enumerate(self.rows())
        )


def _round_step(step: float, unit: str) -> float:
    """The next larger step that reads well on an axis."""
    if unit == "time" and step > 500:
        return next((each for each in CLOCK_MS if each >= step), math.ceil(step / CLOCK_MS[-1]) * CLOCK_MS[-1])
    if unit == "count":
        step = max(1.0, step)
    power = 10.0 ** math.floor(math.log10(step))
    return next(each * power for each in (WHOLE if unit == "count" else FRACTIONS) if each * power >= step * (1 - 1e-9))
