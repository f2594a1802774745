"""Shopify's orders CSV. The first row of an order has everything; each further row with its Name adds a line."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from commands.imports.money import plain_number, price_cents
from commands.imports.plain_text import plain_line
from commands.imports.row_groups import DiskMap
from commands.imports.source import Cells, Rows, Source, first, table_rows, unmarked
from commands.imports.tables import Columns
from commands.imports.values import moment, stock_keeping_unit
from shop import limits
from shop.errors import BadInput

COLUMNS = Columns(
    "Shopify orders CSV",
    {
        "name": ("Name",),
        "email": ("Email",),
        "financial_status": ("Financial Status",),
        "fulfillment_status": ("Fulfillment Status",),
        "fulfilled_at": ("Fulfilled at",),
        "created_at": ("Created at",),
        "cancelled_at": ("Cancelled at",),
        "currency": ("Currency",),
        "shipping": ("Shipping",),
        "total": ("Total",),
        "discount_code": ("Discount Code",),
        "discount": ("Discount Amount",),
        "refunded": ("Refunded Amount",),
        "payment_method": ("Payment Method",),
        "item_quantity": ("Lineitem quantity",),
        "item_name": ("Lineitem name",),
        "item_price": ("Lineitem price",),
        "item_sku": ("Lineitem sku",),
        **{
            f"{kind}_{part}": (f"{kind.title()} {column}",)
            for kind in ("shipping", "billing")
            for part, column in (
                ("name", "Name"), ("street", "Street"), ("address1", "Address1"), ("address2", "Address2"),
                ("city", "City"), ("zip", "Zip"), ("country", "Country"),
            )
        },
    },
    required=(("name",), ("created_at",), ("item_name",), ("item_quantity",), ("item_price",)),
)  # fmt: skip
_MONEY = ("item_price", "total", "shipping", "discount", "refunded")
# Nothing was paid yet in these: the shop pays nothing back for them (shop.orders.PAID_LATER).
_UNPAID = ("pending", "authorized", "unpaid", "expired", "partially_paid")
ADDRESS_CHARS = {
    "name": limits.NAME_CHARS, "street": limits.STREET_CHARS, "postcode": limits.POSTCODE_CHARS,
    "city": limits.CITY_CHARS, "country": limits.COUNTRY_CHARS,
}  # fmt: skip


def read(path: Path, currency: str, progress: Callable[[int], None] = lambda _: None) -> Source:
    """The orders of the file, read whole. Raises BrokenFile where it is no Shopify orders CSV."""
    source = Source(lambda rows: _order(rows, currency, source.decimal.sign, source))
    names = DiskMap()
    for line, cells in table_rows(path, COLUMNS, source.report, progress):
        name = unmarked(cells.get("name", ""))
        number = "".join(char for char in name if char.isalnum())
        if not number:
            source.skip(line, f"Name is {name!r}: an order has a number, such as #1001.")
            continue
        first_name = names.setdefault(number, name)
        if first_name != name:  # "#1001-1" is not "#10011", and may be somebody else's
            source.skip(line, f"Name is {name!r}: without signs it is the number of {first_name!r} as well.")
            continue
        source.add(number, line, cells, _MONEY)
    return source


def _order(rows: Rows, currency: str, decimal: str | None, source: Source) -> dict[str, Any]:
    def cents(cells: Cells, name: str) -> int | None:
        stated = first(rows, "currency") or currency
        return price_cents({name: unmarked(cells.get(name, "")), "currency": stated}, currency, decimal, name)

    head = {name: first(rows, name) for name in COLUMNS.names}
    lines, wrong = [], None
    for line, cells in rows:
        if "item_name" not in cells:
            continue
        try:
            quantity = plain_number(cells.get("item_quantity", ""), decimal)
            if quantity is None or quantity != quantity.to_integral_value():
                raise BadInput("Lineitem quantity", cells.get("item_quantity"), "write a whole number.")
            if quantity == 0:
                continue  # taken out of the order again
            price = cents(cells, "item_price")
            if price is None:
                raise BadInput("Lineitem price", None, "every line of an order has one.")
        except BadInput as error:
            # An order with a line missing would be another order.
            wrong = BadInput(f"line {line}: {error.field}", error.value, error.remedy)
            break
        lines.append({
            "sku": stock_keeping_unit(unmarked(cells.get("item_sku", ""))),
            "title": cut(plain_line(cells["item_name"]), 200), "quantity": int(quantity), "price_cents": price,
        })  # fmt: skip
    if wrong:
        raise wrong
    email = head["email"]
    if email and not _is_email(email):
        email = ""
        source.report.notes["with an e-mail address that is none, kept without it"] += 1
    status = _status(head)
    return {
        "number": "".join(char for char in unmarked(head["name"]) if char.isalnum()),
        "status": status,
        "email": email,
        "placed_at": moment("Created at", head["created_at"]),
        "shipped_at": moment("Fulfilled at", head["fulfilled_at"]),
        "cancelled_at": moment("Cancelled at", head["cancelled_at"]),
        "currency": currency.upper(),
        "payment_method": _payment(head),
        "total_cents": cents(head, "total") or 0,
        "shipping_cents": cents(head, "shipping") or 0,
        "discount_cents": cents(head, "discount") or 0,
        "refunded_cents": cents(head, "refunded") or 0,
        "promotion_code": cut(head["discount_code"], 32),
        "lines": lines,
        **_address(head),
    }


def _status(head: Cells) -> str:
    paid, sent = head["financial_status"].casefold(), head["fulfillment_status"].casefold()
    if head["cancelled_at"] or paid == "voided":
        return "cancelled"
    if sent in ("fulfilled", "partial", "partially_fulfilled", "shipped"):
        return "returned" if paid == "refunded" else "shipped"
    if paid == "refunded" or sent == "restocked":
        return "cancelled"
    return "placed"


def _payment(head: Cells) -> str:
    if head["financial_status"].casefold() in _UNPAID:
        return "invoice"
    return cut(plain_line(head["payment_method"]), 40) or "card"


def _address(head: Cells) -> dict[str, str]:
    kind = "shipping" if head["shipping_city"] or head["shipping_name"] else "billing"
    street = head[f"{kind}_street"] or ", ".join(filter(None, (head[f"{kind}_address1"], head[f"{kind}_address2"])))
    found = {
        "name": head[f"{kind}_name"], "street": street, "postcode": head[f"{kind}_zip"], "city": head[f"{kind}_city"],
        "country": head[f"{kind}_country"],
    }  # fmt: skip
    return {name: cut(unmarked(value), ADDRESS_CHARS[name]) for name, value in found.items()}


def cut(text: str, chars: int) -> str:
    """``text`` as one line of at most ``chars`` characters."""
    text = " ".join(text.split())
    return text if len(text) <= chars else f"{text[: chars - 1].rstrip()}…"


def _is_email(text: str) -> bool:
    try:
        limits.email(text)
    except BadInput:
        return False
    return True
