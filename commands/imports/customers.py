"""Customers: Shopify's customers CSV, or any table with an e-mail column.

Of the consents only the one to e-mails is taken over. Nobody agreed to personal recommendations by agreeing to a
newsletter, so that consent is never imported.
"""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from commands.imports.plain_text import plain_line
from commands.imports.shopify_orders import cut
from commands.imports.source import Rows, Source, table_rows, unmarked
from commands.imports.tables import Columns
from commands.imports.values import moment, yes_or_no
from shop import limits
from shop.errors import BadInput

COLUMNS = Columns(
    "customers CSV",
    {
        "email": ("Email", "E-mail", "Email address"),
        "first_name": ("First Name", "first_name", "Billing First Name"),
        "last_name": ("Last Name", "last_name", "Billing Last Name"),
        "name": ("Name", "Full name"),
        "phone": ("Phone",),
        "address_phone": ("Default Address Phone", "Billing Phone"),
        "address1": ("Default Address Address1", "Address1", "Street", "Billing Address 1"),
        "address2": ("Default Address Address2", "Address2", "Billing Address 2"),
        "city": ("Default Address City", "City", "Billing City"),
        "postcode": ("Default Address Zip", "Zip", "Postcode", "Postal code", "Billing Postcode"),
        "country": ("Default Address Country Code", "Country", "Country Code", "Billing Country"),
        "newsletter": (
            "Accepts Email Marketing", "Accepts Marketing", "Email Marketing: Status", "Email marketing consent",
            "Newsletter",
        ),
        "created_at": ("Created at", "created_at", "Customer since", "Date registered"),
    },
    required=(("email",),),
)
_CHARS = {
    "first_name": 80, "last_name": 80, "phone": 40, "street": limits.STREET_CHARS, "postcode": limits.POSTCODE_CHARS,
    "city": limits.CITY_CHARS, "country": limits.COUNTRY_CHARS,
}  # fmt: skip


def read(path: Path, _currency: str, progress: Callable[[int], None] = lambda _: None) -> Source:
    """The customers of the file, read whole. Raises BrokenFile where it has no e-mail column."""
    source = Source(_customer)
    for line, cells in table_rows(path, COLUMNS, source.report, progress):
        email = unmarked(cells.get("email", "")).casefold()
        if not email:
            source.skip(line, "without an e-mail address, by which a customer is known here")
        elif email in source.groups:
            source.skip(line, f"{email!r} stands in the file before")
        else:
            source.add(email, line, cells)
    return source


def _customer(rows: Rows) -> dict[str, Any]:
    cells = {name: plain_line(unmarked(value)) for name, value in rows[0][1].items()}
    first_name, last_name = cells.get("first_name", ""), cells.get("last_name", "")
    if not first_name and not last_name:
        first_name, _, last_name = cells.get("name", "").partition(" ")
    newsletter = cells.get("newsletter", "")
    agreed = yes_or_no(newsletter)
    if newsletter and agreed is None and newsletter.casefold() not in ("pending", "redacted", "invalid"):
        raise BadInput("Accepts Email Marketing", newsletter, "write yes or no.")
    found = {
        "first_name": first_name, "last_name": last_name,
        "phone": cells.get("phone") or cells.get("address_phone", ""),
        "street": ", ".join(filter(None, (cells.get("address1"), cells.get("address2")))),
        "postcode": cells.get("postcode", ""), "city": cells.get("city", ""), "country": cells.get("country", ""),
    }  # fmt: skip
    return {
        "email": cells["email"],
        **{name: cut(value, _CHARS[name]) for name, value in found.items()},
        "created_at": moment("created_at", cells.get("created_at")),
        "newsletter": agreed,
    }
