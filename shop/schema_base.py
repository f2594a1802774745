"""What all tables share: the metadata, the naming of constraints, and three kinds of column."""
from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB

from shop.clock import UtcDateTime, utc_now

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def now(name: str, **options) -> Column:
    """A moment that is filled in where the row does not give it."""
    return Column(name, UtcDateTime, nullable=False, default=utc_now, **options)


def reference(name: str, target: str, **options) -> Column:
    """A foreign key to a text id such as "C00042"."""
    return Column(name, String(32), ForeignKey(target), **options)
