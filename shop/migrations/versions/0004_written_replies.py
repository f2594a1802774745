"""How replies were written: the model's templates, the claim gate's verdicts, and why a response was said instead."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.schema_base import Json

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "written_replies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.String(length=80), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("template", sa.Text(), nullable=True),
        sa.Column("reason", sa.String(length=80), nullable=True),
        sa.Column("candidates", sa.Integer(), nullable=False),
        sa.Column("rejected", Json, nullable=False),
        sa.Column("duration_ms", sa.Float(), nullable=False),
        sa.Column("model_version", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_written_replies")),
    )
    op.create_index(op.f("ix_written_replies_conversation_id"), "written_replies", ["conversation_id"])
    op.create_index(op.f("ix_written_replies_at"), "written_replies", ["at"])


def downgrade() -> None:
    op.drop_table("written_replies")
