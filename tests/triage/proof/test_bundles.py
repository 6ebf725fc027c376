"""Which bytes a model version is made of is recorded once, and what is changed afterwards does not pass."""

import hashlib
from pathlib import Path

import orjson
import pytest
from sqlalchemy import Engine

from models.bundle import MANIFEST
from tests.triage.conftest import Clock
from triage.errors import ConflictError
from triage.proof.bundles import bundle_sha256, changed_bundles, record_bundle
from triage.settings import Settings


def bundle(folder: Path, content: bytes = b"[]") -> Path:
    folder.mkdir(parents=True)
    (folder / "golden.json").write_bytes(content)
    files = {"golden.json": hashlib.sha256(content).hexdigest()}
    (folder / MANIFEST).write_bytes(orjson.dumps({"format": 5, "files": files}))
    return folder


def test_it_is_recorded_once_and_other_bytes_are_a_conflict(engine: Engine, clock: Clock) -> None:
    with engine.begin() as connection:
        assert record_bundle(connection, "price_override/1", "a" * 64, actor="system:cli", now=clock())
        assert not record_bundle(connection, "price_override/1", "a" * 64, actor="system:cli", now=clock())
        with pytest.raises(ConflictError, match="it was changed"):
            record_bundle(connection, "price_override/1", "b" * 64, actor="system:cli", now=clock())


def test_a_rehashed_manifest_does_not_pass(
    engine: Engine, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from triage import model_store
    from triage.proof import bundles

    right = bundle(tmp_path / "right")
    forged = bundle(tmp_path / "forged", b"[1]")
    served = {"as fetched": right, "in the registry": right}
    monkeypatch.setattr(model_store.RegisteredModels, "bundle_folders", lambda self, version, scratch: served)
    monkeypatch.setattr(bundles, "load_bundle", lambda folder: None)
    with engine.begin() as connection:
        assert changed_bundles(connection, Settings(home=tmp_path)) == []
        record_bundle(connection, "price_override/1", bundle_sha256(right), actor="system:cli", now=clock())
        assert changed_bundles(connection, Settings(home=tmp_path)) == []
        served["in the registry"] = forged
        (told,) = changed_bundles(connection, Settings(home=tmp_path))
    assert told == "bundles: price_override/1 in the registry is not the bundle that was recorded"


def test_a_bundle_that_is_gone_is_told(
    engine: Engine, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from triage import model_store

    def gone(self: object, version: str, scratch: Path) -> dict[str, Path]:
        raise ConnectionError("there is no version 1")

    monkeypatch.setattr(model_store.RegisteredModels, "bundle_folders", gone)
    with engine.begin() as connection:
        record_bundle(connection, "price_override/1", "a" * 64, actor="system:cli", now=clock())
        (told,) = changed_bundles(connection, Settings(home=tmp_path))
    assert told == "bundles: price_override/1 cannot be fetched: there is no version 1"
