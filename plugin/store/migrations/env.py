"""Alembic's entry: migrates over the connection that `plugin.store.upgrade` hands in."""

from __future__ import annotations

from alembic import context

from plugin.store.models import Table

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Table.metadata,
    render_as_batch=True,  # SQLite cannot alter most of a table in place
    transaction_per_migration=True,
    user_module_prefix="columns.",
)
with context.begin_transaction():
    context.run_migrations()
