"""Alembic's entry: runs on the connection that the caller passes (see worker.migrate)."""

from alembic import context

from highscores.ledger.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
