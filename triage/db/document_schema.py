"""The tables of trade documents: the files they came in, each as it was read, the orders it names, and its cases."""

from sqlalchemy import (
    Boolean,
    Column,
    ColumnClause,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    false,
    literal_column,
)

from triage.db.schema import Instant, Key, metadata

_DUE: ColumnClause[bool] = literal_column("due_at IS NOT NULL")

document_files = Table(
    "document_files",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False, comment="as sent, zlib"),
    Column("size", Integer, nullable=False, comment="bytes before compression"),
    Column("received_at", Instant, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("seq", Key, primary_key=True, autoincrement=True, comment="order of arrival"),
    Column("document_id", String(36), nullable=False, unique=True),
    Column("domain", String(40), nullable=False, comment="whose cases its differences become"),
    Column("identity", String(64), nullable=False, unique=True, comment="sha256 of kind, supplier, number and content"),
    Column("kind", String(20), comment="null: it could not be read"),
    Column("supplier", String(128), comment="normal form; empty where none is named"),
    Column("number", String(128), comment="normal form"),
    Column("state", String(12), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("submitted_by", String(128), nullable=False),
    Column("synthetic", Boolean, nullable=False, server_default=false()),
    Column("file_name", String(200)),
    Column("reason", String(40), comment="why it cannot be read"),
    Column("detail", Text, comment="JSON text: what is wrong with it, for a person"),
    Column("body", Text, comment="JSON: the document as read; null: it could not be"),
    Column("result", Text, comment="JSON: what it was matched by; null: it is not matched"),
    Column("pending", Text, comment="JSON: cases that are about to be submitted; null: none"),
    Column("due_at", Instant, comment="when it is matched or submitted next; null: never"),
    Column(
        "file_sha256",
        String(64),
        ForeignKey("document_files.sha256"),
        nullable=False,
        index=True,
        comment="the file it came in, which may hold others too",
    ),
    Index(None, "kind", "number", "supplier"),
    Index(None, "domain", "seq"),
    Index(None, "domain", "kind", "seq"),
    Index(None, "domain", "state", "seq"),
    Index(None, "domain", "number", "seq"),
    Index("ix_documents_due", "due_at", postgresql_where=_DUE, sqlite_where=_DUE),
)

document_orders = Table(
    "document_orders",
    metadata,
    Column("order_key", String(128), primary_key=True, comment="number of the order, normal form"),
    Column("document_id", String(36), ForeignKey("documents.document_id"), primary_key=True, index=True),
)

document_cases = Table(
    "document_cases",
    metadata,
    Column("document_id", String(36), ForeignKey("documents.document_id"), primary_key=True),
    Column("case_id", String(36), primary_key=True, comment="it may be forgotten before its document"),
    Column("exception_id", String(128), nullable=False),
    Column("line", String(128), comment="null: the document as a whole"),
)
