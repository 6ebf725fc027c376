"""Signatures of what decides: each policy version and model bundle is signed when it is recorded, as the chain's head
is.

Whoever owns the database can replace a document and hash everything anew, but cannot sign it.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine, select

from triage.db.audit_chain import audit
from triage.db.row_digests import insert_rows
from triage.db.schema import model_bundles, policy_versions, signatures
from triage.policy_life.installed import Installed
from triage.proof.bundles import bundle_sha256, record_bundle
from triage.proof.chain_key import is_signed, public_text, sign

ACTOR: Final = "system:signatures"
What = Literal["policy", "model"]


def policy_name(domain: str, variant: str | None, version: str) -> str:
    """Write what a policy version is called here."""
    return f"{domain}|{variant or ''}|{version}"


def sign_version(
    connection: Connection, key: Ed25519PrivateKey, what: What, name: str, sha256: str, *, now: datetime
) -> bool:
    """Sign the bytes of a version; say whether that is new. One that is signed already is never signed anew."""
    one = (signatures.c.what == what, signatures.c.name == name)
    if connection.execute(select(signatures.c.name).where(*one)).first() is not None:
        return False
    row = {
        "what": what, "name": name, "sha256": sha256, "public_key": public_text(key),
        "signature": sign(key, _body(what, name, sha256)), "signed_at": now,
    }  # fmt: skip
    insert_rows(connection, signatures, [row])
    detail = {"what": what, "name": name, "sha256": sha256}
    audit(connection, actor=ACTOR, verb="sign_version", case_id=None, detail=detail, now=now)
    return True


def sign_policy(
    connection: Connection,
    key: Ed25519PrivateKey,
    domain: str,
    variant: str | None,
    version: str,
    document: str,
    *,
    now: datetime,
) -> bool:
    """Sign a policy version by the document that was recorded; say whether that is new."""
    return sign_version(connection, key, "policy", policy_name(domain, variant, version), _sha256(document), now=now)


def sign_installed(
    engine: Engine, installed: Mapping[str, Installed], key: Ed25519PrivateKey, *, now: datetime
) -> None:
    """Sign the installed documents that are not signed yet."""
    with engine.begin() as connection:
        for name, found in installed.items():
            sign_policy(connection, key, name, None, found.policy.version, found.text, now=now)


def record_and_sign(
    engine: Engine, key: Ed25519PrivateKey, model_version: str, folder: Path, *, actor: str, now: datetime
) -> None:
    """Record which bytes a model version is made of, and sign them; raise ConflictError where others were recorded."""
    sha256 = bundle_sha256(folder)
    with engine.begin() as connection:
        record_bundle(connection, model_version, sha256, actor=actor, now=now)
        sign_version(connection, key, "model", model_version, sha256, now=now)


def sign_rest(connection: Connection, key: Ed25519PrivateKey, *, now: datetime) -> list[str]:
    """Sign every version that is not signed yet, as they are now; return their names. For after an upgrade."""
    signed = []
    for what, name, sha256 in [*_policies(connection), *_models(connection)]:
        if sign_version(connection, key, what, name, sha256, now=now):
            signed.append(f"{what} {name}")
    return signed


def wrong_signatures(connection: Connection, public_key: str) -> list[str]:
    """Name every version that is not signed by a key, or whose bytes are not those that were signed."""
    found = {(row.what, row.name): row for row in connection.execute(select(signatures))}
    problems = []
    for what, name, sha256 in [*_policies(connection), *_models(connection)]:
        row = found.pop((what, name), None)
        if row is None:
            problems.append(f"signatures: {what} {name} is not signed")
        elif row.public_key != public_key:
            problems.append(f"signatures: {what} {name} was signed by another key, {row.public_key}")
        elif row.sha256 != sha256 or not is_signed(_body(what, name, sha256), row.signature, public_key):
            problems.append(f"signatures: {what} {name} is not what was signed")
    problems += [f"signatures: {what} {name} was signed and is gone" for what, name in found]
    return problems


def _policies(connection: Connection) -> Iterator[tuple[What, str, str]]:
    query = select(
        policy_versions.c.domain, policy_versions.c.variant, policy_versions.c.version, policy_versions.c.document
    )
    for row in connection.execute(query.order_by(policy_versions.c.policy_version_id)):
        yield "policy", policy_name(row.domain, row.variant, row.version), _sha256(row.document)


def _models(connection: Connection) -> Iterator[tuple[What, str, str]]:
    query = select(model_bundles.c.model_version, model_bundles.c.sha256).order_by(model_bundles.c.model_version)
    for row in connection.execute(query):
        yield "model", row.model_version, row.sha256


def _body(what: str, name: str, sha256: str) -> bytes:
    return orjson.dumps(["triage version", what, name, sha256])


def _sha256(document: str) -> str:
    return hashlib.sha256(document.encode()).hexdigest()
