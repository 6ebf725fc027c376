"""Columns that are not in the file itself: written otherwise, computed, joined from other files and sheets."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
import xlsxwriter
from toy_domain import DOMAIN

from training.tables.mapping import MappingError, read_mapping
from training.tables.reader import Table, read_table
from training.tables.table_error import TableError

BASE = """\
domain: price_override
exception_id: id
as_of: {column: at, format: "%d.%m.%Y"}
csv: {delimiter: ";", decimal: ",", thousands: "."}
payload: {receipt_id: id, listed_price: listed, charged_price: CHARGED}
"""
HEADER = "id;at;listed;charged;margin"
ROWS = ["R1;01.03.2026;1.200,50;8.5;25", "R2;02.03.2026;40;30.25;", "R3;03.03.2026;10;5;0"]


def text(charged: str = '{column: charged, decimal: "."}', more: str = "") -> str:
    return BASE.replace("CHARGED", charged) + more


def table(folder: Path, mapping: str, rows: list[str] = ROWS, header: str = HEADER) -> Table:
    path = folder / "t.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    read = read_mapping(mapping, name="m.yaml", domain=DOMAIN)
    return read_table(path, domain=DOMAIN, mapping=read, labelled=False, keep_payloads=True)


def values(read: Table, name: str) -> list[Any]:
    return [row.attributes.get(name, getattr(row.payload, name, None)) for row in read.rows]


class TestEachColumnItsOwnWay:
    def test_one_column_writes_a_point_where_the_file_writes_a_comma(self, tmp_path: Path) -> None:
        read = table(tmp_path, text())
        assert [float(value) for value in values(read, "listed_price")] == [1200.5, 40.0, 10.0]
        assert [float(value) for value in values(read, "charged_price")] == [8.5, 30.25, 5.0]

    def test_two_equal_marks_are_refused(self) -> None:
        with pytest.raises(MappingError, match="decimal and thousands are both"):
            read_mapping(text('{column: charged, decimal: ".", thousands: "."}'), name="m.yaml", domain=DOMAIN)

    def test_a_default_of_null_leaves_out_what_is_not_listed(self, tmp_path: Path) -> None:
        own = "attributes: {a: {column: id, kind: category, values: {R1: first}, default: null}}\n"
        read = table(tmp_path, text(more=own))
        assert values(read, "a") == ["first", None, None]


class TestComputed:
    def test_a_margin_in_percent_times_a_price(self, tmp_path: Path) -> None:
        more = """computed:
  margin_value:
    expression: listed * margin / 100.0
    of: {listed: {column: listed, kind: number}, margin: {column: margin, kind: number}}
attributes: {margin_value: {column: margin_value, kind: number}}
"""
        assert values(table(tmp_path, text(more=more)), "margin_value") == [300.125, None, 0.0]

    def test_days_between_dates_and_what_another_computed_column_gives(self, tmp_path: Path) -> None:
        more = """computed:
  twice: {expression: days * 2.0, of: {days: {column: days, kind: number}}}
  days:
    expression: at - base
    of: {at: {column: at, kind: day, format: "%d.%m.%Y"}, base: {constant: 2026-03-01, kind: day}}
attributes: {twice: {column: twice, kind: number}}
"""
        assert values(table(tmp_path, text(more=more)), "twice") == [0.0, 2.0, 4.0]

    @pytest.mark.parametrize(
        ("expression", "said"),
        [
            ("listed * 2", "type error"),
            ("listed + nothing", "unknown name 'nothing'"),
            ("listed > 1.0", "gives bool, not a number"),
            ("listed *", "not a CEL expression"),
        ],
    )
    def test_an_expression_is_checked_before_anything_is_read(self, expression: str, said: str) -> None:
        more = f"computed: {{c: {{expression: '{expression}', of: {{listed: {{column: listed, kind: number}}}}}}}}\n"
        with pytest.raises(MappingError) as caught:
            read_mapping(text(more=more), name="m.yaml", domain=DOMAIN)
        assert said in str(caught.value) and "computed.c.expression" in str(caught.value)

    def test_a_column_that_reads_itself_is_refused(self) -> None:
        one = "{expression: NAME, of: {NAME: {column: NAME, kind: number}}}"
        more = f"computed: {{a: {one.replace('NAME', 'b')}, b: {one.replace('NAME', 'a')}}}\n"
        with pytest.raises(MappingError, match="reads itself, by way of a and b"):
            read_mapping(text(more=more), name="m.yaml", domain=DOMAIN)

    def test_the_truth_is_found_behind_an_expression(self) -> None:
        more = """computed: {hint: {expression: margin, of: {margin: {column: margin, kind: number}}}}
