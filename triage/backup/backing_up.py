"""Making a backup while everything runs.

The order is what makes it consistent. What names rows of the database is copied before the database: anchors and frozen
history then never reach beyond it. What the database names is copied after it: the model of every stored decision is
there.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr
from sqlalchemy import make_url, select, text
from sqlalchemy.exc import ArgumentError

from triage.backup.backup_manifest import SIGNATURE_FILE, BackupManifest, file_digest
from triage.backup.postgresql_tools import dump_postgresql, require_tool, schema_in_use, server_major
from triage.backup.sqlite_copies import check_sqlite, copy_sqlite
from triage.db.database import open_engine, reading
from triage.db.schema import audit_head
from triage.errors import ConflictError, InvalidError
from triage.intake.history_files import holding_history
from triage.proof.chain_key import KEY_FILE, chain_key, sign
from triage.sealing import SECRET_KEY_FILE
from triage.settings import Settings

SQLITE_COPY: Final = "database.sqlite"
POSTGRESQL_DUMP: Final = "database.dump"
MLFLOW_COPY: Final = "mlflow.db"
ARTIFACTS: Final = "mlartifacts"
REPLACED: Final = "before-restore-"
STAGING: Final = ".restoring-"
MADE_AGAIN: Final = frozenset({"embeddings", "logs", "samples", "simulated", "lost+found"})
"""What of a home folder is not backed up: it is made again, or of no further use."""
OUTSIDE: Final = (
    "policy_folder", "schematron_folder", "audit_key_file", "audit_anchor_file", "audit_anchor_header_file",
)  # fmt: skip
"""Settings that name files outside the home folder."""
_NOT_RESTORED: Final = frozenset({"home", "database_url"})
_SQLITE_PREFIX: Final = "sqlite:///"


def back_up(settings: Settings, folder: Path, *, now: datetime, with_keys: bool = True) -> BackupManifest:
    """Write a backup into a new folder, readable by its owner only; it is there as a whole or not at all.

    with_keys: whether the keys that sign the audit chain and seal secrets go with it. Raises ConflictError where the
    folder holds something already, and InvalidError or UnavailableError where something cannot be backed up.
    """
    folder = folder.expanduser().resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConflictError(f"{folder} exists and is not empty: name a new folder")
    if folder.is_relative_to(settings.home_folder):
        raise InvalidError(f"{folder} lies in the home folder, which it is a backup of: name one elsewhere")
    unfinished = folder.with_name(f".{folder.name}.unfinished-{os.getpid()}")
    unfinished.mkdir(mode=0o700, parents=True)
    try:
        manifest = _fill(settings, unfinished, now=now, with_keys=with_keys)
        if folder.exists():
            folder.rmdir()
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return manifest


def _fill(settings: Settings, folder: Path, *, now: datetime, with_keys: bool) -> BackupManifest:
    home = settings.home_folder
    left_out = {KEY_FILE, SECRET_KEY_FILE} if not with_keys else set()
    with holding_history(home):
        _copy_tree(home, folder / "home", without=_not_copied(settings), left_out={*left_out, ARTIFACTS})
    for name in OUTSIDE:
        _copy_outside(settings, name, folder / "settings" / name, with_keys=with_keys)
    found = _copy_database(settings, folder)
    mlflow = "elsewhere: back it up with its own means"
    store = sqlite_file(settings.tracking)
    if store is not None:
        mlflow = "embedded"
        if store.exists():
            copy_sqlite(store, folder / MLFLOW_COPY)
        _copy_tree(settings.artifacts, folder / "home" / ARTIFACTS, without=frozenset(), left_out=set())
    shown, secrets = settings_to_keep(settings)
    manifest = BackupManifest(
        made_at=now.isoformat(),
        program=program_version(),
        mlflow=mlflow,
        settings=shown,
        secrets=secrets,
        files={str(path.relative_to(folder)): file_digest(path) for path in sorted(_files(folder))},
        **found,
    )
    body = manifest.write(folder)
    try:
        key = chain_key(settings, make=False)
    except InvalidError:
        return manifest  # an installation that never anchored its chain has no key; the digests are there
    (folder / SIGNATURE_FILE).write_text(sign(key, body) + "\n")
    return manifest


def _copy_database(settings: Settings, folder: Path) -> dict[str, Any]:
    """Copy the database as of one moment; return what the manifest says of it."""
    if (file := sqlite_file(settings.database)) is not None:
        if not file.is_file():
            raise InvalidError(f"there is no database {file}: is TRIAGE_HOME right?")
        copy = folder / SQLITE_COPY
        copy_sqlite(file, copy)
        check_sqlite(copy)
        with closing(sqlite3.connect(copy)) as opened:
            tables = {row[0] for row in opened.execute("SELECT name FROM sqlite_master")}
            if "alembic_version" not in tables:
                raise InvalidError(f"{file} has no schema: run `triage db upgrade`")
            (schema,) = opened.execute("SELECT version_num FROM alembic_version").fetchone()
            head = opened.execute("SELECT seq, hash FROM audit_head").fetchone() or (0, "")
        return {
            "store": "sqlite", "schema": schema, "chain_seq": head[0], "chain_hash": head[1], "postgresql": None,
        }  # fmt: skip
    engine = open_engine(settings.database)
    try:
        with reading(engine) as connection:
            server = server_major(connection)
            require_tool("pg_dump", server)
            schema = schema_in_use(connection)
            snapshot = str(connection.execute(text("SELECT pg_export_snapshot()")).scalar_one())
            revision = str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())
            row = connection.execute(select(audit_head.c.seq, audit_head.c.hash)).one_or_none()
            dump_postgresql(settings.database, folder / POSTGRESQL_DUMP, schema=schema, snapshot=snapshot)
    finally:
        engine.dispose()
    return {
        "store": "postgresql", "schema": revision, "chain_seq": row.seq if row is not None else 0,
        "chain_hash": row.hash if row is not None else "", "postgresql": {"server": server, "schema": schema},
    }  # fmt: skip


def sqlite_file(address: str) -> Path | None:
    """Return the file of an SQLite address, None for another store."""
    return Path(address.removeprefix(_SQLITE_PREFIX)).resolve() if address.startswith(_SQLITE_PREFIX) else None


def program_version() -> str:
    """Return the version of this program as it was installed."""
    try:
        return version("retail-exception-triage")
    except PackageNotFoundError:
        return "not installed"


def settings_to_keep(settings: Settings) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the settings that differ from their defaults, as environment variables, and the names of those that hold a
    secret and are left out."""
    shown: dict[str, str] = {}
    secrets = []
    for name, field in type(settings).model_fields.items():
        # Domains in the home folder come back with it, wherever it is then.
        value = settings.named_domains if name == "domain_modules" else getattr(settings, name)
        if name in _NOT_RESTORED or value == field.default or value is None:
            continue
        variable = f"TRIAGE_{name.upper()}"
        if isinstance(value, SecretStr) or _has_password(str(value)):
            secrets.append(variable)
        else:
            shown[variable] = str(value)
    return shown, tuple(secrets)


