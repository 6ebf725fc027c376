"""Files as they really come: other delimiters, headers with gaps, other encodings, damaged pages, dates beyond the
calendar."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from toy_domain import DOMAIN

from training.tables.files import ORIGIN, read_chunks, read_header
from training.tables.mapping import read_mapping
from training.tables.mapping_form import CsvForm
from training.tables.reader import Table, read_table
from training.tables.table_error import TableError
from triage.provenance import simulated_origin

HEADER = "exception_id,as_of,receipt_id,listed_price,charged_price"
ROW = "R1,2026-03-01,R1,10,8"


def read(path: Path, mapping: str | None = None) -> Table:
    form = read_mapping(mapping, name="map.yaml", domain=DOMAIN) if mapping is not None else None
    return read_table(path, domain=DOMAIN, mapping=form, labelled=False)


def problems(path: Path, mapping: str | None = None) -> list[str]:
    with pytest.raises(TableError) as caught:
        read(path, mapping)
    return caught.value.problems


def csv_file(folder: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = folder / "cases.csv"
    path.write_bytes("\r\n".join([*lines, ""]).encode(encoding))
    return path


class TestDelimiters:
    @pytest.mark.parametrize(("delimiter", "shown"), [(";", ";"), ("\t", "\\t"), ("|", "|")])
    @pytest.mark.parametrize("quote", ['"', ""])
    def test_a_header_written_with_another_delimiter_is_refused_with_the_one_it_has(
        self, tmp_path: Path, delimiter: str, shown: str, quote: str
    ) -> None:
        header = delimiter.join(f"{quote}{name}{quote}" for name in HEADER.split(","))
        (problem,) = problems(csv_file(tmp_path, header, ROW.replace(",", delimiter)))
        assert problem.startswith("cases.csv: header: ")
        assert f'`csv: {{delimiter: "{shown}"}}`' in problem

    def test_a_broken_quote_in_the_header_is_named(self, tmp_path: Path) -> None:
        (problem,) = problems(csv_file(tmp_path, '"exception_id"x,as_of', "R1,2026-03-01"))
        assert problem.startswith("cases.csv: header: ") and "check quotes and delimiter" in problem


class TestHeaders:
    def test_empty_columns_without_a_name_at_the_end_are_ignored(self, tmp_path: Path) -> None:
        path = csv_file(tmp_path, HEADER + ",, ", ROW + ",, ")
        assert read_header(path, CsvForm()) == HEADER.split(",")
        assert read(path).dataset.exception_ids == ["R1"]

    def test_a_cell_in_a_column_without_a_name_is_refused(self, tmp_path: Path) -> None:
        (problem,) = problems(csv_file(tmp_path, HEADER + ",,", ROW + ",,", ROW + ",,8"))
        assert problem == (
            "cases.csv: column 7, row 2: '8' stands in a column without a name; name it in the header, or empty it"
        )

    def test_several_columns_without_a_name_are_refused_with_their_places(self, tmp_path: Path) -> None:
        (problem,) = problems(csv_file(tmp_path, "," + HEADER.replace(",as_of", ",,as_of"), "0," + ROW))
        assert problem == "cases.csv: columns 1 and 3 have no name in the header; name them, or take them out"

    def test_an_index_that_pandas_wrote_first_may_stay_without_a_name(self, tmp_path: Path) -> None:
        assert read(csv_file(tmp_path, "," + HEADER, "0," + ROW)).dataset.exception_ids == ["R1"]

    def test_a_name_given_twice_is_refused_with_the_cure(self, tmp_path: Path) -> None:
        (problem,) = problems(csv_file(tmp_path, HEADER + ",as_of", ROW + ",x"))
        assert problem == 'cases.csv: column "as_of" stands twice in the header; rename one of them, or take it out'


class TestEncodings:
    MAPPING = """\
