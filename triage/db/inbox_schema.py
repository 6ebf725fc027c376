"""The table of the event bus: which messages were taken."""

from sqlalchemy import Column, String, Table, UniqueConstraint

from triage.db.schema import Instant, Key, metadata

inbox = Table(
    "inbox",
    metadata,
    Column("seq", Key, primary_key=True, autoincrement=True, comment="order of writing"),
    Column("source", String(256), nullable=False, comment="CloudEvents source, or broker and subject"),
    Column("message_id", String(256), nullable=False, comment="unique within its source"),
    Column("content_hash", String(64), nullable=False, comment="sha256 of the submission it carried"),
    Column("received_at", Instant, nullable=False),
    UniqueConstraint("source", "message_id"),
)
