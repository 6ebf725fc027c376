"""An upgrade from before the chain proved rows: the old links hold, the rows there are sealed, a change is found."""

from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, create_engine, text

from triage.db.audit_chain import GENESIS, audit_hash, verify_audit, walk_chain
from triage.db.database import _alembic, open_engine, upgrade
from triage.db.row_proof import RowBook
from triage.ids import new_id

OLD = "0007"
AT = "2026-01-05T10:00:00+00:00"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def old_url(request: pytest.FixtureRequest, tmp_path: Path):
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'old.db'}"
        return
    base, _, _ = request.getfixturevalue("postgres_url").partition("?options")
    schema = f"old_{new_id()[:8]}"
    outside = create_engine(base)
    with outside.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    yield f"{base}?options=-csearch_path%3D{schema}"
    with outside.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    outside.dispose()


def live_before(connection: Connection) -> None:
    """Write what the release of then wrote: rows, and events that say nothing of them."""
    from datetime import datetime

    at = datetime.fromisoformat(AT)
    stored = at if connection.dialect.name == "postgresql" else at.strftime("%Y-%m-%d %H:%M:%S.%f")
    connection.execute(
        text("INSERT INTO users (name, password_hash, created_at) VALUES ('ann', 'hash', :at)"), {"at": stored}
    )
    connection.execute(text("INSERT INTO grants (principal, role) VALUES ('user:ann', 'approver')"))
    link = audit_hash(1, at, "system:cli", "create_user", None, "{}", GENESIS)
    row = {"at": stored, "previous": GENESIS, "hash": link}
    connection.execute(
        text(
            "INSERT INTO audit_events (seq, at, actor, verb, detail, previous_hash, hash)"
            " VALUES (1, :at, 'system:cli', 'create_user', '{}', :previous, :hash)"
        ),
        row,
    )
    connection.execute(text("INSERT INTO audit_head (one, seq, hash) VALUES (1, 1, :hash)"), {"hash": link})


def broken(connection: Connection) -> list[str]:
    with closing(RowBook()) as book:
        for link in walk_chain(connection):
            book.read(link)
        return [str(each) for each in book.mismatches(connection)]


def test_it_seals_what_is_there_once(old_url: str) -> None:
    engine = open_engine(old_url)
    with engine.begin() as connection:
        command.upgrade(_alembic(connection), OLD)
        live_before(connection)
    upgrade(engine)
    upgrade(engine)
    with engine.connect() as connection:
        assert verify_audit(connection) == (2, None)
        assert broken(connection) == []
        connection.execute(text("UPDATE grants SET role = 'admin'"))
        assert broken(connection) == [
            "grants: no event wrote user:ann|admin|",
            "grants: user:ann|approver|, which link 2 wrote, is gone",
        ]
        connection.rollback()
    engine.dispose()
