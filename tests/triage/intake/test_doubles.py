"""The same claim twice, or nearly, is held for a person with the other case named: over intake, one by one, in a batch,
in any spelling."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select

from tests.triage.conftest import SYSTEM, Clock, ScriptedModels
from triage.champions import Champions
from triage.db.schema import claims, entity_cases
from triage.domain import read_policy
from triage.domains import BUILT_IN
from triage.in_force import InForce
from triage.intake.intake import Intake
from triage.intake.stored_claims import fill_claims

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DOMAINS = {domain.name: domain for domain in BUILT_IN}
IN_FORCE = InForce({name: read_policy(domain) for name, domain in DOMAINS.items()})
USUAL: dict[str, dict[str, Any]] = {
    "invoice_discrepancy": {
        "invoice_id": "INV-0042", "invoice_line_id": "10", "supplier_id": "V-7", "line_amount": "420.00",
        "po_id": "4500012345",
        "po_line_id": "10", "issued_on": "2026-03-01", "invoiced_qty": "10", "invoice_unit_price": "42.00",
        "ordered_qty": "10",
        "po_unit_price": "42.00", "received_qty": "10",
    },
    "return_fraud": {
        "claim_type": "return", "channel": "store", "sku": "4711", "qty_claimed": 1, "refund_amount": "40.00",
        "has_receipt": True,
        "return_id": "RMA-00815", "line_id": "1", "qty_purchased": 3, "customer_id_hash": "c1",
    },
    "maintenance_priority": {
        "site_id": "0042", "ticket_id": "WO-00815", "reported_at": "2026-03-02T07:00:00Z",
        "description": "door of aisle three squeaks",
        "asset_id": "D-3",
    },
    "replenishment_risk": {
        "sku": "4711", "site_id": "0042", "on_hand": "5", "proposed_order_qty": "12",
        "order_proposed_at": "2026-03-02T06:00:00Z",
    },
}  # fmt: skip


@pytest.fixture
def submit(engine: Engine, clock: Clock) -> Iterator[Callable[..., list[dict[str, Any]]]]:
    champions = Champions(ScriptedModels(None), DOMAINS, poll_seconds=3600, clock=clock)
    intake = Intake(
        engine=engine, domains=DOMAINS, policies=lambda now: IN_FORCE, champions=champions, clock=clock, group_cases=64,
        certificates=lambda policy: None,
    )  # fmt: skip
    intake.start()
    count = iter(range(1_000))

    def send(domain: str, *changes: dict[str, Any], **envelope: Any) -> list[dict[str, Any]]:
        raws = [
            {"domain": domain, "exception_id": f"X-{next(count)}", "payload": USUAL[domain] | change} | envelope
            for change in changes
        ]
        return [dict(answer.body) for answer in intake.submit(raws, actor=SYSTEM)]

    yield send
    intake.stop()


def doubles(answer: dict[str, Any]) -> list[str]:
    codes = [reason["code"] for reason in answer["reasons"]]
    return [code.removeprefix("data_quality:double.") for code in codes if code.startswith("data_quality:double.")]


def controls(answer: dict[str, Any]) -> list[str]:
    return [hit["id"] for hit in answer["controls"]]


@pytest.mark.parametrize("domain", USUAL)
@pytest.mark.parametrize("at_once", [True, False])
def test_the_same_again_is_held_and_names_the_first(submit, clock: Clock, domain: str, at_once: bool) -> None:
    if at_once:
        first, second = submit(domain, {}, {})
    else:
        (first,) = submit(domain, {})
        clock.forward(hours=1)
        (second,) = submit(domain, {})
    assert doubles(first) == []
    assert doubles(second) == ["X-0"]
    assert second["disposition"] in ("review", "escalate")


class TestInvoices:
    @pytest.mark.parametrize(
        "spelling", ["inv-0042", "INV-42", "INV 0042", "INV0042", "INV\u20110042", "\uff29\uff2e\uff36-0042"]
    )
    def test_a_number_in_any_spelling_is_a_duplicate(self, submit, clock: Clock, spelling: str) -> None:
        submit("invoice_discrepancy", {})
        clock.forward(hours=1)
        (again,) = submit("invoice_discrepancy", {"invoice_id": spelling})
        assert "C-INV-4" in controls(again)
        assert doubles(again) == ["X-0"]

    def test_an_amount_between_does_not_hide_the_first(self, submit, clock: Clock) -> None:
        for amount in ("100.00", "50.00"):
            submit("invoice_discrepancy", {"line_amount": amount})
            clock.forward(hours=1)
        (third,) = submit("invoice_discrepancy", {"line_amount": "100.00"})
        assert "C-INV-4" in controls(third)
        assert doubles(third) == ["X-0", "X-1"]

    @pytest.mark.parametrize("change", [{"invoice_line_id": "20"}, {"invoice_line_id": None}, {"po_id": "4500099999"}])
    def test_the_line_and_the_order_do_not_matter(self, submit, clock: Clock, change: dict[str, Any]) -> None:
        submit("invoice_discrepancy", {})
        clock.forward(hours=1)
        (again,) = submit("invoice_discrepancy", change)
        assert "C-INV-4" in controls(again)

    def test_the_rate_of_the_day_does_not_matter(self, submit, clock: Clock) -> None:
        submit("invoice_discrepancy", {}, currency="EUR", fx_rate="1.08")
        clock.forward(days=1)
        (again,) = submit("invoice_discrepancy", {}, currency="EUR", fx_rate="1.0937")
        assert "C-INV-4" in controls(again)

    def test_a_number_that_a_program_made_a_float_is_the_same(self, submit, clock: Clock) -> None:
        submit("invoice_discrepancy", {"invoice_id": 77, "supplier_id": 81795935461})
        clock.forward(hours=1)
        (again,) = submit("invoice_discrepancy", {"invoice_id": 77.0, "supplier_id": 81795935461.0})
        assert "C-INV-4" in controls(again)

    @pytest.mark.parametrize(
        ("change", "near"),
        [
            ({"invoice_id": "INV-0043"}, True),
            ({"invoice_id": "INV-0024"}, True),
            ({"invoice_id": "INV-00421"}, True),
            ({"line_amount": "402.00"}, True),
            ({"invoice_id": "INV-0043", "issued_on": "2026-02-01"}, False),
            ({"invoice_id": "INV-0043", "po_id": "4500099999"}, False),
            ({"invoice_id": "INV-0043", "line_amount": "99.00"}, False),
            ({"line_amount": "402.00", "invoice_line_id": "20"}, False),
            ({"invoice_id": "INV-0043", "supplier_id": "V-8"}, False),
            ({"invoice_type": "credit_note"}, False),
        ],
    )
    def test_nearly_the_same_is_held_where_nothing_tells_them_apart(
        self, submit, clock: Clock, change: dict[str, Any], near: bool
    ) -> None:
        submit("invoice_discrepancy", {})
        clock.forward(hours=1)
        (other,) = submit("invoice_discrepancy", change)
        assert doubles(other) == (["X-0"] if near else [])
        if near:
            assert other["disposition"] in ("review", "escalate")
            assert any("X-0" in reason["text"] for reason in other["reasons"])


def test_a_case_is_no_double_of_itself(submit) -> None:
    (first,) = submit("invoice_discrepancy", {})
    assert doubles(first) == []


def test_closing_a_ticket_is_no_second_ticket(submit, clock: Clock) -> None:
    submit("maintenance_priority", {})
    clock.forward(hours=1)
    (closing,) = submit("maintenance_priority", {"requested_step": "close"})
    assert doubles(closing) == []


@pytest.mark.parametrize("domain", USUAL)
def test_cases_stored_before_claims_were_kept_are_known_once_they_are_filled_in(
    submit: Callable[..., list[dict[str, Any]]], engine: Engine, domain: str
) -> None:
    submit(domain, {})
    with engine.begin() as connection:
        kept = {table: connection.execute(select(table)).all() for table in (claims, entity_cases)}
        for table in kept:
            connection.execute(delete(table))
        after, missing = fill_claims(connection, DOMAINS, after=0)
        assert missing == sum(map(len, kept.values()))
        for table, rows in kept.items():
            now = connection.execute(select(table)).all()
            assert sorted(row[1:] for row in now) == sorted(row[1:] for row in rows)
        assert fill_claims(connection, DOMAINS, after=0) == (after, 0)
        assert fill_claims(connection, DOMAINS, after=after or 0) == (None, 0)
