"""The table of changes of which model serves: asked for by one person, agreed to by another."""

from sqlalchemy import Column, Index, Integer, String, Table, Text

from triage.db.schema import Instant, metadata

model_changes = Table(
    "model_changes",
    metadata,
    Column("change_id", String(36), primary_key=True),
    Column("domain", String(40), nullable=False),
    Column("verb", String(10), nullable=False, comment="promote or rollback"),
    Column("version", Integer, nullable=False),
    Column("champion_before", Integer, comment="the version that served when it was asked for; null: none"),
    Column("reason", Text, nullable=False),
    Column("state", String(10), nullable=False, comment="waiting, applying, done or rejected"),
    Column("asked_by", String(128), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("decided_by", String(128)),
    Column("decided_at", Instant),
    Column("comment", Text, comment="of who decided"),
    Index(None, "domain", "asked_at"),
)
