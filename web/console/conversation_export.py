"""A conversation as a file: JSON with everything that is known of it, or a table for a spreadsheet."""
from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from shop.masking import mask_entities, mask_json
from shop.message import Message
from shop.transcript import Transcript
from web.console.file_rows import csv_row, plain
from web.console.marked_text import Eyes

VERSION = 1
COLUMNS = (
    "number", "at", "sender", "text", "intent", "confidence", "entities", "actions", "products shown",
    "products clicked", "thumb", "duration ms", "model version", "correction",
)  # fmt: skip


def as_json(parts: Sequence[Transcript], eyes: Eyes) -> str:
    """``parts``: the conversation's pages in order. Times are ISO 8601 in UTC."""
    first, talk = parts[0], parts[0].conversation
    whole = {
        "version": VERSION, "conversation": talk.id, "channel": talk.channel, "status": talk.status,
        "opened_at": talk.opened_at, "last_at": talk.last_at,
        "messages": [_message(message, part, eyes) for part in parts for message in part.messages],
        "notes": [
            {"message": note.seq, "by": note.name, "at": note.at, "text": eyes.text(note.text)} for note in first.notes
        ],
        "masked": not eyes.sees,
    }
    if eyes.sees:
        whole["customer_id"] = talk.customer_id
        whole["tickets"] = [each.reference for each in first.tickets]
    return json.dumps(whole, ensure_ascii=False, indent=1, default=plain)


def as_csv(parts: Sequence[Transcript], eyes: Eyes) -> str:
    """``parts`` as in ``as_json``. One row a message; no cell is a formula."""
    rows = [csv_row(COLUMNS)]
    for part in parts:
        for message in part.messages:
            found = _message(message, part, eyes)
            rows.append(csv_row([
                message.seq, message.at, message.sender, found["text"], message.intent, message.intent_confidence,
                "; ".join(f"{each.get('entity')}={each.get('value')}" for each in found["entities"]),
                "; ".join(message.actions or ()), "; ".join(each["product_id"] for each in found["shown"]),
                "; ".join(found["clicked"]), message.feedback, message.duration_ms, message.model_version,
                "; ".join(f"{each['kind']}: {json.dumps(each['after'], ensure_ascii=False)}"
                          for each in found["corrections"]),
            ]))  # fmt: skip
    return "".join(rows)


def _message(message: Message, part: Transcript, eyes: Eyes) -> dict[str, Any]:
    entities, payload, turn = message.entities or [], message.payload, message.turn
    if not eyes.sees:
        entities, payload = mask_entities(entities), mask_json(payload, eyes.known)
        turn = {**turn, "entities": entities, "read_as": eyes.text(turn.get("read_as"))} if turn else None
    corrections = [part.corrections[key] for key in part.corrections if key[0] == message.seq]
    written = [asdict(each) for each in part.written.get(message.seq, ())] if message.sender == "shopper" else []
    return {
        "number": message.seq, "at": message.at, "sender": message.sender,
        "text": eyes.text(message.text, message.entities), "in_reply_to": message.in_reply_to,
        "intent": message.intent, "confidence": message.intent_confidence, "entities": entities,
        "actions": message.actions, "payload": payload, "turn": turn, "written": written,
        "shown": [asdict(each) for each in part.exposures.get(message.seq, ())],
        "clicked": sorted(part.clicked.get(message.seq, ())), "thumb": message.feedback,
        "duration_ms": message.duration_ms, "model_version": message.model_version,
        "corrections": [
            {"kind": each.kind, "by": each.name, "at": each.at, "status": each.status,
             "before": _content(each.before, eyes), "after": _content(each.after, eyes)}
            for each in corrections
        ],
    }  # fmt: skip


def _content(content: dict[str, Any], eyes: Eyes) -> dict[str, Any]:
    if eyes.sees:
        return content
    if "entities" in content:
        return {"entities": mask_entities(content["entities"])}
    return mask_json(content, eyes.known)
