"""The figures of ``floorwalker evaluate reply`` for reading."""
from __future__ import annotations

from typing import Any


def data_to_text_report(found: dict[str, Any]) -> str:
    """Of a data-to-text set: BLEU and slot error of the best candidate and of the best five."""
    seeds = len(found["per_seed"])
    lines = [
        f"{found['asked']} meanings of {found['asked_of']}, {found['candidates']} candidates each, "
        f"{seeds} seed{'s' if seeds > 1 else ''}.",
        "",
        f"{'':12}{'BLEU-4':>10}{'spread':>10}{'slot error':>12}{'spread':>10}",
    ]
    for top, title in (("top1", "best"), ("top5", "best five")):
        row = found[top]
        lines.append(
            f"{title:12}{row['bleu']:10.4f}{row['spread']['bleu']:10.4f}"
            f"{row['slot_error']:12.2%}{row['spread']['slot_error']:10.2%}"
        )
    lines.append(f"{'references':12}{'':20}{found['references']['slot_error']:12.2%}")
    lines.append(f"\nFine-tuned in {found['train_seconds']:.0f} s, asked in {found['generate_seconds']:.0f} s.")
    bad = sum(each["bad"] for each in found["rows"].values())
    if bad:
        first = found["bad_rows"][0]
        lines.append(f"{bad} rows could not be used; the first: {first['file']} file, line {first['line']}, "
                     f"{first['reason']}.")
    return "\n".join(lines)


def held_out_report(found: dict[str, Any]) -> str:
    """Of the shop's own examples: what was written, refused and said instead."""
    words = found["words"]
    lines = [
        f"{found['asked']} held-out examples asked; the domain's response was said for {found['fallback_share']:.2%}.",
        f"Slot error {found['slot_error']:.2%} of {found['slots']} facts.",
        f"{found['different_texts']} different texts; distinct-1 {found['distinct_1']:.3f}, "
        f"distinct-2 {found['distinct_2']:.3f}.",
        f"{found['ms_median']:.0f} ms a reply (median), {found['ms_p95']:.0f} ms at the 95th percentile.",
    ]
    if words:
        lines.insert(3, f"{words['mean']:.1f} words a reply, {words['least']} to {words['most']}.")
    for title, key in (("Refused by the gate", "gate_rejections"), ("Not written", "fallback_reasons")):
        if found[key]:
            lines.append(f"{title}: " + ", ".join(f"{reason} {count}" for reason, count in found[key].items()) + ".")
    return "\n".join(lines)
