"""What became known, and in which money: ranges of labels, flags however written, currencies that are not converted."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from toy_domain import DOMAIN

from training.tables.mapping import MappingError, read_mapping
from training.tables.reader import Table, read_table
from training.tables.table_error import TableError

CASE = {"exception_id": "R1", "as_of": "2026-03-01", "receipt_id": "R1", "listed_price": "10", "charged_price": "8"}
LABEL = {"wrong": "1", "loss": "5", "known_at": "2026-03-05"}


def csv_file(folder: Path, *rows: dict[str, Any], name: str = "cases.csv") -> Path:
    path = folder / name
    pd.DataFrame(list(rows)).to_csv(path, index=False)
    return path


def read(path: Path, **options: Any) -> Table:
    return read_table(path, domain=DOMAIN, **options)


def problems(path: Path, **options: Any) -> list[str]:
    with pytest.raises(TableError) as caught:
        read(path, **options)
    return caught.value.problems


class TestLabels:
    @pytest.mark.parametrize(
        ("cells", "expected"),
        [
            ({"loss": "-1"}, 'column "loss", row 1: -1.0 is negative; a loss is zero or more'),
            ({"loss": "1e13"}, 'column "loss", row 1: 10000000000000.0 is no loss: it must be at most '
            '1,000,000,000,000; check'),
            ({"loss": "inf"}, "column \"loss\", row 1: 'inf' is not a number"),
            ({"known_at": "1950-01-01"}, "column \"known_at\", row 1: '1950-01-01T00:00:00+00:00' does not lie between "
            "1970-01-01"),
            ({"known_at": "2200-01-01"}, "column \"known_at\", row 1: '2200-01-01T00:00:00+00:00' does not lie "
            "between"),
            ({"known_at": "9999-12-31"}, "2199-12-31 00:00 UTC; correct its `format`, or leave such rows out with "
            "`only_where`"),
            ({"as_of": "2200-01-01"}, "2199-12-31 00:00 UTC; correct its `format`, or drop such rows with `keep`"),
            ({"as_of": "2199-12-31T23:59:59"}, "'2199-12-31 23:59:59+00:00' does not lie between 1970-01-01 and "
            "2199-12-31 00:00 UTC"),
            ({"as_of": "1969-12-31T23:59:59"}, "'1969-12-31 23:59:59+00:00' does not lie between 1970-01-01"),
        ],
    )  # fmt: skip
    def test_what_no_label_can_be_is_refused_with_its_row_and_cure(
        self, tmp_path: Path, cells: dict[str, str], expected: str
    ) -> None:
        (problem,) = problems(csv_file(tmp_path, CASE | LABEL | cells))
        assert problem.startswith("cases.csv: column ") and expected in problem

    def test_an_infinite_loss_in_parquet_is_refused(self, tmp_path: Path) -> None:
        row = CASE | LABEL | {"loss": float("inf"), "listed_price": 10.0, "charged_price": 8.0}
        pd.DataFrame([row]).to_parquet(tmp_path / "cases.parquet")
        (problem,) = problems(tmp_path / "cases.parquet")
        assert problem.startswith('cases.parquet: column "loss", row 1: inf is not a number; map it')

    def test_an_outcomes_file_is_checked_as_well(self, tmp_path: Path) -> None:
        outcomes = csv_file(tmp_path, {"exception_id": "R1"} | LABEL | {"known_at": "9999-12-31"}, name="outcomes.csv")
        (problem,) = problems(csv_file(tmp_path, CASE), outcomes=outcomes)
        assert problem.startswith('outcomes.csv: column "known_at", row 1:')

    def test_the_time_of_an_unlabelled_row_is_not_looked_at(self, tmp_path: Path) -> None:
        later = CASE | {"exception_id": "R2", "wrong": "", "loss": "", "known_at": "9999-12-31"}
        table = read(csv_file(tmp_path, CASE | LABEL, later))
        assert [row.label is None for row in table.rows] == [False, True]


MAPPING = """\
domain: price_override
exception_id: exception_id
as_of: as_of
payload: {receipt_id: receipt_id, listed_price: listed_price, charged_price: charged_price}
labels:
  wrong: WRONG
  known_at: known_at
