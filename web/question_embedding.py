"""The sentence embedding by which questions are compared: whether there is one. Loads nothing heavy."""
from __future__ import annotations

import logging
from pathlib import Path

from models.errors import ModelsError
from models.registry import Registry, Version

logger = logging.getLogger(__name__)


def embedding_in_use(models: Path) -> Version | None:
    """The trained sentence embedding, or None where set-up has not been run or left none that can be used."""
    try:
        return Registry(models).champion("embedding")
    except ModelsError as error:
        logger.warning("What was not understood is not clustered: %s", error)
        return None
