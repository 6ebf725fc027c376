"""The tables of process intelligence: figures added up by day and month, forecasts, recurring causes, and how far the
log was read."""

from sqlalchemy import BigInteger, Column, Date, Float, Index, Integer, String, Table, Text

from triage.db.schema import Instant, Key, metadata

process_figures = Table(
    "process_figures",
    metadata,
    Column("domain", String(40), primary_key=True),
    Column("dimension", String(10), primary_key=True, comment="all, site, vendor, cause, person, endpoint or age"),
    Column("grain", String(5), primary_key=True, comment="day, month, or now: a snapshot"),
    Column("day", Date, primary_key=True, comment="UTC; of a month its first"),
    Column("queue", String(40), primary_key=True, comment="empty: nobody had to look"),
    Column("value", String(128), primary_key=True, comment="of the dimension; empty: not known, and of all"),
    Column("measure", String(24), primary_key=True),
    Column("bucket", Integer, primary_key=True, autoincrement=False, comment="of a duration, 0 of a count"),
    Column("n", BigInteger, nullable=False),
    Column("total", Float, nullable=False, comment="seconds or money"),
)

process_marks = Table(
    "process_marks",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("seq", Key, nullable=False, comment="the last event, or delivery, that was read"),
    Column("at", Instant, comment="of the last one read"),
)

breach_models = Table(
    "breach_models",
    metadata,
    Column("domain", String(40), primary_key=True),
    Column("made_at", Instant, nullable=False),
    Column("cases", Integer, nullable=False, comment="closed cases it was learnt from"),
    Column("body", Text, nullable=False, comment="JSON: coefficients, calibration, and how it did on the last cases"),
)

breach_forecasts = Table(
    "breach_forecasts",
    metadata,
    Column("case_id", String(36), primary_key=True),
    Column("domain", String(40), nullable=False),
    Column("queue", String(40), nullable=False),
    Column("probability", Float, nullable=False, comment="that the case breaks its SLA, as of made_at"),
    Column("sla_due_at", Instant, nullable=False),
    Column("made_at", Instant, nullable=False),
    Index(None, "domain", "queue", "probability", "case_id"),
)

recurring_causes = Table(
    "recurring_causes",
    metadata,
    Column("domain", String(40), primary_key=True),
    Column("queue", String(40), primary_key=True, comment="empty: handled without a person"),
    Column("made_at", Instant, nullable=False),
    Column("body", Text, nullable=False, comment="JSON: the clusters of the window, largest first"),
)
