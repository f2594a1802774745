"""How Alembic reaches the database: over the connection that ``Database.migrate`` opened and locked."""
from __future__ import annotations

from alembic import context

from shop.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