attributes: {hint: {column: hint, kind: number}}
labels: {wrong: {column: margin, values: {"0": false}, default: true}, known_at: {days_after_as_of: 3}}
"""
        with pytest.raises(MappingError, match="the truth that is known only later"):
            read_mapping(text(more=more), name="m.yaml", domain=DOMAIN)


RECEIPTS = ["order;qty;booked", "0001;3;28.02.2026", "0001;4;02.03.2026", "0002;5;01.03.2026"]


class TestJoined:
    MORE = """join:
  receipts:
    file: receipts.csv
    by: {order: order}
    columns: {received: {column: qty, kind: number, take: sum}, times: {column: qty, take: count}}
    known_at: {column: booked, format: "%d.%m.%Y"}
attributes: {received: {column: receipts.received, kind: number}, times: {column: receipts.times, kind: number}}
"""
    ROWS: ClassVar = [f"{row};{order}" for row, order in zip(ROWS, ("0001", "0002", "0009"), strict=True)]

    def joined(self, folder: Path, more: str, receipts: list[str] = RECEIPTS) -> Table:
        (folder / "receipts.csv").write_text("\n".join(receipts) + "\n", encoding="utf-8")
        return table(folder, text(more=more), self.ROWS, HEADER + ";order")

    def test_only_what_was_known_when_the_case_came_up_counts(self, tmp_path: Path) -> None:
        read = self.joined(tmp_path, self.MORE)
        assert values(read, "received") == [3.0, 5.0, None]
        assert values(read, "times") == [1.0, 1.0, 0.0]
        assert any("2 of 3 keys are in receipts.csv" in note for note in read.notes)
        assert any("1 rows were not known yet by as_of" in note for note in read.notes)

    def test_without_a_time_all_rows_of_the_key_count(self, tmp_path: Path) -> None:
        more = "".join(line for line in self.MORE.splitlines(True) if "known_at" not in line)
        assert values(self.joined(tmp_path, more), "received") == [7.0, 5.0, None]

    def test_several_rows_of_one_key_ask_which_counts(self, tmp_path: Path) -> None:
        with pytest.raises(TableError, match=r"1 keys stand in several rows \(0001, …\); say which counts for rec"):
            self.joined(tmp_path, self.MORE.replace(", take: sum", ""))

    def test_keys_that_differ_by_leading_zeros(self, tmp_path: Path) -> None:
        receipts = [row.replace("000", "") for row in RECEIPTS]
        read = self.joined(tmp_path, self.MORE, receipts)
        assert values(read, "received") == [None, None, None]
        assert any("ignore_leading_zeros: true" in note for note in read.notes)
        read = self.joined(tmp_path, self.MORE.replace("    by:", "    ignore_leading_zeros: true\n    by:"), receipts)
        assert values(read, "received") == [3.0, 5.0, None]

    def test_a_missing_column_is_named_with_its_file(self, tmp_path: Path) -> None:
        with pytest.raises(TableError, match=r'receipts.csv: column "quantity" \(for join.receipts\) is missing'):
            self.joined(tmp_path, self.MORE.replace("column: qty, kind", "column: quantity, kind"))


class TestWorkbooks:
    def test_a_named_sheet_below_a_title(self, tmp_path: Path) -> None:
        path = tmp_path / "t.xlsx"
        with xlsxwriter.Workbook(path) as book:
            book.add_worksheet("cover").write(0, 0, "nothing here")
            sheet = book.add_worksheet("Positionen")
            day = book.add_format({"num_format": "dd.mm.yyyy"})
            sheet.write_row(0, 0, ["Stand heute"])
            sheet.write_row(1, 0, ["id", "at", "listed", "charged"])
            for row in range(2):
                sheet.write(row + 2, 0, f"R{row}")
                sheet.write_datetime(row + 2, 1, datetime(2026, 3, 1 + row), day)
                sheet.write_row(row + 2, 2, [10, 8.5])
        mapping = (
            text("charged")
            .replace(', format: "%d.%m.%Y"', "")
            .replace('{delimiter: ";", ', "{sheet: Positionen, skip_lines: 1, ")
        )
        read = read_table(
            path,
            domain=DOMAIN,
            mapping=read_mapping(mapping, name="m", domain=DOMAIN),
            labelled=False,
            keep_payloads=True,
        )
        assert [row.exception_id for row in read.rows] == ["R0", "R1"]
        assert read.rows[1].as_of == datetime(2026, 3, 2, tzinfo=UTC)
        assert values(read, "charged_price") == [8.5, 8.5]
        with pytest.raises(TableError, match='has no sheet "Pos"; there are cover, Positionen'):
            read_table(
                path, domain=DOMAIN, mapping=read_mapping(mapping.replace("Positionen", "Pos"), name="m", domain=DOMAIN)
            )
