"""The scenes of the articles by the built-in policies: from the case to what the systems were told, once each.

The systems are the sample receiver of `examples/receiver`, a process of its own that verifies signatures and keeps
keys.
"""

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from models.score import Cause, Score
from policies.judging.policy import load_policy
from tests.triage.conftest import Clock
from triage.champions import Champions, NoModels
from triage.db.database import reading
from triage.db.handoff_schema import deliveries
from triage.db.step_schema import steps as rows
from triage.domains import domains
from triage.handoff.endpoints import NewEndpoint, add_endpoint
from triage.handoff.jobs import Job, run_due_jobs
from triage.handoff.step_store import expire
from triage.handoff.worker import Worker
from triage.identity.access import Principal
from triage.in_force import InForce
from triage.intake.intake import Intake
from triage.review import step_acts
from triage.review import verbs as review
from triage.review.verbs import Ruling

DOMAINS = domains("")
POLICIES = InForce(
    {
        name: load_policy(
            domain.policy_file.read_text(), name=f"{name}.yaml", recipe=domain.recipe,
            causes=tuple(domain.heads.labels),
        )
        for name, domain in DOMAINS.items()
    }
)  # fmt: skip
ROOT = Path(__file__).parents[3]
SYSTEM = Principal(name="key:erp", grants=frozenset({("service", None)}))
BOSS = Principal(name="user:boss", grants=frozenset({("admin", None)}))


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return bound.getsockname()[1]


class OneCause:
    """A model that always names one cause."""

    def __init__(self, name: str, cause: str, risk: float, impact: float) -> None:
        self.recipe, self.attributes, self.version = DOMAINS[name].recipe, (), f"{name}/1"
        self._score = Score(
            causes=(Cause(label=cause, probability=0.95),), risk=risk, impact=impact, reasons=(),
            model_version=self.version,
        )  # fmt: skip

    def score(self, matrix: Any, texts: Any, *, reasons: bool = True) -> list[Score]:
        return [self._score] * len(matrix)


