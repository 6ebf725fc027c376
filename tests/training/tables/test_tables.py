"""A customer's table to a data set: CSV and parquet, what is refused and how it is said, what is left out and
counted."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from toy_domain import DOMAIN

from features.attributes.attribute_columns import Attribute
from training.tables.dataset import feature_rows
from training.tables.files import MAX_PROBLEMS
from training.tables.mapping import read_mapping
from training.tables.mapping_form import TableMapping
from training.tables.problems import Problems
from training.tables.reader import Table, read_table
from training.tables.table_error import TableError

MAPPING = """\
domain: price_override
exception_id: id
as_of: {column: at, timezone: Europe/Berlin}
payload:
  receipt_id: id
  listed_price: listed
  charged_price: charged
  cashier_id: cashier
  kind: {column: why, values: {PM: price_match, D: damage}}
  pieces: {column: pieces, missing: -99}
  flags: flags
attributes:
  region: {column: region, kind: category}
  score: {column: score, kind: number}
labels:
  cause: {column: cause, values: {match: price_match, favour: sweethearting}}
  wrong: {wrong_when: [sweethearting]}
  loss: {column: listed, scale: 0.5}
  known_at: {days_after_as_of: 10}
"""
HEADER = "id,at,listed,charged,cashier,why,pieces,flags,region,score,cause"
ROWS = [
    "R2,2026-03-02 12:00,80.00,64.5,C1,PM,-99,,north,0.5,favour",
    "R1,2026-03-01T12:00:00+00:00,10,8,C1,D,2,\"after_hours,no_receipt\",south,,match",
    "R3,2026-03-20 09:30,0.30000000000000004,0.1,C1,damage,3,,north,2,",
]  # fmt: skip


def mapping(text: str = MAPPING) -> TableMapping:
    return read_mapping(text, name="map.yaml", domain=DOMAIN)


def csv_file(folder: Path, rows: list[str], header: str = HEADER) -> Path:
    path = folder / "overrides.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def read(path: Path, text: str = MAPPING, **options: Any) -> Table:
    return read_table(path, domain=DOMAIN, mapping=mapping(text), **options)


def problems(path: Path, text: str = MAPPING) -> list[str]:
    with pytest.raises(TableError) as caught:
        read(path, text)
    return caught.value.problems


class TestKnownAt:
    """Attributes that became known after `as_of` are left out, or refused."""

    TEXT = MAPPING.replace(
        "{column: score, kind: number}", "{column: score, kind: number, known_at: {column: scored, timezone: UTC}}"
    )
    EARLY, LATE = "2026-03-01 08:00", "2026-03-04 08:00"

    def written(self, folder: Path, *known_at: str) -> Path:
        rows = [f"{row},{moment}" for row, moment in zip(ROWS, known_at, strict=True)]
        return csv_file(folder, [row.replace("south,,", "south,0.7,") for row in rows], HEADER + ",scored")

    def test_a_value_known_in_time_stays_and_a_later_one_is_left_out_and_counted(self, tmp_path: Path) -> None:
        table = read(self.written(tmp_path, self.LATE, self.EARLY, self.EARLY), self.TEXT)
        np.testing.assert_array_equal(table.dataset.columns["attributes.score"], [0.7, np.nan, 2.0])
        (odd,) = [odd for odd in table.left_out if odd.name == "score"]
        assert (odd.given, odd.count) == (3, 1)
        assert "was known only at 2026-03-04 08:00 UTC, after as_of 2026-03-02 11:00" in odd.first

    def test_an_empty_known_at_says_nothing_and_counts_as_too_late(self, tmp_path: Path) -> None:
        table = read(self.written(tmp_path, "", self.EARLY, self.EARLY), self.TEXT)
        assert np.isnan(table.dataset.columns["attributes.score"][1])

    def test_a_column_that_is_mostly_too_late_is_refused(self, tmp_path: Path) -> None:
        (problem,) = problems(self.written(tmp_path, self.LATE, self.LATE, self.EARLY), self.TEXT)
        assert 'column "score"' in problem and "and so for 2 of 3 cells" in problem

    def test_odd_values_refuse_makes_every_one_an_error(self, tmp_path: Path) -> None:
        found = problems(self.written(tmp_path, self.LATE, self.EARLY, self.EARLY), self.TEXT + "odd_values: refuse\n")
        assert len(found) == 1 and "row 1" in found[0]

    def test_its_column_must_be_there(self, tmp_path: Path) -> None:
        assert '"scored" (for attributes.score.known_at) is missing' in problems(csv_file(tmp_path, ROWS), self.TEXT)[0]


class TestReading:
    def test_a_csv_file_becomes_a_data_set_in_order_of_time(self, tmp_path: Path) -> None:
        dataset = read(csv_file(tmp_path, ROWS)).dataset
        assert dataset.exception_ids == ["R1", "R2", "R3"]
        assert dataset.columns.as_of[1] == datetime(2026, 3, 2, 11, tzinfo=UTC).timestamp()  # noon in Berlin
        assert dataset.columns["listed_price"].tolist() == [10.0, 80.0, 0.3]
        np.testing.assert_array_equal(dataset.columns["pieces"], [2.0, np.nan, 3.0])
        assert dataset.columns["kind"].tolist() == [1.0, 0.0, 1.0]
        assert dataset.columns["flags.no_receipt"].tolist() == [1.0, 0.0, 0.0]

    def test_labels_are_read_and_rows_without_one_stay_as_history(self, tmp_path: Path) -> None:
        dataset = read(csv_file(tmp_path, ROWS)).dataset
        assert dataset.cause == ["price_match", "sweethearting", None]
        np.testing.assert_array_equal(dataset.wrong, [0.0, 1.0, np.nan])
        np.testing.assert_array_equal(dataset.loss, [0.0, 40.0, np.nan])  # nothing is lost where acting was right
        assert dataset.known_at[0] - dataset.columns.as_of[0] == 10 * 86_400
        assert dataset.labels == tuple(DOMAIN.heads.labels)

    def test_history_counts_earlier_rows_and_labels_only_once_known(self, tmp_path: Path) -> None:
        dataset = read(csv_file(tmp_path, ROWS)).dataset
        names = dataset.recipe.names
        rows = feature_rows(dataset)
        assert rows[:, names.index("cashier_overrides_30d")].tolist() == [0.0, 1.0, 2.0]
        wrong = rows[:, names.index("cashier_wrong_rate")]
        assert wrong[0] == wrong[1] == 0.1  # on 2 March nothing is known yet
        assert wrong[2] == (1 + 0.1 * 5) / (2 + 5)  # on 20 March both are: one of two

    def test_parquet_and_csv_of_the_same_table_are_the_same_data(self, tmp_path: Path) -> None:
        from_csv = read(csv_file(tmp_path, ROWS)).dataset
        frame = pd.read_csv(tmp_path / "overrides.csv", dtype={"id": str})
        frame["flags"] = [None, ["after_hours", "no_receipt"], None]
        frame["region"] = frame["region"].astype("category")
        frame["at"] = pd.to_datetime(["2026-03-02 11:00", "2026-03-01 12:00", "2026-03-20 08:30"], utc=True)
        frame.to_parquet(tmp_path / "overrides.parquet")
        assert read(tmp_path / "overrides.parquet").dataset.fingerprint == from_csv.fingerprint

    def test_the_fingerprint_changes_with_a_single_cell(self, tmp_path: Path) -> None:
        first = read(csv_file(tmp_path, ROWS)).dataset.fingerprint
        assert read(csv_file(tmp_path, [ROWS[0].replace("64.5", "64.6"), *ROWS[1:]])).dataset.fingerprint != first

    def test_categories_are_learnt_from_the_table_or_given_by_a_model(self, tmp_path: Path) -> None:
        path = csv_file(tmp_path, ROWS)
        assert read(path).dataset.attributes[0].vocabulary == ("north", "south")
        known = [Attribute(name="region", kind="category", vocabulary=("south",))]
        dataset = read(path, attributes=known).dataset
        np.testing.assert_array_equal(dataset.columns["attributes.region"], [0.0, np.nan, np.nan])

    def test_whole_numbers_of_a_column_with_gaps_stay_whole_as_ids(self, tmp_path: Path) -> None:
        frame = pd.DataFrame(
            {"exception_id": [4500012345, 7.0], "as_of": pd.Timestamp("2026-01-01", tz="UTC"), "receipt_id": ["a", "b"]}
            | {
                "listed_price": [Decimal("1.10"), Decimal("2.20")],
                "charged_price": [0.1 + 0.2, 1.0],
                "note": [None, "x"],
            }
        )
        frame.to_parquet(tmp_path / "cases.parquet")
        table = read_table(tmp_path / "cases.parquet", domain=DOMAIN, labelled=False)
        assert table.dataset.exception_ids == ["4500012345", "7"]

    def test_an_outcomes_file_beside_simulated_cases_is_joined(self, tmp_path: Path) -> None:
        at = pd.Timestamp("2026-01-01", tz="UTC")
        cases = {
            "exception_id": ["a", "b"],
            "as_of": at,
            "receipt_id": ["1", "2"],
            "listed_price": 9.0,
            "charged_price": 8.0,
        }
        pd.DataFrame(cases).to_parquet(tmp_path / "cases.parquet")
        outcomes = {"exception_id": ["b", "z"], "cause": "sweethearting", "wrong": True, "loss": 3.0}
        pd.DataFrame(outcomes | {"known_at": at + pd.Timedelta(days=2), "source": "outcome"}).to_parquet(
            tmp_path / "outcomes.parquet"
        )
        table = read_table(tmp_path / "cases.parquet", domain=DOMAIN)
        assert table.dataset.cause == [None, "sweethearting"]
        assert table.dataset.label_sources == [None, "outcome"]
        assert table.notes == ("1 rows of outcomes.parquet name no case of the table",)

    def test_rows_are_kept_by_condition_and_numbers_stay_those_of_the_file(self, tmp_path: Path) -> None:
        table = read(csv_file(tmp_path, ROWS), MAPPING + "keep:\n  - {column: why, in: [D, damage]}\n")
        assert [row.number for row in table.rows] == [2, 3]
        assert table.notes == ("1 rows did not fit `keep` and were dropped",)

    def test_the_same_id_again_is_refused_or_the_last_one_taken(self, tmp_path: Path) -> None:
        path = csv_file(tmp_path, [*ROWS, ROWS[0].replace("80.00", "70")])
        (problem,) = problems(path)
        assert "row 4: exception_id 'R2' was already given in row 1" in problem and "deduplicate" in problem
        listed = read(path, MAPPING + "deduplicate: last\n").dataset.columns["listed_price"]
        assert listed.tolist() == [10.0, 70.0, 0.3]

    @pytest.mark.parametrize(("now", "told"), [
        (datetime(2026, 3, 20, 8, 30, tzinfo=UTC), []),
        (datetime(2026, 3, 20, 8, 29, tzinfo=UTC), ["1 cases lie in the future, the latest on 2026-03-20; where that "
        "cannot be, correct"]),
    ])  # fmt: skip
    def test_cases_of_the_future_are_told(self, tmp_path: Path, now: datetime, told: list[str]) -> None:
        notes = read(csv_file(tmp_path, ROWS), now=now).notes
        assert [note[: len(text)] for note, text in zip(notes, told, strict=True)] == told

    def test_decimal_commas_semicolons_and_an_old_encoding(self, tmp_path: Path) -> None:
        path = tmp_path / "alt.csv"
        path.write_bytes("id;at;listed;charged\nÄ1;31.03.2026;1.234,50;1.000\n".encode("cp1252"))
        text = """\
