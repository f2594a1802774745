"""An evaluation of the search as text, for the terminal."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from commands.evaluation.report import BAD_ROWS_SHOWN, more

FIGURES = ("ndcg_at_10_judged", "ndcg_at_10", "recall_at_100")
TITLES = {"ndcg_at_10_judged": "NDCG@10 judged", "ndcg_at_10": "NDCG@10", "recall_at_100": "recall@100"}


def search_report(found: dict[str, Any]) -> str:
    """The object that ``commands/evaluate_search.py`` makes, as lines to read."""
    return "\n".join([*_summary(found), "", *_queries(found), *_rows(found)])


def _summary(found: dict[str, Any]) -> Iterator[str]:
    yield (f"{found['queries']} queries, {found['products']:,} products; indexed in {found['index_seconds']:.0f} s, "
           f"one search {found['search_ms']:.1f} ms (median)")
    yield ""
    yield f"{'':24}{'search':>10}{'BM25':>10}{'':>4}above"
    parts = {"all queries": found, **{f"half “{name}”": half for name, half in found["halves"].items()}}
    for title, part in parts.items():
        for name in FIGURES:
            mine, plain = part[name], part["baseline"][name]
            above = f"{(mine / plain - 1) * 100:+8.1f} %" if plain else ""
            yield f"{title if name == FIGURES[0] else '':16} {TITLES[name]:16}{mine:>9.3f}{plain:>10.3f}{above}"


def _queries(found: dict[str, Any]) -> Iterator[str]:
    width = min(40, max((len(each["query"]) for each in found["per_query"]), default=5))
    yield f"{'query, worst first':{max(width, 18)}}  judged   NDCG   recall   BM25 judged   NDCG   recall   judgements"
    for each in sorted(found["per_query"], key=lambda each: (each["ndcg_at_10_judged"], each["query"])):
        mine, plain = ([part[name] for name in FIGURES] for part in (each, each["baseline"]))
        yield (f"{each['query'][:width]:{max(width, 18)}}  {mine[0]:6.3f} {mine[1]:6.3f}   {mine[2]:6.3f}"
               f"        {plain[0]:6.3f} {plain[1]:6.3f}   {plain[2]:6.3f}   {each['judgements']:>10}")


def _rows(found: dict[str, Any]) -> Iterator[str]:
    if found["without_a_fit"]:
        yield ""
        yield f"Not scored, as no product fits: {', '.join(found['without_a_fit'])}."
    yield ""
    for use, rows in found["rows"].items():
        yield f"{use:12} {rows['read']:>9,} rows read, {rows['bad']} bad"
    for row in found["bad_rows"][:BAD_ROWS_SHOWN]:
        yield f"  {row['file']}:{row['line']}: {row['reason']}"
    yield from more(len(found["bad_rows"]) - BAD_ROWS_SHOWN, "bad rows")
