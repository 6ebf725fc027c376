"""what rests is counted queue by queue: an index that begins with the time was passed over for one with all that is
done."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_RESTS = sa.text("state IN ('on_hold', 'snoozed')")


def upgrade() -> None:
    _index(["domain", "queue", "state", "back_at"])


def downgrade() -> None:
    _index(["back_at", "domain", "queue", "state"])


def _index(columns: list[str]) -> None:
    op.drop_index("ix_tasks_resting", "tasks")
    op.create_index("ix_tasks_resting", "tasks", columns, postgresql_where=_RESTS, sqlite_where=_RESTS)
