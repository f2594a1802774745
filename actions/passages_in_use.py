"""The passages of the shop's policies in memory, and what the domain's responses say about the same things."""
from __future__ import annotations

import logging
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.orm import Session

from models.embedding import SentenceEmbedding
from models.passages import Page, Passages
from shop import policies
from shop.settings import ROOT

logger = logging.getLogger(__name__)

DOMAIN = ROOT / "domain.yml"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the domain is long: in C it is read in a tenth of the time
_FACT = re.compile(r"\{(\w+)\}")


class PassagesInUse:
    """The passages of the policies as they are now, and the wordings of the domain; made anew when either changes."""

    def __init__(self, domain: Path = DOMAIN) -> None:
        self._domain = domain
        self._read_at: int | None = None
        self._responses: dict[str, list[str]] = {}
        self._pages: list[Page] | None = None
        self._passages: Passages | None = None
        self._lock = threading.Lock()

    def passages(self, db: Session, embedding: SentenceEmbedding) -> Passages:
        """Embeds the pages at the first call and when a policy or the embedding changed; else reads six short rows."""
        pages = [Page(each.slug, each.title, each.body_markdown) for each in policies.all_policies(db)]
        with self._lock:
            if self._passages is None or pages != self._pages or embedding is not self._passages.embedding:
                self._passages = Passages(pages, embedding)
                self._pages = pages
                logger.info("%d passages of %d policies are in memory.", len(self._passages), len(pages))
            return self._passages

    def wordings(self, response: str, facts: Mapping[str, Any]) -> list[str]:
        """What ``response`` may say with ``facts``; empty where the domain does not have it.

        Of a domain that cannot be read, as trainers may save one halfway, what it said before.
        """
        with self._lock:
            try:
                self._read()
            except (OSError, ValueError, TypeError, AttributeError, yaml.YAMLError) as error:
                logger.warning("%s cannot be read; its responses are taken to be as before: %s", self._domain, error)
            found = self._responses.get(response, [])
        return [_FACT.sub(lambda name: str(facts.get(name[1]) or ""), wording).strip() for wording in found]

    def _read(self) -> None:
        changed_at = self._domain.stat().st_mtime_ns
        if changed_at == self._read_at:
            return
        self._read_at = changed_at  # also where it cannot be read: it will be saved anew
        read = yaml.load(self._domain.read_text("utf-8"), Loader=LOADER)  # noqa: S506 - a safe loader
        self._responses = {
            name: [each["text"] for each in wordings if each.get("text")]
            for name, wordings in (read.get("responses") or {}).items()
        }
