"""Alembic's entry: runs on the connection that `dashboard.migrate` (or a developer's `corridor migrate`) hands over."""

from alembic import context

from dashboard.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
