"""An auditor proves what happened with the commands alone: verify, anchor, tamper, recompute, report."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from typer.testing import CliRunner, Result

from cli.main import app
from triage.db.database import open_engine, upgrade
from triage.settings import Settings


@pytest.fixture
def triage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command on a database of its own in which two people were made."""
    monkeypatch.setenv("TRIAGE_HOME", str(tmp_path))
    engine = open_engine(Settings().database)
    upgrade(engine)
    engine.dispose()

    def command(*words: str, ends: int = 0, stdin: str = "") -> Result:
        done = CliRunner().invoke(app, list(words), input=stdin)
        assert done.exit_code == ends, (words, done.output, done.exception)
        return done

    for name in ("ann", "bob"):
        command("user", "create", name, "--role", "analyst", "--password-stdin", stdin="correct horse battery\n")
    return command


def change(statement: str) -> None:
    engine = create_engine(Settings().database)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_an_untouched_database_agrees_with_chain_and_anchor(triage) -> None:
    assert "no anchor was asked" in triage("audit", "verify").output
    assert "link 2 is anchored" in triage("audit", "anchor").output
    found = json.loads(triage("audit", "verify", "--json").stdout)
    assert (found["holds"], found["links"], found["anchors"], found["broken"]) == (True, 2, 1, [])
    assert "links 3 to 2" in triage("audit", "verify", "--since-anchor").output


def test_a_changed_grant_a_dropped_tail_and_an_emptied_anchor_file_are_found(triage, tmp_path: Path) -> None:
    triage("audit", "anchor")
    change("UPDATE grants SET role = 'admin' WHERE principal = 'user:bob'")
    assert "grants" in triage("audit", "verify", ends=1).output
    change("UPDATE grants SET role = 'analyst' WHERE principal = 'user:bob'")
    triage("audit", "verify")
    change("DELETE FROM audit_events WHERE seq = 2")
    change("UPDATE audit_head SET seq = 1, hash = (SELECT hash FROM audit_events WHERE seq = 1)")
    assert "its tail is gone" in triage("audit", "verify", ends=1).output
    (tmp_path / "audit_anchors.jsonl").write_text("")
    assert (
        "holds no anchor" in triage("audit", "verify", "--anchor", str(tmp_path / "audit_anchors.jsonl"), ends=1).output
    )


def test_another_key_is_refused_and_named(triage, tmp_path: Path) -> None:
    own = triage("audit", "key").stdout.strip()
    triage("audit", "anchor")
    triage("audit", "verify", "--public-key", own)
    other = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
    refused = triage("audit", "verify", "--public-key", other, ends=1)
    assert "signed by another key" in str(refused.exception)


def test_a_row_that_no_event_wrote_is_named_and_sealed_with_a_reason(triage) -> None:
    change("INSERT INTO grants (principal, role) VALUES ('user:bob', 'approver')")
    assert "no event wrote user:bob|approver|" in triage("audit", "verify", ends=1).output
    triage("audit", "seal", "--why", "an old replica wrote it")
    triage("audit", "verify")


@pytest.mark.parametrize(
    ("words", "says"), [(("replay",), "name one case"), (("replay", "x", "--all"), "name one case")]
)
def test_replay_wants_one_case_or_all(triage, words: tuple[str, ...], says: str) -> None:
    assert says in triage("audit", *words, ends=1).output


def test_nothing_to_recompute_is_no_error(triage) -> None:
    assert "0 of 0 decisions" in triage("audit", "replay", "--all", "--since", "2026-01-01").output
