"""A file of truth: what it must hold, and how it says what it does not."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lab.truth import read_truth
from training.tables.table_error import TableError

COLUMNS: dict[str, list[Any]] = {
    "exception_id": ["a", "b"],
    "cause": ["lost", "harmless"],
    "wrong": [True, False],
    "loss": [5.0, 0.0],
    "p_wrong": [0.7, 0.1],
    "expected_impact": [6.0, 5.0],
    "expected_loss": [4.2, 0.5],
    "p_lost": [0.9, 0.2],
    "p_harmless": [0.1, 0.8],
}


def written(folder: Path, ending: str, **changed: Any) -> Path:
    frame = pd.DataFrame(COLUMNS | changed)
    path = folder / f"truth.{ending}"
    frame.to_csv(path, index=False) if ending == "csv" else frame.to_parquet(path)
    return path


class TestReading:
    @pytest.mark.parametrize("ending", ["csv", "parquet"])
    @pytest.mark.parametrize("wrong", [[True, False], [1, 0], [1.0, 0.0], ["true", "False"], ["1", "0"]])
    def test_wrong_is_read_however_a_flag_is_written(self, tmp_path: Path, ending: str, wrong: list[Any]) -> None:
        truth = read_truth(written(tmp_path, ending, wrong=wrong))
        assert truth.wrong.tolist() == [1.0, 0.0]
        assert (truth.loss.tolist(), truth.p_causes.tolist()) == ([5.0, 0.0], [[0.9, 0.1], [0.2, 0.8]])

    def test_cases_without_truth_are_refused_with_file_and_cure(self, tmp_path: Path) -> None:
        truth = read_truth(written(tmp_path, "parquet"))
        with pytest.raises(TableError) as caught:
            truth.of(["b"]).of(["b", "x", "y"])
        assert caught.value.problems == [
            "truth.parquet: the truth is missing for 2 of 3 cases, e.g. x; give the truth.parquet that was written "
            "with these "
            "cases, or none"
        ]


@pytest.mark.parametrize(
    ("column", "cells", "expected"),
    [
        ("wrong", ["true", "yes"], "column \"wrong\", row 2: 'yes' is neither true nor false; write true or false"),
        ("wrong", [1, 2], 'column "wrong", row 2: 2 is neither true nor false'),
        ("wrong", [True, None], 'column "wrong", row 2: is empty and is neither true nor false'),
        ("loss", [5.0, float("inf")], 'column "loss", row 2: inf is no amount: it must be a finite number of at '
        'least 0'),
        ("expected_loss", [float("nan"), 0.5], 'column "expected_loss", row 1: is empty and is no amount'),
        ("expected_loss", [4.2, -0.5], 'column "expected_loss", row 2: -0.5 is no amount'),
        ("expected_loss", ["4.2", "much"], "column \"expected_loss\", row 2: 'much' is no amount"),
        ("expected_impact", [-6.0, 5.0], 'column "expected_impact", row 1: -6.0 is no amount'),
        ("p_wrong", [0.7, 1.5], 'column "p_wrong", row 2: 1.5 is no probability'),
        ("p_lost", [0.9, -0.2], 'column "p_lost", row 2: -0.2 is no probability'),
        ("p_lost", [0.9, 0.3], "row 2: the p_CAUSE sum to 1.1, but those of every row must sum to 1"),
        ("exception_id", ["a", "a"], "column \"exception_id\", row 2: 'a' was already given in row 1; take one of "
        "them out"),
        ("exception_id", ["a", None], 'column "exception_id", row 2: is empty; every row names its case'),
        ("cause", ["lost", "harmles"], "column \"cause\", row 2: 'harmles' has no column p_CAUSE; did you mean "
        "\"harmless\"?"),
        ("cause", [None, "lost"], 'column "cause", row 1: is empty and has no column p_CAUSE'),
    ],
)  # fmt: skip
def test_an_odd_cell_is_refused_with_column_row_value_and_cure(
    tmp_path: Path, column: str, cells: list[Any], expected: str
) -> None:
    with pytest.raises(TableError) as caught:
        read_truth(written(tmp_path, "parquet", **{column: cells}))
    (problem,) = caught.value.problems
    assert problem.startswith(f"truth.parquet: {expected}")


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (pd.DataFrame(COLUMNS).head(0), "truth.csv: holds no row"),
        (
            pd.DataFrame(COLUMNS).drop(columns="wrong"),
            "truth.csv: has no wrong; write it anew with `triage simulate`, or take it away",
        ),
        (pd.DataFrame(COLUMNS).drop(columns="p_wrong"), "truth.csv: has no p_wrong; write it anew"),
        (pd.DataFrame(COLUMNS).drop(columns=["p_lost", "p_harmless"]), "truth.csv: has no p_CAUSE"),
    ],
)
def test_a_file_that_holds_no_truth_is_refused(tmp_path: Path, frame: pd.DataFrame, expected: str) -> None:
    frame.to_csv(tmp_path / "truth.csv", index=False)
    with pytest.raises(TableError, match=expected):
        read_truth(tmp_path / "truth.csv")
