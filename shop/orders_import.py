"""Orders of another shop system, many at a time. The same file twice changes nothing.

An order keeps its number ("#1001" is 1001 here) and belongs to the customer with its e-mail address. What shoppers
did here since (cancelled, sent back, another address) is not undone by a file that does not know of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, func, insert, select, update
from sqlalchemy.orm import Session

from shop import limits, order_states
from shop.bulk_import import BulkCount
from shop.catalogue_import import PRICE_CENTS
from shop.clock import utc_now, working_days_later
from shop.database import lock_for_writing, upsert
from shop.errors import BadInput
from shop.order import ADDRESS
from shop.policies import facts
from shop.schema import counters, customers, events, order_changes, order_lines, orders, refunds, returns, variants

MAX_LINES = 500  # of one order
MAX_QUANTITY = 100_000
OWN_NUMBER_CHARS = 6
TOTAL_CENTS = 2_000_000_000
_MARK = "import:"  # begins the request id of every imported order: it is how one is known again
_FORWARD = ("placed", "packed", "shipped", "delivered")
_TEXTS = {
    "name": limits.NAME_CHARS, "street": limits.STREET_CHARS, "postcode": limits.POSTCODE_CHARS,
    "city": limits.CITY_CHARS, "country": limits.COUNTRY_CHARS, "carrier": 40, "tracking_code": 60,
    "tracking_url": 300, "promotion_code": 32,
}  # fmt: skip
_MOMENTS = ("packed_at", "shipped_at", "delivered_at", "cancelled_at")
_LINE = ("position", "sku", "product_id", "title", "colour", "size", "quantity", "price_cents")


def import_orders(
    db: Session, rows: Sequence[dict[str, Any]], now: datetime | None = None, rules: Mapping[str, Any] | None = None
) -> BulkCount:
    """Add or change orders, in this transaction; a row that does not fit is refused and costs no other.

    Keys of a row: number, status (of order_states.TRANSITIONS), placed_at, currency, payment_method, total_cents,
    lines (list of dict: title, quantity, price_cents, and optionally sku), and optionally email, name, street,
    postcode, city, country, packed_at, shipped_at, delivered_at, cancelled_at, carrier, tracking_code, tracking_url,
    promotion_code, shipping_cents, discount_cents, refunded_cents. Times are datetimes.

    A parcel that nobody reported delivered counts as delivered once the policy's delivery_days_max are over. An order
    that is here under the same number and did not come from an import is left alone, and the row refused. ``rules``:
    the policies' facts, where the caller has them already.
    """
    lock_for_writing(db)
    count, now = BulkCount(), now or utc_now()
    rules = facts(db) if rules is None else rules
    wanted: dict[str, tuple[int, dict[str, Any], list[dict[str, Any]]]] = {}
    for position, row in enumerate(rows):
        try:
            values, lines = _read(row)
            if values["number"] in wanted:
                raise BadInput("number", values["number"], "it stands in the file before; one entry an order.")
        except BadInput as error:
            count.refused.append((position, error))
            continue
        if _settle(values, rules, now):
            count.notes["long on their way: taken as delivered"] += 1
        wanted[values["number"]] = (position, values, lines)
    if not wanted:
        return count
    here = _Here(db, list(wanted), [values["email"] for _, values, _ in wanted.values()])
    _fill_in_products(db, [lines for _, _, lines in wanted.values()])
    for number, (position, values, lines) in wanted.items():
        before = here.orders.get(number)
        values["customer_id"] = here.customers.get(values["email"])
        if before is None:
            _add(db, values, lines, now)
            count.added += 1
        elif before["request_id"] != f"{_MARK}{number}":
            remedy = "an order of this number is here that no import brought, or whose customer was erased."
            count.refused.append((position, BadInput("number", number, remedy)))
        elif _change(db, here, before, values, lines, now):
            count.changed += 1
        else:
            count.unchanged += 1
    if any(len(number) == OWN_NUMBER_CHARS and number not in here.orders for number in wanted):
        _count_on(db)
    return count


def adopt(db: Session, ids: Mapping[str, str]) -> int:
    """Imported orders of nobody become those of the customers (e-mail -> id). Returns how many there were."""
    found = db.execute(
        select(orders.c.number, orders.c.email, orders.c.placed_at).where(
            orders.c.email.in_(list(ids)), orders.c.customer_id.is_(None), orders.c.request_id.startswith(_MARK)
        )
    ).all()
    for order in found:
        db.execute(update(orders).where(orders.c.number == order.number).values(customer_id=ids[order.email]))
        lines = db.execute(select(order_lines).where(order_lines.c.order_number == order.number)).mappings()
        _record_purchases(db, order.number, ids[order.email], lines, order.placed_at)
    return len(found)


class _Here:
    """What the database has of a batch: five queries however many orders."""

    def __init__(self, db: Session, numbers: list[str], emails: list[str]) -> None:
        query = select(orders).where(orders.c.number.in_(numbers)).with_for_update()
        self.orders = {row["number"]: row for row in db.execute(query).mappings()}
        addresses = [each for each in set(emails) if each]
        query = select(customers.c.email, customers.c.id).where(customers.c.email.in_(addresses))
        self.customers = {row.email: row.id for row in db.execute(query)}
        self.lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.kinds: dict[str, set[str]] = defaultdict(set)
        known = list(self.orders)
        query = select(order_lines).where(order_lines.c.order_number.in_(known))
        for row in db.execute(query.order_by(order_lines.c.position, order_lines.c.id)).mappings():
            self.lines[row["order_number"]].append({name: row[name] for name in _LINE})
        query = select(order_changes.c.order_number, order_changes.c.kind)
        for row in db.execute(query.where(order_changes.c.order_number.in_(known))):
            self.kinds[row.order_number].add(row.kind)
        for row in db.execute(select(returns.c.order_number).where(returns.c.order_number.in_(known))):
            self.kinds[row.order_number].add("return")


def _read(row: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(columns of orders, and refunded_cents; columns of each line)."""
    status = row.get("status")
    if status not in order_states.TRANSITIONS:
        raise BadInput("status", status, f"use one of {', '.join(order_states.TRANSITIONS)}.")
    values: dict[str, Any] = {
        "number": _number(row.get("number")),
        "status": status,
        "email": limits.email(row["email"]) if row.get("email") else "",
        "placed_at": _moment("placed_at", row.get("placed_at")),
        "currency": limits.line("currency", row.get("currency") or "", 3),
        "payment_method": limits.line("payment_method", row.get("payment_method") or "", 40),
        "refunded_cents": limits.integer("refunded_cents", row.get("refunded_cents") or 0, 0, TOTAL_CENTS),
    }
    for name in _MOMENTS:
        values[name] = None if row.get(name) is None else _moment(name, row[name])
    for name, chars in _TEXTS.items():
        text = limits.line(name, row.get(name) or "", chars, required=False)
        values[name] = text if name in ADDRESS else text or None
    for name in ("shipping_cents", "discount_cents", "total_cents"):
        values[name] = limits.integer(name, row.get(name) or 0, 0, TOTAL_CENTS)
    items = row.get("lines") or []
    if not 1 <= len(items) <= MAX_LINES:
        raise BadInput("lines", len(items), f"an order has 1 to {MAX_LINES} of them.")
    lines = [
        {
            "position": position, "product_id": "", "colour": "", "size": "",
            "sku": limits.line("sku", item.get("sku") or "", 48, required=False),
            "title": limits.line("title", item.get("title") or "", 200),
            "quantity": limits.integer("quantity", item.get("quantity"), 1, MAX_QUANTITY),
            "price_cents": limits.integer("price_cents", item.get("price_cents"), 0, PRICE_CENTS),
        }
        for position, item in enumerate(items, 1)
    ]  # fmt: skip
    values["subtotal_cents"] = limits.integer(
        "subtotal_cents", sum(line["quantity"] * line["price_cents"] for line in lines), 0, TOTAL_CENTS
    )
    return values, lines