domain: price_override
exception_id: exception_id
as_of: as_of
payload: {receipt_id: receipt_id, listed_price: listed_price, charged_price: charged_price}
csv: {encoding: ENCODING}
"""

    def test_utf_16_without_its_mark_is_refused_with_the_cure(self, tmp_path: Path) -> None:
        path = csv_file(tmp_path, HEADER, ROW, encoding="utf-16-le")
        (problem,) = problems(path, self.MAPPING.replace("ENCODING", "utf-16"))
        assert problem.startswith("cases.csv: is not utf-16 (") and "`csv: {encoding: utf-16-le}`" in problem
        assert read(path, self.MAPPING.replace("ENCODING", "utf-16-le")).dataset.exception_ids == ["R1"]


def parquet_file(folder: Path, **changed: Any) -> Path:
    columns = {
        "exception_id": ["R1", "R2", "R3"], "as_of": pa.array([0, 1, 2], pa.timestamp("s", tz="UTC")),
        "receipt_id": ["1", "2", "3"], "listed_price": [1.0, 2.0, 3.0], "charged_price": [1.0, 2.0, 3.0],
    }  # fmt: skip
    path = folder / "cases.parquet"
    pq.write_table(pa.table(columns | changed), path)
    return path


YEAR_10000_IN_SECONDS = 253_402_300_800


class TestParquetDates:
    @pytest.mark.parametrize("unit", ["ms", "us"])
    @pytest.mark.parametrize("zone", ["UTC", None])
    def test_an_instant_beyond_the_year_9999_is_refused_with_its_row(
        self, tmp_path: Path, unit: str, zone: str | None
    ) -> None:
        beyond = YEAR_10000_IN_SECONDS * {"ms": 1_000, "us": 1_000_000}[unit]
        path = parquet_file(tmp_path, as_of=pa.array([0, beyond, None], pa.timestamp(unit, tz=zone)))
        beyond_end, empty = problems(path)
        assert beyond_end.startswith('cases.parquet: column "as_of", row 2: \'10000-01-01T00:00:00')
        assert "lies beyond the years 1 to 9999" in beyond_end and "`keep`" in beyond_end
        assert "row 3: is empty" in empty

    def test_an_instant_that_would_wrap_around_in_microseconds_is_refused_too(self, tmp_path: Path) -> None:
        path = parquet_file(tmp_path, as_of=pa.array([0, 2**63 - 1, -(2**62)], pa.timestamp("ms", tz="UTC")))
        (problem,) = problems(path)
        assert problem.split(": ")[1] == 'column "as_of", row 2' and problem.endswith("(and 1 more like it, in rows 3)")

    @pytest.mark.parametrize("kind", [pa.date32(), pa.date64()])
    def test_a_day_beyond_the_year_9999_is_left_out_of_an_optional_field(self, tmp_path: Path, kind: Any) -> None:
        day = 86_400_000 if kind == pa.date64() else 1
        table = read(parquet_file(tmp_path, delivered_on=pa.array([5_000_000 * day, 20_000 * day, 20_001 * day], kind)))
        (odd,) = table.left_out
        assert (odd.name, odd.count, odd.given) == ("delivered_on", 1, 3)
        assert "row 1: '15659-07-15' lies beyond the years 1 to 9999" in odd.first

    def test_days_and_instants_stay_what_they_are(self, tmp_path: Path) -> None:
        path = parquet_file(tmp_path, delivered_on=pa.array([0, None, -1], pa.date32()))
        (chunk,) = read_chunks(path, CsvForm(), ["delivered_on", "as_of"])
        assert chunk.columns["delivered_on"] == [date(1970, 1, 1), None, date(1969, 12, 31)]
        assert [moment.isoformat() for moment in chunk.columns["as_of"]][1] == "1970-01-01T00:00:01+00:00"


class TestOrigin:
    @pytest.mark.parametrize("name", ["not_simulated.csv", "simulated.csv", "simulated, seed 1.csv"])
    def test_a_csv_file_is_not_synthetic_whatever_its_name(self, tmp_path: Path, name: str) -> None:
        dataset = read(csv_file(tmp_path, HEADER, ROW).rename(tmp_path / name)).dataset
        assert (dataset.origin, dataset.synthetic) == (name, False)

    @pytest.mark.parametrize(
        ("stated", "synthetic"),
        [(simulated_origin(7), True), ("returns of 2025, simulated tills left out", False), (None, False)],
    )
    def test_a_parquet_file_is_what_its_metadata_state(
        self, tmp_path: Path, stated: str | None, synthetic: bool
    ) -> None:
        table = pq.read_table(parquet_file(tmp_path))
        path = tmp_path / "simulated.parquet"
        pq.write_table(table.replace_schema_metadata({ORIGIN: stated} if stated else {}), path)
        dataset = read(path).dataset
        assert (dataset.origin, dataset.synthetic) == (stated or "simulated.parquet", synthetic)


class TestParquetFiles:
    def test_a_name_given_twice_is_refused_with_the_cure(self, tmp_path: Path) -> None:
        path = tmp_path / "cases.parquet"
        pq.write_table(pa.table([["R1"], ["R2"]], names=["exception_id", "exception_id"]), path)
        (problem,) = problems(path)
        assert problem == (
            'cases.parquet: column "exception_id" stands twice in the header; rename one of them, or take it out'
        )

    def test_a_damaged_page_is_refused_with_the_file_and_the_cure(self, tmp_path: Path) -> None:
        numbers = np.random.default_rng(0).random(5_000)
        names = [str(number) for number in numbers]
        path = parquet_file(
            tmp_path, exception_id=names, receipt_id=names, listed_price=numbers, charged_price=numbers,
            as_of=pa.array(np.arange(5_000), pa.timestamp("s", tz="UTC")),
        )  # fmt: skip
        content = bytearray(path.read_bytes())
        content[100:30_000] = b"\xff" * 29_900
        path.write_bytes(content)
        (problem,) = problems(path)
        assert problem.startswith("cases.parquet: is damaged after row 0 (") and "write it anew" in problem

    @pytest.mark.parametrize("cell", ["", "   "])
    def test_a_blank_text_is_an_empty_cell_as_in_csv(self, tmp_path: Path, cell: str) -> None:
        path = parquet_file(
            tmp_path, exception_id=["R1", "R2"], as_of=["2026-03-01"] * 2, receipt_id=["R1", "R2"],
            listed_price=[10.0] * 2,
            charged_price=[8.0] * 2, cashier_id=["C1", cell],
        )  # fmt: skip
        table = read(path)
        assert table.dataset.columns.strings["cashier_id"] == ["C1", None] and not table.left_out

    @pytest.mark.parametrize(("cell", "expected"), [
        ("", 'row 2: is empty, but required'), ("R\x00", "row 2: 'R\\x00' holds a NUL character"),
    ])  # fmt: skip
    def test_an_id_that_the_service_would_refuse_is_refused(self, tmp_path: Path, cell: str, expected: str) -> None:
        path = parquet_file(
            tmp_path, exception_id=["R1", cell], as_of=["2026-03-01"] * 2, receipt_id=["R1", "R2"],
            listed_price=[10.0] * 2,
            charged_price=[8.0] * 2,
        )  # fmt: skip
        (problem,) = problems(path)
        assert expected in problem
