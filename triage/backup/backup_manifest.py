"""What a backup says of itself: which files with which digests, from which schema, with which end of the audit chain.

BACKUP/manifest.json       this, readable by anybody
BACKUP/manifest.json.sig   its Ed25519 signature by the audit chain's key, base64; missing where there was no key
BACKUP/database.sqlite     or database.dump, as pg_dump writes it (custom format)
BACKUP/mlflow.db           the embedded MLflow, and home/mlartifacts with its files
BACKUP/home/…              what else the home folder holds
BACKUP/settings/NAME/…     files outside the home folder that a setting names
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from triage.errors import InvalidError
from triage.proof.chain_key import is_signed

FORMAT: Final = 1
MANIFEST_FILE: Final = "manifest.json"
SIGNATURE_FILE: Final = "manifest.json.sig"
MAX_PROBLEMS: Final = 20
_MAX_BYTES: Final = 200_000_000
_AT_ONCE: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupManifest:
    """One backup.

    store: sqlite or postgresql. schema: the migration it stands at. chain: number and hash of the last link of the
    audit chain. postgresql: the server's version and the schema that was dumped. settings: those that were set and hold
    no secret; secrets: names of those that were set and are left out. files: path to size and sha256.
    """

    made_at: str
    program: str
    store: str
    schema: str
    chain_seq: int
    chain_hash: str
    postgresql: Mapping[str, Any] | None
    mlflow: str
    settings: Mapping[str, str]
    secrets: tuple[str, ...]
    files: Mapping[str, Mapping[str, Any]]

    def write(self, folder: Path) -> bytes:
        """Write it into a backup; return its bytes."""
        body = orjson.dumps({"format": FORMAT, **asdict(self)}, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
        (folder / MANIFEST_FILE).write_bytes(body)
        return body


def read_backup_manifest(folder: Path, *, public_key: str | None = None) -> BackupManifest:
    """Read what a backup says of itself; raise InvalidError where it is none.

    public_key: the key that must have signed it, base64; None: the signature is not asked for.
    """
    file = folder / MANIFEST_FILE
    if not file.is_file():
        raise InvalidError(f"{folder} is no backup: it holds no {MANIFEST_FILE}")
    if file.stat().st_size > _MAX_BYTES:
        raise InvalidError(f"{file} is too large for a manifest")
    body = file.read_bytes()
    if public_key is not None:
        signature = folder / SIGNATURE_FILE
        if not signature.is_file() or not is_signed(body, signature.read_text().strip(), public_key):
            raise InvalidError(f"{file} is not signed by the key {public_key[:44]}: it was changed, or is another's")
    try:
        given = orjson.loads(body)
        form = given.pop("format")
        manifest = BackupManifest(**given | {"secrets": tuple(given["secrets"])})
    except (orjson.JSONDecodeError, TypeError, AttributeError, KeyError):
        raise InvalidError(f"{file} cannot be read as a manifest") from None
    if form != FORMAT:
        raise InvalidError(f"{file} has format {form}; this program reads {FORMAT}")
    return manifest


def changed_files(folder: Path, manifest: BackupManifest) -> Iterator[str]:
    """Name each file of a backup that is missing, changed, or not in its manifest."""
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() or path.is_symlink()}
    for name in sorted(set(manifest.files) - found):
        yield f"{name} is missing"
    for name in sorted(found - set(manifest.files) - {MANIFEST_FILE, SIGNATURE_FILE}):
        yield f"{name} is not in the manifest"
    for name in sorted(found & set(manifest.files)):
        path = folder / name
        if path.is_symlink() or file_digest(path) != manifest.files[name]:
            yield f"{name} is not what was backed up"


def file_digest(path: Path) -> dict[str, Any]:
    """Return a file's size in bytes and its sha256, hexadecimal."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while part := file.read(_AT_ONCE):
            digest.update(part)
            size += len(part)
    return {"bytes": size, "sha256": digest.hexdigest()}
