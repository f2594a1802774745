"""The shop's policies: Markdown that shoppers read, with a small front matter of facts that rules and replies use.

---
title: Returns
return_days: 30
---
You can send anything back within 30 days …
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from shop.clock import utc_now
from shop.database import upsert
from shop.errors import BadInput, NotFound
from shop.schema import policies

logger = logging.getLogger(__name__)

# What holds where no policy says otherwise: the law's minimum for returns, and nothing charged.
DEFAULT_FACTS: dict[str, Any] = {
    "return_days": 14,
    "cancellation_fee_cents": 0,
    "shipping_cents": 0,
    "free_shipping_from_cents": 0,
    "delivery_days_min": 2,
    "delivery_days_max": 5,
    "payment_methods": ["invoice"],
}
_WHOLE_NUMBERS = ("_days", "_cents", "_days_min", "_days_max", "_months")


@dataclass(frozen=True)
class Policy:
    """One policy. ``facts`` are those of its own front matter."""

    slug: str
    title: str
    body_markdown: str
    facts: dict[str, Any]


def policy(db: Session, slug: str) -> Policy | None:
    """The policy, or None."""
    row = db.execute(select(policies).where(policies.c.slug == slug)).first()
    return Policy(row.slug, row.title, row.body_markdown, row.facts) if row else None


def all_policies(db: Session) -> list[Policy]:
    """All policies by title."""
    rows = db.execute(select(policies).order_by(policies.c.title))
    return [Policy(row.slug, row.title, row.body_markdown, row.facts) for row in rows]


def facts(db: Session) -> dict[str, Any]:
    """The facts of all policies in one dict, DEFAULT_FACTS for what none of them states."""
    stated: dict[str, Any] = {}
    for found in db.execute(select(policies.c.facts)).scalars():
        stated |= found
    missing = DEFAULT_FACTS.keys() - stated.keys()
    if missing:
        logger.warning("No policy states %s: the defaults hold", ", ".join(sorted(missing)))
    return DEFAULT_FACTS | stated


def load_policies(db: Session, folder: Path) -> int:
    """Replace the stored policies by the ``*.md`` files of ``folder``; returns how many there are.

    The file's name is the slug. Raises NotFound where the folder has none, BadInput naming the file where a front
    matter cannot be read, or where two files state the same fact differently.
    """
    read = [_read(path) for path in sorted(Path(folder).glob("*.md"))]
    if not read:
        raise NotFound("policy in the folder", str(folder))
    stated: dict[str, tuple[Any, str]] = {}
    for found in read:
        for name, value in found.facts.items():
            if stated.setdefault(name, (value, found.slug))[0] != value:
                raise BadInput(name, value, f"{found.slug}.md and {stated[name][1]}.md disagree; state it once.")
    for found in read:
        values = {
            "title": found.title, "body_markdown": found.body_markdown, "facts": found.facts,
            "loaded_at": utc_now(),
        }  # fmt: skip
        statement = upsert(db, policies).values(slug=found.slug, **values)
        db.execute(statement.on_conflict_do_update(index_elements=["slug"], set_=values))
    db.execute(delete(policies).where(policies.c.slug.not_in([found.slug for found in read])))
    return len(read)


def _read(path: Path) -> Policy:
    text = path.read_text(encoding="utf-8")
    front: Any = {}
    body = text
    if text.startswith("---\n"):
        head, separator, body = text[4:].partition("\n---\n")
        if not separator:
            raise BadInput(path.name, head[:40], "end the front matter with a line of three hyphens.")
        try:
            front = _plain(yaml.load(head, Loader=yaml.BaseLoader) or {})  # noqa: S506 - makes text, lists, dicts
        except yaml.YAMLError as error:
            raise BadInput(path.name, head[:40], f"the front matter is not YAML: {error}") from error
    if not isinstance(front, dict):
        raise BadInput(path.name, front, "the front matter must be lines of `name: value`.")
    title = front.pop("title", None) or path.stem.replace("-", " ").replace("_", " ").capitalize()
    front.pop("slug", None)
    for name, value in front.items():
        if name.endswith(_WHOLE_NUMBERS) and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            raise BadInput(f"{path.name}, {name}", value, "it must be a whole number, 0 or more.")
    return Policy(path.stem, str(title), body.strip(), front)


def _plain(value: Any) -> Any:
    """Whole numbers and true/false as such, all else as text: YAML itself would make 10:30 the number 630."""
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if re.fullmatch(r"-?(0|[1-9]\d{0,11})", value):
        return int(value)
    return {"true": True, "false": False}.get(value, value)
