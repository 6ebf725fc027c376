"""Specification of the replenishment policy: controls hold against any score, cut-offs are inclusive, every cause has a
route."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

import policies
from features.columns import encode
from features.domains.replenishment_risk.features import RECIPE
from features.domains.replenishment_risk.payload import ReplenishmentRisk
from features.history import History
from models.domains.replenishment_risk import LABELS
from models.score import Cause, Score
from policies.judging.policy import load_policy
from policies.judging.verdict import Verdict
from tests.policies.conftest import LIKENESS_CONTROLS, certificate_for

NOW: Final = datetime(2026, 3, 2, 6, tzinfo=UTC)
DOCUMENT: Final = Path(policies.__file__).parent / "domains" / "replenishment_risk.yaml"
POLICY: Final = load_policy(
    DOCUMENT.read_text(encoding="utf-8"), name=DOCUMENT.name, recipe=RECIPE, causes=list(LABELS)
)
QUIET: Final[Mapping[str, Any]] = {
    "sku": "A", "on_hand": 40, "forecast_daily_qty": 4, "lead_time_days": 3, "review_period_days": 1,
    "pack_size_qty": 6,
    "reorder_point_qty": 20, "days_since_last_sale": 0, "presentation_min_qty": 5, "shelf_capacity_qty": 30,
    "shelf_life_days": 30, "lifecycle_phase": "core", "record_confidence": 0.9, "open_customer_order_qty": 0,
    "reserved_qty": 0,
}  # fmt: skip
"""A case no control and no fallback rule but the last has anything to say about."""


def score(*, risk: float = 0.0, impact: float = 0.0, cause: str = "false_alarm", probability: float = 0.9) -> Score:
    others = [label for label in LABELS if label != cause]
    rest = [Cause(label=label, probability=(1 - probability) / len(others)) for label in others]
    causes = (Cause(label=cause, probability=probability), *rest)
    return Score(causes=causes, risk=risk, impact=impact, reasons=(), model_version="1")


def judge(case: Mapping[str, Any], scored: Score | None) -> Verdict:
    payload = ReplenishmentRisk.model_validate({**QUIET, **case})
    row = RECIPE.rows(encode([payload], as_of=[NOW]), History(RECIPE.trails))[0]
    fallback = None if scored else "no champion is registered"
    return POLICY.judge(
        payload=payload,
        attributes={},
        features=row.tolist(),
        fx_rate=1.0,
        score=scored,
        fallback=fallback,
        now=NOW,
        certificate=certificate_for(POLICY, model_version="1"),
    )


DONOR: Final = {"donor_on_hand_qty": 20, "donor_reserved_qty": 5, "donor_reorder_point_qty": 10}
CONTROLS: Final = [
    ("C-REP-1", {"block_flags": ["recall"]}, {"block_flags": []}, "escalate"),
    ("C-REP-1", {"block_flags": ["quality_hold"]}, {"block_flags": ["allocation"]}, "escalate"),
    ("C-REP-2", {"block_flags": ["regulated"]}, {"block_flags": []}, "review"),
    ("C-REP-2", {"block_flags": ["licence"]}, {"block_flags": []}, "review"),
    ("C-REP-2-LICENCE", {"licence_valid": False}, {"licence_valid": True}, "escalate"),
    ("C-REP-3-VALUE", {"proposed_order_value": "5000.01"}, {"proposed_order_value": "5000"}, "review"),
    (
        "C-REP-3-BUDGET",
        {"proposed_order_value": 101, "open_to_buy": 100},
        {"proposed_order_value": 100, "open_to_buy": 100},
        "review",
    ),
    ("C-REP-3-QTY", {"proposed_order_qty": 48.1}, {"proposed_order_qty": 48}, "review"),
    (
        "C-REP-3-MAX",
        {"max_stock_qty": 80, "proposed_order_qty": 46.1},
        {"max_stock_qty": 80, "proposed_order_qty": 46},
        "review",
    ),
    ("C-REP-3-SHELF", {"proposed_order_qty": 90.1}, {"proposed_order_qty": 90}, "review"),
    (
        "C-REP-3-LIFE",
        {"proposed_order_qty": 20.1, "shelf_life_days": 5},
        {"proposed_order_qty": 20, "shelf_life_days": 5},
        "review",
    ),
    ("C-REP-4", {"proposed_adjustment_value": 100}, {"proposed_adjustment_value": "99.99"}, "escalate"),
    ("C-REP-5", DONOR | {"transfer_qty": 6}, DONOR | {"transfer_qty": 5}, "review"),
    ("C-REP-5-CUSTOMER", {"open_customer_order_qty": 41}, {"open_customer_order_qty": 40}, "review"),
    (
        "C-REP-6-MOQ",
        {"proposed_order_qty": 5, "min_order_qty": 6},
        {"proposed_order_qty": 6, "min_order_qty": 6},
        "review",
    ),
    (
        "C-REP-6-ALLOCATION",
        {"proposed_order_qty": 13, "allocation_limit_qty": 12},
        {"proposed_order_qty": 12, "allocation_limit_qty": 12},
        "review",
    ),
    (
        "C-REP-6-TRANSPORT",
        {"proposed_order_qty": 13, "transport_limit_qty": 12},
        {"proposed_order_qty": 12, "transport_limit_qty": 12},
        "review",
    ),
    ("C-REP-7", {"record_confidence": 0.399}, {"record_confidence": 0.4}, "review"),
    ("C-REP-7-NEGATIVE", {"on_hand": -0.5}, {"on_hand": 0}, "review"),
    (
        "C-REP-8",
        {"lifecycle_phase": "delist", "proposed_order_qty": 6},
        {"lifecycle_phase": "delist", "proposed_order_qty": 0},
        "review",
    ),
    ("C-REP-8-BLOCK", {"block_flags": ["purchasing_block"]}, {"block_flags": []}, "review"),
    (
        "C-REP-8-STOPPED",
        {"auto_order_stopped": True, "proposed_order_qty": 6},
        {"auto_order_stopped": True, "proposed_order_qty": 0},
        "review",
    ),
    (
        "C-REP-8-STOPPED",
        {"revision_stopped": True, "proposed_order_qty": 6},
        {"revision_stopped": False, "auto_order_stopped": False, "proposed_order_qty": 6},
        "review",
    ),
    ("C-REP-9", {"substitute_allergens_differ": True}, {"substitute_allergens_differ": False}, "escalate"),
    (
        "C-REP-9-UNKNOWN",
        {"substitute_sku": "B"},
        {"substitute_sku": "B", "substitute_allergens_differ": False},
        "review",
    ),
    (
        "C-REP-6-PACK",
        {"proposed_order_qty": 7, "pack_size_qty": 6},
        {"proposed_order_qty": 12, "pack_size_qty": 6},
        "review",
    ),
    (
        "C-REP-12",
        {"proposed_order_qty": 6, "unit_cost": "5.00", "proposed_order_value": "40.00"},
        {"proposed_order_qty": 6, "unit_cost": "5.00", "proposed_order_value": "30.60"},
        "review",
    ),
    ("C-REP-11", {"note": "pays with 4111 1111 1111 1111"}, {"note": "barcode 4006381333931"}, "review"),
    ("C-REP-DANGER", {"note": "glass in the jars"}, {"note": "glass bottles replaced by plastic"}, "escalate"),
]


class TestControls:
    def test_a_quiet_case_goes_through(self) -> None:
        verdict = judge({}, score())
        assert (verdict.disposition, verdict.controls, verdict.overrides) == ("auto", (), ())

    def test_a_bare_case_hits_no_control(self) -> None:
        assert judge(dict.fromkeys(set(QUIET) - {"sku", "on_hand"}), score()).disposition == "auto"

    @pytest.mark.parametrize(("rule", "over", "under", "disposition"), CONTROLS)
    def test_no_score_lowers_it(self, rule: str, over: dict[str, Any], under: dict[str, Any], disposition: str) -> None:
        verdict = judge(over, score(risk=0.0))
        assert rule in [hit.id for hit in verdict.controls]
        assert verdict.disposition == disposition or verdict.disposition == "escalate"
        assert verdict.sent_to is not None
        assert rule not in [hit.id for hit in judge(under, score()).controls]

    @pytest.mark.parametrize(("rule", "over", "under", "disposition"), CONTROLS)
    def test_it_holds_without_a_model(
        self, rule: str, over: dict[str, Any], under: dict[str, Any], disposition: str
    ) -> None:
        verdict = judge(over, None)
        assert rule in [hit.id for hit in verdict.controls]
        assert verdict.disposition in (disposition, "escalate")

    def test_every_control_is_specified_here(self) -> None:
        assert {control.id for control in POLICY.document.controls} - LIKENESS_CONTROLS == {
            rule for rule, *_ in CONTROLS
        }

    def test_a_single_pack_may_exceed_the_normal_need(self) -> None:
        slow = {"forecast_daily_qty": 0.1, "proposed_order_qty": 6, "shelf_life_days": 5}
        assert judge(slow, score()).controls == ()


class TestThresholds:
    @pytest.mark.parametrize(
        ("risk", "impact", "disposition"),
        [
            (0.2999, 0, "auto"),
            (0.30, 0, "confirm"),
            (0.4999, 0, "confirm"),
            (0.50, 0, "review"),
            (0.9699, 0, "review"),
            (0.97, 0, "escalate"),
            (0.25, 15.99, "auto"),
            (0.25, 16.0, "confirm"),
            (0.25, 39.99, "confirm"),
            (0.25, 40.0, "review"),
            (0.25, 1599.0, "review"),
            (0.25, 1600.0, "escalate"),
        ],
    )
    def test_risk_and_money_are_inclusive(self, risk: float, impact: float, disposition: str) -> None:
        assert judge({}, score(risk=risk, impact=impact)).disposition == disposition


class TestOverrides:
    @pytest.mark.parametrize(
        ("rule", "case", "scored", "spared"),
        [
            ("O-RECALL", {}, score(cause="recall_or_quality_hold"), score(cause="supplier_late")),
            (
                "O-PHANTOM",
                {},
                score(cause="phantom_inventory", risk=0.25, probability=0.5),
                score(cause="phantom_inventory", risk=0.25, probability=0.499),
            ),
            ("O-STALE", {}, score(cause="integration_lag"), score(cause="integration_lag", probability=0.4)),
            ("O-KVI", {"is_kvi": True}, score(risk=0.25), score(risk=0.2499)),
            ("O-CUSTOMER", {"open_customer_order_qty": 1}, score(risk=0.2), score(risk=0.1999)),
        ],
    )
    def test_it_forces_a_person(self, rule: str, case: dict[str, Any], scored: Score, spared: Score) -> None:
        verdict = judge(case, scored)
        assert [hit.id for hit in verdict.overrides] == [rule]
        assert verdict.disposition in ("review", "escalate")
        assert judge(case, spared).overrides == ()


class TestFallback:
    LOW: Final = {"on_hand": 10, "in_transit_qty": 0, "on_order_qty": 0}

    @pytest.mark.parametrize(
        ("rule", "case", "cause", "disposition", "queue"),
        [
            ("F1", {"block_flags": ["recall"], "on_hand": -1}, "recall_or_quality_hold", "escalate", "QA_HOLD"),
            ("F2", {"on_hand": -1, "past_due_qty": 3}, "hidden_or_negative_stock", "review", "STORE_COUNT"),
            ("F3", {"days_since_last_sale": 2, "past_due_qty": 3}, "phantom_inventory", "review", "STORE_COUNT"),
            ("F4", LOW | {"past_due_qty": 3, "dc_allocatable_qty": 50}, "supplier_late", "review", "SUPPLIER_CHASE"),
            ("F5", LOW | {"dc_allocatable_qty": 10}, "unknown", "confirm", None),
            ("F6", LOW | {"dc_allocatable_qty": 9}, "dc_shortage_allocation", "review", "REPL_ALLOC"),
            (
                "F7",
                {"promo_starts_on": "2026-03-01", "promo_ends_on": "2026-03-08", "sales_7d_qty": 14,
                "planned_7d_qty": 10},
                "promo_uplift_underforecast", "review", "REPL_PROMO",
            ),
            ("F8", {"days_since_last_sale": 3, "forecast_daily_qty": 1, "shelf_life_days": None}, "shelf_gap_backroom",
            "review", "STORE_FILL"),
            ("F9", {}, "unknown", "review", "REPL_GENERAL"),
        ],
    )  # fmt: skip
    def test_rule(self, rule: str, case: dict[str, Any], cause: str, disposition: str, queue: str | None) -> None:
        verdict = judge(case, None)
        assert f"fallback:{rule}" in [reason.code for reason in verdict.reasons]
        assert (verdict.cause, verdict.disposition, verdict.sent_to) == (cause, disposition, queue)
        assert (verdict.score, verdict.fallback) == (None, "no champion is registered")

    def test_every_rule_is_reachable(self) -> None:
        rules = [rule.id for rule in POLICY.document.fallback_rules]
        assert rules == ["F1", "F2", "F3", "F3.life", "F4", "F5", "F6", "F7", "F8", "F9"]


class TestPriorities:
    @pytest.mark.parametrize(
        ("impact", "level"), [(5.99, "P4"), (6.0, "P3"), (29.98, "P3"), (30.0, "P2"), (120.0, "P1")]
    )
    def test_by_expected_loss(self, impact: float, level: str) -> None:
        assert judge({}, score(risk=0.5, impact=impact)).priority == level

    def test_without_a_model_the_margin_at_risk_decides(self) -> None:
        short = {"on_hand": 1, "unit_margin": 40, "next_receipt_at": NOW + timedelta(days=9)}
        assert (judge({}, None).priority, judge(short, None).priority) == ("P4", "P1")


class TestRoutes:
    @pytest.mark.parametrize("label", LABELS)
    def test_every_cause_has_its_own_route(self, label: str) -> None:
        routed = [route for route in POLICY.document.routes if route.causes and label in route.causes]
        assert routed, label

    def test_an_escalated_promotion_goes_to_the_operations_lead(self) -> None:
        first = next(r for r in POLICY.document.routes if r.causes and "promo_uplift_underforecast" in r.causes)
        assert (first.dispositions, first.owner_role) == (["escalate"], "Regional operations lead")
