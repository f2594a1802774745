"""Which order a purchase was placed with, so that one of a cancelled order can be told from one that holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("order_number", sa.String(length=16), nullable=True))
    events = sa.table("events", *map(sa.column, ("kind", "customer_id", "product_id", "at", "order_number")))
    orders = sa.table("orders", *map(sa.column, ("number", "customer_id", "placed_at")))
    lines = sa.table("order_lines", *map(sa.column, ("order_number", "product_id")))
    # A purchase is recorded at the very moment at which its order is placed. A guest's is of no use after their visit.
    placed = (
        sa.select(sa.func.min(orders.c.number))
        .join_from(orders, lines, lines.c.order_number == orders.c.number)
        .where(orders.c.customer_id == events.c.customer_id, orders.c.placed_at == events.c.at)
        .where(lines.c.product_id == events.c.product_id)
    )
    op.execute(
        sa.update(events)
        .where(events.c.kind == "purchase", events.c.customer_id.is_not(None))
        .values(order_number=placed.scalar_subquery())
    )


def downgrade() -> None:
    op.drop_column("events", "order_number")
