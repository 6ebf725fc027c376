"""Bringing a backup back: checked first, put into place last, what was there before moved aside."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, select

from models.artifact_places import relocate_artifacts
from triage.backup.backing_up import (
    MLFLOW_COPY,
    POSTGRESQL_DUMP,
    REPLACED,
    SQLITE_COPY,
    STAGING,
    is_made_again,
    sqlite_file,
)
from triage.backup.backup_manifest import MAX_PROBLEMS, BackupManifest, changed_files, read_backup_manifest
from triage.backup.postgresql_tools import require_tool, restore_postgresql, schema_in_use, server_major
from triage.backup.sqlite_copies import check_sqlite, is_sqlite_in_use
from triage.db.database import MIGRATIONS, open_engine, reading
from triage.db.schema import audit_head, metadata
from triage.errors import ConflictError, InvalidError
from triage.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was brought back. aside: where lies what was there before; to_do: what is left for a person."""

    manifest: BackupManifest
    aside: tuple[Path, ...]
    to_do: tuple[str, ...]


def check_backup(folder: Path, *, public_key: str | None = None) -> BackupManifest:
    """Check every file of a backup against its manifest; raise InvalidError naming what is wrong."""
    manifest = read_backup_manifest(folder, public_key=public_key)
    problems = list(islice(changed_files(folder, manifest), MAX_PROBLEMS))
    if problems:
        raise InvalidError(f"the backup {folder} is damaged: {'; '.join(problems)}")
    for name in (SQLITE_COPY, MLFLOW_COPY):
        if name in manifest.files:
            check_sqlite(folder / name)
    return manifest


def restore(
    settings: Settings, folder: Path, *, now: datetime, overwrite: bool = False, public_key: str | None = None
) -> Restored:
    """Bring a backup back into the home folder and the database that the settings name.

    Nothing is touched before the backup is checked and found to fit. overwrite: move what is there aside; without it
    raises ConflictError where there is anything. Raises InvalidError where the backup is damaged or does not fit.
    """
    folder = folder.expanduser().resolve()
    manifest = check_backup(folder, public_key=public_key)
    _require_known_schema(manifest)
    home = settings.home_folder
    if folder.is_relative_to(home):
        raise InvalidError(f"the backup {folder} lies in the home folder {home}: move it elsewhere first")
    database = _require_store(settings, manifest)
    engine = open_engine(settings.database) if database is None else None
    try:
        if engine is not None:
            _require_fitting_server(engine, manifest)
        _require_free(settings, database, engine, overwrite=overwrite)
        staged = _staged(settings, folder, manifest, database)
        if engine is not None:
            _restore_postgresql(engine, settings, folder, manifest, overwrite=overwrite)
    finally:
        if engine is not None:
            engine.dispose()
    stores = {SQLITE_COPY: database, MLFLOW_COPY: sqlite_file(settings.tracking)}
    aside = _put_in_place(staged, home, stores, now)
    _require_head(settings, manifest)
    return Restored(manifest=manifest, aside=aside, to_do=_to_do(home, manifest))


