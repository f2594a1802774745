"""The network: causal self-attention over what a customer did; a product's vector from its text and its identity.

The same vectors of products go in (what was done) and come out (what is chosen next), so a product that was never
bought is recommended by its text, and one that was looked at once says as much about the customer as its like.
"""
from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import nn

from models.customer_encoder.sequences import CHOICE, GAPS, KINDS


@dataclass(frozen=True)
class Shape:
    """Sizes of a network. ``text``: length of the text vectors, 0 where products have no text."""

    products: int
    text: int
    width: int
    layers: int
    heads: int
    length: int


class Attention(nn.Module):
    """One layer: each event looks at itself and those before it."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.before = nn.LayerNorm(width)
        self.queries_keys_values = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.between = nn.LayerNorm(width)
        self.wide = nn.Linear(width, width)
        self.narrow = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, events: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
        """``events`` (b, n, width); ``hidden`` (n, n) bool marks what an event must not look at."""
        batch, count, width = events.shape
        parts = self.queries_keys_values(self.before(events)).view(batch, count, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)  # each (b, heads, n, width / heads)
        scores = (query @ key.transpose(-2, -1)) / math.sqrt(width // self.heads)
        looked = scores.masked_fill(hidden, float("-inf")).softmax(-1) @ value
        events = events + self.dropout(self.out(looked.transpose(1, 2).reshape(batch, count, width)))
        return events + self.dropout(self.narrow(nn.functional.gelu(self.wide(self.between(events)))))


class Encoder(nn.Module):
    """Vectors of events in, the vector of the customer after each event out. This part is exported for serving."""

    def __init__(self, shape: Shape, dropout: float) -> None:
        super().__init__()
        self.scale = math.sqrt(shape.width)
        # A purchase, and an unknown gap, add nothing. What is added to every event alike says nothing, and where only
        # these are known the optimiser would let it grow until the products were hardly heard beside it.
        self.kind = nn.Embedding(len(KINDS), shape.width, padding_idx=CHOICE)
        self.gap = nn.Embedding(GAPS, shape.width, padding_idx=0)
        self.place = nn.Embedding(shape.length, shape.width)
        for table in (self.kind, self.gap, self.place):
            nn.init.normal_(table.weight, std=0.02)
        with torch.no_grad():
            self.kind.weight[CHOICE] = 0.0
            self.gap.weight[0] = 0.0
        self.layers = nn.ModuleList([Attention(shape.width, shape.heads, dropout) for _ in range(shape.layers)])
        self.last = nn.LayerNorm(shape.width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, products: torch.Tensor, kinds: torch.Tensor, gaps: torch.Tensor) -> torch.Tensor:
        """``products`` (b, n, width), ``kinds`` and ``gaps`` (b, n) -> customers (b, n, width)."""
        place = torch.arange(products.shape[1], device=products.device)
        events = products * self.scale + self.kind(kinds) + self.gap(gaps) + self.place(place)
        events = self.dropout(events)
        hidden = place[:, None] < place[None, :]  # (n, n)
        for layer in self.layers:
            events = layer(events, hidden)
        return self.last(events)


class CustomerNetwork(nn.Module):
    """The encoder and the products' vectors, trained together."""

    def __init__(self, shape: Shape, dropout: float) -> None:
        super().__init__()
        self.shape = shape
        self.identity = nn.Parameter(torch.randn(shape.products, shape.width) * 0.02)
        self.projection = nn.Parameter(torch.randn(shape.text, shape.width) * (0.02 if shape.text else 0.0))
        self.encoder = Encoder(shape, dropout)

    def products(self, text: torch.Tensor | None, forgotten: torch.Tensor | None = None) -> torch.Tensor:
        """Vectors of all products (products, width); ``text`` (products, text).

        ``forgotten`` (products,) bool: those whose identity is left out, as if they were new.
        """
        identity = self.identity
        if forgotten is not None:
            identity = identity * (~forgotten)[:, None]
        return identity if text is None else identity + text @ self.projection

    def forward(
        self, vectors: torch.Tensor, products: torch.Tensor, kinds: torch.Tensor, gaps: torch.Tensor
    ) -> torch.Tensor:
        """``vectors`` (products, width); the rest (b, n) -> customers (b, n, width)."""
        return self.encoder(nn.functional.embedding(products, vectors), kinds, gaps)
