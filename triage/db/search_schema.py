"""Finding cases: the views that people keep, and the full-text index.

The index is FTS5 on SQLite, and a GIN index over a tsvector on PostgreSQL. It holds words only, by a case's arrival
number (`triage.review.search_index` fills and asks it), and can be made anew from the cases at any time. SQLAlchemy has
no type for either, so it is made by statements of its own.
"""

from typing import Final

from sqlalchemy import Boolean, Column, Connection, MetaData, String, Table, Text, UniqueConstraint, event

from triage.db.schema import Instant, metadata

saved_views = Table(
    "saved_views",
    metadata,
    Column("view_id", String(36), primary_key=True),
    Column("owner", String(128), nullable=False, comment="who saved it"),
    Column("name", String(80), nullable=False),
    Column("query", Text, nullable=False, comment="the filters, as in the address of the page"),
    Column("shared", Boolean, nullable=False, index=True, comment="whether everybody sees it"),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("owner", "name"),
)
SEARCH_TABLE: Final = "case_search"
CREATE: Final = {
    # Without a copy of the words and their places: rows are asked which words they hold, and nothing else.
    "sqlite": (
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {SEARCH_TABLE} USING fts5(words, content='', detail='none', "
        "tokenize='unicode61 remove_diacritics 0')",
    ),
    "postgresql": (
        f"CREATE TABLE IF NOT EXISTS {SEARCH_TABLE} (seq BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)",
        f"CREATE INDEX IF NOT EXISTS ix_{SEARCH_TABLE}_words ON {SEARCH_TABLE} USING gin (words)",
    ),
}
DROP: Final = f"DROP TABLE IF EXISTS {SEARCH_TABLE}"


def is_of_search(table: str) -> bool:
    """Return whether a table belongs to the index: the one that is asked, or what FTS5 keeps behind it."""
    return table == SEARCH_TABLE or table.startswith(f"{SEARCH_TABLE}_")


@event.listens_for(metadata, "after_create")
def _create(target: MetaData, connection: Connection, **options: object) -> None:
    del target, options
    for statement in CREATE[connection.dialect.name]:
        connection.exec_driver_sql(statement)


@event.listens_for(metadata, "before_drop")
def _drop(target: MetaData, connection: Connection, **options: object) -> None:
    del target, options
    connection.exec_driver_sql(DROP)
