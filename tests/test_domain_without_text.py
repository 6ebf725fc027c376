"""A domain whose cases carry no text trains from a table and scores online, as any other."""

import csv
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from cli.main import app as command_line
from serving.app import create_app
from triage.clock import utc_now
from triage.db.database import open_engine, upgrade
from triage.identity.access import create_key, grant
from triage.service import open_service
from triage.settings import Settings

TOY = Path(__file__).parent / "toy" / "toy_domain"
NOTE = '    note: Annotated[Text | None, Field(title="Note")] = None\n'
CAUSES = ("price_match", "damaged_item", "sweethearting")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Write the toy's package anew as `wordless_domain`, with neither a text nor a field that could hold one."""
    package = tmp_path / "package" / "wordless_domain"
    package.mkdir(parents=True)
    for file in TOY.iterdir():
        if file.is_file():
            text = file.read_text().replace("toy_domain", "wordless_domain")
            if file.name == "payload.py":
                assert NOTE in text and 'text_fields=("note",)' in text
                text = text.replace(NOTE, "").replace('text_fields=("note",)', "text_fields=()")
            (package / file.name).write_text(text)
    monkeypatch.syspath_prepend(package.parent)
    monkeypatch.setenv("TRIAGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TRIAGE_DOMAIN_MODULES", "wordless_domain")
    yield Settings()
    for name in [name for name in sys.modules if name.startswith("wordless_domain")]:
        del sys.modules[name]


def write_table(file: Path, rows: int = 300) -> None:
    """Overrides that give much away are wrong."""
    rng = np.random.default_rng(3)
    with file.open("w", newline="") as opened:
        table = csv.writer(opened)
        table.writerow(
            [
                "exception_id",
                "as_of",
                "receipt_id",
                "listed_price",
                "charged_price",
                "cashier_id",
                "cause",
                "wrong",
                "loss",
                "known_at",
            ]
        )
        for at in range(rows):
            moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=3 * at)
            share = float(rng.choice([0.1, 0.3, 0.8]))
            wrong = bool(rng.random() < share)
            cause = "sweethearting" if wrong else CAUSES[int(rng.integers(2))]
            listed, charged = 100.0, round(100.0 * (1 - share), 2)
            known = moment + timedelta(days=1)
            lost = f"{listed - charged:.2f}" if wrong else "0"
            table.writerow(
                [f"O-{at}", moment.isoformat(), f"R-{at}", listed, charged, f"C-{at % 7}", cause, wrong, lost,
                known.isoformat()]
            )  # fmt: skip


@pytest.mark.slow
def test_it_trains_and_scores_online(settings: Settings, tmp_path: Path) -> None:
    write_table(tmp_path / "overrides.csv")
    data = str(tmp_path / "overrides.csv")
    trained = CliRunner().invoke(command_line, ["train", "price_override", "--data", data, "--outcomes", data])
    assert trained.exit_code == 0, trained.output
    engine = open_engine(settings.database)
    upgrade(engine)
    with engine.begin() as connection:
        key = create_key(connection, "till", now=utc_now())
        grant(connection, "key:till", "service", None)
    with TestClient(create_app(open_service(settings))) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        risks = {}
        for charged in ("95.00", "20.00"):
            payload = {"receipt_id": "R-1", "listed_price": "100.00", "charged_price": charged, "cashier_id": "C-1"}
            case = {"domain": "price_override", "exception_id": f"T-{charged}", "payload": payload}
            answer = client.post("/v1/cases", json=case)
            assert answer.status_code == 201, answer.text
            assert (answer.json()["model_version"], answer.json()["fallback"]) == ("price_override/1", None)
            risks[charged] = answer.json()["risk"]
    assert risks["20.00"] > risks["95.00"]