def _require_known_schema(manifest: BackupManifest) -> None:
    known = {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if manifest.schema not in known:
        raise InvalidError(
            f"the backup has schema {manifest.schema}, which this program does not know: restore it with the release "
            f"that made it ({manifest.program}) or a newer one"
        )


def _require_store(settings: Settings, manifest: BackupManifest) -> Path | None:
    """Return the SQLite file that the settings name, None for PostgreSQL."""
    database = sqlite_file(settings.database)
    wanted = "postgresql" if database is None else "sqlite"
    if manifest.store != wanted:
        raise InvalidError(
            f"the backup is of {manifest.store}, but TRIAGE_DATABASE_URL names {wanted}: a backup goes back into the "
            "kind of database it is of"
        )
    return database


def _require_fitting_server(engine: Engine, manifest: BackupManifest) -> None:
    assert manifest.postgresql is not None
    with reading(engine) as connection:
        server, schema = server_major(connection), schema_in_use(connection)
    require_tool("pg_restore", server)
    if server < manifest.postgresql["server"]:
        raise InvalidError(
            f"the backup is of PostgreSQL {manifest.postgresql['server']}, and this server is {server}: restore into "
            "one that is not older"
        )
    if schema != manifest.postgresql["schema"]:
        raise InvalidError(
            f"the backup holds the schema {manifest.postgresql['schema']!r}, and TRIAGE_DATABASE_URL leads to "
            f"{schema!r}: use a database where that is the first of the search path"
        )


def _require_free(settings: Settings, database: Path | None, engine: Engine | None, *, overwrite: bool) -> None:
    home = settings.home_folder
    for file in (database, sqlite_file(settings.tracking)):
        if file is not None and is_sqlite_in_use(file):
            raise ConflictError(f"{file} is in use: stop the service, its workers and MLflow first")
    if overwrite:
        return
    there = [str(path) for path in _entries(home)]
    if database is not None and database.exists() and str(database) not in there:
        there.append(str(database))
    if engine is not None:
        with reading(engine) as connection:
            there += [f"table {name}" for name in inspect(connection).get_table_names()]
    if there:
        some = ", ".join(there[:3]) + (f" and {len(there) - 3} more" if len(there) > 3 else "")
        raise ConflictError(
            f"there is something already: {some}. Name another TRIAGE_HOME or TRIAGE_DATABASE_URL, or give --overwrite"
        )


def _entries(home: Path) -> list[Path]:
    """List what a home folder holds and a restore would replace."""
    if not home.exists():
        return []
    return sorted(path for path in home.iterdir() if not is_made_again(path.name))


def _staged(settings: Settings, folder: Path, manifest: BackupManifest, database: Path | None) -> Path:
    """Copy everything beside its place; what fails here has touched nothing."""
    home = settings.home_folder
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    staged = home / f"{STAGING}{os.getpid()}"
    staged.mkdir(mode=0o700)
    try:
        for name in manifest.files:
            where = _place_of(name)
            if where is None or (where == Path(SQLITE_COPY) and database is None):
                continue
            target = staged / where
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(folder / name, target)
            target.chmod(0o600)
        relocate_artifacts(staged / MLFLOW_COPY, settings.artifacts)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    return staged


def _place_of(name: str) -> Path | None:
    """Return where a file of a backup goes below the home folder, None where it goes elsewhere."""
    top, _, rest = name.partition("/")
    if top == "home":
        return Path(rest)
    if top == "settings":
        return Path("restored-settings", rest)
    return Path(name) if name in (SQLITE_COPY, MLFLOW_COPY) else None


def _restore_postgresql(
    engine: Engine, settings: Settings, folder: Path, manifest: BackupManifest, *, overwrite: bool
) -> None:
    assert manifest.postgresql is not None
    schema = manifest.postgresql["schema"]
    if overwrite:
        # Tables that came after the backup was made are not in it, and would stay.
        with engine.begin() as connection:
            metadata.drop_all(connection)
    restore_postgresql(engine, settings.database, folder / POSTGRESQL_DUMP, schema=schema, overwrite=overwrite)


def _put_in_place(staged: Path, home: Path, stores: Mapping[str, Path | None], now: datetime) -> tuple[Path, ...]:
    """Move what is there aside, and what was staged up; return where the old is.

    stores: the file that each staged SQLite database becomes, which may lie outside the home folder.
    """
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    aside: list[Path] = []
    old = _entries(home)
    if old:
        aside.append(home / f"{REPLACED}{stamp}")
        aside[0].mkdir(mode=0o700)
        for path in old:
            path.rename(aside[0] / path.name)
    for name, store in stores.items():
        if store is None or not (staged / name).exists():
            continue
        store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for end in ("", "-wal", "-shm"):
            file = Path(f"{store}{end}")
            if file.exists():
                aside.append(Path(f"{store}.{REPLACED}{stamp}{end}"))
                file.rename(aside[-1])
        shutil.move(staged / name, store)
    for path in staged.iterdir():
        path.rename(home / path.name)
    staged.rmdir()
    home.chmod(0o700)
    return tuple(aside)


def _require_head(settings: Settings, manifest: BackupManifest) -> None:
    engine = open_engine(settings.database)
    try:
        with reading(engine) as connection:
            head = connection.execute(select(audit_head.c.seq, audit_head.c.hash)).one_or_none()
    finally:
        engine.dispose()
    if (head.seq if head is not None else 0, head.hash if head is not None else "") != (
        manifest.chain_seq,
        manifest.chain_hash,
    ):
        raise InvalidError("the restored audit chain does not end where the manifest says: restore again")


def _to_do(home: Path, manifest: BackupManifest) -> tuple[str, ...]:
    to_do: list[str] = []
    current = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    if manifest.schema != current:
        to_do.append(f"`triage db upgrade`: the backup has schema {manifest.schema}, this program wants {current}")
    for name in sorted({file.split("/")[1] for file in manifest.files if file.startswith("settings/")}):
        to_do.append(f"TRIAGE_{name.upper()}: what it named is in {home / 'restored-settings' / name}")
    to_do += [f"{name}={value}" for name, value in manifest.settings.items() if not _is_restored_path(name, manifest)]
    to_do += [f"{name}: it held a secret, which no backup holds" for name in manifest.secrets]
    if manifest.mlflow != "embedded":
        to_do.append("MLflow was not embedded: restore it by its own means")
    return (*to_do, "`triage audit verify`, then `triage doctor`")


def _is_restored_path(variable: str, manifest: BackupManifest) -> bool:
    own = f"settings/{variable.removeprefix('TRIAGE_').lower()}/"
    return any(name.startswith(own) for name in manifest.files)
