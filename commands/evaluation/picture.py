"""The confusion matrix as a picture."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

# Wide enough that labels of 7 points do not touch, and a count fits into a cell.
INCHES_AN_INTENT = 0.22
MARGIN_INCHES = 4.0
# Keeps 61 intents below 3,000 pixels a side, which opens everywhere and can be read when zoomed.
DOTS_AN_INCH = 150
LABEL_POINTS = 7
COUNT_POINTS = 5


def matrix(found: dict[str, Any]) -> tuple[list[str], np.ndarray]:
    """(names, counts) of an evaluation: counts[row, column] sentences of intent ``row`` were taken for ``column``.

    Names are sorted; what is only guessed and never asked stands among them too.
    """
    guessed = {pair["taken_for"] for pair in found["confusions"]}
    names = sorted({*found["intents"], *guessed})
    place = {name: number for number, name in enumerate(names)}
    counts = np.zeros((len(names), len(names)), dtype=int)  # (intents, intents)
    for pair in found["confusions"]:
        counts[place[pair["intent"]], place[pair["taken_for"]]] = pair["count"]
    for name, figures in found["intents"].items():
        row = place[name]
        counts[row, row] = figures["support"] - counts[row].sum()
    return names, counts


def draw_confusions(found: dict[str, Any], path: Path) -> None:
    """Write the confusion matrix of an evaluation as a PNG to ``path``. Raises OSError."""
    names, counts = matrix(found)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)  # of each row's sentences
    side = MARGIN_INCHES + INCHES_AN_INTENT * len(names)
    # A Figure of its own, not pyplot's: no display is needed and nothing global is kept.
    figure = Figure(figsize=(side, side), dpi=DOTS_AN_INCH, layout="constrained")
    axes = figure.add_subplot()
    # The root lets one sentence of forty be seen beside a diagonal of nearly all.
    axes.imshow(np.sqrt(shares), cmap="Blues", vmin=0, vmax=1)
    for row, column in np.argwhere(counts):
        dark = shares[row, column] > 0.35
        axes.text(column, row, counts[row, column], ha="center", va="center", fontsize=COUNT_POINTS,
                  color="white" if dark else "#7a1f1f" if row != column else "black")
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=LABEL_POINTS)
    axes.set_yticks(range(len(names)), names, fontsize=LABEL_POINTS)
    axes.set_xticks(np.arange(-0.5, len(names)), minor=True)
    axes.set_yticks(np.arange(-0.5, len(names)), minor=True)
    axes.grid(which="minor", color="#e4e7eb", linewidth=0.4)
    axes.tick_params(which="minor", length=0)
    axes.set_xlabel("taken for")
    axes.set_ylabel("meant")
    axes.set_title(f"{found['method']}: accuracy {found['accuracy'] * 100:.1f} %", fontsize=LABEL_POINTS + 3)
    figure.savefig(path, format="png")
