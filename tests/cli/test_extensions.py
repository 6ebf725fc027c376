"""What is installed beside the product is found; where nothing is, the product says so and goes on."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer

from cli import extensions, prepare
from cli.extensions import demo_data, find_truth
from training.tables.files import ORIGIN
from triage.domains import domains
from triage.provenance import simulated_origin
from triage.settings import Settings


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extensions, "entry_points", lambda *, group: ())


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    table = pa.Table.from_pandas(pd.DataFrame({"exception_id": ["a"]}))
    pq.write_table(table.replace_schema_metadata({ORIGIN: simulated_origin(3).encode()}), tmp_path / "cases.parquet")
    return tmp_path / "cases.parquet"


@pytest.mark.usefixtures("nothing_installed")
class TestNothingInstalled:
    def test_a_named_truth_is_refused(self, cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(typer.Exit):
            find_truth(cases, cases)
        assert "nothing installed can read it" in " ".join(capsys.readouterr().err.split())

    def test_simulated_cases_are_trained_on_with_a_warning(
        self, cases: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert find_truth(cases, None) is None
        assert "leaks are not looked for" in " ".join(capsys.readouterr().err.split())

    def test_other_cases_without_one(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        pd.DataFrame({"exception_id": ["a"]}).to_parquet(tmp_path / "own.parquet")
        assert find_truth(tmp_path / "own.parquet", None) is None
        assert capsys.readouterr().err == ""

    def test_up_starts_without_champions_and_says_so(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert demo_data() is None
        prepare._first_champions(Settings(), list(domains().values()))
        said = " ".join(capsys.readouterr().err.split())
        assert "no model for invoice_discrepancy, return_fraud" in said and "is not installed" in said


class Refusing:
    def covers(self, domain: object) -> bool:
        return False


def test_a_domain_that_the_demo_does_not_cover_starts_without_a_champion(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(prepare, "demo_data", Refusing)
    prepare._first_champions(Settings(), [domains()["return_fraud"]])
    assert "no model for return_fraud (nothing simulates" in " ".join(capsys.readouterr().err.split())


def test_an_installed_truth_is_asked_for_the_cases_and_the_named_file(
    monkeypatch: pytest.MonkeyPatch, cases: Path
) -> None:
    class Installed:
        def load(self) -> object:
            return lambda table, truth: (table, truth)

    groups = {"triage.known_truth": [Installed()]}
    monkeypatch.setattr(extensions, "entry_points", lambda *, group: groups.get(group, []))
    assert find_truth(cases, None) == (cases, None)
    assert find_truth(cases, cases) == (cases, cases)
