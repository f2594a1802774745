"""Prices of foreign catalogues become whole cents, or are refused."""
from __future__ import annotations

import pytest

from commands.imports.money import price_cents
from shop.errors import BadInput


@pytest.mark.parametrize(
    ("row", "cents"),
    [
        ({"price": 12.95}, 1295),
        ({"price": 10}, 1000),
        ({"price": 0.1}, 10),
        ({"price": 2.675}, 268),
        ({"price": "12.95"}, 1295),
        ({"price": "12,95"}, 1295),
        ({"price": " € 12.5 "}, 1250),
        ({"price": "1,299.00"}, 129900),
        ({"price": "1.299,00 EUR"}, 129900),
        ({"price": "1 299,00"}, 129900),
        ({"price": "1’299.00"}, 129900),
        ({"price": "1,299,000"}, 129900000),
        ({"price": "12"}, 1200),
        ({"price": {"amount": "12.95", "currency": "EUR"}}, 1295),
        ({"price_cents": 4995, "price": "ignored"}, 4995),
        ({"price_cents": "4995", "currency": "eur"}, 4995),
        ({"price": 0}, 0),
        ({}, None),
        ({"price": "", "price_cents": None}, None),
    ],
)
def test_a_price_is_read_as_it_is_written(row, cents):
    assert price_cents(row, "EUR") == cents


@pytest.mark.parametrize(
    "row",
    [
        {"price": "free"}, {"price": -1}, {"price": "-1"}, {"price": True}, {"price": [1]}, {"price": float("nan")},
        {"price": float("inf")}, {"price": "1.299"}, {"price": "12,999"}, {"price": "12.95 USD"}, {"price": "$5"},
        {"price": 5, "currency": "GBP"}, {"price_cents": 12.5}, {"price_cents": True}, {"price_cents": -1},
        {"price": {"amount": 5, "currency": "CHF"}}, {"price": "1..2"},
        {"price": "12."}, {"price": "1,2,3"}, {"price": "1.29,9.0"},
    ],
)  # fmt: skip
def test_a_price_that_could_be_misread_is_refused(row):
    with pytest.raises(BadInput):
        price_cents(row, "EUR")
