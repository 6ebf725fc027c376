"""The table of erasures: which events of the audit chain say that a person's data was erased."""

from sqlalchemy import Column, Index, String, Table

from triage.db.schema import Instant, Key, metadata

erasures = Table(
    "erasures",
    metadata,
    Column("erasure_id", Key, primary_key=True, autoincrement=True),
    Column("domain", String(40), nullable=False, comment="whose entity history is read anew since"),
    Column("event_seq", Key, nullable=False, comment="the link of the audit chain that says what was replaced"),
    Column("at", Instant, nullable=False),
    Index(None, "domain", "erasure_id"),
)
