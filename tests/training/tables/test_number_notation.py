"""How numbers are written in a CSV file: what the mapping says is read, and what is written otherwise is refused, never
misread."""

from pathlib import Path

import pytest
from toy_domain import DOMAIN

from training.tables.cells import Notation, reader
from training.tables.mapping import MappingError, read_mapping
from training.tables.reader import Table, read_table
from training.tables.table_error import TableError

GERMAN = {"decimal": ",", "thousands": "."}
ENGLISH = {"decimal": ".", "thousands": ","}
COMMA = {"decimal": ","}
SWISS = {"thousands": "'"}


@pytest.mark.parametrize(
    ("written", "cell", "value"),
    [
        (GERMAN, "1.234,50", 1234.5),
        (GERMAN, "-1.234.567", -1234567.0),
        (GERMAN, "1234,5", 1234.5),
        (GERMAN, "0,125", 0.125),
        (GERMAN, ",5", 0.5),
        (GERMAN, "1e3", 1000.0),
        (GERMAN, "1,5E-3", 0.0015),
        (ENGLISH, "1,234.50", 1234.5),
        (ENGLISH, "12", 12.0),
        (ENGLISH, " +12.5 ", 12.5),
        (COMMA, "1234,5", 1234.5),
        (COMMA, "12", 12.0),
        (SWISS, "1'234.5", 1234.5),
        ({}, "1e3", 1000.0),
        ({}, "12.", 12.0),
        ({"negative": ("trailing minus",)}, "12.5-", -12.5),
        ({"negative": ("parentheses",)}, "(12.5)", -12.5),
        (GERMAN | {"negative": ("trailing minus",), "currency_signs": ("€",)}, "1.234,50 €-", -1234.5),
        (ENGLISH | {"negative": ("parentheses",), "currency_signs": ("$",)}, "($1,234.50)", -1234.5),
        ({"currency_signs": ("EUR",)}, "EUR 12", 12.0),
        ({"currency_signs": ("$",)}, "-$12", -12.0),
    ],
)
def test_a_number_written_as_the_file_is_said_to_write_them_is_read(
    written: dict[str, str], cell: str, value: float
) -> None:
    assert reader("number", Notation(**written))(cell) == value


@pytest.mark.parametrize(
    ("written", "cell"),
    [
        (GERMAN, "12.5"),
        (GERMAN, "1.0"),
        (GERMAN, "0.125"),  # no thousand begins with a zero
        (GERMAN, "1234.567"),
        (GERMAN, "1.234.5"),
        (GERMAN, "1,234.5"),
        (ENGLISH, "12,5"),
        (ENGLISH, "1,2345"),
        (ENGLISH, "1,234,56"),
        (ENGLISH, "1.234,5"),
        (COMMA, "1.234"),
        (COMMA, "12.5"),
        (COMMA, "1.234,5"),
        (SWISS, "12'5"),
        ({}, "1,234"),
        ({}, "12,5"),
    ],
)
def test_a_number_written_otherwise_is_refused_with_the_cure(written: dict[str, str], cell: str) -> None:
    with pytest.raises(ValueError, match=r"is not a number as the file is said to write them .*`csv: \{decimal: …"):
        reader("number", Notation(**written))(cell)


@pytest.mark.parametrize("cell", ["12-", "(12)", "€12", "12 EUR", "$(12)"])
def test_a_sign_the_file_is_not_said_to_write_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match=r"currency_signs|not a number"):
        reader("number", Notation())(cell)


@pytest.mark.parametrize(
    ("form", "cell", "day"),
    [
        ("excel serial", "46083", "2026-03-02"),
        ("excel serial", 46083.0, "2026-03-02"),
        ("excel serial 1904", "44621", "2026-03-02"),
        ("%Y%m%d", "20260302", "2026-03-02"),
        ("epoch seconds", "1772409600", "2026-03-02"),
    ],
)
def test_a_day_is_read_in_the_format_that_the_file_is_said_to_have(form: str, cell: object, day: str) -> None:
    assert reader("day", Notation(format=form))(cell).isoformat() == day


@pytest.mark.parametrize("cell", ["46083", 46083.0])
def test_a_serial_number_without_its_format_is_no_day(cell: object) -> None:
    with pytest.raises(ValueError, match="only digits"):
        reader("day", Notation())(cell)


