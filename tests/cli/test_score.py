"""`triage score`: where it refuses to write before anything is read, and which policy decides each case."""

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.cli.outlet import PARENT
from tests.cli.outlet import VARIANT as OUTLET
from triage.db.database import open_engine, upgrade


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("cases.parquet", "is a file that is read"),
        ("outcomes.parquet", "is a file that is read"),
        ("truth.parquet", "is a file that is read"),
        ("scored.doc", "cannot tell what to write by its ending"),
        ("folder.csv", "is a folder; name a file in it"),
        ("cases.parquet/scored.csv", "cannot be written"),
    ],
)
def test_the_output_is_looked_at_first(tmp_path: Path, output: str, said: str) -> None:
    (tmp_path / "cases.parquet").write_bytes(b"not read")
    (tmp_path / "folder.csv").mkdir()
    call = ["score", "return_fraud", "--input", str(tmp_path / "cases.parquet"), "--output", str(tmp_path / output)]
    result = CliRunner().invoke(app, call)
    assert result.exit_code == 1 and said in result.stderr
    assert (tmp_path / "cases.parquet").read_bytes() == b"not read" and not list(tmp_path.glob("*.part"))


def test_each_case_is_decided_by_the_variant_in_force_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_HOME", str(tmp_path / "home"))
    engine = open_engine(f"sqlite:///{tmp_path / 'home' / 'triage.db'}")
    upgrade(engine)
    engine.dispose()
    (tmp_path / "outlet.yaml").write_text(OUTLET)
    cases = tmp_path / "cases.csv"
    cases.write_text(
        "exception_id,as_of,banner,claim_type,channel,sku,qty_claimed,refund_amount\n"
        "R1,2026-03-01T10:00:00Z,CITY,return,store,4711,1,20\n"
        "R2,2026-03-02T10:00:00Z,OUTLET,return,store,4711,1,20\n"
        "R3,2026-03-03T10:00:00Z,,return,store,4711,1,20\n"
    )

    def call(*words: str) -> None:
        result = CliRunner().invoke(app, list(words), catch_exceptions=False)
        assert result.exit_code == 0, result.output

    call("policy", "add", "return_fraud", str(tmp_path / "outlet.yaml"))
    call("policy", "publish", "return_fraud", f"{PARENT}-outlet", "--variant", "outlet")
    call("score", "return_fraud", "--input", str(cases), "--output", str(tmp_path / "scored.csv"))
    with (tmp_path / "scored.csv").open() as file:
        decided = {row["exception_id"]: row["policy_version"] for row in csv.DictReader(file)}
    assert decided == {"R1": PARENT, "R2": f"{PARENT}-outlet", "R3": PARENT}