def _number(value: Any) -> str:
    number = "".join(char for char in str(value or "") if char.isalnum())
    if not 1 <= len(number) <= 16:
        raise BadInput("number", value, "it must have 1 to 16 letters and digits.")
    return number


def _moment(name: str, value: Any) -> datetime:
    if not isinstance(value, datetime):
        raise BadInput(name, value, "it must be a moment.")
    return value


def _settle(values: dict[str, Any], rules: Mapping[str, Any], now: datetime) -> bool:
    """Fill in what follows from the rest; True where the order is only assumed to have been delivered."""
    values["expected_from"] = working_days_later(values["placed_at"], int(rules["delivery_days_min"]))
    values["expected_until"] = working_days_later(values["placed_at"], int(rules["delivery_days_max"]))
    if values["status"] != "shipped" or values["delivered_at"]:
        return False
    arrived = working_days_later(values["shipped_at"] or values["placed_at"], int(rules["delivery_days_max"]))
    if arrived >= now:
        return False
    values |= {"status": "delivered", "delivered_at": arrived}
    return True


def _fill_in_products(db: Session, orders_lines: Iterable[list[dict[str, Any]]]) -> None:
    """Put the catalogue's product, colour and size to each line whose sku it knows."""
    lines = [line for each in orders_lines for line in each if line["sku"]]
    skus = sorted({line["sku"] for line in lines})
    known: dict[str, Any] = {}
    for start in range(0, len(skus), 500):
        query = select(variants.c.sku, variants.c.product_id, variants.c.colour, variants.c.size)
        known |= {row.sku: row for row in db.execute(query.where(variants.c.sku.in_(skus[start : start + 500])))}
    for line in lines:
        if found := known.get(line["sku"]):
            line |= {"product_id": found.product_id, "colour": found.colour, "size": found.size}