class Shop:
    """A service over one domain, the sample receiver as each of its systems, and a worker."""

    def __init__(self, engine: Any, folder: Path, domain: str, cause: str, *, risk: float, impact: float) -> None:
        self.engine, self.domain, self.clock, self.folder = engine, domain, Clock(), folder
        scorer = OneCause(domain, cause, risk, impact)

        class Models(NoModels):
            def champion(self, name: str) -> Any:
                return type("Ref", (), {"name": name, "version": 1})() if name == domain else None

            def load(self, ref: Any, card: Any) -> Any:
                return scorer

        champions = Champions(Models(), DOMAINS, poll_seconds=3600, clock=self.clock)
        champions.refresh()
        self.intake = Intake(
            engine=engine, domains=DOMAINS, policies=lambda now: POLICIES, champions=champions, clock=self.clock,
            group_cases=8,
        )  # fmt: skip
        self.intake.start()
        self.port = free_port()
        secrets = {name: self._connect(name) for name in POLICIES[domain].document.systems if "mail" not in name}
        self.messages = [name for name in POLICIES[domain].document.systems if "mail" in name]
        secrets |= {name: self._connect(name) for name in self.messages}
        # One receiver knows one secret: the endpoints share it.
        (secret,) = set(secrets.values())
        self.receiver = subprocess.Popen(
            [sys.executable, str(ROOT / "examples" / "receiver" / "receiver.py"), str(self.port)],
            env={**os.environ, "SECRET": secret, "DATABASE": str(folder / "receiver.db")}, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.worker = Worker(engine, poll_seconds=0.02)
        self.worker.start()
        self.case_id = ""

    def _connect(self, name: str) -> str:
        secret = "whsec_" + "QUFB" * 11
        wanted = NewEndpoint(
            name=name, url=f"http://127.0.0.1:{self.port}/{name}", events=(), allow_private=True, secret=secret,
            rate_per_second=1000,
        )  # fmt: skip
        with self.engine.begin() as connection:
            add_endpoint(connection, wanted, actor="user:root")
        return secret

    def close(self) -> None:
        self.worker.stop()
        self.intake.stop()
        self.receiver.terminate()
        self.receiver.wait()

    def send(self, **payload: Any) -> dict[str, Any]:
        raw = {"domain": self.domain, "exception_id": "X-1", "site_id": "S-1", "payload": payload}
        answer = self.intake.submit([raw], actor=SYSTEM)[0].body
        assert "case_id" in answer, answer
        self.case_id = answer["case_id"]
        return answer

    def row(self, name: str) -> Any:
        with reading(self.engine) as connection:
            query = select(rows).where(rows.c.case_id == self.case_id, rows.c.name == name)
            return connection.execute(query).one_or_none()

    def wait_for(self, **states: str) -> None:
        until = time.monotonic() + 20
        found: dict[str, str] = {}
        while time.monotonic() < until:
            found = {name: row.state if (row := self.row(name)) is not None else "none" for name in states}
            if found == states:
                return
            time.sleep(0.03)
        raise AssertionError(f"{found} instead of {states}")

    def act(self, verb: Any, name: str, **how: Any) -> None:
        with self.engine.begin() as connection:
            verb(connection, self.row(name).step_id, policies=POLICIES, actor=BOSS, now=self.clock(), **how)

    def done(self, name: str, **result: Any) -> None:
        self.act(step_acts.complete, name, result=result, comment=None)

    def rule(self, action: str, cause: str, reason_code: str) -> None:
        with self.engine.begin() as connection:
            shared = {"policies": POLICIES, "actor": BOSS, "now": self.clock()}
            review.claim(connection, self.case_id, hold=timedelta(hours=1), **shared)
            heads = {name: card.heads for name, card in DOMAINS.items()}
            ruling = Ruling(action=action, cause=cause, reason_code=reason_code)
            review.resolve(connection, self.case_id, ruling=ruling, heads=heads, **shared)

    def told(self) -> list[tuple[str, str, dict[str, Any]]]:
        """List what was sent, in order: endpoint, operation or title, body or text."""
        with reading(self.engine) as connection:
            found = connection.execute(select(deliveries).order_by(deliveries.c.seq)).all()
        bodies = [(row.endpoint, orjson.loads(row.body)) for row in found]
        return [
            (name, body["operation"], body["body"]) if "operation" in body
            else (name, body["message"]["title"], body["message"]["text"])
            for name, body in bodies
        ]  # fmt: skip

    def effects(self) -> int:
        """Count what the receiver has kept, one row for each key it ever saw."""
        with sqlite3.connect(self.folder / "receiver.db") as database:
            return database.execute("SELECT count(*) FROM effects").fetchone()[0]


@pytest.fixture
def shop(engine, tmp_path) -> Iterator[Callable[..., Shop]]:
    opened: list[Shop] = []

    def open_shop(domain: str, cause: str, *, risk: float = 0.6, impact: float = 200.0) -> Shop:
        opened.append(Shop(engine, tmp_path, domain, cause, risk=risk, impact=impact))
        return opened[-1]

    yield open_shop
    for one in opened:
        one.close()


INVOICE = {
    "invoice_id": "INV-1", "invoice_line_id": "10", "supplier_id": "V-7", "line_amount": "4450.00", "po_id": "45-1",
    "po_line_id": "20", "invoiced_qty": "100", "ordered_qty": "100", "received_qty": "100",
    "invoice_unit_price": "44.50", "po_unit_price": "42.00", "match_type": "three_way", "payable_amount": "4450.00",
}  # fmt: skip


UNRECEIVED = INVOICE | {
    "received_qty": "0", "invoice_unit_price": "42.00", "line_amount": "4200.00", "payable_amount": "4200.00",
}  # fmt: skip


def test_a_blocked_invoice_is_released_with_a_debit_memo_and_the_supplier_told(shop) -> None:
    found = shop("invoice_discrepancy", "supplier_pricing_error")
    assert found.send(**INVOICE)["route"]["rule"] == "price-error"
    assert found.told() == []
    found.rule("corrected", "supplier_pricing_error", "CREDIT_REQUESTED")
    found.wait_for(release_with_debit_memo="done", tell_supplier="done", release_as_billed="none")
    (_, operation, body), (system, title, text) = found.told()
    assert (operation, system, title["en"]) == (
        "invoice.release_with_debit_memo", "supplier_mail", "Invoice INV-1: debit memo",
    )  # fmt: skip
    assert body["debit"] == {"amount": 250.0, "reason": "Billed at 44.50, ordered at 42.00; CREDIT_REQUESTED"}
    assert "billed at 44.50; order 45-1 says 42.00" in text["en"] and "Bestellung 45-1 nennt 42.00" in text["de"]
    assert found.effects() == 2


def test_a_priced_wrongly_invoice_that_a_person_calls_a_duplicate_stays_blocked(shop) -> None:
    found = shop("invoice_discrepancy", "supplier_pricing_error")
    found.send(**INVOICE)
    found.rule("corrected", "duplicate_invoice", "DUPLICATE_CONFIRMED")
    found.wait_for(release_with_debit_memo="none", tell_supplier="skipped")
    assert found.told() == []


def test_a_missing_receipt_is_a_task_of_the_store_and_then_matched_again(shop) -> None:
    found = shop("invoice_discrepancy", "receipt_not_posted")
    assert found.send(**UNRECEIVED)["route"]["rule"] == "receipt"
    found.wait_for(post_receipt="open", match_again="blocked", show_liability="done")
    task = found.row("post_receipt")
    assert (task.queue, task.owner_role, task.site_id) == ("SITE_RECEIPTS", "site manager", "S-1")
    assert json.loads(task.said)["title"] == "Post the receipt of order 45-1"
    found.done("post_receipt", posted=True, receipt="5000012345")
    found.wait_for(match_again="done")
    assert found.told()[-1] == (
        "erp", "invoice.match_again", {"invoice": "INV-1", "line": "10", "receipt": "5000012345"},
    )  # fmt: skip
    assert found.effects() == 2


def test_a_receipt_that_never_came_is_not_matched(shop) -> None:
    found = shop("invoice_discrepancy", "receipt_not_posted")
    found.send(**UNRECEIVED)
    found.wait_for(post_receipt="open")
    found.done("post_receipt", posted=False)
    found.wait_for(match_again="skipped")


@pytest.mark.parametrize(("refund", "asks_lp"), [("499.99", "none"), ("500.00", "open")])
def test_a_damaged_dear_item_is_checked_approved_adjusted_and_reserved(shop, refund: str, asks_lp: str) -> None:
    found = shop("return_fraud", "legitimate", risk=0.3)
    answer = found.send(
        claim_type="return", channel="store", sku="TV-55", qty_claimed=1, refund_amount=refund, has_receipt=True,
        condition_grade="damaged", reason_code="damaged_in_transit", category="electronics", return_id="RET-1",
        qty_purchased=1, unit_price_paid=refund, id_verified=True, original_tender="card",
        refund_tender="card", tender_token_same=True,
    )  # fmt: skip
    assert answer["route"]["rule"] == "R-DAMAGED", answer["controls"]
    found.wait_for(stock_check="done", approve_write_down="open", adjust_stock="blocked")
    assert found.row("approve_write_down").needs_approver
    found.done("approve_write_down")
    found.wait_for(adjust_stock="done", book_reserve="done", tell_loss_prevention=asks_lp)
    assert [operation for _, operation, _ in found.told()] == ["stock.check", "stock.adjust", "reserve.book"]
    assert found.told()[2][2]["amount"] == float(refund)
    assert found.effects() == 3


def test_a_write_down_that_is_declined_adjusts_nothing(shop) -> None:
    found = shop("return_fraud", "legitimate", risk=0.3)
    found.send(
        claim_type="return", channel="store", sku="TV-55", qty_claimed=1, refund_amount="500.00", has_receipt=True,
        condition_grade="damaged", qty_purchased=1, unit_price_paid="500.00",
    )  # fmt: skip
    found.wait_for(approve_write_down="open")
    found.act(step_acts.decline, "approve_write_down", reason="It was sold as damaged.")
    found.wait_for(adjust_stock="canceled", book_reserve="canceled")
    assert found.effects() == 1


FAULT = {
    "site_id": "S-1", "reported_at": "2026-03-02T08:30:00Z", "description": "Display case is getting warm", "asset_id":
    "A-9", "asset_class": "display_case", "vendor_id": "V-COOL", "not_to_exceed_amount": "400.00",
}  # fmt: skip


def test_a_refrigeration_failure_is_looked_up_dispatched_told_and_watched(shop) -> None:
    found = shop("maintenance_priority", "refrigeration_temp", risk=0.5)
    assert found.send(**FAULT)["route"]["rule"] == "R-REFRIGERATION"
    found.wait_for(look_up_contract="done", dispatch="done", tell_store="done", technician_arrives="waiting")
    names = [(system, operation) for system, operation, _ in found.told()]
    assert names[:2] == [("erp", "asset.contract"), ("vendor_portal", "work_order.create")]
    assert found.told()[1][2]["fault"] == "Display case is getting warm"
    with found.engine.begin() as connection:
        step_acts.call_back(
            connection, found.row("technician_arrives").step_id, result={"arrived_at": "09:40"}, failed=None,
            token=None, actor=SYSTEM, now=found.clock(),
        )  # fmt: skip
    found.wait_for(technician_arrives="done")
    assert found.effects() == 3


def test_a_technician_who_does_not_come_is_escalated(shop) -> None:
    found = shop("maintenance_priority", "refrigeration_temp", risk=0.5)
    found.send(**FAULT)
    found.wait_for(technician_arrives="waiting")
    with found.engine.begin() as connection:
        connection.execute(
            rows.update()
            .where(rows.c.name == "technician_arrives")
            .values(expires_at=found.clock() - timedelta(days=900))
        )
    job = Job(name="steps.expire", every=timedelta(0), run=lambda hold: expire(hold) and None)
    run_due_jobs(found.engine, [job], worker="test")
    late = found.row("technician_arrives")
    assert (late.state, late.queue, late.needs_approver, late.by_hand) == ("open", "FM_EMERGENCY", True, True)


@pytest.mark.parametrize(("on_hand", "route"), [(2, "R-ALLOCATE"), (3, "R-PROMO")])
def test_a_promoted_item_out_of_stock_is_transferred_after_a_persons_word(shop, on_hand: int, route: str) -> None:
    found = shop("replenishment_risk", "promo_uplift_underforecast", risk=0.6, impact=60.0)
    answer = found.send(
        sku="SODA", on_hand=on_hand, site_id="S-1", promo_id="P-1", open_customer_order_qty=3, nearby_surplus_qty=40,
        transfer_qty=24, dc_allocatable_qty=200,
    )  # fmt: skip
    assert answer["route"]["rule"] == route, answer["controls"]
    found.wait_for(confirm_transfer="open", alert_customer_service="done", warehouse_task="blocked")
    assert [system for system, *_ in found.told()] == ["customer_service"]
    found.done("confirm_transfer")
    found.wait_for(warehouse_task="done", request_transfer="done")
    assert {(system, operation) for system, operation, _ in found.told()[1:]} == {
        ("wms", "task.create"), ("erp", "transfer.request"),
    }  # fmt: skip
    assert found.effects() == 3


def test_without_waiting_customers_nobody_alerts_them(shop) -> None:
    found = shop("replenishment_risk", "promo_uplift_underforecast", risk=0.6, impact=60.0)
    found.send(sku="SODA", on_hand=0, site_id="S-1", promo_id="P-1", nearby_surplus_qty=40, transfer_qty=24)
    found.wait_for(confirm_transfer="open", alert_customer_service="none")
