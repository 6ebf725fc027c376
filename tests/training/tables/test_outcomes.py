"""A second file with what became known: read as the mapping says cells are written, the strongest label of each case
holds."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from toy_domain import DOMAIN

from training.tables.mapping import read_mapping
from training.tables.reader import Table, read_table
from training.tables.table_error import TableError
from triage.domain import Domain

MAPPING = """\
domain: price_override
exception_id: id
as_of: at
payload: {receipt_id: id, listed_price: listed, charged_price: charged}
"""
CASES = ["id,at,listed,charged", "a,2026-03-01T00:00:00Z,10,8", "b,2026-03-02T00:00:00Z,10,8"]
HEADER = "exception_id,cause,wrong,loss,known_at,source"


def read(
    folder: Path,
    outcomes: list[str],
    *,
    mapping: str = MAPPING,
    cases: list[str] = CASES,
    header: str = HEADER,
    domain: Domain = DOMAIN,
) -> Table:
    (folder / "cases.csv").write_text("\n".join(cases) + "\n")
    (folder / "found.csv").write_text("\n".join([header, *outcomes]) + "\n")
    return read_table(
        folder / "cases.csv",
        domain=domain,
        mapping=read_mapping(mapping, name="map.yaml", domain=domain),
        outcomes=folder / "found.csv",
    )


RESOLVED = "a,price_match,false,,2026-03-09T00:00:00Z,resolution"
FOUND = "a,sweethearting,true,3,2026-03-05T00:00:00Z,outcome"
SUSPECTED = "a,sweethearting,,,2026-03-20T00:00:00Z,outcome"


@pytest.mark.parametrize(("rows", "source", "wrong", "loss"), [
    ([RESOLVED], "resolution", 0.0, 0.0),
    ([FOUND, RESOLVED], "outcome", 1.0, 3.0),
    ([RESOLVED, FOUND], "outcome", 1.0, 3.0),
    ([FOUND, FOUND.replace(",3,", ",4,").replace("03-05", "03-07")], "outcome", 1.0, 4.0),
    ([FOUND.replace(",3,", ",4,").replace("03-05", "03-07"), FOUND], "outcome", 1.0, 4.0),
    ([SUSPECTED, RESOLVED], "resolution", 0.0, 0.0),
    ([RESOLVED.replace("resolution", "warehouse"), RESOLVED.replace("false", "true").replace("03-09", "03-08")],
    "warehouse", 0.0, 0.0),
])  # fmt: skip
def test_an_outcome_holds_before_a_resolution_and_of_one_source_the_last(
    tmp_path: Path, rows: list[str], source: str, wrong: float, loss: float
) -> None:
    dataset = read(tmp_path, rows).dataset
    assert (dataset.label_sources[0], dataset.wrong[0], dataset.loss[0]) == (source, wrong, loss)
    assert dataset.label_sources[1] is None


class TestWrittenAsTheMappingSays:
    def test_times_without_a_zone_are_in_its_zone(self, tmp_path: Path) -> None:
        row = FOUND.replace("2026-03-05T00:00:00Z", "2026-03-05 00:00")
        (known_at, _) = read(tmp_path, [row], mapping=MAPPING + "timezone: America/Los_Angeles\n").dataset.known_at
        assert datetime.fromtimestamp(known_at, UTC) == datetime(2026, 3, 5, 8, tzinfo=UTC)

    def test_its_delimiter_and_marks(self, tmp_path: Path) -> None:
        mapping = MAPPING + 'csv: {delimiter: ";", decimal: ","}\n'
        rows = [FOUND.replace(",3,", ",3.5,").replace(",", ";").replace("3.5", "3,5")]
        cases = [line.replace(",", ";") for line in CASES]
        table = read(tmp_path, rows, mapping=mapping, cases=cases, header=HEADER.replace(",", ";"))
        assert table.dataset.loss[0] == 3.5

    def test_cells_that_mean_nothing_to_it(self, tmp_path: Path) -> None:
        row = FOUND.replace(",3,", ",-99,")
        assert read(tmp_path, [row], mapping=MAPPING + "missing: -99\n").dataset.wrong[0] == 1.0
        with pytest.raises(TableError, match=r"-99.* is negative"):
            read(tmp_path, [row])

    @pytest.mark.parametrize("vocabulary", ["own", "[till_error, honest]"])
    def test_causes_of_its_own_vocabulary(self, tmp_path: Path, vocabulary: str) -> None:
        labels = f"labels: {{wrong: bad, known_at: {{days_after_as_of: 3}}, vocabulary: {vocabulary}}}\n"
        row = FOUND.replace("sweethearting", "till_error")
        dataset = read(tmp_path, [row], mapping=MAPPING + labels).dataset
        assert dataset.cause[0] == "till_error" and "till_error" in dataset.labels
        with pytest.raises(TableError, match="'till_error' is no known cause"):
            read(tmp_path, [row])


def test_rows_that_say_nothing_or_name_no_case_are_told(tmp_path: Path) -> None:
    table = read(tmp_path, [FOUND, "b,,,,2026-03-09T00:00:00Z,outcome", FOUND.replace("a,", "z,", 1)])
    assert table.notes == (
        "1 rows of found.csv name no case of the table",
        "1 rows of found.csv say neither a cause nor right or wrong",
    )


def test_labels_that_contradict_themselves_are_left_out_and_told(tmp_path: Path) -> None:
    settled = replace(DOMAIN, heads=replace(DOMAIN.heads, always_wrong=("sweethearting",)))
    table = read(tmp_path, [FOUND.replace("true,3", "false,"), RESOLVED.replace("a,", "b,", 1)], domain=settled)
    (note,) = table.notes
    assert note.startswith(
        "1 labels contradict themselves and were left out; the first, in row 1: sweethearting contradicts 'right'"
    )


def test_labels_from_before_their_case_are_told(tmp_path: Path) -> None:
    table = read(tmp_path, [FOUND.replace("2026-03-05", "2026-02-05")])
    assert table.notes == ("1 labels were known before their case; their case's time was taken",)