def _has_password(text: str) -> bool:
    """Check whether a setting is an address with a password, or a query that may hold one."""
    if "://" not in text:
        return False
    try:
        found = make_url(text)
    except (ArgumentError, ValueError):
        return True
    return found.password is not None or bool(found.query)


def _not_copied(settings: Settings) -> frozenset[Path]:
    """Name the files of the databases, which are copied by their own means."""
    stores = [file for address in (settings.database, settings.tracking) if (file := sqlite_file(address)) is not None]
    return frozenset(Path(f"{file}{end}") for file in stores for end in ("", "-wal", "-shm", "-journal"))


def _copy_outside(settings: Settings, name: str, to: Path, *, with_keys: bool) -> None:
    value = str(getattr(settings, name))
    path = Path(value).expanduser() if value else None
    if path is None or (name == "audit_key_file" and not with_keys) or not path.exists():
        return
    if path.resolve().is_relative_to(settings.home_folder):
        return
    if path.is_dir():
        _copy_tree(path, to, without=frozenset(), left_out=set())
    else:
        to.mkdir(mode=0o700, parents=True)
        _copy_file(path, to / path.name)


def _copy_tree(source: Path, to: Path, *, without: frozenset[Path], left_out: set[str]) -> None:
    """Copy a folder. without: files that are passed over; left_out: names at its top."""
    for path in _files(source):
        relative = path.relative_to(source)
        top = relative.parts[0]
        if path.resolve() in without or top in left_out or is_made_again(top):
            continue
        target = to / relative
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _copy_file(path, target)


def is_made_again(name: str) -> bool:
    """Check whether an entry of a home folder needs no backup."""
    return name in MADE_AGAIN or name.startswith((REPLACED, STAGING))


def _copy_file(source: Path, target: Path) -> None:
    try:
        shutil.copyfile(source, target)
    except FileNotFoundError:
        return  # gone since it was listed: a scratch file
    target.chmod(0o600)


def _files(folder: Path) -> Iterator[Path]:
    """List the files below a folder, also those behind links to folders, each folder once."""
    seen: set[str] = set()
    for path, names, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(path)
        if real in seen:
            names.clear()
            continue
        seen.add(real)
        yield from (Path(path, name) for name in files if Path(path, name).is_file())
