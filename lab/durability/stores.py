"""Empty databases to break on: an SQLite file, and a PostgreSQL schema of its own that is dropped afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from triage.db.database import open_engine
from triage.ids import new_id


@contextmanager
def empty_store(store: str, *, folder: Path, postgres_url: str) -> Iterator[str]:
    """Yield the address of an empty database of a kind, sqlite or postgresql."""
    if store == "sqlite":
        yield f"sqlite:///{folder / 'durability.db'}"
        return
    schema = f"triage_durability_{new_id().replace('-', '')[:12]}"
    outside = open_engine(postgres_url)
    with outside.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    try:
        yield f"{postgres_url}{'&' if '?' in postgres_url else '?'}options=-csearch_path%3D{schema}"
    finally:
        with outside.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        outside.dispose()
