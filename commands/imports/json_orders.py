"""Orders as JSON, one object a line: in our own keys, or as WooCommerce's REST interface gives them."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from commands.imports.money import price_cents
from commands.imports.plain_text import plain_line
from commands.imports.shopify_orders import ADDRESS_CHARS, cut
from commands.imports.source import Rows, Source, json_rows
from commands.imports.values import moment, stock_keeping_unit
from shop.errors import BadInput

# WooCommerce's states -> ours. "completed" is sent; whether it arrived is for the shop to assume.
_STATES = {
    "pending": "placed", "on-hold": "placed", "processing": "placed", "completed": "shipped", "cancelled": "cancelled",
    "refunded": "returned", "failed": "cancelled", "trash": "cancelled", "checkout-draft": "cancelled",
}  # fmt: skip
_UNPAID = ("pending", "on-hold", "failed")


def read(path: Path, currency: str, progress: Callable[[int], None] = lambda _: None) -> Source:
    """The orders of the file, read whole. Raises BrokenFile where none of its lines is a JSON object."""
    source = Source(lambda rows: _order(rows, currency))
    for line, content in json_rows(path, source.report, progress):
        number = "".join(char for char in str(content.get("number") or "") if char.isalnum())
        if not number:
            source.skip(line, "number is None: an order has one.")
        elif number in source.groups:
            source.skip(line, f"order {number!r} stands in the file before")
        else:
            source.add(number, line, content)
    return source


def _order(rows: Rows, currency: str) -> dict[str, Any]:
    content = rows[0][1]
    return _woocommerce(content, currency) if "line_items" in content else _own(content, currency)


def _own(content: dict[str, Any], currency: str) -> dict[str, Any]:
    stated = content.get("currency") or currency
    return {
        **{
            name: _text(content.get(name), 300)
            for name in ("number", "status", "email", "carrier", "tracking_code", "tracking_url", "promotion_code")
        },
        **{name: _text(content.get(name), chars) for name, chars in ADDRESS_CHARS.items()},
        **{
            name: moment(name, content.get(name))
            for name in ("placed_at", "packed_at", "shipped_at", "delivered_at", "cancelled_at")
        },
        **{
            f"{name}_cents": _cents(content, name, stated, currency) or 0
            for name in ("total", "shipping", "discount", "refunded")
        },
        "currency": currency.upper(),
        "payment_method": _text(content.get("payment_method"), 40) or "card",
        "lines": [
            {
                "sku": stock_keeping_unit(_text(item.get("sku"), 1000)), "title": _text(item.get("title"), 200),
                "quantity": item.get("quantity", 1), "price_cents": _cents(item, "price", stated, currency),
            }
            for item in _objects(content.get("lines"))
        ],
    }  # fmt: skip


def _woocommerce(content: dict[str, Any], currency: str) -> dict[str, Any]:
    stated = content.get("currency") or currency
    shipping, billing = (_object(content.get(name)) for name in ("shipping", "billing"))
    to = shipping if _text(shipping.get("address_1"), 200) else billing
    status = _text(content.get("status"), 32)
    refunded = sum(
        price_cents({"price": str(each.get("total") or 0).lstrip("-")}, currency) or 0
        for each in _objects(content.get("refunds"))
    )
    return {
        "number": _text(content.get("number"), 40),
        "status": _STATES.get(status, status),
        "email": _text(billing.get("email"), 254),
        "placed_at": moment("date_created_gmt", content.get("date_created_gmt") or content.get("date_created")),
        "shipped_at": moment("date_completed_gmt", content.get("date_completed_gmt") or content.get("date_completed")),
        "currency": currency.upper(),
        "payment_method": "invoice" if status in _UNPAID else _text(content.get("payment_method_title"), 40) or "card",
        "total_cents": _cents(content, "total", stated, currency) or 0,
        "shipping_cents": _cents({"shipping": content.get("shipping_total")}, "shipping", stated, currency) or 0,
        "discount_cents": _cents({"discount": content.get("discount_total")}, "discount", stated, currency) or 0,
        "refunded_cents": refunded,
        "name": _text(f"{_text(to.get('first_name'), 80)} {_text(to.get('last_name'), 80)}", ADDRESS_CHARS["name"]),
        "street": _text(", ".join(filter(None, (_text(to.get("address_1"), 200), _text(to.get("address_2"), 200)))),
                        ADDRESS_CHARS["street"]),
        "postcode": _text(to.get("postcode"), ADDRESS_CHARS["postcode"]),
        "city": _text(to.get("city"), ADDRESS_CHARS["city"]),
        "country": _text(to.get("country"), ADDRESS_CHARS["country"]),
        "lines": [
            {
                "sku": stock_keeping_unit(_text(item.get("sku"), 1000)), "title": _text(item.get("name"), 200),
                "quantity": item.get("quantity", 1), "price_cents": _cents(item, "price", stated, currency),
            }
            for item in _objects(content["line_items"])
        ],
    }  # fmt: skip


def _cents(content: dict[str, Any], name: str, stated: str, currency: str) -> int | None:
    keys = {name: content.get(name), f"{name}_cents": content.get(f"{name}_cents"), "currency": stated}
    return price_cents(keys, currency, ".", name)


def _objects(value: Any) -> list[dict[str, Any]]:
    if value is not None and not isinstance(value, list):
        raise BadInput("lines", value, "it must be a list of objects.")
    for each in value or []:
        if not isinstance(each, dict):
            raise BadInput("lines", each, "each must be an object.")
    return value or []


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any, chars: int) -> str:
    return cut(plain_line(str(value)), chars) if isinstance(value, str | int | float) else ""
