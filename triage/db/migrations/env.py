"""Run the migrations on the connection handed in by `triage.database.upgrade`."""

from alembic import context

from triage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
