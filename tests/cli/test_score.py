"""`triage score` refuses, before anything is read, to write where it must not or cannot."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("cases.parquet", "is a file that is read"),
        ("outcomes.parquet", "is a file that is read"),
        ("truth.parquet", "is a file that is read"),
        ("scored.xlsx", "cannot tell what to write by its ending"),
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
