"""The tables of the clocks: one row for the clock of each task, the stages that were reached, and the pauses."""

from sqlalchemy import BigInteger, Column, ColumnClause, ForeignKey, Index, Integer, String, Table, Text, literal_column

from triage.db.schema import Instant, Key, metadata

_RUNS: ColumnClause[bool] = literal_column("next_due_at IS NOT NULL")

clocks = Table(
    "clocks",
    metadata,
    Column("case_id", String(36), ForeignKey("cases.case_id"), primary_key=True),
    Column("calendar", String(40), nullable=False),
    Column("hours", Text, comment="JSON: the calendar as it was when the case was decided; null: always open"),
    Column("time_zone", String(64), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("sla_microseconds", BigInteger, nullable=False, comment="business time from started_at to the due time"),
    Column("paused_microseconds", BigInteger, nullable=False, server_default="0", comment="business time"),
    Column("ladder", Text, comment="JSON: the stages as they were when the case was decided"),
    Column("queue", String(40), nullable=False, comment="out of which a stage may move the case"),
    Column("next_stage", Integer, nullable=False, server_default="0", comment="position of the stage that comes next"),
    Column("next_due_at", Instant, comment="when it comes; null: none is left"),
    Index("ix_clocks_next_due_at", "next_due_at", postgresql_where=_RUNS, sqlite_where=_RUNS),
)

reached_stages = Table(
    "reached_stages",
    metadata,
    Column("reached_stage_id", Key, primary_key=True, autoincrement=True),
    Column("case_id", String(36), ForeignKey("cases.case_id"), nullable=False),
    Column("stage", Integer, nullable=False, comment="position in the ladder"),
    Column("body", Text, nullable=False, comment="JSON: what the stage does, and what it did"),
    Column("due_at", Instant, nullable=False),
    Column("reached_at", Instant, nullable=False, comment="when a worker came by"),
    # What makes a second worker, or a clock that jumps, fail instead of doing it again.
    Index("uq_reached_stages_case_id_stage", "case_id", "stage", unique=True),
)

pauses = Table(
    "pauses",
    metadata,
    Column("pause_id", String(36), primary_key=True),
    Column("case_id", String(36), ForeignKey("cases.case_id"), nullable=False),
    Column("kind", String(10), nullable=False, comment="hold or snooze"),
    Column("reason", Text, nullable=False),
    Column("paused_by", String(128), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("until", Instant, nullable=False, comment="when it ends by itself"),
    Column("ended_at", Instant, comment="when somebody ended it before; null: nobody did"),
    Column("ended_by", String(128)),
    Column("paused_microseconds", BigInteger, nullable=False, comment="business time that does not count; 0: it runs"),
    Column("due_before", Instant, nullable=False, comment="the due time without this pause"),
    Index(None, "case_id", "started_at"),
)
