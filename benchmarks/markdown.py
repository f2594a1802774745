"""Figures as a Markdown table."""
from __future__ import annotations


def table(title: str, rows: list[dict]) -> None:
    """Print ``rows`` under ``title``; the first row's plain values are the columns."""
    columns = [name for name in rows[0] if not isinstance(rows[0][name], (dict, list))]
    print(f"### {title}\n\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for row in rows:
        print(f"| {' | '.join(str(row[name]) for name in columns)} |")
    print(flush=True)
