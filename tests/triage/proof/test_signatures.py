"""What decides is signed: a document or manifest that was replaced, with everything hashed anew, is not."""

import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, delete, insert, update
from toy_domain import DOMAIN

from tests.triage.conftest import Clock
from triage.db.schema import model_bundles, policy_versions, signatures
from triage.policy_life.installed import read_installed, record_installed
from triage.proof.bundles import record_bundle
from triage.proof.chain_key import chain_key, public_text, sign
from triage.proof.signatures import _body, sign_installed, sign_rest, sign_version, wrong_signatures
from triage.proof.verification import verify
from triage.settings import Settings

POLICY, MODEL = "policy price_override||1.0.0", "model price_override/1"


@pytest.fixture
def key(tmp_path: Path) -> Ed25519PrivateKey:
    return chain_key(Settings(home=tmp_path))


@pytest.fixture
def signed(engine: Engine, clock: Clock, key: Ed25519PrivateKey) -> Engine:
    """A database with the toy policy and a model, both signed as they were recorded."""
    installed = read_installed({DOMAIN.name: DOMAIN})
    with engine.begin() as connection:
        record_installed(connection, installed, now=clock())
        record_bundle(connection, "price_override/1", "a" * 64, actor="system:cli", now=clock())
        sign_version(connection, key, "model", "price_override/1", "a" * 64, now=clock())
    sign_installed(engine, installed, key, now=clock())
    sign_installed(engine, installed, key, now=clock())
    return engine


def wrong(engine: Engine, key: Ed25519PrivateKey) -> list[str]:
    with engine.connect() as connection:
        return wrong_signatures(connection, public_text(key))


def test_what_was_recorded_is_signed_once_and_proven(signed: Engine, key: Ed25519PrivateKey) -> None:
    assert wrong(signed, key) == []
    with signed.connect() as connection:
        assert verify(connection).holds


def forge(engine: Engine, how: str) -> None:
    """Replace what is signed, as whoever owns the database could."""
    document = "version: 1.0.0\nforged: true\n"
    forged = hashlib.sha256(document.encode()).hexdigest()
    other = Ed25519PrivateKey.generate()
    with engine.begin() as connection:
        if how.startswith("policy"):
            connection.execute(update(policy_versions).values(document=document, sha256=forged))
        elif how.startswith("model"):
            connection.execute(update(model_bundles).values(sha256=forged))
        if how.endswith("signature over"):
            name = POLICY.partition(" ")[2]
            body = _body("policy", name, forged)
            own = signatures.c.what == "policy"
            values = {"sha256": forged, "signature": sign(other, body)}
            connection.execute(update(signatures).where(own).values(values))
        elif how.endswith("other key"):
            name = POLICY.partition(" ")[2]
            values = {"sha256": forged, "signature": sign(other, _body("policy", name, forged))}
            own = signatures.c.what == "policy"
            connection.execute(update(signatures).where(own).values(values | {"public_key": public_text(other)}))
        elif how.endswith("unsigned"):
            connection.execute(delete(signatures).where(signatures.c.what == how.split()[0]))
        elif how == "added":
            row = {
                "domain": DOMAIN.name, "variant": "", "version": "6.6.6", "document": document, "sha256": forged,
                "created_at": Clock()(), "created_by": "user:pia",
            }  # fmt: skip
            connection.execute(insert(policy_versions), [row])


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("policy", f"{POLICY} is not what was signed"),
        ("policy, signature over", f"{POLICY} is not what was signed"),
        ("policy, other key", f"{POLICY} was signed by another key"),
        ("policy unsigned", f"{POLICY} is not signed"),
        ("model", f"{MODEL} is not what was signed"),
        ("model unsigned", f"{MODEL} is not signed"),
        ("added", "policy price_override||6.6.6 is not signed"),
    ],
)
def test_what_was_replaced_has_no_signature(signed: Engine, key: Ed25519PrivateKey, how: str, says: str) -> None:
    forge(signed, how)
    (found,) = wrong(signed, key)
    assert found.startswith(f"signatures: {says}")


def test_what_is_gone_is_named(signed: Engine, key: Ed25519PrivateKey) -> None:
    with signed.begin() as connection:
        connection.execute(delete(model_bundles))
    assert wrong(signed, key) == [f"signatures: {MODEL} was signed and is gone"]


def test_what_was_there_before_is_signed_on_request(engine: Engine, clock: Clock, key: Ed25519PrivateKey) -> None:
    with engine.begin() as connection:
        record_bundle(connection, "price_override/1", "a" * 64, actor="system:cli", now=clock())
    assert wrong(engine, key) == [f"signatures: {MODEL} is not signed"]
    with engine.begin() as connection:
        assert sign_rest(connection, key, now=clock()) == [MODEL]
        assert sign_rest(connection, key, now=clock()) == []
    assert wrong(engine, key) == []
