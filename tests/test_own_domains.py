"""A table with an outcome becomes a domain by one YAML file: in the API, the queues, the commands, training and its
promise."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import yaml
from fastapi.testclient import TestClient
from typer.testing import CliRunner, Result

from cli.main import app as command_line
from features.columns import encode
from features.history import History
from serving.api.payload_examples import example_payload
from serving.app import create_app
from tests.own_tables import START, TABLES, write_own_table
from triage.champions import NoModels
from triage.clock import utc_now
from triage.db.database import open_engine, upgrade
from triage.domains import domains
from triage.errors import InvalidError
from triage.identity.access import create_key, create_user, grant
from triage.own_domains import read_own_domain
from triage.service import open_service
from triage.settings import Settings

EXAMPLE = Path(__file__).parents[1] / "examples" / "own-domains" / "late_delivery.yaml"
EVERY = pytest.mark.parametrize("name", TABLES)
PASSWORD = "correct horse battery"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home folder, and an empty folder to work in."""
    monkeypatch.setenv("TRIAGE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    yield tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(command_line, list(words))


def drafted(name: str, folder: Path, *, rows: int, start: datetime = START) -> Path:
    """Draft a domain from its table; give the table."""
    file = write_own_table(name, folder, rows=rows, start=start)
    _, outcome, wrong = TABLES[name]
    named = [word for value in wrong for word in ("--wrong", value)]
    done = run("domain", "new", name, "--from", str(file), "--outcome", outcome, "--known-after-days", "1", *named)
    assert done.exit_code == 0, done.output
    return file


@EVERY
def test_a_table_becomes_a_domain_without_python(name: str, home: Path) -> None:
    drafted(name, home, rows=60)
    lint = run("policy", "lint", name)
    assert (lint.exit_code, f"{name}.yaml: no errors" in lint.output) == (0, True), lint.output
    assert "3 of 3 examples hold" in run("policy", "test", name).output
    assert name in run("domain", "list").output
    card = domains(Settings().domain_modules)[name]
    payload = card.recipe.payload.model_validate(example_payload(card.recipe.payload))
    row = card.recipe.rows(encode([payload], as_of=[utc_now()]), History(card.recipe.trails))
    assert row.shape == (1, len(card.recipe.features))
    assert not np.isinf(row).any()
    assert all(field.title for field in card.recipe.payload.model_fields.values())


def test_what_a_draft_makes_of_columns(home: Path) -> None:
    drafted("promotion_execution", home, rows=200)
    content = next(yaml.safe_load_all((home / "home" / "domains" / "promotion_execution.yaml").read_text()))
    kinds = {field: look["kind"] for field, look in content["payload"].items()}
    assert kinds == {
        "check": "id", "checked_on": "day", "store": "id", "promotion": "id", "expected_units": "number",
        "sold_units": "number", "display_photo": "flag",
    }  # fmt: skip
    assert content["compare"] == [{"actual": "sold_units", "expected": "expected_units"}]
    assert set(content["entities"]) == {"past_store", "past_promotion"}
    assert content["always_wrong"] == ["not_executed"]


def test_the_api_the_queue_and_the_page_have_it(home: Path) -> None:
    drafted("inventory_adjustment", home, rows=60)
    settings = Settings()
    engine = open_engine(settings.database)
    upgrade(engine)
    with engine.begin() as connection:
        create_user(connection, "ann", PASSWORD, now=utc_now())
        grant(connection, "user:ann", "analyst", "inventory_adjustment")
        key = create_key(connection, "wms", now=utc_now())
        grant(connection, "key:wms", "service", None)
    engine.dispose()
    with TestClient(create_app(open_service(settings, models=NoModels()))) as client:
        bearer = {"Authorization": f"Bearer {key}"}
        case = {
            "domain": "inventory_adjustment", "exception_id": "A-1",
            "payload": {"adjustment": "ADJ1", "expected_units": 80, "counted_units": "41", "store": "S-3"},
        }  # fmt: skip
        answer = client.post("/v1/cases", json=case, headers=bearer)
        assert (answer.status_code, answer.json()["route"]["queue"]) == (201, "INVENTORY_ADJUSTMENT_QUEUE")
        refused = client.post(
            "/v1/cases", json=case | {"exception_id": "A-2", "payload": {"colour": 1}}, headers=bearer
        )
        assert refused.status_code == 422
        assert "InventoryAdjustmentCase" in client.get("/openapi.json", headers=bearer).text
        signed_in = client.post("/sign-in", data={"name": "ann", "password": PASSWORD})
        assert "Inventory adjustment" in signed_in.text


@pytest.mark.slow
@pytest.mark.usefixtures("simplest_shapes")
def test_it_learns_and_its_promise_is_proven(home: Path) -> None:
    rows = 900
    start = utc_now() - timedelta(hours=3 * rows + 48)
    file = drafted("order_lateness", home, rows=rows, start=start)
    trained = run("train", "order_lateness", "--data", str(file), "--mapping", "order_lateness.mapping.yaml")
    assert trained.exit_code == 0, trained.output
    upgrade(open_engine(Settings().database))
    with TestClient(create_app(open_service(Settings()))) as client:
        engine = open_engine(Settings().database)
        with engine.begin() as connection:
            key = create_key(connection, "oms", now=utc_now())
            grant(connection, "key:oms", "service", None)
        engine.dispose()
        risks = {}
        for kilometres in (120, 800):
            payload = {
                "order_no": f"SO-{kilometres}", "order_value": "50", "carrier": "CAR-3", "remote_area": False,
                "distance_km": kilometres, "ordered_on": str(utc_now().date()), "promised_on": str(utc_now().date()),
            }  # fmt: skip
            case = {"domain": "order_lateness", "exception_id": f"E-{kilometres}", "payload": payload}
            answer = client.post("/v1/cases", json=case, headers={"Authorization": f"Bearer {key}"})
            assert (answer.status_code, answer.json()["fallback"]) == (201, None), answer.text
            risks[kilometres] = answer.json()["risk"]
        assert risks[120] < 0.3 < risks[800]
    certified = run("certify", "order_lateness")
    assert certified.exit_code == 0, certified.output
    assert re.search(r"all: .*\d+ .*labels", certified.output), certified.output


def test_the_example_holds() -> None:
    card = read_own_domain(EXAMPLE)
    assert {"days_promised_on_after_ordered_on", "lane_weight_kg_over_mean", "danger_named"} <= set(card.recipe.names)


def broken(tmp_path: Path, old: str, new: str) -> str:
    file = tmp_path / "late_delivery.yaml"
    text = EXAMPLE.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(InvalidError) as refused:
        read_own_domain(file)
    return refused.value.detail


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kind: count", "kind: pieces", "late_delivery.yaml:23: payload.parcels.kind"),
        ("subject: [order_no", "subject: [order", "there is no field 'order'"),
        ("key: [carrier]", "key: [driver]", "entities.carrier_past: there is no field 'driver'"),
        ("sums: [weight_kg]", "sums: [carrier]", "'carrier' is no number"),
        ("windows_days: [14, 90]", "windows_days: [90, 14]", "must rise"),
        ("always_wrong: [late]", "always_wrong: [lost]", "'lost' is none"),
        ("expected: ordered_on", "expected: carrier", "must both be numbers"),
        ("values: [standard, express, freight]", "values: []", "lists what a category may be"),
        ("domain: late_delivery", "domain: lateness", "call the file lateness.yaml"),
        ("title: Late deliveries\n", "colour: red\n", "late_delivery.yaml:"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(old: str, new: str, said: str, tmp_path: Path) -> None:
    assert said in broken(tmp_path, old, new)


def test_a_draft_says_what_it_lacks(home: Path) -> None:
    file = write_own_table("inventory_adjustment", home, rows=20)
    missing = run("domain", "new", "adjustments", "--from", str(file), "--outcome", "nothing")
    assert missing.exit_code == 1 and "has no column 'nothing'" in missing.output
    unsaid = run("domain", "new", "adjustments", "--from", str(file), "--outcome", "finding")
    assert unsaid.exit_code == 1 and "--wrong" in unsaid.output
    taken = run("domain", "new", "return_fraud", "--from", str(file), "--outcome", "finding")
    assert taken.exit_code == 1 and "already" in taken.output
    assert not (home / "home" / "domains" / "adjustments.yaml").exists()
