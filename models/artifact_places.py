"""Where an embedded MLflow store says its files are: in full paths, so a folder that was moved must be written down
anew.

MLflow keeps the address of every experiment's, run's and model's files as `file:///…`. Only these columns are touched.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit

_COLUMNS: Final = {
    "experiments": ("artifact_location",),
    "runs": ("artifact_uri",),
    "model_versions": ("source", "storage_location"),
    "logged_models": ("artifact_location",),
}
_BUSY_SECONDS: Final = 30.0


def relocate_artifacts(store: Path, root: Path) -> int:
    """Let an embedded store look for its files below `root`, where they are now; return how many addresses changed.

    store: the SQLite file of MLflow; nothing happens where there is none. Raises OSError where it cannot be written.
    """
    if not store.is_file():
        return 0
    try:
        with closing(sqlite3.connect(store, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
            new = root.resolve().as_uri()
            old_roots = recorded_roots(connection) - {new}
            if not old_roots:
                return 0
            connection.execute("BEGIN IMMEDIATE")
            changed = sum(_replace(connection, old, new) for old in old_roots)
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise OSError(f"{store} was moved, and cannot be written to say so: {error}") from error
    return changed


def recorded_roots(connection: sqlite3.Connection) -> set[str]:
    """Return the addresses below which the experiments that this program made keep their files.

    `Registry` names an experiment's folder after the experiment; MLflow's own default experiment is another.
    """
    if not _columns_of(connection, "experiments"):
        return set()
    roots = set()
    for name, location in connection.execute("SELECT name, artifact_location FROM experiments"):
        parts = urlsplit(location or "")
        if parts.scheme == "file" and unquote(parts.path).endswith(f"/{name}"):
            roots.add(location.removesuffix(f"/{quote(name)}").removesuffix(f"/{name}"))
    return roots


def _replace(connection: sqlite3.Connection, old: str, new: str) -> int:
    changed = 0
    for table, columns in _COLUMNS.items():
        for column in set(columns) & _columns_of(connection, table):
            changed += connection.execute(
                f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE substr({column}, 1, ?) = ?",
                (new, len(old) + 1, len(old) + 1, f"{old}/"),
            ).rowcount
    return changed


def _columns_of(connection: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
