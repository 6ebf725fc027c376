"""Specification of the return-fraud policy: controls hold against any score, thresholds are inclusive, every case has a
queue."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

import policies
from features.columns import encode
from features.domains.return_fraud.features import RECIPE
from features.domains.return_fraud.payload import ReturnFraud
from features.history import History
from models.domains.return_fraud import LABELS
from models.score import Cause, Score
from policies.document.document import Disposition
from policies.judging.policy import Policy, load_policy
from policies.judging.verdict import Verdict
from tests.policies.conftest import LIKENESS_CONTROLS, certificate_for

DOCUMENT: Final = Path(policies.__file__).parent / "domains" / "return_fraud.yaml"
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
QUIET: dict[str, Any] = {
    "claim_type": "return", "channel": "store", "sku": "A1", "qty_claimed": 1, "refund_amount": "80.00",
    "site_id": "S1",
    "has_receipt": True, "refund_tender": "card", "original_tender": "card", "unit_price_paid": "80.00",
    "qty_purchased": 1, "qty_already_returned": 0, "orc_linked": False, "customer_id_hash": "C1",
}  # fmt: skip


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(DOCUMENT.read_text("utf-8"), name="return_fraud.yaml", recipe=RECIPE, causes=list(LABELS))


def make_score(risk: float = 0.0, *, cause: str = "legitimate", impact: float = 20.0) -> Score:
    return Score(
        causes=(Cause(label=cause, probability=1.0),), risk=risk, impact=impact, reasons=(), model_version="test"
    )


def judge(
    policy: Policy, score: Score | None, *, past: dict[str, Any] | None = None, times: int = 1, **overrides: Any
) -> Verdict:
    """Judge a quiet return with some fields changed, after `times` earlier returns that look like `past`."""
    history = History(RECIPE.trails)
    if past is not None:
        before = [ReturnFraud(**QUIET | past)] * times
        columns = encode(before, as_of=[NOW - timedelta(days=3)] * times)
        for fact in RECIPE.facts(columns, known_at=columns.as_of.tolist()):
            history.add_case(fact)
    payload = ReturnFraud(**QUIET | overrides)
    features = RECIPE.rows(encode([payload], as_of=[NOW]), history)[0].tolist()
    fallback = "no model" if score is None else None
    return policy.judge(
        payload=payload,
        attributes={},
        features=features,
        fx_rate=1.0,
        score=score,
        fallback=fallback,
        now=NOW,
        certificate=certificate_for(policy),
    )


CONTROLS: list[tuple[str, Disposition, dict[str, Any]]] = [
    ("C-RET-1", Disposition.ESCALATE, {"upstream_authorization": "deny"}),
    ("C-RET-2", Disposition.REVIEW, {"statutory_right": "withdrawal", "initiated_at": NOW - timedelta(days=10)}),
    ("C-RET-3a", Disposition.REVIEW, {"refund_amount": "80.06"}),
    ("C-RET-3b", Disposition.REVIEW, {"qty_already_returned": 1}),
    ("C-RET-3c", Disposition.REVIEW, {"refund_amount": "30.00", "already_refunded_amount": "50.06"}),
    (
        "C-RET-3c",
        Disposition.REVIEW,
        {
            "original_txn_id": "T1",
            "claim_type": "appeasement",
            "refund_amount": "30.00",
            "past": {"original_txn_id": "T1", "claim_type": "appeasement", "refund_amount": "60.00"},
        },
    ),
    ("C-RET-13", Disposition.CONFIRM, {"refund_amount": "0.00"}),
    ("C-RET-12", Disposition.REVIEW, {"qty_claimed": 0}),
    ("C-RET-4", Disposition.REVIEW, {"refund_tender": "cash"}),
    ("C-RET-4", Disposition.REVIEW, {"refund_tender": "cash", "original_tender": None}),
    ("C-RET-4-TOKEN", Disposition.REVIEW, {"tender_token_same": False}),
    ("C-RET-5a", Disposition.REVIEW, {"refund_amount": "200.00", "unit_price_paid": "200.00"}),
    ("C-RET-5b", Disposition.ESCALATE, {"refund_amount": "1000.00", "unit_price_paid": "1000.00"}),
    ("C-RET-6", Disposition.ESCALATE, {"refund_to_associate": True}),
    ("C-RET-6", Disposition.ESCALATE, {"associate_id_hash": "E1", "approver_id_hash": "E1"}),
    ("C-RET-6", Disposition.ESCALATE, {"associate_id_hash": "JSMITH", "approver_id_hash": " jsmith"}),
    ("C-RET-7", Disposition.CONFIRM, {"product_flags": ("recalled",)}),
    ("C-RET-7", Disposition.CONFIRM, {"product_flags": ("unsafe",)}),
    ("C-RET-8a", Disposition.REVIEW, {"serial_number_sold": "SN1", "serial_number_returned": "SN2"}),
    ("C-RET-9", Disposition.CONFIRM, {"product_flags": ("medicine",)}),
    ("C-RET-9", Disposition.CONFIRM, {"product_flags": ("hygiene",)}),
    ("C-RET-11", Disposition.REVIEW, {"reason_text": "refund to 4111 1111 1111 1111 please"}),
    ("C-RET-ORC", Disposition.ESCALATE, {"orc_linked": True}),
    ("C-RET-DANGER", Disposition.ESCALATE, {"reason_text": "he has a gun"}),
]


class TestControls:
    @pytest.mark.parametrize(("control", "least", "fields"), CONTROLS)
    def test_fires_however_safe_the_score(
        self, policy: Policy, control: str, least: Disposition, fields: dict[str, Any]
    ) -> None:
        verdict = judge(policy, make_score(0.0), **fields)
        assert control in [hit.id for hit in verdict.controls]
        assert verdict.disposition.rank >= least.rank

    def test_fires_on_a_receipt_line_refunded_before(self, policy: Policy) -> None:
        verdict = judge(policy, make_score(0.0), past={"original_txn_id": "X1"}, original_txn_id="X1")
        assert [hit.id for hit in verdict.controls] == ["C-RET-3c", "C-RET-8b"]  # the pieces, and the money
        assert verdict.disposition is Disposition.REVIEW

    def test_an_allowance_leaves_the_goods_to_be_returned_later(self, policy: Policy) -> None:
        allowed = {"original_txn_id": "X1", "claim_type": "appeasement", "refund_amount": "10.00"}
        verdict = judge(policy, make_score(0.0), past=allowed, original_txn_id="X1", refund_amount="70.00")
        assert verdict.controls == ()

    def test_each_is_tried_here(self, policy: Policy) -> None:
        tried = {name for name, *_ in CONTROLS} | {"C-RET-8b"}
        assert {control.id for control in policy.document.controls} - LIKENESS_CONTROLS == tried

    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"refund_amount": "80.05"},
            {"refund_amount": "199.99", "unit_price_paid": "199.99"},
            {"refund_tender": "store_credit"},
            {"refund_tender": "store_credit", "tender_token_same": False},
            {"tender_token_same": True},
            {"associate_id_hash": "E1", "approver_id_hash": "E2"},
            {"statutory_right": "withdrawal", "initiated_at": NOW - timedelta(days=9)},
            {"reason_text": "order 123456789012 does not fit"},
            {"upstream_authorization": "warn"},
        ],
    )
    def test_stays_silent_below_its_limit(self, policy: Policy, fields: dict[str, Any]) -> None:
        verdict = judge(policy, make_score(0.0), **fields)
        assert verdict.controls == ()
        assert verdict.disposition is Disposition.AUTO


class TestThresholds:
    @pytest.mark.parametrize(
        ("risk", "impact", "expected"),
        [
            (0.0599, 1.0, Disposition.AUTO), (0.06, 1.0, Disposition.CONFIRM),
            (0.1199, 1.0, Disposition.CONFIRM), (0.12, 1.0, Disposition.REVIEW),
            (0.8999, 1.0, Disposition.REVIEW), (0.9, 1.0, Disposition.ESCALATE),
            (0.05, 79.9, Disposition.AUTO), (0.05, 80.0, Disposition.CONFIRM), (0.05, 200.0, Disposition.REVIEW),
            (0.5, 800.0, Disposition.ESCALATE),
        ],
    )  # fmt: skip
    def test_are_inclusive(self, policy: Policy, risk: float, impact: float, expected: Disposition) -> None:
        assert judge(policy, make_score(risk, impact=impact)).disposition is expected


class TestOverrideRules:
    def test_suspected_collusion_goes_to_the_restricted_queue_even_past_other_controls(self, policy: Policy) -> None:
        verdict = judge(
            policy, make_score(cause="employee_or_collusion"), refund_amount="1500.00", unit_price_paid="1500.00"
        )
        assert verdict.disposition is Disposition.ESCALATE
        assert verdict.sent_to == "LP_INTERNAL"
        assert policy.document.queues["LP_INTERNAL"].restricted

    def test_a_fraud_cause_at_low_risk_is_looked_at(self, policy: Policy) -> None:
        assert judge(policy, make_score(0.01, cause="receipt_fraud")).disposition is Disposition.REVIEW

    @pytest.mark.parametrize(("days", "expected"), [(13, Disposition.REVIEW), (14, Disposition.AUTO)])
    def test_a_sizeable_refund_to_a_new_account(self, policy: Policy, days: int, expected: Disposition) -> None:
        new = {"account_created_at": NOW - timedelta(days=days), "refund_amount": "100.00", "unit_price_paid": "100.00"}
        assert judge(policy, make_score(0.04), **new).disposition is expected

    def test_risk_at_an_associate_with_confirmed_collusion(self, policy: Policy) -> None:
        features = dict.fromkeys(RECIPE.names, 0.0) | {"associate_collusion_rate": 0.05}
        arguments = {
            "attributes": {},
            "features": list(features.values()),
            "fx_rate": 1.0,
            "fallback": None,
            "now": NOW,
        }
        payload = ReturnFraud(**QUIET)
        at, below = (policy.judge(payload=payload, score=make_score(risk), **arguments) for risk in (0.3, 0.29))
        assert (at.sent_to, below.sent_to) == ("LP_INTERNAL", None)


FALLBACKS: list[tuple[str, str | None, dict[str, Any]]] = [
    ("F1", "RET_MGR_APPROVAL", {"has_receipt": False}),
    ("F1", "RET_MGR_APPROVAL", {"has_receipt": None}),
    ("F2", "RET_MGR_APPROVAL", {"refund_tender": "gift_card"}),
    ("F3", "RET_MGR_APPROVAL", {"refund_tender": "cash", "original_tender": "cash"}),
    ("F4", "RET_VERIFY", {"carrier_weight_g": 790, "expected_weight_g": 1000}),
    ("F5", "RET_VERIFY", {"serial_number_sold": "SN1", "serial_number_returned": "SN2"}),
    ("F6", "RET_INSPECT", {"past": {"has_receipt": False}, "times": 3}),
    ("F6", "RET_INSPECT", {"past": {}, "times": 5}),
    ("F7", "RET_INSPECT", {"past": {"refund_amount": "500.00"}, "customer_spend_365d": "999.00"}),
    ("F8", "RET_MGR_APPROVAL", {"purchased_at": NOW - timedelta(days=31), "return_window_days": 30}),
    ("F9", "CS_CLAIMS", {"claim_type": "inr", "delivery_proof": "signature"}),
    ("F10", "CS_CLAIMS", {"claim_type": "inr", "past": {"claim_type": "snad"}, "times": 2}),
    ("F11", None, {}),
    ("F11", None, {"carrier_weight_g": 800, "expected_weight_g": 1000}),
    ("F11", None, {"past": {"refund_amount": "500.00"}, "customer_spend_365d": "1000.00"}),
]


class TestFallback:
    @pytest.mark.parametrize(("rule", "queue", "fields"), FALLBACKS)
    def test_rule_decides_without_a_model(
        self, policy: Policy, rule: str, queue: str | None, fields: dict[str, Any]
    ) -> None:
        verdict = judge(policy, None, **fields)
        assert f"fallback:{rule}" in [reason.code for reason in verdict.reasons]
        assert verdict.sent_to == queue
        assert verdict.disposition is (Disposition.CONFIRM if rule == "F11" else Disposition.REVIEW)

    def test_each_rule_is_tried_here(self, policy: Policy) -> None:
        assert {rule.id for rule in policy.document.fallback_rules} == {name for name, *_ in FALLBACKS}


class TestRoutes:
    @pytest.mark.parametrize("cause", list(LABELS))
    def test_each_cause_has_its_own_route(self, policy: Policy, cause: str) -> None:
        routes = [route for route in policy.document.routes if route.causes and cause in route.causes]
        assert [route.id for route in routes if route.id != "R-DAMAGED"] == [routes[-1].id]

    def test_collusion_is_routed_first_and_only_to_the_restricted_queue(self, policy: Policy) -> None:
        first, *others = policy.document.routes
        assert (first.causes, first.queue) == (["employee_or_collusion"], "LP_INTERNAL")
        assert all(route.queue != "LP_INTERNAL" for route in others)

    @pytest.mark.parametrize(
        ("impact", "refund", "priority"), [(7.9, 80, "P4"), (8, 80, "P3"), (30, 80, "P2"), (150, 80, "P1"), (1, 200,
        "P2"), (1, 1000, "P1")]
    )  # fmt: skip
    def test_priority_rises_with_the_money(self, policy: Policy, impact: float, refund: int, priority: str) -> None:
        assert (
            judge(policy, make_score(1.0, impact=impact), refund_amount=refund, unit_price_paid=refund).priority
            == priority
        )
