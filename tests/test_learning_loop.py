"""The learning loop through the command line: simulate, train, score, serve, rule, retrain, promote, roll back."""

import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from models.registry import Registry
from triage.clock import utc_now
from triage.identity.access import Principal
from triage.review.verbs import Ruling, claim, resolve
from triage.service import open_service
from triage.settings import Settings

pytestmark = pytest.mark.slow

DOMAIN = "return_fraud"
SYSTEM = Principal(name="key:pos", grants=frozenset({("service", None)}))
ANN = Principal(name="user:ann", grants=frozenset({("analyst", None), ("approver", None)}))
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A home folder of its own, without a text encoder: its loop is tested where it lives."""
    folder = tmp_path_factory.mktemp("home")
    before = dict(os.environ)
    os.environ |= {"TRIAGE_HOME": str(folder), "TRIAGE_ENCODER": "", "TRIAGE_REGISTRY_POLL_SECONDS": "0.2"}
    yield folder
    os.environ.clear()
    os.environ.update(before)


def run(*words: str) -> Result:
    """Run a command that must succeed."""
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture(scope="module")
def simulated(home: Path) -> Path:
    run("db", "upgrade")
    folder = home / "retailer"
    run("simulate", DOMAIN, "--rows", "1200", "--seed", "5", "--out", str(folder))
    return folder


@pytest.fixture(scope="module")
def first(simulated: Path) -> dict[str, Any]:
    """Train the first version."""
    return orjson.loads(run("train", DOMAIN, "--data", str(simulated / "cases.parquet"), "--json").stdout)


def registry() -> Registry:
    settings = Settings()
    return Registry(settings.tracking, settings.artifacts)


class TestTraining:
    def test_the_first_version_serves_and_says_it_is_synthetic(self, first: dict[str, Any]) -> None:
        assert (first["version"], first["champion"]) == (1, True)
        ref = registry().champion(DOMAIN)
        assert ref is not None
        assert (ref.version, ref.tags["origin"], ref.tags["synthetic"]) == (1, "simulated, seed 5", "true")

    def test_it_learnt_something(self, first: dict[str, Any]) -> None:
        assert first["risk_log_loss"] < first["risk_log_loss_baseline"]
        assert first["risk_auc"] > 0.65

    @pytest.mark.parametrize("named", [False, True])
    def test_what_knows_more_than_the_truth_beside_the_cases_is_refused(
        self, first: dict[str, Any], simulated: Path, tmp_path: Path, named: bool
    ) -> None:
        """The observer of this truth tosses a coin, so any model that has learnt something is suspect."""
        shutil.copytree(simulated, tmp_path / "retailer")
        frame = pd.read_parquet(simulated / "truth.parquet")[["exception_id", "cause", "wrong", "loss"]]
        rates = frame["cause"].value_counts(normalize=True).to_dict()
        ignorant = {"p_wrong": 0.5, "expected_impact": 1.0, "expected_loss": 1.0}
        file = tmp_path / ("elsewhere.parquet" if named else "retailer/truth.parquet")
        frame.assign(**ignorant, **{f"p_{cause}": rate for cause, rate in rates.items()}).to_parquet(file)
        words = ["train", DOMAIN, "--data", str(tmp_path / "retailer" / "cases.parquet")]
        result = CliRunner().invoke(app, [*words, "--truth", str(file)] if named else words)
        assert result.exit_code == 1 and "suspected leak in the risk model" in " ".join(result.output.split())
        assert len(registry().versions(DOMAIN)) == 1

    def test_a_truth_without_probabilities_beside_the_cases_is_refused(self, simulated: Path, tmp_path: Path) -> None:
        shutil.copytree(simulated, tmp_path / "retailer")
        file = tmp_path / "retailer" / "truth.parquet"
        pd.read_parquet(file).drop(columns="p_wrong").to_parquet(file)
        result = CliRunner().invoke(app, ["train", DOMAIN, "--data", str(file.with_name("cases.parquet"))])
        assert result.exit_code == 1 and "truth.parquet: has no p_wrong" in result.stderr

    def test_a_file_is_scored_in_batch(self, first: dict[str, Any], simulated: Path) -> None:
        output = simulated / "scored.csv"
        found = run("score", DOMAIN, "--input", str(simulated / "cases.parquet"), "--output", str(output), "--json")
        assert orjson.loads(found.stdout)["cases"] == 1200
        scored = pd.read_csv(output)
        truth = pd.read_parquet(simulated / "truth.parquet")
        assert scored["exception_id"].tolist() == truth["exception_id"].tolist()
        assert scored["risk"][truth["wrong"]].mean() > scored["risk"][~truth["wrong"]].mean()
        assert set(scored["model_version"]) == {f"{DOMAIN}/1"}

    def test_a_missing_file_or_wrong_column_is_one_sentence(self, first: dict[str, Any], tmp_path: Path) -> None:
        table = tmp_path / "odd.csv"
        table.write_text("exception_id,as_of,claim_type\nR-1,2026-01-01T00:00:00Z,return\n")
        result = CliRunner().invoke(app, ["score", DOMAIN, "--input", str(table), "--output", "x.csv"])
        assert result.exit_code == 1
        assert "odd.csv" in result.output and "refund_amount" in result.output.replace("\n", " ")


class TestLoop:
    def test_rulings_and_outcomes_teach_the_next_version(self, first: dict[str, Any], simulated: Path) -> None:
        run("backfill", DOMAIN, "--data", str(simulated / "cases.parquet"))
        again = run("backfill", DOMAIN, "--data", str(simulated / "cases.parquet"))
        assert again.stdout.startswith("0 past cases")
        case_ids = self._serve_and_rule()
        assert len(case_ids) > 0
        second = orjson.loads(run("retrain", DOMAIN, "--json").stdout)
        assert (second["version"], second["champion"]) == (2, False)
        challenger = registry().challenger(DOMAIN)
        assert challenger is not None
        assert challenger.tags["origin"] == "database, with past cases of: simulated, seed 5"
        assert challenger.tags["synthetic"] == "true"

    def test_promotion_and_rollback_reach_the_running_service(self, first: dict[str, Any]) -> None:
        service = open_service(Settings())
        service.start()
        try:
            versions = []
            for number, command in enumerate((None, ("promote", DOMAIN, "2"), ("rollback", DOMAIN))):
                if command is not None:
                    run(*command)
                    service.champions.refresh()
                answer = service.intake.submit([_return(100 + number)], actor=SYSTEM)[0]
                versions.append(answer.body["model_version"])
        finally:
            service.stop()
        assert versions == [f"{DOMAIN}/1", f"{DOMAIN}/2", f"{DOMAIN}/1"]
        assert "are unbroken, every row agrees" in run("audit", "verify").stdout

    def test_a_version_that_does_not_exist_is_an_error(self, first: dict[str, Any]) -> None:
        result = CliRunner().invoke(app, ["promote", DOMAIN, "99"])
        assert result.exit_code == 1 and "has no version 99" in result.output

    def test_an_error_budget_is_certified_shown_listed_and_stopped(self, first: dict[str, Any]) -> None:
        """Whether anything is certified depends on the day: the simulated cases grow old. What is said of it does
        not."""
        told = orjson.loads(run("certify", DOMAIN, "--json").stdout)
        assert (told["model_version"], told["stopped"]) == (f"{DOMAIN}/1", False)
        assert told["certificate"]["made_by"] == "system:cli"
        segments = {segment["segment"]: segment for segment in told["certificate"]["segments"]}
        assert list(segments) == ["claim", "no-receipt", "receipted"]
        assert all((segment["threshold"] is None) == bool(segment["reason"]) for segment in segments.values())
        needed = told["labels_needed"]
        assert needed["true_error"][0]["labels"] > needed["without_any_error"]
        shown = run("certificate", "show", DOMAIN).stdout
        assert "labels a segment needs to be proven" in shown and "audited errors of 90 days" in shown
        run("certificate", "stop", DOMAIN, "--why", "the tills are replaced")
        again = CliRunner().invoke(app, ["certificate", "stop", DOMAIN, "--why", "twice"])
        assert again.exit_code == 1
        stopped = orjson.loads(run("certificate", "show", DOMAIN, "--json").stdout)
        assert (stopped["certified"], stopped["stopped"]) == (False, True)
        listed = orjson.loads(run("certificate", "list", DOMAIN, "--json").stdout)
        assert listed[0]["stopped_because"] == "the tills are replaced"
        assert "stopped: the tills are replaced" in run("certificate", "list", DOMAIN).stdout
        run("certify", DOMAIN)
        assert orjson.loads(run("certificate", "show", DOMAIN, "--json").stdout)["stopped"] is False

    @staticmethod
    def _serve_and_rule() -> list[str]:
        service = open_service(Settings())
        service.start()
        try:
            answers = service.intake.submit([_return(number) for number in range(12)], actor=SYSTEM)
        finally:
            service.stop()
        waiting = [answer.body for answer in answers if answer.body["route"]["queue"] is not None]
        options = {"policies": service.policies, "actor": ANN, "now": utc_now()}
        ruling = Ruling(action="corrected", cause="receipt_fraud", reason_code="other", comment="seen before")
        for body in waiting:
            with service.engine.begin() as connection:
                claim(connection, body["case_id"], hold=timedelta(minutes=5), **options)
                heads = {DOMAIN: service.domains[DOMAIN].heads}
                reason = next(iter(service.policies[DOMAIN].document.reason_codes))
                chosen = Ruling(action=ruling.action, cause=ruling.cause, reason_code=reason, comment=ruling.comment)
                resolve(connection, body["case_id"], ruling=chosen, heads=heads, **options)
        return [body["case_id"] for body in waiting]


def _return(number: int) -> dict[str, Any]:
    payload = {
        "claim_type": "return", "channel": "store", "sku": "4711", "qty_claimed": 1, "refund_amount": "450.00",
        "has_receipt": False, "refund_tender": "cash", "site_id": "S-1", "customer_id_hash": f"c{number % 3}",
    }  # fmt: skip
    return {"domain": DOMAIN, "exception_id": f"LIVE-{number}", "payload": payload}
