"""Which bytes each model version is made of: recorded in the chain, compared with the registry."""

import hashlib
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select

from models.bundle import MANIFEST, load_bundle
from models.errors import ModelError
from triage.db.audit_chain import audit
from triage.db.row_digests import insert_rows
from triage.db.schema import model_bundles
from triage.errors import ConflictError
from triage.settings import Settings


def bundle_sha256(folder: Path) -> str:
    """Hash a bundle's manifest, which holds the hash of every other file of it; hexadecimal sha256."""
    return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()


def record_bundle(connection: Connection, model_version: str, sha256: str, *, actor: str, now: datetime) -> bool:
    """Record which bytes a version, "name/number", is made of; say whether that is new.

    Raises ConflictError where other bytes were recorded for it: somebody changed the bundle.
    """
    known = connection.execute(
        select(model_bundles.c.sha256).where(model_bundles.c.model_version == model_version)
    ).scalar()
    if known is not None:
        if known != sha256:
            raise ConflictError(f"model {model_version} is no longer the bundle that was recorded: it was changed")
        return False
    row = {"model_version": model_version, "sha256": sha256, "recorded_at": now, "recorded_by": actor}
    insert_rows(connection, model_bundles, [row])
    detail = {"model_version": model_version, "sha256": sha256}
    audit(connection, actor=actor, verb="record_bundle", case_id=None, detail=detail, now=now)
    return True


def changed_bundles(connection: Connection, settings: Settings) -> list[str]:
    """Name the recorded versions whose bundle in the registry, or fetched from it, is not what was recorded."""
    from triage.model_store import RegisteredModels

    recorded = connection.execute(select(model_bundles.c.model_version, model_bundles.c.sha256)).all()
    if not recorded:
        return []
    store = RegisteredModels(settings)
    problems = []
    for version, sha256 in recorded:
        with tempfile.TemporaryDirectory() as scratch:
            try:
                problems.append(_compared(store.bundle_folders(version, Path(scratch)), version, sha256))
            except (ConnectionError, OSError) as error:
                problems.append(f"bundles: {version} cannot be fetched: {error}")
    return [each for each in problems if each is not None]


def _compared(folders: Mapping[str, Path], version: str, sha256: str) -> str | None:
    for where, folder in folders.items():
        try:
            load_bundle(folder)
            if bundle_sha256(folder) != sha256:
                return f"bundles: {version} {where} is not the bundle that was recorded"
        except (ModelError, OSError) as error:
            return f"bundles: {version} {where} was changed: {error}"
    return None
