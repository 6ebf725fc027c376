"""`triage route test` shows every step with what it would send, and sends nothing; a simulation counts them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from cli.main import app
from triage.champions import NoModels
from triage.db.database import open_engine, reading, upgrade
from triage.db.handoff_schema import deliveries
from triage.db.step_schema import steps
from triage.identity.access import Principal
from triage.service import open_service
from triage.settings import Settings

SYSTEM = Principal(name="key:erp", grants=frozenset({("service", None)}))
CASE = {
    "domain": "invoice_discrepancy", "exception_id": "X-9", "site_id": "S-1",
    "payload": {
        "invoice_id": "INV-1", "invoice_line_id": "10", "supplier_id": "V-7", "line_amount": "4200.00",
        "po_id": "45-1", "invoiced_qty": "100", "ordered_qty": "100", "received_qty": "0",
        "invoice_unit_price": "42.00", "po_unit_price": "42.00", "match_type": "three_way",
    },
}  # fmt: skip


@pytest.fixture
def triage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("TRIAGE_HOME", str(tmp_path))
    engine = open_engine(Settings().database)
    upgrade(engine)
    engine.dispose()

    def command(*words: str, ends: int = 0) -> Result:
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == ends, (words, result.output, result.exception)
        return result

    return command


@pytest.fixture
def stored(triage: Callable[..., Result]) -> str:
    """Store the case through a service without a model, and give its id."""
    service = open_service(Settings(worker=False), models=NoModels())
    service.start()
    case_id = service.intake.submit([CASE], actor=SYSTEM)[0].body["case_id"]
    service.stop()
    return str(case_id)


def test_a_file_is_judged_and_shown_step_by_step(triage, tmp_path: Path) -> None:
    file = tmp_path / "case.json"
    file.write_text(json.dumps(CASE))
    found = json.loads(triage("route", "test", "invoice_discrepancy", "--case", str(file), "--json").stdout)
    assert (found["route"], found["queue"]) == ("receipt", "RCV_MISSING_GR")
    steps_shown = {step["step"]: step for step in found["steps"]}
    assert list(steps_shown) == ["post_receipt", "match_again", "show_liability"]
    assert steps_shown["post_receipt"]["title"] == "Post the receipt of order 45-1"
    assert steps_shown["show_liability"]["body"]["amount"] == 4200.0
    assert steps_shown["show_liability"]["becomes"] == "not connected: add an endpoint named finance"
    assert "is skipped" in steps_shown["match_again"]["becomes"]


def test_an_answer_may_be_supposed(triage, tmp_path: Path) -> None:
    file = tmp_path / "case.json"
    file.write_text(json.dumps(CASE))
    words = ("route", "test", "invoice_discrepancy", "--case", str(file), "--result", "post_receipt.posted=true")
    assert "match_again (call erp) begins after post_receipt" in triage(*words).stdout
    assert "STEP.FIELD=VALUE" in triage(*words, "--result", "nonsense", ends=1).stderr


def test_a_stored_case_is_shown_with_what_each_ruling_would_begin_and_nothing_is_sent(triage, stored: str) -> None:
    shown = triage("route", "test", "invoice_discrepancy", "--case", stored).stdout
    assert "X-9: review, route receipt" in shown and "Post the receipt of order 45-1" in shown
    engine = open_engine(Settings().database)
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(deliveries)).scalar_one() == 0
        assert connection.execute(select(func.count()).select_from(steps)).scalar_one() == 3
    engine.dispose()


def test_a_simulation_counts_what_each_system_would_get(triage, stored: str) -> None:
    file = "policies/domains/invoice_discrepancy.yaml"
    found = json.loads(triage("policy", "simulate", "invoice_discrepancy", "--draft", file, "--json").stdout)
    counts = {(count["step"], count["reaches"]): (count["cases"], count["at_most"]) for count in found["actions"]}
    assert counts[("post_receipt", "SITE_RECEIPTS")] == (1, False)
    assert counts[("match_again", "erp")] == (1, True)
    assert counts[("show_liability", "finance")] == (1, False)
    assert counts[("release_with_debit_memo", "erp")] == (0, True)
    shown = triage("policy", "simulate", "invoice_discrepancy", "--draft", file).stdout
    assert "Actions, by what they reach" in shown and "receipt.match_again" in shown
