"""Specification of the invoice policy: controls hold against any score, thresholds are inclusive, every cause has a
queue."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

import policies
from features.columns import encode
from features.domains.invoice_discrepancy.features import RECIPE
from features.domains.invoice_discrepancy.payload import InvoiceDiscrepancy
from features.history import History
from models.domains.invoice_discrepancy import LABELS
from models.score import Cause, Score
from policies.document.document import Disposition
from policies.judging.policy import Policy, load_policy
from policies.judging.verdict import Verdict
from tests.policies.conftest import LIKENESS_CONTROLS, certificate_for

DOCUMENT: Final = Path(policies.__file__).parent / "domains" / "invoice_discrepancy.yaml"
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
# A line on which nothing is wrong, so that whatever fires is due to the field a test changes.
QUIET: dict[str, Any] = {
    "invoice_id": "I1", "supplier_id": "V1", "line_amount": "400.00", "po_id": "4500", "po_required": True, "sku": "A1",
    "supplier_status": "active", "supplier_paid_invoice_count": 40, "bank_matches_master": True, "invoiced_qty": 100,
    "ordered_qty": 100, "received_qty": 100, "invoice_unit_price": "4.00", "po_unit_price": "4.00",
    "tolerance_price_fraction": 0.1, "tolerance_price_amount": "50.00", "tolerance_qty_fraction": 0.1,
    "tolerance_qty": 20,
    "approval_limit_amount": "10000.00", "closest_invoice_similarity": 0.2, "due_on": date(2026, 4, 1),
}  # fmt: skip


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(DOCUMENT.read_text("utf-8"), name=DOCUMENT.name, recipe=RECIPE, causes=list(LABELS))


def make_score(
    risk: float = 0.0, *, cause: str = "receipt_not_posted", impact: float = 10.0, probability: float = 1.0
) -> Score:
    first = Cause(label=cause, probability=probability)
    return Score(causes=(first,), risk=risk, impact=impact, reasons=(), model_version="test")


def adding_up(overrides: dict[str, Any]) -> dict[str, Any]:
    """Lay fields over the quiet line and keep its amount quantity times price, so that only what a test changes
    shows."""
    fields = QUIET | overrides
    known = fields["invoiced_qty"] is not None and fields["invoice_unit_price"] is not None
    if known and "line_amount" not in overrides and {"invoiced_qty", "invoice_unit_price"} & set(overrides):
        fields["line_amount"] = round(Decimal(fields["invoiced_qty"]) * Decimal(fields["invoice_unit_price"]), 2)
    if "line_amount" in overrides and not {"invoiced_qty", "invoice_unit_price"} & set(overrides):
        price = {"invoice_unit_price": overrides["line_amount"], "po_unit_price": overrides["line_amount"]}
        fields |= {"invoiced_qty": 1, "ordered_qty": 1, "received_qty": 1} | price
    return fields


def judge(
    policy: Policy,
    score: Score | None,
    *,
    past: dict[str, Any] | None = None,
    attributes: dict[str, Any] | None = None,
    **overrides: Any,
) -> Verdict:
    """Judge the quiet line with some fields changed, after an earlier one that looks like `past`."""
    history = History(RECIPE.trails)
    if past is not None:
        columns = encode([InvoiceDiscrepancy(**QUIET | past)], as_of=[NOW - timedelta(days=3)])
        for fact in RECIPE.facts(columns, known_at=columns.as_of.tolist()):
            history.add_case(fact)
    payload = InvoiceDiscrepancy(**adding_up(overrides))
    features = RECIPE.rows(encode([payload], as_of=[NOW]), history)[0].tolist()
    fallback = "no model" if score is None else None
    return policy.judge(
        payload=payload,
        attributes=attributes or {},
        features=features,
        fx_rate=1.0,
        score=score,
        fallback=fallback,
        now=NOW,
        certificate=certificate_for(policy),
    )


CONTROLS: list[tuple[str, Disposition, str | None, dict[str, Any]]] = [
    ("C-INV-1", Disposition.REVIEW, "AP_GENERAL", {"approver": "u1", "po_requester": "u1"}),
    ("C-INV-1", Disposition.REVIEW, "AP_GENERAL", {"approver": "u1", "gr_poster": "u1"}),
    ("C-INV-2.price", Disposition.REVIEW, None, {"invoice_unit_price": "4.41"}),
    ("C-INV-2.price", Disposition.REVIEW, None, {"invoice_unit_price": "4.39", "tolerance_price_amount": "30.00"}),
    ("C-INV-2.price", Disposition.REVIEW, None, {"invoice_unit_price": "4.41", "tolerance_price_fraction": None,
    "tolerance_price_amount": None}),
    ("C-INV-2.quantity", Disposition.REVIEW, None, {"invoiced_qty": 111}),
    ("C-INV-2.quantity", Disposition.REVIEW, None, {"previously_invoiced_qty": 100}),
    ("C-INV-3.changed", Disposition.ESCALATE, "AP_FRAUD_RISK", {"bank_changed_at": NOW - timedelta(days=30)}),
    ("C-INV-3.differs", Disposition.ESCALATE, "AP_FRAUD_RISK", {"bank_matches_master": False}),
    ("C-INV-4", Disposition.REVIEW, "AP_DUPLICATE", {"closest_invoice_similarity": 0.9}),
    ("C-INV-4", Disposition.REVIEW, "AP_DUPLICATE", {"past": {"invoice_line_id": "10"}, "invoice_line_id": "10"}),
    ("C-INV-5.limit", Disposition.REVIEW, None, {"line_amount": "10000.00"}),
    ("C-INV-5.limit", Disposition.REVIEW, None, {"payable_amount": "10000.00"}),
    ("C-INV-5.limit", Disposition.REVIEW, None, {"line_amount": "25000.00", "approval_limit_amount": None}),
    ("C-INV-5.officer", Disposition.ESCALATE, None, {"line_amount": "50000.00", "approval_limit_amount": "90000.00"}),
    ("C-INV-6", Disposition.REVIEW, "AP_NO_PO", {"po_id": None}),
    ("C-INV-7.sanctioned", Disposition.ESCALATE, "AP_FRAUD_RISK", {"supplier_status": "sanctioned"}),
    ("C-INV-7.inactive", Disposition.REVIEW, "MDM_VENDOR", {"supplier_status": "blocked"}),
    ("C-INV-7.inactive", Disposition.REVIEW, "MDM_VENDOR", {"supplier_status": "inactive"}),
    ("C-INV-8", Disposition.REVIEW, "AP_GENERAL", {"blocking_codes": ("funds_check",)}),
    ("C-INV-8", Disposition.REVIEW, "AP_GENERAL", {"blocking_codes": ("PP", "period_closed")}),
    ("C-INV-9", Disposition.REVIEW, "MDM_VENDOR", {"supplier_paid_invoice_count": 0}),
    ("C-INV-10", Disposition.ESCALATE, "AP_FRAUD_RISK", {"supplier_related_party": True}),
    ("C-INV-12", Disposition.REVIEW, "AP_GENERAL", {"blocking_codes": ("stochastic_block",)}),
    ("C-INV-13.unit", Disposition.REVIEW, "MDM_ITEM", {"invoice_uom": "CS", "order_uom": "EA"}),
    ("C-INV-13.unit", Disposition.REVIEW, "MDM_ITEM", {"invoice_uom": "KGM", "order_uom": "LTR"}),
    ("C-INV-13.line", Disposition.REVIEW, "AP_INDEXING", {"line_amount": "999.00", "invoiced_qty": 1}),
    ("C-INV-13.line", Disposition.REVIEW, "AP_INDEXING", {"line_amount": "360.00", "invoiced_qty": 100}),
    ("C-INV-13.total", Disposition.REVIEW, "AP_INDEXING", {"payable_amount": "90.00", "invoice_lines_amount": "400.00",
    "invoice_tax_amount": "0.00"}),
    ("C-INV-13.lines", Disposition.REVIEW, "AP_INDEXING", {"invoice_line_id": "2", "invoice_lines_amount": "700.00",
    "past": {"invoice_line_id": "1", "line_amount": "350.00"}}),
    ("C-INV-13.tax", Disposition.REVIEW, "AP_TAX", {"tax_amount": "42.01", "expected_tax_amount": "40.00"}),
    ("C-INV-14.price", Disposition.REVIEW, "BUYER_PRICE", {"invoiced_qty": -10, "invoice_unit_price": "3.00",
    "previously_invoiced_qty": 10}),
    ("C-INV-14.quantity", Disposition.REVIEW, "AP_GENERAL", {"invoiced_qty": -10, "previously_invoiced_qty": 9}),
    ("C-INV-15", Disposition.REVIEW, "AP_GENERAL", {"notes": "charge card 4111 1111 1111 1111"}),
    ("C-INV-15", Disposition.REVIEW, "AP_GENERAL", {"item_description": "pay 4111.1111.1111.1111"}),
    ("C-INV-16", Disposition.REVIEW, "AP_INDEXING", {"attributes": {"document_unread": True}}),
    ("C-INV-DANGER", Disposition.ESCALATE, "AP_SAFETY", {"notes": "two receivers were hurt by the pallet"}),
]  # fmt: skip


class TestControls:
    @pytest.mark.parametrize(("control", "least", "queue", "fields"), CONTROLS)
    def test_fires_however_safe_the_score(
        self, policy: Policy, control: str, least: Disposition, queue: str | None, fields: dict[str, Any]
    ) -> None:
        verdict = judge(policy, make_score(0.0), **fields)
        assert control in [hit.id for hit in verdict.controls]
        assert verdict.disposition is least
        assert verdict.sent_to == queue

    def test_each_is_tried_here(self, policy: Policy) -> None:
        assert {control.id for control in policy.document.controls} - LIKENESS_CONTROLS == {
            name for name, *_ in CONTROLS
        }

    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"invoice_unit_price": "4.39"},
            {"invoice_unit_price": "2.00"},
            {"invoice_unit_price": "4.39", "tolerance_price_fraction": None, "tolerance_price_amount": None},
            {"invoiced_qty": 110},
            {"bank_changed_at": NOW - timedelta(days=30, minutes=1)},
            {"closest_invoice_similarity": 0.74},
            {"closest_invoice_similarity": None},
            {"past": {"invoice_id": "I0", "po_id": "4501"}},
            {"line_amount": "9999.99"},
            {"line_amount": "24999.99", "approval_limit_amount": None},
            {"po_id": None, "po_required": False},
            {"po_id": None, "po_required": None},
            {"supplier_paid_invoice_count": 1},
            {"blocking_codes": ("PP", "DQ")},
            {"approver": "u1", "po_requester": "u2", "gr_poster": "u3", "created_by": "u4"},
        ],
    )
    def test_stays_silent_below_its_limit(self, policy: Policy, fields: dict[str, Any]) -> None:
        verdict = judge(policy, make_score(0.0), **fields)
        assert verdict.controls == ()
        assert verdict.disposition is Disposition.AUTO

    def test_money_is_judged_in_the_reporting_currency(self, policy: Policy) -> None:
        payload = InvoiceDiscrepancy(**QUIET | {"line_amount": "30000.00", "approval_limit_amount": None})
        features = RECIPE.rows(encode([payload], as_of=[NOW], fx_rates=[2.0]), History(RECIPE.trails))[0].tolist()
        verdict = policy.judge(
            payload=payload, attributes={}, features=features, fx_rate=2.0, now=NOW, score=make_score(), fallback=None
        )
        assert "C-INV-5.officer" in [hit.id for hit in verdict.controls]


class TestThresholds:
    def test_are_inclusive(self, policy: Policy) -> None:
        cut = policy.document.thresholds
        for threshold, below, at in (
            (cut.confirm_at_risk, Disposition.AUTO, Disposition.CONFIRM),
            (cut.review_at_risk, Disposition.CONFIRM, Disposition.REVIEW),
        ):
            assert judge(policy, make_score(threshold - 1e-9)).disposition is below
            assert judge(policy, make_score(threshold)).disposition is at

    def test_a_rare_but_dear_mistake_is_looked_at(self, policy: Policy) -> None:
        cut = policy.document.thresholds
        for loss, below, at in (
            (cut.confirm_at_expected_loss, Disposition.AUTO, Disposition.CONFIRM),
            (cut.review_at_expected_loss, Disposition.CONFIRM, Disposition.REVIEW),
            (cut.escalate_at_expected_loss, Disposition.REVIEW, Disposition.ESCALATE),
        ):
            assert loss is not None
            assert judge(policy, make_score(1 / 64, impact=64 * (loss - 0.01))).disposition is below
            assert judge(policy, make_score(1 / 64, impact=64 * loss)).disposition is at


class TestOverrideRules:
    @pytest.mark.parametrize(
        ("score", "fields", "rule", "least"),
        [
            (make_score(probability=0.29), {}, "C-INV-11", Disposition.REVIEW),
            (make_score(cause="suspected_fraud"), {}, "O-FRAUD", Disposition.ESCALATE),
            (make_score(cause="duplicate_invoice"), {}, "O-DUPLICATE", Disposition.REVIEW),
            (make_score(0.1), {"line_amount": "9900.00"}, "O-SPLIT", Disposition.REVIEW),
            (make_score(0.1), {"past": {"invoice_id": "I0", "invoice_unit_price": "3.80", "line_amount": "380.00"}},
            "O-CREEP", Disposition.CONFIRM),
        ],
    )  # fmt: skip
    def test_overrules_the_model(
        self, policy: Policy, score: Score, fields: dict[str, Any], rule: str, least: Disposition
    ) -> None:
        verdict = judge(policy, score, **fields)
        assert [hit.id for hit in verdict.overrides] == [rule]
        assert verdict.disposition is least

    @pytest.mark.parametrize(
        ("score", "fields"),
        [
            (make_score(probability=0.3), {}),
            (make_score(0.09), {"line_amount": "9900.00"}),
            (make_score(0.1), {"line_amount": "9400.00"}),
            (make_score(0.09), {"past": {"invoice_id": "I0", "invoice_unit_price": "3.80"}}),
        ],
    )
    def test_stays_silent_below_its_limit(self, policy: Policy, score: Score, fields: dict[str, Any]) -> None:
        assert judge(policy, score, **fields).overrides == ()


FALLBACKS: list[tuple[str, str | None, dict[str, Any]]] = [
    ("F2", "AP_DUPLICATE", {"closest_invoice_similarity": 0.75}),
    ("F2", "AP_DUPLICATE", {"past": {"invoice_line_id": "10"}, "invoice_line_id": "10"}),
    ("F2.order", "AP_DUPLICATE", {"past": {"invoice_id": "I0"}}),
    ("F3", "AP_NO_PO", {"po_id": None}),
    ("F4", "RCV_MISSING_GR", {"received_qty": 0}),
    ("F4", "RCV_MISSING_GR", {"received_qty": None, "gr_count": 0, "match_type": "three_way"}),
    ("F5.final", "AP_CLAIMS", {"received_qty": 99, "gr_final": True}),
    ("F5.proof", "AP_CLAIMS", {"received_qty": 99, "pod_available": True}),
    ("F5.open", "AP_PARKED", {"received_qty": 99}),
    ("F5.surplus", "BUYER_QTY", {"invoiced_qty": 105, "received_qty": 105}),
    ("F6.unit", "MDM_ITEM", {"invoice_uom": "EA", "order_uom": "CS"}),
    ("F6", "BUYER_PRICE", {"invoice_unit_price": "4.09"}),
    ("F6", "BUYER_PRICE", {"invoice_unit_price": "3.91"}),
    ("F7.charge", "AP_CHARGES", {"charges_amount": "8.01"}),
    ("F7.tax", "AP_TAX", {"tax_amount": "42.01", "expected_tax_amount": "40.00"}),
    ("F7.order", "BUYER_PO_LIMIT", {"po_closed": True}),
    ("F7.order", "BUYER_PO_LIMIT", {"po_open_amount": "399.99"}),
    ("F8", None, {}),
    ("F8", None, {"invoice_unit_price": "4.08", "charges_amount": "8.00"}),
    ("F9", "AP_GENERAL", {"line_amount": "1000.00"}),
    ("F9", "AP_GENERAL", {"received_qty": None}),
    ("F9", "AP_GENERAL", {"po_unit_price": None}),
    ("F9", "AP_GENERAL", {"received_qty": 0, "match_type": "two_way", "invoiced_qty": None}),
]


class TestFallback:
    @pytest.mark.parametrize(("rule", "queue", "fields"), FALLBACKS)
    def test_rule_decides_without_a_model(
        self, policy: Policy, rule: str, queue: str | None, fields: dict[str, Any]
    ) -> None:
        verdict = judge(policy, None, **fields)
        assert f"fallback:{rule}" in [reason.code for reason in verdict.reasons]
        assert verdict.disposition is (Disposition.CONFIRM if rule == "F8" else Disposition.REVIEW)
        assert verdict.sent_to == queue or verdict.controls

    def test_each_rule_is_tried_here(self, policy: Policy) -> None:
        assert {rule.id for rule in policy.document.fallback_rules} == {name for name, *_ in FALLBACKS}

    def test_a_control_stands_without_a_model(self, policy: Policy) -> None:
        verdict = judge(policy, None, bank_matches_master=False)
        assert (verdict.disposition, verdict.sent_to) == (Disposition.ESCALATE, "AP_FRAUD_RISK")


class TestRoutes:
    @pytest.mark.parametrize("cause", list(LABELS))
    def test_each_cause_has_its_own_route(self, policy: Policy, cause: str) -> None:
        routes = [route for route in policy.document.routes if route.causes and cause in route.causes]
        assert len(routes) == 1

    def test_every_queue_is_in_use_and_only_fraud_is_restricted(self, policy: Policy) -> None:
        audit = policy.document.audit
        assert audit is not None
        stepped = {step.queue for route in policy.document.routes for step in route.steps if step.kind == "task"}
        assert {route.queue for route in policy.document.routes} | stepped | {audit.queue} == set(
            policy.document.queues
        )
        assert [name for name, queue in policy.document.queues.items() if queue.restricted] == ["AP_FRAUD_RISK"]

    @pytest.mark.parametrize(
        ("impact", "fields", "priority"),
        [
            (29.9, {}, "P4"), (30.0, {}, "P3"), (150.0, {}, "P2"), (2000.0, {}, "P1"), (1.0, {"line_amount": "1000.00"},
            "P3"),
            (1.0, {"line_amount": "1000.00", "due_on": date(2026, 3, 4)}, "P2"),
            (1.0, {"line_amount": "1000.00", "issued_on": date(2026, 2, 22), "discount_days": 10,
            "discount_fraction": 0.02}, "P2"),
            (1.0, {"line_amount": "25000.00", "due_on": date(2026, 3, 4)}, "P1"),
        ],
    )  # fmt: skip
    def test_priority_rises_with_money_and_days_to_due(
        self, policy: Policy, impact: float, fields: dict[str, Any], priority: str
    ) -> None:
        assert judge(policy, make_score(1.0, impact=impact), **fields).priority == priority
