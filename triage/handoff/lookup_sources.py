"""Sources of look-ups: systems that are asked over HTTP, and tables that were loaded into the store."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from string import Formatter
from typing import Any, Final, Literal

import orjson
from sqlalchemy import Connection, delete, func, insert, select

from triage.db.audit_chain import audit
from triage.db.lookup_schema import lookup_rows, lookup_sources
from triage.errors import ConflictError, FieldProblem, InvalidError, NotFoundError
from triage.handoff.database_time import database_now
from triage.handoff.endpoints import check_webhook_url

MAX_SOURCES: Final = 50
MAX_KEY_LETTERS: Final = 512
SEPARATOR: Final = "\x1f"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_AT_ONCE: Final = 1_000
Kind = Literal["http", "table"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupSource:
    """Where facts are looked up. url: of http, with {field} for each key; secret: where its bearer token stands."""

    name: str
    kind: Kind
    url: str | None = None
    secret: str | None = None
    allow_private: bool = False


def add_source(connection: Connection, wanted: LookupSource, *, actor: str, now: datetime) -> None:
    """Add a source, and write it into the audit chain.

    Raises InvalidError naming the field, ConflictError where the name is taken.
    """
    if not _NAME.fullmatch(wanted.name):
        raise _invalid("name", wanted.name, "must be 1 to 64 lower-case letters, digits, dots, dashes or underscores")
    if wanted.kind == "http":
        _check_url(wanted)
    if wanted.secret is not None and not wanted.secret.startswith(("env:", "file:")):
        raise _invalid("secret", "…", "must be env:NAME or file:PATH")
    known = connection.execute(select(lookup_sources.c.name)).scalars().all()
    if wanted.name in known:
        raise ConflictError(f"there is a source {wanted.name} already; remove it first, or choose another name")
    if len(known) >= MAX_SOURCES:
        raise ConflictError(f"there are {MAX_SOURCES} sources, the most there may be; remove one first")
    connection.execute(
        insert(lookup_sources),
        {
            "name": wanted.name, "kind": wanted.kind, "url": wanted.url, "secret": wanted.secret,
            "allow_private": wanted.allow_private, "created_at": database_now(connection), "created_by": actor,
        },
    )  # fmt: skip
    detail = {"source": wanted.name, "kind": wanted.kind, "url": wanted.url}
    audit(connection, actor=actor, verb="add_lookup", case_id=None, detail=detail, now=now)


def remove_source(connection: Connection, name: str, *, actor: str, now: datetime) -> None:
    """Remove a source and what was loaded for it, and write it into the audit chain."""
    connection.execute(delete(lookup_rows).where(lookup_rows.c.source == name))
    if connection.execute(delete(lookup_sources).where(lookup_sources.c.name == name)).rowcount == 0:
        raise NotFoundError(f"there is no source {name[:64]!r}")
    audit(connection, actor=actor, verb="remove_lookup", case_id=None, detail={"source": name}, now=now)


def list_sources(connection: Connection) -> dict[str, LookupSource]:
    """Read every source, by name."""
    return {
        row.name: LookupSource(
            name=row.name, kind=row.kind, url=row.url, secret=row.secret, allow_private=row.allow_private
        )
        for row in connection.execute(select(lookup_sources).order_by(lookup_sources.c.name))
    }


def describe_sources(connection: Connection) -> list[dict[str, Any]]:
    """List every source by name, with how many rows a table has; never a secret, only where it stands."""
    found = connection.execute(select(lookup_sources).order_by(lookup_sources.c.name)).mappings()
    return [
        dict(row) | {"rows": count_rows(connection, row["name"]) if row["kind"] == "table" else None} for row in found
    ]


def load_rows(
    connection: Connection,
    source: str,
    rows: Iterable[Mapping[str, Any]],
    *,
    key: Sequence[str],
    actor: str,
    now: datetime,
) -> int:
    """Replace the rows of a table source, and write it into the audit chain; return how many.

    key: the columns asked by, in the order of a look-up's key. Of two rows with one key the last counts.
    Raises InvalidError for a row without its key.
    """
    known = list_sources(connection).get(source)
    if known is None or known.kind != "table":
        raise NotFoundError(f"there is no table source {source[:64]!r}")
    connection.execute(delete(lookup_rows).where(lookup_rows.c.source == source))
    bodies: dict[str, str] = {}
    for at, row in enumerate(rows, start=1):
        missing = next((name for name in key if row.get(name) in (None, "")), None)
        if missing is not None:
            raise _invalid("key", missing, f"is missing in row {at}")
        bodies[row_key([row[name] for name in key])] = orjson.dumps(dict(row), default=str).decode()
    written = iter(bodies.items())
    while part := [{"source": source, "key": name, "body": body} for name, body in islice(written, _AT_ONCE)]:
        connection.execute(insert(lookup_rows), part)
    detail = {"source": source, "rows": len(bodies)}
    audit(connection, actor=actor, verb="load_lookup", case_id=None, detail=detail, now=now)
    return len(bodies)


def find_row(connection: Connection, source: str, values: Sequence[Any]) -> dict[str, Any] | None:
    """Return the row of a key, None where there is none."""
    query = select(lookup_rows.c.body).where(lookup_rows.c.source == source, lookup_rows.c.key == row_key(values))
    body = connection.execute(query).scalar_one_or_none()
    return None if body is None else dict(orjson.loads(body))


def count_rows(connection: Connection, source: str) -> int:
    """Count what was loaded for a source."""
    query = select(func.count()).select_from(lookup_rows).where(lookup_rows.c.source == source)
    return int(connection.execute(query).scalar_one())


def row_key(values: Sequence[Any]) -> str:
    """Write the values of a key as one text."""
    return SEPARATOR.join(str(value).strip() for value in values)[:MAX_KEY_LETTERS]


def _check_url(wanted: LookupSource) -> None:
    url = wanted.url or ""
    try:
        names = [name for _, name, _, _ in Formatter().parse(url) if name is not None]
        plain = url.format_map(dict.fromkeys(names, "x"))
    except (ValueError, KeyError, IndexError, AttributeError):
        raise _invalid(
            "url", url, "must have {field} for each key, as https://erp.example/vendors/{supplier_id}"
        ) from None
    host = url.partition("://")[2].partition("/")[0]
    if "{" in host:
        raise _invalid("url", url, "may name a key in its path and query, never in its host")
    check_webhook_url("url", plain, allow_private=wanted.allow_private)


def _invalid(name: str, value: str, message: str) -> InvalidError:
    problem = FieldProblem(field=name, value=repr(value[:80]), message=message)
    return InvalidError(f"{name} {problem.value} {message}", problems=[problem])
