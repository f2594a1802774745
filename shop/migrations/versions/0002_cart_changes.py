"""A cart's changes by request, taken out included: a line's own request is gone with the line."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cart_changes",
        sa.Column("cart_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("sku", sa.String(length=48), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["cart_id"], ["carts.id"], name=op.f("fk_cart_changes_cart_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("cart_id", "request_id", "sku", name=op.f("pk_cart_changes")),
    )
    op.drop_column("cart_lines", "request_id")


def downgrade() -> None:
    op.add_column("cart_lines", sa.Column("request_id", sa.String(length=64), nullable=True))
    op.drop_table("cart_changes")
