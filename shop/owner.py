"""Whose a cart, a conversation or an offer is."""
from __future__ import annotations

from dataclasses import dataclass

from shop.errors import BadInput


@dataclass(frozen=True)
class Owner:
    """A signed-in customer, or a visitor. Where both are known the customer counts."""

    customer_id: str | None = None
    visitor_id: str | None = None

    def require(self) -> Owner:
        """The owner itself. Raises BadInput where it names nobody."""
        if not self.customer_id and not self.visitor_id:
            raise BadInput("owner", self, "it needs a customer_id or a visitor_id.")
        return self
