"""what rests is found by when it is back."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_RESTS = sa.text("state IN ('on_hold', 'snoozed')")


def upgrade() -> None:
    op.create_index(
        "ix_tasks_resting",
        "tasks",
        ["back_at", "domain", "queue", "state"],
        postgresql_where=_RESTS,
        sqlite_where=_RESTS,
    )


def downgrade() -> None:
    op.drop_index("ix_tasks_resting", "tasks")