domain: price_override
exception_id: id
as_of: {column: at, format: "%d.%m.%Y"}
payload: {receipt_id: id, listed_price: listed, charged_price: charged}
csv: {delimiter: ";", decimal: ",", thousands: ".", encoding: cp1252}
"""
        dataset = read(path, text, labelled=False).dataset
        assert dataset.exception_ids == ["Ä1"]
        assert (dataset.columns["listed_price"][0], dataset.columns["charged_price"][0]) == (1234.5, 1000.0)


class TestLeniency:
    def test_an_odd_optional_cell_is_left_out_and_counted(self, tmp_path: Path) -> None:
        more = [f"R{n},2026-04-01 12:00,5,5,C2,PM,1,,north,1,match" for n in range(4, 9)]
        table = read(csv_file(tmp_path, [*ROWS, *more, "R9,2026-04-02 12:00,5,5,C2,PM,many,,north,1,match"]))
        (odd,) = table.left_out
        assert (odd.name, odd.count, odd.given) == ("pieces", 1, 8)
        assert "column \"pieces\", row 9: 'many' is not a number" in odd.first
        assert table.rows[-1].quality[0].code == "data_quality:payload.pieces"

    def test_a_column_that_is_mostly_odd_is_refused(self, tmp_path: Path) -> None:
        rows = [row.replace(",PM,-99", ",PM,many").replace(",D,2", ",D,few") for row in ROWS]
        (problem,) = problems(csv_file(tmp_path, rows))
        assert "overrides.csv: column \"pieces\", row 1: 'many' is not a number" in problem
        assert "2 of 3 cells" in problem

    @pytest.mark.parametrize(("letters", "left_out"), [(4_000, 0), (4_001, 1)])
    def test_an_attribute_longer_than_a_case_may_carry_is_left_out(
        self, tmp_path: Path, letters: int, left_out: int
    ) -> None:
        rows = [row.replace("north", "x" * letters) if row.startswith("R2") else row for row in ROWS]
        table = read(csv_file(tmp_path, rows))
        assert sum(odd.count for odd in table.left_out if odd.name == "region") == left_out

    @pytest.mark.parametrize("name", ["score", "listed"])
    def test_an_infinite_number_in_parquet_is_no_number(self, tmp_path: Path, name: str) -> None:
        frame = pd.read_csv(csv_file(tmp_path, ROWS)).assign(score=[0.5, 1.0, 2.0])
        frame[name] = frame[name].astype(float)
        frame.loc[1, name] = np.inf
        frame.to_parquet(tmp_path / "overrides.parquet")
        if name == "listed":
            with pytest.raises(TableError, match=r'column "listed" .*row 2: inf is not a number'):
                read(tmp_path / "overrides.parquet")
        else:
            (odd,) = (odd for odd in read(tmp_path / "overrides.parquet").left_out if odd.name == "score")
            assert (odd.count, odd.given) == (1, 3)

    def test_odd_values_may_be_refused_one_by_one(self, tmp_path: Path) -> None:
        rows = [ROWS[0], ROWS[1].replace(",D,2", ",D,-2"), ROWS[2]]
        (problem,) = problems(csv_file(tmp_path, rows), MAPPING + "odd_values: refuse\n")
        assert "column \"pieces\", row 2: '-2' should be greater than or equal to 0" in problem


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("R2,", ","), ['overrides.csv: column "id" (exception_id), row 1: is empty, but required', "`keep`"]),
        (("80.00", "  "), ['column "listed" (listed_price), row 1: is empty, but required', "if_missing"]),
        (("80.00", "eighty"), ['column "listed" (listed_price), row 1: \'eighty\' is not a number', "`values`"]),
        (("80.00", "\"1,080.00\""), ["'1,080.00' is not a number as the file is said to write them", "thousands"]),
        (("80.00", "-80"), ["row 1: '-80' should be greater than or equal to 0", "`scale`"]),
        (("80.00", "nan"), ["row 1: 'nan' is not a number"]),
        (("80.00", "1_000"), ["row 1: '1_000' is not a number"]),
        (("80.00", "1e999"), ["row 1: '1e999' is not a number"]),
        (("80.00", "\u0661"), ["row 1: '\u0661' is not a number"]),
        (("2026-03-02 12:00", "02/03/2026"), ['column "at" (as_of), row 1: \'02/03/2026\' is no date or time',
        "`format`"]),
        (("2026-03-02 12:00", "0001-01-01"), ['column "at" (as_of), row 1:', "between 1970-01-01 and 2199-12-31"]),
        (("2026-03-02 12:00", "9999-12-31"), ["between 1970-01-01 and 2199-12-31"]),
        ((",favour", ",favor"), ['column "cause", row 1: \'favor\' is no known cause', "vocabulary: own"]),
        ((",favour", ",favour,1"), ["overrides.csv: row 1 has 12 cells, but the header 11", "delimiter"]),
        ((",0.5,favour", ""), ["overrides.csv: row 1 has 9 cells, but the header 11"]),
    ],
)  # fmt: skip
def test_an_error_names_file_column_row_and_cure(tmp_path: Path, change: tuple[str, str], expected: list[str]) -> None:
    assert change[0] in ROWS[0]
    text = "\n".join(problems(csv_file(tmp_path, [ROWS[0].replace(*change, 1), *ROWS[1:]])))
    for part in expected:
        assert part in text
    assert "row 2" not in text and "row 3" not in text


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (HEADER.replace("listed", "Listed"), 'column "listed" (for payload.listed_price) is missing; did you mean '
        '"Listed"?'),
        (HEADER.replace("region", "x"), 'column "region" (for attributes.region) is missing; there are id, at, listed'),
        (HEADER.replace("cause", "reason"), 'column "cause" (for labels) is missing'),
        (HEADER.replace("why", "id"), 'column "id" stands twice in the header'),
    ],
)  # fmt: skip
def test_a_missing_column_is_named_with_the_nearest_there_is(tmp_path: Path, header: str, expected: str) -> None:
    assert any(expected in problem for problem in problems(csv_file(tmp_path, ROWS, header)))


class TestRefusals:
    def test_what_is_wrong_alike_is_one_line_with_its_count(self, tmp_path: Path) -> None:
        rows = [f"R{n},2026-03-02 12:00,x,{'y' if n == 70 else 1},,,,,,," for n in range(100)]
        listed, charged = problems(csv_file(tmp_path, rows))
        assert "row 1: 'x' is not a number" in listed
        assert listed.endswith("(and 99 more like it, in rows 2, 3, 4, 5, …)")
        assert "row 71: 'y' is not a number" in charged and "more like it" not in charged

    def test_reading_stops_after_twenty_kinds_of_problems(self) -> None:
        found = Problems("overrides.csv")
        with pytest.raises(TableError) as caught:
            for n in range(100):
                found.add(f"row {n}: of its own kind")
        assert len(caught.value.problems) == MAX_PROBLEMS + 1
        assert "row 19:" in caught.value.problems[-2] and "stopped after 20 kinds" in caught.value.problems[-1]

    def test_blank_lines_keep_their_number_and_are_no_rows(self, tmp_path: Path) -> None:
        (problem,) = problems(csv_file(tmp_path, [ROWS[0], "", ROWS[1].replace(",10,8", ",ten,8")]))
        assert "row 3: 'ten'" in problem

    @pytest.mark.parametrize(
        ("name", "content", "expected"),
        [
            ("t.csv", b"", "t.csv: is empty"),
            ("t.csv", b"\xff\xfe\x00", "t.csv: is not utf-8"),
            ("t.doc", b"", "cannot tell what it holds by its ending"),
            ("t.xlsx", b"PK", "t.xlsx: is not a workbook"),
            ("t.parquet", b"nonsense", "t.parquet: is not a parquet file"),
            ("t.csv", HEADER.encode() + b"\n", "no row is left of 0"),
            ("t.csv", HEADER.encode() + b'\nR1,"open', "t.csv: row 1: unexpected end of data"),
        ],
    )
    def test_a_file_that_is_no_table(self, tmp_path: Path, name: str, content: bytes, expected: str) -> None:
        (tmp_path / name).write_bytes(content)
        assert expected in "\n".join(problems(tmp_path / name))

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        assert "nowhere.csv: cannot be opened" in problems(tmp_path / "nowhere.csv")[0]

    def test_training_needs_labels_and_scoring_does_not(self, tmp_path: Path) -> None:
        unlabelled = csv_file(tmp_path, [row.rsplit(",", 1)[0] for row in ROWS], HEADER.removesuffix(",cause"))
        assert 'column "cause" (for labels) is missing' in problems(unlabelled)[0]
        assert np.isnan(read(unlabelled, labelled=False).dataset.wrong).all()
        assert "has no labels to learn from" in problems(unlabelled, MAPPING.partition("labels:")[0])[0]

    def test_a_label_without_a_time_is_refused(self, tmp_path: Path) -> None:
        text = MAPPING.replace("{days_after_as_of: 10}", "score")
        found = problems(csv_file(tmp_path, ["R1,2026-03-02 12:00,1,1,,,,,,,match"]), text)
        assert 'column "score" (known_at), row 1: is empty although the row has a label' in found[0]

    def test_a_category_of_too_many_values_is_an_entity(self, tmp_path: Path) -> None:
        rows = [f"R{n},2026-03-02 12:00,1,1,,,,,place {n},,match" for n in range(300)]
        assert "attribute 'region' has 300 different values" in problems(csv_file(tmp_path, rows))[0]
