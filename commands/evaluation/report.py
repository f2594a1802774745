"""An evaluation as text, for the terminal."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# A terminal's worth; --json has them all.
BAD_ROWS_SHOWN = 20
PAIRS_SHOWN = 20
SENTENCES_SHOWN = 5


def report(found: dict[str, Any]) -> str:
    """The object that ``commands/evaluate.py`` makes, as lines to read."""
    parts = (_summary, _rows, _out_of_scope, _calibration, _intents, _confusions)
    return "\n".join(line for part in parts for line in part(found))


def _summary(found: dict[str, Any]) -> Iterator[str]:
    seeds = len(found["per_seed"])
    spread = f" ± {found['accuracy_spread'] * 100:.2f} points over {seeds} seeds" if seeds > 1 else ""
    robustness, shipped = found["robustness"], found["as_shipped"]
    yield f"{found['method']}, {len(found['intents'])} intents"
    yield ""
    yield f"accuracy        {percent(found['accuracy'])}{spread}"
    yield f"macro F1        {found['macro_f1']:.4f}"
    yield (f"disturbed       {percent(robustness['accuracy'])}   {robustness['points_lost']:.1f} points less with "
           f"{robustness['disturbed_share']:.0%} of the characters disturbed")
    yield (f"as shipped      {percent(shipped['answered_rightly'])} answered rightly, "
           f"{percent(shipped['answered_wrongly'])} wrongly, {percent(shipped['refused'])} asked again")
    yield f"training        {found['train_seconds']:.1f} s"
    yield f"one message     {found['message_ms']:.2f} ms (median)"
    if seeds > 1:
        yield ""
        for each in found["per_seed"]:
            yield (f"  seed {each['seed']:<6} accuracy {percent(each['accuracy'])}   macro F1 {each['macro_f1']:.4f}"
                   f"   {each['train_seconds']:.1f} s")


def _rows(found: dict[str, Any]) -> Iterator[str]:
    yield ""
    for use, rows in found["rows"].items():
        yield f"{use.replace('_', ' '):15} {rows['read']} sentences read, {rows['bad']} bad"
    for row in found["bad_rows"][:BAD_ROWS_SHOWN]:
        yield f"  {row['file']}:{row['line']}: {row['reason']}"
    yield from more(len(found["bad_rows"]) - BAD_ROWS_SHOWN, "bad rows")
    for intent, count in found["unknown_intents"].items():
        yield f"  “{intent}” is not among the training file's intents: its {count} sentences count as wrong."
    yield from (f"  {warning}" for warning in found["warnings"])


def _out_of_scope(found: dict[str, Any]) -> Iterator[str]:
    figures = found["out_of_scope"]
    if figures is None:
        return
    shipped = figures["as_shipped"]
    yield ""
    yield (f"out of scope    {percent(figures['recall'])} of {figures['sentences']} sentences refused at threshold "
           f"{figures['threshold']:.3f}, where {percent(figures['in_scope_accuracy'])} of those in scope are answered "
           f"rightly (at best {percent(figures['best_in_scope_accuracy'])})")
    yield (f"  as shipped    {percent(shipped['recall'])} refused, {percent(shipped['in_scope_accuracy'])} in scope "
           "answered rightly")


def _calibration(found: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield f"calibration     expected calibration error {found['calibration']['ece']:.4f}"
    yield "  confidence     answers   mean confidence   accuracy"
    for each in found["calibration"]["bins"]:
        if each["count"]:
            yield (f"  {each['lower']:.1f} to {each['upper']:.1f}   {each['count']:>9}   {each['confidence']:>15.3f}"
                   f"   {each['accuracy']:>8.3f}")


def _intents(found: dict[str, Any]) -> Iterator[str]:
    width = max((len(name) for name in found["intents"]), default=6)
    yield ""
    yield f"{'intent, worst first':{width}}   precision   recall       F1   sentences"
    for name, each in sorted(found["intents"].items(), key=lambda item: (item[1]["f1"], item[0])):
        yield (f"{name:{width}}   {each['precision']:>9.3f}   {each['recall']:>6.3f}   {each['f1']:>6.3f}"
               f"   {each['support']:>9}")


def _confusions(found: dict[str, Any]) -> Iterator[str]:
    if not found["confusions"]:
        return
    yield ""
    yield "confused, most frequent first"
    for pair in found["confusions"][:PAIRS_SHOWN]:
        yield f"{pair['count']:>4} × {pair['intent']} taken for {pair['taken_for']}"
        for sentence in pair["sentences"][:SENTENCES_SHOWN]:
            yield f"       “{sentence}”"
        yield from more(len(pair["sentences"]) - SENTENCES_SHOWN, "sentences", indent=7)
    yield from more(len(found["confusions"]) - PAIRS_SHOWN, "pairs")


def more(count: int, what: str, indent: int = 2) -> Iterator[str]:
    if count > 0:
        yield f"{' ' * indent}and {count} more {what}; --json lists them all"


def percent(share: float) -> str:
    return f"{share * 100:5.2f} %"
