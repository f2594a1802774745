"""Where a product's own picture is: known from feeds, so that products without one can be told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("products", sa.Column("picture_url", sa.String(length=500), nullable=True))


def downgrade() -> None:
    op.drop_column("products", "picture_url")
