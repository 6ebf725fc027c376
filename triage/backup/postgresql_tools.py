"""PostgreSQL's own tools, pg_dump and pg_restore, as programs: their dumps are what its manual and its people know."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, make_url, text

from triage.errors import InvalidError, UnavailableError

_SECRET_PARAMETERS: Final = frozenset({"password", "sslpassword"})
_VERSION: Final = re.compile(r"\(PostgreSQL\) (\d+)")


def server_major(connection: Connection) -> int:
    """Return the major version of the server."""
    return int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10_000


def tool_major(tool: str) -> int:
    """Return the major version of pg_dump or pg_restore; raise UnavailableError where it is not installed."""
    path = shutil.which(tool)
    if path is None:
        raise UnavailableError(
            f"{tool} is not installed or not on PATH: install PostgreSQL's client programs, "
            "such as the package postgresql-client"
        )
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    found = _VERSION.search(said)
    if found is None:
        raise UnavailableError(f"{path} --version says {said.strip()[:80]!r}, not a version of PostgreSQL")
    return int(found[1])


def require_tool(tool: str, server: int) -> None:
    """Raise UnavailableError where a tool is missing or older than the server it talks to."""
    own = tool_major(tool)
    if own < server:
        raise UnavailableError(
            f"{tool} is version {own}, older than the server's {server}: install postgresql-client-{server}"
        )


def schema_in_use(connection: Connection) -> str:
    """Return the schema that the tables are in."""
    return str(connection.execute(text("SELECT current_schema()")).scalar_one())


def dump_postgresql(url: str, file: Path, *, schema: str, snapshot: str) -> None:
    """Write a schema into a file in pg_dump's custom format, as of a snapshot that an open transaction exported."""
    words = ["--format=custom", "--no-owner", "--no-privileges", f"--schema={_quoted(schema)}"]
    _run("pg_dump", url, [*words, f"--snapshot={snapshot}", f"--file={file}"])
    file.chmod(0o600)


def restore_postgresql(engine: Engine, url: str, file: Path, *, schema: str, overwrite: bool) -> None:
    """Read a dump into a schema, all of it or nothing. overwrite: replace the tables that it holds."""
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {_quoted(schema)}"))
    words = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", f"--schema={schema}"]
    _run("pg_restore", url, [*words, *(["--clean", "--if-exists"] if overwrite else []), str(file)])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _run(tool: str, url: str, words: Sequence[str]) -> None:
    address, environment = _without_secrets(url)
    done = subprocess.run(
        [tool, "--no-password", f"--dbname={address}", *words],
        env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise InvalidError(f"{tool} failed: {said[-1] if said else f'status {done.returncode}'}")


def _without_secrets(url: str) -> tuple[str, dict[str, str]]:
    """Return an address as libpq reads it without its password, which goes into the environment: every process of a
    machine may see arguments."""
    found = make_url(url)
    query: dict[str, Any] = {name: value for name, value in found.query.items() if name not in _SECRET_PARAMETERS}
    password = found.password or found.query.get("password")
    shown = URL.create(
        "postgresql", username=found.username, host=found.host, port=found.port, database=found.database, query=query
    )
    return shown.render_as_string(hide_password=False), {"PGPASSWORD": str(password)} if password else {}
