"""Putting the demo shop into the database: everything is made first, then written in bulk, all or nothing."""
from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, insert, select, update
from sqlalchemy.orm import Session

from shop import catalogue_import, policies, schema
from shop.database import is_sqlite, lock_for_writing
from shop.demo.catalogue import make_products
from shop.demo.histories import make_histories
from shop.demo.orders import make_orders
from shop.demo.people import CAST, PeopleMaker
from shop.demo.promotions import make_promotions
from shop.demo.texts import fill_in
from shop.demo.vocabulary import FOLDER, read_vocabulary
from shop.errors import BadInput

ROWS_A_STATEMENT = 5_000
# Tables whose next id PostgreSQL counts itself, and must be told of the rows that came with theirs.
COUNTED = (schema.events, schema.order_lines, schema.returns, schema.refunds)


def build(
    db: Session,
    seed: int = 7,
    products: int = 1200,
    customers: int = 2400,
    events: int = 64_000,
    orders: int = 6400,
    today: date | None = None,
) -> None:
    """Make the demo shop in a database that has no products yet.

    The same ``seed`` and ``today`` (the present day in UTC where None) give the same rows. Everything has happened
    before ``today`` began. Products and customers are as many as asked for; orders too, unless fewer than the cast's
    own (28), and events, unless fewer than the orders need or nobody but the cast is there.

    Raises BadInput for a database that has products, for fewer products than categories and for fewer customers than
    the cast; ValueError where so many orders do not fit the customers.
    """
    if db.execute(select(func.count()).select_from(schema.products)).scalar():
        raise BadInput("database", "with products", "build the demo shop in an empty one.")
    if customers < len(CAST):
        raise BadInput("customers", customers, f"it must be {len(CAST)} or more, for the cast.")
    now = datetime.combine(today or datetime.now(UTC).date(), time(), UTC)
    lock_for_writing(db)
    words = read_vocabulary()
    rules = _load_policies(db, FOLDER / "policies", now)

    made = make_products(words, seed, products, now)
    maker = PeopleMaker(FOLDER, seed, now)
    people = maker.customers(customers)
    histories = make_histories(words, made, people, maker, seed, events, orders, now)
    promotions = make_promotions(FOLDER, now)
    placed = make_orders(histories.orders, promotions, rules, FOLDER, seed, now)

    catalogue_import.upsert_categories(
        db,
        (
            {"slug": each.slug, "name": each.name, "position": position, "synonyms": each.synonyms}
            for position, each in enumerate(words.categories.values(), 1)
        ),
    )
    _insert(db, schema.products, (product.row for product in made))
    _insert(db, schema.variants, (row for product in made for row in product.variants))
    _insert(db, schema.customers, (person.row for person in people))
    _insert(db, schema.consents, (
        {"customer_id": person.customer_id, "purpose": purpose, "granted": granted, "source": "sign-up",
         "at": person.row["created_at"]}
        for person in people
        for purpose, granted in person.consents.items()
    ))  # fmt: skip
    _insert(db, schema.events, ({"id": number, **row} for number, row in enumerate(histories.events, 1)))
    _insert(db, schema.promotions, promotions)
    _insert(db, schema.orders, placed.orders)
    _insert(db, schema.order_lines, placed.lines)
    _insert(db, schema.returns, placed.returns)
    _insert(db, schema.refunds, placed.refunds)
    _tell_counters(db)


def _load_policies(db: Session, folder: Path, now: datetime) -> dict[str, Any]:
    """Store the policies with their facts filled into the text; returns the facts of all."""
    policies.load_policies(db, folder)
    facts = policies.facts(db)
    for found in policies.all_policies(db):
        text = fill_in(found.slug, found.body_markdown, facts)
        db.execute(
            update(schema.policies)
            .where(schema.policies.c.slug == found.slug)
            .values(body_markdown=text, loaded_at=now)
        )
    return facts


def _insert(db: Session, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    rows = iter(rows)
    while batch := list(islice(rows, ROWS_A_STATEMENT)):
        db.connection().execute(insert(table), batch)


def _tell_counters(db: Session) -> None:
    if is_sqlite(db):
        return
    for table in COUNTED:
        sequence = func.pg_get_serial_sequence(table.name, "id")
        highest = select(func.coalesce(func.max(table.c.id), 1)).scalar_subquery()
        db.execute(select(func.setval(sequence, highest)))
