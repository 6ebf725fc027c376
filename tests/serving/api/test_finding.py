"""Finding over HTTP: filters, counts, files for spreadsheets, and views that people keep."""

import csv
import io
from typing import Any

import pytest
from openpyxl import load_workbook

from serving.api.sheets import write_sheet
from tests.serving.conftest import House
from triage.formulas import harmless
from triage.review.search_index import index_some


@pytest.fixture
def found(any_house: House) -> House:
    any_house.review_case(note="compressor leaks")
    any_house.review_case(note="=HYPERLINK(1)")
    with any_house.service.engine.begin() as connection:
        index_some(connection)
    return any_house


def items(house: House, query: str) -> list[dict[str, Any]]:
    answer = house.client.get(f"/v1/cases?{query}", headers=house.sign_in("ann"))
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def test_lists_counts_and_files_agree(found: House) -> None:
    assert len(items(found, "q=compressor")) == 1
    headers = found.sign_in("ann")
    counts = found.client.get("/v1/cases/counts?q=compressor", headers=headers).json()
    assert (counts["counted"], counts["complete"], counts["counts"]["state"]) == (1, True, {"open": 1})
    written = found.client.get("/v1/cases/export?state=open", headers=headers)
    assert written.headers["content-type"] == "text/csv; charset=utf-8"
    assert written.headers["content-disposition"].endswith('.csv"')
    lines = list(csv.DictReader(io.StringIO(written.content.decode("utf-8-sig"))))
    assert [line["state"] for line in lines] == ["open", "open"]
    sheet = load_workbook(io.BytesIO(found.client.get("/v1/cases/export?format=xlsx", headers=headers).content)).active
    assert sheet is not None
    assert (sheet["A1"].value, sheet.max_row) == ("exception_id", 3)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("received_from=yesterday", "received_from"),
        ("received_to=2026-11-29T10:00:00", "received_to"),
        ("received_to=2026-02-30", "received_to"),
        ("order=best", "order"),
        ("state=lost", "state"),
        ("colour=red", "colour"),
    ],
)
def test_what_is_no_filter_is_refused_by_name(found: House, query: str, field: str) -> None:
    answer = found.client.get(f"/v1/cases?{query}", headers=found.sign_in("ann"))
    assert answer.status_code == 422
    assert field in answer.text


@pytest.mark.parametrize(("query", "count"), [("received_to=2020-01-01", 0), ("received_from=2020-01-01", 2)])
def test_a_day_is_read_from_its_beginning_to_its_end(found: House, query: str, count: int) -> None:
    assert len(items(found, query)) == count


def test_views_are_kept_shared_replaced_and_deleted(found: House) -> None:
    client, ann = found.client, found.sign_in("ann")
    view = {"name": " Open  now ", "query": "?state=open&q=a b"}
    made = client.post("/v1/views", json=view, headers=ann)
    assert (made.status_code, made.json()["name"], made.json()["query"]) == (201, "Open now", "state=open&q=a+b")
    client.post("/v1/views", json=view | {"shared": True}, headers=ann)
    assert [one["own"] for one in client.get("/v1/views", headers=ann).json()["views"]] == [True]
    paul = found.sign_in("paul")
    (seen,) = client.get("/v1/views", headers=paul).json()["views"]
    assert (seen["own"], seen["owner"]) == (False, "user:ann")
    assert client.delete(f"/v1/views/{seen['view_id']}", headers=paul).status_code == 404
    assert client.delete(f"/v1/views/{seen['view_id']}", headers=found.sign_in("ann")).status_code == 204
    assert client.get("/v1/views").json()["views"] == []


@pytest.mark.parametrize("body", [{"name": "x", "query": "colour=red"}, {"name": "  ", "query": "state=open"}])
def test_a_view_of_what_is_no_filter_or_without_a_name_is_refused(found: House, body: dict[str, Any]) -> None:
    assert found.client.post("/v1/views", json=body, headers=found.sign_in("ann")).status_code == 422


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"), ("a=1", "a=1"),
        (-1.5, -1.5), (None, None), ("", ""),
    ],
)  # fmt: skip
def test_no_cell_is_run_by_a_spreadsheet(written: Any, shown: Any) -> None:
    assert harmless(written) == shown
    sheet = load_workbook(io.BytesIO(write_sheet(["a"], [[written]], "xlsx"))).active
    assert sheet is not None
    assert sheet["A2"].data_type != "f"
    assert sheet["A2"].value in (shown, None)
