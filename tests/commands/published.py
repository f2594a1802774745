"""A registry that has the sentence embedding already: exporting it anew would take each test half a minute."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from models.registry import Registry


def publish_embedding(
    models: Path, embedding: Path, version: str | None = None, card: dict[str, Any] | None = None
) -> Registry:
    """Put the exported ``embedding`` in use in the registry at ``models``, as links; returns that registry.

    ``version``: the embedding's own where None.
    """
    registry = Registry(models)
    draft = models / ".draft"
    draft.mkdir(parents=True)
    for file in embedding.iterdir():
        (draft / file.name).symlink_to(file)
    registry.publish(
        "embedding", version or json.loads((draft / "embedding.json").read_text())["version"], draft, card or {}
    )
    return registry
