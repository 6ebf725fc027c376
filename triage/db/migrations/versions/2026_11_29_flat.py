"""lists, queues and searches read an index, however much is stored."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_WAITS = sa.text("state != 'done'")
_URGENCY = (
    "queue", "priority", sa.text("saved_per_minute DESC"), sa.text("expected_loss DESC"), "sla_due_at", "created_at",
    "seq", "domain", "minutes", "state", "case_id",
)  # fmt: skip
_COUNTED = ("domain", "queue", "state", "kind", "sla_due_at", "claimed_until", "minutes", "expected_loss")


def upgrade() -> None:
    with op.batch_alter_table("tasks") as batch_op:
        batch_op.add_column(sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
    op.execute("UPDATE tasks SET seq = (SELECT cases.seq FROM cases WHERE cases.case_id = tasks.case_id)")
    with op.batch_alter_table("tasks") as batch_op:
        batch_op.alter_column(
            "seq", nullable=False, comment="that of the case: order of arrival", existing_type=sa.BigInteger()
        )
        batch_op.drop_index("ix_tasks_queue_state_sla_due_at")
        batch_op.drop_index("ix_tasks_state_sla_due_at")
    op.create_index("ix_tasks_queue_state_seq", "tasks", ["queue", "state", "seq"])
    op.create_index("ix_tasks_state_seq", "tasks", ["state", "seq"])
    op.create_index("ix_tasks_claimed_by_state_seq", "tasks", ["claimed_by", "state", "seq"])
    op.create_index("ix_tasks_domain_queue_done_at", "tasks", ["domain", "queue", "done_at"])
    for name, columns in (("urgency", _URGENCY), ("queue", _COUNTED)):
        op.create_index(
            f"ix_tasks_waiting_by_{name}", "tasks", list(columns), postgresql_where=_WAITS, sqlite_where=_WAITS
        )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute('CREATE INDEX ix_cases_lower_exception_id_c ON cases (lower(exception_id) COLLATE "C")')
    else:
        op.create_index("ix_cases_lower_exception_id", "cases", [sa.text("lower(exception_id)")])


def downgrade() -> None:
    name = "ix_cases_lower_exception_id"
    op.drop_index(f"{name}_c" if op.get_bind().dialect.name == "postgresql" else name, "cases")
    op.drop_index("ix_sessions_expires_at", "sessions")
    for name in (
        "waiting_by_urgency",
        "waiting_by_queue",
        "domain_queue_done_at",
        "claimed_by_state_seq",
        "state_seq",
        "queue_state_seq",
    ):
        op.drop_index(f"ix_tasks_{name}", "tasks")
    with op.batch_alter_table("tasks") as batch_op:
        batch_op.create_index("ix_tasks_state_sla_due_at", ["state", "sla_due_at"])
        batch_op.create_index("ix_tasks_queue_state_sla_due_at", ["queue", "state", "sla_due_at"])
        batch_op.drop_column("seq")
