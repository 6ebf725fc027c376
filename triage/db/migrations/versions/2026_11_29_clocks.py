"""clocks: business hours, stages and pauses of each task, and whom a case was passed on by."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from triage.db.schema import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_RUNS = sa.text("next_due_at IS NOT NULL")
_WAITS = sa.text("state != 'done'")
_URGENCY = (
    "queue", "priority", sa.text("saved_per_minute DESC"), sa.text("expected_loss DESC"), "sla_due_at", "created_at",
    "seq", "domain", "minutes", "state", "case_id",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "clocks",
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("calendar", sa.String(40), nullable=False),
        sa.Column(
            "hours", sa.Text(), comment="JSON: the calendar as it was when the case was decided; null: always open"
        ),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column(
            "sla_microseconds",
            sa.BigInteger(),
            nullable=False,
            comment="business time from started_at to the due time",
        ),
        sa.Column("paused_microseconds", sa.BigInteger(), nullable=False, server_default="0", comment="business time"),
        sa.Column("ladder", sa.Text(), comment="JSON: the stages as they were when the case was decided"),
        sa.Column("queue", sa.String(40), nullable=False, comment="out of which a stage may move the case"),
        sa.Column(
            "next_stage",
            sa.Integer(),
            nullable=False,
            server_default="0",
            comment="position of the stage that comes next",
        ),
        sa.Column("next_due_at", Instant(), comment="when it comes; null: none is left"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_clocks_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_clocks")),
    )
    op.create_index("ix_clocks_next_due_at", "clocks", ["next_due_at"], postgresql_where=_RUNS, sqlite_where=_RUNS)
    op.create_table(
        "reached_stages",
        sa.Column(
            "reached_stage_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False, comment="position in the ladder"),
        sa.Column("body", sa.Text(), nullable=False, comment="JSON: what the stage does, and what it did"),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("reached_at", Instant(), nullable=False, comment="when a worker came by"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_reached_stages_case_id_cases")),
        sa.PrimaryKeyConstraint("reached_stage_id", name=op.f("pk_reached_stages")),
    )
    op.create_index("uq_reached_stages_case_id_stage", "reached_stages", ["case_id", "stage"], unique=True)
    op.create_table(
        "pauses",
        sa.Column("pause_id", sa.String(36), nullable=False),
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False, comment="hold or snooze"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("paused_by", sa.String(128), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=False, comment="when it ends by itself"),
        sa.Column("ended_at", Instant(), comment="when somebody ended it before; null: nobody did"),
        sa.Column("ended_by", sa.String(128)),
        sa.Column(
            "paused_microseconds",
            sa.BigInteger(),
            nullable=False,
            comment="business time that does not count; 0: it runs",
        ),
        sa.Column("due_before", Instant(), nullable=False, comment="the due time without this pause"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_pauses_case_id_cases")),
        sa.PrimaryKeyConstraint("pause_id", name=op.f("pk_pauses")),
    )
    op.create_index("ix_pauses_case_id_started_at", "pauses", ["case_id", "started_at"])
    # Added one by one: rebuilding the table would drop what else hangs on it.
    for column in _task_columns():
        op.add_column("tasks", column)
    _index_urgency((*_URGENCY[:-1], "back_at", _URGENCY[-1]))


def downgrade() -> None:
    op.execute("UPDATE tasks SET state = 'open' WHERE state IN ('on_hold', 'snoozed')")
    _index_urgency(_URGENCY)
    for column in reversed(_task_columns()):
        op.drop_column("tasks", column.name)
    for table in ("pauses", "reached_stages", "clocks"):
        op.drop_table(table)


def _index_urgency(columns: Sequence[Any]) -> None:
    name = "ix_tasks_waiting_by_urgency"
    op.drop_index(name, "tasks")
    op.create_index(name, "tasks", list(columns), postgresql_where=_WAITS, sqlite_where=_WAITS)


def _task_columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("assigned_to", sa.String(128), comment="whose it is when nobody claims it; null: anybody's"),
        sa.Column(
            "back_at", Instant(), comment="from when it waits for action again, first in its queue; null: never away"
        ),
        sa.Column("passed_by", sa.String(128), comment="who handed it on last, to whom it can be sent back"),
        sa.Column("passed_from_queue", sa.String(40)),
        sa.Column("passed_from_role", sa.String(80)),
    )
