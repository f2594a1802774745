"""The cards of the overview: each figure with its name, its meaning in words, its change, its picture, its talks."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from shop.figures import Figures, percentile_ms
from shop.overview import Overview
from shop.periods import Period
from web.console.charts import Chart, Series
from web.console.conversation_links import conversations_path
from web.rendering import money

Of = Callable[[Figures], float | None]


@dataclass(frozen=True)
class Card:
    """``lines``: what else is to be said; ``count``: how many ``counted`` stand behind it, to be read at ``path``."""

    name: str
    title: str
    value: str
    change: str
    meaning: str
    lines: list[str]
    chart: Chart
    count: int
    counted: str
    path: str


# ---- how figures are written


def per_cent(share: float) -> str:
    """0.625 -> "62.5 %", without a decimal where it says nothing."""
    return f"{share * 100:.1f}".removesuffix(".0") + " %"


def number(value: float) -> str:
    """1234.0 -> "1,234"; a small number that is no whole one keeps a decimal."""
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"


def span(milliseconds: float) -> str:
    """A length of time in the unit that suits it: "0", "240 ms", "1.4 s", "3 min", "2.5 h"."""
    seconds = milliseconds / 1000
    if seconds < 1:
        return f"{milliseconds:.0f} ms" if milliseconds else "0"
    for size, unit in ((3600, "h"), (60, "min"), (1, "s")):
        if seconds >= size:
            return f"{seconds / size:.1f}".removesuffix(".0") + f" {unit}"
    raise AssertionError(milliseconds)


def stars(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def day(when: date) -> str:
    """"24 Nov"."""
    return f"{when.day} {when:%b}"


def days(period: Period) -> str:
    """"24 Nov 2026", "3 to 24 Nov 2026", or with both months and years where they differ."""
    first, last = period.first, period.last
    if first == last:
        return f"{day(first)} {first.year}"
    begin = day(first) + (f" {first.year}" if first.year != last.year else "")
    if (first.year, first.month) == (last.year, last.month):
        begin = str(first.day)
    return f"{begin} to {day(last)} {last.year}"


UNITS = {number: "count", span: "time"}


# ---- the cards


@dataclass(frozen=True)
class _Kind:
    """How one figure is read off, written and explained."""

    name: str
    title: str
    meaning: str
    of: Of
    write: Callable[[float], str]
    behind: Callable[[Figures], int]
    filters: dict[str, str]
    counted: str = "conversations"
    second: tuple[str, Of] | None = None  # another line in the picture
    first: str = "This period"
    bars: bool = False
    lowest: float = 0.0
    highest: float | None = None
    lines: Callable[[Figures], list[str]] = lambda figures: []


def cards(seen: Overview) -> list[Card]:
    """All of them, in the order of the page."""
    return [_card(kind, seen) for kind in KINDS]


def _card(kind: _Kind, seen: Overview) -> Card:
    now, before = kind.of(seen.figures), kind.of(seen.before)
    labels = [day(step.period.first) if seen.by == "day" else f"{day(step.period.first)} –" for step in seen.steps]
    series = [Series(kind.first, [kind.of(step.figures) for step in seen.steps])]
    if kind.second is not None:
        series.append(Series(kind.second[0], [kind.second[1](step.figures) for step in seen.steps]))
    else:
        series.append(Series("Period before", [kind.of(step.before) for step in seen.steps], shy=True))
    return Card(
        kind.name, kind.title, "–" if now is None else kind.write(now), _change(kind, now, before), kind.meaning,
        kind.lines(seen.figures),
        Chart(kind.name, f"{kind.title} by {seen.by}", labels, series, kind.write, kind.bars, kind.lowest,
              kind.highest, UNITS.get(kind.write, "number")),
        kind.behind(seen.figures), kind.counted, conversations_path(seen.period, **kind.filters),
    )  # fmt: skip


def _change(kind: _Kind, now: float | None, before: float | None) -> str:
    """How it differs from the period before: shares in points, the rest as it was."""
    if before is None:
        return "nothing to compare with in the period before"
    if now is None:
        return f"{kind.write(before)} in the period before"
    if kind.write is per_cent:
        points = (now - before) * 100
        if abs(points) < 0.05:
            return "as in the period before"
        return f"{abs(points):.1f} points {'more' if points > 0 else 'less'} than in the period before"
    if kind.write(now) == kind.write(before):
        return "as in the period before"
    return f"{kind.write(before)} in the period before"


def _money_lines(figures: Figures) -> list[str]:
    lines = [f"{money(cents, currency)} in all" for currency, cents in sorted(figures.revenue_cents.items())]
    if figures.orders_after_share is not None:
        lines.append(f"{per_cent(figures.orders_after_share)} of all {figures.orders:,} orders")
    return lines


def _staff_lines(figures: Figures) -> list[str]:
    lines = []
    median, most = percentile_ms(figures.first_response_ms, 50), percentile_ms(figures.first_response_ms, 95)
    if median is not None and most is not None:
        lines.append(f"First answer of staff: {span(median)} for half of them, {span(most)} for 95 in 100")
    unanswered = figures.handovers - figures.waiting_ms.total()
    if unanswered:
        lines.append(f"{unanswered:,} of {figures.handovers:,} were taken by nobody, or not yet")
    return lines


KINDS = (
    _Kind(
        "conversations", "Conversations",
        "Conversations in which the shopper wrote. One that goes on another day counts on that day, too. Days begin "
        "at midnight on the shop's clock.",
        lambda figures: figures.conversations, number, lambda figures: figures.conversations, {}, bars=True,
        lines=lambda figures: [f"{figures.asked:,} messages for the bot"],
    ),
    _Kind(
        "containment", "Solved without a person",
        "Of all conversations those in which nobody asked for a person and no person stepped in. It does not say that "
        "the shopper was content: look at satisfaction, too.",
        lambda figures: figures.containment, per_cent, lambda figures: figures.contained, {"outcome": "contained"},
        highest=1.0,
    ),
    _Kind(
        "handover", "Handed over",
        "Of all conversations those that were waiting for a person or held by one on that day, because the shopper "
        "asked, the bot failed twice, or staff stepped in. Who asked while nobody was there is counted apart.",
        lambda figures: figures.handover_rate, per_cent, lambda figures: figures.handed_over,
        {"outcome": "handed_over"},
        lines=lambda figures: [f"{figures.in_vain:,} more asked for a person when nobody was there"]
        if figures.in_vain else [],
    ),
    _Kind(
        "fallback", "Not understood",
        "Of all messages that the bot was asked those it could not answer: it was not sure enough what was meant, "
        "took it for none of the shop's business, or knew no next step.",
        lambda figures: figures.fallback_rate, per_cent, lambda figures: figures.stuck, {"outcome": "not_understood"},
        lines=lambda figures: [f"{figures.not_understood:,} of {figures.asked:,} messages"],
    ),
    _Kind(
        "written", "Replies not written by the model",
        "Of all replies that the reply model was asked for those in which the shop's fixed sentence was said instead: "
        "it was too slow, or what it wrote did not pass the check of its claims. The shopper got an answer all the "
        "same.",
        lambda figures: figures.written_fallback_rate, per_cent, lambda figures: figures.written, {},
        counted="replies",
        lines=lambda figures: [f"{figures.written_fallbacks:,} of {figures.written:,} replies"]
        if figures.written else [],
    ),
    _Kind(
        "satisfaction", "Satisfaction",
        "The mean of the ratings from 1 to 5 that shoppers gave when staff had closed their conversation, on the day "
        "they gave them. Content are those who gave 4 or 5.",
        lambda figures: figures.rating_mean, stars, lambda figures: figures.rated, {"outcome": "rated"},
        lowest=1.0, highest=5.0,
        lines=lambda figures: [f"{per_cent(figures.good_ratings)} gave 4 or 5"]
        if figures.good_ratings is not None else [],
    ),
    _Kind(
        "thumbs", "Thumbs up",
        "Of all thumbs on messages of the bot those that point up. A thumb counts on the day of its message.",
        lambda figures: figures.thumbs_up_share, per_cent, lambda figures: figures.thumbed, {"outcome": "thumbed"},
        highest=1.0,
        lines=lambda figures: [f"{figures.up:,} up, {figures.down:,} down"],
    ),
    _Kind(
        "bot-time", "The bot's time to answer",
        "From asking the bot until its answer was ready, without the way over the network. Half of the answers took "
        "at most the first figure, 95 in 100 at most the second; both are right to within 5 %.",
        lambda figures: percentile_ms(figures.bot_ms, 50), span, lambda figures: figures.conversations, {},
        second=("95 in 100", lambda figures: percentile_ms(figures.bot_ms, 95)), first="Half",
        lines=lambda figures: [f"95 in 100 within {span(most)}"]
        if (most := percentile_ms(figures.bot_ms, 95)) is not None else [],
    ),
    _Kind(
        "waiting", "Waiting for staff",
        "From the wish for a person until somebody took the conversation: half of those who waited did so for at most "
        "this long. Who was taken over unasked did not wait.",
        lambda figures: percentile_ms(figures.waiting_ms, 50), span, lambda figures: figures.handovers,
        {"outcome": "handed_over"},
        second=("95 in 100", lambda figures: percentile_ms(figures.waiting_ms, 95)), first="Half",
        lines=_staff_lines,
    ),
    _Kind(
        "orders", "Orders after a chat",
        "Orders that a signed-in customer placed within 7 days after writing to us, on the day of the order, without "
        "cancelled ones. After, not because of: many of them would have ordered anyway. Guests are not known again.",
        lambda figures: figures.orders_after, number, lambda figures: figures.buyers_talks, {"outcome": "ordered"},
        bars=True, lines=_money_lines,
    ),
)  # fmt: skip