def test_a_local_time_is_of_the_zone_of_the_file_and_refused_where_clocks_show_it_twice() -> None:
    read = reader("instant", Notation(zone="Europe/Vienna"))
    assert read("2026-07-01T10:00:00").isoformat() == "2026-07-01T10:00:00+02:00"
    with pytest.raises(ValueError, match="twice or never"):
        read("2026-10-25T02:30:00")


MAPPING = """\
domain: price_override
exception_id: id
as_of: {constant: "2026-03-01"}
payload: {receipt_id: id, listed_price: listed, charged_price: {constant: 1}}
csv: {delimiter: ";", decimal: ",", thousands: "."}
missing: [-99, n/a]
"""


def read(folder: Path, cells: list[str], keep: str = "") -> Table:
    """Read a table whose column `listed` is the price, and whose rows are numbered from 1."""
    path = folder / "t.csv"
    path.write_text("id;listed\n" + "".join(f"{at};{cell}\n" for at, cell in enumerate(cells, 1)), encoding="utf-8")
    text = MAPPING + (f"keep: [{{column: listed, {keep}}}]\n" if keep else "")
    mapping = read_mapping(text, name="map.yaml", domain=DOMAIN)
    return read_table(path, domain=DOMAIN, mapping=mapping, labelled=False)


def test_a_cell_of_another_notation_is_named_with_its_row(tmp_path: Path) -> None:
    with pytest.raises(TableError) as caught:
        read(tmp_path, ["1.234,5", "12.5"])
    (problem,) = caught.value.problems
    assert problem.startswith("t.csv: column \"listed\" (listed_price), row 2: '12.5' is not a number as the file")
    assert "decimal ',', thousands '.'" in problem


class TestKeep:
    """Conditions read cells as the rest of the mapping does."""

    @pytest.mark.parametrize(
        ("keep", "ids"), [("at_least: 100", ["1", "2"]), ("at_most: 100", ["3"]), ("in: [12.5]", ["3"])]
    )
    def test_numbers_are_compared_as_the_file_writes_them(self, tmp_path: Path, keep: str, ids: list[str]) -> None:
        assert read(tmp_path, ["1.234", "1.000,5", "12,5"], keep).dataset.exception_ids == ids

    @pytest.mark.parametrize(
        "keep", ["at_least: -1000", "at_most: 1000", "empty: false", "not_in: [-99, n/a, '-99,0']"]
    )
    def test_what_means_nothing_elsewhere_is_empty_here(self, tmp_path: Path, keep: str) -> None:
        assert read(tmp_path, ["-99", "n/a", "5", "-99,0"], keep).dataset.exception_ids == ["3"]

    def test_a_word_that_means_nothing_is_found_where_it_is_asked_for(self, tmp_path: Path) -> None:
        with pytest.raises(TableError) as caught:
            read(tmp_path, ["5", "n/a"], "in: [n/a]")
        assert caught.value.problems == [
            't.csv: column "listed" (listed_price), row 2: is empty, but required; fill it, drop such rows with '
            "`keep`, "
            "or say what to assume with `if_missing`"
        ]

    def test_a_date_bound_drops_cells_that_mean_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(TableError, match=r"no row is left of 2"):
            read(tmp_path, ["-99", "n/a"], "before: 2030-01-01")

    def test_a_number_it_cannot_read_is_refused_with_its_row(self, tmp_path: Path) -> None:
        with pytest.raises(TableError, match=r'column "listed", row 1: \'12\.5\' is not a number'):
            read(tmp_path, ["12.5"], "at_least: 100")


@pytest.mark.parametrize(
    ("csv", "expected"),
    [
        ('{decimal: ",", thousands: ","}', "decimal and thousands are both ','"),
        ('{thousands: "."}', "decimal and thousands are both '.'"),
        ('{thousands: "-"}', "'-' separates no thousands"),
        ('{thousands: "1"}', "'1' separates no thousands"),
        ("{thousands: e}", "'e' separates no thousands"),
        ('{thousands: ", "}', "', ' separates no thousands"),
        ("{delimiter: tab}", '"\\t" for a tab'),
        ("{delimiter: '\"'}", "delimiter"),
        ('{delimiter: ""}', "delimiter"),
    ],
)
def test_marks_that_could_be_part_of_a_number_are_refused_with_the_mapping(csv: str, expected: str) -> None:
    text = MAPPING.replace('{delimiter: ";", decimal: ",", thousands: "."}', csv)
    with pytest.raises(MappingError) as caught:
        read_mapping(text, name="map.yaml", domain=DOMAIN)
    (problem,) = caught.value.problems
    assert problem.startswith("map.yaml:5: csv") and expected in problem
