"""`triage export`, `triage import`, `triage demo reset`, as an operator runs them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from triage.db.database import open_engine, upgrade
from triage.settings import Settings

RUN = CliRunner()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRIAGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TRIAGE_PORT", "9")
    (tmp_path / "home").mkdir()
    engine = open_engine(Settings().database)
    upgrade(engine)
    engine.dispose()
    return tmp_path


def test_what_is_exported_is_imported_by_who_trusts_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = home / "test.json"
    written = RUN.invoke(app, ["export", str(file)])
    assert written.exit_code == 0, written.output
    assert RUN.invoke(app, ["import", str(file)]).exit_code == 0
    monkeypatch.setenv("TRIAGE_HOME", str(home / "other"))
    (home / "other").mkdir()
    upgrade(open_engine(Settings().database))
    refused = RUN.invoke(app, ["import", str(file)])
    assert refused.exit_code == 1
    key = written.output.rsplit("signed with", 1)[1].strip()
    assert RUN.invoke(app, ["import", str(file), "--public-key", key, "--apply"]).exit_code == 0


def test_only_a_demo_is_reset(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("", "production"):
        monkeypatch.setenv("TRIAGE_ENVIRONMENT", name)
        assert RUN.invoke(app, ["demo", "reset", "--yes"]).exit_code == 1
    monkeypatch.setenv("TRIAGE_ENVIRONMENT", "demo")
    assert RUN.invoke(app, ["demo", "reset"]).exit_code == 1
    (home / "home" / "audit_anchors.jsonl").write_text("{}\n")
    assert RUN.invoke(app, ["demo", "reset", "--yes"]).exit_code == 0
    assert not (home / "home" / "audit_anchors.jsonl").exists()