def _add(db: Session, values: dict[str, Any], lines: list[dict[str, Any]], now: datetime) -> None:
    columns = {name: value for name, value in values.items() if name != "refunded_cents"}
    db.execute(insert(orders).values(**columns, request_id=f"{_MARK}{values['number']}"))
    db.execute(insert(order_lines), [{"order_number": values["number"], **line} for line in lines])
    _pay_back(db, values, now)
    if values["customer_id"]:
        _record_purchases(db, values["number"], values["customer_id"], lines, values["placed_at"])


def _change(
    db: Session, here: _Here, before: Mapping[str, Any], values: dict[str, Any], lines: list[dict[str, Any]],
    now: datetime,
) -> bool:  # fmt: skip
    """Bring a stored order to what the file says, as far as the file knows better. Whether anything changed."""
    number, kinds = values["number"], here.kinds[values["number"]]
    kept = {"number", "refunded_cents", "placed_at"}
    if not _goes_on(before["status"], values["status"]):
        kept |= {"status", *_MOMENTS}
    if "address" in kinds:
        kept |= set(ADDRESS)
    joined = before["customer_id"] is None and values["customer_id"] is not None
    if not joined:
        kept.add("customer_id")
    changes = {name: value for name, value in values.items() if name not in kept and before[name] != value}
    if changes:
        db.execute(update(orders).where(orders.c.number == number).values(changes))
    same = _comparable(here.lines[number]) == _comparable(lines)
    if not same and not kinds:  # what was sent back points at its line
        db.execute(delete(order_lines).where(order_lines.c.order_number == number))
        db.execute(insert(order_lines), [{"order_number": number, **line} for line in lines])
    found = _name_products(db, number, here.lines[number], lines) if same else []
    bought, customer_id = (lines, values["customer_id"]) if joined else (found, before["customer_id"])
    if customer_id:
        _record_purchases(db, number, customer_id, bought, values["placed_at"])
    paid_back = _pay_back(db, values, now)
    return bool(changes or found) or (not same and not kinds) or paid_back


def _name_products(
    db: Session, number: str, stored: list[dict[str, Any]], told: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Write the product to each line whose product came into the catalogue after the order; returns those lines."""
    found = [new for old, new in zip(stored, told, strict=True) if new["product_id"] and not old["product_id"]]
    for line in found:
        named = {name: line[name] for name in ("product_id", "colour", "size")}
        of_line = (order_lines.c.order_number == number) & (order_lines.c.position == line["position"])
        db.execute(update(order_lines).where(of_line).values(named))
    return found


def _goes_on(stored: str, told: str) -> bool:
    """Whether a file may take the order from the ``stored`` state to what it was ``told``: never back."""
    if stored not in _FORWARD:
        return False
    return told not in _FORWARD or _FORWARD.index(told) >= _FORWARD.index(stored)


def _comparable(lines: Iterable[dict[str, Any]]) -> list[tuple]:
    # A line whose product left the catalogue stays what it was.
    return [tuple(line[name] for name in ("sku", "title", "quantity", "price_cents")) for line in lines]


def _pay_back(db: Session, values: dict[str, Any], now: datetime) -> bool:
    """Note what the file says was paid back, and is not noted here yet. Whether anything was."""
    if not values["refunded_cents"]:
        return False
    number = values["number"]
    noted = db.execute(select(func.sum(refunds.c.amount_cents)).where(refunds.c.order_number == number)).scalar() or 0
    missing = values["refunded_cents"] - noted
    if missing <= 0:
        return False
    # The file says that it was paid, and not when.
    db.execute(insert(refunds).values(
        order_number=number, amount_cents=missing, currency=values["currency"], reason="imported", status="paid",
        requested_at=values["cancelled_at"] or now,
    ))  # fmt: skip
    return True


def _count_on(db: Session) -> None:
    """Let the shop's own numbers go on past the imported ones.

    shop.checkout takes the highest there is, which "EN1001" would hide: then the counter alone must hold it.
    """
    highest = db.execute(
        select(func.max(orders.c.number)).where(
            func.length(orders.c.number) == OWN_NUMBER_CHARS, orders.c.number.regexp_match("^[0-9]+$")
        )
    ).scalar()
    if highest:
        statement = upsert(db, counters).values(name="order", value=int(highest))
        larger = case((counters.c.value > statement.excluded.value, counters.c.value), else_=statement.excluded.value)
        db.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": larger}))


def _record_purchases(
    db: Session, number: str, customer_id: str, lines: Iterable[Mapping[str, Any]], at: datetime
) -> None:
    bought = [
        {"kind": "purchase", "customer_id": customer_id, "product_id": line["product_id"], "sku": line["sku"], "at": at,
         "order_number": number}
        for line in lines if line["product_id"]
    ]  # fmt: skip
    if bought:
        db.execute(insert(events), bought)
