"""The tables of a reviewer's work: rulings that may still be undone, who looks at what, who was asked, files, and acts
on many cases."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from triage.db.schema import Instant, Key, metadata

pending_rulings = Table(
    "pending_rulings",
    metadata,
    Column("case_id", String(36), ForeignKey("cases.case_id"), primary_key=True),
    Column("ruled_by", String(128), nullable=False),
    Column("ruled_at", Instant, nullable=False),
    Column("stands_at", Instant, nullable=False, index=True, comment="until then it has not happened"),
    Column("ruling", Text, nullable=False, comment="JSON"),
)

presences = Table(
    "presences",
    metadata,
    Column("person", String(128), primary_key=True),
    Column("case_id", String(36), nullable=False, index=True),
    Column("seen_at", Instant, nullable=False),
)

mentions = Table(
    "mentions",
    metadata,
    Column("mention_id", Key, primary_key=True, autoincrement=True),
    Column("case_id", String(36), ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("person", String(128), nullable=False, comment="who was asked"),
    Column("asked_by", String(128), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("answered_at", Instant, comment="null: the case is still in this person's list"),
    Index(None, "person", "answered_at", "mention_id"),
)

attachments = Table(
    "attachments",
    metadata,
    Column("attachment_id", String(36), primary_key=True),
    Column("case_id", String(36), ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("name", String(200), nullable=False, comment="as given, without a path"),
    Column("media_type", String(40), nullable=False, comment="by content, never by name"),
    Column("size", Integer, nullable=False, comment="bytes"),
    Column("sha256", String(64), nullable=False),
    Column("added_by", String(128), nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

reader_preferences = Table(
    "reader_preferences",
    metadata,
    Column("person", String(128), primary_key=True),
    Column("language", String(8), comment="null: as the browser asks"),
    Column("time_zone", String(64), comment="IANA; null: UTC"),
)

known_cases = Table(
    "known_cases",
    metadata,
    Column("case_id", String(36), ForeignKey("cases.case_id"), primary_key=True),
    Column("domain", String(40), nullable=False),
    Column("wrong", Boolean, nullable=False, comment="whether straight through was wrong, by the outcome"),
    Column("cause", String(64), comment="by the outcome; null: it did not say"),
    Column("seeded_by", String(128), nullable=False),
    Column("seeded_at", Instant, nullable=False),
)

bulk_acts = Table(
    "bulk_acts",
    metadata,
    Column("bulk_id", String(36), primary_key=True),
    Column("verb", String(10), nullable=False),
    Column("arguments", Text, nullable=False, comment="JSON"),
    Column("query", Text, nullable=False, comment="the filters that chose the cases, as in an address"),
    Column("more_fit", Boolean, nullable=False, comment="whether the filters kept more than one act may hold"),
    Column("items", Text, nullable=False, comment="JSON: what becomes of each case"),
    Column("state", String(10), nullable=False, comment="previewing, previewed, waiting, running, done or rejected"),
    Column("four_eyes", Boolean, nullable=False),
    Column("acted_on", Integer, nullable=False, comment="cases it acts on"),
    Column("proposed_by", String(128), nullable=False),
    Column("proposed_at", Instant, nullable=False, index=True),
    Column("decided_by", String(128), comment="the second person; null: none"),
    Column("comment", Text, comment="of the second person"),
    Column("applied_at", Instant),
    Column("stands_at", Instant, comment="until then it can be undone; null: it cannot"),
    Index(None, "state", "proposed_at"),
    Index(None, "proposed_by", "proposed_at"),
)
