"""what waits in each queue is counted as it changes, by triggers that `triage db upgrade` puts in place."""

import sqlalchemy as sa
from alembic import op

from triage.db.schema import Instant

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_COUNTED = ("domain", "queue", "state", "kind", "sla_due_at", "claimed_until", "minutes", "expected_loss")
_EMPTY = sa.text("waiting <= 0")
_INDEXES = (
    ("ix_tasks_waiting_by_due", ["domain", "queue", "sla_due_at"], sa.text("state != 'done'")),
    ("ix_tasks_claimed", ["domain", "queue", "claimed_until"], sa.text("state = 'claimed'")),
)


def upgrade() -> None:
    op.create_table(
        "waiting_counts",
        sa.Column("domain", sa.String(length=40), nullable=False),
        sa.Column("queue", sa.String(length=40), nullable=False),
        sa.Column("due_hour", Instant(), nullable=False, comment="the tasks counted fall due in this hour"),
        sa.Column("waiting", sa.Integer(), nullable=False, comment="not done"),
        sa.Column("approval", sa.Integer(), nullable=False),
        sa.Column("audits", sa.Integer(), nullable=False),
        sa.Column("to_work_on", sa.Integer(), nullable=False, comment="open or claimed"),
        sa.Column("minutes", sa.Float(), nullable=False, comment="of what is to be worked on"),
        sa.Column("loss", sa.Float(), nullable=False, comment="expected, of what is to be worked on"),
        sa.PrimaryKeyConstraint("domain", "queue", "due_hour", name=op.f("pk_waiting_counts")),
        comment="written by triggers on tasks alone: triage.db.waiting_counts",
    )
    op.create_index(
        "ix_waiting_counts_empty", "waiting_counts", ["waiting"], postgresql_where=_EMPTY, sqlite_where=_EMPTY
    )
    op.drop_index("ix_tasks_waiting_by_queue", "tasks")
    op.drop_index("ix_tasks_domain_queue_done_at", "tasks")
    op.create_index("ix_tasks_domain_queue_done_at_minutes", "tasks", ["domain", "queue", "done_at", "minutes"])
    for name, columns, where in _INDEXES:
        op.create_index(name, "tasks", columns, postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for act in ("insert", "update", "delete"):
        op.execute(f"DROP TRIGGER IF EXISTS count_{act}" + ("" if is_sqlite else " ON tasks"))
    if not is_sqlite:
        op.execute("DROP FUNCTION IF EXISTS count_waiting()")
    for name, _, _ in _INDEXES:
        op.drop_index(name, "tasks")
    op.drop_index("ix_tasks_domain_queue_done_at_minutes", "tasks")
    op.create_index("ix_tasks_domain_queue_done_at", "tasks", ["domain", "queue", "done_at"])
    waits = sa.text("state != 'done'")
    op.create_index("ix_tasks_waiting_by_queue", "tasks", list(_COUNTED), postgresql_where=waits, sqlite_where=waits)
    op.drop_index("ix_waiting_counts_empty", "waiting_counts")
    op.drop_table("waiting_counts")
