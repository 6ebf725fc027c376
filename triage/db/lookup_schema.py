"""The tables of look-ups: where facts are looked up, and the tables that were loaded for it."""

from sqlalchemy import Boolean, Column, ForeignKey, String, Table, Text

from triage.db.schema import Instant, metadata

lookup_sources = Table(
    "lookup_sources",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("kind", String(10), nullable=False, comment="http, or table: rows loaded into lookup_rows"),
    Column("url", Text, comment="of http: with {field} for each key"),
    Column("secret", String(500), comment="env:NAME or file:PATH of the bearer token; null: none is sent"),
    Column("allow_private", Boolean, nullable=False, comment="whether it may stand at a private address"),
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(128), nullable=False),
)

lookup_rows = Table(
    "lookup_rows",
    metadata,
    Column("source", String(64), ForeignKey("lookup_sources.name"), primary_key=True),
    Column("key", String(512), primary_key=True, comment="the values asked by, joined by a unit separator"),
    Column("body", Text, nullable=False, comment="JSON object"),
)
