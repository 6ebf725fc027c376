"""Characters that nobody sees: refused in what names something, wherever it comes in, and kept in free text."""

import csv
from pathlib import Path
from typing import Any

import pytest

from features.fields import one_line
from tests.serving.conftest import House
from training.batch import _write_csv

ODD = {"control": "\x07", "line": "\n", "delete": "\x7f", "c1": "\x85", "override": "\u202e", "isolate": "\u2066",
       "mark": "\u200f", "arabic": "\u061c", "paragraph": "\u2029"}  # fmt: skip


@pytest.mark.parametrize("letter", ODD.values(), ids=ODD)
class TestInAName:
    def test_of_a_case_is_refused_by_its_number(self, lasting_house: House, letter: str) -> None:
        case = lasting_house.case(exception_id=f"PRO{letter}1")
        answer = lasting_house.client.post("/v1/cases", json=case, headers=lasting_house.system)
        assert answer.status_code == 422
        assert [(one["field"], f"U+{ord(letter):04X}" in one["message"]) for one in answer.json()["errors"]] == [
            ("exception_id", True)
        ]

    @pytest.mark.parametrize("field", ["site_id", "region"])
    def test_around_a_payload_is_refused_or_left_out(self, lasting_house: House, letter: str, field: str) -> None:
        case = lasting_house.case() | {field: f"A{letter}B"}
        answer = lasting_house.client.post("/v1/cases", json=case, headers=lasting_house.system)
        assert answer.status_code == 422 or f"{field}" in answer.text

    def test_in_a_payload_is_refused_where_it_is_required(self, lasting_house: House, letter: str) -> None:
        case = lasting_house.case(receipt_id=f"R{letter}1")
        answer = lasting_house.client.post("/v1/cases", json=case, headers=lasting_house.system)
        assert answer.status_code == 422, answer.text

    def test_of_a_batch_is_inside_its_answer(self, lasting_house: House, letter: str) -> None:
        cases = [lasting_house.case(), lasting_house.case(exception_id=f"PRO{letter}2")]
        answer = lasting_house.client.post("/v1/cases/batch", json={"cases": cases}, headers=lasting_house.system)
        assert [one["status"] for one in answer.json()["answers"]] == [201, 422]

    def test_of_an_outcome_finds_nothing(self, lasting_house: House, letter: str) -> None:
        outcome = {"domain": "price_override", "exception_id": f"PRO{letter}3", "wrong": True}
        answer = lasting_house.client.post("/v1/outcomes", json=outcome, headers=lasting_house.system)
        assert answer.status_code in (404, 422)

    def test_of_a_view_is_refused(self, lasting_house: House, letter: str) -> None:
        ann = lasting_house.sign_in("ann")
        view = {"name": f"mine{letter}theirs", "query": "state=open"}
        assert lasting_house.client.post("/v1/views", json=view, headers=ann).status_code == 422

    def test_of_a_key_or_a_person_is_refused(self, lasting_house: House, letter: str) -> None:
        root = lasting_house.sign_in("root")
        key: dict[str, Any] = {"verb": "create_key", "name": f"po{letter}s", "role": "viewer"}
        assert lasting_house.client.post("/admin/keys", data=key, headers=root).status_code == 422


@pytest.mark.parametrize("text", ["4711", "INV-2026/000553", "Ü-Straße 4", "مورد 12", "ספק", "日本-1", "a\u200bb"])
def test_what_people_write_is_taken(text: str) -> None:
    assert one_line(text) == text


def test_free_text_keeps_its_lines(lasting_house: House) -> None:
    case_id = lasting_house.review_case(note="first line\nsecond line")
    ann = lasting_house.sign_in("ann")
    commented = lasting_house.client.post(f"/v1/cases/{case_id}/comment", json={"text": "one\ntwo"}, headers=ann)
    assert commented.status_code == 201


@pytest.mark.parametrize("text", ['=HYPERLINK("http://evil.example")', "+1+1", "-1+1", "@SUM(A1)", "\tx"])
def test_a_scored_file_runs_nothing_in_a_spreadsheet(tmp_path: Path, text: str) -> None:
    file = tmp_path / "scored.csv"
    _write_csv(file, [{"exception_id": text, "risk": -0.5}])
    with file.open(newline="") as lines:
        assert list(csv.DictReader(lines)) == [{"exception_id": f"'{text}", "risk": "-0.5"}]
