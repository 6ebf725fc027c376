"""Run the migrations on the connection handed in by `triage.db.database.upgrade`."""

from alembic import context

from triage.db.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
