"""`triage history freeze`, and the backfill that ends with it: the next start reads nothing from the database."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine
from toy_domain import DOMAIN
from typer.testing import CliRunner

from cli import scoring
from cli.main import app
from triage.champions import Champion
from triage.db.database import open_engine, reading, upgrade
from triage.intake.entity_history import EntityHistory
from triage.intake.histories import Histories
from triage.settings import Settings

NO_MODEL = Champion(scorer=None, registry="empty", reason="no version is registered")


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TRIAGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TRIAGE_DOMAIN_MODULES", "toy_domain")
    monkeypatch.setattr(scoring, "FREEZE_ROWS", 20)
    found = open_engine(Settings().database)
    upgrade(found)
    yield found
    found.dispose()


def run(*words: str | Path) -> str:
    result = CliRunner().invoke(app, [*map(str, words)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def backfill(folder: Path, rows: int) -> None:
    lines = ["exception_id,as_of,receipt_id,cashier_id,listed_price,charged_price"]
    lines += [f"X-{at},2026-01-{at % 28 + 1:02d}T10:00:00Z,R-{at},C-{at % 3},80.00,64.00" for at in range(rows)]
    (folder / "past.csv").write_text("\n".join(lines))
    run("backfill", DOMAIN.name, "--data", folder / "past.csv")


def started(engine: Engine) -> EntityHistory:
    """Read the history as the first case after a start does."""
    with reading(engine) as connection:
        history = Histories(Settings().home_folder).of(connection, DOMAIN, NO_MODEL)
        history.catch_up(connection)
    return history


def test_after_a_small_backfill_a_start_reads_it_until_it_is_frozen(engine: Engine, tmp_path: Path) -> None:
    backfill(tmp_path, 9)
    assert started(engine).rows_in_memory == 9
    assert json.loads(run("history", "freeze", "--domain", DOMAIN.name, "--json")) == [
        {"domain": DOMAIN.name, "rows": 9}
    ]
    assert started(engine).rows_in_memory == 0
    assert json.loads(run("history", "freeze", "--domain", DOMAIN.name, "--json"))[0]["rows"] == 0


def test_after_a_large_backfill_a_start_reads_nothing(engine: Engine, tmp_path: Path) -> None:
    backfill(tmp_path, 20)
    history = started(engine)
    assert (history.rows_in_memory, history.frozen.rows) == (0, 20)
