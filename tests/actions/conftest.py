"""The shop with its fixed cast, and shoppers who talk to the forms in it."""
from __future__ import annotations

from tests.actions.dialogue_stage import ada, guest, stored
from tests.shop.conftest import database, filled

__all__ = ["ada", "database", "filled", "guest", "stored"]
