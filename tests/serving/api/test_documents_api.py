"""Documents sent to the API are kept, matched with what is known, and become cases where they differ; on both
databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from features.documents.trade_document import TradeDocument
from tests.features.documents.bills import bill, order, receipt
from tests.serving.conftest import House, open_house
from triage.db.audit_chain import verify_audit
from triage.db.document_schema import document_files, documents
from triage.documents.document_store import lock_orders
from triage.documents.schematron import Schematron
from triage.domains.invoice_discrepancy import DOMAIN
from triage.identity.access import Principal

EXAMPLES = Path(__file__).parents[3] / "examples" / "documents"
CLERK = Principal(name="key:clerk", grants=frozenset({("service", None)}))
NET = {"gtin": "4001", "net": "50.00"}
PAYABLE: dict[str, Any] = {"lines": "50.00", "net": "50.00", "vat": "0", "gross": "50.00", "payable": "50.00"}


@pytest.fixture
def office(sqlite_engine: Engine, tmp_path: Path) -> Iterator[House]:
    """An app with the domain of invoices, over SQLite."""
    yield from open_house(sqlite_engine, tmp_path, domain=DOMAIN)


@pytest.fixture
def any_office(engine: Engine, tmp_path: Path) -> Iterator[House]:
    """An app with the domain of invoices, over SQLite and over PostgreSQL."""
    yield from open_house(engine, tmp_path, domain=DOMAIN)


def send(house: House, *content: TradeDocument | bytes, status: int = 201) -> dict[str, Any]:
    """Send documents and give what came of the last one."""
    for each in content:
        body = each.model_dump_json(exclude_none=True).encode() if isinstance(each, TradeDocument) else each
        answer = house.client.post("/v1/documents?synthetic=true", content=body, headers=house.system)
        assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()["documents"][-1]
    return found


def shown(house: House, document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = house.client.get(f"/v1/documents/{document['document_id']}", headers=house.system).json()
    return found


def case(house: House, document: dict[str, Any], at: int = 0) -> dict[str, Any]:
    case_id = document["cases"][at]["case_id"]
    found: dict[str, Any] = house.client.get(f"/v1/cases/{case_id}", headers=house.system).json()
    return found


def invoice(**changes: Any) -> TradeDocument:
    return bill(NET | changes.pop("line", {}), totals=PAYABLE | changes.pop("totals", {}), **changes)


ORDERED, RECEIVED = order({"line_id": "10", "gtin": "4001"}), receipt({"gtin": "4001"})


def test_every_example_becomes_what_it_says(any_office: House) -> None:
    for name in ("order-4500012345.xml", "orders.csv", "receipt-GR-881.xml", "receipts.csv"):
        assert send(any_office, (EXAMPLES / name).read_bytes())["state"] == "kept"
    states = {
        name: send(any_office, (EXAMPLES / name).read_bytes())
        for name in (
            "invoice-R-2026-118.xml", "invoice-7731-cii.xml", "invoice-L-5501.edi", "invoice-M-77-idoc.xml",
            "unreadable.xml",
        )
    }  # fmt: skip
    assert {name: (each["state"], each["problems"]) for name, each in states.items()} == {
        "invoice-R-2026-118.xml": ("matched", []),
        "invoice-7731-cii.xml": ("exception", ["It charges what the order does not."]),
        "invoice-L-5501.edi": ("matched", []),
        "invoice-M-77-idoc.xml": (
            "exception", ["The price is above the order's.", "More is billed than was received."]
        ),
        "unreadable.xml": ("unreadable", []),
    }  # fmt: skip
    assert states["unreadable.xml"]["reason"] == "malformed"


def test_a_case_carries_the_evidence(office: House) -> None:
    send(office, ORDERED, receipt({"gtin": "4001", "quantity": 8}, complete=True))
    found = send(office, invoice(line={"price": "6.00", "net": "60.00"}, totals=dict.fromkeys(
        ("lines", "net", "gross", "payable"), "60.00")))  # fmt: skip
    assert found["state"] == "exception"
    judged = case(office, found)
    payload = judged["payload"]
    assert {name: payload[name] for name in ("po_id", "po_line_id", "match_type", "invoice_type", "gr_final")} == {
        "po_id": "PO-1", "po_line_id": "10", "match_type": "three_way", "invoice_type": "invoice", "gr_final": True
    }  # fmt: skip
    numbers = ("ordered_qty", "received_qty", "invoiced_qty", "po_unit_price", "invoice_unit_price", "line_amount")
    assert [float(payload[name]) for name in numbers] == [10, 8, 10, 5, 6, 60]
    assert payload["blocking_codes"] == ["PP", "DQ"]
    assert "The price is above the order's." in judged["attributes"]["match_problems"]
    assert judged["case"]["envelope"]["correlation_id"] == found["document_id"]
    assert judged["decision"]["disposition"] == "review"
    assert "C-INV-2.price" in str(judged["decision"])


def test_a_receipt_that_comes_later_mends_a_waiting_bill(office: House) -> None:
    waiting = send(office, ORDERED, invoice())
    assert (waiting["state"], waiting["cases"]) == ("waiting", [])
    send(office, RECEIVED)
    assert office.service.documents.tend() == 1
    assert shown(office, waiting)["state"] == "matched"


def test_an_order_that_comes_later_does_too(office: House) -> None:
    waiting = send(office, RECEIVED, invoice())
    assert waiting["problems"] == ["The order it names is not known."]
    send(office, ORDERED)
    office.service.documents.tend()
    assert shown(office, waiting)["state"] == "matched"


def test_nobody_waits_for_ever(any_office: House) -> None:
    waiting = send(any_office, ORDERED, invoice())
    any_office.clock.forward(hours=71)
    assert any_office.service.documents.tend() == 0
    any_office.clock.forward(hours=2)
    any_office.service.documents.tend()
    found = shown(any_office, waiting)
    assert (found["state"], found["lines"][0]["problems"]) == ("exception", ["Nothing was received yet."])
    assert case(any_office, found)["decision"]["route"]["queue"] == "RCV_MISSING_GR"


def test_a_receipt_that_comes_too_late_is_said_on_the_case(any_office: House) -> None:
    dear = dict.fromkeys(("lines", "net", "gross", "payable"), "90")
    found = send(any_office, ORDERED, invoice(line={"price": "9", "net": "90"}, totals=dear))
    assert found["problems"] == ["The price is above the order's.", "Nothing was received yet."]
    send(any_office, RECEIVED)
    any_office.service.documents.tend()
    ann = any_office.key(("analyst", None))
    file = any_office.client.get(f"/v1/cases/{found['cases'][0]['case_id']}", headers=ann).json()
    (comment,) = file["comments"]
    assert comment["text"] == (
        "A document of the order came in. No longer so: Nothing was received yet. "
        "Still so: The price is above the order's."
    )
    assert comment["written_by"] == "system:documents"
    again = shown(any_office, found)
    assert (again["state"], len(again["cases"])) == ("exception", 1)


def test_the_schematron_of_a_deployment_makes_an_exception(office: House, tmp_path: Path) -> None:
    sheet = """<xsl:stylesheet version="3.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/*">
      <out xmlns="http://purl.oclc.org/dsdl/svrl"><failed-assert id="X-1"><text>No.</text></failed-assert></out>
    </xsl:template></xsl:stylesheet>"""
    (tmp_path / "ubl.xslt").write_text(sheet)
    send(office, (EXAMPLES / "order-4500012345.xml").read_bytes(), (EXAMPLES / "receipt-GR-881.xml").read_bytes())
    documents_in = replace(office.service.documents, schematron=Schematron(tmp_path))
    (taken,) = documents_in.take((EXAMPLES / "invoice-R-2026-118.xml").read_bytes(), actor=CLERK)
    found = shown(office, {"document_id": taken.document_id})
    assert (found["state"], found["problems"]) == ("exception", ["It breaks a rule of its standard."])
    assert found["findings"] == ["[X-1] No."]


def test_the_same_document_again_changes_nothing(office: House) -> None:
    send(office, ORDERED)
    first = send(office, invoice(line={"price": "9", "net": "90"}))
    again = send(office, invoice(line={"price": "9.00", "net": "90.00"}, number="r 1"))
    assert (again["document_id"], again["is_new"], again["cases"]) == (first["document_id"], False, first["cases"])


def test_a_bill_under_a_number_that_was_billed_is_a_duplicate(office: House) -> None:
    send(office, order({"line_id": "10", "gtin": "4001", "quantity": 100}), receipt({"gtin": "4001", "quantity": 100}))
    assert send(office, invoice())["state"] == "matched"
    again = send(office, invoice(due_on="2026-05-01"))
    assert again["problems"] == ["It seems to have been billed before."]
    assert case(office, again)["decision"]["route"]["queue"] == "AP_DUPLICATE"


def test_a_duplicate_takes_nothing_of_the_order(office: House) -> None:
    send(office, order({"line_id": "10", "gtin": "4001", "quantity": 20}), receipt({"gtin": "4001", "quantity": 20}))
    assert send(office, invoice())["state"] == "matched"
    assert send(office, invoice(due_on="2026-05-01"))["state"] == "exception"
    assert send(office, invoice(number="S-77", issued_on="2026-03-01"))["state"] == "matched"


@pytest.mark.parametrize("engine", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_bills_of_one_order_wait_for_each_other(engine: Engine, tmp_path: Path) -> None:
    with contextmanager(open_house)(engine, tmp_path, domain=DOMAIN) as office:
        send(office, ORDERED, RECEIVED)
        body = invoice().model_dump_json(exclude_none=True).encode()
        taking = Thread(target=lambda: office.service.documents.take(body, actor=CLERK))
        with engine.begin() as connection:
            lock_orders(connection, {"po1"})
            taking.start()
            taking.join(timeout=0.5)
            assert taking.is_alive(), "somebody else matches a bill of this order"
        taking.join(timeout=20)
        assert not taking.is_alive()


def test_two_bills_of_one_receipt_do_not_both_match(office: House) -> None:
    send(office, ORDERED, RECEIVED)
    assert send(office, invoice())["state"] == "matched"
    second = send(office, invoice(number="S-77", issued_on="2026-03-01"))
    assert (second["state"], second["problems"]) == (
        "exception", ["More is billed than was ordered.", "More is billed than was received."]
    )  # fmt: skip


def test_two_bills_at_once_do_not_both_match(any_office: House) -> None:
    send(any_office, ORDERED, RECEIVED)
    together, found = Barrier(2), list[str]()

    def take(number: str) -> None:
        body = invoice(number=number).model_dump_json(exclude_none=True).encode()
        together.wait()
        (taken,) = any_office.service.documents.take(body, actor=CLERK)
        found.append(taken.document_id)

    threads = [Thread(target=take, args=(number,)) for number in ("A-1", "B-22")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(shown(any_office, {"document_id": each})["state"] for each in found) == ["exception", "matched"]


def test_a_newer_order_and_a_corrected_receipt_replace_the_ones_before(any_office: House) -> None:
    old = send(any_office, order({"line_id": "10", "gtin": "4001", "quantity": 5}))
    send(any_office, receipt({"gtin": "4001", "quantity": 5}), ORDERED, RECEIVED)
    assert shown(any_office, old)["state"] == "replaced"
    assert send(any_office, invoice())["state"] == "matched"


def test_a_bill_without_readable_lines_is_a_case_of_the_whole(office: House) -> None:
    found = send(office, bill(totals=PAYABLE, order_ids=[]))
    assert [each["line"] for each in found["cases"]] == [None]
    assert float(case(office, found)["payload"]["line_amount"]) == 50


def test_a_bill_of_which_very_many_lines_differ_is_one_case(office: House) -> None:
    send(office, ORDERED)
    lines = [{"gtin": str(5000 + at), "price": "1"} for at in range(101)]
    found = send(office, bill(*lines, totals=PAYABLE))
    assert [each["line"] for each in found["cases"]] == [None]
    judged = case(office, found)
    assert judged["attributes"]["lines_that_differ"] == "101"
    assert "The order has no such line." in judged["attributes"]["match_problems"]


def test_one_that_cannot_be_read_is_kept_as_it_came_and_is_a_task(office: House) -> None:
    content = b"<Invoice><ID>R-1</ID>"
    found = send(office, content)
    assert (found["state"], found["kind"], found["reason"]) == ("unreadable", None, "malformed")
    assert send(office, content)["is_new"] is False
    task = case(office, found)
    assert (task["decision"]["disposition"], task["decision"]["route"]["queue"]) == ("review", "AP_INDEXING")
    assert task["attributes"]["unread_reason"] == "malformed"
    assert "no well-formed XML" in task["attributes"]["unread_detail"]
    answer = office.client.get(f"/v1/documents/{found['document_id']}/original", headers=office.system)
    assert answer.content == content
    assert answer.headers["content-disposition"].startswith("attachment")


def test_a_crash_before_the_cases_are_stored_is_made_good(office: House) -> None:
    found = send(office, ORDERED, invoice(line={"price": "9", "net": "90"}))
    pending = '[{"line": "1", "case": {"domain": "invoice_discrepancy", "exception_id": "again", "payload": {}}}]'
    with office.service.engine.begin() as connection:
        # As it stands between the two transactions; what intake refuses for good is said, and not tried for ever.
        connection.execute(update(documents).values(pending=pending, due_at=office.clock()).where(
            documents.c.document_id == found["document_id"]))  # fmt: skip
    assert office.service.documents.tend() == 1
    assert office.service.documents.tend() == 0
    assert "again: " in shown(office, found)["detail"]


def test_documents_are_listed_and_found(office: House) -> None:
    send(office, ORDERED, RECEIVED, invoice(), b"junk\x00")

    def numbers(query: str) -> list[str | None]:
        answer = office.client.get(f"/v1/documents?{query}", headers=office.system)
        return [each["number"] for each in answer.json()["documents"]]

    assert numbers("") == [None, "R-1", "GR-1", "PO-1"]
    assert numbers("order=po1") == ["R-1", "GR-1", "PO-1"]
    assert numbers("kind=receipt") == numbers("number=gr 1") == ["GR-1"]
    assert numbers("state=unreadable") == [None]
    page = office.client.get("/v1/documents?limit=3", headers=office.system).json()
    assert numbers(f"before={page['next']}") == ["PO-1"]


def test_who_may_send_and_see(office: House) -> None:
    viewer = office.key(("viewer", None))
    assert office.client.post("/v1/documents", content=b"x", headers=viewer).status_code == 403
    elsewhere = office.key(("service", "return_fraud"))
    assert office.client.post("/v1/documents", content=b"x", headers=elsewhere).status_code == 403
    found = send(office, ORDERED)
    assert office.client.get(f"/v1/documents/{found['document_id']}", headers=viewer).status_code == 200
    assert office.client.get(f"/v1/documents/{found['document_id']}", headers=elsewhere).status_code == 404
    assert office.client.get("/v1/documents/none", headers=viewer).status_code == 404
    assert office.client.post("/v1/documents", content=b" ", headers=office.system).status_code == 422
    assert office.client.post("/v1/documents?name=%00", content=b"x", headers=office.system).status_code == 422


def test_a_file_is_kept_once_and_every_document_is_in_the_audit_chain(office: House) -> None:
    send(office, (EXAMPLES / "orders.csv").read_bytes())
    with office.service.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(document_files)).scalar_one() == 1
        assert connection.execute(select(func.count()).select_from(documents)).scalar_one() == 4
        count, broken = verify_audit(connection)
    assert broken is None
    assert count >= 4


def test_a_deployment_without_invoices_takes_no_documents(house: House) -> None:
    answer = house.client.post("/v1/documents", content=b"x", headers=house.system)
    assert answer.status_code == 404
