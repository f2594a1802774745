"""An evaluation of entities as text, for the terminal."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from commands.evaluation.report import BAD_ROWS_SHOWN, more, percent


def entity_report(found: dict[str, Any]) -> str:
    """The object that ``commands/evaluate_entities.py`` makes, as lines to read."""
    return "\n".join(line for part in (_summary, _entities, _wrong) for line in part(found))


def _summary(found: dict[str, Any]) -> Iterator[str]:
    yield f"{found['set']}, {found['sentences']} sentences, {found['support']} entities, today is {found['today']}"
    yield ""
    yield f"F1              {found['f1']:.4f}   precision {found['precision']:.4f}, recall {found['recall']:.4f}"
    yield f"without mistake {percent(found['sentences_right'])} of the sentences"
    yield f"one sentence    {found['message_ms']:.2f} ms (median)"
    for row in found["bad_rows"][:BAD_ROWS_SHOWN]:
        yield f"  {row['file']}:{row['line']}: {row['reason']}"
    yield from more(len(found["bad_rows"]) - BAD_ROWS_SHOWN, "bad rows")


def _entities(found: dict[str, Any]) -> Iterator[str]:
    width = max([len(name) for name in found["entities"]] + [19])
    yield ""
    yield f"{'entity, worst first':{width}}   precision   recall       F1   labelled   found"
    for name, each in sorted(found["entities"].items(), key=lambda item: (item[1]["f1"], item[0])):
        yield (f"{name:{width}}   {each['precision']:>9.3f}   {each['recall']:>6.3f}   {each['f1']:>6.3f}"
               f"   {each['support']:>8}   {each['found']:>5}")


def _wrong(found: dict[str, Any]) -> Iterator[str]:
    if not found["wrong"]:
        return
    yield ""
    yield "wrong: - was missed, + is not labelled"
    for sentence in found["wrong"]:
        yield f"  “{sentence['text']}”"
        for sign, entities in (("-", sentence["missed"]), ("+", sentence["found"])):
            for each in entities:
                words = sentence["text"][each["start"]:each["end"]]
                yield f"    {sign} {each['entity']} {_value(each['value'])} “{words}”"


def _value(value: Any) -> str:
    return f"{value[0]} to {value[1]}" if isinstance(value, list | tuple) else str(value)