"""


class TestFlags:
    def read_wrong(self, folder: Path, wrong: str, cells: tuple[str, ...]) -> list[float]:
        rows = [CASE | LABEL | {"exception_id": f"R{cell}", "wrong": cell} for cell in cells]
        mapping = read_mapping(MAPPING.replace("WRONG", wrong), name="map.yaml", domain=DOMAIN)
        return list(read(csv_file(folder, *rows), mapping=mapping).dataset.wrong)

    def test_one_and_zero_are_flags_with_a_decimal_too(self, tmp_path: Path) -> None:
        assert self.read_wrong(tmp_path, "wrong", ("1", "0", "1.0", "0.0")) == [1.0, 0.0, 1.0, 0.0]

    @pytest.mark.parametrize("values", ["{1.0: false, 0.0: true}", "{1: false, 0: true}", '{"1": false, "0": true}'])
    def test_a_number_among_the_values_is_found_however_it_is_written(self, tmp_path: Path, values: str) -> None:
        wrong = f"{{column: wrong, values: {values}}}"
        assert self.read_wrong(tmp_path, wrong, ("1", "0", "1.0", "0.00")) == [0.0, 1.0, 0.0, 1.0]

    def test_a_code_that_begins_with_a_zero_is_no_number(self, tmp_path: Path) -> None:
        mapping = read_mapping(
            MAPPING.replace("WRONG", "{column: wrong, values: {1: true, 0: false}}"), name="map.yaml", domain=DOMAIN
        )
        (problem,) = problems(csv_file(tmp_path, CASE | LABEL | {"wrong": "01"}), mapping=mapping)
        assert "'01' is neither true nor false" in problem


class TestCurrencies:
    def rows(self, *currencies: str, **more: str) -> list[dict[str, str]]:
        return [
            CASE | LABEL | more | {"exception_id": f"R{at}", "currency": code} for at, code in enumerate(currencies)
        ]

    def test_several_currencies_without_a_rate_are_noted_with_the_cure(self, tmp_path: Path) -> None:
        table = read(csv_file(tmp_path, *self.rows("EUR", "EUR", "JPY", "")))
        assert table.notes == (
            "3 rows name their currency and have no fx_rate (2 in EUR, 1 in JPY, 1 say none): all money counts as if "
            "it were "
            "one currency; map `fx_rate`, the reporting currency per unit",
        )

    @pytest.mark.parametrize("rows", [("EUR", "EUR"), ("", "")])
    def test_a_single_currency_is_not(self, tmp_path: Path, rows: tuple[str, ...]) -> None:
        assert read(csv_file(tmp_path, *self.rows(*rows))).notes == ()

    def test_converted_ones_are_not(self, tmp_path: Path) -> None:
        table = read(csv_file(tmp_path, *self.rows("EUR", "JPY", fx_rate="0.5")))
        assert (table.notes, table.dataset.columns["listed_price"].tolist()) == ((), [5.0, 5.0])

    @pytest.mark.parametrize("code", ["eur", "EURO", "€", "978", "E1R"])
    def test_a_code_is_checked_as_the_service_checks_it(self, tmp_path: Path, code: str) -> None:
        (problem,) = problems(csv_file(tmp_path, *self.rows("EUR", code)))
        assert problem.startswith('cases.csv: column "currency", row 2: ')
        assert "is no currency code, three capital letters such as EUR; map it with `values`" in problem

    def test_a_constant_code_is_checked_with_the_mapping(self) -> None:
        text = MAPPING.replace("WRONG", "wrong") + "currency: {constant: euro}\n"
        with pytest.raises(MappingError, match=r"map\.yaml:8: currency\.constant: 'euro' is no currency code"):
            read_mapping(text, name="map.yaml", domain=DOMAIN)

    @pytest.mark.parametrize("rate", ["0.000001", "1000000"])
    def test_the_bounds_of_a_rate_are_rates(self, tmp_path: Path, rate: str) -> None:
        assert read(csv_file(tmp_path, *self.rows("EUR", fx_rate=rate))).rows

    @pytest.mark.parametrize("rate", ["0", "-1", "1e-7", "1000001"])
    def test_a_rate_that_is_none_is_refused_with_its_range(self, tmp_path: Path, rate: str) -> None:
        (problem,) = problems(csv_file(tmp_path, *self.rows("EUR", fx_rate=rate)))
        assert (
            "is no exchange rate: it must lie between 0.000001 and 1,000,000, the reporting currency per unit"
            in problem
        )


def test_an_attribute_known_only_at_the_end_of_time_is_left_out(tmp_path: Path) -> None:
    text = MAPPING.replace("WRONG", "wrong") + (
        "attributes: {score: {column: score, kind: number, known_at: {column: scored, timezone: America/Chicago}}}\n"
    )
    rows = [
        CASE | LABEL | {"exception_id": f"R{at}", "score": "1", "scored": at} for at in ("2026-01-01", "2026-01-02")
    ]
    path = csv_file(tmp_path, *rows, rows[0] | {"exception_id": "R3", "scored": "9999-12-31T23:00"})
    table = read(path, mapping=read_mapping(text, name="map.yaml", domain=DOMAIN))
    (odd,) = table.left_out
    assert odd.count == 1 and "was known only after 2199, after as_of 2026-03-01 00:00 UTC" in odd.first
