"""The embedding that is in use, found by the registry's files.

The registry itself belongs to the other environment; its pointer is a file whose last word is the version.
"""
from __future__ import annotations

import os
from pathlib import Path

from rasa.shared.exceptions import InvalidConfigException

from models.embedding import SentenceEmbedding


def open_embedding(models: str, version: str | None = None, threads: int = 1) -> SentenceEmbedding:
    """The embedding of ``version`` below the registry ``models``; the one in use where no version is named.

    ``models`` may be empty: the registry of this installation.
    """
    folder = Path(models or Path(os.environ.get("FLOORWALKER_VAR") or "var") / "models") / "embedding"
    return SentenceEmbedding.load(folder / (version or champion(folder)), threads)


def champion(folder: Path) -> str:
    """Version that the registry's pointer in ``folder`` names. Raises InvalidConfigException where there is none."""
    try:
        return (folder / "champion").read_text("utf-8").split()[-1]
    except (FileNotFoundError, IndexError) as error:
        raise InvalidConfigException(
            f"There is no sentence embedding in {folder}. Make it with `floorwalker train embedding`."
        ) from error
